"""Whatever is wrong, ssohelper says what and where in one line, hints at what to do, and changes nothing."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, command
from tests.fixtures.refusals import Wrong, refused, unprivileged

FIELDS = "{account_name}, {account_id}, {account_email}, {role_name}, {session}, {region}"


WRONG = [
    Wrong(
        "sync --session nope",
        "there is no sso-session 'nope'; ~/.aws/config has acme",
        "ssohelper sync --session acme",
    ),
    Wrong("sync --include", "option '--include' requires an argument", "ssohelper sync --help"),
    Wrong(
        "prompt --format {x}",
        "'{x}' is no template: it may have {text}, {label}, {session}, {left}, {state}, {color}",
        "ssohelper prompt --format '{label} {left}'",
    ),
    Wrong(
        "shell-init csh",
        "invalid value for '{bash|zsh|fish|powershell}': 'csh' is not one of 'bash', 'zsh', 'fish', 'powershell'",
        "ssohelper shell-init --help",
    ),
    Wrong("exec", "which role is meant is not said", "ssohelper exec --profile NAME"),
    Wrong("exec true", "which role is meant is not said", "ssohelper exec --profile NAME"),
    Wrong(
        "exec --via x true",
        "invalid value for '--via': 'x' is not one of 'endpoint', 'credential-process', 'env'",
        "ssohelper exec --help",
    ),
    Wrong("agent bogus", "no such command 'bogus'", "ssohelper agent --help"),
    Wrong("agent start --bogus", "no such option '--bogus'", "ssohelper agent start --help"),
    Wrong("snyc", "there is no command 'snyc'", "ssohelper sync"),
    Wrong("xyzzy", "there is no command 'xyzzy'", "ssohelper --help"),
    Wrong("sync --bogus", "no such option '--bogus'", "ssohelper sync --help"),
    Wrong(
        "sync --style x",
        "invalid value for '--style': 'x' is not one of 'sso', 'credential-process'",
        "ssohelper sync --help",
    ),
    Wrong(
        "sync --profile-name {acount}",
        f"the profile name '{{acount}}' has the unknown field {{acount}}; fields are {FIELDS}",
        "--profile-name '{account_name}'",
    ),
    Wrong(
        "sync --profile-name {role_name:title}",
        "the profile name '{role_name:title}' has the unknown filter 'title'; filters are :lower and :upper",
        "--profile-name '{account_name}.{role_name}'",
    ),
    Wrong(
        "sync --region eu-centrall-1",
        "not a valid AWS region: 'eu-centrall-1'; did you mean eu-central-1?",
        "check --region",
    ),
    Wrong("sync", "there is no terminal to ask on", "ssohelper sync --yes"),
    Wrong(
        "configure --session x --start-url https://x.awsapps.com/start --region mars-1",
        "IAM Identity Center is not available in region 'mars-1'",
        "check --region",
    ),
    Wrong(
        "configure --session x --start-url x.awsapps.com/start --region us-east-1",
        "'x.awsapps.com/start' is no start URL: it begins with https://",
        "--start-url https://x.awsapps.com/start",
    ),
    Wrong(
        "configure --session x --start-url http://x.awsapps.com/start --region us-east-1",
        "'http://x.awsapps.com/start' is no start URL: it begins with https://",
        "--start-url https://x.awsapps.com/start",
    ),
    Wrong(
        "configure --session ../x --start-url https://x.awsapps.com/start --region us-east-1",
        "'../x' cannot name a session: a letter or digit, then letters, digits and _ . @ / % -",
        "--session my-company",
    ),
    Wrong("configure --session x --region us-east-1", "start URL is missing", "give it with --start-url"),
    Wrong(
        "configure --session acme --start-url https://x.awsapps.com/start --region us-east-1",
        "[sso-session acme] on line 1 of the config file has another sso_start_url",
        "add --replace to change it, or choose another name with --session",
    ),
    Wrong("credential-process", "which role is meant is not said", "ssohelper credential-process --profile NAME"),
    Wrong(
        "credential-process --profile x",
        "there is no profile 'x' in ~/.aws/config",
        "ssohelper sync",
    ),
    Wrong(
        "credential-process --account-id 111122223333 --role-name Nope",
        "the role Nope in account 111122223333 is not assigned to you: you have ReadOnly there",
        "ssohelper roles --session acme",
        1,
    ),
    Wrong(
        "simulator --session-hours 13",
        "invalid value for '--session-hours': 13 is not in the range 1<=x<=12",
        "ssohelper simulator --help",
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.words)
def test_words(signed_in: Home, wrong: Wrong) -> None:
    """A wrong word on the command line is refused with what is right."""
    refused(signed_in, *wrong.words.split(), message=wrong.message, hint=wrong.hint, code=wrong.code)


def test_no_session(home: Home) -> None:
    """Without any sso-session the hint is to configure one."""
    message, hint = "there is no sso-session in ~/.aws/config", "ssohelper configure"
    refused(home, "sync", message=message, hint=hint, code=2)


def test_several_sessions(signed_in: Home, identity_center: Simulator) -> None:
    """With two sessions and no word of which one, both are named."""
    url, region = identity_center.start_url, identity_center.region
    signed_in.ssohelper("configure", "--session", "beta", "--start-url", url, "--region", region)
    message = "more than one sso-session could be meant; ~/.aws/config has acme, beta"
    refused(signed_in, "accounts", message=message, hint="ssohelper accounts --session acme", code=2)


def test_region_in_the_config(signed_in: Home) -> None:
    """A session whose region does not exist is told before anything waits for a host that is not there."""
    signed_in.config.write_text(signed_in.config.read_text().replace("us-east-1", "us-east-7"))
    elsewhere = {"AWS_ENDPOINT_URL_SSO": "", "AWS_ENDPOINT_URL_SSO_OIDC": ""}
    message = "IAM Identity Center is not available in region 'us-east-7'; did you mean us-east-2?"
    hint = "check sso_region in [sso-session acme]"
    refused(signed_in, "sync", message=message, hint=hint, code=2, **elsewhere)


@pytest.mark.parametrize("words", [["sync", "--yes"], ["accounts"], ["roles"]], ids=" ".join)
def test_nobody_signed_in(home: Home, identity_center: Simulator, words: list[str]) -> None:
    """Without a token the exit code is 4 and the hint is to sign in."""
    url, region = identity_center.start_url, identity_center.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    message, hint = "nobody is signed in to acme", "ssohelper login --session acme"
    refused(home, *words, message=message, hint=hint, code=4)


def test_expired_token(signed_in: Home, identity_center: Simulator) -> None:
    """A token whose time is over, and that nothing can renew, is not even shown to the service."""
    token = next(each for each in signed_in.path.rglob("*.json") if b"accessToken" in each.read_bytes())
    facts = json.loads(token.read_bytes())
    del facts["refreshToken"]
    token.write_text(json.dumps({**facts, "expiresAt": "2020-01-01T00:00:00Z"}))
    identity_center.counters.reset()
    message = "the sign-in to acme has expired and cannot be renewed: it has no refresh token"
    refused(signed_in, "sync", "--yes", message=message, hint="ssohelper login --session acme", code=4)
    assert identity_center.counters.calls == {}


def test_expired_by_the_clock(signed_in: Home, identity_center: Simulator) -> None:
    """Two hours later, by the process's clock, the token has expired: it is renewed, unless the sign-in has ended."""
    later = (*faketime("+2h"), *command("ssohelper", "accounts"))
    assert signed_in.run(*later).returncode == 0
    assert identity_center.counters.calls["CreateToken"] == 2
    identity_center.revoke_all_tokens()
    done = signed_in.run(*faketime("+4h"), *command("ssohelper", "sync", "--yes"))
    assert (done.stderr, done.returncode) == (
        "ssohelper: the sign-in to acme has ended\nhint: ssohelper login --session acme\n",
        4,
    )


