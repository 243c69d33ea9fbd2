"""Sign-ins and the tokens that belong to them.

A sign-in is the portal session of one user through one client. It ends by itself, by Logout or by revocation, and
every token of it ends with it. Tokens are kept by their hash alone, so that looking one up takes the same time
whatever was guessed, and no `repr` can show one.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from ssohelper.simulator.errors import refused
from ssohelper.simulator.registrations import Registration


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things last, in seconds, and what becomes of a refresh token that was used.

    `rotate`: a new one replaces it and the old one is dead. Otherwise it stays good, and the answer repeats it or,
    where `repeat` is off, leaves it out.
    """

    token_seconds: int = 3600
    sign_in_seconds: int = 8 * 3600
    rotate: bool = True
    repeat: bool = True


@dataclass(frozen=True, slots=True)
class SignIn:
    """The portal session of `user` through one client; ends at a Unix second."""

    user: str
    registration: Registration
    ends_at: int
    number: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A finished CreateToken; times are Unix seconds. `refresh_token` is None where the client gets none."""

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
        """When the client's registration ends, in Unix seconds."""
        return self.registration.expires_at


class Tokens:
    """Who is signed in, and the tokens that prove it."""

    def __init__(self, clock: Callable[[], float], lifetimes: Lifetimes) -> None:
        self._clock = clock
        self._lifetimes = lifetimes
        self._lock = Lock()
        self._count = 0
        self._live: dict[int, SignIn] = {}
        self._access: dict[bytes, tuple[SignIn, int]] = {}
        self._refresh: dict[bytes, SignIn] = {}

    def __repr__(self) -> str:
        return f"<Tokens of {len(self._live)} sign-ins>"

    def begin(self, registration: Registration, user: str, seconds: int | None = None) -> Grant:
        """Sign `user` in through a client, for `seconds` or as long as sign-ins usually last."""
        with self._lock:
            now = int(self._clock())
            self._forget(now)
            self._count += 1
            ends_at = now + (self._lifetimes.sign_in_seconds if seconds is None else seconds)
            sign_in = SignIn(user, registration, ends_at, self._count)
            self._live[sign_in.number] = sign_in
            return self._grant(sign_in, self._new_refresh_token(sign_in) if registration.renewable else None)

    def renew(self, registration: Registration, refresh_token: str) -> Grant:
        """The `refresh_token` grant.

        Raises `invalid_grant` where the token is unknown, used up, another client's, or its sign-in has ended.
        """
        key = _fingerprint(refresh_token)
        with self._lock:
            sign_in = self._refresh.get(key)
            if (
                sign_in is None
                or sign_in.registration.client_id != registration.client_id
                or not self._is_live(sign_in)
            ):
                raise refused("invalid_grant", "Invalid refresh token provided")
            if not self._lifetimes.rotate:
                return self._grant(sign_in, refresh_token if self._lifetimes.repeat else None)
            del self._refresh[key]
            return self._grant(sign_in, self._new_refresh_token(sign_in))

    def bearer(self, access_token: str) -> SignIn | None:
        """The sign-in that an access token proves, if both are still good."""
        with self._lock:
            sign_in, expires_at = self._access.get(_fingerprint(access_token), (None, 0))
            good = sign_in is not None and expires_at > self._clock() and self._is_live(sign_in)
            return sign_in if good else None

    def end(self, sign_in: SignIn) -> None:
        """Logout: the sign-in is over, and with it all of its tokens."""
        with self._lock:
            self._live.pop(sign_in.number, None)

    def end_all(self) -> None:
        """Every sign-in is over."""
        with self._lock:
            self._live.clear()

    def _is_live(self, sign_in: SignIn) -> bool:
        return sign_in.number in self._live and sign_in.ends_at > self._clock()

    def _grant(self, sign_in: SignIn, refresh_token: str | None) -> Grant:
        now = int(self._clock())
        # A client without scopes cannot refresh; its token lasts as long as the sign-in, as a legacy profile's does.
        lasts = self._lifetimes.token_seconds if sign_in.registration.renewable else sign_in.ends_at - now
        expires_at = min(now + lasts, sign_in.ends_at)
        access_token = "aoaAAAAA" + secrets.token_urlsafe(96)
        self._access[_fingerprint(access_token)] = (sign_in, expires_at)
        return Grant(sign_in.user, access_token, refresh_token, expires_at, expires_at - now, sign_in.registration)

    def _new_refresh_token(self, sign_in: SignIn) -> str:
        token = "aorAAAAA" + secrets.token_urlsafe(96)
        self._refresh[_fingerprint(token)] = sign_in
        return token

    def _forget(self, now: int) -> None:
        """Drop what has ended, so that a simulator that runs for weeks stays small."""
        self._live = {number: each for number, each in self._live.items() if each.ends_at > now}
        self._access = {
            key: (each, expires_at)
            for key, (each, expires_at) in self._access.items()
            if expires_at > now and each.number in self._live
        }
        self._refresh = {key: each for key, each in self._refresh.items() if each.number in self._live}


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
