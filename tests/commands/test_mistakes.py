"""What newcomers get wrong: for each mistake the message, and the next step. A page of the docs lists them."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command
from tests.fixtures.screen import screen

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"


class Mistake(NamedTuple):
    """A command line, what it prints as its error and hint, and its exit code."""

    words: str
    message: str
    hint: str
    code: int = 2


SETUP = ("no sso-session configured in ~/.aws/config", "ssohelper setup")
LOGIN = ("not signed in to acme", "ssohelper login --session acme")
NO_PROFILE = ("no profile or role given", "--profile NAME, or --account NAME --role ROLE")
KNOWS = "your administrator knows it; it is also on the access portal, under Access keys"
EXPECTED = "(expected https://my-company.awsapps.com/start)"
NEAR = (
    "; did you mean sandbox.ReadOnly-888899990000 (ReadOnly in 888899990000), sandbox.ReadOnly-777788889999 (ReadOnly"
    " in 777788889999) or payments-prod.ReadOnly (ReadOnly in 333344445555)?"
)
ADDS = "`ssohelper sync` adds a profile for each of your roles"
NO_NETWORK = (
    "can't reach Identity Center at 127.0.0.1:9: connection failed",
    "check the network, then run the command again",
)
UNKNOWN_URL = "start URL not found in eu-west-1: "
NO_TERMINAL = Mistake("sync", "cannot ask for confirmation without a terminal", "ssohelper sync --yes")
IN_ENVIRONMENT = Mistake("env", "profile 'nope' not found in ~/.aws/config", ADDS)
SHELLS = "SHELL is missing (expected bash, zsh, fish, powershell)"


NEW = [
    Mistake("snyc", "command not found: snyc; did you mean sync?", "ssohelper --help"),
    Mistake("assume", "command not found: assume; did you mean use?", "ssohelper --help"),
    Mistake("ls", "command not found: ls; did you mean profiles?", "ssohelper --help"),
    Mistake("agent strat", "command not found: strat; did you mean start?", "ssohelper agent --help"),
    Mistake("login --sesion acme", "option not found: --sesion; did you mean --session?", "ssohelper login --help"),
    Mistake("sync --yess", "option not found: --yess; did you mean --yes?", "ssohelper sync --help"),
    Mistake("sync acme", "unexpected argument (acme)", "ssohelper sync --help"),
    Mistake("login acme", "profile 'acme' not found in ~/.aws/config", "ssohelper setup"),
    Mistake("shell-init", SHELLS, "ssohelper shell-init --help"),
    Mistake("completion", SHELLS, "ssohelper completion --help"),
    Mistake("unlock", "ROLE is missing", "ssohelper unlock --help"),
    Mistake(
        "why --message Denied",
        "not an access-denied message that ssohelper knows",
        "paste all of it; for sign-in and role, run `ssohelper why PROFILE`",
        1,
    ),
    Mistake("setup", "start URL is missing", "set it with --start-url"),
    Mistake("configure", "start URL is missing", "set it with --start-url"),
    Mistake("configure --start-url acme", "region of IAM Identity Center is missing", "set it with --region"),
    *(
        Mistake(each, *SETUP)
        for each in (
            "login",
            "sync",
            "accounts",
            "roles",
            "status",
            "logout",
            "env",
            "console",
            "whoami",
            "exec -- true",
        )
    ),
    Mistake(
        "use x",
        "a program cannot set AWS_PROFILE in the shell that runs it: shell-init defines ssohelper use, which can",
        'eval "$(ssohelper shell-init bash)"; ssohelper use x',
    ),
]
# In each, `acme` is https://acme.awsapps.com/start.
FORMS = [
    "acme",
    "ACME",
    "acme.awsapps.com",
    "acme.awsapps.com/start",
    "https://acme.awsapps.com/start",
    "https://acme.awsapps.com/start/#/",
    "  https://acme.awsapps.com/start  ",
    "'https://acme.awsapps.com/start'",
    "https://acme.awsapps.com/start#/console?account_id=111122223333&role_name=ReadOnly",
]
REFUSED = {
    "": f"not a valid start URL: '' {EXPECTED}",
    "someone@acme.com": f"not a valid start URL: 'someone@acme.com' {EXPECTED}",
    "my company": f"not a valid start URL: 'my company' {EXPECTED}",
    "http://acme.awsapps.com/start": (
        "not a valid start URL: 'http://acme.awsapps.com/start' (expected https://acme.awsapps.com/start)"
    ),
    "https://acme.awsapps.com": (
        "not a start URL: https://acme.awsapps.com has no path (expected https://acme.awsapps.com/start)"
    ),
    "https://eu-west-1.console.aws.amazon.com/console/home": (
        "not a start URL: https://eu-west-1.console.aws.amazon.com/console/home is the AWS console; the access portal"
        " ends in .awsapps.com/start"
    ),
}
CONFIGURED = [
    Mistake(
        "login acme", "profile 'acme' not found in ~/.aws/config", "acme is an sso-session: name it with --session"
    ),
    *(Mistake(each, *LOGIN, 4) for each in ("sync", "sync --yes", "accounts", "roles")),
    *(Mistake(each, *NO_PROFILE) for each in ("env", "console", "exec -- true")),
    Mistake("exec --profile dev -- true", "profile 'dev' not found in ~/.aws/config", ADDS),
    Mistake(
        "login --session acne",
        "sso-session 'acne' not found in ~/.aws/config; did you mean acme?",
        "configured: acme",
    ),
    Mistake(
        "configure --session acme --start-url other --region us-east-1",
        "[sso-session acme] on line 1 of the config file has another sso_start_url",
        "add --replace to change it, or choose another name with --session",
    ),
    Mistake(
        "configure --session x --start-url acme --region Frankfurt",
        "IAM Identity Center is not available in region 'frankfurt'; did you mean eu-central-1 (Frankfurt)?",
        "check --region",
    ),
]
SYNCED = [
    Mistake("env --profile sandbox.ReadOnly", f"profile 'sandbox.ReadOnly' not found in ~/.aws/config{NEAR}", ADDS),
    Mistake(
        "exec payments-prod.ReadOnly true",
        "command not found: payments-prod.ReadOnly (it is a profile)",
        "ssohelper exec payments-prod.ReadOnly -- COMMAND",
        127,
    ),
    Mistake(
        "exec --account-id 1111-2222-3333 --role-name ReadOnly -- true",
        "not a valid account id: '1111-2222-3333' (expected 12 digits)",
        "ssohelper accounts",
    ),
    Mistake("exec --account-id 111122223333 -- true", "--role is missing", "ssohelper roles"),
    Mistake(
        "env --account-id 111122223333 --role-name Admin",
        "role Admin in account 111122223333 is not assigned to you (assigned: ReadOnly)",
        "ssohelper roles --session acme",
        1,
    ),
    Mistake(
        "exec --needs 5hours --profile payments-prod.ReadOnly -- true",
        "not a valid duration: '5hours' (expected 30m, 6h or 1h30m)",
        "--needs 6h",
    ),
    Mistake(
        "exec --profile payments-prod.ReadOnly --session beta -- true",
        "profile 'payments-prod.ReadOnly' is for session acme, not beta",
        "omit --session",
    ),
]


def check(home: Home, mistake: Mistake, **more: str) -> None:
    """Make the mistake."""
    done = home.ssohelper(*mistake.words.split(), **more)
    expected = f"ssohelper: {mistake.message}\nhint: {mistake.hint}\n"
    assert (done.stderr, done.returncode) == (expected, mistake.code)


def name(mistake: Mistake) -> str:
    """The name of a test."""
    return mistake.words


@pytest.mark.parametrize("mistake", NEW, ids=name)
def test_new(home: Home, mistake: Mistake) -> None:
    """Before anything is configured."""
    home.environment["SHELL"] = "/bin/bash"
    check(home, mistake)


@pytest.mark.parametrize("form", FORMS)
def test_start_url(home: Home, form: str) -> None:
    """A start URL is understood in each form in which people have it."""
    done = home.ssohelper("configure", "--start-url", form, "--region", "eu-central-1", "--session", "a")
    assert done.returncode == 0, done.stderr
    assert "sso_start_url = https://acme.awsapps.com/start\n" in home.config.read_text()


@pytest.mark.parametrize("text", REFUSED)
def test_no_start_url(home: Home, text: str) -> None:
    """What cannot be a start URL is refused, with what is expected; nothing is written."""
    done = home.ssohelper("configure", "--start-url", text, "--region", "eu-central-1", "--session", "a")
    assert (done.stderr, done.returncode) == (f"ssohelper: {REFUSED[text]}\nhint: {KNOWS}\n", 2)
    assert not home.config.exists()


@pytest.mark.parametrize("mistake", CONFIGURED, ids=name)
def test_configured(home: Home, identity_center: Simulator, mistake: Mistake) -> None:
    """Before the first login."""
    words = ("--session", "acme", "--start-url", identity_center.start_url, "--region", identity_center.region)
    assert home.ssohelper("configure", *words).returncode == 0
    check(home, mistake)


@pytest.mark.parametrize("mistake", SYNCED, ids=name)
def test_synced(synced: Home, mistake: Mistake) -> None:
    """With profiles."""
    check(synced, mistake)


def test_without_terminal(signed_in: Home) -> None:
    """A plan that nobody can confirm."""
    check(signed_in, NO_TERMINAL)


def test_unknown_profile_in_the_environment(synced: Home) -> None:
    """AWS_PROFILE names a profile that does not exist."""
    check(synced, IN_ENVIRONMENT, AWS_PROFILE="nope")


@pytest.mark.parametrize("words", ["login --force", "accounts"])
def test_no_network(signed_in: Home, words: str) -> None:
    """Nothing answers at Identity Center's address."""
    nowhere = "http://127.0.0.1:9"
    check(signed_in, Mistake(words, *NO_NETWORK, 5), AWS_ENDPOINT_URL_SSO=nowhere, AWS_ENDPOINT_URL_SSO_OIDC=nowhere)


