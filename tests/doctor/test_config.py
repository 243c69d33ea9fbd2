"""Findings in the config file: each with the file that causes it, and its mending command mends it."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clinic import finds, kinds, mend
from tests.fixtures.home import Home
from tests.fixtures.shells import program_on_path

SESSION = "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
ROLE = "sso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
PROFILE = f"[profile good]\nsso_session = acme\n{ROLE}region = us-east-1\n"

# What is appended to the above (they take 8 lines), the kinds that are found, and on which lines.
BROKEN = {
    "a section twice": ("[profile x]\nregion = us-east-1\n[profile x]\nregion = us-east-2\n", [("unreadable", 11)]),
    "a key twice": ("[profile x]\nregion = us-east-1\nRegion = us-east-2\n", [("unreadable", 11)]),
    "a stray line": ("[profile x]\nregion = us-east-1\nstray\n", [("unreadable", 11)]),
    "all of that": (
        "[profile x]\nregion = us-east-1\n[profile x]\nregion = us-east-2\nregion = us-west-2\nstray\n",
        [("unreadable", 11), ("unreadable", 14)],
    ),
    "a name with a blank, bare": ("[profile my prof]\nregion = us-east-1\n", [("no-profile", 9)]),
    "no blank": ("[profilex]\nregion = us-east-1\n", [("no-profile", 9)]),
    "blanks inside": ("[ profile x ]\nregion = us-east-1\n", [("no-profile", 9)]),
    "without the word": ("[mine]\nsso_session = acme\n", [("no-profile", 9)]),
    "an underscore": ("[sso_session b]\nsso_start_url = https://b\nsso_region = us-east-1\n", [("no-profile", 9)]),
    "another case": ("[Profile y]\nregion = us-east-1\n", [("no-profile", 9)]),
    "an account without its zero": (
        "[profile x]\nsso_session = acme\nsso_account_id = 11122223333\nsso_role_name = ReadOnly\n",
        [("no-account-id", 11)],
    ),
    "no account": (
        "[profile x]\nsso_session = acme\nsso_account_id = prod\nsso_role_name = R\n",
        [("no-account-id", 11)],
    ),
    "without the word, twice": ("[profile mine]\n[mine]\nregion = us-east-1\n", [("no-profile", 10)]),
    "a quoted name": ('[profile "my prof"]\nregion = us-east-1\n', [("unseen-profile", 9)]),
    "an umlaut": ("[profile größe]\nregion = us-east-1\n", [("unseen-profile", 9)]),
    "a plus": ("[profile a+b]\nregion = us-east-1\n", [("unseen-profile", 9)]),
    "two blanks": ("[profile  x]\nregion = us-east-1\n", [("unseen-profile", 9)]),
    "no role": ("[profile x]\nsso_session = acme\nsso_account_id = 111122223333\n", [("half-configured", 9)]),
    "no account at all": ("[profile x]\nsso_session = acme\nsso_role_name = ReadOnly\n", [("half-configured", 9)]),
    "neither session nor URL": (f"[profile x]\n{ROLE}", [("half-configured", 9)]),
    "no region of the URL": (f"[profile x]\nsso_start_url = https://a\n{ROLE}", [("half-configured", 9)]),
    "a session misspelt": (f"[profile x]\nsso_session = amce\n{ROLE}", [("no-such-session", 10)]),
    "another region": (
        f"[profile x]\nsso_session = acme\nsso_region = eu-west-1\n{ROLE}",
        [("contradiction", 11)],
    ),
    "two sources": (
        f"[profile x]\nsso_session = acme\n{ROLE}credential_process = /bin/true\n",
        [("two-sources", 13)],
    ),
    "two sources, of which one is gone": (
        f"[profile x]\nsso_session = acme\n{ROLE}credential_process = aws-sso-util credential-process --profile x\n",
        [("two-sources", 13)],
    ),
    "a source misspelt": ("[profile x]\nrole_arn = r\nsource_profile = godo\n", [("no-such-source", 11)]),
    "a key beside a program": (
        "[profile x]\nsso_session = acme\ncredential_process = /bin/true\n",
        [("key-beside-program", 10)],
    ),
    "no such program": ("[profile x]\ncredential_process = /none/such a\n", [("no-program", 10)]),
    "a tilde": ("[profile x]\ncredential_process = ~/bin/x a\n", [("no-program", 10)]),
    "an open quote": ("[profile x]\ncredential_process = 'x a\n", [("no-program", 10)]),
    "a region misspelt": ("[profile x]\nregion = us-esat-1\n", [("unknown-region", 10)]),
    "no region at all": ("[profile x]\nregion = home\n", [("unknown-region", 10)]),
    "a comment behind a region": ("[profile x]\nregion = us-east-1 # home\n", [("unknown-region", 10)]),
    "a form misspelt": ("[profile x]\noutput = tabel\n", [("unknown-output", 10)]),
    "the default before": ("[default]\noutput = json\n[profile default]\noutput = text\n", [("two-defaults", 9)]),
    "the default behind": ("[profile default]\noutput = json\n[default]\noutput = text\n", [("two-defaults", 9)]),
    "keys beside a role": (
        f"[profile x]\nsso_session = acme\n{ROLE}aws_access_key_id = AKIA\naws_secret_access_key = x\n",
        [("static-keys", 13)],
    ),
    "keys beside a program": (
        "[profile x]\ncredential_process = /bin/true\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
        [("static-keys", 11)],
    ),
    "found by PATH": ("[profile x]\ncredential_process = true 'a b'\n", [("relative-program", 10)]),
}


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder with a healthy config, but for that nobody is signed in; shells find `ssohelper`."""
    made = make_home()
    program_on_path(made)
    made.config.parent.mkdir()
    made.config.write_text(SESSION + PROFILE)
    return made


