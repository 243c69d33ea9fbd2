"""Wanted against present: who is added, changed, renamed, removed, and left alone; and under which name."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit
from ssohelper.aws_config.config_text import parse
from ssohelper.model import Account, Role, Session
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import desired
from ssohelper.sync.plan import Action, Conflict, Dangling, Plan, Scope, Step, make
from tests.fixtures import sync_worlds
from tests.fixtures.sync_worlds import EMPTY, MAIN, World, planned, synced

PROD = Account("111111111111", "prod")
DEV = Account("222222222222", "dev")
ADMIN, READ, DEV_ADMIN = Role(PROD, "Admin"), Role(PROD, "Read"), Role(DEV, "Admin")
ALL = World((ADMIN, READ, DEV_ADMIN))


def _actions(plan: Plan) -> dict[str, str]:
    return {step.profile: step.action.value for step in plan.steps}


def _reasons(plan: Plan) -> dict[str, str | None]:
    return {step.profile: step.reason for step in plan.steps}


def test_an_added_profile() -> None:
    """A role without a profile gets one; the step tells every option."""
    [step] = planned(b"", World((ADMIN,))).steps
    changes = {
        "sso_session": (None, "main"),
        "sso_account_id": (None, "111111111111"),
        "sso_role_name": (None, "Admin"),
        "region": (None, "eu-central-1"),
        "ssohelper_session": (None, "main"),
    }
    assert step == Step(Action.ADD, "prod.Admin", "111111111111", "prod", "Admin", changes=changes)
    assert list(step.changes) == list(changes)


def test_counts() -> None:
    """Every action is counted, and only steps that change the file are pending."""
    data = synced(b"", World((ADMIN, READ)))
    plan = planned(data, World((ADMIN, DEV_ADMIN)))
    assert plan.counts() == {"add": 1, "adopt": 0, "change": 0, "rename": 0, "remove": 1, "keep": 1}
    assert [step.profile for step in plan.pending] == ["dev.Admin", "prod.Read"]


def test_a_changed_profile() -> None:
    """A step tells each key's value before and after, and nothing about keys that stay."""
    data = synced(b"", World((ADMIN,)))
    plan = planned(data, World((ADMIN,), Settings(style="credential-process", region="eu-west-1")))
    line = desired.credential_process(sync_worlds.COMMAND, "main", ADMIN)
    assert [(step.action, step.changes) for step in plan.steps] == [
        (
            Action.CHANGE,
            {
                "credential_process": (None, line),
                "region": ("eu-central-1", "eu-west-1"),
                "ssohelper_account_id": (None, "111111111111"),
                "ssohelper_role_name": (None, "Admin"),
                "sso_account_id": ("111111111111", None),
                "sso_role_name": ("Admin", None),
                "sso_session": ("main", None),
            },
        )
    ]


def test_another_session_is_foreign() -> None:
    """Profiles of another session stay as they are, and their names are taken."""
    other = Session("other", MAIN.start_url, MAIN.region)
    data = synced(b"", World((ADMIN,)), session=other)
    both = synced(data, World((ADMIN,)))
    assert both.startswith(data.rstrip(b"\n"))
    assert [section.name for section in parse(both).sections] == ["prod.Admin", "prod.Admin-111111111111"]
    assert synced(both, EMPTY) == data


def test_a_name_that_an_unmarked_profile_has() -> None:
    """The user's own profile keeps its name; the role gets another, and the conflict tells the line."""
    data = b"# top\n[profile prod.Admin]\nregion = x\n"
    plan = planned(data, ALL)
    assert plan.conflicts == (Conflict("prod.Admin", 2, "111111111111", "Admin", "prod.Admin-111111111111"),)
    assert sorted(_actions(plan)) == ["dev.Admin", "prod.Admin-111111111111", "prod.Read"]
    after = synced(data, ALL)
    assert after.startswith(data)
    assert planned(after, ALL).conflicts == ()


def test_a_name_in_the_credentials_file() -> None:
    """A name that the shared credentials file has is taken: its keys would go into the same profile."""
    plan = planned(b"", World((ADMIN,)), taken={"prod.Admin"})
    assert _actions(plan) == {"prod.Admin-111111111111": "add"}
    assert plan.conflicts == (Conflict("prod.Admin", None, "111111111111", "Admin", "prod.Admin-111111111111"),)


def test_handed_over() -> None:
    """A profile whose mark was removed is the user's for good, its name too."""
    data = synced(b"", World((ADMIN,))).replace(b"ssohelper_session = main\n", b"")
    after = synced(data, World((ADMIN,)))
    assert after.startswith(data)
    assert [section.ours for section in parse(after).sections] == [False, True]
    assert synced(after, EMPTY) == data


