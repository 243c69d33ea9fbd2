"""Our settings in config.toml."""

from collections.abc import Iterator
from pathlib import Path

from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding
from ssohelper.settings.config_toml import WrongSetting


def check_valid(checkup: Checkup) -> Iterator[Finding]:
    """Why config.toml is invalid, or cannot be read."""
    path, problem = checkup.settings.path, checkup.settings.problem
    if problem is None:
        return
    wrong = problem if isinstance(problem, WrongSetting) else None
    line = wrong.line if wrong else None
    yield Finding(
        kind="invalid-settings",
        message=wrong.problem if wrong else str(problem),
        affects="ssohelper: most commands fail",
        # The setting may protect roles: none is removed.
        fix=fixes.open_editor(path, line) if wrong else fixes.on_file(path, "ls", "-l"),
        file=path,
        line=line,
    )


def check_programs(checkup: Checkup) -> Iterator[Finding]:
    """Programs that config.toml names and that do not exist."""
    file = checkup.settings
    programs = {("program", each.program, "ssohelper sync") for each in file.settings.values()}
    programs |= {("browser", each.browser, "ssohelper console") for each in file.settings.values()}
    for key, program, command in sorted(each for each in programs if each[1]):
        if program and not Path(program).exists():
            yield Finding(
                kind="settings-program-not-found",
                message=f"{key}: file not found: {program}",
                affects=command,
                fix=fixes.open_editor(file.path),
                file=file.path,
            )


def check_sessions(checkup: Checkup) -> Iterator[Finding]:
    """Sessions that have settings and are not configured."""
    file = checkup.settings
    for name in sorted(each for each in file.settings if each is not None and each not in checkup.sessions):
        yield Finding(
            kind="settings-of-unknown-session",
            message=f"settings for sso-session {name!r}, which is not configured"
            + did_you_mean(name, checkup.sessions),
            affects="ssohelper: these settings have no effect",
            fix=fixes.open_editor(file.path),
            severity="warning",
            file=file.path,
        )
