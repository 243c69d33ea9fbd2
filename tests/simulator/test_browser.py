"""A person at a real browser approves, denies, and is taken back to where they came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World, generate
from tests.fixtures import pkce
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, oauth
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.webdriver import Browser, chromium

ALLOW, DENY = "button[value=approve]", "button[value=deny]"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this module, as it takes seconds to start."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@contextmanager
def callback() -> Iterator[tuple[str, "Queue[str]"]]:
    """The address of a client that waits for its redirect, and the paths and queries that it is asked for."""
    asked: Queue[str] = Queue()

    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Say thanks, and remember what was asked for."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><p>back at the client")
            if self.path.startswith("/oauth/callback"):
                asked.put(self.path)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Visit) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/oauth/callback", asked
        server.shutdown()
        thread.join()


def parameters(asked: "Queue[str]") -> dict[str, list[str]]:
    """The parameters of the one redirect that came."""
    found = parse_qs(urlsplit(asked.get(timeout=60)).query)
    assert asked.empty()
    return found


def test_a_code_is_typed_and_allowed(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """Someone opens the address that their device shows, types the code, chooses who they are, and allows it."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    browser.open(started["verificationUri"])
    browser.type("input[name=user_code]", started["userCode"].lower().replace("-", " "))
    browser.click("button")
    assert browser.sees(started["userCode"])
    browser.type("select[name=user]", "robin@example.com")
    browser.click(ALLOW)
    assert browser.sees("Request approved")
    tokens = client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 2


def test_a_code_is_denied(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """Someone follows the complete address and denies it; going back in the browser cannot change that."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    browser.open(started["verificationUriComplete"])
    browser.click(DENY)
    assert browser.sees("Request denied")
    browser.open(started["verificationUriComplete"])
    assert browser.sees("Unknown code")
    assert client.refused(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth("access_denied")


def test_a_browser_brings_the_code_back(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """Someone allows a client with PKCE: the browser follows the redirect, and the code becomes tokens."""
    client = pkce.register(sdk.oidc)
    with callback() as (address, asked):
        browser.open(simulator.url + pkce.authorize(client, redirect_uri=address))
        assert browser.sees("a test")
        browser.click(ALLOW)
        assert browser.sees("back at the client")
        found = parameters(asked)
    assert (sorted(found), found["state"]) == (["code", "state"], ["a state"])
    tokens = pkce.redeem(client, found["code"][0], redirectUri=address)
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8


def test_a_browser_brings_the_refusal_back(simulator: Simulator, sdk: Sdk, browser: Browser) -> None:
    """Someone denies a client with PKCE: the browser follows the redirect, without a code."""
    client = pkce.register(sdk.oidc)
    with callback() as (address, asked):
        browser.open(simulator.url + pkce.authorize(client, redirect_uri=address))
        browser.click(DENY)
        assert browser.sees("back at the client")
        assert parameters(asked) == {"error": ["access_denied"], "state": ["a state"]}


def test_nothing_that_someone_named_runs(start: Start, connect: Connect, browser: Browser) -> None:
    """Names that are scripts are shown as they are written, and change nothing in a real browser either."""
    evil = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
    account = Account("000000000001", evil)
    simulator = start(World([account], [PermissionSet("Admin")], [User(evil, frozenset({(account.id, "Admin")}))]))
    browser.open(simulator.start_url)
    assert browser.sees(evil)
    started = named(connect(simulator).oidc, evil).start(simulator)
    browser.open(started["verificationUriComplete"])
    assert browser.sees(evil)
    assert browser.run("return [document.title, document.scripts.length, document.images.length]") == [
        "Allow access?",
        0,
        0,
    ]


def named(oidc: Any, name: str) -> Client:
    """A client of this name."""
    answer = oidc.register_client(clientName=name, clientType="public")
    return Client(oidc, answer["clientId"], answer["clientSecret"])


def test_a_shortcut_link_is_followed(simulator: Simulator, browser: Browser) -> None:
    """The access portal's script leads to the console as a role; also where the portal is open already."""
    browser.open(simulator.start_url)
    assert browser.sees("AWS access portal")
    destination = "https%3A%2F%2Fus-west-2.console.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Dus-west-2"
    query = f"account_id=333344445555&role_name=ReadOnly&destination={destination}"
    browser.open(f"{simulator.start_url}#/console?{query}")
    assert browser.sees("Sign in as")
    browser.click(ALLOW)
    assert browser.sees("Service: ec2")  # the page before speaks of the console, too
    assert browser.run("return document.body.innerText.split(/\\n+/).slice(1, 6)") == [
        "User: alex@example.com",
        "Account: payments-prod (333344445555)",
        "Role: ReadOnly",
        "Service: ec2",
        "Region: us-west-2",
    ]


def test_the_access_portal_is_readable(start: Start, browser: Browser) -> None:
    """Awkward names stand in the access portal as a person would read them."""
    world = generate(accounts=15, roles=2, awkward=True)
    simulator = start(world)
    browser.open(simulator.start_url)
    names = [" ".join((each.name or each.id).split()) for each in world.accounts]
    assert [browser.sees(name) for name in names] == [True] * 15
