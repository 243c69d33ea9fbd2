"""`ssohelper login` and `configure`: a person becomes a token that every AWS tool sees."""

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in, sign_in_by_commands


@pytest.fixture
def asking() -> Iterator[Simulator]:
    """An Identity Center where a person has to approve."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


def configured(home: Home, identity_center: Simulator) -> Home:
    """The home folder with the session `acme`."""
    url, region = identity_center.start_url, identity_center.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    return home


def started(home: Home, *words: str) -> tuple["subprocess.Popen[str]", str]:
    """A login under way, and the user code that it shows."""
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


def test_what_tests_begin_with(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """The sign-in with which other tests begin is what the commands leave, file by file, and asks for the same."""
    left = []
    for name, way in {"by-commands": sign_in_by_commands, "by-test": sign_in}.items():
        home = make_home(name, **identity_center.environment)
        identity_center.counters.reset()
        way(home, identity_center)
        files = {
            str(path.relative_to(home.path)): (path.stat().st_mode, shape(path))
            for path in home.path.rglob("*")
            if path.parent.name != "locks"
        }
        left.append((files, identity_center.counters.calls))
    del left[0][0][".local/state/ssohelper/locks"]
    assert left[0] == left[1]


def shape(path: Path) -> object:
    """What stands in a file, but for what is another one each time."""
    if path.suffix != ".json":
        return path.read_text() if path.is_file() else None
    changing = {"accessToken", "refreshToken", "clientId", "clientSecret", "signed_in_at"}
    facts = json.loads(path.read_bytes())
    return [(key, None if key in changing else re.sub(r"\d", "0", str(value))) for key, value in facts.items()]


def test_approved(make_home: Callable[..., Home], asking: Simulator) -> None:
    """Once the person approves, the token file is what the AWS CLI would have written, where it looks for it."""
    home = configured(make_home(**asking.environment), asking)
    process, code = started(home)
    asking.approve(code)
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert (errors.splitlines()[-1], process.returncode) == (
        "ssohelper: signed in to acme, 59m left, renews itself",
        0,
    )
    path = home.path / ".aws" / "sso" / "cache" / f"{hashlib.sha1(b'acme').hexdigest()}.json"  # noqa: S324
    token = json.loads(path.read_bytes())
    assert list(token) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
        "refreshToken",
    ]  # fmt: skip
    assert (token["startUrl"], token["region"]) == (asking.start_url, "us-east-1")
    assert path.stat().st_mode & 0o777 == 0o600


def test_denied(make_home: Callable[..., Home], asking: Simulator) -> None:
    """Where the person denies, the exit code is 130 and there is no token."""
    home = configured(make_home(**asking.environment), asking)
    process, code = started(home)
    asking.deny(code)
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert errors.splitlines()[-2:] == [
        "ssohelper: the sign-in was denied in the browser",
        "hint: ssohelper login --session acme",
    ]
    assert process.returncode == 130
    assert "CreateToken" in asking.counters.calls
    assert home.ssohelper("accounts").returncode == 4


def test_fresh(signed_in: Home, identity_center: Simulator) -> None:
    """A fresh sign-in is left alone without a call; --force signs in again."""
    identity_center.counters.reset()
    done = signed_in.ssohelper("login")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: already signed in to acme, 59m left, renews itself\n",
        0,
    )
    assert identity_center.counters.calls == {}
    assert signed_in.ssohelper("login", "--force").returncode == 0
    assert identity_center.counters.calls["StartDeviceAuthorization"] == 1
    # The client registration is good for months: it is used again.
    assert identity_center.counters.calls["RegisterClient"] == 0


def test_json(signed_in: Home, identity_center: Simulator) -> None:
    """--json tells until when, and whether there was anything to do."""
    facts = json.loads(signed_in.ssohelper("login", "--json").stdout)
    expires_at = facts.pop("expires_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", expires_at)
    assert facts == {
        "session": "acme",
        "start_url": identity_center.start_url,
        "region": "us-east-1",
        "renews_itself": True,
        "already_signed_in": True,
    }


def test_many_at_once(make_home: Callable[..., Home], asking: Simulator) -> None:
    """However many logins run at once, the person is asked once."""
    home = configured(make_home(**asking.environment), asking)
    first, code = started(home)
    words = command("ssohelper", "login")
    more = [
        subprocess.Popen(words, env=home.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in more:
        assert process.stderr is not None
        assert (
            process.stderr.readline() == f"ssohelper: waiting for the sign-in to acme: process {first.pid} is at it\n"
        )
    asking.approve(code)
    first.communicate(timeout=HANG_SECONDS)
    told = [process.communicate(timeout=HANG_SECONDS)[1] for process in more]
    assert told == ["ssohelper: signed in to acme, 59m left, renews itself\n"] * 3
    assert asking.counters.calls["StartDeviceAuthorization"] == 1


def test_force_wants_a_new_sign_in(make_home: Callable[..., Home], asking: Simulator) -> None:
    """Who waits with --force takes a new sign-in of another, but never the old one."""
    home = configured(make_home(**asking.environment), asking)
    first, code = started(home)
    asking.approve(code)
    first.communicate(timeout=HANG_SECONDS)
    holder, _ = started(home, "--force")
    words = command("ssohelper", "login", "--force")
    waiter = subprocess.Popen(
        words, env=home.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert waiter.stderr is not None
    assert waiter.stderr.readline().startswith("ssohelper: waiting for the sign-in to acme")
    holder.kill()
    holder.communicate(timeout=HANG_SECONDS)
    shown = [waiter.stderr.readline() for _ in range(4)]
    asking.approve(shown[-1].strip())
    assert (
        waiter.communicate(timeout=HANG_SECONDS)[1].splitlines()[-1]
        == "ssohelper: signed in to acme, 59m left, renews itself"
    )
    assert asking.counters.calls["StartDeviceAuthorization"] == 3


def test_the_browser(make_home: Callable[..., Home], asking: Simulator) -> None:
    """The device page is opened in the person's browser on a terminal alone, and not with --no-browser."""
    home = configured(make_home(**asking.environment), asking)
    opened = home.path / "opened"
    browser = home.path / "browser"
    browser.write_text(f'#!/bin/sh\necho opening; printf %s "$1" > {opened}\n')
    browser.chmod(0o700)
    home.environment["BROWSER"] = str(browser)
    for more, opens in ((["--no-browser"], False), (["--device-code"], True)):
        login = home.terminal("login", "--force", *more)
        login.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
        assert isinstance(login.match, re.Match)
        code = login.match[1]
        began = time.monotonic()
        while opens and not opened.exists() and time.monotonic() - began < HANG_SECONDS:
            time.sleep(0.05)
        asking.approve(code)
        login.expect(pexpect.EOF)
        login.close()
        assert (login.exitstatus, opened.exists()) == (0, opens)
    assert opened.read_text() == f"{asking.url}/device?user_code={code}"
    opened.unlink()
    process, code = started(home, "--force")
    asking.approve(code)
    process.communicate(timeout=HANG_SECONDS)
    assert not opened.exists()


