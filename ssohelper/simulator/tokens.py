"""Sign-ins, and their access and refresh tokens.

A sign-in is the access portal session of one user through one client. It ends by expiry, Logout or revocation, and
all its tokens end with it. Only hashes of tokens are stored: a look-up takes the same time for any guess, and no
`repr` shows a token.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from ssohelper.simulator.errors import oauth_error
from ssohelper.simulator.registrations import Registration


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Lifetimes in seconds, and whether a refresh replaces the refresh token.

    With `rotate` it does, and the old one becomes invalid. Otherwise the old one stays valid, and `repeat` says
    whether the response includes it again.
    """

    token_seconds: int = 3600
    sign_in_seconds: int = 8 * 3600
    rotate: bool = True
    repeat: bool = True


@dataclass(frozen=True, slots=True)
class SignIn:
    """The access portal session of `user` through one client; `expires_at` in Unix seconds.

    `assignments` are those of the user when it began, as (account id, role name) pairs.
    """

    user: str
    registration: Registration
    expires_at: int
    number: int
    assignments: frozenset[tuple[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The result of CreateToken; times are Unix seconds. `refresh_token` is None if the client does not get one."""

    user: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int
    expires_in: int
    registration: Registration

    @property
    def client_id(self) -> str:
        """The client's id."""
        return self.registration.client_id

    @property
    def client_secret(self) -> str:
        """The client's secret."""
        return self.registration.client_secret

    @property
    def registration_expires_at(self) -> int:
        """When the client's registration expires, in Unix seconds."""
        return self.registration.expires_at


class Tokens:
    """The active sign-ins and their tokens."""

    def __init__(
        self,
        clock: Callable[[], float],
        settings: TokenSettings,
        assignments_of: Callable[[str], frozenset[tuple[str, str]]] = lambda _user: frozenset(),
    ) -> None:
        self._clock = clock
        self._assignments_of = assignments_of
        self._settings = settings
        self._lock = Lock()
        self._count = 0
        self._sign_ins: dict[int, SignIn] = {}
        self._access: dict[bytes, tuple[SignIn, int]] = {}
        self._refresh: dict[bytes, SignIn] = {}

    def __repr__(self) -> str:
        return f"<Tokens of {len(self._sign_ins)} sign-ins>"

    def sign_in(self, registration: Registration, user: str, seconds: int | None = None) -> IssuedTokens:
        """Sign `user` in through a client, for `seconds` or the usual lifetime of a sign-in."""
        with self._lock:
            now = int(self._clock())
            self._delete_expired(now)
            self._count += 1
            expires_at = now + (self._settings.sign_in_seconds if seconds is None else seconds)
            sign_in = SignIn(user, registration, expires_at, self._count, self._assignments_of(user))
            self._sign_ins[sign_in.number] = sign_in
            refresh_token = self._new_refresh_token(sign_in) if registration.gets_refresh_tokens else None
            return self._issue(sign_in, refresh_token)

    def refresh(self, registration: Registration, refresh_token: str) -> IssuedTokens:
        """Issue new tokens for a refresh token.

        Raises `invalid_grant` if the token is unknown, used or another client's, or if its sign-in has ended.
        """
        key = _fingerprint(refresh_token)
        with self._lock:
            sign_in = self._refresh.get(key)
            if (
                sign_in is None
                or sign_in.registration.client_id != registration.client_id
                or not self._is_active(sign_in)
            ):
                raise oauth_error("invalid_grant", "Invalid refresh token provided")
            if not self._settings.rotate:
                return self._issue(sign_in, refresh_token if self._settings.repeat else None)
            del self._refresh[key]
            return self._issue(sign_in, self._new_refresh_token(sign_in))

    def authenticate(self, access_token: str) -> SignIn | None:
        """Return the sign-in of an access token; None if either is unknown, expired or revoked."""
        with self._lock:
            sign_in, expires_at = self._access.get(_fingerprint(access_token), (None, 0))
            valid = sign_in is not None and expires_at > self._clock() and self._is_active(sign_in)
            return sign_in if valid else None

    def sign_out(self, sign_in: SignIn) -> None:
        """End a sign-in with all its tokens."""
        with self._lock:
            self._sign_ins.pop(sign_in.number, None)

    def revoke_all(self) -> None:
        """End all sign-ins."""
        with self._lock:
            self._sign_ins.clear()

    def _is_active(self, sign_in: SignIn) -> bool:
        return sign_in.number in self._sign_ins and sign_in.expires_at > self._clock()

    def _issue(self, sign_in: SignIn, refresh_token: str | None) -> IssuedTokens:
        now = int(self._clock())
        # Without a refresh token, as for a legacy profile, the access token is valid for the whole sign-in.
        refreshable = sign_in.registration.gets_refresh_tokens
        lifetime = self._settings.token_seconds if refreshable else sign_in.expires_at - now
        expires_at = min(now + lifetime, sign_in.expires_at)
        access_token = "aoaAAAAA" + secrets.token_urlsafe(96)
        self._access[_fingerprint(access_token)] = (sign_in, expires_at)
        return IssuedTokens(
            sign_in.user, access_token, refresh_token, expires_at, expires_at - now, sign_in.registration
        )

    def _new_refresh_token(self, sign_in: SignIn) -> str:
        token = "aorAAAAA" + secrets.token_urlsafe(96)
        self._refresh[_fingerprint(token)] = sign_in
        return token

    def _delete_expired(self, now: int) -> None:
        """Limit the memory of a simulator that runs for weeks."""
        self._sign_ins = {number: each for number, each in self._sign_ins.items() if each.expires_at > now}
        self._access = {
            key: (each, expires_at)
            for key, (each, expires_at) in self._access.items()
            if expires_at > now and each.number in self._sign_ins
        }
        self._refresh = {key: each for key, each in self._refresh.items() if each.number in self._sign_ins}


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
