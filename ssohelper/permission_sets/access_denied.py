"""Reads AWS's access-denied messages: who is denied what, and which type of policy denies it.

The grammar is documented (IAM User Guide, "Troubleshoot access denied error messages", and Amazon S3 User Guide,
"Troubleshoot access denied (403 Forbidden) errors"):

    User: PRINCIPAL is not authorized to perform: ACTION on resource: RESOURCE REASON

where REASON is `because no TYPE policy allows the ACTION action` or `with an explicit deny in a TYPE policy: POLICY`.
Everything after ACTION may be missing: not every service names the resource, and none names the type of policy to
callers outside of the organization. The message may stand anywhere in a text, such as the output of Terraform.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, Self

Cause = Literal[
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
# How a policy denies: by a Deny statement (explicit), or because it has no Allow statement that matches (implicit).
Deny = Literal["explicit", "implicit"]

_POLICY_TYPES: dict[str, Cause] = {
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
_ACTION = r"[A-Za-z0-9-]+:[A-Za-z0-9]+"
_POLICY_TYPE = "|".join((*_POLICY_TYPES, "[a-z][a-z -]{0,40}?(?= policy)"))  # or one that we do not know
_DENIED = re.compile(rf"(?:is|are) not authorized to perform:? ({_ACTION})(?: action)?")
_RESOURCE = re.compile(r" on (?:the )?resources?(?:\(s\))?:? ")
_REASON = re.compile(
    rf"because no (?P<lacking>{_POLICY_TYPE})(?: policy)? allows the {_ACTION} action"
    rf"|(?:with|due to|because of) an explicit deny(?: in (?:an?|the) (?P<denying>{_POLICY_TYPE})(?: policy)?"
    rf"(?: transitively through an? (?P<through>{_POLICY_TYPE})(?: policy)?)?)?"
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

    @classmethod
    def of(cls, arn: str) -> Self:
        """The principal with an ARN."""
        found = _PRINCIPAL.fullmatch(arn)
        if not found:
            return cls(arn)
        return cls(arn, found["account"], found["assumed"] or found["role"], found["session"])

    @property
    def permission_set(self) -> str | None:
        """The permission set that an `AWSReservedSSO_…` role comes from."""
        found = _PERMISSION_SET.fullmatch(self.role_name or "")
        return found[1] if found else None


class Denial(NamedTuple):
    """What a message says; None is what it does not say.

    `operation` is named where the action is not. `cause` is the type of policy that denies, or what else does;
    `unknown_policy_type` is a type that we do not know. `policy` is the ARN or the id of the policy, `setting` the
    name of the setting of S3 Block Public Access. `sts:DecodeAuthorizationMessage` decodes the `encoded` part, which
    alone has the `statement_ids` of the statements that deny.
    """

    principal: Principal | None = None
    action: str | None = None
    operation: str | None = None
    resource: str | None = None
    cause: Cause | None = None
    unknown_policy_type: str | None = None
    deny: Deny | None = None
    policy: str | None = None
    setting: str | None = None
    encoded: str | None = None
    authorization_id: str | None = None
    statement_ids: tuple[str, ...] = ()


def is_action(text: str) -> bool:
    """Whether a text is the name of an action: `s3:PutObject`."""
    return re.fullmatch(_ACTION, text) is not None


def with_decoded(denial: Denial, decoded: str) -> Denial:
    """The denial, with what the decoded part of its message adds. Raises `ValueError` if AWS would not send it."""
    try:
        facts = json.loads(decoded)
        context = facts["context"]
        who, what = Principal.of(str(context["principal"]["arn"])), str(context["action"])
        resource = str(context["resource"])
        ids = [str(each["statementId"]) for each in facts.get("matchedStatements", {}).get("items", [])]
        explicit = bool(facts["explicitDeny"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(decoded) from error
    return denial._replace(
        principal=denial.principal or who,
        action=denial.action or what,
        resource=denial.resource or resource,
        deny=denial.deny or ("explicit" if explicit else "implicit"),
        statement_ids=tuple(filter(None, ids)),
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
        return found._replace(cause="S3 Block Public Access", deny="explicit", setting=reason["setting"])
    # "transitively": the second policy decided.
    name = reason["through"] or reason["denying"] or reason["lacking"]
    cause = _POLICY_TYPES.get(name.lower()) if name else None
    policy = _POLICY.match(after)
    return found._replace(
        cause=cause,
        unknown_policy_type=name if cause is None else None,
        deny="implicit" if reason["lacking"] else "explicit",
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
    return Principal.of(word) if word.startswith(("arn:", "anonymous")) else None


def _bare(text: str) -> Iterator[Denial]:
    """The messages that name no action."""
    if _NOT_ASSIGNED.search(text):
        yield Denial(operation="GetRoleCredentials", cause="account assignment", deny="implicit")
        return
    encoded = _ENCODED.search(text)
    operations = ["".join(each) for each in _BARE.findall(text)]
    if encoded:
        yield Denial(operation=operations[0] if operations else None, encoded=encoded[1])
    else:
        yield from (Denial(operation=each) for each in operations)