def in_config(home: Home) -> list[dict[str, Any]]:
    """What is found, but for that nobody is signed in."""
    return [each for each in finds(home, "--offline") if each["kind"] != "not-signed-in"]


def mend_config(home: Home, found: list[dict[str, Any]]) -> None:
    """Mend it; `sync` cannot be run here, where nobody is signed in. Nothing is found after that."""
    for each in found:
        mend(home, each["mend"].removesuffix(" && ssohelper sync"))
    assert in_config(home) == []


@pytest.mark.parametrize("name", BROKEN)
def test_broken(home: Home, name: str) -> None:
    """It is found on its line, and mended by its command; what was healthy is as it was, and botocore reads it."""
    more, expected = BROKEN[name]
    home.config.write_text(SESSION + PROFILE + more)
    found = in_config(home)
    assert kinds(found) == expected
    mend_config(home, found)
    assert home.config.read_text().startswith(SESSION + PROFILE)
    assert botocore_profiles(home.config) >= {"good"}


def botocore_profiles(config: Path) -> set[str]:
    """The profiles that botocore reads."""
    nothing = (None, None, str(config), None)
    session = botocore.session.Session(session_vars={"config_file": nothing, "profile": (None, None, None, None)})
    return set(session.full_config["profiles"])


@pytest.mark.parametrize("first", ["\ufeff", "region = x\n"])
def test_first_line(home: Home, first: str) -> None:
    """A byte order mark, and what stands before the first section."""
    home.config.write_text(first + SESSION + PROFILE)
    found = in_config(home)
    assert kinds(found) == [("unreadable", 1)]
    mend_config(home, found)
    assert botocore_profiles(home.config) == {"good"}


