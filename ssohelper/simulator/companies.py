"""Companies for demos and tests."""

import random

from ssohelper.simulator import aws_policies, names
from ssohelper.simulator.entities import Account, PermissionSet, User
from ssohelper.simulator.world import World

_READ_ONLY = aws_policies.document(
    *(f"{each}:{verb}*" for each in ("ec2", "iam", "kms", "logs", "s3") for verb in ("Describe", "Get", "List")),
    *("iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),
)


def organisation() -> World:
    """Return a small company: eight accounts, two of them with the same name, and two users."""
    accounts = [
        Account("111122223333", "management", "aws+management@example.com"),
        Account("222233334444", "security-audit", "aws+security@example.com"),
        Account("333344445555", "payments-prod", "aws+payments-prod@example.com"),
        Account("444455556666", "payments-staging", "aws+payments-staging@example.com"),
        Account("555566667777", "data-platform-prod", "aws+data-prod@example.com"),
        Account("666677778888", "data-platform-dev", "aws+data-dev@example.com"),
        Account("777788889999", "sandbox", "aws+sandbox-emea@example.com"),
        Account("888899990000", "sandbox", "aws+sandbox-apac@example.com"),
    ]
    administrator, read_only, developer, billing = (
        PermissionSet("AdministratorAccess", 1),
        PermissionSet("ReadOnly", 8, _READ_ONLY),
        PermissionSet("Developer", 4, aws_policies.POWER_USER),
        PermissionSet("Billing", 2, aws_policies.BILLING),
    )
    pairs = {(account.id, read_only.name) for account in accounts}
    pairs |= {(account.id, developer.name) for account in accounts[3:]}
    pairs |= {(account.id, administrator.name) for account in accounts[-2:]}
    alex = User("alex@example.com", frozenset(pairs | {(accounts[2].id, administrator.name)}))
    robin = User("robin@example.com", frozenset({(accounts[0].id, billing.name), (accounts[1].id, read_only.name)}))
    return World(accounts, (administrator, read_only, developer, billing), (alex, robin))


def generate(
    accounts: int = 40, roles: int = 3, seed: int = 0, session_hours: int = 1, *, awkward: bool = False
) -> World:
    """Return a company of any size, with one user who has `roles` roles in each account.

    The same arguments give the same company. With `awkward` the first names are those that break tools (see `names`).
    """
    rng = random.Random(seed)  # noqa: S311 - not a secret
    generated = _accounts(rng, accounts, awkward=awkward)
    role_names = [*names.AWKWARD_ROLES, *names.ROLES] if awkward else list(names.ROLES)
    role_names += [f"Team{number:04}" for number in range(roles)]
    permission_sets = [PermissionSet(name, session_hours) for name in role_names[:roles]]
    assignments = frozenset((account.id, each.name) for account in generated for each in permission_sets)
    return World(generated, permission_sets, [User("alex@example.com", assignments)])


def _accounts(rng: random.Random, count: int, *, awkward: bool) -> list[Account]:
    ids: dict[str, None] = {}
    while len(ids) < count:
        ids[f"{rng.randrange(10**11, 10**12)}"] = None
    account_names: list[str | None] = list(names.AWKWARD_ACCOUNTS[:count]) if awkward else []
    ordinary = [f"{team}-{stage}" for team in names.TEAMS for stage in names.STAGES]
    rng.shuffle(ordinary)
    for number in range(count - len(account_names)):
        lap, index = divmod(number, len(ordinary))
        account_names.append(f"{ordinary[index]}-{lap + 1}" if lap else ordinary[index])
    return [
        # With `awkward` some emails are missing too, among them that of the account without a name.
        Account(account_id, name, None if awkward and number % 4 == 1 else f"aws+{account_id}@example.com")
        for number, (account_id, name) in enumerate(zip(ids, account_names, strict=True))
    ]
