"""A refresh of a session's token: requested, saved before anything uses it, and recorded if it is rejected."""

from collections.abc import Callable
from typing import Protocol

from ssohelper.durations import REFRESH_AHEAD_SECONDS
from ssohelper.errors import SignInRequired, SsohelperError, Unavailable
from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history, status, token_cache
from ssohelper.sign_in.runtime import Runtime
from ssohelper.sign_in.token_cache import SecretStore
from ssohelper.storage import files

# How long another tool may take to write a token that it has just received, on a busy machine.
_WRITING_SECONDS = 2.0
_WRITING_TRIES = 20
# How long to wait before retrying a refresh that the service did not answer, in seconds.
_PAUSES = (0.3, 1.0)


def expired(session: Session) -> SignInRequired:
    """The error where a session has expired for good."""
    return SignInRequired(f"the sign-in to {session.name} has expired", hint=session.login_command)


class TokenRefresher(Protocol):
    """The part of the OIDC service that a refresh needs."""

    def refresh(self, token: Token) -> Token:
        """A new token for an old one. Raises `SignInRequired` if its refresh token is rejected, `Unavailable`."""
        ...


class TokenRefresh:
    """Refreshes the token of one session; the caller holds the session's token lock."""

    def __init__(
        self,
        session: Session,
        refresher: Callable[[], TokenRefresher],
        secret_store: SecretStore | None,
        runtime: Runtime,
    ) -> None:
        self._session = session
        self._refresher = refresher
        self._secret_store = secret_store
        self._runtime = runtime

    def refresh(self, old: Token) -> Token:
        """A new token, which is saved if possible. Raises `SignInRequired`, `Unavailable`, `Failed`.

        It may be one that another process has received meanwhile, and that expires soon.
        """
        unsaved = token_cache.unsaved_token(self._session, self._secret_store)
        if unsaved is not None and unsaved.expires_at > old.expires_at:  # its predecessor may not work any more
            self._save(unsaved)
            old = unsaved
            if unsaved.expires_at - self._runtime.now() > REFRESH_AHEAD_SECONDS:
                return unsaved
        if self._valid(old):  # it is not used up for a new token that could not be saved
            files.check_writable(token_cache.token_path(self._session))
        refresher = self._refresher()
        try:
            return self._request_with_retries(refresher, old)
        except SignInRequired:
            # Rejected: another tool may have used the refresh token a moment ago, and be about to write a new one.
            newer = self._written_meanwhile(old)
            if newer is None:
                refresh_history.record_rejected_refresh_token(self._session, old)
                raise expired(self._session) from None
            return newer if self._valid(newer) else self._request_with_retries(refresher, newer)

    def _request_with_retries(self, refresher: TokenRefresher, token: Token) -> Token:
        for pause in _PAUSES:
            try:
                return self._request(refresher, token)
            except Unavailable:
                self._runtime.sleep(pause)
        return self._request(refresher, token)

    def _request(self, refresher: TokenRefresher, token: Token) -> Token:
        new = refresher.refresh(token)
        self._save(new)
        if new.expires_at - self._runtime.now() < REFRESH_AHEAD_SECONDS:
            refresh_history.record_last(self._session, new)
        return new

    def _save(self, token: Token) -> None:
        if not token_cache.token_path(self._session).exists():  # `logout` did not wait for this refresh
            return
        try:
            token_cache.save_refreshed_token(self._session, token, self._secret_store)
        except SsohelperError as error:  # the token works nevertheless
            self._runtime.warn(f"could not save the refreshed sign-in to {self._session.name}: {error}")

    def _written_meanwhile(self, old: Token) -> Token | None:
        for _ in range(_WRITING_TRIES):
            found = token_cache.load_token(self._session, self._secret_store)
            if found and (found.access_token, found.refresh_token) != (old.access_token, old.refresh_token):
                return found
            self._runtime.sleep(_WRITING_SECONDS / _WRITING_TRIES)
        return None

    def _valid(self, token: Token) -> bool:
        return status.is_valid(token, self._runtime.now(), refresh_history.load(self._session))
