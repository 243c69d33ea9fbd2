"""What happens at each link of a chain of roles: one request for all, and one line that names the link that fails."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, command
from tests.fixtures.sts import Error, Sts

BASE, DEPLOY, AUDIT = "ReadOnly in 333344445555", "Deploy in 999988887777", "Audit in 888877776666"
_PROFILES = """
[profile pay]
sso_session = acme
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile deploy]
role_arn = arn:aws:iam::999988887777:role/Deploy
source_profile = pay
region = eu-west-1

[profile audit]
role_arn = arn:aws:iam::888877776666:role/Audit
source_profile = deploy
region = eu-west-1
"""
CLOCK = "check the clock of this machine, then run the command again"
OPTIONS = "check role_arn, external_id, role_session_name and duration_seconds of the profile"


@pytest.fixture
def chained(signed_in: Home, caller_identity: Sts) -> Home:
    """A home folder with a chain of two roles on top of one of Identity Center."""
    with signed_in.config.open("a") as file:
        file.write(_PROFILES)
    signed_in.environment["AWS_ENDPOINT_URL_STS"] = caller_identity.url
    return signed_in


def credentials(home: Home, profile: str = "audit", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run `ssohelper credential-process` for a profile."""
    return home.ssohelper("credential-process", "--profile", profile, **more)


def key(done: "subprocess.CompletedProcess[str]") -> str:
    """The id of the key that was printed."""
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["AccessKeyId"])


def cached_files(home: Home) -> list[Path]:
    """The files in the AWS CLI's cache of role credentials."""
    return sorted((home.path / ".aws" / "cli" / "cache").glob("*"))


def expire(home: Home, account_id: str) -> None:
    """Let STS and us disagree: credentials of an account seem valid, and are unknown to STS."""
    for path in cached_files(home):
        data = json.loads(path.read_text())
        if data["Credentials"]["AccountId"] == account_id:
            data["Credentials"]["AccessKeyId"] = "ASIAEXPIRED"
            path.write_text(json.dumps(data))


