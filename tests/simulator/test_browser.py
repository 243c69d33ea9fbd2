"""The pages in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures import pkce
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, oauth_error
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.webdriver import Browser, chromium

ALLOW, DENY = "button[value=approve]", "button[value=deny]"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this module, because it takes seconds to start."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@contextmanager
def callback() -> Iterator[tuple[str, "Queue[str]"]]:
    """Run a client's redirect endpoint; yields its URL and the paths that were requested."""
    requested: Queue[str] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Respond, and record the path."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><p>back at the client")
            if self.path.startswith("/oauth/callback"):
                requested.put(self.path)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/oauth/callback", requested
        server.shutdown()
        thread.join()


def parameters(requested: "Queue[str]") -> dict[str, list[str]]:
    """Return the query parameters of the only redirect."""
    found = parse_qs(urlsplit(requested.get(timeout=60)).query)
    assert requested.empty()
    return found


def test_type_user_code_and_allow(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """The user opens the verification URL, types the code, chooses a user and allows the request."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    browser.open(started["verificationUri"])
    browser.type("input[name=user_code]", started["userCode"].lower().replace("-", " "))
    browser.click("button")
    assert browser.shows(started["userCode"])
    browser.type("select[name=user]", "robin@example.com")
    browser.click(ALLOW)
    assert browser.shows("Request approved")
    tokens = client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 2


def test_deny_user_code(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """The user opens the complete verification URL and denies; opening it again cannot change that."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    browser.open(started["verificationUriComplete"])
    browser.click(DENY)
    assert browser.shows("Request denied")
    browser.open(started["verificationUriComplete"])
    assert browser.shows("Unknown code")
    assert client.token_error(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth_error("access_denied")


def test_allow_pkce_client(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """The user allows a PKCE client; the browser follows the redirect, and the code is exchanged for tokens."""
    client = pkce.register(sdk.oidc)
    with callback() as (redirect_uri, requested):
        browser.open(simulator.url + pkce.authorize_target(client, redirect_uri=redirect_uri))
        assert browser.shows("a test")
        browser.click(ALLOW)
        assert browser.shows("back at the client")
        found = parameters(requested)
    assert (sorted(found), found["state"]) == (["code", "state"], ["a state"])
    tokens = pkce.redeem(client, found["code"][0], redirectUri=redirect_uri)
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8


def test_deny_pkce_client(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """The user denies a PKCE client; the browser follows the redirect with an error."""
    client = pkce.register(sdk.oidc)
    with callback() as (redirect_uri, requested):
        browser.open(simulator.url + pkce.authorize_target(client, redirect_uri=redirect_uri))
        browser.click(DENY)
        assert browser.shows("back at the client")
        assert parameters(requested) == {"error": ["access_denied"], "state": ["a state"]}


def test_names_are_not_executed(start: StartSimulator, connect: ConnectSdk, browser: Browser) -> None:
    """Account, user and client names that contain scripts are shown as text."""
    evil = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
    account = Account("000000000001", evil)
    simulator = start(World([account], [PermissionSet("Admin")], [User(evil, frozenset({(account.id, "Admin")}))]))
    browser.open(simulator.start_url)
    assert browser.shows(evil)
    started = register_client(connect(simulator).oidc, evil).start(simulator)
    browser.open(started["verificationUriComplete"])
    assert browser.shows(evil)
    assert browser.run("return [document.title, document.scripts.length, document.images.length]") == [
        "Allow access?",
        0,
        0,
    ]


def register_client(oidc: Any, name: str) -> Client:
    """Register a client with this name."""
    response = oidc.register_client(clientName=name, clientType="public")
    return Client(oidc, response["clientId"], response["clientSecret"])


def test_shortcut_link(simulator: Simulator, browser: Browser) -> None:
    """The access portal's script opens the console for a shortcut link, also if the portal is already open."""
    browser.open(simulator.start_url)
    assert browser.shows("AWS access portal")
    destination = "https%3A%2F%2Fus-west-2.console.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Dus-west-2"
    query = f"account_id=333344445555&role_name=ReadOnly&destination={destination}"
    browser.open(f"{simulator.start_url}#/console?{query}")
    assert browser.shows("Sign in as")
    browser.click(ALLOW)
    assert browser.shows("Service: ec2")  # the consent form mentions the console, too
    assert browser.run("return document.body.innerText.split(/\\n+/).slice(1, 6)") == [
        "User: alex@example.com",
        "Account: payments-prod (333344445555)",
        "Role: ReadOnly",
        "Service: ec2",
        "Region: us-west-2",
    ]


def test_awkward_names_in_the_access_portal(start: StartSimulator, browser: Browser) -> None:
    """Awkward account names are shown correctly."""
    world = generate(accounts=15, roles=2, awkward=True)
    simulator = start(world)
    browser.open(simulator.start_url)
    names = [" ".join((each.name or each.id).split()) for each in world.accounts]
    assert [browser.shows(name) for name in names] == [True] * 15
