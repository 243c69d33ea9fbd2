"""Adoption keeps names, comments and the user's own keys of foreign profiles, byte for byte."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from botocore.exceptions import ConfigParseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit, config_text
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import ConfigConflict
from ssohelper.roles import Account, Role
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import foreign_profiles
from ssohelper.sync.adoption import NOT_ASSIGNED, NotAdopted
from ssohelper.sync.plan import Action, Plan, Scope, Step
from tests.fixtures import awkward_configs, sync_worlds
from tests.fixtures.examples import examples
from tests.fixtures.sync_worlds import MAIN, World, planned, synced, without_managed

ADMIN, READ = (Role(Account("111111111111", "prod"), name) for name in ("Admin", "ReadOnly"))
BOTH = World((ADMIN, READ))
ADMIN_REF = MAIN.role("111111111111", "Admin")
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
    """The plan of a run with `adopt`. Raises `ConfigConflict`."""
    found = tuple(foreign_profiles.find(AwsFiles(parse(data)), MAIN))
    scope = scope or Scope(rename=world.rename)
    return planned(data, world, scope=replace(scope, foreign_profiles=found))


def after(data: bytes, world: World) -> bytes:
    """The file after a run with `adopt`. Raises `ConfigConflict`."""
    return config_edit.apply(parse(data), adopted(data, world).edits())


def actions(plan: Plan) -> dict[str, str]:
    """The action for each profile."""
    return {step.profile: step.action.value for step in plan.steps}


def test_legacy_profile() -> None:
    """A legacy profile gets a session and loses the obsolete keys; nothing else changes."""
    expected = (
        LEGACY.replace(b"sso_start_url = https://example.awsapps.com/start#/\n", b"")
        .replace(b"sso_region=eu-central-1\n", b"")
        .replace(b"= 20\n", b"= 20\nsso_session = main\nssohelper_session = main\n")
    )
    assert after(LEGACY, World((ADMIN,))) == expected
    assert after(expected, World((ADMIN,))) == expected


def test_style() -> None:
    """In the style credential-process, all keys that begin with sso_ are removed."""
    data = LEGACY.replace(b"s3 =", b"sso_account_name = prod\ncredential_process = aws-vault export work\ns3 =")
    assert after(data, World((ADMIN,), PROCESS)) == (
        b"# mine\n[profile work]  # at work\n# my notes\n  # a note inside\nregion = eu-west-3\n"
        + LINE
        + b"s3 =\n  max_concurrent_requests = 20\nssohelper_session = main\nssohelper_account_id = 111111111111\n"
        b"ssohelper_role_name = Admin\n\n# about the next one\n[profile after]\n"
    )


def test_step() -> None:
    """The step has the origin of the profile, and each key's value before and after."""
    [step] = adopted(LEGACY, World((ADMIN,))).steps
    assert step == Step(
        Action.ADOPT,
        "work",
        ADMIN_REF,
        "prod",
        changes={
            "sso_session": (None, "main"),
            "ssohelper_session": (None, "main"),
            "sso_region": ("eu-central-1", None),
            "sso_start_url": ("https://example.awsapps.com/start#/", None),
        },
        origin="hand",
    )


def test_rename() -> None:
    """With `rename` it gets the name that the template gives."""
    plan = adopted(LEGACY, World((ADMIN,), rename=True))
    assert [(step.action, step.profile, step.new_name) for step in plan.steps] == [
        (Action.ADOPT, "work", "prod.Admin"),
    ]
    assert b"\n[profile prod.Admin]  # at work\n" in after(LEGACY, World((ADMIN,), rename=True))


def test_desired_name_of_another_role() -> None:
    """If an adopted profile has the name that another role should get, that role gets another name."""
    data = LEGACY.replace(b"[profile work]", b"[profile prod.ReadOnly]")
    assert actions(adopted(data, BOTH)) == {"prod.ReadOnly": "adopt", "prod.ReadOnly-111111111111": "add"}