def test_a_renamed_profile_keeps_the_users_name() -> None:
    """A name that the user gave to our profile stays, until a rename is asked for."""
    data = synced(b"", World((ADMIN,)))
    mine = data.replace(b"[profile prod.Admin]", b"[profile mine]")
    assert synced(mine, World((ADMIN,))) == mine
    [step] = planned(mine, World((ADMIN,), rename=True)).steps
    assert (step.action, step.profile, step.new_name) == (Action.RENAME, "mine", "prod.Admin")
    assert synced(mine, World((ADMIN,), rename=True)) == data


def test_names_that_change_places() -> None:
    """Two profiles can swap their names in one run."""
    data = synced(b"", World((ADMIN, READ)))
    swapped = data.replace(b"prod.Admin", b"?").replace(b"prod.Read", b"prod.Admin").replace(b"?", b"prod.Read")
    assert synced(swapped, World((ADMIN, READ), rename=True)) == data


@pytest.mark.parametrize(
    ("world", "new_name"),
    [(World((READ,)), None), (World((ADMIN, READ), Settings(profile_name="{role_name}"), rename=True), "Admin")],
)
def test_a_profile_that_others_need(world: World, new_name: str | None) -> None:
    """The plan tells who names a profile that goes, or gets another name; their bytes are not ours to change."""
    user = b"\n[profile user]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = prod.Admin\n"
    data = synced(b"", World((ADMIN, READ))) + user
    line = data.count(b"\n")
    assert planned(data, world).dangling == (Dangling("user", line, "prod.Admin", new_name),)
    assert synced(data, world).count(user) == 1
    assert planned(data, World((ADMIN, READ))).dangling == ()


def test_a_name_that_somebody_else_gets() -> None:
    """Two that change places: who names one of them would get another role."""
    admin, read = b"[profile prod.Admin]", b"[profile prod.Read]"
    data = synced(b"", World((ADMIN, READ)))
    swapped = data.replace(admin, b"?").replace(read, admin).replace(b"?", read)
    swapped += b"\n[profile user]\nsource_profile = prod.Admin\n"
    plan = planned(swapped, World((ADMIN, READ), rename=True))
    assert [(each.source_profile, each.new_name) for each in plan.dangling] == [("prod.Admin", "prod.Read")]
    elsewhere = planned(data + b"\n[profile user]\nsource_profile = prod.Admin\n", EMPTY, taken={"prod.Admin"})
    assert elsewhere.dangling == ()


def test_copies_are_left_alone() -> None:
    """Of two profiles for one role the first is kept in step, and the other one stays as the user has it."""
    data = synced(b"", World((ADMIN,)))
    data += b"\n" + data.replace(b"prod.Admin", b"copy").replace(b"eu-central-1", b"us-east-1")
    world = World((ADMIN,), Settings(region="eu-west-3"))
    plan = planned(data, world)
    assert _actions(plan) == {"prod.Admin": "change", "copy": "keep"}
    assert _reasons(plan) == {"prod.Admin": None, "copy": "it is a copy"}
    assert synced(data, world) == data.replace(b"eu-central-1", b"eu-west-3")
    assert _actions(planned(data, EMPTY)) == {"prod.Admin": "remove", "copy": "remove"}


def test_without_account_and_role() -> None:
    """A profile of ours from which the user took the role stays as it is."""
    data = synced(b"", World((ADMIN,))).replace(b"sso_role_name = Admin\n", b"")
    assert _reasons(planned(data, EMPTY)) == {"prod.Admin": "it names no account and role any more"}
    assert synced(data, EMPTY) == data


@pytest.mark.parametrize(
    ("scope", "left", "reason"),
    [
        (Scope(), {"dev.Admin": "remove", "prod.Admin": "remove", "prod.Read": "remove"}, None),
        (
            Scope(unlisted=frozenset({PROD.id})),
            {"dev.Admin": "remove", "prod.Admin": "keep", "prod.Read": "keep"},
            "its account could not be listed",
        ),
        (
            Scope(in_scope=lambda account_id, _role: account_id == DEV.id),
            {"dev.Admin": "remove", "prod.Admin": "keep", "prod.Read": "keep"},
            "it is outside this run",
        ),
        (
            Scope(prune=False),
            {"dev.Admin": "keep", "prod.Admin": "keep", "prod.Read": "keep"},
            "the role is gone, but pruning is off",
        ),
    ],
)
def test_pruning(scope: Scope, left: dict[str, str], reason: str | None) -> None:
    """A profile is removed only where it is known that its role has gone, and the run is about it."""
    data = synced(b"", ALL)
    plan = planned(data, EMPTY, scope=scope)
    assert _actions(plan) == left
    gone = {"is not yours any more"} if "remove" in left.values() else set()
    assert set(_reasons(plan).values()) - {None} == gone | ({reason} if reason else set())
    kept = synced(data, EMPTY, scope=scope)
    assert [section.name for section in parse(kept).sections] == sorted(
        name for name, action in left.items() if action == "keep"
    )


