"""Reads AWS's access-denied messages: who is denied what, and which type of policy denies it.

The grammar is documented (IAM User Guide, "Troubleshoot access denied error messages", and Amazon S3 User Guide,
"Troubleshoot access denied (403 Forbidden) errors"):

    User: PRINCIPAL is not authorized to perform: ACTION on resource: RESOURCE REASON

where REASON is `because no TYPE policy allows the ACTION action` or `with an explicit deny in a TYPE policy: POLICY`.
Everything after ACTION may be missing: not every service names the resource, and none names the type of policy to
callers outside of the organization. The message may stand anywhere in a text, such as the output of Terraform.
"""

import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, Self

from ssohelper.permission_sets import message_text
from ssohelper.permission_sets.message_text import ESCAPED_QUOTE

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
# The codes with which services refuse.
_NAME = r"(?:Client\.)?(?:AccessDenied\w*|UnauthorizedOperation|AuthorizationError\w*|NotAuthorized\w*)"
_CODE = rf"(?:{_NAME}|Forbidden|403)"
_ACTION = r"[A-Za-z0-9-]+:[A-Za-z0-9]+"
_POLICY_TYPE = "|".join((*_POLICY_TYPES, "[a-z][a-z -]{0,40}?(?= policy)"))  # or one that we do not know
_DENIED = re.compile(rf"(?:is|are) not authorized to perform:? ({_ACTION})(?: action)?")
_RESOURCE = re.compile(r" on (?:the )?resources?(?:\(s\))?:? ")
_NAMELESS_RESOURCE = re.compile(
    r" on (?:the|this) resource(?: associated with this ciphertext)?(?= because| with an explicit)"
)
# With the ARN or the id of the policy, if there is one.
_REASON = re.compile(
    rf" (?:because no (?P<lacking>{_POLICY_TYPE})(?: policy)? allows the {_ACTION} action"
    rf"|(?:with|due to|because of) an explicit deny(?: in (?:an?|the) (?P<denying>{_POLICY_TYPE})(?: policy)?"
    rf"(?: transitively through an? (?P<through>{_POLICY_TYPE})(?: policy)?)?)?"
    r"|because the resource does not exist in this Region, no (?P<of_resource>resource)-based policies allow access, "
    r"or a resource-based policy explicitly denies access"
    r"|because public (?:ACLs|policies) are prevented by the (?P<setting>\w+) setting in S3 Block Public Access)"
    r"(?::? (?P<policy>arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w/+=,.@-]*[\w/+=,@-]|p-[0-9a-z]+))?",
    re.IGNORECASE,
)
_AUTHORIZATION_ID = re.compile(r"authorization id:? ([0-9A-Za-z]+)")
_ENCODED = re.compile(r"Encoded authorization failure message:? ([\w+/=-]{20,})")
# What SDKs print before a message: the operation. In a message without an action, its own sentence follows.
_OPERATION = re.compile(
    rf"\({_CODE}\) when calling the (?P<python>\w+) operation(?: \([^)]{{0,40}}\))?: "
    rf"|operation error [\w ]{{1,60}}: (?P<go>\w+), .{{0,500}}?api error {_CODE}: "
    rf"|API: (?P<cloudformation>[a-z0-9-]+:\w+) (?=Access Denied)|<Code>{_NAME}</Code> ?(?:<Message>)?"
    rf'|\b(?:Error Code|errorCode"|code)[:=] ?"?{_NAME}\b|\b{_NAME}: (?=Access Denied)'
)
# What SDKs append to a message.
_APPENDED = re.compile(
    r"[. ]*(?:Encoded authorization failure message:? \S+)?(?: ?\((?:Service|request id)[^)]{0,500}\))?"
    r"(?:[,. ]*status code: \d+, request id: \S+)?"
)
_SENTENCE = re.compile(r"[^.\n<{}|]{1,200}")
_SAYS_NOTHING = re.compile(
    r"(?:Access ?Denied|Forbidden|You are not authorized to perform this operation)\W*", re.IGNORECASE
)
_NOTHING_ELSE = re.compile(r"(?:Error: )?Access ?Denied\.?", re.IGNORECASE)
_NOT_ASSIGNED = re.compile(
    r"ForbiddenException\W.{0,200}?GetRoleCredentials.{0,200}?: No access"
    r"|GetRoleCredentials.{0,400}?ForbiddenException: No access|\bSsoException: No access"
)
_UNQUOTED = re.compile(r"(?:(?:role|user|group|policy|instance profile) )?[^\s\"<\ue000]+")
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_PRINCIPAL = re.compile(
    r"arn:[\w-]+:(?:iam|sts)::(?P<account>\d{12}):(?:assumed-role/(?P<assumed>[\w+=,.@-]+)/(?P<session>[\w+=,.@-]+)"
    r"|role/(?:[!-.0-~]+/)*(?P<role>[\w+=,.@-]+)|.*)",
    re.ASCII,
)
# Longer than any message with an encoded part, and than any resource.
_LONGEST = 16_000
_LONGEST_RESOURCE = 4_000
_LONGEST_SENTENCE = 120


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

    `operation` is named where the action is not; `sentence` is what such a message says besides. `cause` is the type
    of policy that denies, or what else does; `unknown_policy_type` is a type that we do not know. `policy` is the ARN
    or the id of the policy, `setting` the name of the setting of S3 Block Public Access.
    `sts:DecodeAuthorizationMessage` decodes the `encoded` part, which alone has `statement_ids`.
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
    sentence: str | None = None


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
    readings = message_text.readings(text)
    found = max(map(_find, readings), key=_number_of_facts)
    return found or ([Denial()] if _NOTHING_ELSE.fullmatch(readings[0]) else [])


