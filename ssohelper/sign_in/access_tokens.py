"""The access token for a call: from the cache, renewed ahead of time, or an error that says how to get one."""

import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NoReturn, Protocol

from ssohelper import deadline
from ssohelper.errors import SignInRequired, SsohelperError, Unavailable
from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history, status, token_cache
from ssohelper.sign_in.token_cache import Vault
from ssohelper.storage import files, locks

# As in the AWS CLI: with less than this left, a sign-in is not used again, but made anew.
FRESH_SECONDS = 15 * 60
# A sign-in cannot be renewed beyond the end of its client registration, and may last for weeks: who signs in with
# less than this left registers anew. Registrations last some 90 days.
REGISTRATION_SECONDS = 7 * 24 * 3600
# SDKs renew a token themselves once less than 15 minutes are left. Whoever renews earlier never races with them.
RENEW_SECONDS = 20 * 60
# A service that failed to renew a token which is still good is left alone for so long.
PAUSE_SECONDS = 30
# How long another tool may take to write a token that it has just got, on a machine that has much else to do.
_WRITING_SECONDS = 2.0
_WRITING_TRIES = 20
# How long to wait before a renewal that the service failed to answer is tried again, in seconds.
_PAUSES = (0.3, 1.0)


class Renewer(Protocol):
    """What is needed of the OIDC service."""

    def renewed(self, token: Token) -> Token:
        """A new token for an old one. Raises `SignInRequired` where its refresh token is not taken, `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """The outside, as this room and the next see it. `now` is in Unix seconds."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    waiting: Callable[[str], Callable[[str], None]]  # told what for, it gives what is told who holds the lock
    warn: Callable[[str], None]
    vault: Vault | None = None


