"""What commands need: each file is read once in a process, each object is made once, both on demand."""

import json
import os
import sys
import threading
from typing import Any

import pytest

from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.credentials import recent_roles
from ssohelper.errors import BadInput, Locked
from ssohelper.roles import RoleRef
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home

ROLE = RoleRef("acme", "777788889999", "Developer")
OTHER = RoleRef("acme", "111122223333", "ReadOnly")
BETA = "\n[sso-session beta]\nsso_start_url = https://beta.awsapps.com/start\nsso_region = us-east-1\n"
# Uses everything twice, in several ways, and prints how often each file was opened before and after.
USE_ALL = """
import json, os, sys, time
from collections import Counter
opened = Counter()
def note(event, arguments):
    if event == "open" and str(arguments[0]) in sys.argv[1:]:
        opened[os.path.basename(str(arguments[0]))] += 1
sys.addaudithook(note)
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context
context = Context(warn=print, waiting=lambda what: print)
before = dict(opened)
for _ in range(2):
    for each in context.all_sessions():
        each.settings, each.guard, each.secret_store, each.credential_cache, each.provider
        each.profile_roles(), each.status(time.time())
    session = context.select_session("acme")
    session.token(), session.account_names()
    role = context.select_role(RoleOptions(profile="management.ReadOnly"))
    context.of(role.session).credentials(role.role)
    context.session_of_profile("management.ReadOnly"), context.profiles, context.shared_credentials
print(json.dumps([before, opened]))
"""