def _find(plain: str) -> list[Denial]:
    others = _NOT_ASSIGNED.sub(" ", plain)
    found = list(dict.fromkeys(_denials(others)))
    if others == plain:
        return found
    return [Denial(operation="GetRoleCredentials", cause="account assignment", deny="implicit"), *found]


def _number_of_facts(found: list[Denial]) -> int:
    return sum(sum(value not in (None, ()) for value in each) + (each.cause is not None) for each in found)


def _denials(text: str) -> Iterator[Denial]:
    """The messages in their order, those that name an action and others."""
    position = 0
    while start := _DENIED.search(text, position):
        before = text[max(position, start.start() - _LONGEST) : start.start()].rstrip()
        user, _, principal = before.rpartition(" ")
        operations = list(_operations(user))
        last = operations.pop() if operations and len(user) - operations[-1].end <= _LONGEST_SENTENCE else None
        yield from _without_action(user[: last.start] if last else user)
        rest = text[start.end() : start.end() + _LONGEST]
        resource, reason, end = _resource_and_reason(rest)
        following = _DENIED.search(rest, end)
        known = Denial(
            principal=_named(principal),
            action=start[1],
            operation=last.name if last else None,
            resource=resource.replace(ESCAPED_QUOTE, '"').strip() or None if resource else None,
        )
        yield _denial(known, reason, rest[end : following.start() if following else len(rest)])
        appended = _APPENDED.match(rest, end)
        position = start.end() + (appended.end() if appended else end)
    yield from _without_action(text[position:])


class _Operation(NamedTuple):
    """What stands before a message: from where to where, the operation or the action that it names."""

    start: int
    end: int
    name: str | None
    action: str | None


def _operations(text: str) -> Iterator[_Operation]:
    """What stands before messages; an error that quotes another one, as SDKs do for XML, is the same one."""
    last: _Operation | None = None
    for found in _OPERATION.finditer(text):
        name, action = found["python"] or found["go"], found["cloudformation"]
        if last and found.start() - last.end <= _LONGEST_SENTENCE and not (last.name and name):
            last = last._replace(end=found.end(), name=last.name or name, action=last.action or action)
            continue
        if last:
            yield last
        last = _Operation(found.start(), found.end(), name, action)
    if last:
        yield last


