"""`ssohelper sync --adopt`: profiles of other tools become managed ones that every SDK can still use."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.home import Home, sign_in
from tests.fixtures.sts import Sts

ACCOUNTS = {"111111111111": "one", "222222222222": "two"}
ROLES = ("Admin", "Deploy", "Read", "Secret")

# What each tool writes: aws-sso-util 4.33, aws-sso-cli 2, granted in both styles, aws-vault, the user.
OTHERS = """\
[sso-session acme]
sso_start_url = {url}
sso_region = us-east-1
sso_registration_scopes = sso:account:access

# of aws-sso-util
[profile one.Admin]
sso_start_url = {url}
sso_region = us-east-1
sso_account_name = one
sso_account_id = 111111111111
sso_role_name = Admin
region = eu-west-1
credential_process = aws-sso-util credential-process --profile one.Admin
sso_auto_populated = true
# pagers are a nuisance
cli_pager =

# BEGIN_AWS_SSO_CLI

[profile 111111111111:Read]
credential_process = /usr/local/bin/aws-sso -S "Default" process --arn arn:aws:iam::111111111111:role/Read
region = us-east-1
output = json

# END_AWS_SSO_CLI

[profile one/Deploy]
granted_sso_start_url      = `{url}/#`
granted_sso_region         = us-east-1
granted_sso_account_id     = 111111111111
granted_sso_role_name      = Deploy
common_fate_generated_from = aws-sso
credential_process         = granted credential-process --profile one/Deploy
granted_color              = red

[profile two/Admin]
sso_start_url          = {url}
sso_region             = us-east-1
sso_account_id         = 222222222222
granted_generated_from = aws-sso
sso_role_name          = Admin

[profile video]
sso_start_url={url}/
sso_region=us-east-1
sso_account_id=222222222222
sso_role_name=Read
credential_process=aws-vault export --format=json video

[profile by-hand]
sso_session = acme
sso_account_id = 222222222222
sso_role_name = Deploy
"""
# Their roles, in the order of the file.
ADOPTED = {
    "one.Admin": ("111111111111", "Admin"),
    "111111111111:Read": ("111111111111", "Read"),
    "one/Deploy": ("111111111111", "Deploy"),
    "two/Admin": ("222222222222", "Admin"),
    "video": ("222222222222", "Read"),
    "by-hand": ("222222222222", "Deploy"),
}
PLAN = """\
* 111111111111:Read  Read in one (111111111111), written by aws-sso-cli
* by-hand            Deploy in two (222222222222), written by hand, region = us-east-1
* one.Admin          111111111111, written by aws-sso-util
+ one.Secret         111111111111
* one/Deploy         111111111111, written by granted, region = us-east-1
* two/Admin          222222222222, written by granted, region = us-east-1
* video              Read in two (222222222222), written by aws-vault, region = us-east-1
1 to add, 6 to adopt, 0 unchanged
"""
BLOCK = (
    "ssohelper: 1 profile is in the block of aws-sso-cli: `aws-sso setup profiles` would undo the adoption\n"
    "hint: remove the lines # BEGIN_AWS_SSO_CLI and # END_AWS_SSO_CLI from ~/.aws/config\n"
)
WROTE = "ssohelper: wrote ~/.aws/config\n"

KEYS = {
    "sso": ("sso_session", "sso_account_id", "sso_role_name"),
    "credential-process": ("credential_process", "ssohelper_account_id", "ssohelper_role_name"),
}

WHO = ("aws", "sts", "get-caller-identity", "--profile")
# What botocore reads of each profile, and the credentials that it gets.
SCRIPT = """\
import json, sys, boto3
from concurrent.futures import ThreadPoolExecutor
profiles, names = boto3.Session()._session.full_config["profiles"], sys.argv[1:]
key = lambda name: boto3.Session(profile_name=name).get_credentials().access_key
with ThreadPoolExecutor(3) as pool:
    print(json.dumps({"profiles": profiles, "keys": dict(zip(names, pool.map(key, names)))}))
