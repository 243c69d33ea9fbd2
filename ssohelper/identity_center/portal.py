"""The access portal: which accounts and roles a signed-in user has, and the credentials of a role."""

import functools
import math
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ssohelper.errors import AccessDenied, SignInRequired, Unavailable
from ssohelper.identity_center import clients
from ssohelper.identity_center.limiter import Limiter
from ssohelper.model import Account, Role, RoleCredentials, Session, Token

WORKERS = 32
_PAGE = 100  # the most that the service takes
# A throttled call is repeated for as long as this pace can hope to get through; anything else only a few times.
_THROTTLED_TRIES = 40
_FAILED_TRIES = 4
# When nothing but 429 was heard for so long, somebody else uses up what the service allows.
_SILENT_SECONDS = 60.0
# How soon a pause notices that it shall end.
_STEP_SECONDS = 0.1


class Portal:
    """The portal of one session, called with one access token.

    Every call waits for its place in the limiter, and is repeated where that can help. A token that is refused (401)
    is replaced by what `renew` gives for it. Raises `SignInRequired`, `AccessDenied` (403), `Unavailable`. No call is
    repeated `seconds` after it began. Portals of one start URL share a `limiter`: the service counts them together.
    """

    def __init__(  # noqa: PLR0913 (a session and its token; the rest has defaults)
        self,
        session: Session,
        token: Token,
        renew: Callable[[Token], Token] | None = None,
        *,
        seconds: float = math.inf,
        sleep: Callable[[float], object] | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self._session = session
        self._token = token
        self._renew = renew
        self._renewing = threading.Lock()
        self._untried: Token | None = None  # what came of the last renewal, until a call has shown that it is good
        self._client = clients.client("sso", session, connections=WORKERS)
        self._stopped = threading.Event()
        self._sleep = sleep
        self._seconds = seconds
        self._heard = time.monotonic()
        self.limiter = limiter or Limiter()

    def stop(self) -> None:
        """Let every call of every thread fail as soon as it would wait."""
        self._stopped.set()

    def accounts(self) -> list[Account]:
        """Every account in which the user has a role (ListAccounts)."""
        return [
            Account(
                _word(clients.member(each, "accountId")),
                each.get("accountName") or None,
                each.get("emailAddress") or None,
            )
            for each in self._pages(self._client.list_accounts, "accountList")
        ]

    def roles(self, account: Account) -> list[Role]:
        """Every role that the user has in an account (ListAccountRoles)."""
        pages = self._pages(self._client.list_account_roles, "roleList", accountId=account.id)
        return [Role(account, _word(clients.member(each, "roleName"))) for each in pages]

    def role_credentials(self, account_id: str, role_name: str) -> RoleCredentials:
        """Fresh credentials of a role (GetRoleCredentials). `AccessDenied`: the role is not assigned."""
        answer = self._call(
            self._client.get_role_credentials, "roleCredentials", accountId=account_id, roleName=role_name
        )
        found = answer["roleCredentials"]
        return RoleCredentials(
            account_id,
            role_name,
            found["accessKeyId"],
            found["secretAccessKey"],
            found["sessionToken"],
            found["expiration"] / 1000,  # the portal counts milliseconds
        )

    def _pages(self, operation: Callable[..., Any], member: str, **arguments: str) -> Iterator[dict[str, Any]]:
        token: str | None = None
        seen: set[str] = set()
        while True:
            more = {"nextToken": token} if token else {}
            page = self._call(operation, member, maxResults=_PAGE, **arguments, **more)
            yield from page[member]
            token = page.get("nextToken")
            if not token:
                return
            if token in seen:
                raise clients.not_identity_center()
            seen.add(token)

    def logout(self) -> None:
        """End the sign-in at Identity Center (Logout)."""
        self._call(self._client.logout, None)

    def _call(self, operation: Callable[..., Any], member: str | None, **arguments: Any) -> dict[str, Any]:
        """The answer to a call; it has `member`."""
        throttled = failed = 0
        ends = time.monotonic() + self._seconds
        pause = functools.partial(self._pause, ends)
        while True:
            self.limiter.wait(pause)
            if self._stopped.is_set():
                raise Unavailable("stopped")
            token = self._token
            try:
                answer = self._try(operation, token, member, arguments)
            except clients.Throttled as error:
                self.limiter.throttled(error.retry_after)
                throttled += 1
                now = time.monotonic()
                if throttled >= _THROTTLED_TRIES or now - self._heard > _SILENT_SECONDS or now >= ends:
                    raise
            except Unavailable:
                failed += 1
                if failed >= _FAILED_TRIES or time.monotonic() >= ends:
                    raise
                (self._sleep or pause)(0.2 * 2**failed)
            except SignInRequired as error:
                self._replace(token, error)
            except AccessDenied as error:
                raise self._denied(error) from error
            else:
                self._answered(token)
                return answer

    def _try(
        self, operation: Callable[..., Any], token: Token, member: str | None, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        with clients.translated():
            answer: dict[str, Any] = operation(accessToken=token.access_token, **arguments)
        clients.check_genuine(answer)
        if member:
            clients.member(answer, member)
        return answer

    def _answered(self, token: Token) -> None:
        self.limiter.answered()
        self._heard = time.monotonic()
        if token is self._untried:
            self._untried = None

    def _replace(self, refused: Token, error: SignInRequired) -> None:
        """Go on with another token than the one that was refused; the first of many threads gets it."""
        with self._renewing:
            if self._token is not refused:
                return
            if self._renew is None or refused is self._untried:
                raise self._signed_out() from error
            self._token = self._untried = self._renew(refused)

    def _pause(self, ends: float, seconds: float) -> None:
        until = min(time.monotonic() + seconds, ends)
        while (left := until - time.monotonic()) > 0 and not self._stopped.is_set():
            time.sleep(min(left, _STEP_SECONDS))

    def _signed_out(self) -> SignInRequired:
        # With --force: by its date the token is still good, so login alone would leave it.
        return SignInRequired(f"the sign-in to {self._session.name} has ended", hint=self._login)

    def _denied(self, error: AccessDenied) -> AccessDenied:
        return AccessDenied(str(error), hint=f"ask your administrator, or sign in as somebody else: {self._login}")

    @property
    def _login(self) -> str:
        return f"ssohelper login --session {shlex.quote(self._session.name)} --force"


def _word(text: object) -> str:
    """An id or a name that is one word, as AWS has them: it goes into the config file and onto terminals."""
    if not isinstance(text, str) or not text.isprintable() or not text or any(map(str.isspace, text)):
        raise clients.not_identity_center()
    return text
