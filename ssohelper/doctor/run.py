"""Runs all checks and, for a profile, the steps to its role credentials."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from ssohelper import hints
from ssohelper.aws_config import selection
from ssohelper.aws_config.config_text import Section
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.resolve import Elsewhere
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context
from ssohelper.doctor import clock, portal, registry, sdk_options, sign_ins, unsupported
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.steps import ACCESS_DENIED, NOT_ASSIGNED, CredentialSteps
from ssohelper.errors import BadInput, SsohelperError
from ssohelper.findings import Finding, Step
from ssohelper.identity_center import probe
from ssohelper.identity_center.probe import ProbeResult
from ssohelper.model import Session, same_start_url

# Errors of a profile with which its credentials can be requested all the same.
_HARMLESS_KINDS = ("unknown-region", "unknown-output", "static-keys", "two-sources", "two-defaults")

# Shows what the user waits for.
Spinner = Callable[[str], AbstractContextManager[None]]


class Report(NamedTuple):
    """The steps that succeeded, none without a profile, and the findings.

    `unsupported` are clients that do not support the profile, if it works.
    """

    steps: list[Step]
    findings: list[Finding]
    unsupported: Sequence[str] = ()


def run(context: Context, spinner: Spinner, *, profile: str | None, needs: float, offline: bool) -> Report:
    """Check everything; with `offline`, without a request. `needs` is in seconds, 0 if it is not known."""
    checkup = Checkup.read(context)
    found = list(_check(context, checkup, None if offline else spinner))
    current = selection.current_profile(checkup.environment) or "default"
    found += sdk_options.check(checkup, profile or current)
    if profile is None:
        return Report([], found)
    if prevented_by(checkup, found, profile):
        return Report([], _sorted(found, profile, []))
    results = list(steps(context, checkup, profile, needs))
    succeeded = [each for each in results if isinstance(each, Step)]
    failures = [_known(each, found, profile) for each in results if isinstance(each, Finding)]
    sections = {each.name: each for each in checkup.profiles}
    not_supported = () if failures else unsupported.clients(profile, sections)
    return Report(succeeded, _sorted(found, profile, failures), not_supported)


def is_denied(report: Report) -> bool:
    """Whether access is denied to the profile, which `ssohelper why` explains."""
    return any(each.kind in (NOT_ASSIGNED, ACCESS_DENIED) for each in report.findings)


def _check(context: Context, checkup: Checkup, spinner: Spinner | None) -> Iterator[Finding]:
    yield from registry.findings(checkup)
    if registry.has_syntax_findings(checkup):
        return
    named = [each.start_url for each in checkup.sessions.values() if not each.legacy]
    for session in checkup.sessions.values():
        # A legacy session is not checked if a named one has the same start URL: `legacy` suggests to use that one.
        if not session.legacy or not any(same_start_url(session.start_url, each) for each in named):
            yield from _check_sign_in(context, checkup, session, spinner)


def _check_sign_in(
    context: Context, checkup: Checkup, session: Session, spinner: Spinner | None
) -> Iterator[Finding]:
    """The checks of a session; without a spinner, those that need no request."""
    try:
        # Only valid settings say where secrets are.
        secret_store = None if checkup.settings.problem else context.of(session).secret_store
        sign_in = sign_ins.read(session, secret_store, checkup.now)
    except SsohelperError as error:  # a file that cannot be read, or the keyring
        yield portal.unusable("sign-in-unknown", session, error)
        return
    for check in registry.SIGN_IN_CHECKS:
        yield from check(checkup, sign_in)
    if spinner is None or session.region not in checkup.identity_center_regions:
        return

    def send(session: Session, access_token: str) -> ProbeResult:
        with spinner(f"connecting to Identity Center ({session.name})"):
            return probe.probe(session, access_token, context.of(session).network)

    def clock_fix() -> str:
        return clock.suggested_fix(sys.platform, checkup.environment, checkup.which, os.path.exists)

    yield from portal.check(sign_in, send, time.time, clock_fix)


def prevented_by(checkup: Checkup, found: list[Finding], profile: str) -> list[Finding]:
    """The findings because of which the steps of a profile would only fail."""
    unreadable = checkup.config.problem or checkup.files.problem
    return [each for each in found if unreadable or _prevents_steps(each, profile)]


def _prevents_steps(finding: Finding, profile: str) -> bool:
    about_profile = finding.profile == profile and finding.kind not in _HARMLESS_KINDS
    return finding.severity == "error" and (about_profile or finding.kind == "invalid-settings")


def steps(context: Context, checkup: Checkup, profile: str, needs: float) -> Iterator[Step | Finding]:
    """The steps from a profile to its credentials: each that succeeds, and the finding at which the rest is skipped.

    `needs` is for how many seconds they are needed, 0 if that is not known.
    """
    try:
        selected = context.select_role(RoleOptions(profile=profile))
    except BadInput as error:
        yield _no_role(checkup, profile, error)
        return
    yield from CredentialSteps(
        checkup, _section(checkup, profile), selected, context.of(selected.session), needs
    ).run()


def _section(checkup: Checkup, profile: str) -> Section:
    """The section of a profile, which may be in the credentials file only."""
    in_config = next((each for each in checkup.profiles if each.name == profile), None)
    return in_config or next(
        each._replace(kind="profile", name=profile)
        for each in checkup.credentials.text.sections
        if each.header == profile
    )


def _no_role(checkup: Checkup, profile: str, error: BadInput) -> Finding:
    managed = next((each for each in checkup.profiles if each.name == profile and each.managed), None)
    if isinstance(error, Elsewhere) and not (managed and _runs_a_program(error)):
        return Finding(
            kind="step-profile",
            message=str(error),
            affects="ssohelper: it gives no credentials for this profile; other tools use that source",
            fix=hints.shell("aws", "sts", "get-caller-identity", "--profile", profile),
            severity="warning",
        )
    if isinstance(error, Refused):
        fix = "correct the line that is named, then run `ssohelper doctor` again"
    elif isinstance(error, Elsewhere):
        fix = (managed and checkup.sync_command(managed, "--yes")) or "ssohelper sync --session NAME --yes"
    else:
        fix = "ssohelper sync" if profile not in checkup.profile_names else error.hint or "ssohelper sync"
    return Finding(kind="step-profile", message=str(error), affects="every tool that uses the profile", fix=fix)


def _runs_a_program(error: Elsewhere) -> bool:
    return error.source is not None and error.source.method == "custom-process"


def _known(failure: Finding, found: list[Finding], profile: str) -> Finding:
    """The finding with the same fix, if there is one and it is not about another profile: it has the same cause."""
    same = (each for each in found if each.profile in (None, profile) and each.fix == failure.fix)
    return next(same, failure)


def _sorted(found: list[Finding], profile: str, failures: list[Finding]) -> list[Finding]:
    """What failed first, then what is about the profile. A wrong region is the cause of a failed sign-in."""
    new = [each for each in failures if each not in found]
    known = sorted(
        found,
        key=lambda each: (each not in failures and each.kind != "wrong-region", each.profile != profile),
    )
    return [*new, *known]