"""


def company() -> World:
    """Two accounts; only one of them has the role Secret."""
    accounts = [Account(account_id, name) for account_id, name in ACCOUNTS.items()]
    pairs = {(account_id, role) for account_id in ACCOUNTS for role in ROLES} - {("222222222222", "Secret")}
    return World(accounts, [PermissionSet(role) for role in ROLES], [User("alex", frozenset(pairs))])


@pytest.fixture
def identity_center() -> Any:
    """An Identity Center that approves every sign-in."""
    with Simulator(company(), rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def others(signed_in: Home, identity_center: Simulator) -> Home:
    """A home folder with profiles of every tool, and no managed ones."""
    signed_in.config.write_text(OTHERS.format(url=identity_center.start_url))
    return signed_in


def used(home: Home, identity_center: Simulator, *names: str) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """The profiles that botocore reads, and the roles that it gets credentials for with some of them."""
    done = home.run(sys.executable, "-c", SCRIPT, *names)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    issued = {name: identity_center.issued(key) for name, key in seen["keys"].items()}
    return seen["profiles"], {name: (each.account_id, each.role_name) for name, each in issued.items()}


def test_the_plan(others: Home) -> None:
    """Previews show what would be adopted, and who wrote it, and write nothing."""
    before = others.tree()
    dry, check = others.ssohelper("sync", "--adopt", "--dry-run"), others.ssohelper("sync", "--adopt", "--check")
    assert (dry.stdout, dry.stderr, dry.returncode) == (PLAN, BLOCK, 0)
    assert (check.stdout, check.stderr, check.returncode) == (PLAN, BLOCK, 3)
    assert others.tree() == before


@pytest.mark.full
def test_style_sso(others: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """Every profile keeps its name, comments and the user's keys, and botocore gets credentials of its role."""
    done = others.ssohelper("sync", "--adopt", "--yes")
    assert (done.stdout, done.stderr, done.returncode) == (PLAN, BLOCK + WROTE, 0)
    text = others.config.read_text()
    assert text.partition("# of aws-sso-util\n")[2].startswith(
        "[profile one.Admin]\nsso_account_id = 111111111111\nsso_role_name = Admin\nregion = eu-west-1\n"
        "# pagers are a nuisance\ncli_pager =\nsso_session = acme\nssohelper_session = acme\n\n# BEGIN_AWS_SSO_CLI\n"
    )
    profiles, roles = used(others, identity_center, *ADOPTED)
    assert roles == ADOPTED
    own = {"one.Admin": {"region": "eu-west-1", "cli_pager": ""}, "111111111111:Read": {"output": "json"}}
    own["one/Deploy"] = {"granted_color": "red"}
    assert {name: profiles[name] for name in ADOPTED} == {
        name: {
            "sso_session": "acme",
            "sso_account_id": account_id,
            "sso_role_name": role_name,
            "ssohelper_session": "acme",
            "region": "us-east-1",
            **own.get(name, {}),
        }
        for name, (account_id, role_name) in ADOPTED.items()
    }
    done = others.run(*WHO, "one/Deploy", AWS_ENDPOINT_URL_STS=caller_identity.url)
    assert (done.stderr, done.returncode) == ("", 0)
    done = others.ssohelper("sync", "--check")
    assert (done.stdout, done.returncode) == ("nothing to do, 7 unchanged\n", 0)


