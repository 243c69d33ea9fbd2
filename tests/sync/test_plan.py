"""Desired profiles against those in the file: what is added, changed, renamed, removed and kept, by which name."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit
from ssohelper.aws_config.config_text import parse
from ssohelper.model import Session
from ssohelper.roles import Account, ProfileRef, Role
from ssohelper.settings import own_program
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import desired
from ssohelper.sync.plan import Action, Conflict, Plan, Scope, Step, make, managed_roles
from ssohelper.sync.source_profiles import BrokenSource
from tests.fixtures import sync_worlds
from tests.fixtures.sync_worlds import EMPTY, MAIN, World, planned, synced

PROD = Account("111111111111", "prod")
DEV = Account("222222222222", "dev")
ADMIN, READ, DEV_ADMIN = Role(PROD, "Admin"), Role(PROD, "Read"), Role(DEV, "Admin")
ALL = World((ADMIN, READ, DEV_ADMIN))
ADMIN_REF = MAIN.role(PROD.id, "Admin")


def _actions(plan: Plan) -> dict[str, str]:
    return {step.profile: step.action.value for step in plan.steps}


def _names(steps: Iterable[Step]) -> dict[ProfileRef | None, str]:
    return {step.role: step.profile for step in steps}


def _in_dev(role: ProfileRef) -> bool:
    return role.sso_role.account_id == DEV.id


def _reasons(plan: Plan) -> dict[str, str | None]:
    return {step.profile: step.reason for step in plan.steps}


def test_add() -> None:
    """A role without a profile gets one; the step has all its options."""
    [step] = planned(b"", World((ADMIN,))).steps
    changes = {
        "sso_session": (None, "main"),
        "sso_account_id": (None, "111111111111"),
        "sso_role_name": (None, "Admin"),
        "region": (None, "eu-central-1"),
        "ssohelper_session": (None, "main"),
    }
    assert step == Step(Action.ADD, "prod.Admin", ADMIN_REF, "prod", changes=changes)
    assert list(step.changes) == list(changes)


def test_counts() -> None:
    """Every action is counted, and only steps that change the file are pending."""
    data = synced(b"", World((ADMIN, READ)))
    plan = planned(data, World((ADMIN, DEV_ADMIN)))
    assert plan.counts() == {"add": 1, "adopt": 0, "change": 0, "rename": 0, "remove": 1, "keep": 1}
    assert [step.profile for step in plan.pending] == ["dev.Admin", "prod.Read"]


def test_change() -> None:
    """A step has the values before and after of the keys that change."""
    data = synced(b"", World((ADMIN,)))
    plan = planned(data, World((ADMIN,), Settings(style="credential-process", region="eu-west-1")))
    line = own_program.credential_process(sync_worlds.COMMAND, ADMIN_REF)
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


def test_other_session() -> None:
    """Profiles of another session are unchanged, and their names are taken."""
    other = Session("other", MAIN.start_url, MAIN.region)
    data = synced(b"", World((ADMIN,)), session=other)
    both = synced(data, World((ADMIN,)))
    assert both.startswith(data.rstrip(b"\n"))
    assert [section.name for section in parse(both).sections] == ["prod.Admin", "prod.Admin-111111111111"]
    assert synced(both, EMPTY) == data


def test_name_of_foreign_profile() -> None:
    """A foreign profile keeps its name; the role's profile gets another one, and the conflict has the line."""
    data = b"# top\n[profile prod.Admin]\nregion = x\n"
    plan = planned(data, ALL)
    assert plan.conflicts == (Conflict("prod.Admin", 2, ADMIN_REF, "prod.Admin-111111111111"),)
    assert sorted(_actions(plan)) == ["dev.Admin", "prod.Admin-111111111111", "prod.Read"]
    after = synced(data, ALL)
    assert after.startswith(data)
    assert planned(after, ALL).conflicts == ()


def test_name_in_credentials_file() -> None:
    """A name in the shared credentials file is taken: SDKs would merge the two profiles."""
    plan = planned(b"", World((ADMIN,)), taken={"prod.Admin"})
    assert _actions(plan) == {"prod.Admin-111111111111": "add"}
    assert plan.conflicts == (Conflict("prod.Admin", None, ADMIN_REF, "prod.Admin-111111111111"),)


def test_no_longer_managed() -> None:
    """A profile without ssohelper_session belongs to the user, with its name."""
    data = synced(b"", World((ADMIN,))).replace(b"ssohelper_session = main\n", b"")
    after = synced(data, World((ADMIN,)))
    assert after.startswith(data)
    assert [section.managed for section in parse(after).sections] == [False, True]
    assert synced(after, EMPTY) == data


