"""Profiles that AWS tools refuse, or whose role of IAM Identity Center something else overrides."""

from collections.abc import Iterator
from pathlib import Path

from ssohelper.aws_config import credential_source, resolve
from ssohelper.aws_config.credential_source import Refused, Source
from ssohelper.aws_config.merged import AwsFiles, Merged, Value
from ssohelper.doctor import fixes, tools
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding
from ssohelper.roles import RoleRef

# Found by other checks if the profile has one of these alone.
_ROLE_KEYS = ("sso_account_id", "sso_role_name")
REFUSED = "profile-refused"


def check(checkup: Checkup) -> Iterator[Finding]:
    """What botocore does with each profile, where that is an error or not what the profile says."""
    files = checkup.files
    if files.problem:  # found by `config_syntax`
        return
    refused: dict[str, Refused] = {}
    for name, options in files.profiles.items():
        try:
            source = credential_source.source_of(files, name, {}, explicit=True)
            role = resolve.role_of(source, name) if source else None
        except Refused as error:
            refused.setdefault(str(error), error)  # the same for all profiles that lead to the one at fault
            continue
        if source and all(options.text(key) for key in _ROLE_KEYS) and not isinstance(role, RoleRef):
            yield _overridden(checkup, name, source, refused=role is None)
    for each in refused.values():
        if not _of_incomplete_session(files, each.profile):
            yield _refused(checkup, each)


def _of_incomplete_session(files: AwsFiles, profile: str | None) -> bool:
    """Whether the profile's session is incomplete, which `sessions` reports."""
    options = files.profiles.get(profile or "", Merged(""))
    session = files.sessions.get(options.text("sso_session") or "")
    return session is not None and not (session.text("sso_start_url") and session.text("sso_region"))


def _refused(checkup: Checkup, error: Refused) -> Finding:
    path, line, fix = _place(checkup, error.where)
    return Finding(
        kind=REFUSED,
        message=str(error),
        affects=f"{tools.BOTOCORE}: they refuse the profile",
        fix=fix,
        file=path,
        line=line,
        profile=error.profile,
    )


def _overridden(checkup: Checkup, name: str, source: Source, *, refused: bool) -> Finding:
    path, line, fix = _place(checkup, source.where)
    ours = "refuses the profile" if refused else "assumes the role"
    return Finding(
        kind="role-overridden",
        message=f"profile {name!r} names a role of IAM Identity Center, but {resolve.why_elsewhere(source)}",
        affects=f"ssohelper {ours}; the SDKs for Go, Java and Rust may still use the role of IAM Identity Center",
        fix=fix,
        file=path,
        line=line,
        profile=name,
    )


def _place(checkup: Checkup, where: Value | None) -> tuple[Path, int | None, str]:
    """The file and the line of an option, and how it is edited."""
    file = checkup.file_of(where) if where else checkup.config
    line = where.option.first + 1 if where else None
    return file.path, line, fixes.open_editor(file.path, line)
