"""The portal (service `sso`, 2019-06-10): accounts, roles and role credentials."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from ssohelper.simulator.errors import invalid_request, no_access, unauthorized
from ssohelper.simulator.messages import Request, Response, json_response
from ssohelper.simulator.pagination import InvalidToken, Item, Pagination
from ssohelper.simulator.tokens import SignIn, Tokens
from ssohelper.simulator.world import Account, World

# AWS does not document the default page size. This is the maximum of the service model.
DEFAULT_PAGE_SIZE = 100
KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class IssuedCredentials:
    """The user and role of issued credentials; `expiration` in Unix seconds. `assumed`: by another role, at STS."""

    access_key_id: str
    user: str
    account_id: str
    role_name: str
    expiration: int
    assumed: bool = False


class Portal:
    """The operations of the portal; each takes a request and returns its response or raises AwsError.

    With `assignments_at_sign_in`, roles that were assigned after a sign-in began are hidden from it.
    """

    def __init__(
        self, world: World, tokens: Tokens, clock: Callable[[], float], *, assignments_at_sign_in: bool = False
    ) -> None:
        self._world = world
        self._assignments_at_sign_in = assignments_at_sign_in
        self._tokens = tokens
        self._clock = clock
        self._pagination = Pagination()
        self._lock = Lock()
        self._issued: dict[str, IssuedCredentials] = {}
        self._secrets: dict[str, tuple[str, str]] = {}

    def list_accounts(self, request: Request) -> Response:
        """ListAccounts: the accounts in which the user has a role."""
        sign_in = self._sign_in_of(request)
        found = [each for each in self._world.accounts_of(sign_in.user) if self._roles_of(sign_in, each.id)]
        accounts, next_token = self._page(request, f"accounts of {sign_in.user}", found)
        return json_response({"accountList": [_account_info(each) for each in accounts], **next_token})

    def list_account_roles(self, request: Request) -> Response:
        """ListAccountRoles: the user's roles in one account."""
        sign_in = self._sign_in_of(request)
        account_id = _parameter(request, "account_id")
        names = self._roles_of(sign_in, account_id)
        if not names:
            raise no_access()
        roles, next_token = self._page(request, f"roles of {sign_in.user} in {account_id}", names)
        role_list = [{"roleName": name, "accountId": account_id} for name in roles]
        return json_response({"roleList": role_list, **next_token})

    def get_role_credentials(self, request: Request) -> Response:
        """GetRoleCredentials: new credentials for each call; `expiration` is in Unix milliseconds."""
        sign_in = self._sign_in_of(request)
        user, account_id, role_name = (
            sign_in.user,
            *(_parameter(request, each) for each in ("account_id", "role_name")),
        )
        role = self._world.role(account_id, role_name)
        if role is None or role_name not in self._roles_of(sign_in, account_id):
            raise no_access()
        expiration = int(self._clock()) + role.permission_set.session_hours * 3600
        key = "ASIA" + "".join(secrets.choice(KEY_LETTERS) for _ in range(16))
        secret, token = secrets.token_urlsafe(30), "IQoJ" + secrets.token_urlsafe(300)
        with self._lock:
            self._issued[key] = IssuedCredentials(key, user, account_id, role_name, expiration)
            self._secrets[key] = secret, token
        credentials = {
            "accessKeyId": key,
            "secretAccessKey": secret,
            "sessionToken": token,
            "expiration": expiration * 1000,
        }
        return json_response({"roleCredentials": credentials})

    def logout(self, request: Request) -> Response:
        """Logout: end the sign-in with all its tokens, the refresh token included."""
        self._tokens.sign_out(self._sign_in_of(request))
        return Response(200)

    def issued(self, access_key_id: str) -> IssuedCredentials:
        """Return the user and role of issued credentials. Raises KeyError if they were not issued here."""
        with self._lock:
            return self._issued[access_key_id]

    def secrets_of(self, access_key_id: str) -> tuple[str, str] | None:
        """Return the secret key and the session token of issued credentials; None if they were not issued here."""
        with self._lock:
            return self._secrets.get(access_key_id)

    def add_assumed_role(self, issued: IssuedCredentials, secret: str, token: str) -> None:
        """Let the console accept credentials that an STS issued to one of the roles."""
        with self._lock:
            self._issued[issued.access_key_id] = issued
            self._secrets[issued.access_key_id] = secret, token

    def verify_credentials(self, access_key_id: str, secret: str, token: str) -> IssuedCredentials | None:
        """Return the user and role of valid credentials; None if they are invalid or expired."""
        with self._lock:
            issued, known = self._issued.get(access_key_id), self._secrets.get(access_key_id, ("", ""))
        valid = hmac.compare_digest(_fingerprint(*known), _fingerprint(secret, token))
        return issued if valid and issued and issued.expiration > self._clock() else None

    def _page(self, request: Request, listing: str, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
        """The items of the requested page, and `{"nextToken": …}` if more follow."""
        size, token = _page_size(request.query.get("max_result")), request.query.get("next_token")
        try:
            page = self._pagination.page(listing, items, size, token, empty=request.empty_page)
        except InvalidToken:
            raise invalid_request("Invalid next_token") from None
        return page.items, {"nextToken": page.next_token} if page.next_token else {}

    def _roles_of(self, sign_in: SignIn, account_id: str) -> list[str]:
        names = self._world.roles_of(sign_in.user, account_id)
        if not self._assignments_at_sign_in:
            return names
        return [name for name in names if (account_id, name) in sign_in.assignments]

    def _sign_in_of(self, request: Request) -> SignIn:
        sign_in = self._tokens.authenticate(request.headers.get("x-amz-sso_bearer_token", ""))
        if sign_in is None or not sign_in.registration.has_portal_access:
            raise unauthorized()
        return sign_in


def _account_info(account: Account) -> dict[str, str]:
    members = {"accountId": account.id, "accountName": account.name, "emailAddress": account.email}
    return {name: value for name, value in members.items() if value is not None}


def _fingerprint(secret: str, token: str) -> bytes:
    return sha256(f"{secret} {token}".encode(errors="surrogatepass")).digest()


def _parameter(request: Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise invalid_request(f"{name} is missing")
    return value


def _page_size(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE_SIZE
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= 100):
        raise invalid_request("ResultSize parameter must be within the valid limits of: 1-100")
    return int(text)