@pytest.mark.full
def test_many_processes(chained: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """However many processes need a chain at once, each of its roles is requested once."""
    words = command("ssohelper", "credential-process", "--profile", "audit")
    running = [
        subprocess.Popen(words, env=chained.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(32)
    ]
    printed = [each.communicate() for each in running]
    keys = {json.loads(out)["AccessKeyId"] for out, _ in printed}
    assert (len(keys), [each.role for each in caller_identity.assumptions]) == (1, ["Deploy", "Audit"])
    assert identity_center.counters.calls["GetRoleCredentials"] == 1
    assert caller_identity.bad == {}


_NEEDS = "check role_arn and external_id; the source needs sts:AssumeRole, and the role's trust policy must allow it"
_TIME = (
    f"STS rejected the signature or the time of the request for {DEPLOY} (profile 'deploy'): SignatureDoesNotMatch"
)
_REGION = f"STS rejected a region that is not activated for {AUDIT} (profile 'audit'): RegionDisabledException"


class Case(NamedTuple):
    """An error of STS for one of the roles, and what ssohelper makes of it."""

    role: str
    error: Error
    code: int
    message: str
    hint: str


_CASES = [
    Case(
        *("Deploy", (403, "AccessDenied"), 1),
        message=f"{BASE} is not allowed to assume {DEPLOY} (profile 'deploy')",
        hint=_NEEDS,
    ),
    Case(
        *("Audit", (403, "AccessDenied"), 1),
        message=f"{DEPLOY} is not allowed to assume {AUDIT} (profile 'audit')",
        hint=_NEEDS,
    ),
    *(
        Case(
            *("Audit", error, 5),
            message=f"STS is throttling requests for {AUDIT} (profile 'audit')",
            hint="wait a minute, then run the command again",
        )
        for error in ((400, "Throttling"), (429, "TooManyRequestsException"))
    ),
    Case(
        *("Deploy", (503, "ServiceUnavailable"), 5),
        message=f"STS returned HTTP 503 for {DEPLOY} (profile 'deploy')",
        hint="run the command again in a minute",
    ),
    Case("Deploy", (403, "SignatureDoesNotMatch"), 1, _TIME, CLOCK),
    Case(
        *("Audit", (400, "ValidationError"), 1),
        message=f"STS rejected the request for {AUDIT} (profile 'audit'): ValidationError",
        hint=OPTIONS,
    ),
    Case("Audit", (403, "RegionDisabledException"), 1, _REGION, "set another region in the profile"),
    Case(
        *("Deploy", (403, "ExpiredToken"), 1),
        message=f"STS rejected the credentials of {BASE} for {DEPLOY} (profile 'deploy'): ExpiredToken",
        hint=CLOCK,
    ),
]


@pytest.mark.full
@pytest.mark.parametrize("case", _CASES, ids=lambda case: f"{case.role}-{case.error[1]}")
def test_errors(chained: Home, caller_identity: Sts, case: Case) -> None:
    """The exit code says what kind of problem it is, one line names the link, and nothing of it is cached."""
    caller_identity.errors[case.role] = [case.error] * 20
    done = credentials(chained)
    assert (done.stdout, done.returncode) == ("", case.code)
    assert done.stderr == f"ssohelper: {case.message}\nhint: {case.hint}\n"
    assert len(cached_files(chained)) == (1 if case.role == "Deploy" else 2)
    caller_identity.errors.clear()
    assert key(credentials(chained))


def test_withdrawn_base(chained: Home, identity_center: Simulator) -> None:
    """A base role that is no longer assigned is named, and no role is assumed."""
    identity_center.faults.add("GetRoleCredentials", Fault.error(403), None)
    done = credentials(chained)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "ssohelper: role ReadOnly in account 333344445555 is not assigned to you (assigned: "
    )


@pytest.mark.full
def test_not_signed_in(chained: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """Without a sign-in, roles that are cached are served, and others name the command to run."""
    served = key(credentials(chained))
    identity_center.revoke_all_tokens()
    for path in (chained.path / ".aws" / "sso" / "cache").glob("*"):
        path.unlink()
    assert key(credentials(chained)) == served
    for path in cached_files(chained):
        path.unlink()
    done = credentials(chained)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (4, "hint: ssohelper login --session acme")
    assert len(caller_identity.assumptions) == 2


@pytest.mark.full
@pytest.mark.parametrize("account_id", ["333344445555", "999988887777"])
def test_rejected_source(chained: Home, identity_center: Simulator, caller_identity: Sts, account_id: str) -> None:
    """Cached credentials that STS rejects are requested again, once, at either link."""
    key(credentials(chained))
    caller_identity.assumptions.clear()
    expire(chained, account_id)
    later = {"333344445555": ("999988887777", "888877776666"), "999988887777": ("888877776666",)}[account_id]
    for path in cached_files(chained):
        if any(each in path.read_text() for each in later):
            path.unlink()
    assert key(credentials(chained))
    assert [each.role for each in caller_identity.assumptions] == (
        ["Deploy", "Deploy", "Audit"] if account_id == "333344445555" else ["Audit", "Deploy", "Audit"]
    )
    assert identity_center.counters.calls["GetRoleCredentials"] == (2 if account_id == "333344445555" else 1)


@pytest.mark.full
def test_rejected_source_of_many(chained: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """If STS rejects cached credentials that many processes use at once, one of them replaces them, for all."""
    key(credentials(chained, "pay"))
    expire(chained, "333344445555")
    identity_center.counters.reset()
    words = command("ssohelper", "credential-process", "--profile", "deploy")
    running = [
        subprocess.Popen(words, env=chained.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    printed = [each.communicate() for each in running]
    assert len({json.loads(out)["AccessKeyId"] for out, _ in printed}) == 1
    assert [each.role for each in caller_identity.assumptions] == ["Deploy"] * 2
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


@pytest.mark.full
def test_denied_while_valid(chained: Home, caller_identity: Sts) -> None:
    """Cached credentials are used until they expire, even if STS denies the role now."""
    caller_identity.lasts = 900
    served = key(credentials(chained, "deploy"))
    caller_identity.errors["Deploy"] = [(403, "AccessDenied")] * 9
    done = credentials(chained, "deploy")
    assert key(done) == served
    assert f"{BASE} is not allowed to assume {DEPLOY}" in done.stderr
    assert len(cached_files(chained)) == 2


@pytest.mark.full
def test_sensitive_account_names(chained: Home, caller_identity: Sts) -> None:
    """A role that a profile assumes is sensitive by the name of its account, too, also if that is new."""
    chained.settings.parent.mkdir(parents=True)
    chained.settings.write_text('[defaults]\nsensitive_roles = ["payments-prod/Deploy"]\n')
    with chained.config.open("a") as file:
        file.write("[profile x]\nrole_arn = arn:aws:iam::333344445555:role/Deploy\nsource_profile = pay\n")
    names = chained.state / "account-names"
    key(credentials(chained, "deploy"))
    (path,) = names.glob("*")
    data = json.loads(path.read_text())
    del data["names"]["333344445555"]
    path.write_text(json.dumps(data))
    done = credentials(chained, "x", AWS_DEFAULT_REGION="us-east-1")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        "ssohelper: Deploy in 333344445555 is a sensitive role, and not unlocked",
    )
    assert [each.role for each in caller_identity.assumptions] == ["Deploy"]


@pytest.mark.full
def test_still_valid(chained: Home, caller_identity: Sts) -> None:
    """Credentials that are valid for some minutes are served if STS fails, with a warning."""
    caller_identity.lasts = 900
    served = key(credentials(chained))
    caller_identity.errors |= {name: [(503, "ServiceUnavailable")] * 40 for name in ("Deploy", "Audit")}
    done = credentials(chained)
    assert key(done) == served
    assert "could not refresh the credentials (STS returned HTTP 503 for " in done.stderr


@pytest.mark.full
@pytest.mark.parametrize(("later", "requests"), [("+7m", 0), ("+8m", 1)])
def test_short(chained: Home, caller_identity: Sts, later: str, requests: int) -> None:
    """Credentials that STS issues for 15 minutes are used for half of their time."""
    text = chained.config.read_text()
    chained.config.write_text(text.replace("[profile deploy]\n", "[profile deploy]\nduration_seconds = 900\n"))
    caller_identity.skew = 3600
    before = key(credentials(chained, "deploy"))
    words = (*faketime(later), *command("ssohelper", "credential-process", "--profile", "deploy"))
    assert (key(chained.run(*words)) != before) == bool(requests)
    assert [each.role for each in caller_identity.assumptions] == ["Deploy"] * (1 + requests)


@pytest.mark.full
def test_wrong_clock(chained: Home, caller_identity: Sts) -> None:
    """With a clock that is an hour off, STS refuses the signature, and the message names the clock."""
    done = chained.run(*faketime("+50m"), *command("ssohelper", "credential-process", "--profile", "deploy"))
    assert (done.returncode, done.stderr) == (1, f"ssohelper: {_TIME}\nhint: {CLOCK}\n")
    assert caller_identity.bad == {}


@pytest.mark.full
def test_logout(chained: Home) -> None:
    """`logout` deletes the roles that were assumed on top of its session, also those that the AWS CLI assumed."""
    key(credentials(chained))
    done = chained.run("aws", "sts", "get-caller-identity", "--profile", "deploy")
    assert done.returncode == 0, done.stderr
    assert len(cached_files(chained)) == 3
    done = chained.ssohelper("logout")
    assert done.stderr == "ssohelper: signed out of acme, deleted the credentials of 3 roles\n"
    assert cached_files(chained) == []


@pytest.mark.parametrize(
    ("sensitive", "cached", "issued"),
    [
        ("333344445555/ReadOnly", 0, ["Audit", "Deploy", "ReadOnly"]),
        ("999988887777/deploy", 1, ["Audit", "Deploy"]),
        ("*/Audit", 2, ["Audit"]),
    ],
    ids=["Identity Center role", "source role", "assumed role"],
)
@pytest.mark.full
def test_sensitive_roles(chained: Home, caller_identity: Sts, sensitive: str, cached: int, issued: list[str]) -> None:
    """If any role of a chain is sensitive it has to be unlocked, and what follows from it is cached nowhere."""
    key(credentials(chained))  # from before the setting
    assert len(cached_files(chained)) == 3
    caller_identity.assumptions.clear()
    chained.settings.parent.mkdir(parents=True)
    chained.settings.write_text(f'[defaults]\nsensitive_roles = ["{sensitive}"]\n')
    done = credentials(chained)
    hint = done.stderr.splitlines()[-1]
    assert (done.returncode, "is a sensitive role, and not unlocked" in done.stderr) == (1, True)
    terminal = chained.terminal(*hint.removeprefix("hint: ssohelper ").split(), "--reason", "incident 4711")
    terminal.expect("is unlocked for 1h: incident 4711")
    terminal.wait()
    caller_identity.assumptions.clear()
    assert key(credentials(chained)) != key(credentials(chained))
    assert [each.role for each in caller_identity.assumptions] == [*reversed(issued[:2])] * 2
    assert len(cached_files(chained)) == cached
    log = chained.ssohelper("log", "--json")
    assert [each["role_name"] for each in json.loads(log.stdout) if each["event"] == "issue"] == issued * 2
