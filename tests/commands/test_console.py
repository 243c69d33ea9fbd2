"""`ssohelper console`: which link is opened, in which browser, and who gets to see it."""

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
WITHOUT_A_SCREEN = ("BROWSER", "CI", "SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")

PATIENT = """\
#!/bin/sh
echo $$ >"$0.words"
echo noise; echo noise >&2
exec sleep 30
"""
# Leaves its arguments, a line each, beside itself.
RECORDER = """\
#!/bin/sh
printf '%s\\n' "$@" >"$0.new"
mv "$0.new" "$0.words"
"""


@pytest.fixture
def away(home: Home, identity_center: Simulator) -> Home:
    """The home folder of a person who sits at this machine, not signed in, with profiles for two roles."""
    lines = ["[sso-session acme]", f"sso_start_url = {identity_center.start_url}", "sso_region = us-east-1"]
    for name, account, role in (("pay", ACCOUNT, ROLE), ("other", "111122223333", "ReadOnly")):
        lines += [f"[profile {name}]", "sso_session = acme", f"sso_account_id = {account}", f"sso_role_name = {role}"]
        lines += ["region = eu-central-1"]
    home.config.parent.mkdir()
    home.config.write_text("\n".join([*lines, ""]))
    for variable in WITHOUT_A_SCREEN:
        home.environment.pop(variable, None)
    home.environment.update(BROWSER=program(home, "browser"), NO_COLOR="1")
    return home


@pytest.fixture
def desk(away: Home) -> Home:
    """The same, signed in."""
    done = away.ssohelper("login")
    assert done.returncode == 0, done.stderr
    return away


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this module, as it takes seconds to start."""
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def program(home: Home, name: str, script: str = RECORDER) -> str:
    """The path of a program that does this, in a folder of its own."""
    path = home.path / "programs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(0o700)
    return str(path)


def words(path: str) -> list[str]:
    """The arguments with which a recorder was started, once it was."""
    record = Path(f"{path}.words")
    deadline = time.monotonic() + HANG_SECONDS
    while not record.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.02)
    return record.read_text().splitlines()


def configured(home: Home, text: str) -> None:
    """Write config.toml."""
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text(f"[defaults]\n{text}\n")


def link(simulator: Simulator, page: str | None = FRANKFURT, account: str = ACCOUNT, role: str = ROLE) -> str:
    """The access portal's link."""
    page = f"&destination={quote(page, safe='')}" if page else ""
    return f"{simulator.start_url}/#/console?account_id={account}&role_name={role}{page}"


NAMED = ("--account-id", ACCOUNT, "--role-name", ROLE)
# A role for which there is no profile.
BARE = ("--account-id", ACCOUNT, "--role-name", "Other")


PAGES = {
    ("pay",): FRANKFURT,
    ("--profile", "pay"): FRANKFURT,
    # By the profile for the same role, where there is one.
    NAMED: FRANKFURT,
    (*NAMED, "--service", "ec2"): f"{CONSOLE}/ec2/home?region=eu-central-1",
    (*BARE, "--service", "ec2"): "https://console.aws.amazon.com/ec2/home",
    BARE: None,
    (*NAMED, "--region", "us-west-2"): "https://us-west-2.console.aws.amazon.com/console/home?region=us-west-2",
    ("pay", "--service", "s3"): f"{CONSOLE}/s3/home?region=eu-central-1",
    ("pay", "--service", "s3/buckets/x", "--region", "us-west-2"): (
        "https://us-west-2.console.aws.amazon.com/s3/buckets/x?region=us-west-2"
    ),
}


def test_the_link(away: Home, identity_center: Simulator) -> None:
    """The link leads to the role, and to a page where a service or a region is said; nobody is asked for it."""
    done = {given: away.ssohelper("console", *given, "--print") for given in PAGES}
    told = {given: (each.stdout, each.stderr, each.returncode) for given, each in done.items()}
    assert told == {
        given: (f"{link(identity_center, page, role='Other' if 'Other' in given else ROLE)}\n", "", 0)
        for given, page in PAGES.items()
    }
    assert identity_center.counters.calls == {}


