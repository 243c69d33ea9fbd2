"""The access portal: the accounts and roles that are assigned to the user, and the credentials of a role."""

import functools
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ssohelper.errors import AccessDenied, SignInRequired, Unavailable
from ssohelper.identity_center import clients
from ssohelper.identity_center.errors import (
    IDENTITY_CENTER,
    Throttled,
    check_not_html,
    invalid_response,
    translate_errors,
)
from ssohelper.identity_center.limiter import Limiter
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.responses import Response
from ssohelper.model import Account, Role, RoleCredentials, RoleRef, Session, Token

_Result = TypeVar("_Result")

WORKERS = 32
_PAGE_SIZE = 100  # the maximum
# More pages than any organization has: after that, the service repeats itself.
_MAX_PAGES = 1000
# A throttled request is retried until the limiter has found the service's rate; other failures only a few times.
_THROTTLED_TRIES = 40
_FAILED_TRIES = 4
# After this time it is not tried again: requests to a service that is slow to fail take up to 20 seconds each.
_FAILING_SECONDS = 30.0
# If every response for this time was a 429, another client uses up the quota.
_ALL_THROTTLED_SECONDS = 60.0
# How soon a waiting thread notices `stop`.
_STEP_SECONDS = 0.1


class Portal:
    """The portal of one session, called with one access token.

    Every request waits for the limiter, and is retried if that can help, but not `seconds` after its first try. A
    token that is rejected (401) is replaced by what `refresh` returns for it. Portals of one start URL share a
    `limiter`, since the service counts their requests together.

    Raises `SignInRequired`, `AccessDenied` (403), `Unavailable`.
    """

    def __init__(  # noqa: PLR0913 (a session and its token; the rest has defaults)
        self,
        session: Session,
        token: Token,
        refresh: Callable[[Token], Token] | None = None,
        *,
        seconds: float = math.inf,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] | None = None,
        limiter: Limiter | None = None,
        network: Network | None = None,
    ) -> None:
        self._session = session
        self._token = token
        self._refresh = refresh
        self._refreshing = threading.Lock()
        self._unproven: Token | None = None  # the refreshed token, until a request with it has succeeded
        self._client = clients.client("sso", session, network, connections=WORKERS)
        self._stopped = threading.Event()
        self._now = now
        self._sleep = sleep
        self._seconds = seconds
        self._last_success = time.monotonic()
        self.limiter = limiter or Limiter()

    def stop(self) -> None:
        """Let the requests of all threads fail instead of waiting for the limiter or a retry."""
        self._stopped.set()

    def accounts(self) -> list[Account]:
        """Every account in which a role is assigned to the user (ListAccounts)."""
        found = self._pages(self._client.list_accounts, "accountList")
        return [
            Account(_account_id(each), each.free_text("accountName"), each.free_text("emailAddress"))
            for each in found
        ]

    def roles(self, account: Account) -> list[Role]:
        """Every role that is assigned to the user in an account (ListAccountRoles)."""
        pages = self._pages(self._client.list_account_roles, "roleList", accountId=account.id)
        return [Role(account, _role_name(each)) for each in pages]

    def role_credentials(self, role: RoleRef) -> RoleCredentials:
        """New credentials of a role (GetRoleCredentials). Raises `AccessDenied` if the role is not assigned."""
        names = {"accountId": role.account_id, "roleName": role.role_name}

        def read(response: Response) -> RoleCredentials:
            found = response.structure("roleCredentials")
            return RoleCredentials(
                role,
                found.text("accessKeyId"),
                found.text("secretAccessKey"),
                found.text("sessionToken"),
                found.expiry("expiration", self._now(), milliseconds=True),
            )

        return self._call(self._client.get_role_credentials, read, **names)

    def _pages(self, operation: Callable[..., Any], member: str, **arguments: str) -> Iterator[Response]:
        """The structures in the list `member` of all pages."""
        token: str | None = None
        seen: set[str] = set()
        for _ in range(_MAX_PAGES):
            more = {"nextToken": token} if token else {}
            found, token = self._call(
                operation,
                lambda response: (response.structures(member), response.optional_text("nextToken")),
                maxResults=_PAGE_SIZE,
                **arguments,
                **more,
            )
            yield from found
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
        raise invalid_response()

    def logout(self) -> None:
        """Sign out at Identity Center (Logout)."""
        self._call(self._client.logout, lambda _: None)

    def _call(self, operation: Callable[..., Any], read: Callable[[Response], _Result], **arguments: Any) -> _Result:
        """What `read` makes of the response to a request; if it cannot read it, the request is sent again."""
        throttled = failed = 0
        began = time.monotonic()
        deadline = began + self._seconds
        pause = functools.partial(self._pause, deadline)
        while True:
            self.limiter.wait(pause)
            if self._stopped.is_set():
                raise Unavailable("cancelled")
            token = self._token
            try:
                found = read(self._try(operation, token, arguments))
            except Throttled as error:
                self.limiter.throttled(error.retry_after)
                throttled += 1
                now = time.monotonic()
                if (
                    throttled >= _THROTTLED_TRIES
                    or now - self._last_success > _ALL_THROTTLED_SECONDS
                    or now >= deadline
                ):
                    raise
            except Unavailable:
                failed += 1
                now = time.monotonic()
                if failed >= _FAILED_TRIES or now - began > _FAILING_SECONDS or now >= deadline:
                    raise
                (self._sleep or pause)(0.2 * 2**failed)
            except SignInRequired as error:
                self._replace(token, error)
            except AccessDenied as error:
                raise self._denied(error) from error
            else:
                self._succeeded(token)
                return found

    def _try(self, operation: Callable[..., Any], token: Token, arguments: dict[str, Any]) -> Response:
        with translate_errors():
            response = clients.whole_response(operation, IDENTITY_CENTER, accessToken=token.access_token, **arguments)
        check_not_html(response)
        return Response.of(response)

    def _succeeded(self, token: Token) -> None:
        self.limiter.succeeded()
        self._last_success = time.monotonic()
        if token is self._unproven:
            self._unproven = None

    def _replace(self, rejected: Token, error: SignInRequired) -> None:
        """Replace a token that was rejected; the first thread does it for all."""
        with self._refreshing:
            if self._token is not rejected:
                return
            if self._refresh is None or rejected is self._unproven:
                # With --force: by its date the token is still valid, so login would keep it without.
                name, hint = self._session.name, f"{self._session.login_command} --force"
                raise SignInRequired(f"the sign-in to {name} has expired", hint=hint) from error
            self._token = self._unproven = self._refresh(rejected)

    def _pause(self, deadline: float, seconds: float) -> None:
        until = min(time.monotonic() + seconds, deadline)
        while (left := until - time.monotonic()) > 0 and not self._stopped.is_set():
            time.sleep(min(left, _STEP_SECONDS))

    def _denied(self, error: AccessDenied) -> AccessDenied:
        login = f"{self._session.login_command} --force"
        return AccessDenied(str(error), hint=f"ask your administrator, or sign in as another user: {login}")


def _account_id(response: Response) -> str:
    """An account's id: it becomes a part of paths."""
    found = response.text("accountId")
    if not re.fullmatch(r"\d{12}", found, re.ASCII):
        raise invalid_response()
    return found


def _role_name(response: Response) -> str:
    """A role's name: it is written to the config file and to terminals."""
    found = response.text("roleName")
    if any(map(str.isspace, found)):
        raise invalid_response()
    return found
