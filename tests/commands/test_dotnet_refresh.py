"""How often version 4 of the AWS SDK for .NET, which refreshes credentials early, starts a credential_process."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures import dotnet
from tests.fixtures.clock import LaggingClock
from tests.fixtures.components import need
from tests.fixtures.exec_jobs import ACCOUNT, ROLE
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, command
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

ROLE_SECONDS = 8 * 3600
SECONDS, WORKERS, PAUSE_MS = 20, 8, 50


@pytest.fixture
def clock() -> LaggingClock:
    """A clock that tests may set back."""
    return LaggingClock()


@pytest.fixture
def identity_center(clock: LaggingClock) -> Iterator[Simulator]:
    """The Identity Center of a small company, with that clock."""
    with Simulator(organisation(), rate=None, auto_approve=True, clock=clock) as simulator:
        yield simulator


@dataclass(frozen=True, slots=True)
class Counted:
    """A launcher that counts how often it is run, and how often it starts Python."""

    folder: Path

    @property
    def command(self) -> str:
        """The credential_process."""
        role = f"--session acme --account-id {ACCOUNT} --role-name {ROLE}"
        return f"{self.folder / 'counted-launcher'} {role}"

    def counts(self) -> tuple[int, int]:
        """How often the launcher was run, and how often Python was started."""
        return self._lines("launcher"), self._lines("python")

    def _lines(self, name: str) -> int:
        try:
            return len((self.folder / f"{name}.log").read_text().splitlines())
        except FileNotFoundError:
            return 0


@pytest.fixture
def launcher(synced: Home) -> Counted:
    """The launcher of the profile `counted`."""
    folder = synced.path / "bin"
    folder.mkdir()
    shutil.copy(need("ssohelper-credential-process"), folder / "ssohelper-credential-process")
    log = 'echo $$ >>"${0%/*}"'
    _script(folder / "counted-launcher", f'{log}/launcher.log; exec "${{0%/*}}/ssohelper-credential-process" "$@"')
    _script(folder / "ssohelper", f'{log}/python.log; exec {command("ssohelper")[0]} "$@"')
    counted = Counted(folder)
    with synced.config.open("a") as file:
        file.write(f"\n[profile counted]\ncredential_process = {counted.command}\nregion = us-east-1\n")
    return counted


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def loop(home: Home, service: Sts, *before: str) -> tuple[int, int]:
    """Call STS for a while with the profile: how many calls were good, and how many failed."""
    words = (need("aws-dotnet-4"), "loop", "profile:counted", str(SECONDS), str(WORKERS), str(PAUSE_MS))
    done = home.run(*before, *words, PROBE_STS_URL=service.url, **dotnet.VARIABLES)
    counts = dotnet.counts(done.stdout)
    return counts["good"], counts["failed"]


def test_refresh(synced: Home, clock: LaggingClock, launcher: Counted, caller_identity: Sts) -> None:
    """Its refresh, 16 minutes before the end, gets newer credentials at once, from one process of Python."""
    clock.behind = ROLE_SECONDS - 1085
    assert synced.run("sh", "-c", launcher.command).returncode == 0
    before = launcher.counts()
    clock.behind = 0
    # 955 seconds are left.
    good, failed = loop(synced, caller_identity, *faketime("+130s"))
    runs, starts = (after - earlier for after, earlier in zip(launcher.counts(), before, strict=True))
    assert (good > 50, failed, starts) == (True, 0, 1)
    assert runs <= 4


def test_outage(
    synced: Home, identity_center: Simulator, clock: LaggingClock, launcher: Counted, caller_identity: Sts
) -> None:
    """While Identity Center fails, it runs the launcher at each call, which starts Python once a minute."""
    clock.behind = ROLE_SECONDS - 955
    assert synced.run("sh", "-c", launcher.command).returncode == 0
    before = launcher.counts()
    identity_center.faults.add("GetRoleCredentials", Fault.error(500), None)
    # The prepared answer, good for a minute, becomes stale during the run.
    good, failed = loop(synced, caller_identity, *faketime("+50s"))
    runs, starts = (after - earlier for after, earlier in zip(launcher.counts(), before, strict=True))
    assert (good > 50, failed, starts) == (True, 0, 1)
    assert runs > 20
