"""`ssohelper login` in this machine's browser: requests, files, and failures."""

import fcntl
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pexpect
import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import (
    SIGNED_IN,
    browser_script,
    cached_files,
    desktop_home,
    follow_redirects,
    redirect_target,
    start_login,
)
from tests.fixtures.clients import aws_cli_2, use_simulator
from tests.fixtures.components import absent
from tests.fixtures.home import Home
from tests.fixtures.sockets import get_request, is_listening, response_to

LOGIN_HINT = "hint: ssohelper login --session acme"


@pytest.fixture
def manual() -> Iterator[Simulator]:
    """An Identity Center in which a person has to approve each sign-in."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


@pytest.fixture
def person(make_home: Callable[..., Home], manual: Simulator) -> Home:
    """A home folder with a browser, in an unusual time zone; a person has to approve each sign-in."""
    return desktop_home(make_home(**manual.environment, TZ="XYZ-5:45"), manual)


@pytest.fixture
def ready(home: Home, identity_center: Simulator) -> Home:
    """A home folder with a browser; the Identity Center approves each sign-in."""
    return desktop_home(home, identity_center)


def test_authorization_url(ready: Home) -> None:
    """The URL is an authorization request with PKCE and a redirect to 127.0.0.1; its secrets are new each time."""
    logins = []
    for _ in range(2):
        login = start_login(ready, "--force")
        follow_redirects(login)
        login.finish()
        logins.append(login)
    for login in logins:
        assert login.url == f"{ready.environment['AWS_ENDPOINT_URL_SSO_OIDC']}/authorize?{urlsplit(login.url).query}"
        assert {**login.query, "state": "", "code_challenge": ""} == {
            "response_type": "code",
            "client_id": cached_files(ready)[1][1]["clientId"],
            "redirect_uri": f"http://127.0.0.1:{login.port}/oauth/callback",
            "state": "",
            "code_challenge_method": "S256",
            # In AWS's spelling: the RFC has `scope`.
            "scopes": "sso:account:access",
            "code_challenge": "",
        }
        # 32 bytes in base64url without padding.
        for name in ("state", "code_challenge"):
            assert re.fullmatch(r"[A-Za-z0-9_-]{43}", login.query[name])
    for name in ("state", "code_challenge"):
        assert logins[0].query[name] != logins[1].query[name]


def test_files(ready: Home, identity_center: Simulator) -> None:
    """The files are those of the AWS CLI; the next sign-in reuses the registration."""
    login = start_login(ready)
    follow_redirects(login)
    assert login.finish() == ([SIGNED_IN], 0)
    facts = {
        "tool": "botocore",
        "startUrl": identity_center.start_url,
        "region": "us-east-1",
        "scopes": ["sso:account:access"],
        "session_name": "acme",
    }
    names = [hashlib.sha1(text.encode()).hexdigest() for text in ("acme", json.dumps(facts, sort_keys=True))]  # noqa: S324
    (token_path, token), (registration_path, registration) = cached_files(ready)
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
    again = start_login(ready, "--force")
    follow_redirects(again)
    assert again.finish() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls == {"RegisterClient": 1, "CreateToken": 2}
    # Registrations for the browser and for device codes are separate, as in the AWS CLI.
    ready.terminal("login", "--force", "--no-browser").expect(pexpect.EOF)
    assert identity_center.counters.calls["RegisterClient"] == 2
    assert list(cached_files(ready)[1][1]) == ["clientId", "clientSecret", "expiresAt", "scopes"]


TOKEN = """\
import boto3
print(boto3.Session(profile_name="management.ReadOnly")._session.get_auth_token().get_frozen_token().token)
"""


@pytest.mark.full
def test_other_tools(ready: Home, identity_center: Simulator) -> None:
    """Botocore uses and refreshes the token, AWS CLI 2 gets role credentials with it, and it still works here."""
    login = start_login(ready)
    follow_redirects(login)
    login.finish()
    assert ready.ssohelper("sync", "--yes").returncode == 0
    (path, token), _ = cached_files(ready)
    assert ready.run(sys.executable, "-c", TOKEN).stdout == f"{token['accessToken']}\n"
    ten_minutes = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
    path.write_text(json.dumps({**token, "expiresAt": ten_minutes}))
    identity_center.counters.reset()
    refreshed = ready.run(sys.executable, "-c", TOKEN).stdout.strip()
    assert refreshed != token["accessToken"]
    assert cached_files(ready)[0][1]["accessToken"] == refreshed
    assert identity_center.counters.calls == {"CreateToken": 1}
    use_simulator(ready, identity_center)
    done = ready.run(aws_cli_2(), "configure", "export-credentials", "--profile", "management.ReadOnly")
    issued = identity_center.issued(json.loads(done.stdout)["AccessKeyId"])
    assert (issued.account_id, issued.role_name) == ("111122223333", "ReadOnly")
    done = ready.ssohelper("login")
    assert done.stderr == f"{SIGNED_IN.replace('signed', 'already signed')}\n"


def listening_addresses(home: Home, port: int) -> list[str]:
    """The addresses, in the kernel's notation, that were listening on a port when the browser started."""
    rows = [line.split() for line in (home.path / "listening").read_text().splitlines()]
    # An address is ADDRESS:PORT in hexadecimal; the state 0A is LISTEN.
    return [row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]


