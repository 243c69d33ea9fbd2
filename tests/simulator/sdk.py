"""The AWS SDK pointed at a simulator: its two clients, and the words in which tests read their answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssohelper.simulator.server import Simulator

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "sso:account:access"


@dataclass(frozen=True, slots=True)
class Sdk:
    """boto3's clients of the portal and of the OIDC service."""

    portal: Any
    oidc: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """How botocore tells of an error: the exception's class (ClientError where the model has none), and the rest.

    `words` is the portal's message or the OIDC service's `error`.
    """

    exception: str
    code: str
    status: int
    words: str


def members(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without botocore's own part, which says that it was a 200 at the first attempt."""
    metadata = answer.pop("ResponseMetadata")
    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (200, 0)
    return answer


def refusal(call: Callable[..., Any], **arguments: Any) -> Refusal:
    """How this call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response: Any = caught.value.response
    words = response.get("error") or response["Error"].get("Message") or ""
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return Refusal(type(caught.value).__name__, response["Error"]["Code"], status, words)


def oauth(error: str, status: int = 400) -> Refusal:
    """The refusal that an OAuth error is: `invalid_grant` comes as InvalidGrantException."""
    name = error.title().replace("_", "") + "Exception"
    return Refusal(name, name, status, error)


INVALID_CLIENT = oauth("invalid_client", 401)
UNAUTHORIZED = Refusal("UnauthorizedException", "UnauthorizedException", 401, "Session token not found or invalid")
NO_ACCESS = Refusal("ClientError", "ForbiddenException", 403, "No access")
THROTTLED = Refusal("TooManyRequestsException", "TooManyRequestsException", 429, "HTTP 429 Unknown Code")


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the OIDC service that has registered."""

    oidc: Any = field(repr=False)
    id: str
    secret: str = field(repr=False)

    @classmethod
    def register(cls, oidc: Any, *, scopes: tuple[str, ...] = (SCOPE,), **options: Any) -> "Client":
        """Register under the name `a test`."""
        answer = oidc.register_client(clientName="a test", clientType="public", scopes=list(scopes), **options)
        return cls(oidc, answer["clientId"], answer["clientSecret"])

    @property
    def proof(self) -> dict[str, str]:
        """The two members that every later call begins with."""
        return {"clientId": self.id, "clientSecret": self.secret}

    def start(self, simulator: Simulator) -> dict[str, Any]:
        """StartDeviceAuthorization."""
        return members(self.oidc.start_device_authorization(**self.proof, startUrl=simulator.start_url))

    def token(self, grant_type: str, **arguments: Any) -> dict[str, Any]:
        """CreateToken."""
        return members(self.oidc.create_token(**self.proof, grantType=grant_type, **arguments))

    def refused(self, grant_type: str, **arguments: Any) -> Refusal:
        """How CreateToken is refused."""
        return refusal(self.oidc.create_token, **self.proof, grantType=grant_type, **arguments)

    def sign_in(self, simulator: Simulator, user: str | None = None) -> dict[str, Any]:
        """The tokens of a whole sign-in by device code."""
        started = self.start(simulator)
        simulator.approve(started["userCode"], user)
        return self.token(DEVICE_CODE, deviceCode=started["deviceCode"])