def test_rename() -> None:
    """A name that the user gave to a managed profile stays until a run with `rename`."""
    data = synced(b"", World((ADMIN,)))
    mine = data.replace(b"[profile prod.Admin]", b"[profile mine]")
    assert synced(mine, World((ADMIN,))) == mine
    [step] = planned(mine, World((ADMIN,), rename=True)).steps
    assert (step.action, step.profile, step.new_name) == (Action.RENAME, "mine", "prod.Admin")
    assert synced(mine, World((ADMIN,), rename=True)) == data


def test_swapped_names() -> None:
    """Two profiles can swap their names in one run."""
    data = synced(b"", World((ADMIN, READ)))
    swapped = data.replace(b"prod.Admin", b"?").replace(b"prod.Read", b"prod.Admin").replace(b"?", b"prod.Read")
    assert synced(swapped, World((ADMIN, READ), rename=True)) == data


@pytest.mark.parametrize(
    ("world", "new_name"),
    [(World((READ,)), None), (World((ADMIN, READ), Settings(profile_name="{role_name}"), rename=True), "Admin")],
)
def test_broken_sources(world: World, new_name: str | None) -> None:
    """The plan names profiles whose source is removed or renamed; they are not changed."""
    user = b"\n[profile user]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = prod.Admin\n"
    data = synced(b"", World((ADMIN, READ))) + user
    line = data.count(b"\n")
    assert planned(data, world).broken_sources == (BrokenSource("user", line, "prod.Admin", new_name),)
    assert synced(data, world).count(user) == 1
    assert planned(data, World((ADMIN, READ))).broken_sources == ()


def test_source_with_swapped_name() -> None:
    """When two names are swapped, a profile with one of them as its source would get another role."""
    admin, read = b"[profile prod.Admin]", b"[profile prod.Read]"
    data = synced(b"", World((ADMIN, READ)))
    swapped = data.replace(admin, b"?").replace(read, admin).replace(b"?", read)
    swapped += b"\n[profile user]\nsource_profile = prod.Admin\n"
    plan = planned(swapped, World((ADMIN, READ), rename=True))
    assert [(each.source_profile, each.new_name) for each in plan.broken_sources] == [("prod.Admin", "prod.Read")]
    in_credentials = planned(data + b"\n[profile user]\nsource_profile = prod.Admin\n", EMPTY, taken={"prod.Admin"})
    assert in_credentials.broken_sources == ()


def test_copies() -> None:
    """Of two profiles for one role the first is synced, and the other is the user's copy."""
    data = synced(b"", World((ADMIN,)))
    data += b"\n" + data.replace(b"prod.Admin", b"copy").replace(b"eu-central-1", b"us-east-1")
    world = World((ADMIN,), Settings(region="eu-west-3"))
    plan = planned(data, world)
    assert _actions(plan) == {"prod.Admin": "change", "copy": "keep"}
    assert _reasons(plan) == {"prod.Admin": None, "copy": "it is a copy"}
    assert synced(data, world) == data.replace(b"eu-central-1", b"eu-west-3")
    assert _actions(planned(data, EMPTY)) == {"prod.Admin": "remove", "copy": "remove"}


def test_without_account_and_role() -> None:
    """A managed profile without account or role is kept."""
    data = synced(b"", World((ADMIN,))).replace(b"sso_role_name = Admin\n", b"")
    assert planned(data, EMPTY).steps == (
        Step(Action.KEEP, "prod.Admin", None, reason="it names no account and role"),
    )
    assert synced(data, EMPTY) == data


@pytest.mark.parametrize(
    ("scope", "actions", "reason"),
    [
        (Scope(), {"dev.Admin": "remove", "prod.Admin": "remove", "prod.Read": "remove"}, None),
        (
            Scope(unlisted=frozenset({PROD.id})),
            {"dev.Admin": "remove", "prod.Admin": "keep", "prod.Read": "keep"},
            "its account could not be listed",
        ),
        (
            Scope(in_scope=_in_dev),
            {"dev.Admin": "remove", "prod.Admin": "keep", "prod.Read": "keep"},
            "this run does not include its role",
        ),
        (
            Scope(prune=False),
            {"dev.Admin": "keep", "prod.Admin": "keep", "prod.Read": "keep"},
            "its role is no longer assigned to you, but pruning is off",
        ),
    ],
)
def test_pruning(scope: Scope, actions: dict[str, str], reason: str | None) -> None:
    """A profile is removed only if its role is known to be no longer assigned, and in scope."""
    data = synced(b"", ALL)
    plan = planned(data, EMPTY, scope=scope)
    assert _actions(plan) == actions
    removed = {"is no longer assigned to you"} if "remove" in actions.values() else set()
    assert set(_reasons(plan).values()) - {None} == removed | ({reason} if reason else set())
    kept = synced(data, EMPTY, scope=scope)
    assert [section.name for section in parse(kept).sections] == sorted(
        name for name, action in actions.items() if action == "keep"
    )