def test_listens_on_loopback(ready: Home) -> None:
    """It listens on 127.0.0.1 only, before the browser starts, and not after the sign-in."""
    if not Path("/proc/net/tcp").exists():
        absent("/proc/net/tcp does not exist")
    login = start_login(ready)
    assert listening_addresses(ready, login.port) == [f"0100007F:{login.port:04X}"]
    follow_redirects(login)
    login.finish()
    assert not is_listening(login.port)


@pytest.mark.full
def test_reload(ready: Home, identity_center: Simulator) -> None:
    """A page that is loaded twice is the same both times, and the code is exchanged once."""
    login = start_login(ready)
    identity_center.faults.add("CreateToken", Fault.hang(1))
    target = redirect_target(login)
    pages: list[bytes] = []
    request = get_request(login.port, target)
    threads = [Thread(target=lambda: pages.append(response_to(login.port, request))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages == [pages[0], pages[0]]
    assert b"Signed in to acme" in pages[0]
    assert login.finish() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["CreateToken"] == 1


def test_rejected_code(ready: Home) -> None:
    """If the service rejects the code, page and terminal say so; the exit code is 4."""
    login = start_login(ready)
    page = response_to(login.port, get_request(login.port, login.callback_target())).decode()
    assert re.findall(r"<(?:h1|p)>(.*)</", page) == [
        "Not signed in to acme",
        "Identity Center rejected the authorization code.",
        "See the terminal for what to do next.",
    ]
    error = "ssohelper: Identity Center rejected the authorization code"
    assert login.finish() == ([error, LOGIN_HINT], 4)
    assert ["accessToken" in data for _, data in cached_files(ready)] == [False]


def test_escaped_error(ready: Home) -> None:
    """The error code of the service is escaped, on the page and on the terminal."""
    login = start_login(ready)
    error = "%3Cimg%20src=x%3E%1B%5B31m%0D%0Aok"
    target = f"/oauth/callback?error={error}&state={login.query['state']}"
    page = response_to(login.port, get_request(login.port, target)).decode()
    assert "<p>Sign-in failed: &lt;img src=x&gt;" in page
    assert login.finish() == (
        ["ssohelper: sign-in failed: <img src=x> [31m  ok", LOGIN_HINT],
        4,
    )


@pytest.mark.full
def test_service_fails(ready: Home, identity_center: Simulator) -> None:
    """If the code cannot be exchanged for now, page and terminal say so; the exit code is 5."""
    login = start_login(ready)
    identity_center.faults.add("CreateToken", Fault.error(500), None)
    assert re.findall(r"<(?:h1|p)>(.*)</", follow_redirects(login))[:2] == [
        "Not signed in to acme",
        "Identity Center returned HTTP 500.",
    ]
    lines, code = login.finish()
    assert (lines[0], code) == ("ssohelper: Identity Center returned HTTP 500", 5)


def test_rejected_registration(ready: Home, identity_center: Simulator) -> None:
    """A client registration that the service rejected is not used again."""
    login = start_login(ready)
    identity_center.faults.add("CreateToken", Fault.error(401, "InvalidClientException"))
    assert "Not signed in to acme" in follow_redirects(login)
    lines, code = login.finish()
    assert (lines, code != 0) == (
        ["ssohelper: Identity Center rejected the client registration", LOGIN_HINT],
        True,
    )
    again = start_login(ready)
    follow_redirects(again)
    assert again.finish() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["RegisterClient"] == 2


@pytest.mark.full
def test_interrupted(ready: Home, identity_center: Simulator) -> None:
    """Ctrl-C ends it with exit code 130; no file, lock or open port is left."""
    before = set(ready.tree())
    login = start_login(ready)
    login.terminal.sendintr()
    lines, code = login.finish()
    assert ("".join(lines).removeprefix("^C"), code) == ("ssohelper: cancelled", 130)
    assert not is_listening(login.port)
    assert set(ready.tree()) - before == {"url", "listening"}
    locks = list((ready.state / "locks").glob("*.lock"))
    assert len(locks) > 0
    for path in locks:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert identity_center.counters.calls == {"RegisterClient": 1}


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", None], ids=["fails", "is missing"])
def test_browser_fails(person: Home, manual: Simulator, script: str | None) -> None:
    """If BROWSER cannot be started, a device code is shown, and the port is closed."""
    person.environment["BROWSER"] = browser_script(person, script) if script else "/nowhere/browser"
    terminal = person.terminal("login")
    terminal.expect(r"http://\S+/authorize\?(\S+)")
    assert isinstance(terminal.match, re.Match)
    port = urlsplit(dict(parse_qsl(terminal.match[1]))["redirect_uri"]).port or 0
    terminal.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
    assert isinstance(terminal.before, str)
    assert "ssohelper: could not open a browser: signing in with a device code" in terminal.before
    assert not is_listening(port)
    manual.approve(terminal.match[1])
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert isinstance(terminal.before, str)
    assert (SIGNED_IN in terminal.before, terminal.exitstatus) == (True, 0)


# Runs until the page is loaded, like text browsers, and those that BROWSER names by their path.
FOREGROUND = f"""\
#!{sys.executable}
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
with opener.open(sys.argv[1], timeout=15) as answer:
    page = answer.read()
with open(sys.argv[0] + ".page", "wb") as file:
    file.write(page)
"""


def test_browser_in_the_foreground(ready: Home, identity_center: Simulator) -> None:
    """A BROWSER that runs until it is closed shows the page, and signs in."""
    ready.environment["BROWSER"] = browser_script(ready, FOREGROUND)
    terminal = ready.terminal("login")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert isinstance(terminal.before, str)
    assert (SIGNED_IN in terminal.before, terminal.exitstatus) == (True, 0)
    assert identity_center.counters.calls == {"RegisterClient": 1, "CreateToken": 1}
    assert "Signed in to acme" in (ready.path / "bin" / "browser.page").read_text()


CHROME = FOREGROUND.replace("sys.argv[1]", "sys.argv[-1]").replace(
    "import sys,", "import sys; open(sys.argv[0] + '.words', 'w').write(' '.join(sys.argv[1:-1]))\nimport"
)


def test_browser_for_a_session(ready: Home) -> None:
    """With `sign_in_browser`, each session has a browser profile of its own."""
    ready.settings.parent.mkdir(parents=True)
    ready.settings.write_text('[defaults]\nsign_in_browser = "chrome-profiles"\n')
    chrome = ready.path / "bin" / "google-chrome"
    chrome.write_text(CHROME)
    chrome.chmod(0o700)
    terminal = ready.terminal("login")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert isinstance(terminal.before, str)
    assert (SIGNED_IN in terminal.before, terminal.exitstatus) == (True, 0)
    folder, first_run = Path(f"{chrome}.words").read_text().split()
    assert (folder.rpartition("-")[0], first_run) == ("--profile-directory=ssohelper-acme", "--no-first-run")


def test_browser_is_missing(ready: Home) -> None:
    """If the browser that the settings name is not installed, the hint says where to name another one."""
    ready.settings.parent.mkdir(parents=True)
    ready.settings.write_text('[defaults]\nsign_in_browser = "firefox-containers"\n')
    terminal = ready.terminal("login")
    terminal.expect_exact("browser not found: Firefox (sign_in_browser is firefox-containers)")
    terminal.expect_exact('hint: in config.toml: browser = "/..."')
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1
