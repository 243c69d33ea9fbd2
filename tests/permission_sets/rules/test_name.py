"""Names that say nothing, follow no convention or are almost the same are found; sensible ones are not."""

import json
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.rules import name
from tests.fixtures.inventories import inventory, permission_set, review

PASCAL = ("DeveloperAccess", "ReadOnly", "S3Admin", "SecurityAudit", "ViewOnly")
KEBAB = ("billing-view", "developer-access", "read-only", "s3-admin", "security-audit")
SNAKE = ("billing_view", "developer_access", "read_only", "s3_admin", "security_audit")
UPPER = ("BILLING_VIEW", "DEVELOPER_ACCESS", "READ_ONLY", "S3_ADMIN", "SECURITY_AUDIT")
CAMEL = ("billingView", "developerAccess", "readOnly", "s3Admin", "securityAudit")
TRAIN = ("Billing-View", "Developer-Access", "Read-Only", "S3-Admin", "Security-Audit")


def of(names: Iterable[str | None]) -> Review:
    """A review of permission sets with these names."""
    return review(inventory(*[permission_set(str(number))._replace(name=each) for number, each in enumerate(names)]))


def found(rule: Callable[[Review], Iterator[Finding]], *names: str | None) -> list[str | None]:
    """The permission sets that a rule finds."""
    return [each.permission_set for each in rule(of(names))]


@pytest.mark.parametrize("rule", name.RULES)
def test_clean(rule: Callable[[Review], Iterator[Finding]]) -> None:
    """Nothing is found in a clean inventory, nor in one with the names that AWS suggests."""
    assert list(rule(review(inventory(permission_set())))) == []
    suggested = (
        "AdministratorAccess PowerUserAccess ReadOnlyAccess ViewOnlyAccess Billing DataScientist SupportUser "
        "DatabaseAdministrator NetworkAdministrator SecurityAudit SystemAdministrator AWSAdministratorAccess "
        "AWSOrganizationsFullAccess AWSServiceCatalogEndUserAccess"
    )
    assert found(rule, *suggested.split()) == []


def test_unclear() -> None:
    """What an unclear name's finding says."""
    assert list(name.name_unclear(of(["my-test-role2"]))) == [
        Finding(
            kind="name-unclear",
            severity="warning",
            practice="name",
            permission_set="my-test-role2",
            message="the name does not say what it is for: only generic words",
            affects="users who choose a role, and administrators who review it",
            fix="a permission set cannot be renamed: create one whose name tells scope and audience, "
            "assign it instead, then delete this one",
            evidence={"words": ["my", "test", "role"]},
        )
    ]


UNCLEAR = (
    "Admin admin2 ADMIN AdminAccess AdminRole01 AWSAccess DefaultRole dev DevAccess MyRole new-role NewPermissionSet "
    "permission_set.1 Role Temp test-2 TestAccess TestUser tmp User users x X1 abc foo 1 42 - +=, ps1"
)
CLEAR = (
    "DBA dba2 SRE Ops QA Developer DevAdmin Dev-Admin ProdAdmin prod-access AdministratorAccess Audit ViewOnly "
    "S3Admin UserAdmin BillingAccess TestAutomation NewRelic IT-Support S3-RO ReadOnly2 Root Tester"
)


@pytest.mark.parametrize("text", UNCLEAR.split())
def test_unclear_names(text: str) -> None:
    """A name is unclear that has generic words only, or one short word."""
    assert found(name.name_unclear, text) == [text]


@pytest.mark.parametrize("text", CLEAR.split())
def test_clear_names(text: str) -> None:
    """A name is clear that has a job, a scope or a level."""
    assert found(name.name_unclear, text) == []


def test_unlike() -> None:
    """What the finding says of a name that follows another convention than most."""
    assert list(name.names_unlike(of([*PASCAL, "network-admin"]))) == [
        Finding(
            kind="names-unlike",
            severity="warning",
            practice="name",
            permission_set="network-admin",
            message="most names are written like DeveloperAccess, this one is not",
            affects="users and scripts that expect the name to follow the convention",
            fix="a permission set cannot be renamed: create one whose name follows the convention, "
            "assign it instead, then delete this one",
            evidence={"case": "Pascal", "separator": "", "like": 5, "names": 6},
        )
    ]


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        (PASCAL, "networkAdmin"),
        (PASCAL, "Network-Admin"),
        (PASCAL, "network_admin"),
        (PASCAL, "NETWORK.ADMIN"),
        (PASCAL, "network"),
        (KEBAB, "NetworkAdmin"),
        (KEBAB, "network_admin"),
        (KEBAB, "Network-Admin"),
        (KEBAB, "network-admin_2"),
        (KEBAB, "network--admin"),
        (KEBAB, "Network"),
        (SNAKE, "network-admin"),
        (SNAKE, "network_Admin"),
        (UPPER, "network_admin"),
        (UPPER, "Network"),
        (CAMEL, "NetworkAdmin"),
        (CAMEL, "network-admin"),
        (TRAIN, "network-admin"),
        (TRAIN, "Network_Admin"),
        ((*KEBAB, "admin", "dba", "auditors"), "Developer"),
    ],
)
def test_unlike_names(usual: tuple[str, ...], other: str) -> None:
    """A name is found whose case or separator is not that of most."""
    assert found(name.names_unlike, *usual, other) == [other]


