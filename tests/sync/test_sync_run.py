"""The plan of one run: what the options, the settings and the discovery make of it."""

import pytest

from ssohelper.aws_config import config_edit
from ssohelper.aws_config.config_text import ConfigText, parse
from ssohelper.errors import ConfigConflict
from ssohelper.roles import Account, Role
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync.discovery import Discovery, Unlisted
from ssohelper.sync.plan import Plan
from ssohelper.sync.sync_run import Request, SyncRun
from tests.fixtures.sync_worlds import COMMAND, MAIN

PROD, DEV = Account("111111111111", "prod"), Account("222222222222", "dev")
ADMIN, READ, DEV_ADMIN = Role(PROD, "Admin"), Role(PROD, "Read"), Role(DEV, "Admin")
ALL = Discovery((DEV, PROD), (DEV_ADMIN, ADMIN, READ))
NONE = Discovery((), ())
CONFIG = b"[sso-session main]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-central-1\n"
FOREIGN = CONFIG + b"[profile mine]\nsso_session = main\nsso_account_id = 111111111111\nsso_role_name = Admin\n"


def sync_run(
    settings: Settings | None = None,
    request: Request | None = None,
    found: Discovery = ALL,
    credentials_profiles: tuple[str, ...] = (),
) -> SyncRun:
    """A sync_run for the session main."""
    return SyncRun(
        session=MAIN,
        settings=settings or Settings(),
        request=request or Request(),
        found=found,
        command=COMMAND,
        credentials=parse("".join(f"[{name}]\n" for name in credentials_profiles).encode()),
    )


def synced() -> ConfigText:
    """A file with the profiles of all roles."""
    text = parse(CONFIG)
    return parse(config_edit.apply(text, sync_run().plan(text).edits()))


def actions(plan: Plan) -> dict[str, str]:
    """The action for each profile."""
    return {step.profile: step.action.value for step in plan.steps}


def test_first_run() -> None:
    """Every role gets a profile, and a second run keeps them."""
    assert actions(sync_run().plan(parse(CONFIG))) == {"dev.Admin": "add", "prod.Admin": "add", "prod.Read": "add"}
    assert sync_run().plan(synced()).pending == ()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(include=("prod",)), {"prod.Admin": "add", "prod.Read": "add"}),
        (Request(exclude=("prod",)), {"dev.Admin": "add"}),
        (
            Request(include=("*/Admin", "*/Read"), exclude=("111111111111/Admin",)),
            {"dev.Admin": "add", "prod.Read": "add"},
        ),
        (Request(include=("x",)), {}),
    ],
)
def test_globs(request_: Request, expected: dict[str, str]) -> None:
    """`include` and `exclude` select roles by their account's name or id."""
    assert actions(sync_run(request=request_).plan(parse(CONFIG))) == expected


def test_unknown_accounts() -> None:
    """The name of an account that is no longer listed is unknown: a run with globs keeps its profiles."""
    for request in (Request(include=("prod",)), Request(exclude=("dev",))):
        assert sync_run(request=request, found=NONE).plan(synced()).pending == ()
    assert set(actions(sync_run(found=NONE).plan(synced())).values()) == {"remove"}


def test_excluded_roles() -> None:
    """Profiles of roles that the settings exclude are removed, with the reason."""
    plan = sync_run(Settings(exclude=("prod",))).plan(synced())
    assert [(step.profile, step.reason) for step in plan.pending] == [
        ("prod.Admin", "is excluded by config.toml"),
        ("prod.Read", "is excluded by config.toml"),
    ]


def test_without_pruning() -> None:
    """With `prune` off nothing is removed."""
    assert sync_run(Settings(prune=False), found=NONE).plan(synced()).pending == ()


def test_unlisted_accounts() -> None:
    """While an account could not be listed, its profiles are kept, and no profile is renamed."""
    partly = Discovery((DEV, PROD), (DEV_ADMIN,), (Unlisted(PROD, "HTTP 500"),))
    by_role = Settings(profile_name="{role_name}")
    assert sync_run(by_role, Request(rename=True), partly).plan(synced()).pending == ()
    renamed = sync_run(by_role, Request(rename=True)).plan(synced())
    assert {step.profile: step.new_name for step in renamed.pending} == {
        "dev.Admin": "Admin-222222222222",
        "prod.Admin": "Admin-111111111111",
        "prod.Read": "Read",
    }


