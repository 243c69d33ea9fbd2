"""Why a profile's role cannot be used, or may not do something: the doctor's steps, and what follows from them."""

import time
from collections.abc import Callable
from typing import NamedTuple

from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.doctor import environment, registry, run
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.steps import NOT_ASSIGNED
from ssohelper.errors import SignInRequired, SsohelperError, Unavailable
from ssohelper.findings import FIX_COMMAND, Change, Finding, Step
from ssohelper.model import RoleRef
from ssohelper.permission_sets import assignment
from ssohelper.permission_sets.assignment import Facts
from ssohelper.sign_in import refresh_history
from ssohelper.sync import role_changes
from ssohelper.sync.discovery import Discovery

# Lists every account and role of the user, with progress. Raises `SignInRequired`, `Unavailable`.
Discover = Callable[[SessionContext], Discovery]


class Report(NamedTuple):
    """The steps; the answer in one sentence; the next step, a command or a sentence; a text to send, in lines.

    `works` is whether the role can be used, None if that could not be found out.
    """

    steps: list[Step]
    sentence: str
    works: bool | None
    next_step: str | None = None
    request: tuple[str, ...] = ()
    exit_code: int = 0


def report(context: Context, profile: str, discover: Discover) -> Report:
    """Find out why the role of a profile cannot be used."""
    checkup = Checkup.read(context)
    found = list(registry.findings(checkup))
    prevented = run.prevented_by(checkup, found, profile)
    results: list[Step | Finding] = [*prevented[:1]] or list(run.steps(context, checkup, profile, 0))
    overriding = next(environment.check_keys(checkup), None)
    steps = [Step("environment", overriding.message, holds=False)] if overriding else []
    steps += [each for each in results if isinstance(each, Step)]
    failure = next((each for each in results if isinstance(each, Finding)), None)
    if failure is None and overriding:
        sentence = f"{profile} works, but {overriding.message}"
        return Report(steps, sentence, True, str(overriding.fix), exit_code=1)
    if failure is None:
        return Report(steps, f"{profile} works", works=True)
    if failure.kind == NOT_ASSIGNED:
        return _not_assigned(context, profile, steps, failure, discover)
    return _failed(steps, failure)


def _failed(steps: list[Step], failure: Finding) -> Report:
    """The report on a step that failed, for which the doctor has a fix."""
    name, message = _step_of(failure)
    code = Unavailable.exit_code if failure.temporary else SignInRequired.exit_code if name == "sign-in" else 1
    works = None if failure.temporary else False
    fix = FIX_COMMAND if isinstance(failure.fix, Change) else failure.fix
    return Report([*steps, Step(name, message, works)], message, works, fix, exit_code=code)


def _step_of(failure: Finding) -> tuple[str, str]:
    """The step that failed, and why."""
    for step in ("sign-in", "role", "credentials", "credential_process"):
        if failure.message.startswith(f"{step}: "):
            return step, failure.message.removeprefix(f"{step}: ")
    return "profile", failure.message


def _not_assigned(context: Context, profile: str, steps: list[Step], failure: Finding, discover: Discover) -> Report:
    """The report on a role that is not assigned: what else the portal lists, now and at the last sync."""
    selected = context.select_role(RoleOptions(profile=profile))
    role, session = selected.role.sso_role, context.of(selected.session)
    try:
        found = discover(session)
    except SsohelperError as error:
        steps = [*steps, Step("role", failure.message, holds=False), Step("elsewhere", str(error), None)]
        return Report(steps, failure.message, False, error.hint, exit_code=error.exit_code)
    reason = assignment.explain(_facts(session, role, found, time.time()))
    return Report([*steps, *reason.steps], reason.sentence, False, reason.next_step, reason.request, exit_code=1)


def _facts(session: SessionContext, role: RoleRef, found: Discovery, now: float) -> Facts:
    last = role_changes.last_sync(session.session, now)
    before = last[1] if last else []
    return Facts(
        role,
        found.accounts,
        found.roles,
        {each.account.id for each in found.unlisted},
        last[0] if last else None,
        any((each.account.id, each.name) == (role.account_id, role.role_name) for each in before),
        refresh_history.signed_in_at(session.session),
        now,
    )
