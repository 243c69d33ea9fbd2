"""What the profile of a role holds, by the settings and the style."""

import shlex

import pytest
from hypothesis import given, settings

from ssohelper.errors import BadInput
from ssohelper.model import Account, Role
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import desired
from ssohelper.sync.desired import Wanted
from tests.fixtures import sync_worlds
from tests.fixtures.sync_worlds import COMMAND, MAIN

ROLE = Role(Account("111111111111", "prod"), "Admin")
LINE = f"{' '.join(COMMAND)} --session main --account-id 111111111111 --role-name Admin"
SSO_KEYS = frozenset({"sso_session", "sso_account_id", "sso_role_name"})
PROCESS_KEYS = frozenset({"credential_process", "ssohelper_account_id", "ssohelper_role_name"})


def _one(chosen: Settings) -> Wanted:
    [profile] = desired.profiles([ROLE], MAIN, chosen, COMMAND)
    return profile


def test_sso_style() -> None:
    """By default a profile names the session, and its region is a first guess that the user may change."""
    assert _one(Settings()) == Wanted(
        ROLE,
        "prod.Admin",
        values={"sso_session": "main", "sso_account_id": "111111111111", "sso_role_name": "Admin"},
        defaults={"region": "eu-central-1"},
        mark={"ssohelper_session": "main"},
        unset=PROCESS_KEYS,
    )


def test_credential_process_style() -> None:
    """A credential-process profile names the command, and account and role under keys of ours."""
    assert _one(Settings(style="credential-process", region="eu-west-1", output="json")) == Wanted(
        ROLE,
        "prod.Admin",
        values={"credential_process": LINE, "region": "eu-west-1", "output": "json"},
        defaults={},
        mark={
            "ssohelper_session": "main",
            "ssohelper_account_id": "111111111111",
            "ssohelper_role_name": "Admin",
        },
        unset=SSO_KEYS,
    )


def test_rules_go_before_settings() -> None:
    """A rule's name, style, region, output and options count where it matches."""
    rule = Rule("prod/*", "p-{region}", "us-east-1", "text", "credential-process", {"cli_pager": "less"})
    profile = _one(Settings(region="eu-west-1", output="json", rules=(rule,)))
    assert (profile.name, profile.values, profile.defaults) == (
        "p-us-east-1",
        {"credential_process": LINE, "region": "us-east-1", "output": "text", "cli_pager": "less"},
        {},
    )


def test_options_in_order() -> None:
    """A new profile has the source of its credentials first, and our mark last."""
    assert list(_one(Settings(output="json")).options()) == [
        "sso_session", "sso_account_id", "sso_role_name", "output", "region", "ssohelper_session",
    ]  # fmt: skip


def test_only_what_the_settings_include() -> None:
    """A role that the settings leave out is not wanted."""
    other = Role(Account("222222222222", "dev"), "Admin")
    found = desired.profiles([ROLE, other], MAIN, Settings(exclude=("prod",)), COMMAND)
    assert [profile.key for profile in found] == [("222222222222", "Admin")]


@pytest.mark.parametrize(
    ("rules", "name"),
    [((), "default-111111111111"), ((Rule("*", name="default"),), "default")],
)
def test_default_is_never_a_chance(rules: tuple[Rule, ...], name: str) -> None:
    """An account called default does not make the default profile; a rule that says so does."""
    role = Role(Account("111111111111", "default"), "Admin")
    [profile] = desired.profiles([role], MAIN, Settings(profile_name="{account_name}", rules=rules), COMMAND)
    assert profile.name == name


@settings(deadline=None)
@given(sync_worlds.worlds)
def test_no_sso_key_beside_a_process(world: sync_worlds.World) -> None:
    """A credential-process profile has no key that begins with sso_, and a line that every SDK splits alike."""
    for profile in desired.profiles(world.roles, MAIN, world.settings, COMMAND):
        options = profile.options()
        if "credential_process" in options:
            assert [key for key in options if key.startswith("sso_")] == []
            assert profile.unset >= SSO_KEYS
            line = options["credential_process"]
            assert shlex.split(line) == line.split(" ")
            assert line.split(" ")[:2] == [*COMMAND]
        else:
            assert options.keys() >= SSO_KEYS
            assert not options.keys() & PROCESS_KEYS


@pytest.mark.parametrize(
    ("program", "session", "role", "message"),
    [
        ("/a b/ssohelper", "main", "R", "'/a b/ssohelper' cannot stand in credential_process: not every SDK"),
        (
            "C:\\ssohelper.exe",
            "main",
            "R",
            "'C:\\\\ssohelper.exe' cannot stand in credential_process: it is no absolute",
        ),
        ("ssohelper", "main", "R", "'ssohelper' cannot stand in credential_process: it is no absolute path"),
        ("~/bin/ssohelper", "main", "R", "'~/bin/ssohelper' cannot stand in credential_process: it is no absolute"),
        ("/x/$HOME", "main", "R", "'/x/$HOME' cannot stand in credential_process: not every SDK"),
        ("/x", "my session", "R", "'my session' cannot stand in credential_process: not every SDK"),
        ("/x", "main", "a'b", '"a\'b" cannot stand in credential_process: not every SDK'),
        ("/x", "main", "", "'' cannot stand in credential_process: not every SDK"),
    ],
)
def test_what_cannot_stand_in_the_line(program: str, session: str, role: str, message: str) -> None:
    """Whatever one SDK would read in another way than the next is refused."""
    with pytest.raises(BadInput) as refused:
        desired.credential_process((program, "credential-process"), session, Role(Account("1"), role))
    assert str(refused.value).startswith(message)


def test_every_role_name_of_the_service() -> None:
    """All characters that a permission set's name may hold can stand in the line."""
    role = Role(Account("111111111111"), "aZ0_+=,.@-")
    assert desired.credential_process(COMMAND, "main", role).endswith(" --role-name aZ0_+=,.@-")
