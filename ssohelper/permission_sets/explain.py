"""Explains a denial in words: what decided, who can change it, and what to ask them for. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ssohelper.model import Account
from ssohelper.permission_sets.access_denied import Denial, Principal

IDENTITY_CENTER = "the administrators of IAM Identity Center"
_ORGANIZATION = "the administrators of your AWS organization"
# The kinds of policy that belong to a role. For a role from Identity Center, its permission set has them.
_OF_ROLE = ("identity-based policy", "permissions boundary")
# Who can change a policy of another kind.
_OWNERS = {
    "service control policy": _ORGANIZATION,
    "resource control policy": _ORGANIZATION,
    "resource-based policy": "the owners of {resource}",
    "S3 Block Public Access": "the owners of {resource}",
    "role trust policy": "the owners of the role that you want to assume",
    "session policy": "the developers of the program that gave you these credentials",
    "VPC endpoint policy": "the owners of the VPC endpoint that the request went through",
    "account assignment": IDENTITY_CENTER,
}
# What the policy of a resource is called, by the prefix of the action.
_RESOURCE_POLICIES = {"kms": "key policy", "s3": "bucket policy"}


class Explanation(NamedTuple):
    """What decided; who can change that; and a text to send them, in lines."""

    decided: str
    owner: str
    request: tuple[str, ...]


def explain(denial: Denial, account_names: Mapping[str, str | None]) -> Explanation:
    """Explain a denial; `account_names` are those that are known, by account id."""
    facts = _Facts(denial, account_names)
    return Explanation(facts.decided(), facts.owner(), facts.request())


def role_of(principal: Principal, account_names: Mapping[str, str | None]) -> str:
    """The principal as a person knows it: `Developer in payments-prod (333344445555), as ann@example.com`."""
    name = principal.permission_set or principal.role_name
    if not name or not principal.account_id:
        return principal.arn
    user = f", as {principal.session_name}" if principal.session_name else ""
    return f"{name} in {Account(principal.account_id, account_names.get(principal.account_id)).label}{user}"


def in_one_line(denials: Sequence[Denial]) -> str | None:
    """The first denial, in one line, and how many others there are; None for no denial."""
    if not denials:
        return None
    found = _Facts(denials[0], {})
    others = f" (and {len(denials) - 1} more)" if len(denials) > 1 else ""
    return f"{found.what} is denied: {found.decided()}; ask {found.owner()}{others}"


class _Facts(NamedTuple):
    denial: Denial
    account_names: Mapping[str, str | None]

    def decided(self) -> str:
        """Which policy decided, and how."""
        denial, policy = self.denial, self._policy()
        if denial.kind == "account assignment":
            return "the role is not assigned to you in that account"
        if denial.kind == "S3 Block Public Access":
            return f"the setting {denial.setting} of S3 Block Public Access forbids public access"
        if policy is None:
            return self._not_said()
        if denial.effect == "explicit":
            article = "an" if denial.kind == "identity-based policy" else "a"
            return f"{article} {policy} denies it"
        if denial.effect and denial.kind in (
            "identity-based policy",
            "service control policy",
        ):  # there may be several
            return f"no {policy} allows it"
        return f"the {policy} does not allow it"

    def _not_said(self) -> str:
        if self.denial.unknown_kind:
            return f"a kind of policy that ssohelper does not know: {self.denial.unknown_kind} policy"
        if self.denial.effect == "explicit":
            return "a Deny statement; AWS does not say in which policy"
        return "AWS does not say"

    def _policy(self) -> str | None:
        """The policy that decided; None if that is not known, or not a policy."""
        kind, service = self.denial.kind, (self.denial.action or "").partition(":")[0].lower()
        if kind in _OF_ROLE:
            return f"{kind} of {self._role()}"
        if kind == "resource-based policy":
            return _RESOURCE_POLICIES.get(service, kind)
        return kind

    def _role(self) -> str:
        principal = self.denial.principal
        if principal and principal.permission_set:
            return f"the permission set {principal.permission_set}"
        if principal and principal.role_name:
            return f"the role {principal.role_name}"
        return principal.arn if principal else "the caller"

    def owner(self) -> str:
        """Who can change what decided."""
        principal = self.denial.principal
        if self.denial.kind in _OWNERS:
            return _OWNERS[self.denial.kind].format(resource=self.denial.resource or "the resource")
        if self.denial.kind in _OF_ROLE and principal and principal.permission_set:
            return IDENTITY_CENTER
        account_id = principal.account_id if principal else None
        if account_id is None:
            return "the administrators of the account"
        return f"the administrators of {Account(account_id, self.account_names.get(account_id)).label}"

    def request(self) -> tuple[str, ...]:
        """The text to send to the owner."""
        denial, principal = self.denial, self.denial.principal
        lines = [f"I am denied {self.what}{f' on {denial.resource}' if denial.resource else ''}."]
        if principal and principal.account_id:
            lines.append(f"I use {role_of(principal, self.account_names)}.")
        if denial.kind == "account assignment":
            lines.append("The message does not name the role or the account: they are (please fill in).")
        elif denial.kind or denial.unknown_kind or denial.effect:
            lines.append(f"The reason: {self.decided()}.")
        else:
            lines.append("AWS does not say which policy decided.")
        if denial.policy:
            lines.append(f"The policy is {denial.policy}.")
        return (*lines, f"{self._wish()}, or tell me which role to use instead.")

    @property
    def what(self) -> str:
        """What is denied."""
        if self.denial.kind == "account assignment":
            return "the credentials of a role (GetRoleCredentials: No access)"
        return self.denial.action or f"the operation {self.denial.operation or '(not named)'}"

    def _wish(self) -> str:
        kind, action = self.denial.kind, self.what
        if kind == "account assignment":
            return "Please assign the role to me"
        if kind == "S3 Block Public Access":
            return "Please tell me whether public access is intended"
        if self.denial.effect == "explicit":
            return (
                "Please check whether that Deny statement is meant to stop this, and make an exception if it is not"
            )
        if kind is None:
            return f"Please find out which policy has to allow {action}, and allow it there"
        where = self._role() if kind == "identity-based policy" else f"the {self._policy()}"
        return f"Please allow {action} in {where}"
