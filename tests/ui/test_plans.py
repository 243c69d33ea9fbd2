"""The plan of `sync`, as lines and as JSON."""

from typing import Any

import pytest

from ssohelper.roles import Account, AssumedRoleRef, RoleRef
from ssohelper.sync.adoption import NOT_ASSIGNED, NotAdopted
from ssohelper.sync.discovery import Unlisted
from ssohelper.sync.plan import Action, Conflict, Plan, Step
from ssohelper.sync.source_profiles import BrokenSource
from ssohelper.ui import plans
from ssohelper.ui.look import Look

ADMIN, READ = (RoleRef("acme", "111111111111", name) for name in ("Admin", "Read"))
STYLE = {
    "credential_process": (None, "ssohelper-credential-process …"),
    "sso_session": ("acme", None),
    "sso_account_id": ("111111111111", None),
    "region": ("eu-west-1", "eu-west-2"),
}
PLAN = Plan(
    "acme",
    (
        Step(Action.ADD, "prod.Admin", ADMIN, "prod", {"sso_session": (None, "acme")}),
        Step(Action.ADD, "nameless", ADMIN),
        Step(Action.ADD, "own", AssumedRoleRef(ADMIN, "arn:aws:iam::111111111111:role/ci/Deploy"), "prod"),
        Step(Action.ADD, "other", AssumedRoleRef(ADMIN, "arn:aws:iam::999988887777:role/Deploy"), "prod"),
        Step(
            Action.ADOPT, "mine", READ, "prod", {"sso_region": ("x", None), "output": (None, "json")}, origin="hand"
        ),
        Step(Action.ADOPT, "theirs", READ, "prod", origin="granted", new_name="prod.Read"),
        Step(Action.CHANGE, "a", READ, "prod", {"output": ("text", None), "region": ("x", "y"), "k": (None, "v")}),
        Step(Action.CHANGE, "b", READ, "prod", STYLE),
        Step(Action.CHANGE, "c", READ, "prod", {key: (after, before) for key, (before, after) in STYLE.items()}),
        Step(Action.RENAME, "d", READ, "prod", new_name="prod.d"),
        Step(Action.REMOVE, "e", READ, reason="is no longer assigned to you"),
        Step(Action.KEEP, "f", None, reason="it names no account and role"),
    ),
    (Conflict("prod.Admin", 3, ADMIN, "prod.Admin-1"), Conflict("prod.Read", None, READ, "prod.Read-1")),
    (NotAdopted("g", 7, READ, "hand", "it has role_arn"), NotAdopted("h", 9, READ, "hand", NOT_ASSIGNED)),
    (BrokenSource("i", 12, "e", None), BrokenSource("j", 15, "d", "prod.d")),
)
UNLISTED = (Unlisted(Account("222222222222", "dev\x1b[1m"), "HTTP 500"),)
LINES = """\
+ prod.Admin           111111111111
+ nameless             Admin in 111111111111
+ own                  Deploy, assumed by Admin in prod (111111111111)
+ other                Deploy in 999988887777, assumed by Admin in prod (111111111111)
* mine                 Read in prod (111111111111), written by hand, output = json
* theirs -> prod.Read  Read in prod (111111111111), written by granted
~ a                    output removed, region: x -> y, k = v
~ b                    style: sso -> credential-process, region: eu-west-1 -> eu-west-2
~ c                    style: credential-process -> sso, region: eu-west-2 -> eu-west-1
> d -> prod.d
- e                    Read in 111111111111 is no longer assigned to you
! prod.Admin is taken (line 3 of the config file): Admin in 111111111111 gets prod.Admin-1
! prod.Read is taken (in the credentials file): Read in 111111111111 gets prod.Read-1
! g (line 7 of the config file) is not adopted: it has role_arn
! i (line 12 of the config file) has source_profile = e, which is removed
! j (line 15 of the config file) has source_profile = d, which is renamed to prod.d
? dev?[1m (222222222222) could not be listed (HTTP 500); its profiles are kept
4 to add, 2 to adopt, 3 to change, 1 to rename, 1 to remove, 1 unchanged"""


def test_lines() -> None:
    """A line for each profile that changes, then notes, accounts that could not be listed, and a summary."""
    assert plans.lines(PLAN, UNLISTED, look=Look()) == LINES


def test_color() -> None:
    """Colour marks the sign and the details."""
    plan = Plan("acme", (Step(Action.ADD, "e", READ),))
    assert plans.lines(plan, (), look=Look(color=True)) == (
        "\x1b[32m+\x1b[0m e  \x1b[2mRead in 111111111111\x1b[0m\n1 to add, 0 unchanged"
    )


def test_nothing_to_do() -> None:
    """Without changes only the summary is left."""
    plan = Plan("acme", (Step(Action.KEEP, "a", READ),))
    assert plans.lines(plan, (), look=Look()) == "nothing to do, 1 unchanged"