def test_several_for_one_role() -> None:
    """The first in the file is adopted; the plan says why the others are not."""
    data = LEGACY + b"\n" + LEGACY.replace(b"[profile work]", b"[profile again]").replace(b"[profile after]", b"")
    plan = adopted(data, World((ADMIN,)))
    assert actions(plan) == {"work": "adopt"}
    assert plan.not_adopted == (NotAdopted("again", 17, ADMIN_REF, "hand", "work is for the same role"),)
    assert after(data, World((ADMIN,))) == after(LEGACY, World((ADMIN,))) + data[len(LEGACY) :]


def test_added_by_earlier_run() -> None:
    """A profile that a run without `adopt` has added is replaced: the file is as without that run."""
    data = synced(LEGACY, BOTH)
    plan = adopted(data, BOTH)
    assert [(step.profile, step.action, step.reason) for step in plan.steps] == [
        ("prod.Admin", Action.REMOVE, "is replaced by work"),
        ("prod.ReadOnly", Action.KEEP, None),
        ("work", Action.ADOPT, None),
    ]
    assert after(data, BOTH) == after(LEGACY, BOTH)


def test_foreign_profile_with_desired_name() -> None:
    """It is adopted too; the managed profile has another name because of it, and is replaced."""
    foreign = LEGACY.replace(b"[profile work]", b"[profile prod.Admin]")
    data = synced(foreign, World((ADMIN,)))
    assert actions(adopted(data, World((ADMIN,)))) == {"prod.Admin": "adopt", "prod.Admin-111111111111": "remove"}
    assert after(data, World((ADMIN,))) == after(foreign, World((ADMIN,)))


def test_rename_to_name_of_replaced() -> None:
    """With `rename` the adopted profile gets the name of the one that it replaces."""
    world = World((ADMIN,), rename=True)
    assert after(synced(LEGACY, world), world) == after(LEGACY, world)


MANAGED = synced(b"", World((ADMIN,)))
DEPENDENT = b"\n[profile user]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = prod.Admin\n"
EDITED = {
    "has a name that sync would not give it": LEGACY + MANAGED.replace(b"prod.Admin", b"mine"),
    "has options that sync would not write": LEGACY
    + MANAGED.replace(b"\nsso_session", b"\noutput = json\nsso_session"),
    "has a comment": LEGACY + MANAGED.replace(b"\nsso_session", b"\n# for the week\nsso_session"),
    "comes first in the file": MANAGED + LEGACY,
    "is the source_profile of user": LEGACY + MANAGED + DEPENDENT,
}


OTHER_EDITS = {
    "a region": ("has options that sync would not write", b"region = eu-central-1", b"region = eu-west-1"),
    "a comment above": ("has a comment", b"[profile", b"# for the week\n[profile"),
    "a comment below": ("has a comment", b"ssohelper_session = main\n", b"ssohelper_session = main\n# mine\n"),
    "a comment after the header": ("has a comment", b"prod.Admin]", b"prod.Admin]  # for the week"),
}


@pytest.mark.parametrize(("reason", "before", "now"), OTHER_EDITS.values(), ids=OTHER_EDITS)
def test_other_edits(reason: str, before: bytes, now: bytes) -> None:
    """A changed default counts as an edit, as does a comment anywhere in or around the profile."""
    test_edited_by_user(reason, LEGACY + MANAGED.replace(before, now))


@pytest.mark.parametrize(("reason", "data"), EDITED.items(), ids=EDITED)
def test_edited_by_user(reason: str, data: bytes) -> None:
    """A managed profile that was edited, is a source, or comes first is kept, and the foreign one not adopted."""
    plan = adopted(data, World((ADMIN,)))
    [step] = plan.steps
    assert step.action is Action.KEEP
    assert [each.reason for each in plan.not_adopted] == [f"{step.profile} is for the same role, and {reason}"]
    assert after(data, World((ADMIN,))) == data


OTHER_SETTINGS = (Settings(region="eu-west-1"), Settings(output="json"), PROCESS)