@pytest.fixture
def own_home(signed_in: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home folder that is signed in to `acme`, which this process uses."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in signed_in.environment.items():
        monkeypatch.setenv(name, value)
    return signed_in


def unexpected(message: str) -> None:
    """Fail at a warning or a wait."""
    pytest.fail(message)


def new_context() -> Context:
    """The context of a new process; it must neither warn nor wait."""
    return Context(warn=unexpected, waiting=lambda _what: unexpected, environment={})


def acme() -> SessionContext:
    """The context of the session in a new process."""
    return new_context().select_session("acme")


def write_settings(home: Home, text: str) -> None:
    """Write `config.toml`."""
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    home.settings.write_text(text)


def test_files_are_read_once(signed_in: Home) -> None:
    """Each config file is opened once in a process, and not before it is needed."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    with signed_in.config.open("a") as config:
        config.write(BETA)
    write_settings(signed_in, '[defaults]\nsensitive_roles = ["*/BreakGlass", "payments-*/Admin"]\n')
    credentials = signed_in.config.with_name("credentials")
    credentials.write_text("[other]\nregion = eu-west-1\n")
    files = [signed_in.config, signed_in.settings, credentials]
    for each in files:
        os.utime(each, (1e9, 1e9))
    done = signed_in.run(sys.executable, "-c", USE_ALL, *map(str, files))
    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(done.stdout) == [{}, {"config": 1, "config.toml": 1, "credentials": 1}]


def test_objects_are_made_once(own_home: Home) -> None:
    """A session has one context in a process, with one of each object."""
    own_home.config.write_text(own_home.config.read_text() + BETA)
    context = new_context()
    session = context.select_session("acme")
    assert context.of(session.session) is session
    assert session in context.all_sessions()
    assert session is not context.select_session("beta")
    names = ("settings", "runtime", "oidc", "access_tokens", "credential_cache", "guard", "provider")
    assert [getattr(session, name) for name in names] == [getattr(session, name) for name in names]


def test_sessions_of_one_portal_share_a_limiter(own_home: Home) -> None:
    """The service counts the calls of one start URL together, so sessions with the same one share a limiter."""
    text = own_home.config.read_text()
    own_home.config.write_text(text + "\n" + text.replace("[sso-session acme]", "[sso-session twin]") + BETA)
    acme, twin, beta = (new.session for new in new_context().all_sessions())
    context = new_context()
    assert context.limiter(acme, background=False) is context.limiter(twin, background=False)
    assert context.limiter(acme, background=False) is not context.limiter(beta, background=False)
    assert context.limiter(acme, background=True) is not context.limiter(acme, background=False)


def test_one_portal_for_each_token(own_home: Home, identity_center: Simulator) -> None:
    """Several roles are requested with one portal client, which is slow to make."""
    session = acme()
    for role in (ROLE, OTHER):
        assert session.credentials(role).role == role
    assert identity_center.counters.calls["GetRoleCredentials"] == 2
    assert len(session._issuers) == 1
    assert set(recent_roles.since("acme", 60)) == {ROLE, OTHER}
    assert own_home.state.exists()


# In a process of its own, since keyring keeps the backend that it has chosen.
USE_KEYRING = """
from ssohelper.context import Context
from ssohelper.errors import Failed
session = Context(warn=print, waiting=lambda what: print).select_session("acme")
try:
    print(session.secret_store, type(session.credential_cache).__name__)
except Failed as error:
    print(error)
"""


def test_keyring_only_if_configured(signed_in: Home) -> None:
    """Only with `store = "keyring"` is a keyring needed; a missing one is an error then."""
    missing = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    assert signed_in.run(sys.executable, "-c", USE_KEYRING, **missing).stdout == "None AwsCliCache\n"
    write_settings(signed_in, '[sessions.acme]\nstore = "keyring"\n')
    assert signed_in.run(sys.executable, "-c", USE_KEYRING, **missing).stdout == "no usable keyring on this system\n"


@pytest.mark.parametrize(
    ("glob", "sensitive", "calls"),
    [
        ("*/Developer", True, 0),
        ("777788889999/*", True, 0),
        ("*/ReadOnly", False, 0),
        ("NAME/*", True, 1),
        ("other/Developer", False, 1),
    ],
)
def test_sensitive_roles(
    own_home: Home, identity_center: Simulator, *, glob: str, sensitive: bool, calls: int
) -> None:
    """The accounts are listed only if a glob has an account's name, and once."""
    (name,) = (each.name for each in identity_center.world.accounts if each.id == ROLE.account_id)
    write_settings(own_home, f'[defaults]\nsensitive_roles = ["{glob.replace("NAME", str(name))}"]\n')
    identity_center.counters.reset()
    session = acme()
    assert session.guard is not None
    assert [session.guard.is_sensitive(ROLE) for _ in range(2)] == [sensitive] * 2
    assert acme().guard is not None
    assert identity_center.counters.calls.get("ListAccounts", 0) == calls
    if sensitive:
        with pytest.raises(Locked):
            session.credentials(ROLE)


def test_no_sensitive_roles(own_home: Home) -> None:
    """Without sensitive roles in the settings there is no guard."""
    assert acme().guard is None
    write_settings(own_home, "[sessions.acme]\nsensitive_roles = []\n")
    assert acme().guard is None


def test_account_names_are_listed_once(own_home: Home, identity_center: Simulator) -> None:
    """Of many processes that need the names, one lists the accounts; a new account is listed again."""
    identity_center.conditions.latency = 0.2
    found = list[dict[str, Any]]()
    waits = list[str]()
    contexts = [Context(warn=unexpected, waiting=lambda _what: waits.append, environment={}) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda each=each: found.append(each.select_session("acme").account_names()))
        for each in contexts
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(HANG_SECONDS)
    assert [len(each) for each in found] == [8] * 4
    assert identity_center.counters.calls["ListAccounts"] == 1
    assert acme().account_names("111122223333") == found[0]
    assert "999999999999" not in acme().account_names("999999999999")
    assert identity_center.counters.calls["ListAccounts"] == 2
    assert own_home.state.exists()


def test_profile_roles(own_home: Home) -> None:
    """The roles of one session's profiles."""
    own_home.config.write_text(
        own_home.config.read_text()
        + BETA
        + "".join(
            f"\n[profile {role.session}-{role.role_name}]\nsso_session = {role.session}\n"
            f"sso_account_id = {role.account_id}\nsso_role_name = {role.role_name}\n"
            for role in (ROLE, OTHER, RoleRef("beta", "111122223333", "Admin"))
        )
    )
    assert acme().profile_roles() == {ROLE, OTHER}
    assert new_context().select_role(RoleOptions(profile="beta-Admin")).role == RoleRef(
        "beta", "111122223333", "Admin"
    )


def test_environment_is_an_argument(own_home: Home) -> None:
    """The current profile and the enclosing `exec` come from the environment that the context was given."""
    own_home.config.write_text(own_home.config.read_text() + BETA + "\n[profile b]\nsso_session = beta\n")
    inside = Context(
        warn=unexpected,
        waiting=lambda _what: unexpected,
        environment={"AWS_PROFILE": "b", "SSOHELPER_EXEC": ROLE.text},
    )
    assert (inside.current_profile, inside.select_session(None).session.name) == ("b", "beta")
    assert inside.select_role(RoleOptions()).role == ROLE
    with pytest.raises(BadInput, match=r"^several sso-sessions are configured: acme, beta$"):
        new_context().select_session(None)


def test_warnings_go_to_the_caller(own_home: Home, identity_center: Simulator) -> None:
    """Warnings are given to the session's own callable, if it has one, else to the context's."""
    messages = list[str]()
    (own_home.path / ".aws" / "cli").mkdir()
    (own_home.path / ".aws" / "cli" / "cache").write_bytes(b"")
    context = new_context()
    session = SessionContext(context, acme().session, warn=messages.append)
    issued = identity_center.issued(session.credentials(ROLE).access_key_id)
    assert issued.role_name == ROLE.role_name
    assert [each for each in messages if each.startswith("could not cache the credentials: ")] != []


RULE = "rules = [{ match = '777788889999/*', region = 'eu-west-3' }]"
PROFILE = """\
[profile other]
sso_session = acme
sso_account_id = 777788889999
sso_role_name = Developer
region = ca-central-1
"""


@pytest.mark.parametrize(
    ("settings", "config", "environment", "expected"),
    [
        ("", "", {}, "us-east-1"),
        ("", "[default]\nregion = eu-west-1\n", {}, "eu-west-1"),
        ("region = 'eu-west-2'", "[default]\nregion = eu-west-1\n", {}, "eu-west-2"),
        (RULE, "[default]\nregion = eu-west-1\n", {}, "eu-west-3"),
        (RULE, "", {"AWS_DEFAULT_REGION": "sa-east-1"}, "sa-east-1"),
        ("", "", {"AWS_DEFAULT_REGION": "sa-east-1", "AWS_REGION": "us-west-2"}, "us-west-2"),
        ("", PROFILE, {}, "ca-central-1"),
        ("", PROFILE, {"AWS_REGION": "us-west-2"}, "us-west-2"),
        # Of another partition, or no region.
        ("", "[default]\nregion = cn-north-1\n", {"AWS_REGION": "nowhere"}, "us-east-1"),
    ],
)
def test_region_of(own_home: Home, settings: str, config: str, environment: dict[str, str], expected: str) -> None:
    """A role that no profile is named for has a region: of the first source that has one."""
    write_settings(own_home, f"[defaults]\n{settings}\n")
    with own_home.config.open("a") as file:
        file.write(f"\n{config}")
    context = Context(warn=unexpected, waiting=lambda _what: unexpected, environment=environment)
    assert context.select_session("acme").region_of(ROLE) == expected


def test_names_for_legacy_profiles(own_home: Home) -> None:
    """A legacy profile of a portal knows the names that the session of the same portal has listed."""
    with own_home.config.open("a") as file:
        file.write(
            f"\n[profile legacy]\nsso_start_url = {acme().session.start_url}\nsso_region = us-east-1\n"
            "sso_account_id = 777788889999\nsso_role_name = Developer\n"
        )
    acme().account_names()
    selected = new_context().select_role(RoleOptions(profile="legacy"))
    assert selected.session.legacy
    names = new_context().of(selected.session).shown_names()
    assert names == acme().shown_names() != {}
