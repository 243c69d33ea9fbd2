"""Profiles of others are adopted in place: their names, comments and the user's own keys stay, byte for byte."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from botocore.exceptions import ConfigParseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit, config_text
from ssohelper.aws_config.config_text import parse
from ssohelper.errors import ConfigConflict
from ssohelper.model import Account, Role
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import foreign_profiles
from ssohelper.sync.adoption import NOT_YOURS, Left
from ssohelper.sync.plan import Action, Plan, Scope, Step
from tests.fixtures import awkward_configs, sync_worlds
from tests.fixtures.sync_worlds import MAIN, World, planned, synced, without_ours

ADMIN, READ = (Role(Account("111111111111", "prod"), name) for name in ("Admin", "ReadOnly"))
BOTH = World((ADMIN, READ))
SSO = Settings(region=None)
PROCESS = Settings(style="credential-process")
LINE = (
    b"credential_process = /opt/ssohelper/bin/ssohelper credential-process --session main"
    b" --account-id 111111111111 --role-name Admin\n"
)

LEGACY = b"""\
# mine
[profile work]  # at work
# my notes
sso_start_url = https://example.awsapps.com/start#/
sso_region=eu-central-1
  # a note inside
sso_account_id: 111111111111
sso_role_name = Admin
region = eu-west-3
s3 =
  max_concurrent_requests = 20

# about the next one
[profile after]
"""


def adopted(data: bytes, world: World, scope: Scope | None = None) -> Plan:
    """The plan of a run that adopts. Raises `ConfigConflict`."""
    found = tuple(foreign_profiles.find(parse(data), MAIN))
    scope = scope or Scope(rename=world.rename)
    with_them = Scope(scope.unlisted, scope.in_scope, scope.prune, scope.rename, scope.excluded, found)
    return planned(data, world, scope=with_them)


def after(data: bytes, world: World) -> bytes:
    """The file after a run that adopts. Raises `ConfigConflict`."""
    return config_edit.apply(parse(data), adopted(data, world).edits())


def actions(plan: Plan) -> dict[str, str]:
    """What happens to which profile."""
    return {step.profile: step.action.value for step in plan.steps}


def test_a_legacy_profile() -> None:
    """A legacy profile becomes one with a session: the keys that are wrong go, and nothing else changes."""
    expected = (
        LEGACY.replace(b"sso_start_url = https://example.awsapps.com/start#/\n", b"")
        .replace(b"sso_region=eu-central-1\n", b"")
        .replace(b"= 20\n", b"= 20\nsso_session = main\nssohelper_session = main\n")
    )
    assert after(LEGACY, World((ADMIN,))) == expected
    assert after(expected, World((ADMIN,))) == expected


def test_the_style_that_settings_ask_for() -> None:
    """In the style credential-process no key that begins with sso_ is left."""
    data = LEGACY.replace(b"s3 =", b"sso_account_name = prod\ncredential_process = aws-vault export work\ns3 =")
    assert after(data, World((ADMIN,), PROCESS)) == (
        b"# mine\n[profile work]  # at work\n# my notes\n  # a note inside\nregion = eu-west-3\n"
        + LINE
        + b"s3 =\n  max_concurrent_requests = 20\nssohelper_session = main\nssohelper_account_id = 111111111111\n"
        b"ssohelper_role_name = Admin\n\n# about the next one\n[profile after]\n"
    )


def test_a_step() -> None:
    """The plan tells who wrote the profile, and each key's value before and after."""
    [step] = adopted(LEGACY, World((ADMIN,))).steps
    assert step == Step(
        Action.ADOPT,
        "work",
        "111111111111",
        "prod",
        "Admin",
        changes={
            "sso_session": (None, "main"),
            "ssohelper_session": (None, "main"),
            "sso_region": ("eu-central-1", None),
            "sso_start_url": ("https://example.awsapps.com/start#/", None),
        },
        origin="hand",
    )


