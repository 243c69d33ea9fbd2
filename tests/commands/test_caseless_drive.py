"""Home folders on file systems whose names have no case, and that may keep no modes, as in WSL."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from ssohelper.aws_config import config_file, config_text
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures import caseless_drive
from tests.fixtures.doctor_runs import findings
from tests.fixtures.drawing import token_file
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.shells import SHELLS, hook, program_on_path, prompt_text

pytestmark = pytest.mark.full

ACCOUNT = "111122223333"
NAMES = ("Admin", "admin")


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center with two roles whose names differ by case."""
    user = User("alex", frozenset((ACCOUNT, name) for name in NAMES))
    world = World([Account(ACCOUNT, "prod")], [PermissionSet(name) for name in NAMES], [user])
    with Simulator(world, rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """A drive of Windows."""
    with caseless_drive.mounted(tmp_path / "drive", tmp_path / "mnt", "windows") as mounted:
        yield mounted


@pytest.fixture
def home_on_drive(tmp_path: Path, make_home: Callable[..., Home], identity_center: Simulator) -> Iterator[Home]:
    """A home folder whose files are all on a drive that keeps modes, with both profiles, signed in."""
    with caseless_drive.mounted(tmp_path / "drive", tmp_path / "mnt", "mac") as mounted:
        home = make_home(**identity_center.environment)
        for folder in (".aws", ".local", ".config"):
            (mounted / folder).mkdir(mode=0o700)
            (home.path / folder).symlink_to(mounted / folder)
        prepare(home, identity_center, "--style", "credential-process")
        yield home


def prepare(home: Home, identity_center: Simulator, *options: str) -> None:
    """Configure a session, sign in and sync, with the commands themselves."""
    program_on_path(home)
    session = ("--session", "acme", "--start-url", identity_center.start_url, "--region", identity_center.region)
    for words in (("configure", *session), ("login",), ("sync", "--yes", *options)):
        done = home.ssohelper(*words)
        assert done.returncode == 0, (words, done.stderr)


def test_windows_drive(drive: Path, make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """With ~/.aws on a drive that keeps no modes, everything works, and the doctor has one warning."""
    home = make_home(**identity_center.environment, WSL_DISTRO_NAME="Debian")
    (drive / "me").mkdir()
    (home.path / ".aws").symlink_to(drive / "ME")
    prepare(home, identity_center)
    for words in (("status",), ("roles",), ("sync", "--check"), ("env", "--profile", "prod.Admin")):
        done = home.ssohelper(*words)
        assert done.returncode == 0, (words, done.stderr)
    (found,) = findings(home)
    assert (found["kind"], found["severity"]) == ("no-file-modes", "warning")
    assert 'options = "metadata" under [automount] in /etc/wsl.conf' in found["fix"]


def test_reader(drive: Path, make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """A file that another program reads cannot be renamed over there: it is written nevertheless."""
    home = make_home(**identity_center.environment)
    (home.path / ".aws").symlink_to(drive)
    prepare(home, identity_center)
    token = token_file(home)
    before = token.read_bytes()
    with token.open(), home.config.open():
        assert home.ssohelper("login", "--force").returncode == 0
        assert home.ssohelper("sync", "--yes", "--region", "eu-west-1").returncode == 0
    assert token.read_bytes() != before
    assert "region = eu-west-1" in home.config.read_text()


def test_foreign_change(home_on_drive: Home) -> None:
    """What another program writes while a sync is prepared is kept, even if files cannot be exchanged."""
    calls = []

    def edit(text: ConfigText) -> bytes:
        calls.append(text)
        if len(calls) == 1:
            with home_on_drive.config.open("a") as file:
                file.write("[profile by-another-program]\nregion = us-east-1\n")
        return config_text.unparse(text) + b"# ours\n"

    assert config_file.update(home_on_drive.config, edit, waiting=pytest.fail)
    written = home_on_drive.config.read_text()
    assert ("by-another-program" in written, written.endswith("# ours\n"), len(calls)) == (True, True, 2)


def test_answers(home_on_drive: Home, identity_center: Simulator) -> None:
    """Two roles whose names differ by case get the credentials of their own, each time."""
    words = ("credential-process", "--session", "acme", "--account-id", ACCOUNT, "--role-name")
    for _ in range(2):
        for name in NAMES:
            done = home_on_drive.ssohelper(*words, name)
            issued = identity_center.issued(json.loads(done.stdout)["AccessKeyId"])
            assert (issued.role_name, done.stderr) == (name, "")


def test_unlock(home_on_drive: Home) -> None:
    """Unlocking one role leaves the other locked."""
    home_on_drive.settings.parent.mkdir(exist_ok=True)
    home_on_drive.settings.write_text('[defaults]\nsensitive_roles = ["*/Admin", "*/admin"]\n')
    dialogue = home_on_drive.terminal("unlock", f"{ACCOUNT}/Admin", "--reason", "test")
    dialogue.expect(pexpect.EOF)
    assert [home_on_drive.ssohelper("env", "--profile", f"prod.{name}").returncode for name in NAMES] == [0, 1]


@pytest.mark.parametrize("shell", SHELLS)
def test_prompt(home_on_drive: Home, shell: str) -> None:
    """The prompt never shows the state of the other profile."""
    code = hook(home_on_drive, shell)
    for name in NAMES * 2:
        shown, deadline = "", time.monotonic() + HANG_SECONDS
        while shown != f"prod.{name}":
            shown, _ = prompt_text(home_on_drive, shell, code, AWS_PROFILE=f"prod.{name}")
            assert shown in ("", f"prod.{name}")
            assert time.monotonic() < deadline