@pytest.mark.parametrize("settings_now", OTHER_SETTINGS, ids=("region", "output", "style"))
def test_changed_settings(settings_now: Settings) -> None:
    """What sync itself would change in a managed profile is not an edit by the user."""
    world = World((ADMIN,), settings_now)
    assert after(LEGACY + MANAGED, world) == after(LEGACY, world)


def test_changed_template() -> None:
    """With `rename` the name of the managed profile does not count: it would get another one anyway."""
    world = World((ADMIN,), Settings(profile_name="{role_name}"), rename=True)
    assert after(LEGACY + MANAGED, world) == after(LEGACY, world)


def test_missing_default() -> None:
    """A managed profile without the region that sync would add again counts as unedited."""
    data = LEGACY + MANAGED.replace(b"region = eu-central-1\n", b"")
    assert after(data, World((ADMIN,))) == after(LEGACY, World((ADMIN,)))


def test_without_pruning() -> None:
    """With `prune` off both profiles are kept."""
    plan = adopted(LEGACY + MANAGED, World((ADMIN,)), Scope(prune=False))
    assert actions(plan) == {"prod.Admin": "keep"}
    assert [each.reason for each in plan.not_adopted] == ["prod.Admin is for the same role, and pruning is off"]


def test_copy() -> None:
    """The user's copy of the profile that is replaced is kept."""
    data = LEGACY + MANAGED + MANAGED.replace(b"prod.Admin", b"copy")
    assert actions(adopted(data, World((ADMIN,)))) == {"work": "adopt", "prod.Admin": "remove", "copy": "keep"}


@pytest.mark.parametrize(
    ("scope", "reasons"),
    [
        (Scope(), [NOT_ASSIGNED]),
        (Scope(excluded=frozenset({ADMIN_REF})), ["config.toml excludes its role"]),
        (Scope(unlisted=frozenset({"111111111111"})), []),
        (Scope(in_scope=lambda _role: False), []),
    ],
)
def test_undesired_roles(scope: Scope, reasons: list[str]) -> None:
    """A profile for a role that is not assigned, excluded, unlisted or out of scope is not adopted."""
    plan = adopted(LEGACY, World(), scope)
    assert (plan.steps, [each.reason for each in plan.not_adopted]) == ((), reasons)


def test_obstacles() -> None:
    """A profile that cannot be adopted is kept, and its role gets another one."""
    data = LEGACY.replace(b"s3 =", b"role_arn = arn:aws:iam::222222222222:role/Ops\ns3 =")
    plan = adopted(data, World((ADMIN,)))
    assert actions(plan) == {"prod.Admin": "add"}
    assert plan.not_adopted == (NotAdopted("work", 2, ADMIN_REF, "hand", "it has role_arn"),)


def test_default_profile() -> None:
    """`[default]` is adopted if a rule makes its role the default profile."""
    data = LEGACY.replace(b"[profile work]", b"[default]")
    world = World((ADMIN,), Settings(rules=(Rule(match="prod/Admin", name="default"),)))
    found = tuple(foreign_profiles.find(AwsFiles(parse(data)), MAIN, default_roles={ADMIN_REF}))
    assert actions(planned(data, world, scope=Scope(foreign_profiles=found))) == {"default": "adopt"}
    assert actions(adopted(data, World((ADMIN,)))) == {"prod.Admin": "add"}


def test_no_longer_managed() -> None:
    """Without ssohelper_session an adopted profile is foreign again: a run without `adopt` does not change it."""
    data = after(LEGACY, World((ADMIN,))).replace(b"ssohelper_session = main\n", b"")
    assert synced(data, World()) == data
    assert actions(adopted(data, World((ADMIN,)))) == {"work": "adopt"}


# Below: any file.

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
TOOL_KEYS = re.compile(
    r"(sso_|granted_sso_|ssohelper_|credential_process$|common_fate_generated|granted_generated).*"
)
HEADERS = ("[profile {}]", "[profile  {}]", '[profile "{}"]', "[profile {}]  # a comment")
SEPARATORS = (" = ", "=", " : ", "      = ")


