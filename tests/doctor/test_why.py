"""`ssohelper why PROFILE`: each broken step to a role's credentials, on the simulator."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import PermissionSet
from tests.fixtures.company import make_company
from tests.fixtures.home import Home

PROFILE = "payments-prod.ReadOnly"


def why(home: Home, *words: str) -> tuple[dict[str, bool | None], dict[str, Any], int]:
    """Whether each step holds; the report; the exit code."""
    done = home.ssohelper("why", "--json", *words)
    report = json.loads(done.stdout)
    return {each["name"]: each["ok"] for each in report["steps"]}, report, done.returncode


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
        {**SIGNED_IN, "role": False, "account": True, "other accounts": True, "last sync": True},
        1,
    )
    assert report["sentence"] == "ReadOnly in payments-prod (333344445555) is no longer assigned to you"
    assert report["next_step"] == "ssohelper sync --session acme --dry-run"
    assert synced.ssohelper("doctor", PROFILE).stderr == f"hint: ssohelper why {PROFILE}\n"


@pytest.mark.parametrize(
    ("account_id", "role_name", "sentence"),
    [
        ("222233334444", "ReadOnyl", "you have no role named ReadOnyl; did you mean ReadOnly?"),
        ("333344445565", "ReadOnly", "you have no role in account 333344445565; did you mean 333344445555"),
    ],
)
def test_misspelt(synced: Home, account_id: str, role_name: str, sentence: str) -> None:
    """A role or an account that is similar to one of the person's is named in words, not in a command."""
    add_profile(synced, account_id, role_name)
    steps, report, code = why(synced, "mine")
    assert (steps["role"], steps["account"], code) == (False, role_name == "ReadOnyl", 1)
    assert report["sentence"].startswith(sentence)
    assert (report["next_step"], report["text_to_send"]) == ("ssohelper roles --session acme", [])


def test_assigned_after_the_sign_in(make_home: Callable[..., Home]) -> None:
    """A role that was assigned after the sign-in does not show; another sign-in shows it, as the next step says."""
    with make_company(make_home, auto_approve=True, assignments_at_sign_in=True) as company:
        home = company.home
        assert home.ssohelper("login").returncode == 0
        add_profile(home, "333344445555", "Developer")
        company.service.world.assign("333344445555", "Developer")
        steps, report, code = why(home, "mine")
        assert ("sign-in age" in steps, report["next_step"]) == (False, "ssohelper roles --session acme")

        (history,) = (home.state / "refresh-history").iterdir()
        began = json.loads(history.read_text())
        history.write_text(json.dumps({**began, "signed_in_at": began["signed_in_at"] - 3600}))
        steps, report, code = why(home, "mine")
        assert (steps["role"], steps["sign-in age"], code) == (False, None, 1)
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
    assert (steps, report["works"], code) == ({**SIGNED_IN, "role": False, "other accounts": None}, False, 5)


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
        "to send to the administrators of IAM Identity Center:",
        f"  Please assign the role {label} to me in IAM Identity Center ({identity_center.start_url}).",
    ]
    assert done.stderr == "hint: ssohelper sync --session acme --dry-run\n"


PUT = ("--action", "s3:PutObject", "--resource", "arn:aws:s3:::reports/a")
WISH = "s3:PutObject on arn:aws:s3:::reports/a"
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = json.dumps({"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}, ALLOW]})
ONLY_EC2 = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["ec2:*", "iam:*"], "Resource": "*"}]})
IDENTITY_CENTER = "the administrators of IAM Identity Center"


def test_works(synced: Home) -> None:
    """A role that works: who one is, where else one has it, and how to ask about an action."""
    steps, report, code = why(synced, PROFILE)
    names = ("role", "credentials", "account", "other accounts", "identity")
    assert (steps, code) == ({**SIGNED_IN, **dict.fromkeys(names, True)}, 0)
    assert (report["sentence"], report["works"]) == (f"{PROFILE} works", True)
    assert report["next_step"] == f"ssohelper why {PROFILE} --action SERVICE:ACTION"
    assert report["steps"][-1]["detail"] == "ReadOnly in payments-prod (333344445555), as alex@example.com"


@pytest.mark.parametrize(
    ("permission_set", "organization", "decided"),
    [
        (
            PermissionSet("ReadOnly", policy=ONLY_EC2),
            *("", "no identity-based policy of the permission set ReadOnly allows it"),
        ),
        (
            PermissionSet("ReadOnly", policy=DENY),
            *("", "an identity-based policy of the permission set ReadOnly denies it"),
        ),
        (
            PermissionSet("ReadOnly", boundary="/boundary"),
            *("", "the permissions boundary of the permission set ReadOnly does not allow it"),
        ),
        (PermissionSet("ReadOnly"), ONLY_EC2, "the service control policies do not allow it"),
    ],
)
def test_action_denied(
    synced: Home, identity_center: Simulator, permission_set: PermissionSet, organization: str, decided: str
) -> None:
    """The role's own simulation says which kind of policy denies an action."""
    identity_center.world.add_customer_policy("/boundary", ONLY_EC2)
    identity_center.world.add_permission_set(permission_set)
    identity_center.world.service_control_policy = organization
    steps, report, code = why(synced, PROFILE, *PUT)
    assert (steps["identity"], steps["action"], report["works"], code) == (True, False, False, 1)
    assert report["sentence"] == f"{PROFILE} is not allowed {WISH}: {decided}"
    owner = "the administrators of your AWS organization" if organization else IDENTITY_CENTER
    assert (report["contact"], report["text_to_send"][0]) == (owner, f"I am not allowed to perform {WISH}.")
    assert report["next_step"] == "ssohelper roles --session acme"


