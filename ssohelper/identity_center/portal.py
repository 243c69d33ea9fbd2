"""The access portal: the accounts and roles that are assigned to the user, and the credentials of a role."""

import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ssohelper.errors import AccessDenied, SignInRequired
from ssohelper.identity_center import clients
from ssohelper.identity_center.errors import IDENTITY_CENTER, check_not_html, invalid_response, translate_errors
from ssohelper.identity_center.limiter import Limiter
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.paced_calls import PacedCalls, TryAgain
from ssohelper.identity_center.responses import Response
from ssohelper.model import Session, Token
from ssohelper.roles import Account, Role, RoleCredentials, RoleRef

_Result = TypeVar("_Result")

WORKERS = 32
_PAGE_SIZE = 100  # the maximum
# More pages than any organization has: after that, the service repeats itself.
_MAX_PAGES = 1000


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
        self._now = now
        self.limiter = limiter or Limiter()
        self._calls = PacedCalls(self.limiter, seconds=seconds, sleep=sleep)

    def stop(self) -> None:
        """Let the requests of all threads fail instead of waiting for the limiter or a retry."""
        self._calls.stop()

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

        def call() -> _Result:
            token = self._token
            try:
                found = read(self._try(operation, token, arguments))
            except SignInRequired as error:
                self._replace(token, error)
                raise TryAgain from error
            except AccessDenied as error:
                raise self._denied(error) from error
            if token is self._unproven:
                self._unproven = None
            return found

        return self._calls.make(call)

    def _try(self, operation: Callable[..., Any], token: Token, arguments: dict[str, Any]) -> Response:
        with translate_errors(), clients.explain_unreachable_host("sso", self._session):
            response = clients.whole_response(operation, IDENTITY_CENTER, accessToken=token.access_token, **arguments)
        check_not_html(response)
        return Response.of(response)

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
