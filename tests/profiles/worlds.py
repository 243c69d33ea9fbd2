"""Worlds to keep in step with: which roles there are, and what the settings say; and how a command would do it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from ssohelper.model import Account, Role, Session
from ssohelper.profiles import config_edit, config_text, plan, wanted
from ssohelper.profiles.plan import Plan, Scope
from ssohelper.profiles.settings import Rule, Settings

COMMAND = ("/opt/ssohelper/bin/ssohelper", "credential-process")
MAIN = Session("main", "https://example.awsapps.com/start", "eu-central-1")

_ACCOUNTS = (
    Account("111111111111", "prod"),
    Account("222222222222", "prod"),
    Account("333333333333", "Prod (EU)"),
    Account("444444444444", "d\u00e9v  two"),
    Account("555555555555", None, "five@example.com"),
    Account("666666666666", "default"),
    Account("777777777777", 'O\'Brien "q" \\ [x] #1;'),
    Account("888888888888", "\u65e5\u672c"),
    Account("999999999999", "---"),
)
_ROLE_NAMES = ("Admin", "ReadOnly", "admin", "a=b", "x,y+z", "Admin-111111111111")
_TEMPLATES = (
    "{account_name}.{role_name}",
    "{account_name:lower}",
    "{account_email}",
    "{role_name:upper}@{region}",
    "x",
)
_REGIONS = (None, "eu-west-1", "us-east-1")
_STYLES = st.sampled_from(("sso", "credential-process"))


@dataclass(frozen=True, slots=True)
class World:
    """What the portal lists and what the settings say at one time."""

    roles: tuple[Role, ...] = ()
    settings: Settings = field(default_factory=Settings)
    rename: bool = False


EMPTY = World()

all_roles = st.sampled_from([Role(account, name) for account in _ACCOUNTS for name in _ROLE_NAMES])
roles = st.lists(all_roles, max_size=8, unique=True).map(tuple)

_rules = st.builds(
    Rule,
    match=st.sampled_from(("*", "prod/Admin", "666666666666/*", "*/Read*")),
    name=st.sampled_from((None, None, "default", "{account_id}_{role_name}")),
    region=st.sampled_from(_REGIONS),
    style=st.none() | _STYLES,
    options=st.sampled_from(({}, {"cli_pager": "less"}, {"s3": "max = 1", "duration_seconds": "900"})),
)
settings = st.builds(
    Settings,
    profile_name=st.sampled_from(_TEMPLATES),
    portable_names=st.booleans(),
    style=_STYLES,
    region=st.sampled_from(_REGIONS),
    output=st.sampled_from((None, "json")),
    exclude=st.sampled_from(((), (), ("*/ReadOnly",), ("prod",))),
    rules=st.lists(_rules, max_size=2).map(tuple),
)
worlds = st.builds(World, roles, settings, st.booleans())


def planned(
    data: bytes, world: World, *, session: Session = MAIN, taken: Collection[str] = (), scope: Scope | None = None
) -> Plan:
    """The plan that brings a file in step with a world. Raises `ConfigConflict`."""
    text = config_text.parse(data)
    config_edit.check_editable(text)
    profiles = wanted.profiles(world.roles, session, world.settings, COMMAND)
    return plan.make(session.name, profiles, text, taken, scope or Scope(rename=world.rename))


def synced(
    data: bytes, world: World, *, session: Session = MAIN, taken: Collection[str] = (), scope: Scope | None = None
) -> bytes:
    """The file in step with a world. Raises `ConfigConflict`."""
    edits = planned(data, world, session=session, taken=taken, scope=scope).edits()
    return config_edit.apply(config_text.parse(data), edits)


def in_turn(data: bytes, sequence: Sequence[World]) -> bytes:
    """The file after one world after the other."""
    for world in sequence:
        data = synced(data, world)
    return data
