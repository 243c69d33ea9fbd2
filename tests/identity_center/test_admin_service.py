"""A service that is asked with role credentials: pages, refusals, rejected keys, and which operations there are."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ssohelper.errors import AccessDenied, SourceRejected, Unavailable
from ssohelper.identity_center.admin_service import (
    ACCESS_ANALYZER,
    IAM,
    IDENTITY_CENTER,
    IDENTITY_STORE,
    OPERATIONS,
    ORGANIZATIONS,
    WORKERS,
    AdminService,
    Service,
)
from ssohelper.identity_center.limiter import START_RATE, Limiter
from ssohelper.identity_center.responses import Response
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.simulator import aws_policies
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import PermissionSet
from tests.fixtures.admin_services import AdminServices, invalid, raised, response
from tests.fixtures.role_clients import MANAGEMENT, instance_arn, store

LISTING = "sso-admin:ListPermissionSets"
INSTANCES = "sso-admin:ListInstances"
UNKNOWN = RoleCredentials(RoleRef("acme", MANAGEMENT, "Administrator"), "ASIAUNKNOWN", "secret", "token", 2**40)
REJECTED = "IAM Identity Center rejected the credentials: UnrecognizedClientException"
# An operation of each service, with its parameters.
ONE_EACH: list[tuple[Service, str, dict[str, Any]]] = [
    (IDENTITY_CENTER, "list_instances", {}),
    (IDENTITY_STORE, "list_users", store()),
    (ORGANIZATIONS, "list_accounts", {}),
    (IAM, "get_policy", {"PolicyArn": aws_policies.arn("ReadOnlyAccess")}),
    (ACCESS_ANALYZER, "validate_policy", {"policyDocument": "{}", "policyType": "IDENTITY_POLICY"}),
]


@pytest.fixture
def service(services: AdminServices) -> AdminService:
    """IAM Identity Center."""
    return services.service(IDENTITY_CENTER)


def instances(service: AdminService) -> list[str]:
    """The ARNs of the instances."""
    return service.ask(
        "list_instances", lambda found: [each.text("InstanceArn") for each in found.structures("Instances")]
    )


def texts(page: Response) -> list[str]:
    """The ARNs of the permission sets of a page."""
    return page.texts("PermissionSets", required=True)


def listed(service: AdminService) -> list[str]:
    """The ARNs of all permission sets."""
    return service.pages("list_permission_sets", texts, 100, InstanceArn=instance_arn())


def some(service: AdminService, size: int, enough: float) -> tuple[list[str], bool]:
    """The ARNs of some permission sets, and whether there are more pages."""
    return service.first_pages("list_permission_sets", texts, size, enough, InstanceArn=instance_arn())


def arns(administered: Simulator, *names: str) -> list[str]:
    """The ARNs of these permission sets, of all by default."""
    world = administered.world
    return [world.permission_set_arn(each) for each in names or [each.name for each in world.permission_sets]]


def test_operations() -> None:
    """What each operation that may be called does is read: that is its first word."""
    verbs = {each.partition("_")[0] for methods in OPERATIONS.values() for each in methods}
    assert verbs == {"describe", "get", "is", "list", "simulate", "validate"}


def test_no_other_operation(administered: Simulator, service: AdminService) -> None:
    """An operation that is not in the list of its service cannot be called, whether it exists or not."""
    before = administered.counters.calls
    for operation in ("create_permission_set", "describe_instance", "list_users", "close"):
        with pytest.raises(AssertionError, match=f"not an operation that may be called: {operation}"):
            service.ask(operation, lambda found: found)
    assert administered.counters.calls == before


def test_ask(service: AdminService) -> None:
    """What is read in the response is returned."""
    assert instances(service) == [instance_arn()]


def test_threads(administered: Simulator, service: AdminService) -> None:
    """Many threads ask at the same time."""
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda _: instances(service), range(2 * WORKERS)))
    assert found == [[instance_arn()]] * 2 * WORKERS
    assert administered.counters.calls[INSTANCES] == 2 * WORKERS


def test_pages(administered: Simulator, service: AdminService) -> None:
    """All pages are read, a hundred items at a time."""
    for number in range(200):
        administered.world.add_permission_set(PermissionSet(f"Set{number}"))
    assert (listed(service), administered.counters.calls[LISTING]) == (arns(administered), 3)


def test_first_pages(administered: Simulator, service: AdminService) -> None:
    """As many pages are read as it takes to have enough items."""
    found = {each: some(service, *each) for each in ((2, 1), (2, 2), (2, 3), (100, 1), (1, 3))}
    two, three, four = (arns(administered)[:number] for number in (2, 3, 4))
    assert found == {
        (2, 1): (two, True),
        (2, 2): (two, True),
        (2, 3): (four, False),
        (100, 1): (four, False),
        (1, 3): (three, True),
    }
    assert administered.counters.calls[LISTING] == 1 + 1 + 2 + 1 + 3


def test_empty_pages(administered: Simulator, service: AdminService) -> None:
    """An empty page that goes on is not the end, neither of all items nor of enough."""
    administered.faults.add(LISTING, Fault.empty_page(), 2)
    assert listed(service) == arns(administered)
    administered.faults.add(LISTING, Fault.empty_page(), 2)
    assert some(service, 1, 1) == (arns(administered, "Administrator"), True)


@pytest.mark.parametrize(("tokens", "calls"), [("aa", 2), ("aba", 3)])
def test_repeated_token(administered: Simulator, service: AdminService, tokens: str, calls: int) -> None:
    """A service that sends a token twice would never end the list."""
    for each in tokens:
        administered.faults.add(LISTING, response({"PermissionSets": [], "NextToken": each}))
    assert f"Unavailable: {raised(lambda: listed(service))}" == invalid(IDENTITY_CENTER, 1)[0]
    assert administered.counters.calls[LISTING] == calls


@pytest.mark.full
def test_endless_list(administered: Simulator, service: AdminService) -> None:
    """A list that does not end within a thousand pages is not one that a service would send."""
    administered.faults.add(LISTING, Fault.empty_page(), None)
    assert f"Unavailable: {raised(lambda: listed(service))}" == invalid(IDENTITY_CENTER, 1)[0]
    assert administered.counters.calls[LISTING] == 1000


def test_invalid_responses(services: AdminServices, service: AdminService) -> None:
    """A response that the service would not send, or with such a token, is an error."""
    bodies: list[object] = [{}, [], "x", 1, None]
    tokens: list[object] = [5, ["a"], "a\nb", {}]
    bodies += [{"PermissionSets": [], "NextToken": each} for each in tokens]
    found = services.outcomes(LISTING, bodies, lambda: listed(service))
    assert found == invalid(IDENTITY_CENTER, len(bodies))


def test_last_token(services: AdminServices, service: AdminService) -> None:
    """A token that is null or empty is the end of a list."""
    bodies = [{"PermissionSets": ["a"], "NextToken": each} for each in (None, "")]
    assert services.outcomes(LISTING, bodies, lambda: listed(service)) == ["answer: ['a']"] * 2


def test_failures(administered: Simulator, service: AdminService) -> None:
    """A request that fails, or whose response cannot be read, is sent again, four times in all."""
    for fault in (Fault.error(503), Fault.dropped(), response({"Instances": 5})):
        administered.faults.add(INSTANCES, fault)
    assert (instances(service), administered.counters.calls[INSTANCES]) == ([instance_arn()], 4)
    administered.faults.add(INSTANCES, Fault.error(503), None)
    assert str(raised(lambda: instances(service))) == "IAM Identity Center returned HTTP 503"
    assert administered.counters.calls[INSTANCES] == 8


@pytest.mark.parametrize(
    ("of", "operation", "arguments", "action"),
    [
        (*each, action)
        for each, action in zip(
            ONE_EACH,
            (
                "sso:ListInstances",
                "identitystore:ListUsers",
                "organizations:ListAccounts",
                "iam:GetPolicy",
                "access-analyzer:ValidatePolicy",
            ),
            strict=True,
        )
    ],
    ids=[each[0].client for each in ONE_EACH],
)
def test_denied(services: AdminServices, of: Service, operation: str, arguments: dict[str, Any], action: str) -> None:
    """A denied request names the action, as it is called in policies, and is not sent again."""
    keys = services.keys("Nothing")
    services.simulator.counters.reset()
    service = services.service(of, lambda: keys)
    error = raised(lambda: service.ask(operation, lambda found: found, **arguments))
    found = (type(error), str(error), error.hint)
    assert found == (
        AccessDenied,
        f"{action} is not allowed",
        "use a role in the management account with the policy in docs/permission-sets.md",
    )
    assert services.simulator.counters.calls.total() == 1


def test_throttled(administered: Simulator, services: AdminServices, service: AdminService) -> None:
    """Throttling, which is HTTP 400 here, is tried again more slowly, and more often than a failure."""
    administered.faults.add(INSTANCES, Fault.error(400, "ThrottlingException"), 10)
    assert (instances(service), administered.counters.calls[INSTANCES]) == ([instance_arn()], 11)
    assert service.limiter.rate < START_RATE


def test_retry_after(administered: Simulator, services: AdminServices) -> None:
    """The seconds in the body of the identity store's error are waited."""
    error = {"__type": "ThrottlingException", "Message": "Rate exceeded", "RetryAfterSeconds": 1}
    administered.faults.add("identitystore:ListUsers", response(error, 400))
    keys = services.keys()
    service = AdminService(IDENTITY_STORE, services.clients, lambda: keys, "us-east-1", Limiter())
    started = time.monotonic()
    names = service.ask(
        "list_users", lambda page: [each.text("UserName") for each in page.structures("Users")], **store()
    )
    assert names == ["ann@example.com", "bob", "cat"]
    assert time.monotonic() - started >= 1
    assert administered.counters.calls["identitystore:ListUsers"] == 2


