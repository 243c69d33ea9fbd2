"""Why a profile's role cannot be used, or may not do something: the doctor's steps, and what follows from them."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ssohelper import hints
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.doctor import environment, registry, run
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.steps import ACCESS_DENIED, NOT_ASSIGNED
from ssohelper.errors import AccessDenied, MfaRequired, SsohelperError, Unavailable
from ssohelper.findings import FIX_COMMAND, Change, Finding, Step
from ssohelper.identity_center import iam
from ssohelper.permission_sets import assignment, explain, simulation
from ssohelper.permission_sets.access_denied import Principal
from ssohelper.permission_sets.assignment import Facts
from ssohelper.roles import AssumedRole, Role, RoleCredentials, RoleRef, mfa_serial_in
from ssohelper.sign_in import refresh_history
from ssohelper.sync import account_names, role_changes
from ssohelper.sync.discovery import Discovery

if TYPE_CHECKING:
    from ssohelper.identity_center.iam import Simulated

# Lists every account and role of the user, with progress. Raises `SignInRequired`, `Unavailable`.
Discover = Callable[[SessionContext], Discovery]


class Action(NamedTuple):
    """What somebody wants to do, such as `s3:PutObject`, and the ARN of the resource if it is named."""

    name: str
    resource: str | None = None

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return f"{self.name} on {self.resource}" if self.resource else self.name


class Report(NamedTuple):
    """The steps; the answer in one sentence; the next step, a command or a sentence.

    `works` is whether the role can be used, and is allowed the action; None if that could not be checked.
    `text_to_send` is what to ask the `contact` for, in lines; both are empty if nobody has to be asked.
    """

    steps: Sequence[Step]
    sentence: str
    works: bool | None
    next_step: str | None = None
    contact: str | None = None
    text_to_send: tuple[str, ...] = ()
    exit_code: int = 0


class _Caller(NamedTuple):
    """A role, its credentials, and who STS says it is."""

    session: SessionContext
    profile: str
    credentials: RoleCredentials
    principal: Principal


def report(context: Context, profile: str, action: Action | None, discover: Discover) -> Report:
    """Find out why the role of a profile cannot be used, or is not allowed an action."""
    checkup = Checkup.read(context)
    prevented = run.prevented_by(checkup, list(registry.findings(checkup)), profile)
    results: list[Step | Finding] = [*prevented[:1]] or list(run.steps(context, checkup, profile, 0))
    overriding = next(environment.check_keys(checkup), None)
    steps = [Step("environment", overriding.message, ok=False)] if overriding else []
    steps += [each for each in results if isinstance(each, Step)]
    failure = next((each for each in results if isinstance(each, Finding)), None)
    if failure is not None and failure.kind == NOT_ASSIGNED:
        return _not_assigned(context, profile, steps, failure, discover)
    if failure is not None:
        return _failed(context, profile, steps, failure)
    selected = context.select_role(RoleOptions(profile=profile))
    session = context.of(selected.session)
    steps += _at_last_sync(session, selected)
    identity, caller = _identify(session, profile, selected)
    steps.append(identity)
    if identity.ok is False:
        return Report(steps, f"{profile}: {identity.detail}", False, hints.command("doctor", profile), exit_code=1)
    if action is not None:
        return _check_action(steps, caller, profile, action)
    if caller is None and (device := mfa_serial_in(selected.role)):
        code = hints.command("whoami", "--profile", profile, "--verify")
        return Report(steps, f"{profile} needs an MFA code of {device}", None, code, exit_code=MfaRequired.exit_code)
    return _working(steps, profile, overriding)


def _working(steps: list[Step], profile: str, overriding: Finding | None) -> Report:
    """The report on a role that works."""
    if overriding:
        sentence = f"{profile} works, but {overriding.message}"
        return Report(steps, sentence, True, str(overriding.fix), exit_code=1)
    return Report(steps, f"{profile} works", True, hints.command("why", profile, "--action", "SERVICE:ACTION"))


def _failed(context: Context, profile: str, steps: list[Step], failure: Finding) -> Report:
    """The report on a step that failed, for which the doctor has a fix."""
    message = failure.message.removeprefix(f"{failure.step}: ")
    works = None if failure.exit_code == Unavailable.exit_code else False
    # The step may have looked fine until now: a token that is rejected is valid by its date.
    steps = [*(each for each in steps if each.name != failure.step), Step(failure.step, message, works)]
    fix = FIX_COMMAND if isinstance(failure.fix, Change) else failure.fix
    failed = Report(steps, message, works, fix, exit_code=failure.exit_code)
    if failure.kind != ACCESS_DENIED:
        return failed
    selected = context.select_role(RoleOptions(profile=profile))
    if not isinstance(selected.role, AssumedRole):
        return failed
    names = context.of(selected.session).shown_names()
    explained = explain.assume_role(selected.role, names)
    return failed._replace(contact=explained.contact, text_to_send=explained.text_to_send)


def _not_assigned(context: Context, profile: str, steps: list[Step], failure: Finding, discover: Discover) -> Report:
    """The report on a role that is not assigned: what else the portal lists, now and at the last sync."""
    selected = context.select_role(RoleOptions(profile=profile))
    role, session = selected.role.sso_role, context.of(selected.session)
    assert role is not None  # access keys are not assigned
    try:
        found = discover(session)
    except SsohelperError as error:
        steps = [*steps, Step("role", failure.message, ok=False), Step("other accounts", str(error), None)]
        return Report(steps, failure.message, False, error.hint, exit_code=error.exit_code)
    if role.account_id in {each.account.id for each in found.unlisted} or _has(found.roles, role):
        sentence = f"could not check whether {role.label} is assigned to you"
        steps = [*steps, Step("role", f"{failure.message}, but its account could not be listed again", None)]
        return Report(steps, sentence, None, "run the command again in a minute", exit_code=Unavailable.exit_code)
    known = assignment.explain(_facts(session, role, found, time.time()))
    steps = [*steps, *known.steps]
    return Report(steps, known.sentence, False, known.next_step, known.contact, known.text_to_send, exit_code=1)


def _has(roles: Iterable[Role], role: RoleRef) -> bool:
    return any((each.account.id, each.name) == (role.account_id, role.role_name) for each in roles)


def _facts(session: SessionContext, role: RoleRef, found: Discovery, now: float) -> Facts:
    last = role_changes.last_sync(session.session, now)
    if last and not _may_be_same_user(last[1], found):
        last = None
    before = last[1] if last else []
    return Facts(
        role,
        session.session.start_url,
        {**account_names.shown(session.session), **_names(before), **{each.id: each.name for each in found.accounts}},
        found.accounts,
        found.roles,
        {each.account.id for each in found.unlisted},
        last[0] if last else None,
        _has(before, role),
        refresh_history.load(session.session).signed_in_at,
        now,
    )


def _may_be_same_user(before: Sequence[Role], found: Discovery) -> bool:
    """Whether most roles of the last sync are still there: else another user may have signed in."""
    now = {(each.account.id, each.name) for each in found.roles}
    kept = sum((each.account.id, each.name) in now for each in before)
    return 2 * kept >= len(before)


def _names(roles: Sequence[Role]) -> dict[str, str | None]:
    return {each.account.id: each.account.name for each in roles}


def _at_last_sync(session: SessionContext, selected: ProfileRole) -> Iterator[Step]:
    role, last = selected.role.sso_role, role_changes.last_sync(session.session, time.time())
    return assignment.at_last_sync(role, last[1]) if role and last else iter(())


def _identify(session: SessionContext, profile: str, selected: ProfileRole) -> tuple[Step, _Caller | None]:
    """Who STS says the role is. A sensitive role is not asked: that would be a use of it."""
    sensitive = session.guard.sensitive_in(selected.role) if session.guard else []
    if sensitive:
        return Step("identity", f"not requested: {sensitive[0].label} is a sensitive role", None), None
    try:
        credentials = session.provider.credentials(selected.role)
        identity = session.sts(profile).caller_identity(credentials)
    except SsohelperError as error:
        return Step("identity", str(error), None), None
    principal, role = Principal.of(identity.arn), selected.role
    label = explain.label_of(principal, session.shown_names())
    name = principal.role_name if isinstance(role, AssumedRole) else principal.permission_set
    if {identity.account_id, principal.account_id} != {role.account_id} or name != role.role_name:
        return Step("identity", f"STS says that the credentials are for {label}", ok=False), None
    return Step("identity", label), _Caller(session, profile, credentials, principal)


def _check_action(steps: list[Step], caller: _Caller | None, profile: str, action: Action) -> Report:
    """Whether a role is allowed an action, by the simulation of its policies."""
    more = hints.command("why", "--message", "TEXT")
    if caller is None:
        return _not_checked(steps, action, "the role's identity is not known", more)
    try:
        simulated = _simulate(caller, action)
    except AccessDenied:
        return _not_checked(steps, action, "the role is not allowed iam:SimulatePrincipalPolicy", more)
    except SsohelperError as error:
        return _not_checked(steps, action, str(error), more)
    keys = ", ".join(simulated.missing_context_keys)
    depends = f" (depends on condition keys: {keys})" if keys else ""
    depends += "" if action.resource else " (simulated for all resources: name one with --resource)"
    denied = simulation.as_denial(simulated, caller.principal, *action)
    if denied is None:
        steps = [*steps, Step("action", f"{action.label} is allowed{depends}")]
        return Report(steps, f"{profile} is allowed {action.label} by the role's policies", True, more)
    found = explain.explain(denied, caller.session.shown_names())
    steps = [*steps, Step("action", f"{action.label}: {found.reason}{depends}", ok=False)]
    sentence = f"{profile} is not allowed {action.label}: {found.reason}"
    session = caller.session.session
    more = hints.command("roles", "--session", session.name) if session.needs_sign_in else more
    return Report(steps, sentence, False, more, found.contact, found.text_to_send, exit_code=1)


def _simulate(caller: _Caller, action: Action) -> "Simulated":
    """Have IAM simulate the policies of a role. Raises `AccessDenied` if it may not ask that."""
    client = caller.session.iam(caller.profile)
    name = caller.principal.role_name or ""
    try:
        arn = client.role_arn(caller.credentials, name)
    except AccessDenied:
        if caller.principal.permission_set is None:
            raise
        arn = iam.reserved_role_arn(caller.principal.arn, name, caller.session.session.region)
    return client.simulate(caller.credentials, arn, action.name, action.resource)


def _not_checked(steps: list[Step], action: Action, reason: str, next_step: str) -> Report:
    steps = [*steps, Step("action", f"{action.label}: {reason}", None)]
    sentence = f"could not check whether {action.label} is allowed; if it is denied, AWS's message says more"
    return Report(steps, sentence, None, next_step, exit_code=Unavailable.exit_code)