@pytest.mark.full
def test_style_credential_process(others: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """No key is left that would make it an SSO profile for an SDK, and the AWS CLI can use it."""
    done = others.ssohelper("sync", "--adopt", "--yes", "--style", "credential-process")
    assert done.returncode == 0, done.stderr
    profiles, roles = used(others, identity_center, *ADOPTED)
    assert roles == ADOPTED
    left = {key for name in ADOPTED for key in profiles[name] if key.startswith(("sso_", "granted_sso_"))}
    programs = {profiles[name]["credential_process"].split()[0].rpartition("/")[2] for name in ADOPTED}
    assert (left, programs) == (set(), {"ssohelper-credential-process"})
    done = others.run(*WHO, "one/Deploy", AWS_ENDPOINT_URL_STS=caller_identity.url)
    assert (done.stderr, done.returncode) == ("", 0)


def test_json(others: Home) -> None:
    """--json has the origin and the changes of each adopted profile, and the profiles that are not adopted."""
    with others.config.open("a") as file:
        file.write("\n[profile mine]\nsso_session = acme\nsso_account_id = 111111111111\nsso_role_name = Read\n")
    done = others.ssohelper("sync", "--adopt", "--dry-run", "--json", "--include", "one/Read")
    answer = json.loads(done.stdout)
    assert (done.stderr, answer["summary"]) == (
        "", {"add": 0, "adopt": 1, "change": 0, "rename": 0, "remove": 0, "keep": 0},
    )  # fmt: skip
    [step] = answer["steps"]
    process = '/usr/local/bin/aws-sso -S "Default" process --arn arn:aws:iam::111111111111:role/Read'
    assert step == {
        "action": "adopt",
        "profile": "111111111111:Read",
        "new_name": None,
        "account_id": "111111111111",
        "account_name": "one",
        "role_name": "Read",
        "reason": None,
        "origin": "aws-sso-cli",
        "changes": {
            "sso_session": {"before": None, "after": "acme"},
            "sso_account_id": {"before": None, "after": "111111111111"},
            "sso_role_name": {"before": None, "after": "Read"},
            "ssohelper_session": {"before": None, "after": "acme"},
            "credential_process": {"before": process, "after": None},
        },
    }
    assert answer["not_adopted"] == [
        {
            "profile": "mine",
            "line": 56,
            "account_id": "111111111111",
            "role_name": "Read",
            "origin": "hand",
            "reason": "111111111111:Read is for the same role",
        }
    ]


def test_not_adopted(others: Home, identity_center: Simulator) -> None:
    """What cannot be adopted is unchanged, and the plan says why; roles that are not assigned are named in a note."""
    more = (
        "\n[profile mine]\nsso_session = acme\nsso_account_id = 111111111111\nsso_role_name = Secret\n"
        "credential_process = /home/alex/bin/my-own\n\n[profile keys]\nsso_session = acme\n"
        "sso_account_id = 111111111111\nsso_role_name = Secret\naws_access_key_id = AKIA\n"
        "\n[default]\nsso_session = acme\nsso_account_id = 111111111111\nsso_role_name = Secret\n"
        "\n[profile both]\nsso_session = acme\nsso_account_id = 111111111111\nsso_role_name = Secret\n"
    )
    others.config.write_text(others.config.read_text() + more)
    (others.config.parent / "credentials").write_text("[both]\naws_access_key_id = AKIA\n")
    identity_center.world.withdraw("222222222222", "Deploy")
    done = others.ssohelper("sync", "--adopt", "--yes")
    assert [line for line in done.stdout.splitlines() if line.startswith(("+", "!"))] == [
        "+ one.Secret         111111111111",
        "! mine (line 56 of the config file) is not adopted: its credential_process runs no known tool",
        "! keys (line 62 of the config file) is not adopted: it has aws_access_key_id",
        "! default (line 68 of the config file) is not adopted: no rule in config.toml names its role default",
        "! both (line 73 of the config file) is not adopted: the credentials file also has a profile of that name",
    ]
    not_assigned = "ssohelper: 1 profile is for a role not assigned to you: by-hand\n"
    assert (done.stderr, done.returncode) == (not_assigned + BLOCK + WROTE, 0)
    assert (
        others.config.read_text()
        .partition("[profile by-hand]")[2]
        .startswith(f"\nsso_session = acme\nsso_account_id = 222222222222\nsso_role_name = Deploy\n{more}")
    )


def test_many_roles_not_assigned(others: Home, identity_center: Simulator) -> None:
    """Of many profiles whose roles are not assigned, five are named."""
    profiles = [
        f"[profile gone-{number}]\nsso_session = acme\nsso_account_id = 333333333333\nsso_role_name = Role{number}\n"
        for number in range(7)
    ]
    others.config.write_text(others.config.read_text().partition("# of aws-sso-util")[0] + "".join(profiles))
    done = others.ssohelper("sync", "--adopt", "--dry-run")
    some = "gone-0, gone-1, gone-2, gone-3, gone-4, ..."
    assert done.stderr == f"ssohelper: 7 profiles are for roles not assigned to you: {some}\n"


def test_note_without_adopt(others: Home) -> None:
    """A run that would add second profiles says so, unless it is with --adopt or --json."""
    done = others.ssohelper("sync", "--check")
    assert (
        done.stderr
        == "ssohelper: 6 of these roles already have a profile: ssohelper sync --adopt uses them instead\n"
    )
    done = others.ssohelper("sync", "--check", "--include", "two/Read")
    assert (
        done.stderr == "ssohelper: 1 of these roles already has a profile: ssohelper sync --adopt uses it instead\n"
    )
    assert others.ssohelper("sync", "--check", "--json").stderr == ""
    others.ssohelper("sync", "--adopt", "--yes")
    assert others.ssohelper("sync", "--check").stderr == ""


def test_settings(others: Home) -> None:
    """Profiles of excluded roles are not adopted; that of a sensitive role is, and the role is locked then."""
    others.settings.parent.mkdir(parents=True)
    others.settings.write_text('[defaults]\nexclude = ["one/Deploy"]\nsensitive_roles = ["*/Read", "*/Secret"]\n')
    done = others.ssohelper("sync", "--adopt", "--yes", "--include", "*/Read", "--include", "one/*")
    assert done.stdout.splitlines() == [
        "* 111111111111:Read  Read in one (111111111111), written by aws-sso-cli",
        "* one.Admin          111111111111, written by aws-sso-util",
        "* video              Read in two (222222222222), written by aws-vault, region = us-east-1",
        "! one/Deploy (line 28 of the config file) is not adopted: config.toml excludes its role",
        "3 to adopt, 0 unchanged",
    ]
    assert others.ssohelper("credential-process", "--profile", "video").returncode == 1


@pytest.mark.full
def test_undo(others: Home) -> None:
    """Without ssohelper_session the profile is foreign again, and the file as it was is among the backups."""
    before = others.config.read_bytes()
    others.ssohelper("sync", "--adopt", "--yes", "--include", "two/*")
    [backup] = (others.state / "backups").glob("*/*")
    assert backup.read_bytes() == before
    no_longer_managed = re.sub(
        r"(?<=\[profile video\]\n)((?:.+\n)+?)ssohelper_.+\n", r"\1", others.config.read_text()
    )
    others.config.write_text(no_longer_managed)
    others.settings.parent.mkdir(parents=True)
    others.settings.write_text('[defaults]\nexclude = ["two/Read"]\n')
    done = others.ssohelper("sync", "--yes", "--include", "two/*")
    assert (done.stdout, others.config.read_text()) == ("nothing to do, 2 unchanged\n", no_longer_managed)


@pytest.mark.full
def test_sync_before_adopt(others: Home) -> None:
    """Profiles that an earlier sync has added are replaced by the adopted ones."""
    original = others.config.read_text()
    others.ssohelper("sync", "--adopt", "--yes")
    adopted_at_once = others.config.read_text()
    others.config.write_text(original)
    others.ssohelper("sync", "--yes")
    done = others.ssohelper("sync", "--adopt", "--dry-run", "--include", "two/*")
    assert done.stdout == (
        "* by-hand     Deploy in two (222222222222), written by hand, region = us-east-1\n"
        "- two.Admin   Admin in two (222222222222) is replaced by two/Admin\n"
        "- two.Deploy  Deploy in two (222222222222) is replaced by by-hand\n"
        "- two.Read    Read in two (222222222222) is replaced by video\n"
        "* two/Admin   222222222222, written by granted, region = us-east-1\n"
        "* video       Read in two (222222222222), written by aws-vault, region = us-east-1\n"
        "3 to adopt, 3 to remove, 4 unchanged\n"
    )
    assert others.ssohelper("sync", "--adopt", "--yes").returncode == 0
    assert others.config.read_text() == adopted_at_once


@pytest.mark.full
def test_confirmation(others: Home) -> None:
    """On a terminal it asks once; no changes nothing."""
    before = others.config.read_bytes()
    asked = others.terminal("sync", "--adopt")
    asked.expect_exact("1 to add, 6 to adopt, 0 unchanged")
    asked.expect_exact("write this to ~/.aws/config? [y/N] ")
    asked.sendline("n")
    asked.expect(pexpect.EOF)
    asked.close()
    assert (asked.exitstatus, others.config.read_bytes()) == (130, before)


@pytest.mark.full
def test_aws_sso_util(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """All profiles of the real aws-sso-util are adopted, and work in both styles."""
    home = make_home(**identity_center.environment)
    sign_in(home, identity_center)
    where = ("--sso-start-url", identity_center.start_url, "--sso-region", identity_center.region)
    assert home.run("aws-sso-util", "login", "--headless", where[1], where[3]).returncode == 0
    done = home.run("aws-sso-util", "configure", "populate", *where, "--region", "eu-west-1")
    assert done.returncode == 0, done.stderr
    names = re.findall(r"\[profile (.+)\]", home.config.read_text())
    for style, sign, some in (("sso", "* ", names), ("credential-process", "~ ", names[:1])):
        done = home.ssohelper("sync", "--adopt", "--yes", "--style", style)
        assert (done.stderr, done.returncode) == (WROTE, 0)
        assert [line[:2] for line in done.stdout.splitlines()[:-1]] == [sign] * 7
        profiles, roles = used(home, identity_center, *some)
        assert [f"{ACCOUNTS[account_id]}.{role}" for account_id, role in roles.values()] == some
        keys = {key for values in profiles.values() for key in values}
        assert keys == {"region", "ssohelper_session", *KEYS[style]}
        assert {values["region"] for values in profiles.values()} == {"eu-west-1"}