@pytest.mark.parametrize(
    "below", ["sso_session = acme\nsso_account_id = 222233334444\nsso_role_name = Admin\n", "output = json\n", ""]
)
def test_an_open_header(home: Home, below: str) -> None:
    """A header that is not closed gets its bracket, and nothing of the section above is touched."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x\n{below}")
    found = in_config(home)
    assert kinds(found) == [("open-header", 9)]
    mend_config(home, found)
    assert home.config.read_text() == f"{SESSION}{PROFILE}[profile x]\n{below}"


def test_an_open_header_at_the_top(home: Home) -> None:
    """A session whose header is not closed is no reason to speak of anything that needs it."""
    whole = home.config.read_text()
    home.config.write_text(whole.replace("acme]", "acme", 1))
    found = in_config(home)
    assert kinds(found) == [("open-header", 1)]
    mend_config(home, found)
    assert home.config.read_text() == whole


def test_a_session_twice(home: Home) -> None:
    """Of a session that stands there twice nothing is said but that; the first one stays."""
    whole = home.config.read_text()
    home.config.write_text(f"{whole}[sso-session acme]\nsso_start_url = https://x\nsso_region = eu-west-1\n")
    found = finds(home)
    assert kinds(found) == [("unreadable", 9)]
    mend_config(home, found)
    assert home.config.read_text().startswith(whole)


def test_several_commands(home: Home) -> None:
    """Each command keeps the file as it found it, and none in place of another's."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1\nregion = us-east-2\nstray\n")
    before = home.config.read_text()
    mend_config(home, in_config(home))
    kept = [path.read_text() for path in sorted(home.config.parent.glob("config.bak*"))]
    assert (kept[0], len(kept)) == (before, 2)


def test_the_credentials_file(home: Home) -> None:
    """A line that keeps botocore from reading the shared credentials file."""
    home.config.with_name("credentials").write_text("[x]\nstray\n")
    home.config.with_name("credentials").chmod(0o600)
    found = in_config(home)
    assert [(each["kind"], each["line"], each["file"]) for each in found] == [
        ("unreadable", 2, str(home.config.with_name("credentials")))
    ]
    mend_config(home, found)


@pytest.mark.parametrize(
    ("source", "whose", "broken"),
    [
        (f"sso_session = acme\n{ROLE}", "the SDKs for JavaScript and Go", False),
        ("credential_process = /bin/true\n", "the AWS CLI, boto3, the SDKs for JavaScript and Go", True),
    ],
)
def test_keys_in_the_credentials_file(home: Home, source: str, whose: str, broken: bool) -> None:
    """Keys under the name of a profile, as other tools leave them; those of other names are nobody's business."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\n{source}")
    shared = home.config.with_name("credentials")
    keys = "aws_access_key_id = AKIA\naws_secret_access_key = y\n"
    shared.write_text(f"[other]\n{keys}[x]\n{keys}")
    shared.chmod(0o600)
    found = in_config(home)
    told = [(each["kind"], each["file"], each["line"], each["affects"], each["broken"]) for each in found]
    assert told == [("static-keys", str(shared), 5, whose, broken)]
    mend_config(home, found)
    assert shared.read_text() == f"[other]\n{keys}[x]\n# {keys}"


def test_a_comment_behind_a_value(home: Home) -> None:
    """What is told of a comment is so of boto3: it takes it for a part of the region."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1 # home\n")
    (found,) = in_config(home)
    assert found["what"].endswith("region = us-east-1 # home: to some a comment is part of a value")
    assert found["affects"] == "the AWS CLI, boto3 and all that is built on them"
    asks = "import boto3; print(boto3.Session(profile_name='x').region_name)"
    assert home.run(sys.executable, "-c", asks).stdout == "us-east-1 # home\n"
    mend_config(home, [found])
    assert home.run(sys.executable, "-c", asks).stdout == "us-east-1\n"


