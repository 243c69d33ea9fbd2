"""The portal (service `sso`, 2019-06-10): which accounts, which roles, and credentials for one of them."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from ssohelper.simulator.errors import invalid_request, no_access, unauthorized
from ssohelper.simulator.messages import Answer, Request, json_answer
from ssohelper.simulator.pagination import Pagination
from ssohelper.simulator.tokens import SignIn, Tokens
from ssohelper.simulator.world import Account, World

KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Issued:
    """To whom credentials were issued; `expiration` in Unix seconds."""

    access_key_id: str
    user: str
    account_id: str
    role_name: str
    expiration: int


class Portal:
    """The operations of the portal; each takes a request and gives its answer or raises AwsError."""

    def __init__(self, world: World, tokens: Tokens, clock: Callable[[], float]) -> None:
        self._world = world
        self._tokens = tokens
        self._clock = clock
        self._pagination = Pagination()
        self._lock = Lock()
        self._issued: dict[str, Issued] = {}
        self._secrets: dict[str, bytes] = {}

    def list_accounts(self, request: Request) -> Answer:
        """ListAccounts: the accounts in which the user has a role."""
        user = self._signed_in(request).user
        accounts, following = self._pagination.page(request, "accounts of " + user, self._world.accounts_of(user))
        return json_answer({"accountList": [_account(each) for each in accounts], **following})

    def list_account_roles(self, request: Request) -> Answer:
        """ListAccountRoles: the user's roles in one account."""
        user = self._signed_in(request).user
        account_id = _parameter(request, "account_id")
        names = self._world.roles_of(user, account_id)
        if not names:
            raise no_access()
        roles, following = self._pagination.page(request, f"roles of {user} in {account_id}", names)
        return json_answer({"roleList": [{"roleName": name, "accountId": account_id} for name in roles], **following})

    def get_role_credentials(self, request: Request) -> Answer:
        """GetRoleCredentials: new credentials each time; `expiration` is in milliseconds since 1970."""
        user = self._signed_in(request).user
        account_id, role_name = _parameter(request, "account_id"), _parameter(request, "role_name")
        if role_name not in self._world.roles_of(user, account_id):
            raise no_access()
        expiration = int(self._clock()) + self._world.session_hours(role_name) * 3600
        key = "ASIA" + "".join(secrets.choice(KEY_LETTERS) for _ in range(16))
        secret, token = secrets.token_urlsafe(30), "IQoJ" + secrets.token_urlsafe(300)
        with self._lock:
            self._issued[key] = Issued(key, user, account_id, role_name, expiration)
            self._secrets[key] = _fingerprint(secret, token)
        credentials = {
            "accessKeyId": key,
            "secretAccessKey": secret,
            "sessionToken": token,
            "expiration": expiration * 1000,
        }
        return json_answer({"roleCredentials": credentials})

    def logout(self, request: Request) -> Answer:
        """Logout: the sign-in is over, also for its refresh token."""
        self._tokens.end(self._signed_in(request))
        return Answer(200)

    def issued(self, access_key_id: str) -> Issued:
        """To whom the credentials with this key were issued; KeyError where they were not issued here."""
        with self._lock:
            return self._issued[access_key_id]

    def proven(self, access_key_id: str, secret: str, token: str) -> Issued | None:
        """To whom these very credentials were issued; None where they were not issued here, or have expired."""
        with self._lock:
            issued, known = self._issued.get(access_key_id), self._secrets.get(access_key_id, b"")
        good = hmac.compare_digest(known, _fingerprint(secret, token))
        return issued if good and issued and issued.expiration > self._clock() else None

    def _signed_in(self, request: Request) -> SignIn:
        sign_in = self._tokens.bearer(request.headers.get("x-amz-sso_bearer_token", ""))
        if sign_in is None or not sign_in.registration.reaches_portal:
            raise unauthorized()
        return sign_in


def _account(account: Account) -> dict[str, str]:
    members = {"accountId": account.id, "accountName": account.name, "emailAddress": account.email}
    return {name: value for name, value in members.items() if value is not None}


def _fingerprint(secret: str, token: str) -> bytes:
    return sha256(f"{secret} {token}".encode(errors="surrogatepass")).digest()


def _parameter(request: Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise invalid_request(f"{name} is missing")
    return value