def test_wrong_region(home: Home, identity_center: Simulator) -> None:
    """Identity Center knows the start URL in no other region, and answers as for one that does not exist."""
    url = f"{identity_center.start_url}x"
    words = ("--session", "acme", "--start-url", url, "--region", "eu-west-1")
    assert home.ssohelper("configure", *words).returncode == 0
    check(home, Mistake("login", f"{UNKNOWN_URL}{url}", "ssohelper configure --session acme --replace"))


@pytest.mark.parametrize("words", ["help", "help sync", "sync -h", "sync --help"])
def test_help(home: Home, words: str) -> None:
    """Help is where people look for it."""
    done = home.ssohelper(*words.split())
    of_sync = done.stdout.startswith("Usage: ssohelper sync [OPTIONS]")
    assert (of_sync, done.stdout.startswith("Usage: ssohelper "), done.returncode) == ("sync" in words, True, 0)


def test_piped(synced: Home) -> None:
    """In a pipe, nothing is colored, a reader that stops early is no error, and questions go to the terminal."""
    program = command("ssohelper")[0]
    done = synced.run("sh", "-c", f"{program} roles --fresh | head -1; {program} status | cat")
    assert (done.stderr, "\x1b" in done.stdout) == ("", False)
    assert done.stdout.splitlines()[0].split() == ["account_id", "account_name", "role_name", "profile"]