def test_a_region_that_is_new(home: Home) -> None:
    """Another number of a place that is known is no fault: AWS opens regions."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = eu-central-9\n")
    assert in_config(home) == []


@pytest.mark.parametrize(("value", "mend"), [("us-esat-1", "export {}=us-east-1"), ("home", "unset {}")])
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_in_the_environment(home: Home, name: str, value: str, mend: str) -> None:
    """A region that a shell has inherited."""
    (found,) = (each for each in finds(home, "--offline", **{name: value}) if each["kind"] != "not-signed-in")
    assert (found["kind"], found["mend"]) == ("unknown-region", mend.format(name))
    left = home.run("sh", "-c", f"{mend.format(name)}; ssohelper doctor --offline --json", **{name: value})
    assert "unknown-region" not in left.stdout


@pytest.mark.parametrize(("form", "kinds_found"), [("text", []), ("table", []), ("tabel", ["unknown-output"])])
def test_what_the_aws_cli_says(home: Home, identity_center: Simulator, form: str, kinds_found: list[str]) -> None:
    """A form of output that is told as unknown is one with which the AWS CLI prints nothing."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1\noutput = {form}\n")
    assert [each["kind"] for each in in_config(home)] == kinds_found
    words = ("sso-oidc", "register-client", "--client-name", "x", "--client-type", "public", "--profile", "x")
    done = home.run("aws", *words, "--no-sign-request", "--endpoint-url", identity_center.url)
    assert (done.stdout == "", f"Unknown output type: {form}" in done.stderr) == (bool(kinds_found),) * 2


def test_no_file_at_all(home: Home) -> None:
    """A config file that cannot be read is a finding like others."""
    home.config.unlink()
    home.config.mkdir()
    assert [each["kind"] for each in finds(home, "--offline")] == ["no-config"]
    home.config.rmdir()
    elsewhere = finds(home, "--offline", AWS_CONFIG_FILE="/none/such")
    assert [(each["kind"], each["mend"]) for each in elsewhere] == [
        ("no-such-file", "unset AWS_CONFIG_FILE"),
        ("nothing-configured", "ssohelper configure"),
    ]


def test_carriage_returns(home: Home) -> None:
    """A file whose lines end with a carriage return is made one whose lines everybody counts alike."""
    home.config.write_bytes(f"{SESSION}{PROFILE}[profile x]\nsso_session = amce\n".replace("\n", "\r").encode())
    found = in_config(home)
    assert kinds(found) == [("line-ends", 1)]
    mend(home, found[0]["mend"])
    found = in_config(home)
    assert kinds(found) == [("no-such-session", 10)]
    mend_config(home, found)


@pytest.mark.parametrize("name", ["a section twice", "a key twice", "a session misspelt", "without the word"])
def test_lines_that_have_moved(home: Home, name: str) -> None:
    """A command that is run after lines have moved changes none of the lines that stand there now."""
    home.config.write_text(SESSION + PROFILE + BROKEN[name][0])
    found = in_config(home)
    moved = "# one more\n" * 20 + home.config.read_text()
    home.config.write_text(moved)
    for each in found:
        mend(home, each["mend"])
    assert home.config.read_text() == moved


def test_no_secret_in_a_command(home: Home) -> None:
    """No command repeats a value."""
    home.config.write_text(
        "[profile x]\naws_secret_access_key = hidden\naws_secret_access_key = hidden\nhidden too\n"
    )
    assert "hidden" not in home.ssohelper("doctor", "--offline").stdout


def test_a_blank_in_the_path(home: Home) -> None:
    """A program in a folder with a blank gets a link without one."""
    program = home.path / "my tools" / "get it"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    home.config.write_text(f"[profile x]\ncredential_process = '{program}' --now\n")
    found = in_config(home)
    assert kinds(found) == [("blanks-in-program", 2)]
    mend_config(home, found)
    link = home.path / ".local" / "bin" / "get-it"
    assert home.config.read_text() == f"[profile x]\ncredential_process = {link} --now\n"
    assert link.samefile(program)


def test_a_linked_config(home: Home) -> None:
    """Where the config file is a link, its target is mended, and the link stays one."""
    target = home.path / "dotfiles"
    home.config.rename(target)
    home.config.symlink_to(target)
    target.write_text(f"{target.read_text()}stray\n")
    mend_config(home, in_config(home))
    assert home.config.is_symlink()


