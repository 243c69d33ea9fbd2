"""`ssohelper login` in the browser of this machine: what the person sees, what others may try, what is left."""

import fcntl
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures import webdriver as webdriver
from tests.fixtures.browser_logins import (
    SIGNED_IN,
    at_a_desk,
    browser_of,
    cached,
    come_back,
    get,
    is_open,
    redirected,
    sent,
    started,
)
from tests.fixtures.clients import aws_cli_2, lead
from tests.fixtures.components import absent
from tests.fixtures.home import Home
from tests.fixtures.webdriver import Browser, chromium

ALLOW, DENY = "button[value=approve]", "button[value=deny]"
LOGIN_HINT = "hint: ssohelper login --session acme"
ZONE = timezone(timedelta(hours=5, minutes=45), "XYZ")


@pytest.fixture
def asking() -> Iterator[Simulator]:
    """An Identity Center where a person has to approve."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


@pytest.fixture
def person(make_home: Callable[..., Home], asking: Simulator) -> Home:
    """The home folder of a person who has to approve, in a zone of their own."""
    return at_a_desk(make_home(**asking.environment, TZ="XYZ-5:45"), asking)


@pytest.fixture
def desk(home: Home, identity_center: Simulator) -> Home:
    """The home folder of a person whose Identity Center approves by itself."""
    return at_a_desk(home, identity_center)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this module, as it takes seconds to start."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def command(browser: Browser, path: str, members: Mapping[str, Any]) -> Any:
    """A command of chromedriver's own, which a Browser has no method for."""
    return webdriver._call("POST", f"{browser._session}/{path}", members)


def complaints(browser: Browser) -> list[Any]:
    """What the browser has written to its console since it was asked last."""
    found: list[Any] = command(browser, "se/log", {"type": "browser"})
    return found


def prefer(browser: Browser, scheme: str) -> None:
    """Let the person prefer a colour scheme."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    command(browser, "goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})


# Every text of the page with its colour and the colour that it stands on.
COLOURS = """\
const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim();
  let under = walker.currentNode.parentElement;
  const ink = getComputedStyle(under).color;
  while (getComputedStyle(under).backgroundColor === "rgba(0, 0, 0, 0)") under = under.parentElement;
  if (text) found.push([text, ink, getComputedStyle(under).backgroundColor]);
}
return found;
"""


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(R, G, B)`: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", colour)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.1 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_approved(person: Home, asking: Simulator, browser: Browser) -> None:
    """Who approves comes back to a page that says who is signed in until when, and says it once that is true."""
    login = started(person)
    browser.open(login.url)
    complaints(browser)
    asking.faults.add("CreateToken", Fault.hang(1.5))
    browser.click(ALLOW)
    assert browser.sees("Signed in")
    token = cached(person)[0][1]
    ends = datetime.fromisoformat(str(token["expiresAt"])).astimezone(ZONE)
    assert browser.run("return document.body.innerText.split(/\\n+/)") == [
        "Signed in to acme",
        f"Its access token is good until {ends:%H:%M} (XYZ), and renews itself while the sign-in lasts.",
        "You can close this tab and go back to the terminal.",
    ]
    assert login.ends() == ([SIGNED_IN], 0)


@pytest.mark.parametrize("decision", [ALLOW, DENY])
def test_the_page_stands_alone(person: Home, browser: Browser, decision: str) -> None:
    """The page needs nothing from elsewhere, runs nothing, and leaves nothing for the browser to complain about."""
    login = started(person)
    browser.open(login.url)
    complaints(browser)
    browser.click(decision)
    assert browser.sees("igned in to acme")
    elements = "link, script, img, iframe, object, embed, form, base, [src], [href], [style], [onclick], [onload]"
    assert (
        browser.run("return performance.getEntriesByType('resource').map(each => each.name)"),
        browser.run(f"return [...document.querySelectorAll('{elements}')].map(each => each.outerHTML)"),
        complaints(browser),
    ) == ([], [], [])
    login.ends()


@pytest.mark.parametrize("decision", [ALLOW, DENY])
def test_the_page_is_readable(person: Home, browser: Browser, decision: str) -> None:
    """In light and in dark every text of the page has the contrast of WCAG's level AA, and dark is dark."""
    login = started(person)
    browser.open(login.url)
    browser.click(decision)
    assert browser.sees("igned in to acme")
    login.ends()
    pale, grounds = [], []
    for scheme in ("light", "dark"):
        prefer(browser, scheme)
        texts = browser.run(COLOURS)
        assert len(texts) == 3
        pale += [(scheme, *each) for each in texts if contrast(each[1], each[2]) < 4.5]
        grounds.append(min(luminance(ground) for _, _, ground in texts) > 0.5)
    assert (pale, grounds) == ([], [True, False])