@st.composite
def foreign_lines(draw: st.DrawFn, number: int) -> list[str]:
    """The lines of a foreign profile: comments and keys of the user between those of a tool."""
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
    # The last key is the user's: an indented line after it continues its value, never one that sync writes.
    return [*lines, *draw(st.sampled_from([[f"{indent}s3 =", f"{indent}  max = 1"], [f"{indent}cli_pager ="]]))]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A config file with unusual sections and foreign profiles, and one kind of line ending.

    Not with several: when a line between a CR and a LF is removed, one of them has to change.
    """
    lines = draw(awkward_configs.tidy_lines())
    for number in range(draw(st.integers(1, 4))):
        new = draw(foreign_lines(number))
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
    """A file without some keys of some profiles: each line is removed with the line ending before it."""
    pieces = re.split(rb"(\r\n|\r|\n)", data)
    profile, left = "", b""
    for end, line in zip([b"", *pieces[1::2]], pieces[::2], strict=True):
        if line.lstrip(b"\xef\xbb\xbf").startswith(b"["):
            named = re.search(rb"\[profile\s+\"?(n\d)\"?\]", line)
            profile = named[1].decode() if named else ""
        key = re.match(rb"\s*(\w+)\s*[=:]", line)
        if not key or key[1].decode().lower() not in keys.get(profile, ()):
            left += end + line
    return left


def read(path: Path, data: bytes) -> dict[str, Any] | None:
    """The profiles that botocore reads; None if it cannot read the file."""
    path.write_bytes(data)
    try:
        return dict(load_config(str(path))["profiles"])
    except ConfigParseError:
        return None


@settings(deadline=None, max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(original=files(), world=some_worlds)
def test_other_bytes_are_unchanged(tmp_path: Path, original: bytes, world: World) -> None:
    """Only the keys in the plan change, botocore reads the rest as before, and a second run changes nothing."""
    try:
        plan = adopted(original, world)
        data = config_edit.apply(parse(original), plan.edits())
    except ConfigConflict as conflict:
        assert re.search(r"\bline \d+", str(conflict))  # noqa: PT017 # not every file conflicts
        return
    adopting = {step.profile: step for step in plan.steps if step.action is Action.ADOPT}
    named = {name: set(step.changes) for name, step in adopting.items()}
    assert without_managed(without(data, named)) == without(original, named)
    assert adopted(data, world).pending == ()
    stated = {key for key in ("region", "output") if getattr(world.settings, key)}
    before, now = read(tmp_path / "before", original), read(tmp_path / "after", data)
    for name, step in adopting.items():
        own = {key for key, (value, _) in step.changes.items() if value is not None and not TOOL_KEYS.fullmatch(key)}
        assert own <= stated
        if before is not None and b"[DEFAULT]" not in original:  # the values of [DEFAULT] are read in every profile
            assert now is not None
            expected = {key: value for key, (_, value) in step.changes.items() if value is not None}
            assert now[name] == {k: v for k, v in before[name].items() if k not in step.changes} | expected
    if before is not None:
        assert now is not None
        assert {name: now[name] for name in before.keys() - named} == {
            name: before[name] for name in before.keys() - named
        }


@settings(deadline=None, max_examples=examples(50), suppress_health_check=list(HealthCheck))
@given(original=files(), world=some_worlds)
def test_sync_then_adopt(original: bytes, world: World) -> None:
    """An earlier run without `adopt` makes no difference."""
    try:
        expected, found = after(original, world), after(synced(original, world), world)
    except ConfigConflict:
        return
    assert found == expected


@settings(deadline=None, max_examples=examples(50), suppress_health_check=list(HealthCheck))
@given(original=files(), world=some_worlds)
def test_one_profile_for_each_role(original: bytes, world: World) -> None:
    """After a run with `adopt` every role has one managed profile."""
    try:
        text = parse(after(original, world))
    except ConfigConflict:
        return
    managed = [values for each in text.of_kind("profile") if config_text.MARK in (values := each.values())]
    assert len(managed) == sync_worlds.profile_count(world.roles, world.settings)
