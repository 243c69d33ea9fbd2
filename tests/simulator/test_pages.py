"""The HTML pages: content, escaping and security headers."""

import base64
import hashlib
import re

import pytest

from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures import pkce
from tests.fixtures.html_client import Page, open_page
from tests.fixtures.sdk import Client, Sdk, without_metadata
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import fetch

ALEX, ROBIN = "alex@example.com", "robin@example.com"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{origin}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY.format(origin=""),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"


def test_access_portal(simulator: Simulator) -> None:
    """The start URL lists the accounts and roles of each user."""
    page = open_page(simulator, "/start")
    assert (page.response.status, "AWS access portal" in page.text) == (200, True)
    assert {ALEX, ROBIN, "security-audit (222233334444)", "AdministratorAccess, Developer, ReadOnly"} < set(page.text)


def scripts_and_images(page: Page) -> list[str]:
    """Return a page's script and image elements; the access portal has one script of its own."""
    return [each for each in page.elements if each in ("script", "img")]


def test_account_names_are_escaped(start: StartSimulator) -> None:
    """Account names in the access portal are shown as text."""
    world = generate(accounts=20, roles=8, awkward=True)
    page = open_page(start(world), "/start")
    assert scripts_and_images(page) == ["script"]
    assert {f"{each.name or each.id} ({each.id})" for each in world.accounts} < set(page.text)


def test_user_names_are_escaped(start: StartSimulator, connect: ConnectSdk) -> None:
    """User names are shown as text, in the access portal and in the consent form."""
    account = Account("000000000001", EVIL)
    assigned = frozenset({(account.id, "ReadOnly")})
    users = [User(EVIL, assigned), User('" autofocus onfocus="alert(1)', assigned)]
    simulator = start(World([account], [PermissionSet("ReadOnly")], users))
    page = open_page(simulator, "/start")
    assert scripts_and_images(page) == ["script"]
    assert {EVIL, f"{EVIL} (000000000001)", users[1].name} < set(page.text)
    started = Client.register(connect(simulator).oidc).start(simulator)
    choice = open_page(simulator, f"/device?user_code={started['userCode']}")
    assert (set(choice.elements) & {"script", "img"}, choice.form.options) == (set(), [each.name for each in users])


def test_client_names_are_escaped(simulator: Simulator, sdk: Sdk) -> None:
    """Client names are shown as text, for a user code and for an authorization request."""
    named = without_metadata(
        sdk.oidc.register_client(
            clientName=EVIL, clientType="public", scopes=["sso:account:access"], redirectUris=[pkce.REGISTERED_URI]
        )
    )
    client = Client(sdk.oidc, named["clientId"], named["clientSecret"])
    for target in (f"/device?user_code={client.start(simulator)['userCode']}", pkce.authorize_target(client)):
        page = open_page(simulator, target)
        assert (set(page.elements) & {"script", "img"}, EVIL in page.text) == (set(), True)


def test_lone_surrogate(simulator: Simulator, sdk: Sdk) -> None:
    """A lone surrogate in a client name, which UTF-8 cannot encode, is shown as a question mark."""
    response = fetch(simulator, "POST", "/client/register", {"clientName": "x\ud800", "clientType": "public"}).json()
    client = Client(sdk.oidc, response["clientId"], response["clientSecret"])
    page = open_page(simulator, f"/device?user_code={client.start(simulator)['userCode']}")
    assert (page.response.status, "x?" in page.text) == (200, True)


def test_security_headers(simulator: Simulator, sdk: Sdk) -> None:
    """Pages cannot run scripts, load resources or be framed, cached or interpreted as another type."""
    client = Client.register(sdk.oidc)
    targets = ["/device", f"/device?user_code={client.start(simulator)['userCode']}", "/authorize"]
    for target in [*targets, "/device?user_code=x", "/console", "/federation"]:
        headers = fetch(simulator, "GET", target).headers
        actual = {name: headers.get(name) for name in SECURITY_HEADERS}
        assert actual == SECURITY_HEADERS


def test_access_portal_script(simulator: Simulator) -> None:
    """The start page allows only its own script, which follows shortcut links."""
    response = fetch(simulator, "GET", "/start")
    script = re.findall("<script>(.*?)</script>", response.body.decode(), re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = POLICY.format(origin="").replace("style-src", f"script-src 'sha256-{digest}'; style-src")
    assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS | {
        "content-security-policy": policy
    }


def test_form_action_of_the_consent_form(simulator: Simulator, sdk: Sdk) -> None:
    """The CSP allows the consent form to redirect to the client's origin, as Chromium requires."""
    response = fetch(simulator, "GET", pkce.authorize_target(pkce.register(sdk.oidc)))
    assert response.headers["content-security-policy"] == POLICY.format(origin=" http://127.0.0.1:54321")


@pytest.mark.parametrize(("users", "hidden"), [(["alex"], True), (["alex", "robin"], False)])
def test_single_user(start: StartSimulator, connect: ConnectSdk, users: list[str], hidden: bool) -> None:
    """With only one user, the choice of the user is hidden."""
    simulator = start(World([], [], [User(name) for name in users]))
    started = Client.register(connect(simulator).oidc).start(simulator)
    page = open_page(simulator, f"/device?user_code={started['userCode']}")
    assert ("<label hidden>" in page.response.body.decode(), page.form.options) == (hidden, users)
