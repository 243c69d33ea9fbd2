"""The access token for a call: from the cache, refreshed ahead of time, or an error that says how to sign in."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import NoReturn

from ssohelper import durations
from ssohelper.errors import SignInRequired, SsohelperError, Unavailable
from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history, status, token_cache
from ssohelper.sign_in.runtime import Runtime
from ssohelper.sign_in.token_cache import SecretStore
from ssohelper.sign_in.token_refresh import expired
from ssohelper.storage import locks

# As in the AWS CLI: a sign-in with less than this left is not used again.
FRESH_SECONDS = 15 * 60
# A sign-in cannot be refreshed after its client registration has expired, and may last for weeks: with less than
# this left, a new sign-in registers again. Registrations last some 90 days.
REGISTRATION_SECONDS = 7 * 24 * 3600
# After the service failed to refresh a token that is still valid, this is the time until the next attempt.
PAUSE_SECONDS = 30
# How long a caller waits for the refresh of a token that is still valid: the refresh itself goes on.
_PATIENCE_SECONDS = 3.0
# How long a caller waits for another process that refreshes a token that has expired.
_LOCK_SECONDS = 60.0
# How long a sign-out waits for a refresh.
_DELETE_SECONDS = 5.0

# Refreshes the token. Takes the handle of the token lock, which the caller holds (None without locks), and after how
# many seconds the caller goes on without the result (None: never). Raises `SignInRequired`, `Unavailable`, `Failed`.
Refresh = Callable[[int | None, float | None], Token]


class AccessTokens:
    """The access tokens of one session.

    `token` and `replacement` return a token that is valid now, or raise `SignInRequired`, `Unavailable` or `Failed`.
    """

    def __init__(
        self,
        session: Session,
        refresh: Refresh,
        runtime: Runtime,
        secret_store: SecretStore | None = None,
        *,
        patient: bool = False,
    ) -> None:
        self._session = session
        self._refresh = refresh
        self._runtime = runtime
        self._secret_store = secret_store
        self._patient = patient

    def token(self, warn: Callable[[str], None] | None = None) -> Token:
        """The current token, refreshed first if it expires soon.

        `warn` is called if a refresh was due and failed, although the token is still valid.
        """
        found = self.current()
        if found and self._valid(found) and not self._refresh_due(found):
            return found
        return self._refreshed(found, warn or self._runtime.warn)

    def replacement(self, rejected: Token) -> Token:
        """Another token than the one that the service has just rejected although it looked valid."""
        refresh_history.record_rejected(self._session, rejected)
        return self._refreshed(rejected, self._runtime.warn)

    def current(self) -> Token | None:
        """The token in the cache, expired or not."""
        return token_cache.load_token(self._session, self._secret_store)

    def signed_out(self) -> bool:
        """Whether the session has no token file, as after `logout`."""
        return not token_cache.token_path(self._session).exists()

    def save(self, token: Token) -> None:
        """Save the token of a new sign-in."""
        with self._lock():
            token_cache.save_token(self._session, token, self._secret_store)
            refresh_history.record_sign_in(self._session, self._runtime.now())

    def rescue(self) -> None:
        """Save a new token that a refresh could not save, and remove what else killed runs have left of tokens."""
        with self._lock():
            unsaved, current = token_cache.unsaved_token(self._session, self._secret_store), self.current()
            if unsaved and current and unsaved.expires_at > current.expires_at:
                token_cache.save_token(self._session, unsaved, self._secret_store)
            else:
                token_cache.remove_unsaved_tokens(self._session)

    def delete(self) -> None:
        """Delete the token, and what is recorded of it. A refresh that goes on for long does not save its token."""
        with ExitStack() as stack:
            with suppress(Unavailable):
                stack.enter_context(self._lock(_DELETE_SECONDS))
            token_cache.delete_token(self._session, self._secret_store)
            refresh_history.delete(self._session)

    def _refreshed(self, seen: Token | None, warn: Callable[[str], None]) -> Token:
        """A refreshed token, or one that is valid without that. `seen` is what the caller found in the cache."""
        asked_at = self._runtime.now()
        if seen is None or not self._refreshable(seen):
            # The user may have signed in a moment ago, in another process.
            return self._valid(self.current()) or self._fail(seen)
        valid = self._valid(seen)
        if valid and self._failed_recently(asked_at, valid):
            return valid
        patience = _PATIENCE_SECONDS if valid and not self._patient else None
        began = time.monotonic()
        try:
            with self._lock(patience or _LOCK_SECONDS) as lock:
                rest = None if patience is None else max(0.0, began + patience - time.monotonic())
                return self._refreshed_under_lock(seen, asked_at, lock, rest)
        except SsohelperError as error:
            found = self._valid(self.current())
            if found is None:
                raise
            if found.access_token != seen.access_token:  # it was refreshed all the same
                return found
            if isinstance(error, Unavailable):  # also if another process is still refreshing it
                refresh_history.record_failure(self._session, self._runtime.now())
            reason = "the refresh token was rejected" if isinstance(error, SignInRequired) else error
            left = durations.shown(found.expires_at - self._runtime.now())
            warn(f"could not refresh the sign-in to {self._session.name} ({reason}), valid for {left}")
            return found

    def _refreshed_under_lock(self, seen: Token, asked_at: float, lock: int | None, seconds: float | None) -> Token:
        """Read the cache again first: another process may have refreshed the token while we waited."""
        found = self.current()
        valid = self._valid(found)
        if valid and (not self._refresh_due(valid) or valid.access_token != seen.access_token):
            return valid
        if found is None or not self._refreshable(found):
            return valid or self._fail(found)
        if self._failed_recently(asked_at, valid):
            return valid or self._fail_for_now()
        try:
            return self._refresh(lock, seconds)
        except Unavailable:
            refresh_history.record_failure(self._session, self._runtime.now())
            raise

    def _failed_recently(self, asked_at: float, valid: Token | None) -> bool:
        """Whether a refresh failed since `asked_at`, or shortly before if the token is still valid."""
        ago = self._runtime.now() - refresh_history.load(self._session).failed_at
        return 0 <= ago <= self._runtime.now() - asked_at or (valid is not None and 0 <= ago < PAUSE_SECONDS)

    def _lock(self, seconds: float = _LOCK_SECONDS) -> AbstractContextManager[int | None]:
        waiting = self._runtime.waiting(f"sign-in to {self._session.name}")
        return locks.held_if_possible(
            token_cache.lock_name(self._session), waiting=waiting, warn=self._runtime.warn, deadline=seconds
        )

    def _valid(self, token: Token | None) -> Token | None:
        """The token if it is valid now, as far as can be known without a request."""
        now, history = self._runtime.now(), refresh_history.load(self._session)
        return token if token and status.is_valid(token, now, history) else None

    def _refresh_due(self, token: Token) -> bool:
        """Whether it expires soon, and a refreshed one would be valid for longer."""
        soon = token.expires_at - self._runtime.now() < durations.REFRESH_AHEAD_SECONDS
        return soon and not refresh_history.load(self._session).is_last(token)

    def _refreshable(self, token: Token) -> bool:
        history = refresh_history.load(self._session)
        return status.refresh_problem(self._session, token, self._runtime.now(), history) is None

    def _fail(self, found: Token | None) -> NoReturn:
        name, hint = self._session.name, self._session.login_command
        if found is None:
            file_problem = token_cache.file_problem(self._session)
            raise SignInRequired(f"not signed in to {name}{f': {file_problem}' if file_problem else ''}", hint=hint)
        history = refresh_history.load(self._session)
        problem = status.refresh_problem(self._session, found, self._runtime.now(), history)
        if history.is_rejected(found) or history.is_refresh_token_rejected(found):
            raise expired(self._session)
        raise SignInRequired(f"the sign-in to {name} has expired and cannot be refreshed: {problem}", hint=hint)

    def _fail_for_now(self) -> NoReturn:
        raise Unavailable(
            f"could not refresh the sign-in to {self._session.name}",
            hint="check the network, then run the command again",
        )
