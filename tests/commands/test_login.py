"""`ssohelper login` by device code."""

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in, sign_in_by_commands


@pytest.fixture
def manual() -> Iterator[Simulator]:
    """An Identity Center in which a person has to approve each sign-in."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


def configured(home: Home, identity_center: Simulator) -> Home:
    """The home folder, with the session `acme` configured."""
    url, region = identity_center.start_url, identity_center.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    return home


def start_login(home: Home, *words: str) -> tuple["subprocess.Popen[str]", str]:
    """A running `login`, and the user code that it shows."""
    process = subprocess.Popen(
        command("ssohelper", "login", *words),
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        found = re.fullmatch(r"  ([A-Z]{4}-[A-Z]{4})\n", line)
        if found:
            return process, found[1]
    raise AssertionError(f"no code: {process.wait()}")


def test_sign_in_fixture(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """The fixture `sign_in` makes the same files and requests as the commands."""
    made = []
    for name, function in {"by-commands": sign_in_by_commands, "by-test": sign_in}.items():
        home = make_home(name, **identity_center.environment)
        identity_center.counters.reset()
        function(home, identity_center)
        files = {
            str(path.relative_to(home.path)): (path.stat().st_mode, shape(path))
            for path in home.path.rglob("*")
            if path.parent.name != "locks"
        }
        made.append((files, identity_center.counters.calls))
    del made[0][0][".local/state/ssohelper/locks"]
    assert made[0] == made[1]


def shape(path: Path) -> object:
    """The content of a file, without values that differ each time."""
    if path.suffix != ".json":
        return path.read_text() if path.is_file() else None
    changing = {"accessToken", "refreshToken", "clientId", "clientSecret", "signed_in_at"}
    facts = json.loads(path.read_bytes())
    return [(key, None if key in changing else re.sub(r"\d", "0", str(value))) for key, value in facts.items()]


def test_approved(make_home: Callable[..., Home], manual: Simulator) -> None:
    """Once the person approves, the token file is what the AWS CLI would have written."""
    home = configured(make_home(**manual.environment), manual)
    process, code = start_login(home)
    manual.approve(code)
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert (errors.splitlines()[-1], process.returncode) == (
        "ssohelper: signed in to acme",
        0,
    )
    path = home.path / ".aws" / "sso" / "cache" / f"{hashlib.sha1(b'acme').hexdigest()}.json"  # noqa: S324
    token = json.loads(path.read_bytes())
    assert list(token) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
        "refreshToken",
    ]  # fmt: skip
    assert (token["startUrl"], token["region"]) == (manual.start_url, "us-east-1")
    assert path.stat().st_mode & 0o777 == 0o600


def test_denied(make_home: Callable[..., Home], manual: Simulator) -> None:
    """If the person denies, the exit code is 130 and there is no token."""
    home = configured(make_home(**manual.environment), manual)
    process, code = start_login(home)
    manual.deny(code)
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert errors.splitlines()[-2:] == [
        "ssohelper: the sign-in was denied in the browser",
        "hint: ssohelper login --session acme",
    ]
    assert process.returncode == 130
    assert "CreateToken" in manual.counters.calls
    assert home.ssohelper("accounts").returncode == 4


def test_already_signed_in(signed_in: Home, identity_center: Simulator) -> None:
    """A valid sign-in is kept, without a request; --force signs in again."""
    identity_center.counters.reset()
    done = signed_in.ssohelper("login")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: already signed in to acme\n",
        0,
    )
    assert identity_center.counters.calls == {}
    assert signed_in.ssohelper("login", "--force").returncode == 0
    assert identity_center.counters.calls["StartDeviceAuthorization"] == 1
    # The client registration is valid for months: it is reused.
    assert identity_center.counters.calls["RegisterClient"] == 0


def test_json(signed_in: Home, identity_center: Simulator) -> None:
    """--json has the expiration, and whether a sign-in was needed."""
    facts = json.loads(signed_in.ssohelper("login", "--json").stdout)
    expires_at = facts.pop("expires_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", expires_at)
    assert facts == {
        "session": "acme",
        "start_url": identity_center.start_url,
        "region": "us-east-1",
        "auto_refresh": True,
        "already_signed_in": True,
    }


@pytest.mark.full
def test_concurrent_logins(make_home: Callable[..., Home], manual: Simulator) -> None:
    """The person is asked once, however many logins run at the same time."""
    home = configured(make_home(**manual.environment), manual)
    first, code = start_login(home)
    words = command("ssohelper", "login")
    more = [
        subprocess.Popen(words, env=home.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in more:
        assert process.stderr is not None
        assert process.stderr.readline() == f"ssohelper: waiting for process {first.pid} (sign-in to acme)\n"
    manual.approve(code)
    first.communicate(timeout=HANG_SECONDS)
    errors = [process.communicate(timeout=HANG_SECONDS)[1] for process in more]
    assert errors == ["ssohelper: signed in to acme\n"] * 3
    assert manual.counters.calls["StartDeviceAuthorization"] == 1


@pytest.mark.full
def test_force_while_another_signs_in(make_home: Callable[..., Home], manual: Simulator) -> None:
    """A login that waits with --force uses the new sign-in of another process, but never the old one."""
    home = configured(make_home(**manual.environment), manual)
    first, code = start_login(home)
    manual.approve(code)
    first.communicate(timeout=HANG_SECONDS)
    holder, _ = start_login(home, "--force")
    words = command("ssohelper", "login", "--force")
    waiter = subprocess.Popen(
        words, env=home.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert waiter.stderr is not None
    assert waiter.stderr.readline().endswith(f"{holder.pid} (sign-in to acme)\n")
    holder.kill()
    holder.communicate(timeout=HANG_SECONDS)
    shown = [waiter.stderr.readline() for _ in range(4)]
    manual.approve(shown[-1].strip())
    assert waiter.communicate(timeout=HANG_SECONDS)[1].splitlines()[-1] == "ssohelper: signed in to acme"
    assert manual.counters.calls["StartDeviceAuthorization"] == 3


def test_opens_browser(make_home: Callable[..., Home], manual: Simulator) -> None:
    """The device page is opened in a browser only on a terminal, and not with --no-browser."""
    home = configured(make_home(**manual.environment), manual)
    opened = home.path / "opened"
    browser = home.path / "browser"
    browser.write_text(f'#!/bin/sh\necho opening; printf %s "$1" > {opened}\n')
    browser.chmod(0o700)
    home.environment["BROWSER"] = str(browser)
    for options, opens in ((["--no-browser"], False), (["--device-code"], True)):
        login = home.terminal("login", "--force", *options)
        login.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
        assert isinstance(login.match, re.Match)
        code = login.match[1]
        began = time.monotonic()
        while opens and not opened.exists() and time.monotonic() - began < HANG_SECONDS:
            time.sleep(0.05)
        manual.approve(code)
        login.expect(pexpect.EOF)
        login.close()
        assert (login.exitstatus, opened.exists()) == (0, opens)
    assert opened.read_text() == f"{manual.url}/device?user_code={code}"
    opened.unlink()
    process, code = start_login(home, "--force")
    manual.approve(code)
    process.communicate(timeout=HANG_SECONDS)
    assert not opened.exists()


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"CODESPACES": "true"}, "this is a GitHub codespace"),
        (
            {"BROWSER": "/vscode/bin/linux-x64/1/bin/helpers/browser.sh"},
            "the browser of this terminal is on another machine",
        ),
        ({"BROWSER": "w3m"}, "BROWSER is a text browser"),
    ],
)
def test_browser_cannot_return(
    make_home: Callable[..., Home], manual: Simulator, variables: dict[str, str], reason: str
) -> None:
    """Where no browser can return to this process, the person approves a code, even with a DISPLAY."""
    home = configured(make_home(**manual.environment, DISPLAY=":0", **variables), manual)
    login = home.terminal("login")
    login.expect_exact(f"ssohelper: signing in with a device code: {reason}\r\n")
    login.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
    assert isinstance(login.match, re.Match)
    manual.approve(login.match[1])
    login.expect_exact("signed in to acme")
    login.expect(pexpect.EOF)


def test_browser_setting_without_terminal(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """Without a terminal no browser is opened, even with `sign_in = "browser"`; the reason is said."""
    home = configured(make_home(**identity_center.environment, DISPLAY=":0"), identity_center)
    opened = home.path / "opened"
    browser = home.path / "browser"
    browser.write_text(f"#!/bin/sh\ntouch {opened}\n")
    browser.chmod(0o700)
    home.environment["BROWSER"] = str(browser)
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text('[defaults]\nsign_in = "browser"\n')
    done = home.ssohelper("login")
    reason = "ssohelper: signing in with a device code: there is no terminal"
    assert (done.returncode, done.stderr.splitlines()[0], opened.exists()) == (0, reason, False)


def test_contradicting_session(home: Home, identity_center: Simulator) -> None:
    """`--session` and the profile's session must agree; SSOHELPER_SESSION gives way to a profile."""
    configured(home, identity_center)
    with home.config.open("a") as file:
        file.write("[profile p]\nsso_session = acme\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n")
        file.write(f"[sso-session beta]\nsso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n")
    refused = "ssohelper: profile 'p' is for session acme, not beta\nhint: omit --session\n"
    for words in (("login",), ("env",), ("exec",), ("console", "--print")):
        done = home.ssohelper(*words, "--session", "beta", "--profile", "p")
        assert (done.stderr, done.returncode) == (refused, 2), words
    done = home.ssohelper("env", "--session", "beta", AWS_PROFILE="p")
    assert (done.stderr, done.returncode) == (refused, 2)
    assert home.ssohelper("login", "--profile", "p", SSOHELPER_SESSION="beta").returncode == 0
    for profile, more in ((("--profile", "p"), {}), ((), {"AWS_PROFILE": "p"})):
        done = home.ssohelper("env", "--format", "json", *profile, SSOHELPER_SESSION="beta", **more)
        assert done.returncode == 0, done.stderr


def test_json_event(make_home: Callable[..., Home], manual: Simulator) -> None:
    """While a person is needed, --json has printed the page and the code, and waits; the result is the last line."""
    home = configured(make_home(**manual.environment), manual)
    pipe = subprocess.PIPE
    words = command("ssohelper", "login", "--json")
    with subprocess.Popen(
        words, env=home.environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
    ) as login:
        assert login.stdout is not None
        event = json.loads(login.stdout.readline())
        assert login.poll() is None
        manual.approve(event["user_code"])
        printed, errors = login.communicate(timeout=HANG_SECONDS)
    home.record(("login", "--json"), printed, errors)
    assert event == {
        "event": "waiting",
        "session": "acme",
        "url": f"{manual.url}/device?user_code={event['user_code']}",
        "user_code": event["user_code"],
        "expires_at": event["expires_at"],
    }
    (result,) = map(json.loads, printed.splitlines())
    assert (result["session"], result["already_signed_in"], login.returncode) == ("acme", False, 0)