def test_out_of_scope() -> None:
    """A run on some roles neither adds, changes nor renames profiles of others."""
    data = synced(b"", World((ADMIN,))).replace(b"prod.Admin", b"mine")
    scope = Scope(in_scope=_in_dev, rename=True)
    plan = planned(data, World(ALL.roles, Settings(region="eu-west-3")), scope=scope)
    assert _actions(plan) == {"dev.Admin": "add", "mine": "keep"}
    assert _reasons(plan) == {"dev.Admin": None, "mine": "this run does not include its role"}


def test_role_listed_twice() -> None:
    """A role that the portal lists twice gets one profile."""
    profiles = desired.profiles([ADMIN, ADMIN], MAIN, Settings(), sync_worlds.COMMAND, MAIN.region)
    assert _actions(make("main", profiles, parse(b""), (), Scope())) == {"prod.Admin": "add"}


@settings(deadline=None)
@given(st.lists(sync_worlds.all_roles, min_size=1, unique=True), sync_worlds.settings)
def test_profiles_are_unique(roles: list[Role], chosen: Settings) -> None:
    """Every role gets its own profile, even if the file has foreign profiles of such names."""
    foreign = b"[default]\n[profile prod.Admin]\n[profile 'O''Brien']\n[profile x]\n[profile x-111111111111]\n"
    world = World(tuple(roles), chosen)
    text = parse(synced(foreign, world))
    names = [section.name for section in text.of_kind("profile")]
    assert len(set(names)) == len(names) == 5 + sync_worlds.profile_count(roles, chosen)


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
    """A run on some accounts gives the same names as one on all, whatever profiles there are."""
    data = synced(b"", World(before, chosen))
    scope = Scope(in_scope=lambda role: role.sso_role.account_id in inside, prune=False)
    everything = planned(data, World(now, chosen), scope=Scope(prune=False)).steps
    some = planned(data, World(now, chosen), scope=scope).steps
    in_scope = [[step for step in steps if step.role and scope.has(step.role)] for steps in (everything, some)]
    assert _names(in_scope[0]) == _names(in_scope[1])
    assert [step for step in some if step not in in_scope[1] and step.action is not Action.KEEP] == []


@settings(deadline=None)
@given(sync_worlds.roles, sync_worlds.settings, st.lists(sync_worlds.all_roles, max_size=3))
def test_names_are_stable(roles: tuple[Role, ...], chosen: Settings, more: list[Role]) -> None:
    """New roles never change the names of existing profiles."""
    before = World(roles, chosen)
    after = World(tuple(dict.fromkeys([*roles, *more])), chosen)
    data = synced(b"", before)
    names = _names(planned(data, before).steps)
    later = _names(planned(data, after).steps)
    assert names.items() <= later.items()
    assert set(planned(data, before).counts().items()) == {
        ("add", 0), ("adopt", 0), ("change", 0), ("rename", 0), ("remove", 0), ("keep", len(names)),
    }  # fmt: skip


def test_default_profile() -> None:
    """Only a rule makes a role the default profile, and it never replaces the user's."""
    chosen = Settings(rules=(Rule(match="prod/Admin", name="default"),))
    assert _actions(planned(b"", World((ADMIN,), chosen))) == {"default": "add"}
    assert synced(b"", World((ADMIN,), chosen)).startswith(b"[default]\n")
    plan = planned(b"[profile default]\n", World((ADMIN,), chosen))
    assert plan.conflicts == (Conflict("default", 1, ADMIN_REF, "default-111111111111"),)


def test_edits() -> None:
    """After the edits of a plan are applied to its text, a second plan has nothing to do."""
    data = synced(b"[default]\n", ALL)
    world = World((ADMIN, DEV_ADMIN), Settings(style="credential-process"), rename=True)
    plan = planned(data, world)
    assert planned(config_edit.apply(parse(data), plan.edits()), world).pending == ()


def test_managed_roles() -> None:
    """The roles of a session that have a managed profile, in either style."""
    other = Session("other", MAIN.start_url, MAIN.region)
    data = synced(b"", World((DEV_ADMIN,)), session=other)
    data = synced(data, World((ADMIN, READ), Settings(rules=(Rule("*/Read", style="credential-process"),))))
    text = parse(data)
    assert managed_roles(text, "main") == {ADMIN_REF, MAIN.role(PROD.id, "Read")}
    assert managed_roles(text, "none") == set()
