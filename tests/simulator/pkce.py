"""The authorization code flow without a browser: the URL that a client opens, and what its redirect brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ssohelper.simulator.server import Simulator
from tests.simulator.sdk import SCOPE, Client, Refusal
from tests.simulator.wire import Reply, ask

# The example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

REGISTERED = "http://127.0.0.1/oauth/callback"
REDIRECT = "http://127.0.0.1:54321/oauth/callback"


def register(oidc: Any, **options: Any) -> Client:
    """A client registered as the AWS CLI registers for this flow."""
    chosen: dict[str, Any] = {
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": [REGISTERED],
    }
    return Client.register(oidc, **chosen | options)


def authorize(client: Client, **changes: str | None) -> str:
    """The path and query of `/authorize` as the AWS CLI opens it; a change to None leaves a parameter out."""
    parameters = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": REDIRECT,
        "state": "a state",
        "code_challenge_method": "S256",
        "code_challenge": CHALLENGE,
        "scopes": SCOPE,
    }
    chosen = {name: value for name, value in (parameters | changes).items() if value is not None}
    return f"/authorize?{urlencode(chosen)}"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a browser was sent, and with what; each parameter stands once."""

    to: str
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, reply: Reply) -> "Redirect":
        """The redirect that this reply is."""
        assert reply.status == 302
        parts = urlsplit(reply.headers["location"])
        found = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
        assert all(len(values) == 1 for values in found.values())
        to = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return cls(to, {name: values[0] for name, values in found.items()})


def new_code(simulator: Simulator, client: Client, **changes: str | None) -> str:
    """A code from a simulator that approves by itself."""
    return Redirect.of(ask(simulator, "GET", authorize(client, **changes))).parameters["code"]


def redeem(client: Client, code: str, **changes: str) -> dict[str, Any]:
    """The tokens for a code."""
    return client.token("authorization_code", **{"code": code} | _RIGHT | changes)


def refused(client: Client, code: str, **changes: str) -> Refusal:
    """How the exchange of a code for tokens is refused."""
    return client.refused("authorization_code", **{"code": code} | _RIGHT | changes)


_RIGHT = {"codeVerifier": VERIFIER, "redirectUri": REDIRECT}