def test_a_session_that_is_half_there(home: Home) -> None:
    """What is missing in a session is asked for by `configure`."""
    home.config.write_text("[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\n")
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["line"], found["mend"]) == (
        "half-a-session",
        1,
        "ssohelper configure --session acme --start-url https://acme.awsapps.com/start",
    )
    person = home.terminal("-c", found["mend"], program="sh")
    person.expect("region of IAM Identity Center")
    person.sendline("us-east-1")
    person.expect("wrote")
    assert in_config(home) == []


def test_a_session_that_nobody_is_like(home: Home) -> None:
    """Where no session is like the one that is named, there is one to be made."""
    home.config.write_text(f"{SESSION}[sso-session b]\nsso_start_url = https://b\nsso_region = us-east-1\n{PROFILE}")
    home.config.write_text(home.config.read_text().replace("sso_session = acme", "sso_session = elsewhere"))
    found = next(each for each in finds(home, "--offline") if each["kind"] == "no-such-session")
    assert found["mend"] == "ssohelper configure --session elsewhere"


def test_an_unknown_region(home: Home) -> None:
    """A region in which there is no Identity Center is replaced by the nearest."""
    home.config.write_text((SESSION + PROFILE).replace("us-east-1", "us-east-11", 1))
    found = in_config(home)
    assert kinds(found) == [("wrong-region", None)]
    mend_config(home, found)
    assert home.config.read_text().count("us-east-1\n") == 2


@pytest.mark.parametrize("used", ["us-east-1", "us-west-1"])
def test_a_region_that_is_like_two(home: Home, used: str) -> None:
    """Of two regions that are equally like what stands there the one is meant that is in use."""
    home.config.write_text((SESSION + PROFILE).replace("us-east-1", used) + "[profile x]\nregion = us-est-1\n")
    found = in_config(home)
    assert kinds(found) == [("unknown-region", 10)]
    mend_config(home, found)
    assert home.config.read_text().endswith(f"[profile x]\nregion = {used}\n")
    (variable,) = [
        each for each in finds(home, "--offline", AWS_REGION="us-est-1") if each["kind"] == "unknown-region"
    ]
    assert variable["mend"] == f"export AWS_REGION={used}"


@pytest.mark.parametrize("name", ["away", "goods"])
def test_a_source_that_is_gone(home: Home, name: str) -> None:
    """Which role is meant in place of one that is gone, only a person can tell, however alike a name is."""
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\nrole_arn = r\nsource_profile = {name}\n")
    (found,) = in_config(home)
    assert (found["kind"], found["line"], found["mend"]) == ("no-such-source", 11, "${EDITOR:-vi} +11 ~/.aws/config")
    mend(home, f'vi() {{ sed -i s/{name}/good/ "$2"; }}; unset EDITOR; {found["mend"]}')
    assert in_config(home) == []


def test_the_region_before_the_sign_in(home: Home) -> None:
    """Nobody is sent to sign in where there is no Identity Center."""
    home.config.write_text((SESSION + PROFILE).replace("sso_region = us-east-1", "sso_region = us-esat-1"))
    assert [each["kind"] for each in finds(home, "good")] == ["wrong-region", "not-signed-in"]


def test_a_legacy_profile_in_backticks(home: Home) -> None:
    """A start URL as granted writes it is that of the session."""
    url = "`https://acme.awsapps.com/start#`"
    home.config.write_text(f"{SESSION}{PROFILE}[profile x]\nsso_start_url = {url}\nsso_region = us-east-1\n{ROLE}")
    found = in_config(home)
    assert kinds(found) == [("legacy", 9)]
    mend_config(home, found)
    assert "[profile x]\nsso_session = acme\n" in home.config.read_text()


