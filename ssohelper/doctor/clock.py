"""The clock of this machine, compared to Identity Center's. Pure."""

from collections.abc import Callable, Iterator, Mapping

from ssohelper import durations
from ssohelper.findings import Finding

# AWS rejects a signed request whose date is off by more than this:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
_MAX_SKEW_SECONDS = 5 * 60
_SKEW_WARNING_SECONDS = 60
# systemd(1) makes this folder when it starts.
_SYSTEMD = "/run/systemd/system"
# Commands that correct the clock from the network, by the program that each needs; the first one found is suggested.
_COMMANDS = {
    "timedatectl": "sudo timedatectl set-ntp true",
    "chronyc": "sudo chronyc makestep",
    "sntp": "sudo sntp -S pool.ntp.org",
    "ntpd": "sudo ntpd -gq",
}


def check(local: float, remote: float, fix: Callable[[], str]) -> Iterator[Finding]:
    """Whether the two clocks differ, both in Unix seconds. `fix` returns what sets the clock of this machine."""
    off = local - remote
    if abs(off) >= _SKEW_WARNING_SECONDS:
        yield Finding(
            kind="clock",
            message=f"the clock of this machine is {durations.shown(abs(off))} {'ahead' if off > 0 else 'behind'}",
            affects="every tool: AWS rejects signatures that are more than 5 minutes off; times left are shown wrong",
            fix=fix(),
            severity="error" if abs(off) >= _MAX_SKEW_SECONDS else "warning",
        )


def suggested_fix(
    platform: str,
    environment: Mapping[str, str],
    which: Callable[[str], str | None],
    exists: Callable[[str], bool],
) -> str:
    """The command that sets this machine's clock; without one, what to do.

    `platform` is `sys.platform`, `which` finds a program on PATH, `exists` tells whether a file exists. The clock
    of WSL falls behind while Windows sleeps, and follows Windows' clock, not the network:
    https://github.com/microsoft/WSL/issues/5324
    """

    def runs(program: str) -> bool:
        return program != "timedatectl" or exists(_SYSTEMD)

    if environment.get("WSL_DISTRO_NAME"):
        return "sudo hwclock -s"
    if platform == "darwin":
        return "sudo sntp -sS time.apple.com"
    if platform == "win32":
        return "w32tm /resync, in an administrator's PowerShell"
    found = next((command for program, command in _COMMANDS.items() if which(program) and runs(program)), None)
    return found or "set the clock of this machine; in a container or virtual machine, the clock of its host"