def test_a_hostile_name(make_home: Callable[..., Home], asking: Simulator, browser: Browser) -> None:
    """A session's name is shown as it is written, whatever a browser could take it for."""
    name = '<b>&"x'
    login = started(at_a_desk(make_home(**asking.environment), asking, name, f"sso-session '{name}'"))
    browser.open(login.url)
    complaints(browser)
    browser.click(ALLOW)
    assert browser.sees("Signed in")
    assert browser.run(
        "return [document.title, document.querySelector('h1').textContent, document.querySelectorAll('b').length]"
    ) == [f"Signed in to {name} - ssohelper", f"Signed in to {name}", 0]
    assert complaints(browser) == []
    assert login.ends() == ([f"ssohelper: signed in to {name}, 59m left, renews itself"], 0)


def test_denied(person: Home, asking: Simulator, browser: Browser) -> None:
    """Who denies is told so in the browser and in the terminal: 130, and no token."""
    login = started(person)
    browser.open(login.url)
    browser.click(DENY)
    assert browser.sees("Not signed in")
    assert browser.run("return document.body.innerText.split(/\\n+/)") == [
        "Not signed in to acme",
        "The sign-in was denied in the browser.",
        "The terminal says what can be done.",
    ]
    assert login.ends() == (["ssohelper: the sign-in was denied in the browser", LOGIN_HINT], 130)
    assert ["accessToken" in data for _, data in cached(person)] == [False]
    assert asking.counters.calls == {"RegisterClient": 1}


def test_the_address(desk: Home) -> None:
    """The page that opens is asked for a code by PKCE, to be brought to 127.0.0.1; no two are asked alike."""
    logins = []
    for _ in range(2):
        login = started(desk, "--force")
        come_back(login)
        login.ends()
        logins.append(login)
    for login in logins:
        assert login.url == f"{desk.environment['AWS_ENDPOINT_URL_SSO_OIDC']}/authorize?{urlsplit(login.url).query}"
        assert {**login.asked, "state": "", "code_challenge": ""} == {
            "response_type": "code",
            "client_id": cached(desk)[1][1]["clientId"],
            "redirect_uri": f"http://127.0.0.1:{login.port}/oauth/callback",
            "state": "",
            "code_challenge_method": "S256",
            # AWS's name for the list.
            "scopes": "sso:account:access",
            "code_challenge": "",
        }
        # 32 bytes each in base64url without padding: the challenge is a SHA-256, the state is as hard to guess.
        for name in ("state", "code_challenge"):
            assert re.fullmatch(r"[A-Za-z0-9_-]{43}", login.asked[name])
    for name in ("state", "code_challenge"):
        assert logins[0].asked[name] != logins[1].asked[name]


def test_the_files(desk: Home, identity_center: Simulator) -> None:
    """Token and registration are the AWS CLI's files to the letter; the next sign-in uses the registration again."""
    login = started(desk)
    come_back(login)
    assert login.ends() == ([SIGNED_IN], 0)
    facts = {
        "tool": "botocore",
        "startUrl": identity_center.start_url,
        "region": "us-east-1",
        "scopes": ["sso:account:access"],
        "session_name": "acme",
    }
    names = [hashlib.sha1(text.encode()).hexdigest() for text in ("acme", json.dumps(facts, sort_keys=True))]  # noqa: S324
    (token_path, token), (registration_path, registration) = cached(desk)
    assert [token_path.stem, registration_path.stem] == names
    assert [path.stat().st_mode & 0o777 for path in (token_path, registration_path)] == [0o600, 0o600]
    assert list(token) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
        "refreshToken",
    ]  # fmt: skip
    assert list(registration.items()) == [
        ("clientId", token["clientId"]),
        ("clientSecret", token["clientSecret"]),
        ("expiresAt", token["registrationExpiresAt"]),
        ("scopes", ["sso:account:access"]),
        ("grantTypes", ["authorization_code", "refresh_token"]),
    ]
    again = started(desk, "--force")
    come_back(again)
    assert again.ends() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls == {"RegisterClient": 1, "CreateToken": 2}
    # A registration of the one kind is none for the other, as with the AWS CLI.
    desk.terminal("login", "--force", "--no-browser").expect(pexpect.EOF)
    assert identity_center.counters.calls["RegisterClient"] == 2
    assert list(cached(desk)[1][1]) == ["clientId", "clientSecret", "expiresAt", "scopes"]