def test_a_legacy_profile_of_two_sessions(home: Home) -> None:
    """Of two sessions with one start URL the one in the profile's region is meant."""
    other = SESSION.replace("acme]", "west]").replace("us-east-1", "us-west-2")
    legacy = f"[profile x]\n{other.partition(chr(10))[2]}{ROLE}"
    home.config.write_text(f"{SESSION}{PROFILE}{other}{legacy}")
    found = in_config(home)
    assert [(each["kind"], each["broken"]) for each in found] == [("legacy", False)]
    mend_config(home, found)
    assert "[profile x]\nsso_session = west\n" in home.config.read_text()


def test_several_sessions(home: Home) -> None:
    """Where there are several sessions the command names the one that a profile is of, or does without."""
    other = "[sso-session b]\nsso_start_url = https://b.awsapps.com/start\nsso_region = us-east-1\n"
    half = "sso_account_id = 111122223333\n"
    home.config.write_text(f"{SESSION}{PROFILE}{other}[profile x]\nsso_session = b\n{half}[profile y]\n{half}")
    ends = [
        each["mend"].partition("&& ")[2] for each in finds(home, "--offline") if each["kind"] == "half-configured"
    ]
    assert ends == ["ssohelper sync --session b", ""]


def test_what_concerns_the_profile_comes_first(home: Home) -> None:
    """With a profile its own findings stand above those of others, and what ends its way above all."""
    more = "".join(f"[profile {name}]\nsso_session = acme\n{ROLE}output = tabel\n" for name in ("a", "x", "z"))
    home.config.write_text(SESSION + PROFILE + more)
    found = finds(home, "x", HTTPS_PROXY="http://127.0.0.1:9")
    assert [(each["kind"], each["line"]) for each in found] == [
        ("not-signed-in", None), ("unknown-output", 18), ("unknown-output", 13), ("unknown-output", 23),
        ("unreachable", None),
    ]  # fmt: skip


def test_many_profiles(home: Home) -> None:
    """A config file that slows every call is told, with by how much; it is mended by having fewer."""
    keys = "sso_session = acme\nsso_role_name = R\nregion = us-east-1\noutput = json\n"
    profiles = "".join(f"[profile p{each}]\nsso_account_id = {each:012}\n{keys}" for each in range(5000))
    home.config.write_text(SESSION + PROFILE + profiles)
    (found,) = in_config(home)
    told, _, seconds = found["what"].partition(" profiles, and takes ")
    assert (found["kind"], told, seconds.endswith(" s to read")) == (
        "large-config",
        "the config file has 5001",
        True,
    )
    assert 0 < float(seconds.split()[0]) < 60
    mend(home, f"EDITOR=cat; cat() {{ printf '%s' \"$1\" >asked; }}; {found['mend']}")
    assert (home.path / "asked").read_text() == str(home.settings)


def test_healthy(home: Home) -> None:
    """Of what is well, odd as it may look, nothing is said."""
    home.config.write_text(
        textwrap.dedent(
            f"""\
            ; mine
            [DEFAULT]
            output = json
            [default]
            region = us-east-1
            s3 =
              max_concurrent_requests = 20

            [plugins]
            cli_legacy_plugin_path = /x
            [services local]
            s3 =
              endpoint_url = http://127.0.0.1
            [profile codeartifact]
            sso_session = acme
            [profile chained]
            role_arn = arn:aws:iam::1:role/x
            source_profile = good
            [profile lone]
            source_profile = nowhere
            [profile keys]
            aws_access_key_id = x
            aws_secret_access_key = y
            [profile run]
            credential_process = {Path("/bin/sh")} -c true
            """
        )
        + SESSION
        + PROFILE
    )
    assert in_config(home) == []


def test_nothing_at_all(make_home: Callable[..., Home]) -> None:
    """In an empty home folder nothing is broken, and nothing is written; how to begin is told."""
    empty = make_home("empty")
    assert ([each["kind"] for each in finds(empty)], empty.tree()) == (["nothing-configured"], {})