def test_like_cron(synced: Home) -> None:
    """Without PATH, TERM, a locale and a terminal, everything works that needs no person."""
    program = command("ssohelper")[0]
    endpoints = " ".join(f"{key}={value}" for key, value in synced.environment.items() if key.startswith("AWS_"))
    bare = f"env -i HOME={synced.path} {endpoints} {program}"
    for words in ("sync --yes", "roles --json", "exec --profile payments-prod.ReadOnly -- /bin/true", "status"):
        done = synced.run("sh", "-c", f"{bare} {words}")
        assert done.returncode == 0, done.stderr


@pytest.mark.full
@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_terminal(signed_in: Home, more: dict[str, str]) -> None:
    """With NO_COLOR, or on a terminal that cannot, nothing is colored or drawn."""
    signed_in.environment.update(more)
    colored = []
    for words in (("sync", "--yes"), ("status",), ("doctor",), ("roles",), ("nope",)):
        printed = signed_in.terminal(*words).read()
        if re.search(r"\x1b\[[0-9;]*m" if "NO_COLOR" in more else "\x1b", printed):
            colored.append(words)
    assert colored == []


@pytest.mark.full
def test_narrow_terminal(synced: Home) -> None:
    """In 40 columns, the list is cut, not wrapped, and everything can still be read and answered."""
    synced.environment.update(PS1="$ ", NO_COLOR="1")
    synced.environment.pop("COLUMNS")
    with screen(synced, "sh", "-i", columns=40, rows=24) as terminal:
        terminal.wait_for("$")
        terminal.type("ssohelper exec -- sh -c 'echo ran'", "Enter")
        lines = terminal.wait_for("> data-platform-dev")
        assert [line[2:].split(".")[0] for line in lines[1:3]] == ["data-platform-dev", "data-platform-dev"]
        assert (max(map(len, lines)), len(list(filter(None, lines[1:-1])))) == (40, 16)
        terminal.type("Enter")
        terminal.wait_for("ran")
        terminal.type("clear; ssohelper sync; ssohelper help use | head -3", "Enter")
        lines = terminal.wait_for("Usage")
        assert "nothing to do, 16 unchanged" in lines


def test_page() -> None:
    """Every message on the page is one of these; `…` stands for what differs."""
    found = re.findall(r"^\| `([^`]+)`", PAGE.read_text(), re.MULTILINE)
    mistakes = (*NEW, *CONFIGURED, *SYNCED, NO_TERMINAL, IN_ENVIRONMENT)
    messages = [*(each.message for each in mistakes), *REFUSED.values(), NO_NETWORK[0], UNKNOWN_URL]
    assert len(found) > 15
    for shown in found:
        pattern = ".*".join(map(re.escape, shown.split("…")))
        assert any(re.fullmatch(pattern, each) for each in messages), shown
