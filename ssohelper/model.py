"""The types that every room shares: frozen, slotted, times in Unix seconds, and no secret in any `repr`."""

from dataclasses import dataclass, field

DEFAULT_SCOPE = "sso:account:access"


@dataclass(frozen=True, slots=True)
class Session:
    """An `[sso-session NAME]` of the AWS config file, or what a profile with a start URL of its own stands for.

    `start_url` is kept exactly as it is configured: caches are named by its hash, and nothing normalises it. The
    older kind is `legacy`: it goes by its start URL, has no scopes, and its sign-in cannot be renewed.
    """

    name: str
    start_url: str
    region: str
    scopes: tuple[str, ...] = (DEFAULT_SCOPE,)

    @property
    def legacy(self) -> bool:
        """Whether this comes from a profile without `sso_session`."""
        return self.name == self.start_url


def same_start_url(one: str, other: str) -> bool:
    """Whether two start URLs are one.

    A `/`, `#` or `#/` at the end makes no difference to Identity Center; granted writes `#`, and backticks around it.
    """
    plain = [each.strip("`\"'").rstrip("/#") for each in (one, other)]
    return plain[0] == plain[1]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the portal's ListAccounts tells it; Identity Center may leave out name and email."""

    id: str
    name: str | None = None
    email: str | None = None

    @property
    def label(self) -> str:
        """What to call it when talking to a person: `name (id)`, or the id alone."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True, slots=True)
class Role:
    """A role (a permission set's name) that the user may use in an account."""

    account: Account
    name: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A client registration of the OIDC service; `expires_at` is in Unix seconds.

    The AWS CLI registers for browser sign-ins and for device codes apart, and takes neither for the other.
    """

    client_id: str
    client_secret: str = field(repr=False)
    expires_at: float
    scopes: tuple[str, ...] = ()
    browser: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what is needed to renew it; times are in Unix seconds.

    `refresh_token` is absent where the service gave none; then the sign-in ends with the access token.
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

    account_id: str
    role_name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float
