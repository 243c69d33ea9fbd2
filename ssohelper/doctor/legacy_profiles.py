"""Legacy profiles: they have a start URL instead of an sso-session."""

from collections.abc import Iterator

from ssohelper import hints
from ssohelper.aws_config import resolve, sso_session
from ssohelper.aws_config.config_text import Option, Section
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.findings import Finding
from ssohelper.model import Session, same_start_url


def check(checkup: Checkup) -> Iterator[Finding]:
    """Every legacy profile; the fix gives it a session: the one of its start URL, or a new one."""
    for section in checkup.profiles:
        url, region = option_of(section, "sso_start_url"), option_of(section, "sso_region")
        if url and region and not option_of(section, "sso_session") and not section.managed:
            yield _finding(checkup, section, url, region)


def _finding(checkup: Checkup, section: Section, url: Option, region: Option) -> Finding:
    session = _session_of(checkup, url.value, region.value)
    elsewhere = session is not None and session.region != region.value
    other = f" ({session.name} is in {session.region}, not in {region.value})" if session and elsewhere else ""
    works = not elsewhere and region.value in checkup.identity_center_regions
    file = checkup.config
    return Finding(
        kind="legacy",
        message=f"profile {section.name!r} has a start URL instead of an sso_session: no automatic refresh{other}",
        affects="every tool: you have to sign in again when the access token expires"
        if works
        else f"every tool: requests for IAM Identity Center go to {region.value}",
        fix=fixes.use_session(file.path, file.text, url, region, session.name)
        if session
        else _new_session(checkup, url.value, region.value),
        severity="warning" if works else "error",
        file=file.path,
        line=section.first + 1,
        profile=section.name,
    )


def _session_of(checkup: Checkup, start_url: str, region: str) -> Session | None:
    """The named session of a start URL; of several, the one in the region."""
    named = resolve.named_sessions(checkup.files).values()
    same = [each for each in named if same_start_url(each.start_url, start_url)]
    return min(same, key=lambda each: each.region != region, default=None)


def _new_session(checkup: Checkup, start_url: str, region: str) -> str:
    """Add a session for the start URL, and convert its profiles; `configure` asks for a region that is left out."""
    present = {each.name for each in checkup.config.text.of_kind("sso-session")}
    session = ("--session", sso_session.suggested_name(start_url, present))
    where = ("--region", region) if region in checkup.identity_center_regions else ()
    commands = (
        ("configure", *session, "--start-url", start_url, *where),
        ("login", *session),
        ("sync", *session, "--adopt"),
    )
    return " && ".join(hints.command(*words) for words in commands)