class Access:
    """The access tokens of one session.

    Every method returns a token that is good for now, or raises `SignInRequired`, `Unavailable` or `Failed`.
    """

    def __init__(self, session: Session, renewer: Callable[[], Renewer], doors: Doors) -> None:
        self._session = session
        self._renewer = renewer
        self._doors = doors

    def token(self, warn: Callable[[str], None] | None = None) -> Token:
        """The present token; renewed first where it nears its end.

        `warn` is told where that was due and could not be, though the token is good for now.
        """
        found = self.present()
        if found and self._good(found) and self._lasts(found):
            return found
        return self._renewed(found, warn or self._doors.warn)

    def replacement(self, refused: Token) -> Token:
        """Another token than the one that the service has just refused, although it looked good."""
        refresh_history.remember_refused(self._session, refused)
        return self._renewed(refused, self._doors.warn)

    def present(self) -> Token | None:
        """What the cache holds, fresh or not."""
        return token_cache.load_token(self._session, self._doors.vault)

    def keep(self, token: Token) -> None:
        """Keep the token of a new sign-in."""
        with self._lock():
            token_cache.save_token(self._session, token, self._doors.vault)
            refresh_history.remember_sign_in(self._session, self._doors.now())

    def forget(self) -> None:
        """Forget the token, and what is remembered of it."""
        with self._lock():
            token_cache.forget_token(self._session, self._doors.vault)
            refresh_history.forget(self._session)

    def _renewed(self, seen: Token | None, warn: Callable[[str], None]) -> Token:
        """A renewed token, or what is good without that. `seen` is what the caller has found."""
        asked = self._doors.now()
        if seen is None or not self._can_renew(seen):
            # Nothing to wait for; but whoever signed in a moment ago, perhaps elsewhere, is signed in.
            return self._good(self.present()) or self._fail(seen)
        with self._lock():
            return self._renewed_in_turn(seen, asked, warn)

    def _renewed_in_turn(self, seen: Token, asked: float, warn: Callable[[str], None]) -> Token:
        """With the lock held: read again, for somebody else may have done it."""
        found = self.present()
        good = self._good(found)
        if good and (self._lasts(good) or good.access_token != seen.access_token):
            return good
        if found is None or not self._can_renew(found):
            return good or self._fail(found)
        if self._failed_lately(asked, good):
            return good or self._fail_for_now()
        try:
            return self._renew(found)
        except SsohelperError as error:
            if isinstance(error, Unavailable):
                refresh_history.remember_failure(self._session, self._doors.now())
            if good is None:
                raise
            left = int(good.expires_at - self._doors.now()) // 60
            warn(f"the sign-in to {self._session.name} could not be renewed ({error}), {left}m left")
            return good

    def _renew(self, found: Token) -> Token:
        """Ask for a new token and keep it, before anybody uses it."""
        # A disk that is full now would lose the new refresh token, when the old one is dead already.
        files.check_room(token_cache.token_path(self._session))
        renewer = self._renewer()
        try:
            return self._spend(renewer, found)
        except SignInRequired:
            # Not taken: another tool may have used it up a moment ago, and be about to write what it got.
            again = self._written_meanwhile(found)
            if again is None:
                refresh_history.remember_dead(self._session, found)
                self._fail(found)
            return self._good(again) or self._spend(renewer, again)

    def _spend(self, renewer: Renewer, token: Token) -> Token:
        for pause in _PAUSES:
            try:
                return self._spend_once(renewer, token)
            except Unavailable:
                self._doors.sleep(pause)
        return self._spend_once(renewer, token)

    def _spend_once(self, renewer: Renewer, token: Token) -> Token:
        # Once the service has it, the old refresh token may be dead: whoever gives up now would lose the new one.
        with deadline.seen_through():
            new = renewer.renewed(token)
            token_cache.save_token(self._session, new, self._doors.vault)
            if new.expires_at - self._doors.now() < RENEW_SECONDS:
                refresh_history.remember_last(self._session, new)
        return new

    def _written_meanwhile(self, old: Token) -> Token | None:
        for _ in range(_WRITING_TRIES):
            found = self.present()
            if found and (found.access_token, found.refresh_token) != (old.access_token, old.refresh_token):
                return found
            self._doors.sleep(_WRITING_SECONDS / _WRITING_TRIES)
        return None

    def _failed_lately(self, asked: float, good: Token | None) -> bool:
        """Whether a renewal failed since we `asked`, or, where nobody needs a new token yet, a moment before."""
        ago = self._doors.now() - refresh_history.failed_at(self._session)
        return 0 <= ago <= self._doors.now() - asked or (good is not None and 0 <= ago < PAUSE_SECONDS)

    def _lock(self) -> AbstractContextManager[None]:
        waiting = self._doors.waiting(f"the sign-in to {self._session.name}")
        return locks.held(f"token-{token_cache.digest(self._session)}", waiting=waiting)

    def _good(self, token: Token | None) -> Token | None:
        """The token, if it is good for now, as far as can be known here."""
        if token is None or token.expires_at <= self._doors.now() or refresh_history.is_refused(self._session, token):
            return None
        return token

    def _lasts(self, token: Token) -> bool:
        """Whether it is not due to be renewed, or would not last any longer if it were."""
        return token.expires_at - self._doors.now() >= RENEW_SECONDS or refresh_history.is_last(self._session, token)

    def _can_renew(self, token: Token) -> bool:
        return status.why_not_renewable(self._session, token, self._doors.now()) is None

    def _fail(self, found: Token | None) -> NoReturn:
        name, hint = self._session.name, login_command(self._session)
        if found is None:
            damaged = token_cache.damage(self._session)
            raise SignInRequired(f"nobody is signed in to {name}{f': {damaged}' if damaged else ''}", hint=hint)
        why = status.why_not_renewable(self._session, found, self._doors.now())
        if refresh_history.is_refused(self._session, found) or refresh_history.is_dead(self._session, found):
            raise SignInRequired(f"the sign-in to {name} has ended", hint=hint)
        raise SignInRequired(f"the sign-in to {name} has expired and cannot be renewed: {why}", hint=hint)

    def _fail_for_now(self) -> NoReturn:
        raise Unavailable(
            f"the sign-in to {self._session.name} could not be renewed",
            hint="check the network, then run the command again",
        )


def login_command(session: Session) -> str:
    """The command that signs in to a session."""
    return f"ssohelper login --session {shlex.quote(session.name)}"
