"""Everything is asked of moto's server, through the real clients: what is read, kept, denied, and what ends it."""

import io
import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from ssohelper.errors import Locked, SignInRequired, SourceRejected
from ssohelper.permission_sets.asking import Answers, Failures, ask_all
from ssohelper.permission_sets.assembly import assemble
from ssohelper.permission_sets.collect import Collection, Scope
from ssohelper.permission_sets.inventory import (
    Account,
    Assignment,
    CustomerManagedPolicy,
    Group,
    Instance,
    Inventory,
    PermissionSet,
    User,
)
from ssohelper.permission_sets.kept_answers import Writer
from ssohelper.permission_sets.questions import Question
from ssohelper.permission_sets.services import Services
from ssohelper.roles import RoleCredentials, RoleRef
from tests.fixtures.inventories import NOW, POLICY, services
from tests.fixtures.moto_server import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# moto's own account, the only one in which it provisions.
MANAGEMENT = "123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DENIED = (403, "AccessDeniedException")
# What moto does not have is denied, and documents of AWS-managed policies: moto takes seconds to read them.
NOT_IN_MOTO = {
    "GetPolicy",
    *("DescribeInstanceAccessControlAttributeConfiguration", "GetPermissionsBoundaryForPermissionSet"),
    *("ListTagsForResource", "ListPermissionSetProvisioningStatus"),
    *("ListAccountAssignmentCreationStatus", "ListAccountAssignmentDeletionStatus"),
}
KEYS = RoleCredentials(RoleRef("acme", MANAGEMENT, "Reader"), "ASIA1", "secret", "token", NOW)
CLIENTS = ("sso-admin", "identitystore", "organizations")