def test_revoked_token(signed_in: Home, identity_center: Simulator) -> None:
    """A token that the service no longer takes is not shown to it twice, and login asks the person again."""
    identity_center.revoke_all_tokens()
    message, hint = "the sign-in to acme has ended", "ssohelper login --session acme"
    refused(signed_in, "sync", "--yes", message=message, hint=hint, code=4)
    identity_center.counters.reset()
    refused(signed_in, "accounts", message=message, hint=hint, code=4)
    assert identity_center.counters.calls == {}
    assert signed_in.ssohelper(*hint.split()[1:]).returncode == 0
    assert signed_in.ssohelper("accounts").returncode == 0


@pytest.mark.parametrize("words", [["sync", "--yes"], ["login", "--force"], ["accounts"]], ids=" ".join)
def test_captive_portal(signed_in: Home, identity_center: Simulator, words: list[str]) -> None:
    """A hotel's page in place of an answer is not taken for an empty company."""
    signed_in.ssohelper("sync", "--yes")
    identity_center.faults.add("*", Fault.html(), None)
    message = "invalid response from Identity Center (a proxy or captive portal?)"
    hint = "sign in to this network in a browser (hotel, airport, VPN), then run the command again"
    refused(signed_in, *words, message=message, hint=hint, code=5)


def test_no_network(signed_in: Home, identity_center: Simulator) -> None:
    """Where nothing listens the exit code is 5: the same command may work later."""
    identity_center.close()
    message = f"can't reach Identity Center at 127.0.0.1:{identity_center.port}: connection failed"
    hint = "check the network, then run the command again"
    refused(signed_in, "sync", "--yes", message=message, hint=hint, code=5)


