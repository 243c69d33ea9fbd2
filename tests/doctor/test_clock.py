"""The clock of this machine, and what sets it."""

import json
import re

import pytest

from ssohelper.doctor import clock
from tests.fixtures.doctor_runs import findings
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("offset", "expected", "severity"), [("+10m", "(9|10)m ahead", "error"), ("-2m", "[12]m behind", "warning")]
)
def test_found(healthy: Home, offset: str, expected: str, severity: str) -> None:
    """A clock that is wrong is found, with the difference to Identity Center's."""
    done = healthy.run(*faketime(offset), "ssohelper", "doctor", "--json", WSL_DISTRO_NAME="Debian")
    (found,) = [each for each in json.loads(done.stdout)["findings"] if each["kind"] == "clock"]
    assert re.fullmatch(f"the clock of this machine is {expected}", found["message"])
    assert (found["severity"], found["fix"]) == (severity, "sudo hwclock -s")
    assert findings(healthy) == []


NO_PROGRAM = "set the clock of this machine; in a container or virtual machine, the clock of its host"


@pytest.mark.parametrize(
    ("platform", "variables", "programs", "expected"),
    [
        ("linux", {"WSL_DISTRO_NAME": "Debian"}, {"timedatectl"}, "sudo hwclock -s"),
        ("darwin", {}, {"sntp"}, "sudo sntp -sS time.apple.com"),
        ("win32", {}, set(), "w32tm /resync, in an administrator's PowerShell"),
        ("linux", {}, {"timedatectl", "chronyc"}, "sudo timedatectl set-ntp true"),
        ("linux", {}, {"chronyc", "ntpd"}, "sudo chronyc makestep"),
        ("linux", {}, {"sntp"}, "sudo sntp -S pool.ntp.org"),
        ("freebsd14", {}, {"ntpd"}, "sudo ntpd -gq"),
        ("linux", {}, set(), NO_PROGRAM),
    ],
)
def test_fix(platform: str, variables: dict[str, str], programs: set[str], expected: str) -> None:
    """The command of this platform that sets the clock, with a program that is installed."""
    assert (
        clock.suggested_fix(platform, variables, lambda name: f"/{name}" if name in programs else None, bool)
        == expected
    )


def test_without_systemd() -> None:
    """Timedatectl is of no use where systemd is not running, as in a container."""
    assert clock.suggested_fix("linux", {}, str, lambda _path: False) == "sudo chronyc makestep"