TOKEN = """\
import boto3
print(boto3.Session(profile_name="management.ReadOnly")._session.get_auth_token().get_frozen_token().token)
"""


def test_other_tools(desk: Home, identity_center: Simulator) -> None:
    """Botocore uses and renews the sign-in, AWS CLI 2 gets role credentials with it, and it stays good for us."""
    login = started(desk)
    come_back(login)
    login.ends()
    assert desk.ssohelper("sync", "--yes").returncode == 0
    (path, token), _ = cached(desk)
    assert desk.run(sys.executable, "-c", TOKEN).stdout == f"{token['accessToken']}\n"
    ten_minutes = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
    path.write_text(json.dumps({**token, "expiresAt": ten_minutes}))
    identity_center.counters.reset()
    renewed = desk.run(sys.executable, "-c", TOKEN).stdout.strip()
    assert renewed != token["accessToken"]
    assert (cached(desk)[0][1]["accessToken"], identity_center.counters.calls) == (renewed, {"CreateToken": 1})
    lead(desk, identity_center)
    done = desk.run(aws_cli_2(), "configure", "export-credentials", "--profile", "management.ReadOnly")
    issued = identity_center.issued(json.loads(done.stdout)["AccessKeyId"])
    assert (issued.account_id, issued.role_name) == ("111122223333", "ReadOnly")
    done = desk.ssohelper("login")
    assert done.stderr == f"{SIGNED_IN.replace('signed', 'already signed')}\n"


def listening(home: Home, port: int) -> list[str]:
    """The local addresses, as the kernel writes them, at which somebody listened when the browser started."""
    rows = [line.split() for line in (home.path / "listening").read_text().splitlines()]
    # An address is ADDRESS:PORT in hexadecimal; the state 0A is LISTEN.
    return [row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]


def test_where_it_listens(desk: Home) -> None:
    """The login listens on 127.0.0.1 alone, before the browser starts; and no more when it is over."""
    if not Path("/proc/net/tcp").exists():
        absent("the kernel does not tell who listens")
    login = started(desk)
    assert listening(desk, login.port) == [f"0100007F:{login.port:04X}"]
    come_back(login)
    login.ends()
    assert not is_open(login.port)


