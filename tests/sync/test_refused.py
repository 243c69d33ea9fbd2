"""No profile is written that botocore refuses, or takes other credentials for."""

import os
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, assume, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit, resolve
from ssohelper.aws_config.config_text import empty_file, parse
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import ConfigConflict
from ssohelper.model import Session
from ssohelper.roles import Account, AssumedRoleRef, Role
from ssohelper.settings import own_program
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync.discovery import Discovery
from ssohelper.sync.plan import Action, Plan, RefusedProfile, Step
from ssohelper.sync.sync_run import Request, SyncRun
from tests.fixtures import botocore_view, profile_configs, sync_worlds
from tests.fixtures.examples import examples
from tests.fixtures.sync_worlds import COMMAND

SESSION = "[sso-session main]\nsso_start_url = https://a/start\nsso_region = eu-west-1\n"
MAIN = Session("main", "https://a/start", "eu-west-1")
PROD = Account("111122223333", "prod")
ADMIN, READ = Role(PROD, "Admin"), Role(PROD, "ReadOnly")
OTHER = Role(Account("444455556666", "a"), "Admin")


@dataclass(frozen=True)
class Scene:
    """Two AWS files, and two syncs with different settings."""

    config: str
    credentials: str
    first: Settings
    second: Settings
    roles: tuple[Role, ...]
    adopt: bool