def test_outside_the_run_nothing_happens() -> None:
    """A run on some roles neither adds, changes nor renames a profile of another role."""
    data = synced(b"", World((ADMIN,))).replace(b"prod.Admin", b"mine")
    scope = Scope(in_scope=lambda account_id, _role: account_id == DEV.id, rename=True)
    plan = planned(data, World(ALL.roles, Settings(region="eu-west-3")), scope=scope)
    assert _actions(plan) == {"dev.Admin": "add", "mine": "keep"}
    assert _reasons(plan) == {"dev.Admin": None, "mine": "it is outside this run"}


def test_a_role_that_is_listed_twice() -> None:
    """A role that the portal lists twice gets one profile."""
    profiles = desired.profiles([ADMIN, ADMIN], MAIN, Settings(), sync_worlds.COMMAND)
    assert _actions(make("main", profiles, parse(b""), (), Scope())) == {"prod.Admin": "add"}


@settings(deadline=None)
@given(st.lists(sync_worlds.all_roles, min_size=1, unique=True), sync_worlds.settings)
def test_no_two_roles_share_a_profile(roles: list[Role], chosen: Settings) -> None:
    """Every wanted role gets a profile of its own, in a file that has profiles of such names already."""
    foreign = b"[default]\n[profile prod.Admin]\n[profile 'O''Brien']\n[profile x]\n[profile x-111111111111]\n"
    world = World(tuple(roles), chosen)
    text = parse(synced(foreign, world))
    names = [section.name for section in text.of_kind("profile")]
    assert len(set(names)) == len(names) == 5 + sum(map(chosen.wants, roles))


@settings(deadline=None)
@given(
    sync_worlds.roles,
    sync_worlds.roles,
    sync_worlds.settings,
    st.sets(st.sampled_from([digit * 12 for digit in "123456789"])),
)
@example((ADMIN,), (ADMIN, Role(DEV, "Admin-111111111111")), Settings(profile_name="x.{role_name}"), {DEV.id})
def test_names_do_not_depend_on_the_scope(
    before: tuple[Role, ...], now: tuple[Role, ...], chosen: Settings, inside: set[str]
) -> None:
    """A run on some accounts gives the names that a run on all would give, whatever is there already."""
    data = synced(b"", World(before, chosen))
    scope = Scope(in_scope=lambda account_id, _role: account_id in inside, prune=False)
    everything = planned(data, World(now, chosen), scope=Scope(prune=False)).steps
    some = planned(data, World(now, chosen), scope=scope).steps
    names = {(step.account_id, step.role_name): step.profile for step in everything if step.account_id in inside}
    assert names == {(step.account_id, step.role_name): step.profile for step in some if step.account_id in inside}
    assert [step for step in some if step.account_id not in inside and step.action is not Action.KEEP] == []


@settings(deadline=None)
@given(sync_worlds.roles, sync_worlds.settings, st.lists(sync_worlds.all_roles, max_size=3))
def test_present_names_stay(roles: tuple[Role, ...], chosen: Settings, more: list[Role]) -> None:
    """New roles never change the name of a profile that is there."""
    before = World(roles, chosen)
    after = World(tuple(dict.fromkeys([*roles, *more])), chosen)
    data = synced(b"", before)
    names = {(step.account_id, step.role_name): step.profile for step in planned(data, before).steps}
    later = {(step.account_id, step.role_name): step.profile for step in planned(data, after).steps}
    assert names.items() <= later.items()
    assert set(planned(data, before).counts().items()) == {
        ("add", 0), ("adopt", 0), ("change", 0), ("rename", 0), ("remove", 0), ("keep", len(names)),
    }  # fmt: skip


def test_rules_give_default() -> None:
    """A role is the default profile only where a rule says so, and there it replaces nobody's."""
    chosen = Settings(rules=(Rule(match="prod/Admin", name="default"),))
    assert _actions(planned(b"", World((ADMIN,), chosen))) == {"default": "add"}
    assert synced(b"", World((ADMIN,), chosen)).startswith(b"[default]\n")
    plan = planned(b"[profile default]\n", World((ADMIN,), chosen))
    assert plan.conflicts == (Conflict("default", 1, "111111111111", "Admin", "default-111111111111"),)


def test_edits_belong_to_the_text() -> None:
    """The plan's edits, applied to its text, bring it in step: a second plan has nothing to do."""
    data = synced(b"[default]\n", ALL)
    world = World((ADMIN, DEV_ADMIN), Settings(style="credential-process"), rename=True)
    plan = planned(data, world)
    assert planned(config_edit.apply(parse(data), plan.edits()), world).pending == ()
