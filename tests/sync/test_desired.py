"""The profile that a role should have, by the settings and the style."""

import shlex

import pytest
from hypothesis import given, settings

from ssohelper.errors import BadInput
from ssohelper.roles import Account, Role
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import desired
from ssohelper.sync.desired import DesiredProfile
from tests.fixtures import sync_worlds
from tests.fixtures.sync_worlds import COMMAND, MAIN

ROLE = Role(Account("111111111111", "prod"), "Admin")
REF = MAIN.role("111111111111", "Admin")
LINE = f"{' '.join(COMMAND)} --session main --account-id 111111111111 --role-name Admin"
SSO_KEYS = frozenset({"sso_session", "sso_account_id", "sso_role_name"})
PROCESS_KEYS = frozenset({"credential_process", "ssohelper_account_id", "ssohelper_role_name"})


def _one(chosen: Settings) -> DesiredProfile:
    [profile] = desired.profiles([ROLE], MAIN, chosen, COMMAND, MAIN.region)
    return profile


def test_sso_style() -> None:
    """By default a profile names the session, and its region is a default that the user may change."""
    assert _one(Settings()) == DesiredProfile(
        ROLE,
        REF,
        "prod.Admin",
        values={"sso_session": "main", "sso_account_id": "111111111111", "sso_role_name": "Admin"},
        defaults={"region": "eu-central-1"},
        mark={"ssohelper_session": "main"},
        unset=PROCESS_KEYS,
    )


def test_credential_process_style() -> None:
    """A credential-process profile has the command, and account and role in keys of our own."""
    assert _one(Settings(style="credential-process", region="eu-west-1", output="json")) == DesiredProfile(
        ROLE,
        REF,
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


def test_rules_override_settings() -> None:
    """The name, style, region, output and options of a matching rule are used."""
    rule = Rule("prod/*", "p-{region}", "us-east-1", "text", "credential-process", {"cli_pager": "less"})
    profile = _one(Settings(region="eu-west-1", output="json", rules=(rule,)))
    assert (profile.name, profile.values, profile.defaults) == (
        "p-us-east-1",
        {"credential_process": LINE, "region": "us-east-1", "output": "text", "cli_pager": "less"},
        {},
    )


def test_order_of_options() -> None:
    """In a new profile the source of its credentials comes first, and what makes it managed last."""
    assert list(_one(Settings(output="json")).options()) == [
        "sso_session", "sso_account_id", "sso_role_name", "output", "region", "ssohelper_session",
    ]  # fmt: skip


def test_excluded_roles() -> None:
    """A role that the settings exclude has no desired profile."""
    other = Role(Account("222222222222", "dev"), "Admin")
    found = desired.profiles([ROLE, other], MAIN, Settings(exclude=("prod",)), COMMAND, MAIN.region)
    assert [profile.ref for profile in found] == [MAIN.role("222222222222", "Admin")]


@pytest.mark.parametrize(
    ("rules", "name"),
    [((), "default-111111111111"), ((Rule("*", name="default"),), "default")],
)
def test_default_profile(rules: tuple[Rule, ...], name: str) -> None:
    """Only a rule can make a role the default profile, not an account that is called default."""
    role = Role(Account("111111111111", "default"), "Admin")
    [profile] = desired.profiles(
        [role], MAIN, Settings(profile_name="{account_name}", rules=rules), COMMAND, MAIN.region
    )
    assert profile.name == name


@settings(deadline=None)
@given(sync_worlds.worlds)
def test_no_sso_keys_with_credential_process(world: sync_worlds.World) -> None:
    """A credential-process profile has no key that begins with sso_, and a line that all SDKs split the same way."""
    for profile in desired.profiles(world.roles, MAIN, world.settings, COMMAND, MAIN.region):
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


@pytest.mark.parametrize("chosen", [Settings(), Settings(style="sso", rules=(Rule("prod", style="sso"),))])
def test_sensitive_roles(chosen: Settings) -> None:
    """A sensitive role always has the style credential-process: SDKs cannot request its credentials themselves."""
    options = _one(chosen._replace(sensitive_roles=("*/Admin",))).options()
    assert (options["credential_process"], "sso_session" in options) == (LINE, False)


def test_session_that_cannot_be_in_the_line() -> None:
    """A style that cannot be written for a role is refused."""
    session = MAIN._replace(name="my  session")
    with pytest.raises(BadInput, match=r"^cannot use 'my  session' in credential_process: "):
        desired.profiles([ROLE], session, Settings(style="credential-process"), COMMAND, MAIN.region)