@pytest.mark.parametrize(
    ("usual", "others"),
    [
        (PASCAL, ("DBA", "SRE", "Billing", "EC2", "AWSAdministratorAccess", "DevOps2", "SREs", "IAMReadOnly")),
        (KEBAB, ("dba", "auditors", "ec2", "2nd-line", "AWSAdministratorAccess", "AWSReadOnlyAccess")),
        (SNAKE, ("dba", "ec2", "AWSPowerUserAccess")),
        (UPPER, ("DBA", "AUDITORS", "EC2")),
        (CAMEL, ("dba", "billing", "ec2Admin")),
        (TRAIN, ("DBA", "Billing", "DBA-Prod", "ReadOnly", "EU-WestAdmin")),
        (PASCAL[:4], ("network-admin",)),
        (PASCAL, ("network-admin", "billing-view")),
        ((), ("ReadOnly", "read-only", "read_only", "readOnly", "READ_ONLY", "Read-Only")),
        ((), ("auditors", "ec2admin", "eks2ops", "kms2admin", "rds2admin", "s3admin", "Billing")),
        ((), ("AUDITORS", "EC2ADMIN", "EKS2OPS", "KMS2ADMIN", "RDS2ADMIN", "S3ADMIN", "billing")),
        ((), ("Auditors", "Billing", "Developers", "Operators", "Support", "network-admin")),
        ((), (*PASCAL, *KEBAB)),
    ],
)
def test_names_alike(usual: tuple[str, ...], others: tuple[str, ...]) -> None:
    """No name is found that may follow the convention, that AWS chose, or where there is no clear convention."""
    assert found(name.names_unlike, *usual, *others) == []


def test_named_like_its_policy() -> None:
    """The console suggests the name of the AWS-managed policy, which no convention of one's own has to include."""
    usual = [permission_set(each) for each in KEBAB]
    arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    for policies, expected in (((arn,), []), ((), ["ViewOnlyAccess"]), (None, [])):
        other = permission_set("ViewOnlyAccess", managed_policies=policies)
        rows = name.names_unlike(review(inventory(*usual, other)))
        assert [each.permission_set for each in rows] == expected


def test_unlike_unknown() -> None:
    """What most names are like is not known if some could not be read."""
    incomplete = inventory(*[permission_set(each) for each in (*PASCAL, "network-admin")], sets_complete=False)
    assert list(name.names_unlike(review(incomplete))) == []
    assert found(name.names_unlike, *PASCAL, "network-admin", None) == []


def test_twins() -> None:
    """What the finding says of names that are almost the same."""
    assert list(name.name_twins(of(["read-only", "DeveloperAccess", "ReadOnly2", "ReadOnly"]))) == [
        Finding(
            kind="name-twins",
            severity="warning",
            practice="name",
            permission_set="ReadOnly",
            message="almost the same name as ReadOnly2 and read-only",
            affects="users and administrators, who may take one for the other",
            fix="replace them with one permission set, or with some whose names tell how they differ",
            evidence={"names": ["ReadOnly", "ReadOnly2", "read-only"]},
        )
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Admin", "admin"), ["Admin"]),
        (("Admin", "Admin"), ["Admin"]),
        (("analysts", "analysts-2"), ["analysts"]),
        (("Dev_Ops", "dev.ops", "Audit1", "Audit2"), ["Dev_Ops", "Audit1"]),
        (("ReadOnly", "ReadOnlyAccess"), []),
        (("S3Admin", "Admin"), []),
        (("1", "2"), []),
        (("Route53Admin", "RouteAdmin"), []),
        ((None, None), []),
    ],
)
def test_twin_names(names: tuple[str | None, ...], expected: list[str]) -> None:
    """Only case, separators and a number at the end are left out of the comparison; a group is found once."""
    assert found(name.name_twins, *names) == expected


@given(st.lists(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=32), max_size=8))
def test_any_names(names: list[str]) -> None:
    """Any printable names can be judged, and each finding is about one of them, with evidence for JSON."""
    for rule in name.RULES:
        for each in rule(of([*PASCAL, *names])):
            assert each.permission_set in {*PASCAL, *names}
            assert json.loads(json.dumps(each.evidence)) == each.evidence
