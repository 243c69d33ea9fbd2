"""`ssohelper login` in a real browser: the page at the end of the sign-in."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures import webdriver
from tests.fixtures.browser_logins import (
    SIGNED_IN,
    cached_files,
    desktop_home,
    start_login,
)
from tests.fixtures.home import Home
from tests.fixtures.webdriver import Browser, chromium

ALLOW, DENY = "button[value=approve]", "button[value=deny]"
LOGIN_HINT = "hint: ssohelper login --session acme"
ZONE = timezone(timedelta(hours=5, minutes=45), "XYZ")


@pytest.fixture
def manual() -> Iterator[Simulator]:
    """An Identity Center in which a person has to approve each sign-in."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


@pytest.fixture
def person(make_home: Callable[..., Home], manual: Simulator) -> Home:
    """A home folder with a browser, in an unusual time zone; a person has to approve each sign-in."""
    return desktop_home(make_home(**manual.environment, TZ="XYZ-5:45"), manual)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests in this module, since it takes seconds to start."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def command(browser: Browser, path: str, members: Mapping[str, Any]) -> Any:
    """Send a command of chromedriver for which `Browser` has no method."""
    return webdriver._call("POST", f"{browser._session}/{path}", members)


def console_messages(browser: Browser) -> list[Any]:
    """The messages in the browser's console since the last call."""
    found: list[Any] = command(browser, "se/log", {"type": "browser"})
    return found


def prefer(browser: Browser, scheme: str) -> None:
    """Set the preferred colour scheme."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    command(browser, "goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})


# Every text of the page with its colour and its background colour.
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


def test_approved(person: Home, manual: Simulator, browser: Browser) -> None:
    """After approval the page says until when you are signed in, but not before the token is saved."""
    login = start_login(person)
    browser.open(login.url)
    console_messages(browser)
    manual.faults.add("CreateToken", Fault.hang(1.5))
    browser.click(ALLOW)
    assert browser.shows("Signed in")
    token = cached_files(person)[0][1]
    expiration = datetime.fromisoformat(str(token["expiresAt"])).astimezone(ZONE)
    assert browser.run("return document.body.innerText.split(/\\n+/)") == [
        "Signed in to acme",
        f"The access token is valid until {expiration:%H:%M} (XYZ) and is refreshed automatically.",
        "You can close this tab and return to the terminal.",
    ]
    assert login.finish() == ([SIGNED_IN], 0)


@pytest.mark.parametrize("decision", [ALLOW, DENY])
def test_self_contained(person: Home, browser: Browser, decision: str) -> None:
    """The page loads no resource, has no script, and causes no message in the browser's console."""
    login = start_login(person)
    browser.open(login.url)
    console_messages(browser)
    browser.click(decision)
    assert browser.shows("igned in to acme")
    elements = "link, script, img, iframe, object, embed, form, base, [src], [href], [style], [onclick], [onload]"
    assert (
        browser.run("return performance.getEntriesByType('resource').map(each => each.name)"),
        browser.run(f"return [...document.querySelectorAll('{elements}')].map(each => each.outerHTML)"),
        console_messages(browser),
    ) == ([], [], [])
    login.finish()


@pytest.mark.parametrize("decision", [ALLOW, DENY])
@pytest.mark.full
def test_contrast(person: Home, browser: Browser, decision: str) -> None:
    """Every text has the contrast of WCAG's level AA in both colour schemes, and the dark one is dark."""
    login = start_login(person)
    browser.open(login.url)
    browser.click(decision)
    assert browser.shows("igned in to acme")
    login.finish()
    low_contrast, is_light = [], []
    for scheme in ("light", "dark"):
        prefer(browser, scheme)
        texts = browser.run(COLOURS)
        assert len(texts) == 3
        low_contrast += [(scheme, *each) for each in texts if contrast(each[1], each[2]) < 4.5]
        is_light.append(min(luminance(background) for _, _, background in texts) > 0.5)
    assert (low_contrast, is_light) == ([], [True, False])


def test_escaped_name(make_home: Callable[..., Home], manual: Simulator, browser: Browser) -> None:
    """The name of the session is escaped."""
    name = '<b>&"x'
    login = start_login(desktop_home(make_home(**manual.environment), manual, name, f"sso-session '{name}'"))
    browser.open(login.url)
    console_messages(browser)
    browser.click(ALLOW)
    assert browser.shows("Signed in")
    assert browser.run(
        "return [document.title, document.querySelector('h1').textContent, document.querySelectorAll('b').length]"
    ) == [f"Signed in to {name} - ssohelper", f"Signed in to {name}", 0]
    assert console_messages(browser) == []
    assert login.finish() == ([f"ssohelper: signed in to {name}"], 0)


def test_denied(person: Home, manual: Simulator, browser: Browser) -> None:
    """If the person denies, browser and terminal say so; the exit code is 130, and there is no token."""
    login = start_login(person)
    browser.open(login.url)
    browser.click(DENY)
    assert browser.shows("Not signed in")
    assert browser.run("return document.body.innerText.split(/\\n+/)") == [
        "Not signed in to acme",
        "The sign-in was denied in the browser.",
        "See the terminal for what to do next.",
    ]
    assert login.finish() == (["ssohelper: the sign-in was denied in the browser", LOGIN_HINT], 130)
    assert ["accessToken" in data for _, data in cached_files(person)] == [False]
    assert manual.counters.calls == {"RegisterClient": 1}


@pytest.mark.full
def test_unknown_client(person: Home, manual: Simulator, browser: Browser) -> None:
    """If the browser shows that the client is unknown, the next login after Ctrl-C registers a new one."""
    login = start_login(person)
    browser.open(login.url)
    browser.click(ALLOW)
    assert browser.shows("Signed in to acme")
    assert login.finish() == ([SIGNED_IN], 0)
    path, registration = next(each for each in cached_files(person) if "grantTypes" in each[1])
    path.write_text(json.dumps({**registration, "clientId": "unknown"}))
    login = start_login(person, "--force")
    assert login.query["client_id"] == "unknown"
    browser.open(login.url)
    assert browser.shows("Unknown client")
    login.terminal.sendintr()
    login.finish()
    login = start_login(person, "--force")
    assert login.query["client_id"] != "unknown"
    browser.open(login.url)
    browser.click(ALLOW)
    assert browser.shows("Signed in to acme")
    assert login.finish() == ([SIGNED_IN], 0)