def test_a_new_name() -> None:
    """With a rename it gets the name that the template gives it."""
    plan = adopted(LEGACY, World((ADMIN,), rename=True))
    assert [(step.action, step.profile, step.new_name) for step in plan.steps] == [
        (Action.ADOPT, "work", "prod.Admin"),
    ]
    assert b"\n[profile prod.Admin]  # at work\n" in after(LEGACY, World((ADMIN,), rename=True))


def test_a_name_that_another_role_would_have() -> None:
    """A role whose name an adopted profile has for another role gets a name of its own."""
    data = LEGACY.replace(b"[profile work]", b"[profile prod.ReadOnly]")
    assert actions(adopted(data, BOTH)) == {"prod.ReadOnly": "adopt", "prod.ReadOnly-111111111111": "add"}


def test_several_for_one_role() -> None:
    """The first in the file is adopted; the others stay, and the plan says of which one they are a double."""
    data = LEGACY + b"\n" + LEGACY.replace(b"[profile work]", b"[profile again]").replace(b"[profile after]", b"")
    plan = adopted(data, World((ADMIN,)))
    assert actions(plan) == {"work": "adopt"}
    assert plan.left == (Left("again", 17, *ADMIN_KEY, "hand", "work is for the same role"),)
    assert after(data, World((ADMIN,))) == after(LEGACY, World((ADMIN,))) + data[len(LEGACY) :]


ADMIN_KEY = ("111111111111", "Admin")


def test_one_that_a_run_before_has_added() -> None:
    """What a run that did not adopt has added gives way: the file is as if there had been no such run."""
    data = synced(LEGACY, BOTH)
    plan = adopted(data, BOTH)
    assert [(step.profile, step.action, step.reason) for step in plan.steps] == [
        ("prod.Admin", Action.REMOVE, "gives way to work"),
        ("prod.ReadOnly", Action.KEEP, None),
        ("work", Action.ADOPT, None),
    ]
    assert after(data, BOTH) == after(LEGACY, BOTH)


def test_one_that_had_to_have_another_name() -> None:
    """A neighbour that has the very name that the template gives is adopted as well, whatever ours is called."""
    neighbour = LEGACY.replace(b"[profile work]", b"[profile prod.Admin]")
    data = synced(neighbour, World((ADMIN,)))
    assert actions(adopted(data, World((ADMIN,)))) == {"prod.Admin": "adopt", "prod.Admin-111111111111": "remove"}
    assert after(data, World((ADMIN,))) == after(neighbour, World((ADMIN,)))


def test_its_name_is_free() -> None:
    """With a rename the neighbour gets the name of the one that gives way."""
    world = World((ADMIN,), rename=True)
    assert after(synced(LEGACY, world), world) == after(LEGACY, world)


OURS_NOW = synced(b"", World((ADMIN,)))
USER = b"\n[profile user]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = prod.Admin\n"
TOUCHED = {
    "has another name than sync gives": LEGACY + OURS_NOW.replace(b"prod.Admin", b"mine"),
    "has more than sync writes": LEGACY + OURS_NOW.replace(b"\nsso_session", b"\noutput = json\nsso_session"),
    "has a comment": LEGACY + OURS_NOW.replace(b"\nsso_session", b"\n# for the week\nsso_session"),
    "stands first": OURS_NOW + LEGACY,
    "user needs it": LEGACY + OURS_NOW + USER,
}


OTHERS_OF_A_KIND = {
    "a region": ("has more than sync writes", b"region = eu-central-1", b"region = eu-west-1"),
    "a comment above": ("has a comment", b"[profile", b"# for the week\n[profile"),
    "a comment below": ("has a comment", b"ssohelper_session = main\n", b"ssohelper_session = main\n# mine\n"),
    "a comment behind": ("has a comment", b"prod.Admin]", b"prod.Admin]  # for the week"),
}