def test_sensitive_roles() -> None:
    """A sensitive role gets a profile on request only; one that it has is kept, in the style credential-process."""
    settings = Settings(sensitive_roles=("*/Admin",))
    plan = sync_run(settings).plan(parse(CONFIG))
    assert (actions(plan), sync_run(settings).omitted(plan)) == ({"prod.Read": "add"}, 2)
    requested = sync_run(settings, Request(sensitive=True))
    assert len(requested.plan(parse(CONFIG)).pending) == 3
    plan = sync_run(settings).plan(synced())
    assert (actions(plan), sync_run(settings).omitted(plan)) == (
        {"dev.Admin": "change", "prod.Admin": "change", "prod.Read": "keep"}, 0,
    )  # fmt: skip


def test_adoption() -> None:
    """Foreign profiles are adopted on request only, also for a sensitive role."""
    text = parse(FOREIGN)
    admin = MAIN.role(PROD.id, "Admin")
    assert sync_run().adoptable(text) == {admin}
    assert actions(sync_run().plan(text)) == {"dev.Admin": "add", "prod.Admin": "add", "prod.Read": "add"}
    adopt = sync_run(Settings(sensitive_roles=("prod/Admin",)), Request(adopt=True))
    assert actions(adopt.plan(text)) == {"dev.Admin": "add", "mine": "adopt", "prod.Read": "add"}


def test_obstacle() -> None:
    """A foreign profile that cannot be adopted does not count as one, nor as the profile of a sensitive role."""
    text = parse(FOREIGN + b"role_arn = arn:aws:iam::1:role/x\n")
    assert sync_run().adoptable(text) == set()
    adopt = sync_run(Settings(sensitive_roles=("prod/Admin",)), Request(adopt=True))
    assert actions(adopt.plan(text)) == {"dev.Admin": "add", "prod.Read": "add"}


def test_default_profile() -> None:
    """`[default]` is adopted if a rule makes its role the default profile."""
    text = parse(FOREIGN.replace(b"[profile mine]", b"[default]"))
    rule = Settings(rules=(Rule("prod/Admin", name="default"),))
    assert [each.adoptable(text) for each in (sync_run(), sync_run(rule))] == [set(), {MAIN.role(PROD.id, "Admin")}]


def test_credentials_file() -> None:
    """Names in the shared credentials file are taken, and foreign profiles of that name not adopted."""
    plan = sync_run(credentials_profiles=("prod.Read",)).plan(parse(CONFIG))
    assert [conflict.name_instead for conflict in plan.conflicts] == ["prod.Read-111111111111"]
    assert sync_run(credentials_profiles=("mine",)).adoptable(parse(FOREIGN)) == set()


def test_ambiguous_file() -> None:
    """A managed profile that is defined twice is a conflict."""
    data = b"[profile x]\nssohelper_session = main\n[profile x]\n"
    with pytest.raises(ConfigConflict, match=r"^profile 'x' is defined twice, on lines 1 and 3"):
        sync_run().plan(parse(data))


def test_other_texts() -> None:
    """One sync_run makes plans for several texts, as the file may change between the plan and its confirmation."""
    one = sync_run()
    before = one.plan(parse(CONFIG))
    assert one.plan(parse(FOREIGN)) == before
    assert one.plan(synced()).pending == ()


def test_damaged_account_id() -> None:
    """A managed profile with a damaged account id is not taken for one whose role is no longer assigned."""
    damaged = CONFIG + b"[profile x]\nsso_session = main\nsso_account_id = 111111111111 # prod\n"
    text = parse(damaged + b"sso_role_name = Admin\nssohelper_session = main\n")
    with pytest.raises(ConfigConflict, match="sso_account_id = 111111111111 # prod is not valid") as caught:
        sync_run().plan(text)
    assert caught.value.hint == "ssohelper doctor --fix"