def test_whose_console(away: Home, identity_center: Simulator) -> None:
    """Without a name it is the profile of AWS_PROFILE, else what `exec` runs under."""
    inside = f"acme 111122223333 {ROLE}"
    told = [
        away.ssohelper("console", "--print", **more).stdout
        for more in (
            {"AWS_PROFILE": "pay"},
            {"SSOHELPER_EXEC": inside},
            {"AWS_PROFILE": "pay", "SSOHELPER_EXEC": inside},
        )
    ]
    pay, other = link(identity_center), link(identity_center, account="111122223333")
    assert told == [f"{pay}\n", f"{other}\n", f"{pay}\n"]


def test_inside_of_exec(desk: Home, identity_center: Simulator) -> None:
    """Inside of `exec` it is the console of its role, whatever AWS_PROFILE was outside."""
    done = desk.ssohelper(
        "exec", "--profile", "pay", "--", command("ssohelper")[0], "console", "--print", AWS_PROFILE="other"
    )
    assert done.stdout == f"{link(identity_center)}\n"


def test_facts(desk: Home, identity_center: Simulator) -> None:
    """With --json the same comes as facts, for both ways."""
    facts = {"session": "acme", "account_id": ACCOUNT, "role_name": ROLE, "region": "eu-central-1"}
    portal, federation = (
        json.loads(desk.ssohelper("console", "pay", "--json", *more).stdout) for more in ((), ("--federate",))
    )
    assert portal == {"url": link(identity_center), **facts, "how": "portal"}
    assert federation == {"url": federation["url"], **facts, "how": "federation"}
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


SEEN = ["User: alex@example.com", f"Account: payments-prod ({ACCOUNT})", f"Role: {ROLE}", "Service: s3"]


@pytest.mark.parametrize(
    ("more", "seconds"),
    [((), 8 * 3600), (("--federate",), 8 * 3600), (("--federate", "--duration", "1h30m"), 5400)],
    ids=["portal", "federate", "duration"],
)
def test_in_a_browser(desk: Home, browser: Browser, more: tuple[str, ...], seconds: int) -> None:
    """A real browser that is sent there shows the console of the account and the role."""
    terminal = desk.terminal("console", "pay", "--service", "s3", *more)
    (url,) = words(desk.environment["BROWSER"])
    browser.open(url)
    assert browser.shows("AWS console")
    *told, session = browser.run("return document.body.innerText.split(/\\n+/).slice(1, 7)")
    left = int(session.removeprefix("Session: ").removesuffix(" seconds"))  # credentials have lived already
    assert (told, seconds - left in range(60)) == ([*SEEN, "Region: eu-central-1"], True)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (str(terminal.before).replace("\r", ""), terminal.exitstatus) == (OPENING, 0)


def test_a_link_that_is_no_secret(away: Home, identity_center: Simulator) -> None:
    """The access portal's link is opened as it is, and nothing is printed on stdout."""
    done = away.ssohelper("console", "pay")
    assert (done.stdout, done.stderr, done.returncode) == ("", OPENING, 0)
    assert words(away.environment["BROWSER"]) == [link(identity_center)]


def test_a_link_that_is_one(desk: Home, identity_center: Simulator) -> None:
    """What stands in the browser's arguments is good once, for the right Host and path, and then nobody listens."""
    terminal = desk.terminal("console", "pay", "--federate")
    (url,) = words(desk.environment["BROWSER"])
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
    led = response_to(port, right)
    assert led.startswith(b"HTTP/1.0 303 See Other\r\n")
    assert f"\r\nLocation: {identity_center.url}/federation?Action=login&".encode() in led
    assert not response_to(port, right).startswith(b"HTTP/1.0 303")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, is_listening(port)) == (0, False)


CHROME = f"--profile-directory=ssohelper-{ACCOUNT}-{ROLE}-87eb06f9"


def test_chrome_profiles(away: Home, identity_center: Simulator) -> None:
    """With chrome-profiles each role has a profile of its own, in the first Chrome that is on PATH."""
    configured(away, 'console_browser = "chrome-profiles"')
    chrome = program(away, "google-chrome")
    done = away.ssohelper("console", "pay", PATH=f"{Path(chrome).parent}:/usr/bin:/bin", DISPLAY=":0")
    assert (done.stderr, done.returncode) == (OPENING, 0)
    assert words(chrome) == [CHROME, "--no-first-run", link(identity_center)]
    assert not Path(f"{away.environment['BROWSER']}.words").exists()