@pytest.mark.parametrize(
    ("path", "mode", "message", "hint"),
    [
        (".aws/config", 0o000, "can't read ~/.aws/config: permission denied", "ls -ld ~/.aws"),
        (".aws/config", 0o400, "can't write ~/.aws/config: it is read-only", "ls -ld ~/.aws"),
        (".aws", 0o500, "can't write ~/.aws/config: permission denied", "ls -ld ~/.aws"),
    ],
)
def test_permissions(signed_in: Home, path: str, mode: int, message: str, hint: str) -> None:
    """A config file that may not be read or written, or its folder, is told by its name."""
    place, data = signed_in.path / path, signed_in.config.read_bytes()
    before = place.stat().st_mode
    place.chmod(mode)
    done = unprivileged(signed_in, "sync", "--yes")
    place.chmod(before)
    assert (done.stderr, done.returncode) == (f"ssohelper: {message}\nhint: {hint}\n", 1)
    assert signed_in.config.read_bytes() == data


def test_config_is_a_folder(signed_in: Home) -> None:
    """A folder in the place of the config file is told as what it is."""
    signed_in.config.unlink()
    signed_in.config.mkdir()
    message, hint = "can't read ~/.aws/config: is a directory", "ls -ld ~/.aws"
    refused(signed_in, "sync", "--yes", message=message, hint=hint, code=1)


def test_config_that_cannot_be_edited(signed_in: Home) -> None:
    """A profile of ours that stands twice is refused by its lines."""
    twice = "\n[profile x]\nssohelper_session = acme\n\n[profile x]\nregion = eu-west-1\n"
    signed_in.config.write_text(signed_in.config.read_text() + twice)
    message = "profile 'x' stands on line 6 and on line 9 of the config file"
    hint = "remove one of the two: no AWS tool can read the file as it is"
    refused(signed_in, "sync", "--yes", message=message, hint=hint, code=1)