@pytest.mark.parametrize(("wish", "before", "now"), OTHERS_OF_A_KIND.values(), ids=OTHERS_OF_A_KIND)
def test_touched_in_another_way(wish: str, before: bytes, now: bytes) -> None:
    """A default that the user has changed is the user's, and so is a comment wherever it stands."""
    test_one_that_somebody_wants(wish, LEGACY + OURS_NOW.replace(before, now))


@pytest.mark.parametrize(("wish", "data"), TOUCHED.items(), ids=TOUCHED)
def test_one_that_somebody_wants(wish: str, data: bytes) -> None:
    """A profile of ours that somebody has touched or needs, or that stood first, stays; so does the neighbour."""
    plan = adopted(data, World((ADMIN,)))
    [step] = plan.steps
    assert step.action is Action.KEEP
    assert [left.reason for left in plan.left] == [f"{step.profile} is for the same role, and {wish}"]
    assert after(data, World((ADMIN,))) == data


OTHER_SETTINGS = (Settings(region="eu-west-1"), Settings(output="json"), PROCESS)


@pytest.mark.parametrize("settings_now", OTHER_SETTINGS, ids=("region", "output", "style"))
def test_settings_that_came_later(settings_now: Settings) -> None:
    """What sync itself would change in a profile of ours is nothing of the user's."""
    world = World((ADMIN,), settings_now)
    assert after(LEGACY + OURS_NOW, world) == after(LEGACY, world)


def test_a_new_template() -> None:
    """Where a rename gives ours the template's name anyway, its present one speaks for nothing."""
    world = World((ADMIN,), Settings(profile_name="{role_name}"), rename=True)
    assert after(LEGACY + OURS_NOW, world) == after(LEGACY, world)


def test_what_sync_would_put_back() -> None:
    """A profile of ours without the region that sync would give it again holds nothing of the user's."""
    data = LEGACY + OURS_NOW.replace(b"region = eu-central-1\n", b"")
    assert after(data, World((ADMIN,))) == after(LEGACY, World((ADMIN,)))


def test_without_pruning() -> None:
    """Who wants no profile removed keeps both."""
    plan = adopted(LEGACY + OURS_NOW, World((ADMIN,)), Scope(prune=False))
    assert actions(plan) == {"prod.Admin": "keep"}
    assert [left.reason for left in plan.left] == ["prod.Admin is for the same role, and pruning is off"]


def test_a_copy_beside_it() -> None:
    """A copy that the user has made of the one that gives way stays."""
    data = LEGACY + OURS_NOW + OURS_NOW.replace(b"prod.Admin", b"copy")
    assert actions(adopted(data, World((ADMIN,)))) == {"work": "adopt", "prod.Admin": "remove", "copy": "keep"}


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (Scope(), [NOT_YOURS]),
        (Scope(excluded=frozenset({ADMIN_KEY})), ["your settings exclude its role"]),
        (Scope(unlisted=frozenset({"111111111111"})), []),
        (Scope(in_scope=lambda _account_id, _role: False), []),
    ],
)
def test_roles_that_are_not_wanted(scope: Scope, left: list[str]) -> None:
    """A profile for a role that this run does not want is not adopted."""
    plan = adopted(LEGACY, World(), scope)
    assert (plan.steps, [each.reason for each in plan.left]) == ((), left)


def test_obstacles() -> None:
    """A profile that we must not take over stays, and its role gets another one."""
    data = LEGACY.replace(b"s3 =", b"role_arn = arn:aws:iam::222222222222:role/Ops\ns3 =")
    plan = adopted(data, World((ADMIN,)))
    assert actions(plan) == {"prod.Admin": "add"}
    assert plan.left == (Left("work", 2, *ADMIN_KEY, "hand", "it has role_arn"),)