def test_a_reload(desk: Home, identity_center: Simulator) -> None:
    """A page that is loaded twice shows the same twice, and its code is exchanged once."""
    login = started(desk)
    identity_center.faults.add("CreateToken", Fault.hang(1))
    target = redirected(login)
    pages: list[bytes] = []
    threads = [Thread(target=lambda: pages.append(sent(login.port, get(login.port, target)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages == [pages[0], pages[0]]
    assert b"Signed in to acme" in pages[0]
    assert login.ends() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["CreateToken"] == 1


def test_a_code_that_is_no_good(desk: Home) -> None:
    """A code that the service refuses ends the login with 4; the page and the terminal say so."""
    login = started(desk)
    page = sent(login.port, get(login.port, login.way_back())).decode()
    assert re.findall(r"<(?:h1|p)>(.*)</", page) == [
        "Not signed in to acme",
        "Identity Center did not take the code that the browser brought.",
        "The terminal says what can be done.",
    ]
    why = "ssohelper: Identity Center did not take the code that the browser brought"
    assert login.ends() == ([why, LOGIN_HINT], 4)
    assert ["accessToken" in data for _, data in cached(desk)] == [False]


def test_an_error_in_strange_words(desk: Home) -> None:
    """The service's own word for an error is shown as it is: it steers neither the page nor the terminal."""
    login = started(desk)
    error = "%3Cimg%20src=x%3E%1B%5B31m%0D%0Aok"
    page = sent(login.port, get(login.port, f"/oauth/callback?error={error}&state={login.asked['state']}")).decode()
    assert "<p>Identity Center ended the sign-in: &lt;img src=x&gt;" in page
    assert login.ends() == (
        ["ssohelper: Identity Center ended the sign-in: <img src=x> [31m  ok", LOGIN_HINT],
        4,
    )


def test_a_service_that_fails(desk: Home, identity_center: Simulator) -> None:
    """Where the code cannot be exchanged for now the login ends with 5, and the page does not claim otherwise."""
    login = started(desk)
    identity_center.faults.add("CreateToken", Fault.error(500), None)
    assert re.findall(r"<(?:h1|p)>(.*)</", come_back(login))[:2] == [
        "Not signed in to acme",
        "Identity Center answered HTTP 500.",
    ]
    lines, code = login.ends()
    assert (lines[0], code) == ("ssohelper: Identity Center answered HTTP 500", 5)


def test_a_registration_that_is_refused(desk: Home, identity_center: Simulator) -> None:
    """A client registration that the service takes no more is not used a second time."""
    login = started(desk)
    identity_center.faults.add("CreateToken", Fault.error(401, "InvalidClientException"))
    assert "Not signed in to acme" in come_back(login)
    lines, code = login.ends()
    assert (lines, code != 0) == (
        ["ssohelper: Identity Center does not know this client registration", LOGIN_HINT],
        True,
    )
    again = started(desk)
    come_back(again)
    assert again.ends() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["RegisterClient"] == 2


def test_a_registration_that_is_forgotten(person: Home, asking: Simulator, browser: Browser) -> None:
    """Who sees in the browser that the client is unknown, and gives up, gets a new client the next time."""
    login = started(person)
    browser.open(login.url)
    browser.click(ALLOW)
    assert browser.sees("Signed in to acme")
    assert login.ends() == ([SIGNED_IN], 0)
    path, registration = next(each for each in cached(person) if "grantTypes" in each[1])
    path.write_text(json.dumps({**registration, "clientId": "forgotten"}))
    login = started(person, "--force")
    assert login.asked["client_id"] == "forgotten"
    browser.open(login.url)
    assert browser.sees("Unknown client")
    login.terminal.sendintr()
    login.ends()
    login = started(person, "--force")
    assert login.asked["client_id"] != "forgotten"
    browser.open(login.url)
    browser.click(ALLOW)
    assert browser.sees("Signed in to acme")
    assert login.ends() == ([SIGNED_IN], 0)


def test_interrupted(desk: Home, identity_center: Simulator) -> None:
    """Ctrl-C ends the wait with 130, and nothing is left of it."""
    before = set(desk.tree())
    login = started(desk)
    login.terminal.sendintr()
    lines, code = login.ends()
    assert ("".join(lines).removeprefix("^C"), code) == ("ssohelper: cancelled", 130)
    assert not is_open(login.port)
    assert set(desk.tree()) - before == {"url", "listening"}
    locks = list((desk.state / "locks").glob("*.lock"))
    assert len(locks) > 0
    for path in locks:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert identity_center.counters.calls == {"RegisterClient": 1}


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", None], ids=["fails", "is missing"])
def test_no_browser_after_all(person: Home, asking: Simulator, script: str | None) -> None:
    """Where BROWSER does not work there is a code to approve, and nobody listens any more."""
    person.environment["BROWSER"] = browser_of(person, script) if script else "/nowhere/browser"
    terminal = person.terminal("login")
    terminal.expect(r"http://\S+/authorize\?(\S+)")
    assert isinstance(terminal.match, re.Match)
    port = urlsplit(dict(parse_qsl(terminal.match[1]))["redirect_uri"]).port or 0
    terminal.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
    assert isinstance(terminal.before, str)
    assert "ssohelper: no browser could be opened here: signing in by code" in terminal.before
    assert not is_open(port)
    asking.approve(terminal.match[1])
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert isinstance(terminal.before, str)
    assert (terminal.before.splitlines()[-1], terminal.exitstatus) == (SIGNED_IN, 0)


# A browser that runs until its window is closed, as those do that BROWSER names by their path, and text browsers.
FOREGROUND = f"""\
#!{sys.executable}
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
with opener.open(sys.argv[1], timeout=15) as answer:
    page = answer.read()
with open(sys.argv[0] + ".page", "wb") as file:
    file.write(page)
"""


def test_a_browser_in_the_foreground(desk: Home, identity_center: Simulator) -> None:
    """A BROWSER that ends only when the person closes it shows the page all the same, and signs in."""
    desk.environment["BROWSER"] = browser_of(desk, FOREGROUND)
    terminal = desk.terminal("login")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert isinstance(terminal.before, str)
    assert (terminal.before.splitlines()[-1], terminal.exitstatus) == (SIGNED_IN, 0)
    assert identity_center.counters.calls == {"RegisterClient": 1, "CreateToken": 1}
    assert "Signed in to acme" in (desk.path / "bin" / "browser.page").read_text()
