"""Why a user can or cannot use a permission set in an account, as an administrator can read it, step by step."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from ssohelper import durations
from ssohelper.doctor import administered_action
from ssohelper.doctor.why import Action, Report
from ssohelper.errors import BadInput, SignInRequired, SsohelperError, Unavailable, did_you_mean
from ssohelper.findings import Step
from ssohelper.identity_center.admin_service import WORKERS
from ssohelper.permission_sets.services import Services

_Known = TypeVar("_Known")

# Of each kind of request, so many are looked at, the newest first.
_MOST_REQUESTS = 25
_SET = "permission set"
_NO_USER = "check the user name, and whether your identity provider provisions the user (SCIM)"
_REQUESTS = (("assignment", "assigning it"), ("provisioning", "provisioning it"))


class Wanted(NamedTuple):
    """The user by name or email address, the account by name or id, the permission set by name, and an action."""

    user: str
    account: str
    permission_set: str
    action: Action | None = None


class PermissionSet(NamedTuple):
    """The permission set that was found. `provisioned`: whether the account has a role of it."""

    arn: str
    name: str
    session_seconds: int | None
    provisioned: bool


def report(services: Services, wanted: Wanted) -> Report:
    """Go through every step. Raises `BadInput` if several accounts have the name, and `SignInRequired`."""
    return _Chain(services, wanted).report()


class _Chain:
    """The steps so far. A step that cannot be checked is unknown, and the next ones go on without it."""

    def __init__(self, services: Services, wanted: Wanted) -> None:
        self._services = services
        self._administration, self._directory = services.administration, services.directory
        self._instance, self._store = services.instance.arn, services.instance.identity_store_id
        self._wanted = wanted
        self._user = wanted.user.partition("@")[0]  # an email address is not shown
        self._steps: list[Step] = []
        self._problems: list[str] = []
        self._fix: str | None = None
        self._missing: str | None = None
        self._outdated = False
        self._account_names: dict[str, str | None] = {}

    def report(self) -> Report:
        """The report; it ends at the first step without which the others make no sense."""
        user_id = self._find_user()
        account_id = self._find_account()
        found = self._find_set(account_id) if account_id else None
        if user_id is None or account_id is None or found is None:
            return self._conclusion(f"{self._wanted.permission_set} in {self._wanted.account}")
        self._assigned(user_id, found, account_id)
        self._provisioned(found, account_id)
        self._requests(user_id, found, account_id)
        where = f"{found.name} in {self._wanted.account}"
        if not self._problems and self._wanted.action is not None:
            return self._action(found, account_id, self._wanted.action, where)
        return self._conclusion(where)

    def _find_user(self) -> str | None:
        """The id of the user, who may be disabled."""
        name = self._wanted.user
        user_id = self._try("user", lambda: self._directory.user_id(self._store, name))
        if user_id is None and not self._steps:
            user_id = self._by_short_name()
        if user_id is None:
            return None
        user = self._try("user", lambda: self._directory.user(self._store, user_id))
        if user and user["enabled"] is False:
            self._no("user", f"{self._user} is disabled", f"enable {self._user} in the identity source")
        elif not user and not self._steps:
            self._no("user", f"{self._user} was deleted", _NO_USER)
        elif user:
            self._ok("user", f"{self._user}{' (enabled)' if user['enabled'] else ''}")
        return user_id

    def _by_short_name(self) -> str | None:
        """The id of the only user whose name is an email address that begins so: other outputs show it like this."""
        known = self._try("user", lambda: self._directory.some_users(self._store)) or []
        found = [each for each in known if each.partition("@")[0] == self._wanted.user]
        if len(found) == 1:
            return self._try("user", lambda: self._directory.user_id(self._store, found[0]))
        if found:
            problem, fix = f"several users are named {self._user}", "use the full user name"
        else:
            near = did_you_mean(self._user, sorted({each.partition("@")[0] for each in known}))
            problem, fix = f"user {self._user!r} not found{near}", _NO_USER
        self._not_found("user", problem, fix)
        return None

    def _find_account(self) -> str | None:
        """The id of the account, which may be suspended."""
        name = self._wanted.account
        accounts = self._try("account", self._services.organization.accounts)
        if accounts is None:
            return name if name.isdigit() else None
        self._account_names = {each["id"]: each["name"] for each in accounts}
        found = [each for each in accounts if each["id"] == name or (each["name"] or "").lower() == name.lower()]
        if len(found) > 1:
            ids = ", ".join(each["id"] for each in found)
            raise BadInput(f"several accounts are named {name}: {ids}", hint="use the id")
        if not found:
            near = did_you_mean(name, [each["name"] for each in accounts if each["name"]])
            self._not_found("account", f"{name} is not in the organization{near}", "check the account")
            return None
        account, label = found[0], f"{found[0]['name']} ({found[0]['id']})"
        if account["state"] in ("SUSPENDED", "PENDING_CLOSURE", "CLOSED"):
            self._no("account", f"{label} is {account['state'].lower().replace('_', ' ')}", "use another account")
        else:
            self._ok("account", label)
        return str(account["id"])

    def _find_set(self, account_id: str) -> PermissionSet | None:
        """The permission set: first among those that the account has a role of."""
        name = self._wanted.permission_set
        provisioned = self._try(_SET, lambda: self._administration.provisioned_sets(self._instance, account_id))
        described = self._described(provisioned or [])
        if name not in described:
            every = self._try(_SET, lambda: self._administration.permission_sets(self._instance))
            if every is None:
                return None
            described |= self._described([arn for arn in every if arn not in (provisioned or [])])
        if name not in described:
            if not any(each.name == _SET for each in self._steps):
                message = f"permission set {name!r} not found{did_you_mean(name, described)}"
                self._not_found(_SET, message, "use the name of the permission set, not that of the role in IAM")
            return None
        arn, seconds = described[name]
        length = "" if seconds is None else f", sessions of {durations.shown(seconds)}"
        self._ok(_SET, f"{name}{length}")
        return PermissionSet(arn, name, seconds, arn in (provisioned or []))

    def _described(self, arns: Sequence[str]) -> dict[str, tuple[str, int | None]]:
        """The ARN and the session duration in seconds of permission sets, by name."""
        found: dict[str, tuple[str, int | None]] = {}
        with ThreadPoolExecutor(WORKERS) as pool:
            calls = {arn: pool.submit(self._administration.describe, self._instance, arn) for arn in arns}
        for arn, call in calls.items():
            answer = self._try(_SET, call.result)
            if answer:
                found[answer["name"]] = arn, answer["session_seconds"]
        return found

    def _assigned(self, user_id: str, found: PermissionSet, account_id: str) -> None:
        rows = self._try("assigned", lambda: self._administration.assignments(self._instance, found.arn, account_id))
        if rows is None:
            return
        groups = [each for kind, each in rows if kind == "GROUP"]
        through = self._try("assigned", lambda: self._directory.groups_of(self._store, user_id, groups))
        names = [self._group_name(each) for each in through or []]
        ways = ["directly"] if ["USER", user_id] in rows else []
        ways += [f"by the group {each}" for each in names]
        if ways:
            self._ok("assigned", " and ".join(ways))
        elif through is not None:
            self._no("assigned", self._not_assigned(user_id, found, groups), self._how_to_assign(found, groups))

    def _not_assigned(self, user_id: str, found: PermissionSet, groups: Sequence[str]) -> str:
        """That it is not assigned; which groups have it there, and where else the user has it."""
        here = ", ".join(self._group_name(each) for each in groups)
        message = f"not assigned to {self._user}"
        message += f"; in this account, the group{'' if len(groups) == 1 else 's'} {here} " if here else ""
        message += f"{'has' if len(groups) == 1 else 'have'} it" if here else ""
        try:
            rows = self._administration.assignments_of(self._instance, "USER", user_id)
        except SsohelperError:  # it may be allowed in the management account only
            return message
        ids = sorted({account_id for arn, account_id, *_ in rows if arn == found.arn})
        elsewhere = [self._account_names.get(each) or each for each in ids]
        return f"{message}; {self._user} has it in {', '.join(elsewhere)}" if elsewhere else message

    def _how_to_assign(self, found: PermissionSet, groups: Sequence[str]) -> str:
        if groups:
            group = "that group" if len(groups) == 1 else "one of these groups"
            return f"add {self._user} to {group} in the identity source"
        return f"assign {found.name} to one of {self._user}'s groups: IAM Identity Center > AWS accounts"

    def _provisioned(self, found: PermissionSet, account_id: str) -> None:
        again = f"provision it again: IAM Identity Center > Permission sets > {found.name} (ProvisionPermissionSet)"
        if not found.provisioned:
            if not any(each.name == _SET and each.ok is None for each in self._steps):
                self._no("provisioned", "not provisioned in this account", again)
            return
        outdated = self._try(
            "provisioned",
            lambda: self._administration.provisioned_sets(self._instance, account_id, outdated=True),
        )
        if outdated is not None and found.arn in outdated:
            self._steps.append(Step("provisioned", "the account has an older version of it", ok=False))
            self._fix, self._outdated = again, True
        elif outdated is not None:
            self._ok("provisioned", "the account has the latest version")

    def _requests(self, user_id: str, found: PermissionSet, account_id: str) -> None:
        """The newest request for the pair that failed or is not finished, if there is one."""
        newest = self._try("requests", lambda: self._newest_request(user_id, found, account_id))
        if not newest:
            return
        what, request = newest
        if request["principal_type"] == "GROUP":
            what = f"{what} to the group {self._group_name(request['principal_id'])}"
        reason = f": {request['reason']}" if request["reason"] else ""
        has_failed = request["status"] == "FAILED"
        self._steps.append(
            Step("requests", f"{what} {'failed' if has_failed else 'is in progress'}{reason}", ok=False)
        )
        if has_failed and self._problems:
            self._fix = "remove the cause that AWS names, then assign or provision it again"

    def _newest_request(
        self, user_id: str, found: PermissionSet, account_id: str
    ) -> tuple[str, dict[str, Any]] | tuple[()]:
        matching = [
            (what, request)
            for kind, what in _REQUESTS
            for request in self._unfinished(kind)
            if request["permission_set"] == found.arn
            and request["account_id"] == account_id
            and (request["principal_type"] == "GROUP" or request["principal_id"] in (None, user_id))
        ]
        return max(matching, key=lambda each: each[1]["created"] or 0, default=())

    def _unfinished(self, kind: str) -> list[dict[str, Any]]:
        listed = [
            row
            for status in ("FAILED", "IN_PROGRESS")
            for row in self._administration.requests(self._instance, kind, status)
        ]
        newest = sorted(listed, key=lambda row: row[1] or 0, reverse=True)[:_MOST_REQUESTS]
        with ThreadPoolExecutor(WORKERS) as pool:
            found = pool.map(lambda row: self._administration.request(self._instance, kind, row[0]), newest)
        return [each for each in found if each["status"] != "SUCCEEDED"]

    def _action(self, found: PermissionSet, account_id: str, action: Action, where: str) -> Report:
        subject = administered_action.Subject(self._services, found.arn, account_id)
        for step in administered_action.steps(subject, action):
            is_of_newer_version = self._outdated and step.name == "action"
            self._steps.append(_of_newer_version(step) if is_of_newer_version else step)
            if self._steps[-1].ok is False:
                self._problems.append(step.detail)
        if self._problems:
            sentence = f"{self._user} can use {where}, but is not allowed {action.label}"
            fix = self._fix or f"change the policies of {found.name}, or what limits them: see the last step"
            return Report(self._steps, sentence, False, fix, exit_code=1)
        return self._conclusion(where, f" for {action.label}")

    def _group_name(self, group_id: str) -> str:
        try:
            found = self._directory.group(self._store, group_id)
        except SsohelperError:
            return group_id
        return str(found["name"]) if found and found["name"] else group_id

    def _not_found(self, name: str, detail: str, fix: str) -> None:
        """Something that was named does not exist, so that nothing can be said."""
        self._no(name, detail, fix)
        self._missing = detail

    def _ok(self, name: str, detail: str) -> None:
        self._steps.append(Step(name, detail))

    def _no(self, name: str, detail: str, fix: str) -> None:
        self._steps.append(Step(name, detail, ok=False))
        self._problems.append(detail)
        self._fix = self._fix or fix

    def _try(self, name: str, ask: Callable[[], _Known]) -> _Known | None:
        """An answer; None, after a step that is unknown, if there is none. Raises `SignInRequired`."""
        try:
            return ask()
        except SignInRequired:
            raise
        except SsohelperError as error:
            step = Step(name, str(error), None)
            if step not in self._steps:
                self._steps.append(step)
            return None

    def _conclusion(self, where: str, purpose: str = "") -> Report:
        """The sentence and the exit code that follow from the steps."""
        if self._missing:
            return Report(self._steps, self._missing, None, self._fix, exit_code=1)
        unknown = [each for each in self._steps if each.ok is None]
        if self._problems:
            sentence = f"{self._user} cannot use {where}: {self._problems[0]}"
            return Report(self._steps, sentence, False, self._fix, exit_code=1)
        if unknown:
            sentence = f"could not check whether {self._user} can use {where}{purpose}: see the steps marked ?"
            return Report(self._steps, sentence, None, self._fix, exit_code=Unavailable.exit_code)
        later = f"if the role is missing in the access portal, {self._user} has to sign in again"
        return Report(self._steps, f"{self._user} can use {where}{purpose}", True, self._fix or later)


def _of_newer_version(step: Step) -> Step:
    """The decision about an action, by policies that the account does not have yet."""
    return step._replace(detail=f"by the latest version, which the account does not have: {step.detail}", ok=None)
