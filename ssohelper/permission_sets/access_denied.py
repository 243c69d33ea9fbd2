"""Reads AWS's access-denied messages: who is denied what, and which kind of policy decided.

The grammar is documented (IAM User Guide, "Troubleshoot access denied error messages", and Amazon S3 User Guide,
"Troubleshoot access denied (403 Forbidden) errors"):

    User: PRINCIPAL is not authorized to perform: ACTION on resource: RESOURCE REASON

where REASON is `because no KIND policy allows the ACTION action` or `with an explicit deny in a KIND policy: POLICY`.
Everything after ACTION may be missing: not every service names the resource, and none names the kind of policy to
callers outside of the organization. The message may stand anywhere in a text, such as the output of Terraform.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

PolicyKind = Literal[
    "identity-based policy",
    "permissions boundary",
    "service control policy",
    "resource control policy",
    "resource-based policy",
    "role trust policy",
    "session policy",
    "VPC endpoint policy",
    "S3 Block Public Access",
    "account assignment",
]
# How a policy denies: by a Deny statement, or because it has no Allow statement that matches.
Effect = Literal["explicit", "implicit"]

_KINDS: dict[str, PolicyKind] = {
    "identity-based": "identity-based policy",
    "permissions boundary": "permissions boundary",
    "permission boundary": "permissions boundary",
    "service control": "service control policy",
    "resource control": "resource control policy",
    "resource-based": "resource-based policy",
    "role trust": "role trust policy",
    "session": "session policy",
    "sessions": "session policy",  # as one page of the documentation writes it
    "vpc endpoint": "VPC endpoint policy",
}
# The codes with which services refuse; without a code, or with another one, a bare "Access Denied" says nothing.
_CODE = r"(?:Client\.)?(?:AccessDenied\w*|UnauthorizedOperation|AuthorizationError\w*|NotAuthorized\w*|403)"
_ACTION = r"[A-Za-z0-9-]+:[A-Za-z0-9*]+"
_KIND = "|".join((*_KINDS, "[a-z][a-z -]{0,40}?(?= policy)"))  # or one that we do not know
_DENIED = re.compile(rf"(?:is|are) not authorized to perform:? ({_ACTION})(?: action)?")
_RESOURCE = re.compile(r" on (?:the )?resources?(?:\(s\))?:? ")
_REASON = re.compile(
    rf"because no (?P<lacking>{_KIND})(?: policy)? allows the {_ACTION} action"
    rf"|(?:with|due to|because of) an explicit deny(?: in (?:an?|the) (?P<denying>{_KIND})(?: policy)?"
    rf"(?: transitively through an? (?P<through>{_KIND})(?: policy)?)?)?"
    r"|because public (?:ACLs|policies) are prevented by the (?P<setting>\w+) setting in S3 Block Public Access",
    re.IGNORECASE,
)
_POLICY = re.compile(r":? ((?:arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w/+=,.@-]*[\w/+=,@-])|p-[0-9a-z]+)")
_AUTHORIZATION_ID = re.compile(r"authorization id:? ([0-9A-Za-z]+)")
_ENCODED = re.compile(r"Encoded authorization failure message:? ([\w+/=-]{20,})")
_OPERATION = re.compile(r"when calling the (\w+) operation|operation error [\w ]{1,60}: (\w+),")
_BARE = re.compile(
    rf"\({_CODE}\) when calling the (\w+) operation"
    rf"|operation error [\w ]{{1,60}}: (\w+), .{{0,500}}?api error {_CODE}:"
)
_NOT_ASSIGNED = re.compile(r"ForbiddenException\W.{0,200}?GetRoleCredentials.{0,200}?: No access")
# What SDKs and tools append to a message.
_APPENDED = re.compile(r" \(Service: | status code: | \(request id|, request id|</|\\?\"}| An error occurred ")
_NAMED_RESOURCE = re.compile(r'"([^"]*)"|((?:(?:role|user|group|policy|instance profile) )?[^\s"<]+)')
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_PRINCIPAL = re.compile(
    r"arn:[\w-]+:(?:iam|sts)::(?P<account>\d{12}):(?:assumed-role/(?P<assumed>[\w+=,.@-]+)/(?P<session>[\w+=,.@-]+)"
    r"|role/(?:[!-.0-~]+/)*(?P<role>[\w+=,.@-]+)|.*)",
    re.ASCII,
)
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\\[nrt]")
_NOT_TEXT = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2502]+")
# Longer than any message with an encoded part.
_LONGEST = 16_000


class Principal(NamedTuple):
    """Who was denied, as far as its ARN says: an IAM role by its name, of a permission set if it comes from one.

    `session_name` of a permission set's role is the user's name.
    """

    arn: str
    account_id: str | None = None
    role_name: str | None = None
    session_name: str | None = None

    @property
    def permission_set(self) -> str | None:
        """The permission set that an `AWSReservedSSO_…` role comes from."""
        found = _PERMISSION_SET.fullmatch(self.role_name or "")
        return found[1] if found else None


class Denial(NamedTuple):
    """What a message says; None is what it does not say.

    `operation` is named where the action is not. `kind` is the kind of policy that decided, `unknown_kind` its name
    where we do not know that kind. `policy` is the ARN of the policy, `setting` that of S3 Block Public Access.
    `encoded` is the part that `sts:DecodeAuthorizationMessage` decodes; only there stands `statement`, the ids of the
    statements that deny.
    """

    principal: Principal | None = None
    action: str | None = None
    operation: str | None = None
    resource: str | None = None
    kind: PolicyKind | None = None
    unknown_kind: str | None = None
    effect: Effect | None = None
    policy: str | None = None
    setting: str | None = None
    encoded: str | None = None
    authorization_id: str | None = None
    statement: str | None = None


def principal(arn: str) -> Principal:
    """The principal with an ARN."""
    found = _PRINCIPAL.fullmatch(arn)
    if not found:
        return Principal(arn)
    return Principal(arn, found["account"], found["assumed"] or found["role"], found["session"])


def with_decoded(denial: Denial, decoded: str) -> Denial:
    """The denial, with what the decoded part of its message adds. Raises `ValueError` if AWS would not send it."""
    try:
        facts = json.loads(decoded)
        context = facts["context"]
        who, what = principal(str(context["principal"]["arn"])), str(context["action"])
        resource = str(context["resource"])
        ids = [str(each["statementId"]) for each in facts.get("matchedStatements", {}).get("items", [])]
        explicit = bool(facts["explicitDeny"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(decoded) from error
    return denial._replace(
        principal=denial.principal or who,
        action=denial.action or what,
        resource=denial.resource or resource,
        effect=denial.effect or ("explicit" if explicit else "implicit"),
        statement=", ".join(filter(None, ids)) or None,
    )


def find(text: str) -> list[Denial]:
    """The access-denied messages in a text, each once; none if it has none that we know."""
    plain = _plain(text)
    found = dict.fromkeys(_spelled_out(plain))
    return list(found) or list(dict.fromkeys(_bare(plain)))


def _plain(text: str) -> str:
    """The text without colors, frames, and the escapes of JSON and XML, and with single spaces."""
    return _NOT_TEXT.sub(" ", _ESCAPES.sub(" ", html.unescape(text)).replace('\\"', '"')).strip()


def _spelled_out(text: str) -> Iterator[Denial]:
    """The messages that name an action."""
    starts = list(_DENIED.finditer(text))
    ends = [*(each.start() for each in starts[1:]), len(text)]
    after_last = 0
    for start, end in zip(starts, ends, strict=False):
        before = text[max(after_last, start.start() - _LONGEST) : start.start()].rstrip()
        rest = text[start.end() : min(end, start.end() + _LONGEST)]
        operations = _OPERATION.findall(before)
        yield _denial(_named(before.rpartition(" ")[2]), start[1], rest)._replace(
            operation="".join(operations[-1]) if operations else None
        )
        after_last = start.end()


def _denial(who: Principal | None, action: str, rest: str) -> Denial:
    resource, reason, after = _resource_and_reason(rest)
    encoded, authorization_id = _ENCODED.search(rest), _AUTHORIZATION_ID.search(rest)
    found = Denial(
        principal=who,
        action=action,
        resource=resource,
        encoded=encoded[1] if encoded else None,
        authorization_id=authorization_id[1] if authorization_id else None,
    )
    if reason is None:
        return found
    if reason["setting"]:
        return found._replace(kind="S3 Block Public Access", effect="explicit", setting=reason["setting"])
    # The policy behind a VPC endpoint's decides in its place.
    name = reason["through"] or reason["denying"] or reason["lacking"]
    kind = _KINDS.get(name.lower()) if name else None
    policy = _POLICY.match(after)
    return found._replace(
        kind=kind,
        unknown_kind=name if kind is None else None,
        effect="implicit" if reason["lacking"] else "explicit",
        policy=policy[1] if policy else None,
    )


def _resource_and_reason(rest: str) -> tuple[str | None, re.Match[str] | None, str]:
    """The resource, why it is denied, and the text after that.

    A resource may have the name that an attacker chose, and look like a reason: AWS's own words come last.
    """
    appended = _APPENDED.search(rest)
    message = rest[: appended.start()] if appended else rest
    reasons = list(_REASON.finditer(message))
    reason = reasons[-1] if reasons else None
    after = message[reason.end() :] if reason else ""
    named = _RESOURCE.match(message)
    if not named:
        return None, reason, after
    between = message[named.end() : reason.start() if reason else len(message)].strip()
    if reason:
        return between.strip('"') or None, reason, after
    found = _NAMED_RESOURCE.match(between)
    return ((found[1] or found[2] or "").rstrip(".,;)'") or None) if found else None, None, ""


def _named(word: str) -> Principal | None:
    """The principal before a message, which is an ARN, `anonymous`, or missing (`User is not authorized …`)."""
    return principal(word) if word.startswith(("arn:", "anonymous")) else None


def _bare(text: str) -> Iterator[Denial]:
    """The messages that name no action."""
    if _NOT_ASSIGNED.search(text):
        yield Denial(operation="GetRoleCredentials", kind="account assignment", effect="implicit")
        return
    encoded = _ENCODED.search(text)
    operations = ["".join(each) for each in _BARE.findall(text)]
    if encoded:
        yield Denial(operation=operations[0] if operations else None, encoded=encoded[1])
    else:
        yield from (Denial(operation=each) for each in operations)
