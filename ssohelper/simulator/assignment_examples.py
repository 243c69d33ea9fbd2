"""Examples of findings about names, assignments, principals and accounts."""

from ssohelper.simulator.administered import ADMINISTRATOR, BOUNDARY, DEV, MANAGEMENT, OLD, PAYMENTS, PROD, policy_of
from ssohelper.simulator.entities import User
from ssohelper.simulator.example import Adding, Example, assigning, changing, deleting, then, withdrawing

_ALEX, _ANN, _HENRY, _LEAVER = (f"{each}@example.com" for each in ("alex", "ann", "henry", "leaver"))
_SIX = [f"{each}@example.com" for each in ("alex", "ann", "bob", "carol", "dana", "erin")]
_ENGINEERS = ("OrdersEngineer", "CatalogEngineer", "PricingEngineer", "StockEngineer", "MobileEngineer")
# So many that there are too many permission sets with few accounts.
_PROTOTYPES = [
    f"{town}Prototype"
    for town in [
        "Aarhus",
        "Bergen",
        "Cork",
        "Delft",
        "Evora",
        "Faro",
        "Ghent",
        "Havre",
        "Imola",
        "Jena",
        "Kiel",
        "Lyon",
        "Metz",
        "Nantes",
        "Oulu",
        "Porto",
        "Quimper",
        "Riga",
        "Siena",
        "Turku",
        "Umea",
        "Vigo",
        "Wels",
        "Xanten",
        "York",
        "Zadar",
        "Brno",
        "Cadiz",
        "Derry",
        "Espoo",
        "Fulda",
        "Gdansk",
    ]
]


def assignment_examples(now: float) -> list[Example]:
    """Return the examples; `now` is in Unix seconds."""
    add = Adding(now)
    return [*_names(add), *_use(add), *_principals(add), *_emergencies(add), *_patterns(add), *_accounts(add)]


def _names(add: Adding) -> list[Example]:
    twins = then(add("DataAnalyst", PAYMENTS), add("DataAnalyst2", PAYMENTS))
    return [
        Example("name-unclear", add("TestRole", PAYMENTS), deleting("TestRole")),
        Example("names-unlike", add("legacy_support_tools", PAYMENTS), deleting("legacy_support_tools")),
        Example("name-twins", twins, deleting("DataAnalyst2")),
    ]


def _use(add: Adding) -> list[Example]:
    return [
        Example("nowhere", add("EventPlanning"), assigning(PAYMENTS, "EventPlanning", group="analysts")),
        Example(
            "nobody",
            add("SummerProject", PAYMENTS, group="interns"),
            lambda world: world.add_member("interns", _ANN),
        ),
    ]


def _principals(add: Adding) -> list[Example]:
    archive = (PAYMENTS, "InvoiceArchive")
    return [
        Example(
            "gone",
            then(
                add("InvoiceArchive", PAYMENTS),
                lambda world: world.add_user(User(_LEAVER, frozenset({archive}))),
                lambda world: world.delete_user(_LEAVER),
            ),
            withdrawing(*archive, _LEAVER),
        ),
        Example(
            "disabled",
            then(assigning(PAYMENTS, "BreakGlass", _HENRY), lambda world: world.disable_user(_HENRY)),
            lambda world: world.enable_user(_HENRY),
        ),
        Example(
            "direct",
            then(add("ReleaseNotes"), assigning(PAYMENTS, "ReleaseNotes", _ANN)),
            then(
                assigning(PAYMENTS, "ReleaseNotes", group="developers"), withdrawing(PAYMENTS, "ReleaseNotes", _ANN)
            ),
        ),
    ]


def _emergencies(add: Adding) -> list[Example]:
    queues = (PAYMENTS, "BreakGlassQueues")
    powerful = add(
        "PlatformTeam", PAYMENTS, group="platform", session_hours=1, policy="", managed_policies=(ADMINISTRATOR,)
    )
    return [
        Example(
            "break-glass-group",
            add("BreakGlassQueues", PAYMENTS, group="platform"),
            then(assigning(*queues, _ALEX), withdrawing(*queues, group="platform")),
        ),
        Example(
            "break-glass-wide",
            then(add("BreakGlassData"), *(assigning(PAYMENTS, "BreakGlassData", each) for each in _SIX)),
            withdrawing(PAYMENTS, "BreakGlassData", _ANN),
        ),
        Example(
            "power-everyday",
            powerful,
            changing("PlatformTeam", managed_policies=(), policy=policy_of("ecs:UpdateService")),
        ),
    ]


def _patterns(add: Adding) -> list[Example]:
    europe, america = (
        policy_of("ec2:StopInstances", Condition={"StringEquals": {"aws:RequestedRegion": each}})
        for each in ("eu-west-1", "us-east-1")
    )
    *bounded, unbounded = _ENGINEERS
    return [
        Example(
            "alike",
            then(add("InstancesEurope", PAYMENTS, policy=europe), add("InstancesAmerica", PAYMENTS, policy=america)),
            deleting("InstancesAmerica"),
        ),
        Example(
            "boundary-unlike",
            then(*(add(each, PAYMENTS, boundary=BOUNDARY) for each in bounded), add(unbounded, PAYMENTS)),
            changing(unbounded, boundary=BOUNDARY),
        ),
        Example("too-many", then(*(add(each, DEV) for each in _PROTOTYPES)), deleting(*_PROTOTYPES)),
    ]


def _accounts(add: Adding) -> list[Example]:
    last, central = (PROD[-1], "QueueOperations"), (MANAGEMENT, "CostReports")
    return [
        Example(
            "account-closed",
            then(add("ShopClosing", OLD, PAYMENTS), lambda world: world.change_account(OLD, state="SUSPENDED")),
            withdrawing(OLD, "ShopClosing", group="developers"),
        ),
        Example("ou-uneven", withdrawing(*last, group="platform"), assigning(*last, group="platform")),
        Example("management", assigning(*central, group="analysts"), withdrawing(*central, group="analysts")),
    ]