def test_action_allowed(synced: Home) -> None:
    """An action that the role's policies allow may still be denied by the policy of the resource."""
    steps, report, code = why(synced, PROFILE, "--action", "s3:GetObject")
    assert (steps["action"], report["works"], code) == (True, True, 0)
    assert report["sentence"] == f"{PROFILE} is allowed s3:GetObject by the role's policies"


def test_may_not_ask(synced: Home) -> None:
    """A role that may not simulate its policies: it is not known, and AWS's own message says more."""
    steps, report, code = why(synced, "payments-staging.Developer", *PUT)
    assert (steps["identity"], steps["action"], report["works"], code) == (True, None, None, 5)
    assert report["steps"][-1]["detail"] == f"{WISH}: the role is not allowed iam:SimulatePrincipalPolicy"
    assert report["next_step"] == "ssohelper why --message TEXT"


def test_may_not_read_itself(synced: Home, identity_center: Simulator) -> None:
    """A role that may simulate its policies, but not read itself, is found by the path that it always has."""
    simulate = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}
    identity_center.world.add_permission_set(PermissionSet("ReadOnly", policy=json.dumps({"Statement": simulate})))
    steps, _, code = why(synced, PROFILE, *PUT)
    assert (steps["action"], code) == (False, 1)


def test_sensitive(synced: Home) -> None:
    """A sensitive role is not asked about itself: that would be a use of it."""
    synced.settings.parent.mkdir(parents=True)
    synced.settings.write_text('[defaults]\nsensitive_roles = ["*/ReadOnly"]\n')
    steps, report, code = why(synced, PROFILE, *PUT)
    assert (steps["credentials"], steps["identity"], steps["action"], report["works"], code) == (
        True,
        None,
        None,
        None,
        5,
    )


@pytest.mark.parametrize(
    "identity",
    [
        ("999999999999", "arn:aws:sts::999999999999:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/ann"),
        ("333344445555", "arn:aws:sts::999999999999:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/ann"),
        ("333344445555", "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ann"),
        ("333344445555", "hello"),
    ],
)
def test_other_identity(synced: Home, identity_center: Simulator, identity: tuple[str, str]) -> None:
    """Credentials that STS says are another role's are no success, and nothing is asked with them."""
    account_id, arn = identity
    result = f"<Arn>{arn}</Arn><UserId>A:ann</UserId><Account>{account_id}</Account>"
    body = f"<R><GetCallerIdentityResult>{result}</GetCallerIdentityResult></R>".encode()
    identity_center.faults.add("GetCallerIdentity", Fault.response(body, 200), times=None)
    steps, report, code = why(synced, PROFILE, *PUT)
    assert (steps["identity"], "action" in steps, report["works"], code) == (False, False, False, 1)


def test_another_user(synced: Home, identity_center: Simulator) -> None:
    """Roles that another user had at the last sync were not withdrawn from this one."""
    for account_id, role_name in identity_center.world.assignments_of("alex@example.com"):
        identity_center.world.withdraw(account_id, role_name, "alex@example.com")
    identity_center.world.assign("111122223333", "Billing", "alex@example.com")
    steps, report, _ = why(synced, PROFILE)
    assert ("last sync" in steps, report["sentence"]) == (
        False,
        "ReadOnly in payments-prod (333344445555) is not assigned to you",
    )


def test_account_cannot_be_listed(synced: Home, identity_center: Simulator) -> None:
    """Where the account cannot be listed again, or lists the role after all, nothing is concluded."""
    identity_center.faults.add("ListAccountRoles", Fault.error(403), account_id="333344445555")
    steps, report, code = why(synced, PROFILE)
    assert (steps["role"], report["works"], report["text_to_send"], code) == (None, None, [], 5)
    identity_center.faults.add("ListAccountRoles", Fault.error(403), None, account_id="333344445555")
    steps, report, code = why(synced, PROFILE)
    assert (steps["role"], report["works"], code) == (None, None, 5)


def test_other_services_unreachable(synced: Home) -> None:
    """Without STS the role works all the same; who it is, is not known."""
    synced.environment["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1"
    steps, report, code = why(synced, PROFILE)
    assert (steps["credentials"], steps["identity"], report["works"], code) == (True, None, True, 0)