@st.composite
def _managed(draw: st.DrawFn) -> str:
    """A managed profile, to which the user has added options."""
    option = st.sampled_from(("role_arn = x", "sso_region = y", "credential_process = /bin/x", "source_profile = a"))
    more = draw(st.lists(option, max_size=1))
    options = ["sso_session = main", "sso_account_id = 111122223333", "sso_role_name = Admin", *more]
    return "\n".join(["[profile mine]", *options, "ssohelper_session = main", ""])


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Scenes of which most are like what people have."""
    defaults = st.sampled_from(("", "", "", "[DEFAULT]\nregion = eu-west-1\n", "[DEFAULT]\noutput = json\n"))
    config = draw(profile_configs.configs()) + draw(st.sampled_from(("", "", draw(_managed())))) + draw(defaults)
    return Scene(
        config=config,
        credentials=draw(profile_configs.credentials()),
        first=draw(sync_worlds.settings),
        second=draw(sync_worlds.settings),
        roles=tuple(draw(st.lists(st.sampled_from((ADMIN, READ, OTHER)), unique=True))),
        adopt=draw(st.booleans()),
    )


def run_of(scene: Scene, settings: Settings) -> SyncRun:
    """A sync to the roles of a scene."""
    return SyncRun(
        session=MAIN,
        settings=settings,
        request=Request(adopt=scene.adopt, rename=settings is scene.second),
        found=Discovery(tuple({role.account for role in scene.roles}), scene.roles),
        command=COMMAND,
        credentials=parse(scene.credentials.encode()),
    )


def assert_used_by_botocore(folder: Path, data: bytes, credentials: bytes, steps: list[Step]) -> None:
    """Botocore takes the role of each step for its profile."""
    files = botocore_view.write(folder, data, credentials)
    with mock.patch.dict(os.environ, {**files, "HOME": str(folder)}):
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ.pop(name, None)
        for step in steps:
            assert step.role is not None
            found = botocore_view.source(step.new_name or step.profile)
            role = step.role.sso_role
            as_sso = ("sso", MAIN.start_url, MAIN.region, "main", role.account_id, role.role_name)
            as_process = ("custom-process", own_program.credential_process(COMMAND, role))
            if isinstance(step.role, AssumedRoleRef):
                assert isinstance(found, tuple)
                *assumed, found = found
                assert assumed == ["assume-role", step.role.role_arn]
            assert found in (as_sso, as_process), found


@hypothesis_settings(
    deadline=None,
    max_examples=examples(200),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(scene=scenes())
def test_generated(tmp_path: Path, scene: Scene) -> None:
    """Whatever is in the files, and whatever was synced before, botocore uses each profile that is written."""
    text = parse(scene.config.encode())
    assume(resolve.sessions(AwsFiles(text)).get("main") == MAIN)
    for settings in (scene.first, scene.second):
        try:
            plan = run_of(scene, settings).plan(text)
            data = config_edit.apply(text, plan.edits())
        except (Refused, ConfigConflict):
            assume(False)
        event(f"refused: {bool(plan.refused)}, written: {bool(plan.pending)}")
        steps = [step for step in plan.pending if step.action is not Action.REMOVE]
        assert_used_by_botocore(tmp_path, data, scene.credentials.encode(), steps)
        text = parse(data)


def plan_of(config: str, settings: Settings | None = None, *, credentials: str = "", adopt: bool = False) -> Plan:
    """The plan of a sync to two roles."""
    scene = Scene(config, credentials, settings or Settings(), Settings(), (ADMIN, READ), adopt)
    return run_of(scene, scene.first).plan(parse(config.encode()))


def refused(plan: Plan) -> list[RefusedProfile]:
    """The profiles that are not written."""
    assert {each.role for each in plan.refused}.isdisjoint(step.role for step in plan.pending)
    return list(plan.refused)


@pytest.mark.parametrize(
    ("added", "region"),
    [("region = us-east-1\n", "us-east-1"), ("[DEFAULT]\nregion = us-east-1\n", None), ("", "eu-west-1")],
    ids=["session", "DEFAULT", "none"],
)
def test_first_region(added: str, region: str | None) -> None:
    """A new profile gets the region that its session has, and none if it inherits one."""
    plan = plan_of(SESSION + added)
    assert {step.changes.get("region", (None, None))[1] for step in plan.pending} == {region}
    assert (len(plan.pending), refused(plan)) == (2, [])


def test_region_of_session() -> None:
    """A configured region that contradicts the session's is refused, with the session's line."""
    plan = plan_of(f"{SESSION}region = us-east-1\n", Settings(region="eu-west-1"))
    reason = "it has a different region from [sso-session main] on line 4 of the config file"
    assert refused(plan) == [
        RefusedProfile("prod.Admin", MAIN.role(PROD.id, "Admin"), reason),
        RefusedProfile("prod.ReadOnly", MAIN.role(PROD.id, "ReadOnly"), reason),
    ]


def test_one_of_several() -> None:
    """Other profiles are written, and one that is there stays as it is."""
    rules = (Rule("*/Admin", options={"output": "text"}),)
    config = f"{SESSION}output = json\n"
    first = parse(config_edit.apply(parse(config.encode()), plan_of(config).edits()))
    plan = run_of(Scene("", "", Settings(), Settings(), (ADMIN, READ), adopt=False), Settings(rules=rules)).plan(
        first
    )
    assert [each.profile for each in refused(plan)] == ["prod.Admin"]
    assert {step.profile: step.action.value for step in plan.steps} == {"prod.Admin": "keep", "prod.ReadOnly": "keep"}


@pytest.mark.parametrize(
    ("config", "credentials", "reason"),
    [
        (
            "[DEFAULT]\nrole_arn = x\ncredential_source = Ec2InstanceMetadata\n",
            "",
            "it assumes a role with this machine's own role (role_arn on line 5 of the config file)",
        ),
        (
            "",
            "[DEFAULT]\nweb_identity_token_file = x\nrole_arn = y\n[prod.Admin]\n",
            "it uses a web identity token (web_identity_token_file on line 2 of the credentials file)",
        ),
    ],
)
def test_other_source(config: str, credentials: str, reason: str) -> None:
    """A profile for which botocore takes other credentials is not written."""
    managed = (
        "[profile prod.Admin]\nsso_session = main\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
        "ssohelper_session = main\n"
    )
    plan = plan_of(SESSION + config + managed, Settings(region="us-east-1"), credentials=credentials)
    assert refused(plan)[0] == RefusedProfile("prod.Admin", MAIN.role(PROD.id, "Admin"), reason)


def test_inherited_session() -> None:
    """A profile that inherits its session of `[DEFAULT]` is a foreign profile for its role, and can be adopted."""
    foreign = "[DEFAULT]\nsso_session = main\n[profile x]\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
    plan = plan_of(SESSION + foreign, adopt=True)
    assert {step.profile: step.action.value for step in plan.steps} == {"x": "adopt", "prod.ReadOnly": "add"}


def test_unreadable() -> None:
    """A file that botocore cannot read gets no profiles."""
    with pytest.raises(Refused, match=r"^no AWS tool can use a profile: line 4 of the config file: not a"):
        plan_of(f"{SESSION}stray\n")


def test_reads_the_text_of_the_plan() -> None:
    """The session is looked for in the text that is written, which may have changed since it was read."""
    plan = run_of(Scene("", "", Settings(), Settings(), (ADMIN,), adopt=False), Settings()).plan(empty_file())
    assert [each.reason for each in refused(plan)] == ["it names sso-session 'main', which is not configured"]
