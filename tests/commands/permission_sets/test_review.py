"""`ssohelper permission-sets review`, from sign-in to report, through the real AWS SDK."""

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from ssohelper.credentials import session_durations
from ssohelper.permission_sets import review
from ssohelper.roles import RoleRef
from ssohelper.simulator import administered, examples
from ssohelper.simulator.example import Example
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

if TYPE_CHECKING:
    from subprocess import CompletedProcess

NOW = time.time()
EXAMPLES = {each.kind: each for each in examples.examples(NOW)}
# These depend on the settings, and on what this user has done.
OTHERS = {"break-glass-none", "session-default"}


def reviewed(home: Home, *words: str) -> "CompletedProcess[str]":
    """A review with Access Analyzer."""
    return home.ssohelper("permission-sets", "review", "--validate", *words)


def findings(done: "CompletedProcess[str]") -> list[dict[str, Any]]:
    """The findings in a report in JSON, of which everything could be read."""
    report = json.loads(done.stdout)
    assert report["complete"], done.stderr
    assert done.returncode == int(any(each["severity"] == "error" for each in report["findings"]))
    return list(report["findings"])


def test_every_kind() -> None:
    """There is an example of each kind of finding."""
    assert set(EXAMPLES) | OTHERS == set(review.kinds())


@pytest.mark.first_is_quick
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))
def test_found_once(administrator: Home, well_run: Simulator, example: Example) -> None:
    """In a well-run company, the example is found once, and not any more when it is fixed."""
    example.plant(well_run.world)
    assert [each["kind"] for each in findings(reviewed(administrator, "--json"))] == [example.kind]
    example.fix(well_run.world)
    assert findings(reviewed(administrator, "--json")) == []


def test_well_run(administrator: Home) -> None:
    """Of a well-run company, the report says that there are no problems, what was read, and what was not."""
    done = reviewed(administrator)
    assert (done.stdout, done.stderr, done.returncode) == (
        (
            "no problems found\n"
            "9 permission sets, 42 assignments, 10 accounts\n"
            "not reviewed: customer-managed permissions boundaries, which are in the accounts (of 1 permission set)\n"
        ),
        "",
        0,
    )


@pytest.mark.full
def test_none_for_emergencies(administrator: Home) -> None:
    """Settings that name no permission set which exists are a finding."""
    text = administrator.settings.read_text()
    administrator.settings.write_text(text.replace('["BreakGlass*"]', '["Emergency*"]'))
    kinds = [each["kind"] for each in findings(reviewed(administrator, "--json", "--skip", "direct"))]
    assert kinds == ["break-glass-none"]


@pytest.mark.full
def test_refreshed_all_day(administrator: Home, well_run: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of one hour is a finding, if its credentials were issued all day on this machine."""
    well_run.world.change_permission_set("CostReports", provision=True, session_hours=1)
    assert findings(reviewed(administrator, "--json")) == []
    monkeypatch.setenv("XDG_STATE_HOME", administrator.environment["XDG_STATE_HOME"])
    for hour in range(8):
        session_durations.record(RoleRef("acme", administered.PAYMENTS, "CostReports"), 3600, NOW + (hour - 8) * 3600)
    assert [each["kind"] for each in findings(reviewed(administrator, "--json"))] == ["session-default"]


@pytest.mark.full
def test_accepted(administrator: Home, well_run: Simulator) -> None:
    """An accepted finding is counted, and listed with its reason, until its date."""
    EXAMPLES["no-description"].plant(well_run.world)
    text = administrator.settings.read_text()
    accept = (
        '[[defaults.permission_sets.accept]]\nkind = "no-description"\nmatch = "Support*"\nwhy = "being written"\n'
    )
    administrator.settings.write_text(f'{text}{accept}until = "2999-01-01"\n')
    report = json.loads(reviewed(administrator, "--json").stdout)
    assert (report["findings"], report["counts"]["accepted"], report["accepted"][0]["why"]) == (
        [],
        1,
        "being written",
    )
    administrator.settings.write_text(f'{text}{accept}until = "2020-01-01"\n')
    assert [each["kind"] for each in findings(reviewed(administrator, "--json", "--kept"))] == ["no-description"]


@pytest.mark.full
def test_only_and_skip(administrator: Home, well_run: Simulator) -> None:
    """Kinds can be chosen and left out; an unknown one is an error with what was meant, perhaps."""
    for kind in ("no-description", "no-tag", "outdated"):
        EXAMPLES[kind].plant(well_run.world)
    chosen = findings(reviewed(administrator, "--json", "--only", "no-tag", "--only", "outdated"))
    assert [each["kind"] for each in chosen] == ["outdated", "no-tag"]
    left = findings(reviewed(administrator, "--json", "--kept", "--skip", "no-tag"))
    assert [each["kind"] for each in left] == ["outdated", "no-description"]
    done = administrator.ssohelper("permission-sets", "review", "--only", "no-tags")
    assert (done.stderr, done.returncode) == (
        "ssohelper: not a kind of finding: 'no-tags'; did you mean no-tag?\nhint: see docs/findings.md\n",
        2,
    )


def test_text(administrator: Home, well_run: Simulator) -> None:
    """Each finding says what is wrong, whom it affects, and what an administrator can do."""
    EXAMPLES["outdated"].plant(well_run.world)
    done = reviewed(administrator)
    assert done.stdout.splitlines()[:4] == [
        "x DataAnalytics: 5 of 5 accounts have an older version of it (outdated)",
        "    affects  everyone who uses it in billing-prod, data-prod, orders-prod, payments-prod and web-prod",
        (
            "    fix      provision it again with ProvisionPermissionSet, target type ALL_PROVISIONED_ACCOUNTS:"
            " IAM Identity Center > Permission sets > DataAnalytics > Accounts"
        ),
        "1 error, 0 warnings",
    ]
    assert done.returncode == 1


@pytest.mark.full
def test_partial(administrator: Home, well_run: Simulator) -> None:
    """What could not be read is named, the exit code is 5, and nothing is found because of it."""
    EXAMPLES["nobody"].plant(well_run.world)
    arn = well_run.world.permission_set_arn("SummerProject")
    well_run.faults.add(
        "sso-admin:ListAccountAssignments", Fault.error(400, "AccessDeniedException"), None, permission_set=arn
    )
    done = reviewed(administrator, "--json")
    report = json.loads(done.stdout)
    assert (report["findings"], report["complete"], done.returncode) == ([], False, 5)
    assert report["unread"] == [
        {
            "what": "assignments of SummerProject in payments-prod",
            "reason": "sso:ListAccountAssignments is not allowed",
        }
    ]
    assert done.stderr == (
        "ssohelper: could not read assignments of SummerProject in payments-prod:"
        " sso:ListAccountAssignments is not allowed\n"
    )
