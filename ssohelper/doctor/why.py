"""Why a profile's role cannot be used, or may not do something: the doctor's steps, and what follows from them."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ssohelper import hints
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.doctor import environment, registry, run
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.steps import NOT_ASSIGNED
from ssohelper.errors import AccessDenied, SignInRequired, SsohelperError, Unavailable
from ssohelper.findings import FIX_COMMAND, Change, Finding, Step
from ssohelper.identity_center.iam import Iam
from ssohelper.model import RoleCredentials, RoleRef
from ssohelper.permission_sets import access_denied, assignment, explain, simulation
from ssohelper.permission_sets.access_denied import Principal
from ssohelper.permission_sets.assignment import Facts
from ssohelper.sign_in import refresh_history
from ssohelper.sync import account_names, role_changes
from ssohelper.sync.discovery import Discovery

if TYPE_CHECKING:
    from ssohelper.identity_center.sts import CallerIdentity

# Lists every account and role of the user, with progress. Raises `SignInRequired`, `Unavailable`.
Discover = Callable[[SessionContext], Discovery]


class Wish(NamedTuple):
    """What somebody wants to do: an action such as `s3:PutObject`, and the ARN of the resource if it is named."""

    action: str
    resource: str | None = None

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return f"{self.action} on {self.resource}" if self.resource else self.action


class Report(NamedTuple):
    """The steps; the answer in one sentence; the next step, a command or a sentence.

    `works` is whether the role can be used, and may do what is wished; None if that could not be found out. `request`
    is a text to send to the `owner` of what denies it, in lines.
    """

    steps: list[Step]
    sentence: str
    works: bool | None
    next_step: str | None = None
    owner: str | None = None
    request: tuple[str, ...] = ()
    exit_code: int = 0


def report(context: Context, profile: str, wish: Wish | None, discover: Discover) -> Report:
    """Find out why the role of a profile cannot be used, or may not do something."""
    checkup = Checkup.read(context)
    found = list(registry.findings(checkup))
    prevented = run.prevented_by(checkup, found, profile)
    results: list[Step | Finding] = [*prevented[:1]] or list(run.steps(context, checkup, profile, 0))
    overriding = next(environment.check_keys(checkup), None)
    steps = [Step("environment", overriding.message, holds=False)] if overriding else []
    steps += [each for each in results if isinstance(each, Step)]
    failure = next((each for each in results if isinstance(each, Finding)), None)
    if failure is not None and failure.kind == NOT_ASSIGNED:
        return _not_assigned(context, profile, steps, failure, discover)
    if failure is not None:
        return _failed(steps, failure)
    usable = _Usable(context, profile)
    steps += usable.steps()
    if wish is not None:
        return usable.check(wish, steps)
    if overriding:
        sentence = f"{profile} works, but {overriding.message}"
        return Report(steps, sentence, True, str(overriding.fix), exit_code=1)
    return Report(steps, f"{profile} works", True, hints.command("why", profile, "--action", "SERVICE:ACTION"))


class _Usable:
    """A role whose credentials can be had."""

    def __init__(self, context: Context, profile: str) -> None:
        selected = context.select_role(RoleOptions(profile=profile))
        self._profile = profile
        self._role = selected.role
        self._session = context.of(selected.session)
        self._credentials: RoleCredentials | None = None
        self._identity: CallerIdentity | None = None

    def steps(self) -> Iterator[Step]:
        """The user's roles here, and this one elsewhere, as they were last synced; and who STS says one is."""
        found = role_changes.last_sync(self._session.session, time.time())
        if found:
            yield from assignment.at_last_sync(self._role.sso_role, found[1])
        sensitive = self._session.guard and self._session.guard.sensitive_in(self._role)
        if sensitive:
            yield Step("identity", f"not asked: {sensitive[0].label} is a sensitive role", None)
            return
        try:
            self._credentials = self._session.provider.credentials(self._role)
            self._identity = self._session.sts(self._profile).caller_identity(self._credentials)
        except SsohelperError as error:
            yield Step("identity", str(error), None)
            return
        right = self._identity.account_id == self._role.account_id
        yield Step("identity", self._identity.arn, right)

    def check(self, wish: Wish, steps: list[Step]) -> Report:
        """Whether the role may do something, if it may ask that."""
        more = hints.command("why", "--message", "TEXT")
        if self._credentials is None or self._identity is None:
            return _not_found_out(steps, wish, "who the role is could not be found out", more)
        principal = access_denied.principal(self._identity.arn)
        iam = self._session.iam(self._profile)
        try:
            role_arn = self._role_arn(iam, self._credentials, principal)
            simulated = iam.simulate(self._credentials, role_arn, wish.action, wish.resource)
        except AccessDenied:
            return _not_found_out(steps, wish, "the role may not ask (iam:SimulatePrincipalPolicy)", more)
        except SsohelperError as error:
            return _not_found_out(steps, wish, str(error), more)
        depends = f" (depends on {', '.join(simulated.missing)})" if simulated.missing else ""
        denied = simulation.denial(simulated, principal, *wish)
        if denied is None:
            steps.append(Step("action", f"{wish.label} is allowed{depends}"))
            sentence = f"{self._profile} may do {wish.label}, as far as the role's own policies say"
            return Report(steps, sentence, True, more)
        explained = explain.explain(denied, account_names.shown(self._session.session))
        steps.append(Step("action", f"{wish.label}: {explained.decided}{depends}", holds=False))
        sentence = f"{self._profile} may not do {wish.label}: {explained.decided}"
        return Report(steps, sentence, False, more, explained.owner, explained.request, exit_code=1)

    def _role_arn(self, iam: Iam, keys: RoleCredentials, principal: Principal) -> str:
        """The ARN of the IAM role; if the role may not ask for its own, as Identity Center makes it."""
        name = principal.role_name or self._role.role_name
        try:
            return iam.role(keys, name).arn
        except AccessDenied:
            region = self._session.session.region
            path = "" if region == "us-east-1" else f"{region}/"
            partition = principal.arn.split(":")[1]
            account = f"arn:{partition}:iam::{self._role.account_id}"
            return f"{account}:role/aws-reserved/sso.amazonaws.com/{path}{name}"


def _not_found_out(steps: list[Step], wish: Wish, reason: str, next_step: str) -> Report:
    steps = [*steps, Step("action", f"{wish.label}: {reason}", None)]
    sentence = f"whether {wish.label} is allowed could not be found out: AWS's own message says why it is denied"
    return Report(steps, sentence, None, next_step, exit_code=Unavailable.exit_code)


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
    owner = reason.request and explain.IDENTITY_CENTER
    steps = [*steps, *reason.steps]
    return Report(steps, reason.sentence, False, reason.next_step, owner or None, reason.request, exit_code=1)


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