def held(*keys: RoleCredentials) -> Callable[[], RoleCredentials]:
    """Returns these keys one after another, then always the last."""
    left = list(keys)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_refreshed_keys(administered: Simulator, services: AdminServices) -> None:
    """Keys are asked for before each request: those of another role are used at once."""
    service = services.service(IDENTITY_CENTER, held(services.keys("Nothing"), services.keys()))
    assert str(raised(lambda: instances(service))) == "sso:ListInstances is not allowed"
    assert (instances(service), administered.counters.calls[INSTANCES]) == ([instance_arn()], 2)


def test_rejected_keys(administered: Simulator, services: AdminServices) -> None:
    """A request whose keys are rejected is sent again if there are newer ones."""
    service = services.service(IDENTITY_CENTER, held(UNKNOWN, services.keys()))
    assert (instances(service), administered.counters.calls[INSTANCES]) == ([instance_arn()], 2)


def test_rejected_keys_without_newer_ones(administered: Simulator, services: AdminServices) -> None:
    """Without newer keys, the rejection is an error at once; so it is if the newer ones are rejected, too."""
    other = UNKNOWN._replace(access_key_id="ASIAOTHER")
    for keys, calls in (([UNKNOWN], 1), ([UNKNOWN, other], 3)):
        service = services.service(IDENTITY_CENTER, held(*keys))
        with pytest.raises(SourceRejected, match=f"^{REJECTED}$"):
            instances(service)
        assert administered.counters.calls[INSTANCES] == calls


