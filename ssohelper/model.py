"""Sessions, and what a person's sign-in leaves: immutable, times in Unix seconds, and no secret in any `repr`.

They are named tuples: defining a dataclass takes eight times as long at start-up.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from ssohelper import hints
from ssohelper.roles import RoleRef

DEFAULT_SCOPE = "sso:account:access"


class Session(NamedTuple):
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
        return bool(self.start_url) and self.name == self.start_url

    @property
    def needs_sign_in(self) -> bool:
        """Whether a person signs in to it: all but `no_session`."""
        return bool(self.start_url)

    @property
    def login_command(self) -> str:
        """The command that signs in to the session, for a POSIX shell."""
        return hints.command("login", "--session", self.name)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `_asdict`, also after a round trip through JSON."""
        return cls(**{**data, "scopes": tuple(data["scopes"])})

    def role(self, account_id: str, role_name: str) -> RoleRef:
        """A reference to one of its roles."""
        return RoleRef(self.name, account_id, role_name)


def no_session(region: str = "us-east-1") -> Session:
    """Stands for the session of a role that is assumed with access keys: there is nothing to sign in to.

    Its `region` says in which partition the role is.
    """
    return Session("", "", region, ())


def same_start_url(one: str, other: str) -> bool:
    """Whether two start URLs are the same one.

    A `/`, `#` or `#/` at the end makes no difference to Identity Center; granted writes `#`, and backticks around it.
    """
    return plain_start_url(one) == plain_start_url(other)


def plain_start_url(url: str) -> str:
    """The start URL without what makes no difference to `same_start_url`."""
    return url.strip("`\"'").rstrip("/#")


class Registration(NamedTuple):
    """A client registration of the OIDC service; `expires_at` is in Unix seconds.

    The AWS CLI keeps registrations for the authorization code grant (`browser`) and for device codes apart.
    """

    client_id: str
    client_secret: str
    expires_at: float
    scopes: tuple[str, ...] = ()
    browser: bool = False

    def __repr__(self) -> str:
        return f"<Registration {self.client_id}>"


class Token(NamedTuple):
    """An access token and what is needed to refresh it; times are in Unix seconds.

    Without a `refresh_token` the sign-in expires together with the access token.
    """

    start_url: str
    region: str
    access_token: str
    expires_at: float
    registration: Registration | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"<Token {self.start_url} {self.region} expires_at={self.expires_at}>"
