"""Accounts, roles, and what their credentials are requested with: immutable, and no secret in any `repr`.

They are named tuples: defining a dataclass takes eight times as long at start-up.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from ssohelper import digests


class Account(NamedTuple):
    """An account as ListAccounts returns it; Identity Center may leave out name and email."""

    id: str
    name: str | None = None
    email: str | None = None

    @property
    def label(self) -> str:
        """What to call it in a message: `name (id)`, or the id alone."""
        return f"{self.name} ({self.id})" if self.name else self.id


class Role(NamedTuple):
    """A role (a permission set's name) that the user may use in an account."""

    account: Account
    name: str


class RoleRef(NamedTuple):
    """A role in an account, and the sso-session (by name) through which it is used.

    The session is empty for what an `AssumedRole` refers to, if that is assumed with access keys.
    """

    session: str
    account_id: str
    role_name: str

    @property
    def label(self) -> str:
        """What to call it in a message: `ReadOnly in 333344445555`."""
        return f"{self.role_name} in {self.account_id}"

    def labelled(self, names: Mapping[str, str | None]) -> str:
        """The same with the name of the account, if that is known: `ReadOnly in payments-prod (333344445555)`."""
        return f"{self.role_name} in {Account(self.account_id, names.get(self.account_id)).label}"

    @property
    def text(self) -> str:
        """All three parts, for an environment variable; `parse` reads it."""
        return f"{self.session} {self.account_id} {self.role_name}"

    @property
    def file_name(self) -> str:
        """A file name that only this role has: its parts may hold characters that no file name can."""
        return digests.sha1(self.text.encode("utf-8", "surrogateescape"))

    @property
    def lock_name(self) -> str:
        """The name of the lock that a process holds while it requests the role's credentials."""
        return f"role-{self.file_name}"

    @property
    def sso_role(self) -> Self:
        """Itself: it is a role of Identity Center."""
        return self

    @property
    def ref(self) -> Self:
        """Itself."""
        return self

    @property
    def chain(self) -> "tuple[CredentialSource, ...]":
        """Itself alone: no other role is needed."""
        return (self,)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The role in the `text` of one; None for any other text.

        Only a session's name may contain spaces. It is empty for a role that is assumed with access keys.
        """
        parts = text.rsplit(" ", 2)
        return cls(*parts) if len(parts) == 3 and all(parts[1:]) else None


class AccessKeysRef(NamedTuple):
    """The access keys with which a role is assumed: those that a `profile` has in one of the AWS files."""

    profile: str

    @property
    def label(self) -> str:
        """What to call them in a message."""
        return f"profile {self.profile!r}"

    @property
    def session(self) -> str:
        """Empty: nobody signs in to use them."""
        return ""

    @property
    def chain(self) -> "tuple[CredentialSource, ...]":
        """Empty: they are not those of a role."""
        return ()


class AccessKeys(NamedTuple):
    """Access keys; those of an IAM user have no session token."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None

    def __repr__(self) -> str:
        return f"<AccessKeys {self.access_key_id}>"


# The longest duration that AWS allows with role chaining, in seconds:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
LONGEST_CHAINED_SECONDS = 3600


class AssumedRole(NamedTuple):
    """A role that is assumed (sts:AssumeRole) with credentials of the role `source`, or with access keys.

    `profile` is the profile that sets its options, `arguments` are those of the request, by API name and sorted.
    `settings_profile` is the profile that was requested, which may lead here through its own `source_profile`: as in
    botocore, its region and endpoint settings apply to the whole chain.
    """

    profile: str
    settings_profile: str
    source: "CredentialSource | AccessKeysRef"
    arguments: tuple[tuple[str, str | int], ...]

    @property
    def role_arn(self) -> str:
        """The role's ARN."""
        return str(dict(self.arguments)["RoleArn"])

    @property
    def partition(self) -> str:
        """Its partition: `aws`, `aws-cn`, `aws-us-gov`."""
        return self.role_arn.split(":")[1]

    @property
    def session(self) -> str:
        """The name of the sso-session through which it is used; empty if that takes none."""
        return self.source.session

    @property
    def account_id(self) -> str:
        """The account of the role."""
        return self.ref.account_id

    @property
    def role_name(self) -> str:
        """The role's name, without its path."""
        return self.ref.role_name

    @property
    def label(self) -> str:
        """What to call it in a message, as for any other role."""
        return self.ref.label

    def labelled(self, names: Mapping[str, str | None]) -> str:
        """The same with the name of the account, if that is known."""
        return self.ref.labelled(names)

    @property
    def first(self) -> RoleRef | AccessKeysRef:
        """What the chain starts with."""
        return self.source.first if isinstance(self.source, AssumedRole) else self.source

    @property
    def sso_role(self) -> RoleRef | None:
        """The role of Identity Center at which the chain starts; None if it starts with access keys."""
        return self.first if isinstance(self.first, RoleRef) else None

    @property
    def mfa_serial(self) -> str | None:
        """The MFA device (serial number or ARN) of which each request needs a code; None if it needs none."""
        serial = dict(self.arguments).get("SerialNumber")
        return None if serial is None else str(serial)

    @property
    def is_chained(self) -> bool:
        """Whether it is assumed with credentials of another role: AWS calls that role chaining, and limits it."""
        return not isinstance(self.source, AccessKeysRef)

    @property
    def chain(self) -> "tuple[CredentialSource, ...]":
        """Itself, its source role, and so on; the last one is that of Identity Center, if the chain starts there."""
        return (self, *self.source.chain)

    @property
    def ref(self) -> RoleRef:
        """Its session, account and name: what globs match, `unlock` unlocks and the audit log records."""
        return _role_of_arn(self.session, self.role_arn)

    @property
    def text(self) -> str:
        """All of it on one line, as JSON; `parse_source` reads it."""
        import json  # slow to load, and rarely needed

        assumed = [role for role in reversed(self.chain) if isinstance(role, AssumedRole)]
        first = self.first
        found = {
            **({"access_keys": first.profile} if isinstance(first, AccessKeysRef) else {"sso_role": first.text}),
            "assumed": [[role.profile, dict(role.arguments)] for role in assumed],
            "settings_profile": self.settings_profile,
        }
        return json.dumps(found, separators=(",", ":"))

    @property
    def file_name(self) -> str:
        """The name that botocore gives its credentials (`AssumeRoleCredentialFetcher._create_cache_key`).

        The source is no part of it, nor is the profile: all profiles that assume a role in the same way share them.
        """
        import json

        return digests.sha1(json.dumps(dict(self.arguments), sort_keys=True).encode())

    @property
    def lock_name(self) -> str:
        """The name of the lock that a process holds while it assumes the role."""
        return f"role-{self.file_name}"


# What credentials are requested for.
CredentialSource = RoleRef | AssumedRole


def mfa_serial_in(role: CredentialSource) -> str | None:
    """The MFA device of which a code is needed somewhere in the chain of a role; None if none is."""
    assumed = (each for each in role.chain if isinstance(each, AssumedRole))
    return next((each.mfa_serial for each in assumed if each.mfa_serial), None)


class AssumedRoleRef(NamedTuple):
    """An assumed role and its source role, without the other arguments of the request: what a profile is for."""

    source: RoleRef
    role_arn: str

    @property
    def session(self) -> str:
        """The name of the sso-session."""
        return self.source.session

    @property
    def sso_role(self) -> RoleRef:
        """The role of Identity Center: its source."""
        return self.source

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return f"{self.ref.label}, assumed by {self.source.label}"

    @property
    def ref(self) -> RoleRef:
        """The session, account and name of the assumed role."""
        return _role_of_arn(self.session, self.role_arn)


# What a profile is for.
ProfileRef = RoleRef | AssumedRoleRef


def profile_ref(role: CredentialSource) -> ProfileRef | None:
    """What a profile that gives credentials of a role is for; None for a chain of several assumed roles."""
    if isinstance(role, RoleRef):
        return role
    return AssumedRoleRef(role.source, role.role_arn) if isinstance(role.source, RoleRef) else None


def parse_source(text: str) -> CredentialSource | None:
    """The role that a `text` encodes; None for any other text, which may come from anywhere."""
    if not text.startswith("{"):
        return RoleRef.parse(text)
    import json

    try:
        found = json.loads(text)
        role: CredentialSource | AccessKeysRef | None = _first_source(found)
        for profile, arguments in found["assumed"]:
            if role is None or not _are_arguments(arguments, role):
                return None
            names = str(profile), str(found["settings_profile"])
            role = AssumedRole(*names, role, tuple(sorted(arguments.items())))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return role if isinstance(role, AssumedRole) else None


def _first_source(found: dict[str, Any]) -> RoleRef | AccessKeysRef | None:
    """What a chain starts with."""
    if "access_keys" not in found:
        return RoleRef.parse(found["sso_role"])
    profile = found["access_keys"]
    return AccessKeysRef(profile) if isinstance(profile, str) else None


def _are_arguments(arguments: dict[str, object], source: CredentialSource | AccessKeysRef) -> bool:
    """Whether these are arguments that a profile can have."""
    known = {"RoleArn", "RoleSessionName", "ExternalId"}
    if isinstance(source, AccessKeysRef):
        known.add("SerialNumber")
    texts = {key: value for key, value in arguments.items() if key != "DurationSeconds"}
    seconds = arguments.get("DurationSeconds", 0)
    return (
        is_role_arn(arguments.get("RoleArn"))
        and texts.keys() <= known
        and all(isinstance(value, str) and value.isprintable() for value in texts.values())
        and isinstance(seconds, int)
        and not isinstance(seconds, bool)
    )


def _role_of_arn(session: str, role_arn: str) -> RoleRef:
    """The role that a valid ARN names; its path is no part of its name."""
    return RoleRef(session, role_arn.split(":")[4], role_arn.rpartition("/")[2])


def is_role_arn(text: object) -> bool:
    """Whether a text is the ARN of a role: `arn:aws:iam::111122223333:role/path/name`, in any partition."""
    parts = text.split(":") if isinstance(text, str) and text.isascii() and text.isprintable() else []
    if len(parts) != 6 or parts[0] != "arn" or parts[2:4] != ["iam", ""] or " " in parts[5]:
        return False
    account_id, (kind, _, name) = parts[4], parts[5].partition("/")
    return len(account_id) == 12 and account_id.isdigit() and kind == "role" and name.rpartition("/")[2] != ""


class RoleCredentials(NamedTuple):
    """Credentials of one role; `expiration` is in Unix seconds."""

    role: CredentialSource
    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: float

    def __repr__(self) -> str:
        return f"<RoleCredentials {self.access_key_id} expiration={self.expiration}>"