def test_long_names() -> None:
    """A very long name does not push the second column to the right."""
    plan = Plan("acme", (Step(Action.ADD, "x" * 60, READ, "prod"), Step(Action.ADD, "y", READ, "prod")))
    role = "Read in prod (111111111111)"
    assert plans.lines(plan, (), look=Look()).splitlines()[:2] == [f"+ {'x' * 60}  {role}", f"+ {'y':48}  {role}"]


def test_name_says_it() -> None:
    """What the name of a profile says is not repeated, however it spells it; what it does not say is."""
    steps = [
        Step(Action.ADD, name, READ, account)
        for name, account in (
            ("payments-prod.read", "Payments Prod"),
            ("pay.Read", "Payments Prod"),
            ("payments-prod.r", "Payments Prod"),
            ("x", None),
        )
    ]
    assert plans.lines(Plan("acme", tuple(steps)), (), look=Look()).splitlines()[:-1] == [
        "+ payments-prod.read  111111111111",
        "+ pay.Read            Read in Payments Prod (111111111111)",
        "+ payments-prod.r     Read in 111111111111",
        "+ x                   Read in 111111111111",
    ]


@pytest.mark.parametrize("width", [30, 40, 80])
def test_narrow(width: int) -> None:
    """On a narrow terminal every line fits; a name of a profile is never broken."""
    plan = Plan("acme", (*PLAN.steps, Step(Action.REMOVE, "data-platform-dev.Developer", READ, reason="is gone")))
    for text in (plans.lines(plan, UNLISTED, Look(width=width)), plans.brief(plan, UNLISTED, Look(width=width))):
        words = text.split()
        assert "data-platform-dev.Developer" in words
        assert [line for line in text.splitlines() if len(line) > width and len(line.split()) > 2] == []
        unbroken = plans.lines if "nameless" in words and "Deploy," in words else plans.brief
        assert words == unbroken(plan, UNLISTED, Look()).split()


def test_brief() -> None:
    """A long plan in a few lines names every profile that will be removed, with its role."""
    steps = [Step(Action.ADD, f"a{number}", READ, "prod") for number in range(30)]
    removals = [
        Step(Action.REMOVE, f"r{number}", READ, "prod", reason="is no longer assigned") for number in range(4)
    ]
    plan = Plan("acme", (*steps, *removals))
    assert plans.is_long(plan)
    assert plans.brief(plan, (), look=Look()).splitlines() == [
        "+ a0, a1, a2 and 27 more",
        *(f"- r{number}  Read in prod (111111111111) is no longer assigned" for number in range(4)),
        "30 to add, 4 to remove, 0 unchanged",
    ]


def test_brief_changes() -> None:
    """Changes are told by what changes, and every new name of a profile is shown."""
    changes = [Step(Action.CHANGE, f"c{number}", READ, "prod", {"region": ("a", "b")}) for number in range(5)]
    renames = [Step(Action.RENAME, f"o{number}", READ, "prod", new_name=f"n{number}") for number in range(4)]
    assert plans.brief(Plan("acme", (*changes, *renames)), (), look=Look()).splitlines() == [
        "~ c0, c1, c2 and 2 more; region: a -> b",
        *(f"> o{number} -> n{number}" for number in range(4)),
        "5 to change, 4 to rename, 0 unchanged",
    ]


def test_json_of_a_chained_profile() -> None:
    """A chained profile has the role of Identity Center, and the ARN of the assumed role."""
    arn = "arn:aws:iam::999988887777:role/Deploy"
    plan = Plan("acme", (Step(Action.ADD, "x", AssumedRoleRef(ADMIN, arn), "prod"),))
    (step,) = plans.as_json(plan, (), written=False)["steps"]
    assert (step["account_id"], step["account_name"], step["role_name"], step["role_arn"]) == (
        *("111111111111", "prod", "Admin"),
        arn,
    )


def test_json() -> None:
    """JSON has everything, with null for what is unknown."""
    plan = Plan("acme", PLAN.steps[-1:], PLAN.conflicts[:1], PLAN.not_adopted[1:], PLAN.broken_sources[:1])
    role: dict[str, Any] = {"account_id": "111111111111", "role_name": "Admin"}
    assert plans.as_json(plan, UNLISTED, written=True) == {
        "session": "acme",
        "written": True,
        "summary": {"add": 0, "adopt": 0, "change": 0, "rename": 0, "remove": 0, "keep": 1},
        "steps": [
            {
                "action": "keep",
                "profile": "f",
                "new_name": None,
                "account_id": None,
                "account_name": None,
                "role_name": None,
                "reason": "it names no account and role",
                "origin": None,
                "changes": {},
            }
        ],
        "conflicts": [{"profile": "prod.Admin", "line": 3, **role, "name_instead": "prod.Admin-1"}],
        "not_adopted": [
            {"profile": "h", "line": 9, **role, "role_name": "Read", "origin": "hand", "reason": NOT_ASSIGNED}
        ],
        "broken_sources": [{"profile": "i", "line": 12, "source_profile": "e", "new_name": None}],
        "refused": [],
        "unlisted": [{"account_id": "222222222222", "account_name": "dev\x1b[1m", "reason": "HTTP 500"}],
        "since_last_sync": None,
    }