def test_configure_asks(make_home: Callable[..., Home], asking: Simulator) -> None:
    """On a terminal configure asks for what is missing, and offers a name."""
    home = make_home(**asking.environment)
    asked = home.terminal("configure")
    for question, answer in (
        ("start URL, such as https://acme.awsapps.com/start: ", "https://acme.awsapps.com/start"),
        ("region of IAM Identity Center, such as eu-central-1: ", "eu-central-1"),
        ("name of the session [acme]: ", ""),
    ):
        asked.expect_exact(question)
        asked.sendline(answer)
    asked.expect(pexpect.EOF)
    assert home.config.read_text() == (
        "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n"
        "sso_registration_scopes = sso:account:access\n"
    )


def test_configure_mends(home: Home) -> None:
    """What a session lacks is added; what it says otherwise is changed with --replace alone, and nothing else is."""
    home.config.parent.mkdir()
    home.config.write_text(
        "# mine\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\n\n[default]\n"
    )
    words = ("configure", "--session", "acme", "--region", "eu-west-1", "--start-url")
    assert home.ssohelper(*words, "https://acme.awsapps.com/start").returncode == 0
    assert home.ssohelper(*words, "https://other.awsapps.com/start").returncode == 2
    assert home.ssohelper(*words, "https://other.awsapps.com/start", "--replace").returncode == 0
    assert home.config.read_text() == (
        "# mine\n[sso-session acme]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_registration_scopes = sso:account:access\n\n[default]\n"
    )


def test_secrets_stay_private(signed_in: Home, identity_center: Simulator) -> None:
    """No file that holds a secret can be read by others, and nothing that is printed holds one."""
    sign_in(signed_in, identity_center, "beta")
    cache = [json.loads(path.read_bytes()) for path in signed_in.path.rglob("*.json")]
    secrets = {each[key] for each in cache for key in ("accessToken", "refreshToken", "clientSecret") if key in each}
    assert len(secrets) >= 6
    for path in signed_in.path.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
    # A bug deep inside, of the kind that prints its traceback: the call is under way with the token in hand.
    broken = signed_in.path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import botocore.httpsession as h\ndef send(self, request): raise RuntimeError('broken')\n"
        "h.URLLib3Session.send = send\n"
    )
    for words in (("accounts",), ("roles",), ("login", "--force"), ("sync", "--yes")):
        done = signed_in.ssohelper(*words, "--session", "acme", SSOHELPER_TRACEBACK="1", PYTHONPATH=str(broken))
        assert "RuntimeError" in done.stderr
        assert not [secret for secret in secrets if secret in done.stdout + done.stderr]


def test_folders_are_private(signed_in: Home) -> None:
    """The folders that ssohelper makes can be entered by their owner only."""
    made = [Path(".aws"), Path(".aws/sso"), Path(".aws/sso/cache"), Path(".local/state/ssohelper")]
    assert {str(each): oct((signed_in.path / each).stat().st_mode & 0o777) for each in made} == {
        str(each): "0o700" for each in made
    }
