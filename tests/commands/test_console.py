"""`ssohelper console`: which link is opened, in which browser, and when it is printed."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.refusals import Refusal, assert_refused
from tests.fixtures.sockets import get_request, is_listening, response_to
from tests.fixtures.webdriver import Browser, chromium

ACCOUNT, ROLE = "333344445555", "ReadOnly"
CONSOLE = "https://eu-central-1.console.aws.amazon.com"
FRANKFURT = f"{CONSOLE}/console/home?region=eu-central-1"
OPENING = f"ssohelper: opening the console as {ROLE} in {ACCOUNT}\n"

RUNS_ON = """\
#!/bin/sh
echo $$ >"$0.words"
echo noise; echo noise >&2
exec sleep 30
"""
# Writes its arguments, one per line, to a file beside itself.
RECORDER = """\
#!/bin/sh
printf '%s\\n' "$@" >"$0.new"
mv "$0.new" "$0.words"
"""


@pytest.fixture
def configured(home: Home, identity_center: Simulator) -> Home:
    """A home folder with profiles for two roles and a browser, not signed in."""
    lines = ["[sso-session acme]", f"sso_start_url = {identity_center.start_url}", "sso_region = us-east-1"]
    for name, account, role in (("pay", ACCOUNT, ROLE), ("other", "111122223333", "ReadOnly")):
        lines += [f"[profile {name}]", "sso_session = acme", f"sso_account_id = {account}", f"sso_role_name = {role}"]
        lines += ["region = eu-central-1"]
    home.config.parent.mkdir()
    home.config.write_text("\n".join([*lines, ""]))
    home.environment.update(BROWSER=program(home, "browser"), NO_COLOR="1")
    return home


@pytest.fixture
def ready(configured: Home) -> Home:
    """The same, signed in."""
    done = configured.ssohelper("login")
    assert done.returncode == 0, done.stderr
    return configured


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests in this module, since it takes seconds to start."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def program(home: Home, name: str, script: str = RECORDER) -> str:
    """Write a script to the folder `programs`; returns its path."""
    path = home.path / "programs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(0o700)
    return str(path)


def arguments_of(path: str) -> list[str]:
    """Wait until a recorder was started; returns its arguments."""
    record = Path(f"{path}.words")
    deadline = time.monotonic() + HANG_SECONDS
    while not record.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.02)
    return record.read_text().splitlines()


def set_settings(home: Home, text: str) -> None:
    """Write config.toml."""
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text(f"[defaults]\n{text}\n")


def link(simulator: Simulator, page: str | None = FRANKFURT, account: str = ACCOUNT, role: str = ROLE) -> str:
    """The link of the access portal."""
    page = f"&destination={quote(page, safe='')}" if page else ""
    return f"{simulator.start_url}/#/console?account_id={account}&role_name={role}{page}"


BY_IDS = ("--account-id", ACCOUNT, "--role-name", ROLE)
# A role without a profile.
NO_PROFILE = ("--account-id", ACCOUNT, "--role-name", "Other")


PAGES = {
    ("pay",): FRANKFURT,
    ("--profile", "pay"): FRANKFURT,
    # With the region of a profile for the same role, if there is one.
    BY_IDS: FRANKFURT,
    (*BY_IDS, "--service", "ec2"): f"{CONSOLE}/ec2/home?region=eu-central-1",
    # Else with that of the session.
    (*NO_PROFILE, "--service", "ec2"): "https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1",
    NO_PROFILE: "https://us-east-1.console.aws.amazon.com/console/home?region=us-east-1",
    (*BY_IDS, "--region", "us-west-2"): "https://us-west-2.console.aws.amazon.com/console/home?region=us-west-2",
    ("pay", "--service", "s3"): f"{CONSOLE}/s3/home?region=eu-central-1",
    ("pay", "--service", "s3/buckets/x", "--region", "us-west-2"): (
        "https://us-west-2.console.aws.amazon.com/s3/buckets/x?region=us-west-2"
    ),
}


def test_links(configured: Home, identity_center: Simulator) -> None:
    """The link is for the role, and for the page of a service or region; it needs no request."""
    done = {words: configured.ssohelper("console", *words, "--print") for words in PAGES}
    printed = {words: (each.stdout, each.stderr, each.returncode) for words, each in done.items()}
    assert printed == {
        words: (f"{link(identity_center, page, role='Other' if 'Other' in words else ROLE)}\n", "", 0)
        for words, page in PAGES.items()
    }
    assert identity_center.counters.calls == {}


def test_default_role(configured: Home, identity_center: Simulator) -> None:
    """Without options, the role is that of AWS_PROFILE, else that of the enclosing `exec`."""
    inside = f"acme 111122223333 {ROLE}"
    printed = [
        configured.ssohelper("console", "--print", **more).stdout
        for more in (
            {"AWS_PROFILE": "pay"},
            {"SSOHELPER_EXEC": inside},
            {"AWS_PROFILE": "pay", "SSOHELPER_EXEC": inside},
        )
    ]
    pay, other = link(identity_center), link(identity_center, account="111122223333")
    assert printed == [f"{pay}\n", f"{other}\n", f"{pay}\n"]


@pytest.mark.full
def test_inside_exec(ready: Home, identity_center: Simulator) -> None:
    """Inside `exec`, the role is that of the job, whatever AWS_PROFILE was outside."""
    done = ready.ssohelper(
        "exec", "--profile", "pay", "--", command("ssohelper")[0], "console", "--print", AWS_PROFILE="other"
    )
    assert done.stdout == f"{link(identity_center)}\n"


def test_json(ready: Home, identity_center: Simulator) -> None:
    """--json has the link and the role, for both kinds of links."""
    role = {"session": "acme", "account_id": ACCOUNT, "role_name": ROLE, "region": "eu-central-1"}
    portal, federation = (
        json.loads(ready.ssohelper("console", "pay", "--json", *more).stdout) for more in ((), ("--federate",))
    )
    assert portal == {"url": link(identity_center), **role, "how": "portal"}
    assert federation == {"url": federation["url"], **role, "how": "federation"}
    parts = urlsplit(federation["url"])
    query = dict(parse_qsl(parts.query, strict_parsing=True))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{identity_center.url}/federation"
    assert query == {
        "Action": "login",
        "Issuer": f"{identity_center.start_url}/",
        "Destination": FRANKFURT,
        "SigninToken": query["SigninToken"],
    }
    assert identity_center.counters.calls["GetSigninToken"] == 1


SHOWN = ["User: alex@example.com", f"Account: payments-prod ({ACCOUNT})", f"Role: {ROLE}", "Service: s3"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("more", "seconds"),
    [((), 8 * 3600), (("--federate",), 8 * 3600), (("--federate", "--duration", "1h30m"), 5400)],
    ids=["portal", "federate", "duration"],
)
def test_in_a_browser(ready: Home, browser: Browser, more: tuple[str, ...], seconds: int) -> None:
    """A real browser that opens the link shows the console of the account and the role."""
    terminal = ready.terminal("console", "pay", "--service", "s3", *more)
    (url,) = arguments_of(ready.environment["BROWSER"])
    browser.open(url)
    assert browser.shows("AWS console")
    *shown, session = browser.run("return document.body.innerText.split(/\\n+/).slice(1, 7)")
    left = int(session.removeprefix("Session: ").removesuffix(" seconds"))  # the credentials are some seconds old
    assert (shown, seconds - left in range(60)) == ([*SHOWN, "Region: eu-central-1"], True)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (str(terminal.before).replace("\r", ""), terminal.exitstatus) == (OPENING, 0)


def test_public_link(configured: Home, identity_center: Simulator) -> None:
    """The link of the access portal is opened as it is, and nothing is printed on stdout."""
    done = configured.ssohelper("console", "pay")
    assert (done.stdout, done.stderr, done.returncode) == ("", OPENING, 0)
    assert arguments_of(configured.environment["BROWSER"]) == [link(identity_center)]


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", [("pay",), ("pay", "--federate")], ids=" ".join)
def test_no_input(ready: Home, words: tuple[str, ...]) -> None:
    """With --no-input no browser is opened: the link is shown, a secret one only on a terminal."""
    done = ready.ssohelper("console", *words, "--no-input")
    assert "no browser can be opened: SSOHELPER_NO_INPUT is set" in done.stderr
    assert done.returncode == (1 if "--federate" in words else 0)
    assert not Path(f"{ready.environment['BROWSER']}.words").exists()


@pytest.mark.full
def test_secret_link(ready: Home, identity_center: Simulator) -> None:
    """The browser gets a local URL that works once, with the right Host and path; then its port is closed."""
    terminal = ready.terminal("console", "pay", "--federate")
    (url,) = arguments_of(ready.environment["BROWSER"])
    parts = urlsplit(url)
    port = parts.port or 0
    assert (parts.scheme, parts.hostname, len(parts.path), parts.query) == ("http", "127.0.0.1", 44, "")
    right = get_request(port, parts.path)
    wrong = (
        get_request(port, "/"),
        get_request(port, f"{parts.path}x"),
        right.replace(b"127.0.0.1", b"evil.example"),
        right.replace(b"GET", b"POST"),
    )
    answers = [response_to(port, each) for each in wrong]
    assert [each.partition(b"\r\n")[0] for each in answers] == [b"HTTP/1.0 404 Not Found"] * 4
    redirect = response_to(port, right)
    assert redirect.startswith(b"HTTP/1.0 303 See Other\r\n")
    assert f"\r\nLocation: {identity_center.url}/federation?Action=login&".encode() in redirect
    assert not response_to(port, right).startswith(b"HTTP/1.0 303")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, is_listening(port)) == (0, False)


CHROME = f"--profile-directory=ssohelper-{ACCOUNT}-{ROLE}-d961bb32"


@pytest.mark.full
def test_chrome_profiles(configured: Home, identity_center: Simulator) -> None:
    """With chrome-profiles, each role has its own profile, in the first Chrome on PATH."""
    set_settings(configured, 'console_browser = "chrome-profiles"')
    chrome = program(configured, "google-chrome")
    done = configured.ssohelper("console", "pay", PATH=f"{Path(chrome).parent}:/usr/bin:/bin", DISPLAY=":0")
    assert (done.stderr, done.returncode) == (OPENING, 0)
    assert arguments_of(chrome) == [CHROME, "--no-first-run", link(identity_center)]
    assert not Path(f"{configured.environment['BROWSER']}.words").exists()


@pytest.mark.full
def test_firefox_containers(configured: Home, identity_center: Simulator) -> None:
    """With firefox-containers, each role has its own container, named like its profile."""
    firefox = program(configured, "a firefox")
    set_settings(configured, f'console_browser = "firefox-containers"\nbrowser = "{firefox}"')
    opened = []
    for given in (("pay",), BY_IDS):
        assert configured.ssohelper("console", *given).returncode == 0
        opened += arguments_of(firefox)
        Path(f"{firefox}.words").unlink()
    assert opened == [f"ext+container:name=pay&color=turquoise&url={quote(link(identity_center), safe='')}"] * 2


@pytest.mark.full
def test_browser_that_keeps_running(configured: Home) -> None:
    """A browser that keeps running is not waited for, outlives the command, and its output is not shown."""
    lasting = program(configured, "lasting", RUNS_ON)
    set_settings(configured, f'browser = "{lasting}"')
    done = configured.ssohelper("console", "pay")
    assert (done.stdout, done.stderr, done.returncode) == ("", OPENING, 0)
    (process,) = arguments_of(lasting)
    os.kill(int(process), signal.SIGTERM)  # raises if it has ended


FAILS = "#!/bin/sh\nexit 1\n"
HINT = "hint: run it again with --print, and open the link yourself\n"


NONE = "ssohelper: could not open a browser"


def test_browser_fails(configured: Home, identity_center: Simulator) -> None:
    """If the browser cannot be started, the default one or the chosen one, the link is printed."""
    failing = program(configured, "failing", FAILS)
    shown = f"{OPENING}{NONE}; open this page yourself\n\n  {link(identity_center)}\n\n"
    done = [configured.ssohelper("console", "pay", BROWSER=failing)]
    set_settings(configured, f'browser = "{failing}"')
    done.append(configured.ssohelper("console", "pay"))
    assert [(each.stdout, each.stderr, each.returncode) for each in done] == [("", shown, 1)] * 2


@pytest.mark.full
def test_browser_fails_for_secret_link(ready: Home, identity_center: Simulator) -> None:
    """If the browser cannot be started, a secret link is printed only on a terminal."""
    ready.environment["BROWSER"] = program(ready, "failing", FAILS)
    done = ready.ssohelper("console", "pay", "--federate")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"{OPENING}{NONE}, and the link is a secret\n{HINT}",
        1,
    )
    terminal = ready.terminal("console", "pay", "--federate")
    terminal.expect(pexpect.EOF)
    terminal.close()
    lines = [line for line in str(terminal.before).replace("\r", "").splitlines() if line]
    assert lines[2].startswith(f"  {identity_center.url}/federation?Action=login&")
    assert (lines[:2], lines[3:], terminal.exitstatus) == (
        [OPENING.strip(), f"{NONE}; open this page yourself"],
        ["ssohelper: do not share it: for 15 minutes, anyone who opens it is signed in as you"],
        1,
    )


def test_over_ssh(ready: Home, identity_center: Simulator) -> None:
    """Over SSH the link is printed instead of opened; a secret one only on a terminal."""
    done = ready.ssohelper("console", "pay", SSH_CONNECTION="x")
    reason = "ssohelper: no browser can be opened: this is an SSH session"
    assert (done.stderr, done.returncode) == (
        f"{reason}; open this page yourself\n\n  {link(identity_center)}\n\n",
        0,
    )
    identity_center.counters.reset()
    done = ready.ssohelper("console", "pay", "--federate", SSH_CONNECTION="x")
    assert (done.stderr, done.returncode) == (f"{reason}, and the link is a secret\n{HINT}", 1)
    assert identity_center.counters.calls == {}


FAULTS = [
    (
        Fault.error(400),
        f"AWS sign-in rejected a session of 12h for {ROLE} in {ACCOUNT} (HTTP 400)",
        "omit --duration, or use a shorter one",
        2,
    ),
    (
        Fault.error(400),
        f"AWS sign-in rejected the credentials of {ROLE} in {ACCOUNT} (HTTP 400)",
        "open the console without --federate",
        1,
    ),
    (Fault.error(503), "AWS sign-in returned HTTP 503", "run the command again in a minute", 5),
    (
        Fault.html(),
        "invalid response from AWS sign-in (a proxy or captive portal?)",
        "sign in to this network in a browser (hotel, airport, VPN), then run the command again",
        5,
    ),
    (
        Fault.dropped(),
        "can't reach AWS sign-in at 127.0.0.1:PORT: connection closed",
        "check the network, then run the command again",
        5,
    ),
]


@pytest.mark.full
def test_federation_fails(ready: Home, identity_center: Simulator) -> None:
    """Errors of the federation endpoint are reported with what to do, and nothing is opened."""
    errors = []
    for fault, *_, code in FAULTS:
        identity_center.faults.add("GetSigninToken", fault)
        more = ("--duration", "12h") if code == 2 else ()
        done = ready.ssohelper("console", "pay", "--federate", *more)
        errors.append((done.stdout, done.stderr.replace(str(identity_center.port), "PORT"), done.returncode))
    assert errors == [("", f"ssohelper: {message}\nhint: {hint}\n", code) for _, message, hint, code in FAULTS]
    assert not Path(f"{ready.environment['BROWSER']}.words").exists()


@pytest.mark.full
def test_through_a_proxy(ready: Home) -> None:
    """The federation endpoint is reached through the proxy of the environment, as in botocore."""
    redirected = {"AWS_ENDPOINT_URL_SIGNIN": "https://signin.invalid", "HTTPS_PROXY": "http://127.0.0.1:1"}
    done = ready.ssohelper("console", "pay", "--federate", "--print", **redirected)
    error = "can't connect to AWS sign-in: the proxy is unreachable\nhint: check HTTPS_PROXY"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {error}\n", 5)


def test_no_credentials_over_http(ready: Home, identity_center: Simulator) -> None:
    """The endpoint may only be redirected to https or this machine; otherwise no credentials are requested."""
    identity_center.counters.reset()
    redirected = {"AWS_ENDPOINT_URL_SIGNIN": "http://signin.example"}
    done = ready.ssohelper("console", "pay", "--federate", "--print", **redirected)
    error = "AWS_ENDPOINT_URL_SIGNIN must start with https://: 'http://signin.example'"
    assert (done.stderr, done.returncode) == (f"ssohelper: {error}\nhint: unset AWS_ENDPOINT_URL_SIGNIN\n", 2)
    assert identity_center.counters.calls == {}


def test_sensitive_role(ready: Home, identity_center: Simulator) -> None:
    """A sensitive role has to be unlocked for --federate; the link of the portal needs no credentials."""
    set_settings(ready, f'sensitive_roles = ["{ACCOUNT}/{ROLE}"]')
    done = ready.ssohelper("console", "pay", "--federate", "--print")
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith(f"ssohelper: {ROLE} in {ACCOUNT} is a sensitive role, and not unlocked\n")
    assert identity_center.counters.calls["GetSigninToken"] == 0
    assert ready.ssohelper("console", "pay", "--print").stdout == f"{link(identity_center)}\n"


def test_not_signed_in(configured: Home) -> None:
    """--federate needs a sign-in."""
    done = configured.ssohelper("console", "pay", "--federate")
    assert (done.stderr, done.returncode) == (
        "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n",
        4,
    )


def test_invalid_start_url(configured: Home) -> None:
    """An invalid start URL is not opened."""
    configured.config.write_text(
        configured.config.read_text().replace("sso_start_url = http://", "sso_start_url = ftp://")
    )
    done = configured.ssohelper("console", "pay", "--print")
    assert done.stderr.partition("'")[0] == "ssohelper: not a valid start URL: "
    assert done.stderr.rpartition("'")[2] == (" (expected https://…)\nhint: check sso_start_url in ~/.aws/config\n")
    assert done.returncode == 2


REFUSALS = [
    Refusal("console", "no profile or role given", "--profile NAME, or --account NAME --role ROLE"),
    Refusal(
        "console x",
        "profile 'x' not found in ~/.aws/config",
        "`ssohelper sync` adds a profile for each of your roles",
    ),
    Refusal("console x --profile y", "the profile is set twice: x, y", "omit one of them"),
    Refusal("console x --role y", "the role is set twice, by PROFILE and by options", "omit PROFILE, or the options"),
    Refusal("console pay --service s3?x", "not a valid console service: 's3?x'", "for example --service s3"),
    Refusal(
        "console pay --region eu-centrall-1",
        "not a valid AWS region: 'eu-centrall-1'; did you mean eu-central-1?",
        "check --region",
    ),
    Refusal(
        "console pay --region us-gov-west-1",
        "us-gov-west-1 is in another partition than acme (us-east-1)",
        "--region us-east-1",
    ),
    Refusal(
        "console pay --duration 1h",
        "--duration needs --federate",
        "ssohelper console --federate --duration 1h",
    ),
    Refusal(
        "console pay --federate --duration soon",
        "not a valid duration: 'soon' (expected 30m, 6h or 1h30m)",
        "--duration 1h",
    ),
    Refusal("console pay --federate --duration 14m", "--duration must be 15m to 12h, not 14m", "--duration 1h"),
]


@pytest.mark.full
@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.words)
def test_refusals(configured: Home, case: Refusal) -> None:
    """Invalid input is reported with what is expected, and nothing is opened."""
    assert_refused(configured, *case.words.split(), message=case.message, hint=case.hint, code=case.code)