def _without_action(text: str) -> Iterator[Denial]:
    """The messages that name no action, or hide it in an encoded part."""
    operations = list(_operations(text))
    for operation in operations:
        sentence = _SENTENCE.match(text, operation.end) if operation.name else None
        said = sentence[0].strip() if sentence else ""
        encoded = _ENCODED.search(text, operation.end, operation.end + _LONGEST)
        yield Denial(
            action=operation.action,
            operation=operation.name,
            sentence=said if said and not encoded and not _SAYS_NOTHING.fullmatch(said) else None,
            encoded=encoded[1] if encoded else None,
        )
    if not operations and (encoded := _ENCODED.search(text)):
        yield Denial(encoded=encoded[1])


def _denial(found: Denial, reason: re.Match[str] | None, after: str) -> Denial:
    """The denial with its reason, and what leads to more details in the text after that."""
    encoded, authorization_id = _ENCODED.search(after), _AUTHORIZATION_ID.search(after)
    found = found._replace(
        encoded=encoded[1] if encoded else None, authorization_id=authorization_id[1] if authorization_id else None
    )
    if reason is None:
        return found
    if reason["setting"]:
        return found._replace(cause="S3 Block Public Access", deny="explicit", setting=reason["setting"])
    if reason["of_resource"]:  # KMS does not say which of the three it is
        return found._replace(cause="resource-based policy")
    # "transitively": the second policy decided.
    name = reason["through"] or reason["denying"] or reason["lacking"]
    cause = _policy_type(name) if name else None
    return found._replace(
        cause=cause,
        unknown_policy_type=name if cause is None else None,
        deny="implicit" if reason["lacking"] else "explicit",
        policy=reason["policy"],
    )


def _policy_type(name: str) -> Cause | None:
    """The type of policy with a name, which a terminal may have broken: `ident ity-based`."""
    squeezed = {known.replace(" ", ""): found for known, found in _POLICY_TYPES.items()}
    return squeezed.get(name.lower().replace(" ", ""))


# What is denied access to, why, and where the text goes on.
_Read = tuple[str | None, re.Match[str] | None, int]


def _resource_and_reason(rest: str) -> _Read:
    """What a message says after the action.

    An attacker may have chosen the name of the resource, so that it looks like a reason or like a message of its own:
    a reason counts only where AWS puts it, directly after the resource, and the last one counts.
    """
    nameless = _NAMELESS_RESOURCE.match(rest)
    named = None if nameless else _RESOURCE.match(rest)
    if named is None:
        return _with_reason(None, rest, nameless.end() if nameless else 0)
    begin = named.end()
    if rest[begin : begin + 1] in ('"', ESCAPED_QUOTE):
        return _quoted(rest, begin)
    found = _UNQUOTED.match(rest, begin)
    if found is None:
        return None, None, begin
    resource, reason, end = _with_reason(found[0], rest, found.end())
    while reason and (later := _REASON.match(rest, end)):
        resource, reason, end = rest[begin : later.start()], later, later.end()
    return resource if reason else found[0].rstrip(".,;)'"), reason, end


def _quoted(rest: str, begin: int) -> _Read:
    """The same for a resource in quotes, which its name may contain."""
    quote, best = rest[begin], None
    closing = rest.find(quote, begin + 1, begin + _LONGEST_RESOURCE)
    first = closing
    while closing >= 0:
        reason = _REASON.match(rest, closing + 1)
        if reason and best and _DENIED.search(rest, best[1].end(), closing):
            break  # another message
        # A quote behind the reason may be one around the whole message, unless AWS's own reason follows.
        if reason and (best is None or rest[reason.end() : reason.end() + 1] != quote):
            best = closing, reason
        closing = rest.find(quote, closing + 1, begin + _LONGEST_RESOURCE)
    if best:
        return rest[begin + 1 : best[0]], best[1], best[1].end()
    end = first if first >= 0 else begin + 1
    return rest[begin + 1 : end], None, end


def _with_reason(resource: str | None, rest: str, position: int) -> _Read:
    reason = _REASON.match(rest, position)
    return resource, reason, reason.end() if reason else position


def _named(word: str) -> Principal | None:
    """The principal before a message, which is an ARN, `anonymous`, or missing (`User is not authorized …`)."""
    return Principal.of(word) if word.startswith(("arn:", "anonymous")) else None