class Front:
    """In front of moto: counts calls, and answers `refused` operations with a status and a code."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.refused: dict[str, tuple[int, str]] = {}

    def application(self, moto: "WSGIApplication") -> "WSGIApplication":
        """moto, and what is in front of it."""

        def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            (action,) = parse_qs(body.decode()).get("Action", [""])
            operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or action
            self.calls[operation] += 1
            if operation not in self.refused:
                return moto(environ, start)
            status, code = self.refused[operation]
            text = json.dumps({"__type": code})
            if action:
                text = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"
            start(f"{status} Refused", [("Content-Length", str(len(text)))])
            return [text.encode()]

        return answer


class Company(NamedTuple):
    """What was created in moto: ids by name, and what a collection should find of it."""

    url: str
    front: Front
    ids: dict[str, str]

    @property
    def instance(self) -> Instance:
        """The instance."""
        return Instance(self.ids["instance"], self.ids["store"])

    @property
    def inventory(self) -> Inventory:
        """Everything that moto has, but for the reasons why the rest could not be read."""
        developer, spare, developers, ann = (self.ids[each] for each in ("Developer", "Spare", "developers", "ann"))
        pair = developer, MANAGEMENT
        known = PermissionSet(developer, "Developer", "Builds", None, 14400, "", (READ_ONLY,))
        return Inventory(
            instance=self.instance,
            read_at=NOW,
            permission_sets=(
                known._replace(
                    customer_managed_policies=(CustomerManagedPolicy("/", "deny"),),
                    inline_policy=POLICY,
                    provisioned=(MANAGEMENT,),
                    outdated=(MANAGEMENT,),  # moto ignores the status that is asked for
                ),
                PermissionSet(spare, "Spare", "Builds", None, 14400, "", (), (), "", provisioned=(), outdated=()),
            ),
            assignments={pair: (Assignment(*pair, "GROUP", developers), Assignment(*pair, "USER", ann))},
            users={ann: User(ann, "ann", exists=True)},
            groups={developers: Group(developers, "developers", True, (ann, self.ids["bob"]))},
            accounts={
                MANAGEMENT: Account(MANAGEMENT, "master", "ACTIVE", "/"),
                self.ids["payments"]: Account(self.ids["payments"], "payments", "ACTIVE", "/prod"),
            },
            requests_complete=False,
        )


def create(url: str) -> dict[str, str]:
    """Create a company in moto; returns the ids of its parts by name."""
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s", region_name="us-east-1")
    admin, store, organizations = (session.client(each, endpoint_url=url) for each in CLIENTS)
    (instance,) = admin.list_instances()["Instances"]
    ids = {"instance": instance["InstanceArn"], "store": instance["IdentityStoreId"]}
    own = {"IdentityStoreId": ids["store"]}
    ids["developers"] = store.create_group(**own, DisplayName="developers")["GroupId"]
    for name in ("ann", "bob"):
        person = {"DisplayName": name, "Name": {"GivenName": name, "FamilyName": "Lee"}}
        ids[name] = store.create_user(**own, UserName=name, **person)["UserId"]
        store.create_group_membership(**own, GroupId=ids["developers"], MemberId={"UserId": ids[name]})
    for name in ("Developer", "Spare"):
        about = {"Description": "Builds", "SessionDuration": "PT4H"}
        made = admin.create_permission_set(InstanceArn=ids["instance"], Name=name, **about)
        ids[name] = made["PermissionSet"]["PermissionSetArn"]
    developer = {"InstanceArn": ids["instance"], "PermissionSetArn": ids["Developer"]}
    admin.attach_managed_policy_to_permission_set(**developer, ManagedPolicyArn=READ_ONLY)
    deny = {"Name": "deny", "Path": "/"}
    admin.attach_customer_managed_policy_reference_to_permission_set(**developer, CustomerManagedPolicyReference=deny)
    admin.put_inline_policy_to_permission_set(**developer, InlinePolicy=POLICY)
    admin.provision_permission_set(**developer, TargetType="ALL_PROVISIONED_ACCOUNTS")
    for kind, name in (("GROUP", "developers"), ("USER", "ann")):
        target = {"TargetType": "AWS_ACCOUNT", "TargetId": MANAGEMENT}
        admin.create_account_assignment(**developer, **target, PrincipalType=kind, PrincipalId=ids[name])
    return {**ids, **create_accounts(organizations)}


def create_accounts(organizations: Any) -> dict[str, str]:
    """Create an organization with an account in a unit."""
    organizations.create_organization(FeatureSet="ALL")
    (root,) = organizations.list_roots()["Roots"]
    unit = organizations.create_organizational_unit(ParentId=root["Id"], Name="prod")["OrganizationalUnit"]["Id"]
    made = organizations.create_account(AccountName="payments", Email="payments@example.com")
    account_id = made["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=account_id, SourceParentId=root["Id"], DestinationParentId=unit)
    return {"root": root["Id"], "prod": unit, "payments": account_id}


@pytest.fixture(scope="module")
def created() -> Iterator[Company]:
    """A company in moto."""
    front = Front()
    moto = DomainDispatcherApplication(create_backend_app)
    with served(front.application(moto)) as url:
        reset = urllib.request.Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310 (on this machine)
        urllib.request.urlopen(reset).close()  # noqa: S310 (the same)
        yield Company(url, front, create(url))


@pytest.fixture
def company(created: Company) -> Company:
    """The company, of which nothing was asked yet; what moto does not have is denied."""
    created.front.calls.clear()
    created.front.refused = dict.fromkeys(NOT_IN_MOTO, DENIED)
    return created


@pytest.fixture
def asked(company: Company, tmp_path: Path) -> Services:
    """The services of the company."""
    return services(company.url, tmp_path, company.instance)


def collected(
    asked: Services,
    scope: Scope = Scope(),  # noqa: B008 (a tuple)
    kept: Answers | None = None,
    writer: Writer | None = None,
    progress: Callable[[int, int, float], None] = lambda *_: None,
) -> tuple[Answers, Failures]:
    """What a collection finds."""
    return ask_all(asked, Collection(scope, None), kept or {}, writer or Writer(None), progress)


def denied(company: Company) -> Failures:
    """What cannot be read because moto does not have it."""
    sets = [company.ids[each] for each in ("Developer", "Spare")]
    requests = {
        "assignment": "sso:ListAccountAssignmentCreationStatus",
        "removal": "sso:ListAccountAssignmentDeletionStatus",
        "provisioning": "sso:ListPermissionSetProvisioningStatus",
    }
    found = {Question("attributes"): "sso:DescribeInstanceAccessControlAttributeConfiguration"}
    found[Question("document", (READ_ONLY,))] = "iam:GetPolicy"
    found |= {Question("boundary", (each,)): "sso:GetPermissionsBoundaryForPermissionSet" for each in sets}
    found |= {Question("tags", (each,)): "sso:ListTagsForResource" for each in sets}
    for kind, action in requests.items():
        found |= {Question("requests", (kind, status)): action for status in ("FAILED", "IN_PROGRESS")}
    return {question: f"{action} is not allowed" for question, action in found.items()}


def running() -> list[str]:
    """The threads that ask a service."""
    return [each.name for each in threading.enumerate() if each.name.startswith((*CLIENTS, "iam"))]


@pytest.mark.full
def test_everything(company: Company, asked: Services) -> None:
    """What moto has is read, and what it does not have ends in failures; no thread is left."""
    answers, failures = collected(asked)
    found = assemble(company.instance, NOW, Scope(), answers, failures)
    undated = tuple(each._replace(created=None) for each in found.permission_sets)
    assert replace(found, permission_sets=undated, unread=()) == company.inventory
    assert (failures, running()) == (denied(company), [])


def test_twice(asked: Services) -> None:
    """Reading again finds the same, with the same number of calls."""
    assert collected(asked) == collected(asked)


@pytest.mark.full
def test_members(company: Company, asked: Services) -> None:
    """With members, each of them is looked up."""
    answers, failures = collected(asked, Scope(members=True))
    found = assemble(company.instance, NOW, Scope(members=True), answers, failures)
    people = {company.ids[name]: User(company.ids[name], name, exists=True) for name in ("ann", "bob")}
    assert (found.users, found.groups, failures) == (people, company.inventory.groups, denied(company))


@pytest.mark.first_is_quick
@pytest.mark.parametrize("scope", [Scope(), Scope(members=True), Scope(quick=True)])
def test_kept(company: Company, asked: Services, scope: Scope) -> None:
    """Answers that are kept are not asked for again; failures are."""
    answers, failures = collected(asked, scope)
    company.front.calls.clear()
    file = io.StringIO()
    assert collected(asked, scope, answers, Writer(file)) == (answers, failures)
    assert ({*company.front.calls}, company.front.calls.total()) == (NOT_IN_MOTO, len(failures))
    assert file.getvalue() == ""


@pytest.mark.full
def test_interrupted(company: Company, asked: Services) -> None:
    """Of an interrupted reading, only the rest is asked for, and each new answer is kept."""
    answers, failures = collected(asked)
    kept = {question: answer for number, (question, answer) in enumerate(answers.items()) if number % 2}
    file = io.StringIO()
    assert collected(asked, Scope(), kept, Writer(file)) == (answers, failures)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    written = {Question(kind, tuple(key)): answer for kind, key, answer in lines}
    assert written == {question: answer for question, answer in answers.items() if question not in kept}


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("action", "question"),
    [
        ("sso:DescribePermissionSet", Question("description", ("Developer",))),
        ("sso:ListPermissionSets", Question("permission-sets")),
        ("identitystore:ListGroups", Question("groups")),
        ("identitystore:DescribeUser", Question("user", ("ann",))),
        ("organizations:ListAccounts", Question("accounts")),
        ("organizations:ListRoots", Question("roots")),
    ],
)
def test_denied(company: Company, asked: Services, action: str, question: Question) -> None:
    """An operation that is denied ends in a failure that names the action; everything else is read."""
    company.front.refused[action.partition(":")[2]] = DENIED
    answers, failures = collected(asked)
    question = Question(question.kind, tuple(company.ids.get(each, each) for each in question.key))
    assert (failures[question], question in answers) == (f"{action} is not allowed", False)
    assert {each.kind for each in failures.keys() - denied(company).keys()} == {question.kind}


@pytest.mark.full
def test_everything_denied(company: Company, asked: Services) -> None:
    """Where nothing may be read, each first question is a failure."""
    everything = ("ListPermissionSets", "ListGroups", "ListAccounts", "ListRoots", *NOT_IN_MOTO)
    company.front.refused = dict.fromkeys(everything, DENIED)
    answers, failures = collected(asked)
    assert (answers, {*failures}) == ({}, {*Collection(Scope(), None).first()})


def test_quick_denied(company: Company, asked: Services) -> None:
    """Where assignments of groups are denied, those of pairs are asked for."""
    company.front.refused["ListAccountAssignmentsForPrincipal"] = DENIED
    answers, failures = collected(asked, Scope(quick=True))
    inventory = assemble(company.instance, NOW, Scope(quick=True), answers, failures)
    assert (inventory.assignments, inventory.group_assignments) == (company.inventory.assignments, ())


@pytest.mark.full
def test_progress(asked: Services) -> None:
    """Progress never goes back, and ends with an outcome for every question; the rate is that of the limiters."""
    seen: list[tuple[int, int, float]] = []
    answers, failures = collected(asked, progress=lambda *each: seen.append(each))
    number = len(answers) + len(failures)
    assert [done for done, _, _ in seen] == [*range(1, number + 1)]
    assert [total for _, total, _ in seen] == sorted(total for _, total, _ in seen)
    assert seen[-1][:2] == (number, number)
    busiest = [asked.administration.service, asked.directory.service, asked.organization.service, asked.policies.iam]
    assert seen[-1][2] == max(each.limiter.rate for each in busiest)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "error", [SignInRequired("sign in"), Locked("locked"), SourceRejected("rejected"), RuntimeError("a defect")]
)
def test_fatal(company: Company, tmp_path: Path, error: Exception) -> None:
    """What concerns every question ends all threads, even those that wait for their turn."""
    calls = iter(range(8))

    def keys() -> RoleCredentials:
        if next(calls, None) is None:
            raise error
        return KEYS

    asked = services(company.url, tmp_path, company.instance, keys, rate=10)
    with pytest.raises(type(error)) as caught:
        collected(asked)
    assert (caught.value, running()) == (error, [])
    assert company.front.calls.total() <= 8


def test_rejected_keys(company: Company, asked: Services) -> None:
    """Keys that one service rejects are of no use for the others."""
    company.front.refused["ListGroups"] = (400, "UnrecognizedClientException")
    message = "^Identity Store rejected the credentials: UnrecognizedClientException$"
    with pytest.raises(SourceRejected, match=message):
        collected(asked)
    assert running() == []


@pytest.mark.full
def test_interrupt(company: Company, tmp_path: Path) -> None:
    """Ctrl-C ends all threads before their turn comes, and what was answered until then is kept."""
    file, answered = io.StringIO(), 5

    def progress(done: int, _total: int, _rate: float) -> None:
        if done == answered:
            raise KeyboardInterrupt

    asked = services(company.url, tmp_path, company.instance, rate=2)
    with pytest.raises(KeyboardInterrupt):
        collected(asked, writer=Writer(file), progress=progress)
    assert running() == []
    assert 0 < len(file.getvalue().splitlines()) <= answered <= company.front.calls.total() < 15


@pytest.mark.full
def test_service_is_down(company: Company, asked: Services) -> None:
    """After 20 failures in a row, the rest of a service is not asked any more; others are."""
    kept: Answers = {Question("permission-sets"): [f"arn:aws:sso:::permissionSet/ssoins-1/ps-{n}" for n in range(20)]}
    company.front.refused |= dict.fromkeys(
        [
            *("DescribePermissionSet", "ListManagedPoliciesInPermissionSet", "GetInlinePolicyForPermissionSet"),
            *("ListCustomerManagedPolicyReferencesInPermissionSet", "ListAccountsForProvisionedPermissionSet"),
            *NOT_IN_MOTO,
        ],
        (503, "ServiceUnavailableException"),
    )
    answers, failures = collected(asked, kept=kept)
    reasons = Counter(failures.values())
    assert reasons.keys() == {
        "IAM Identity Center returned HTTP 503",
        "skipped after too many failures in a row",
    }
    # 20 threads, each with one more question that it had begun before the others failed.
    assert 20 <= reasons["IAM Identity Center returned HTTP 503"] <= 40
    assert {"groups", "accounts", "roots", "units"} <= {each.kind for each in answers}
