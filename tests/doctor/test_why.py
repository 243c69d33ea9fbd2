"""`ssohelper why PROFILE`: each broken step to a role's credentials, on the simulator."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.company import make_company
from tests.fixtures.home import Home

PROFILE = "payments-prod.ReadOnly"


def why(home: Home, *words: str) -> tuple[dict[str, bool | None], dict[str, Any], int]:
    """Whether each step holds; the report; the exit code."""
    done = home.ssohelper("why", "--json", *words)
    report = json.loads(done.stdout)
    return {each["name"]: each["holds"] for each in report["steps"]}, report, done.returncode


def add_profile(home: Home, account_id: str, role_name: str) -> None:
    """Add a profile `mine`."""
    with home.config.open("a") as file:
        file.write(f"\n[profile mine]\nsso_session = acme\nsso_account_id = {account_id}\n")
        file.write(f"sso_role_name = {role_name}\nregion = us-east-1\n")


SIGNED_IN = {"profile": True, "session": True, "sign-in": True}


def test_withdrawn(synced: Home, identity_center: Simulator) -> None:
    """A role that was withdrawn since the last sync; the doctor names the command that tells so."""
    identity_center.world.withdraw("333344445555", "ReadOnly")
    steps, report, code = why(synced, PROFILE)
    assert (steps, code) == (
        {**SIGNED_IN, "role": False, "account": True, "elsewhere": True, "earlier": True},
        1,
    )
    assert report["sentence"] == "ReadOnly in payments-prod (333344445555) is no longer assigned to you"
    assert report["next_step"] == "ssohelper sync --session acme --dry-run"
    assert synced.ssohelper("doctor", PROFILE).stderr == f"hint: ssohelper why {PROFILE}\n"


@pytest.mark.parametrize(
    ("account_id", "role_name", "sentence"),
    [
        ("222233334444", "ReadOnyl", "no role of yours is named ReadOnyl; did you mean ReadOnly?"),
        ("333344445565", "ReadOnly", "you have no role in account 333344445565; did you mean 333344445555"),
    ],
)
def test_misspelt(synced: Home, account_id: str, role_name: str, sentence: str) -> None:
    """A role or an account that is similar to one of the person's is named in words, not in a command."""
    add_profile(synced, account_id, role_name)
    steps, report, code = why(synced, "mine")
    assert (steps["role"], steps["account"], code) == (False, role_name == "ReadOnyl", 1)
    assert report["sentence"].startswith(sentence)
    assert (report["next_step"], report["request"]) == ("ssohelper roles --session acme", [])


def test_assigned_after_the_sign_in(make_home: Callable[..., Home]) -> None:
    """A role that was assigned after the sign-in does not show; another sign-in shows it, as the next step says."""
    with make_company(make_home, auto_approve=True, assignments_at_sign_in=True) as company:
        home = company.home
        assert home.ssohelper("login").returncode == 0
        add_profile(home, "333344445555", "Developer")
        company.service.world.assign("333344445555", "Developer")
        steps, report, code = why(home, "mine")
        assert ("newer roles" in steps, report["next_step"]) == (False, "ssohelper roles --session acme")

        (history,) = (home.state / "refresh-history").iterdir()
        began = json.loads(history.read_text())
        history.write_text(json.dumps({**began, "signed_in_at": began["signed_in_at"] - 3600}))
        steps, report, code = why(home, "mine")
        assert (steps["role"], steps["newer roles"], code) == (False, None, 1)
        assert report["next_step"] == "ssohelper login --session acme --force"
        assert home.ssohelper(*report["next_step"].split()[1:]).returncode == 0
        steps, report, code = why(home, "mine")
        assert (steps["role"], steps["credentials"], report["works"], code) == (True, True, True, 0)


def test_expired(synced: Home, identity_center: Simulator) -> None:
    """A sign-in that has expired."""
    identity_center.revoke_all_tokens()
    steps, report, code = why(synced, PROFILE)
    assert (steps, code) == ({"profile": True, "session": True, "sign-in": False}, 4)
    assert (report["works"], report["next_step"]) == (False, "ssohelper login --session acme")


@pytest.mark.parametrize("operation", ["ListAccountRoles", "GetRoleCredentials"])
def test_throttled(synced: Home, identity_center: Simulator, operation: str) -> None:
    """While Identity Center throttles, it is not known whether the role can be used."""
    identity_center.faults.add(operation, Fault.error(429), times=None)
    steps, report, code = why(synced, PROFILE)
    failing = "role" if operation == "ListAccountRoles" else "credentials"
    assert (steps[failing], report["works"], code) == (None, None, 5)
    assert report["sentence"] == "Identity Center is throttling requests (HTTP 429)"


def test_offline(synced: Home, identity_center: Simulator) -> None:
    """Without a network, it is not known either."""
    identity_center.close()
    steps, report, code = why(synced, PROFILE)
    assert (steps, report["works"], code) == ({**SIGNED_IN, "role": None}, None, 5)
    assert report["sentence"].startswith("can't reach Identity Center")


def test_other_accounts_cannot_be_listed(synced: Home, identity_center: Simulator) -> None:
    """The role is known not to be assigned, although nothing else is."""
    identity_center.world.withdraw("333344445555", "ReadOnly")
    identity_center.faults.add("ListAccounts", Fault.error(500), times=None)
    steps, report, code = why(synced, PROFILE)
    assert (steps, report["works"], code) == ({**SIGNED_IN, "role": False, "elsewhere": None}, False, 5)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("", "profile 'mine' not found in ~/.aws/config"),
        ("[profile mine]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n", "profile 'mine'"),
        ("[profile mine]\nsso_session = acme\nsso_account_id = 1234\nsso_role_name = A\n", "profile 'mine': sso_acc"),
        ("[profile mine]\nregion = x\nregion = y\n", "'region' is set twice"),
    ],
)
def test_profile(synced: Home, config: str, sentence: str) -> None:
    """A profile that is missing, for other credentials, or invalid: nothing is requested."""
    with synced.config.open("a") as file:
        file.write(f"\n{config}")
    steps, report, code = why(synced, "mine")
    assert (steps, report["works"], code) == ({"profile": False}, False, 1)
    assert report["sentence"].startswith(sentence)
    assert report["next_step"]


def test_keys_in_environment(synced: Home) -> None:
    """Access keys in the environment override the profile: that is a step of its own."""
    synced.environment["AWS_ACCESS_KEY_ID"] = "AKIAEXAMPLE"
    steps, report, code = why(synced, PROFILE)
    assert (steps["environment"], steps["credentials"], code) == (False, True, 1)
    assert report["sentence"] == f"{PROFILE} works, but AWS_ACCESS_KEY_ID is set: it overrides the config file"
    assert report["next_step"] == "unset AWS_ACCESS_KEY_ID"


def test_text(synced: Home, identity_center: Simulator) -> None:
    """People see a mark for each step, the sentence, a text to send, and the next step."""
    identity_center.world.withdraw("333344445555", "ReadOnly")
    done = synced.ssohelper("why", PROFILE)
    lines = done.stdout.splitlines()
    assert [line[:2].strip() for line in lines[:7]] == ["ok", "ok", "ok", "x", "ok", "ok", "ok"]
    label = "ReadOnly in payments-prod (333344445555)"
    assert lines[7:] == [
        "",
        f"{label} is no longer assigned to you",
        "",
        "to send:",
        f"  Please assign the role {label} to me in IAM Identity Center.",
    ]
    assert done.stderr == "hint: ssohelper sync --session acme --dry-run\n"