def test_keys_that_cannot_be_got(services: AdminServices) -> None:
    """An error of the keys ends the request."""
    expected = Unavailable("no network")

    def fail() -> RoleCredentials:
        raise expected

    assert raised(lambda: instances(services.service(IDENTITY_CENTER, fail))) is expected


@pytest.mark.parametrize(
    "fault", [Fault.error(503), Fault.error(400, "ThrottlingException", 30)], ids=["failing", "throttled"]
)
def test_stop(administered: Simulator, services: AdminServices, fault: Fault) -> None:
    """Requests that wait to be sent, or to be sent again, end with an error as soon as they are to stop."""
    keys = services.keys()
    service = AdminService(IDENTITY_CENTER, services.clients, lambda: keys, "us-east-1", Limiter(max_rate=0.5))
    administered.faults.add(INSTANCES, fault, None)
    errors: list[str] = []
    threads = [
        threading.Thread(target=lambda: errors.append(str(raised(lambda: instances(service))))) for _ in range(5)
    ]
    for each in threads:
        each.start()
    while not administered.counters.calls[INSTANCES]:
        time.sleep(0.01)
    stopped = time.monotonic()
    service.stop()
    for each in threads:
        each.join()
    assert time.monotonic() - stopped < 10
    assert (errors, administered.counters.calls[INSTANCES]) == (["cancelled"] * 5, 1)


def test_takes(service: AdminService) -> None:
    """Whether an operation takes a parameter, in this version of botocore; its name has exactly this spelling."""
    parameters = ("InstanceArn", "NextToken", "instancearn", "Galaxy")
    known = [each for each in parameters if service.takes("list_permission_sets", each)]
    assert (known, service.takes("list_instances", "InstanceArn")) == (["InstanceArn", "NextToken"], False)