def test_firefox_containers(away: Home, identity_center: Simulator) -> None:
    """With firefox-containers each role has a container that is named like its profile."""
    firefox = program(away, "a firefox")
    configured(away, f'console_browser = "firefox-containers"\nbrowser = "{firefox}"')
    told = []
    for given in (("pay",), NAMED):
        assert away.ssohelper("console", *given).returncode == 0
        told += words(firefox)
        Path(f"{firefox}.words").unlink()
    assert told == [f"ext+container:name=pay&color=purple&url={quote(link(identity_center), safe='')}"] * 2


def test_a_browser_that_runs_on(away: Home) -> None:
    """A browser that goes on running is not waited for, outlives the command, and says nothing here."""
    patient = program(away, "patient", PATIENT)
    configured(away, f'browser = "{patient}"')
    done = away.ssohelper("console", "pay")
    assert (done.stdout, done.stderr, done.returncode) == ("", OPENING, 0)
    (process,) = words(patient)
    os.kill(int(process), signal.SIGTERM)  # raises where there is none


FAILS = "#!/bin/sh\nexit 1\n"
HINT = "hint: run it again with --print, and open the link yourself\n"


NONE = "ssohelper: no browser could be opened here"


def test_no_browser_after_all(away: Home, identity_center: Simulator) -> None:
    """Where none can be opened, neither the usual one nor the chosen one, the link is shown."""
    failing = program(away, "failing", FAILS)
    shown = f"{OPENING}{NONE}: open this page yourself\n\n  {link(identity_center)}\n\n"
    done = [away.ssohelper("console", "pay", BROWSER=failing)]
    configured(away, f'browser = "{failing}"')
    done.append(away.ssohelper("console", "pay"))
    assert [(each.stdout, each.stderr, each.returncode) for each in done] == [("", shown, 1)] * 2


def test_no_browser_for_a_secret(desk: Home, identity_center: Simulator) -> None:
    """Where none can be opened, the link that is a secret is shown to a person alone."""
    desk.environment["BROWSER"] = program(desk, "failing", FAILS)
    done = desk.ssohelper("console", "pay", "--federate")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"{OPENING}{NONE}, and the link is a secret\n{HINT}",
        1,
    )
    terminal = desk.terminal("console", "pay", "--federate")
    terminal.expect(pexpect.EOF)
    terminal.close()
    lines = [line for line in str(terminal.before).replace("\r", "").splitlines() if line]
    assert lines[2].startswith(f"  {identity_center.url}/federation?Action=login&")
    assert (lines[:2], lines[3:], terminal.exitstatus) == (
        [OPENING.strip(), f"{NONE}: open this page yourself"],
        ["ssohelper: show it to nobody: for 15 minutes whoever opens it is signed in as you"],
        1,
    )


def test_over_ssh(desk: Home, identity_center: Simulator) -> None:
    """Where the browser would run elsewhere the link is shown for the person's own, no secret one to a script."""
    done = desk.ssohelper("console", "pay", SSH_CONNECTION="x")
    why = "ssohelper: no browser opens here, since this is an SSH session"
    assert (done.stderr, done.returncode) == (f"{why}: open this page yourself\n\n  {link(identity_center)}\n\n", 0)
    identity_center.counters.reset()
    done = desk.ssohelper("console", "pay", "--federate", SSH_CONNECTION="x")
    assert (done.stderr, done.returncode) == (f"{why}, and the link is a secret\n{HINT}", 1)
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


def test_a_sign_in_service_that_fails(desk: Home, identity_center: Simulator) -> None:
    """What the federation endpoint refuses is told with what follows from it, and nothing is opened."""
    told = []
    for fault, *_, code in FAULTS:
        identity_center.faults.add("GetSigninToken", fault)
        more = ("--duration", "12h") if code == 2 else ()
        done = desk.ssohelper("console", "pay", "--federate", *more)
        told.append((done.stdout, done.stderr.replace(str(identity_center.port), "PORT"), done.returncode))
    assert told == [("", f"ssohelper: {said}\nhint: {hint}\n", code) for _, said, hint, code in FAULTS]
    assert not Path(f"{desk.environment['BROWSER']}.words").exists()


