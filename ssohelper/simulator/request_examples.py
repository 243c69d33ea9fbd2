"""Examples of findings about changes that did not reach an account."""

from ssohelper.simulator.administered import DAY_SECONDS, DEV, PAYMENTS, PROD, policy_of
from ssohelper.simulator.entities import Group, Principal
from ssohelper.simulator.example import Adding, Example, then
from ssohelper.simulator.world import World

_POLICY = "/reports/writer"
_ANALYSTS, _NEWCOMERS = Principal.group("analysts"), Principal.group("newcomers")
_STUCK_SECONDS = 2 * 3600


def request_examples(now: float) -> list[Example]:
    """Return the examples; `now` is in Unix seconds."""

    def stuck(world: World) -> None:
        world.provisioning_seconds = 30 * DAY_SECONDS
        world.provision("NetworkOperations", PAYMENTS, created=now - _STUCK_SECONDS)
        world.provisioning_seconds = 0

    newer = policy_of("athena:StopQueryExecution")
    add_writer = Adding(now)("ReportWriter", customer_managed_policies=(_POLICY,))
    return [
        Example("policy-not-there", then(add_writer, _assigned_without_policy), _add_policy),
        Example("failed", _assigned_to_nobody, _add_group),
        Example("stuck", stuck, World.complete_requests),
        Example(
            "outdated",
            lambda world: world.change_permission_set("DataAnalytics", policy=newer),
            lambda world: world.provision("DataAnalytics"),
        ),
    ]


def _assigned_without_policy(world: World) -> None:
    world.add_customer_policy(_POLICY, policy_of("s3:PutObject"), DEV)
    world.assign(DEV, "ReportWriter", group="analysts")
    world.request_assignment(PAYMENTS, "ReportWriter", _ANALYSTS)


def _add_policy(world: World) -> None:
    world.add_customer_policy(_POLICY, policy_of("s3:PutObject"), PAYMENTS)
    world.request_assignment(PAYMENTS, "ReportWriter", _ANALYSTS)


def _assigned_to_nobody(world: World) -> None:
    world.request_assignment(PAYMENTS, "QueueOperations", _NEWCOMERS)


def _add_group(world: World) -> None:
    world.add_group(Group("newcomers", ("ann@example.com",)))
    for each in PROD:
        world.request_assignment(each, "QueueOperations", _NEWCOMERS)