def test_the_default_profile() -> None:
    """A rule that makes a role the default one lets `[default]` be adopted."""
    data = LEGACY.replace(b"[profile work]", b"[default]")
    world = World((ADMIN,), Settings(rules=(Rule(match="prod/Admin", name="default"),)))
    found = tuple(foreign_profiles.find(parse(data), MAIN, defaults={ADMIN_KEY}))
    assert actions(planned(data, world, scope=Scope(neighbours=found))) == {"default": "adopt"}
    assert actions(adopted(data, World((ADMIN,)))) == {"prod.Admin": "add"}


def test_handed_back() -> None:
    """Without the mark an adopted profile is the user's again: a run that does not adopt leaves it alone."""
    data = after(LEGACY, World((ADMIN,))).replace(b"ssohelper_session = main\n", b"")
    assert synced(data, World()) == data
    assert actions(adopted(data, World((ADMIN,)))) == {"work": "adopt"}


# From here on: whatever the file.

HERE = {"sso_start_url": MAIN.start_url, "sso_region": MAIN.region}
FORMS: tuple[Mapping[str, str], ...] = (
    HERE,
    HERE | {"sso_account_name": "prod", "sso_auto_populated": "true"},
    HERE | {"credential_process": "aws-sso-util credential-process --profile x"},
    HERE | {"common_fate_generated_from": "aws-sso"},
    {"sso_session": "main"},
    {"sso_session": "main", "sso_start_url": MAIN.start_url + "/#"},
    {"granted_generated_from": "aws-sso", "credential_process": "granted credential-process --profile x"},
    {"credential_process": '/usr/bin/aws-sso -S "Default" process --arn arn:aws:iam::{}:role/{}'},
    HERE | {"credential_process": "/my/own"},
    HERE | {"aws_access_key_id": "AKIA"},
)
KEEPS = {"region": "eu-west-3", "output": "yaml", "granted_color": "red", "max_attempts": "3"}
OURS = re.compile(r"(sso_|granted_sso_|ssohelper_|credential_process$|common_fate_generated|granted_generated).*")
HEADERS = ("[profile {}]", "[profile  {}]", '[profile "{}"]', "[profile {}]  # a comment")
SEPARATORS = (" = ", "=", " : ", "      = ")


