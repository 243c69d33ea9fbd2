"""Types that every package shares: frozen, slotted, times in Unix seconds, and no secret in any `repr`."""

import hashlib
from dataclasses import dataclass, field
from typing import Self

DEFAULT_SCOPE = "sso:account:access"


@dataclass(frozen=True, slots=True)
class Session:
    """An `[sso-session NAME]` of the AWS config file, or the start URL that a legacy profile has of its own.

    `start_url` is kept exactly as it is configured: caches are named by its hash, and nothing normalizes it. A
    `legacy` session is named by its start URL, has no scopes, and its sign-in cannot be refreshed.
    """

    name: str
    start_url: str
    region: str
    scopes: tuple[str, ...] = (DEFAULT_SCOPE,)

    @property
    def legacy(self) -> bool:
        """Whether this comes from a profile without `sso_session`."""
        return self.name == self.start_url

    @property
    def login_command(self) -> str:
        """The command that signs in to the session, for a POSIX shell."""
        import shlex  # slow to load, and rarely needed

        return f"ssohelper login --session {shlex.quote(self.name)}"

    def role(self, account_id: str, role_name: str) -> "RoleRef":
        """A reference to one of its roles."""
        return RoleRef(self.name, account_id, role_name)


def same_start_url(one: str, other: str) -> bool:
    """Whether two start URLs are the same one.

    A `/`, `#` or `#/` at the end makes no difference to Identity Center; granted writes `#`, and backticks around it.
    """
    return plain_start_url(one) == plain_start_url(other)


def plain_start_url(url: str) -> str:
    """The start URL without what makes no difference to `same_start_url`."""
    return url.strip("`\"'").rstrip("/#")


@dataclass(frozen=True, slots=True, order=True)
class RoleRef:
    """A role in an account, and the sso-session (by name) through which it is used."""

    session: str
    account_id: str
    role_name: str

    @property
    def label(self) -> str:
        """What to call it in a message: `ReadOnly in 333344445555`."""
        return f"{self.role_name} in {self.account_id}"

    @property
    def text(self) -> str:
        """All three parts, for an environment variable; `parse` reads it."""
        return f"{self.session} {self.account_id} {self.role_name}"

    @property
    def file_name(self) -> str:
        """A file name that only this role has: its parts may hold characters that no file name can."""
        return hashlib.sha1(self.text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()

    @property
    def lock_name(self) -> str:
        """The name of the lock that a process holds while it requests the role's credentials."""
        return f"role-{self.file_name}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The role in the `text` of one; None for any other text. Only a session's name may contain spaces."""
        parts = text.rsplit(" ", 2)
        return cls(*parts) if len(parts) == 3 and all(parts) else None


# What credentials are requested for. Roles that are assumed on top of another one would be a second kind.
CredentialSource = RoleRef


@dataclass(frozen=True, slots=True)
class Account:
    """An account as ListAccounts returns it; Identity Center may leave out name and email."""

    id: str
    name: str | None = None
    email: str | None = None

    @property
    def label(self) -> str:
        """What to call it in a message: `name (id)`, or the id alone."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True, slots=True)
class Role:
    """A role (a permission set's name) that the user may use in an account."""

    account: Account
    name: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A client registration of the OIDC service; `expires_at` is in Unix seconds.

    The AWS CLI keeps registrations for the authorization code grant (`browser`) and for device codes apart.
    """

    client_id: str
    client_secret: str = field(repr=False)
    expires_at: float
    scopes: tuple[str, ...] = ()
    browser: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what is needed to refresh it; times are in Unix seconds.

    Without a `refresh_token` the sign-in expires together with the access token.
    """

    start_url: str
    region: str
    access_token: str = field(repr=False)
    expires_at: float
    registration: Registration | None = None
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RoleCredentials:
    """Credentials of one role; `expiration` is in Unix seconds."""

    role: RoleRef
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float