def test_wrong_setting(signed_in: Home) -> None:
    """A wrong setting is told with its file and line."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text("[defaults]\nstile = 'sso'\n")
    before = signed_in.tree()
    done = signed_in.ssohelper("sync", "--yes")
    assert (done.stderr, done.returncode) == (
        "ssohelper: ~/.config/ssohelper/config.toml, line 2: unknown setting stile; did you mean style?\n",
        2,
    )
    assert signed_in.tree() == before


def test_endpoint_that_is_no_url(signed_in: Home) -> None:
    """A variable that redirects calls to what is no URL is told by its name."""
    message, hint = "AWS_ENDPOINT_URL_SSO is not a valid URL: 'garbage'", "unset AWS_ENDPOINT_URL_SSO"
    refused(signed_in, "accounts", message=message, hint=hint, code=2, AWS_ENDPOINT_URL_SSO="garbage")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams(signed_in: Home, closed: str) -> None:
    """A process that was started without one of its streams works all the same."""
    done = signed_in.run("sh", "-c", f"{command('ssohelper')[0]} sync --yes {closed}")
    assert (done.returncode, "bug" in done.stderr) == (0, False)


def test_utf_16(home: Home, identity_center: Simulator) -> None:
    """A config file in UTF-16 is refused, not added to."""
    home.config.parent.mkdir()
    home.config.write_bytes("[profile x]\r\nregion = eu-west-1\r\n".encode("utf-16"))
    words = ("configure", "--session", "s", "--start-url", identity_center.start_url, "--region", "us-east-1")
    refused(home, *words, message="line 1 of the config file is not text", hint="save it as UTF-8", code=1)


def test_a_service_that_throttles_for_ever(signed_in: Home, identity_center: Simulator) -> None:
    """An SDK is not kept waiting: credential-process gives up by itself, with exit code 5."""
    identity_center.faults.add("GetRoleCredentials", Fault.error(429, retry_after=3600), None)
    words = ("credential-process", "--account-id", "111122223333", "--role-name", "ReadOnly")
    message, hint = "Identity Center is throttling requests (HTTP 429)", "wait a minute, then run the command again"
    refused(signed_in, *words, message=message, hint=hint, code=5)


def test_unknown_start_url(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """A start URL that Identity Center does not know is told at the sign-in."""
    home = make_home(**identity_center.environment)
    url = "https://nobody.awsapps.com/start"
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", "us-east-1")
    done = home.ssohelper("login")
    assert (done.stderr, done.returncode) == (
        f"ssohelper: start URL not found in us-east-1: {url}\nhint: ssohelper configure --help\n",
        2,
    )


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("stray\n", "line 17 of ~/.aws/config is no `key = value`"),
        (
            "[sso-session acme]\n",
            "line 17 of ~/.aws/config begins the section [sso-session acme] for the second time",
        ),
        ("[profile x]\nregion = a\nREGION = b\n", "line 19 of ~/.aws/config says region for the second time"),
    ],
    ids=["stray", "section", "option"],
)
def test_a_file_that_no_tool_can_read(signed_in: Home, added: str, said: str) -> None:
    """Sync does its part, and says which line keeps every AWS tool from reading the file."""
    assert signed_in.ssohelper("sync", "--yes", "--include", "management").returncode == 0
    lines = signed_in.config.read_text().count("\n")
    with signed_in.config.open("a") as file:
        file.write("# " + "\n# " * (15 - lines) + "\n" + added)
    done = signed_in.ssohelper("sync", "--dry-run")
    assert done.stderr == f"ssohelper: {said}: no AWS tool can read the file as it is\n"


def test_sessions_that_cannot_be_meant(signed_in: Home, identity_center: Simulator) -> None:
    """What is wrong with a session, a profile's session or a name in config.toml is said where it is."""
    with signed_in.config.open("a") as file:
        file.write("[sso-session half]\nsso_region = us-east-1\n[profile a]\nsso_session = gone\n")
        file.write("[profile b]\nsso_session = half\n")
    half = (
        "ssohelper: [sso-session half] on line 5 of the config file has no sso_start_url\n"
        "hint: ssohelper configure --session half\n"
    )
    gone = (
        "ssohelper: the profile 'a' names the sso-session 'gone', which is not there\n"
        "hint: ssohelper configure --session gone\n"
    )
    for words, errors in (
        (("login", "--session", "half"), half),
        (("env", "--profile", "b"), half),
        (("env", "--profile", "a"), gone),
    ):
        done = signed_in.ssohelper(*words)
        assert (done.stdout, done.stderr, done.returncode) == ("", errors, 2)
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[sessions.acmee]\nsensitive_roles = ["*"]\n')
    done = signed_in.ssohelper("sync", "--dry-run", "--session", "acme")
    said = "~/.config/ssohelper/config.toml speaks of a session acmee, which is not there: did you mean acme?"
    assert done.stderr == f"ssohelper: {said}\n"


def test_a_program_that_is_not_there(signed_in: Home) -> None:
    """No profile is written that calls nothing."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[defaults]\nprogram = "/no/ssohelper"\nstyle = "credential-process"\n')
    before = signed_in.config.read_bytes()
    done = signed_in.ssohelper("sync", "--yes")
    said = (
        'ssohelper: /no/ssohelper, which profiles are to call, is not there\nhint: in config.toml: program = "/..."\n'
    )
    assert (done.stderr, done.returncode, signed_in.config.read_bytes()) == (said, 2, before)


def test_a_disk_that_is_full(signed_in: Home) -> None:
    """An answer that cannot be written is a failure, and no bug."""
    done = signed_in.run("sh", "-c", f"{command('ssohelper')[0]} accounts >/dev/full")
    assert (done.stderr, done.returncode) == ("ssohelper: can't write the answer: no space left on device\n", 1)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_cancelled_before_it_began(home: Home, tmp_path: Path) -> None:
    """A Ctrl-C while modules are still loaded ends it as Ctrl-C ends any program, without a traceback."""
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = home.ssohelper("status", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