@st.composite
def neighbour_lines(draw: st.DrawFn, number: int) -> list[str]:
    """The lines of a profile that somebody wrote for a role: comments and keys of the user between the tool's."""
    role, form = draw(sync_worlds.all_roles), draw(st.sampled_from(FORMS))
    prefix = "granted_sso_" if "granted_generated_from" in form else "sso_"
    keys = {key: value.format(role.account.id, role.name) for key, value in form.items()}
    if "process --arn" not in keys.get("credential_process", ""):
        keys |= {f"{prefix}account_id": role.account.id, f"{prefix}role_name": role.name}
    if prefix != "sso_":
        keys |= {f"granted_{key}": value for key, value in HERE.items()}
    keys |= draw(st.sampled_from([{}, KEEPS, {"output": "text"}]))
    indent = draw(st.sampled_from(["", "", "  "]))
    lines = [draw(st.sampled_from(HEADERS)).format(f"n{number}")]
    for key in draw(st.permutations(list(keys))):
        lines += [indent + key + draw(st.sampled_from(SEPARATORS)) + keys[key]]
        lines += draw(st.lists(st.sampled_from(["# a note", "; a note", "    # further in", ""]), max_size=1))
    # The last one is the user's: an indented line that follows goes on with its value, and never with one of ours.
    return [*lines, *draw(st.sampled_from([[f"{indent}s3 =", f"{indent}  max = 1"], [f"{indent}cli_pager ="]]))]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A config file with odd sections of the user, and neighbours among them; with one kind of line end.

    Where a line goes from between a CR and a LF, one of them has to change: they would become one line end.
    """
    lines = draw(awkward_configs.tidy_lines())
    for number in range(draw(st.integers(1, 4))):
        new = draw(neighbour_lines(number))
        lines = [*new, *lines] if draw(st.booleans()) else [*lines, *new]
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    bom = draw(st.sampled_from(["", "", "\ufeff"]))
    return (bom + end.join(lines) + end * draw(st.integers(0, 1))).encode("utf-8", "surrogateescape")


some_worlds = st.builds(
    World,
    st.lists(sync_worlds.all_roles, min_size=25, unique=True).map(tuple),
    st.builds(
        Settings,
        style=st.sampled_from(("sso", "credential-process")),
        region=st.sampled_from((None, "us-east-1")),
        output=st.sampled_from((None, "json")),
        exclude=st.sampled_from(((), ("*/ReadOnly",))),
    ),
)


def without(data: bytes, keys: Mapping[str, set[str]]) -> bytes:
    """A file less the lines of some keys in some profiles; each goes with the line end before it."""
    pieces = re.split(rb"(\r\n|\r|\n)", data)
    profile, left = "", b""
    for end, line in zip([b"", *pieces[1::2]], pieces[::2], strict=True):
        if line.lstrip(b"\xef\xbb\xbf").startswith(b"["):
            named = re.search(rb"\[profile\s+\"?(n\d)\"?\]", line)
            profile = named[1].decode() if named else ""
        key = re.match(rb"\s*(\w+)\s*[=:]", line)
        if not key or key[1].decode() not in keys.get(profile, ()):
            left += end + line
    return left


def read(path: Path, data: bytes) -> dict[str, Any] | None:
    """The profiles that botocore reads; None where it reads nothing at all."""
    path.write_bytes(data)
    try:
        return dict(load_config(str(path))["profiles"])
    except ConfigParseError:
        return None


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(original=files(), world=some_worlds)
def test_foreign_bytes_are_sacred(tmp_path: Path, original: bytes, world: World) -> None:
    """Nothing changes but the keys that the plan names, botocore reads the rest as before, again changes nothing."""
    try:
        plan = adopted(original, world)
        data = config_edit.apply(parse(original), plan.edits())
    except ConfigConflict as conflict:
        assert re.search(r"\bline \d+", str(conflict))  # noqa: PT017 # not every file conflicts
        return
    taken_over = {step.profile: step for step in plan.steps if step.action is Action.ADOPT}
    named = {name: set(step.changes) for name, step in taken_over.items()}
    assert without_ours(without(data, named)) == without(original, named)
    assert adopted(data, world).pending == ()
    stated = {key for key in ("region", "output") if getattr(world.settings, key)}
    before, now = read(tmp_path / "before", original), read(tmp_path / "after", data)
    for name, step in taken_over.items():
        own = {key for key, (value, _) in step.changes.items() if value is not None and not OURS.fullmatch(key)}
        assert own <= stated
        if (
            before is not None and b"[DEFAULT]" not in original
        ):  # whose values every profile has, as if they were its own
            assert now is not None
            wanted = {key: value for key, (_, value) in step.changes.items() if value is not None}
            assert now[name] == {k: v for k, v in before[name].items() if k not in step.changes} | wanted
    if before is not None:
        assert now is not None
        assert {name: now[name] for name in before.keys() - named} == {
            name: before[name] for name in before.keys() - named
        }


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(original=files(), world=some_worlds)
def test_sync_and_then_adopt(original: bytes, world: World) -> None:
    """Whether a run that did not adopt went before makes no difference."""
    try:
        expected, found = after(original, world), after(synced(original, world), world)
    except ConfigConflict:
        return
    assert found == expected


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(original=files(), world=some_worlds)
def test_one_profile_for_each_role(original: bytes, world: World) -> None:
    """After a run that adopts every wanted role has one profile of ours, whoever wrote it first."""
    try:
        text = parse(after(original, world))
    except ConfigConflict:
        return
    ours = [values for each in text.of_kind("profile") if config_text.MARK in (values := each.values())]
    assert len(ours) == sum(map(world.settings.wants, world.roles))