def test_through_a_proxy(desk: Home) -> None:
    """The federation endpoint is reached as botocore reaches AWS: by the proxy that the environment names."""
    there = {"AWS_ENDPOINT_URL_SIGNIN": "https://signin.invalid", "HTTPS_PROXY": "http://127.0.0.1:1"}
    done = desk.ssohelper("console", "pay", "--federate", "--print", **there)
    said = "can't connect to AWS sign-in: ProxyConnectionError\nhint: check HTTPS_PROXY and AWS_CA_BUNDLE"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {said}\n", 5)


def test_keys_are_not_sent_in_the_clear(desk: Home, identity_center: Simulator) -> None:
    """The endpoint may be redirected to https or this machine alone; otherwise not even credentials are asked for."""
    identity_center.counters.reset()
    there = {"AWS_ENDPOINT_URL_SIGNIN": "http://signin.example"}
    done = desk.ssohelper("console", "pay", "--federate", "--print", **there)
    said = "AWS_ENDPOINT_URL_SIGNIN must start with https://: 'http://signin.example'"
    assert (done.stderr, done.returncode) == (f"ssohelper: {said}\nhint: unset AWS_ENDPOINT_URL_SIGNIN\n", 2)
    assert identity_center.counters.calls == {}


def test_a_sensitive_role(desk: Home, identity_center: Simulator) -> None:
    """Credentials of a sensitive role are exchanged for a link only while it is unlocked; the portal's has none."""
    configured(desk, f'sensitive_roles = ["{ACCOUNT}/{ROLE}"]')
    done = desk.ssohelper("console", "pay", "--federate", "--print")
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith(f"ssohelper: {ROLE} in {ACCOUNT} is a sensitive role, and not unlocked\n")
    assert identity_center.counters.calls["GetSigninToken"] == 0
    assert desk.ssohelper("console", "pay", "--print").stdout == f"{link(identity_center)}\n"


def test_nobody_signed_in(away: Home) -> None:
    """Who is not signed in is told so, where credentials are needed."""
    done = away.ssohelper("console", "pay", "--federate")
    assert (done.stderr, done.returncode) == (
        "ssohelper: nobody is signed in to acme\nhint: ssohelper login --session acme\n",
        4,
    )


def test_a_start_url_that_is_none(away: Home) -> None:
    """No browser is sent to what is no start URL."""
    away.config.write_text(away.config.read_text().replace("sso_start_url = http://", "sso_start_url = ftp://"))
    done = away.ssohelper("console", "pay", "--print")
    assert done.stderr.partition("'")[0] == "ssohelper: "
    assert done.stderr.rpartition("'")[2] == (
        " is no start URL: it begins with https://\nhint: check sso_start_url in ~/.aws/config\n"
    )
    assert done.returncode == 2


WRONG = [
    Refusal("console", "which role is meant is not said", "ssohelper console --profile NAME"),
    Refusal("console x", "there is no profile 'x' in ~/.aws/config", "ssohelper sync"),
    Refusal("console x --profile y", "the role is named twice, by PROFILE and by options", "ssohelper console PROFILE"),
    Refusal("console pay --service s3?x", "not a valid console service: 's3?x'", "for example --service s3"),
    Refusal(
        "console pay --region eu-centrall-1",
        "not a valid AWS region: 'eu-centrall-1'; did you mean eu-central-1?",
        "check --region",
    ),
    Refusal(
        "console pay --region us-gov-west-1",
        "us-gov-west-1 is in another partition than acme, which is in us-east-1",
        "--region us-east-1",
    ),
    Refusal(
        "console pay --duration 1h",
        "--duration is for --federate alone",
        "ssohelper console --federate --duration 1h",
    ),
    Refusal(
        "console pay --federate --duration soon",
        "'soon' is no length of time, such as 30m, 6h or 1h30m",
        "--duration 1h",
    ),
    Refusal(
        "console pay --federate --duration 14m", "a session of the console lasts 15m to 12h, not 14m", "--duration 1h"
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.words)
def test_bad_input(away: Home, case: Refusal) -> None:
    """A wrong word is refused with what is right, and nothing is opened."""
    assert_refused(away, *case.words.split(), message=case.message, hint=case.hint, code=case.code)
