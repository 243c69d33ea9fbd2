"""`ssohelper logout`: it ends the sign-in at Identity Center, and deletes its token and credentials here."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore
import botocore.exceptions
import pexpect
import pytest
from botocore.config import Config

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, sign_in, wait_for

ROLE = ("111122223333", "ReadOnly")
OTHER_ROLE = ("333344445555", "ReadOnly")
SIGNED_OUT = "ssohelper: signed out of acme\n"


def role_options(session: str, role: tuple[str, str] = ROLE) -> tuple[str, ...]:
    """The options that name a role."""
    return ("--session", session, "--account-id", role[0], "--role-name", role[1])


def use_role(home: Home, session: str, role: tuple[str, str] = ROLE) -> dict[str, Any]:
    """Request role credentials, so that they are cached and an answer is prepared."""
    done = home.ssohelper("credential-process", *role_options(session, role))
    assert (done.stderr, done.returncode) == ("", 0)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def digest(text: str) -> str:
    """The AWS CLI's file name for `text`."""
    return f"{hashlib.sha1(text.encode()).hexdigest()}.json"  # noqa: S324


def token_file(session: str) -> str:
    """The token file of a session, relative to the home folder."""
    return f".aws/sso/cache/{digest(session)}"


def credentials_file(session: str, role: tuple[str, str] = ROLE, key: str = "sessionName") -> str:
    """The file of a role in the AWS CLI's cache, relative to the home folder."""
    facts = {"accountId": role[0], "roleName": role[1], key: session}
    return f".aws/cli/cache/{digest(json.dumps(facts, sort_keys=True, separators=(',', ':')))}"


def prepared_file(session: str, role: tuple[str, str] = ROLE) -> str:
    """The prepared answer for a role, relative to the home folder."""
    return f".local/state/ssohelper/answers/{session}/{role[0]}/{role[1]}"


def record(session: str, role: tuple[str, str] = ROLE) -> str:
    """The record of a role in a session whose name cannot be in a path, relative to the home folder."""
    return prepared_file(hashlib.sha1(session.encode()).hexdigest(), role)  # noqa: S324 (a name, no secret)


def is_signed_in(center: Simulator, access_token: str) -> bool:
    """Whether the portal accepts an access token."""
    portal = boto3.client(
        "sso", "us-east-1", endpoint_url=center.url, config=Config(signature_version=botocore.UNSIGNED)
    )
    try:
        portal.list_accounts(accessToken=access_token)
    except portal.exceptions.UnauthorizedException:
        return False
    return True


def can_refresh(center: Simulator, token: dict[str, Any]) -> bool:
    """Whether the OIDC service accepts the refresh token of a token file."""
    oidc = boto3.client(
        "sso-oidc", "us-east-1", endpoint_url=center.url, config=Config(signature_version=botocore.UNSIGNED)
    )
    words = {name: token[name] for name in ("clientId", "clientSecret", "refreshToken")}
    try:
        oidc.create_token(grantType="refresh_token", **words)
    except oidc.exceptions.InvalidGrantException:
        return False
    return True


def read(home: Home, name: str) -> dict[str, Any]:
    """The content of a JSON file in the home folder."""
    found: dict[str, Any] = json.loads((home.path / name).read_bytes())
    return found


def expire(home: Home, session: str = "acme") -> None:
    """Change the expiration of the access token to the past."""
    (home.path / token_file(session)).write_text(
        json.dumps({**read(home, token_file(session)), "expiresAt": "2026-01-02T03:04:05Z"})
    )


def deleted(home: Home, before: dict[str, bytes]) -> set[str]:
    """The files that were deleted; every other one must be unchanged."""
    after = home.tree()
    assert after == {name: data for name, data in before.items() if name in after}
    return set(before) - set(after)


@pytest.fixture
def busy(signed_in: Home, identity_center: Simulator) -> Home:
    """A home folder with two sessions, cached credentials of both, and files of other tools beside them."""
    sign_in(signed_in, identity_center, "beta")
    for session in ("acme", "beta"):
        use_role(signed_in, session)
    use_role(signed_in, "acme", OTHER_ROLE)
    folder = signed_in.path / ".aws" / "cli" / "cache"
    (folder / "session.db").write_bytes(b"SQLite format 3\0")
    expiration = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SUTC")
    assumed = {"Credentials": {"AccessKeyId": "ASIAX", "Expiration": expiration}, "ResponseMetadata": {}}
    (folder / digest('{"RoleArn": "arn:aws:iam::111122223333:role/x"}')).write_text(json.dumps(assumed))
    (signed_in.path / ".aws" / "sso" / "cache" / "botocore-client-id-us-east-1.json").write_text("{}")
    return signed_in


def test_one_session(busy: Home, identity_center: Simulator) -> None:
    """One request ends the sign-in; the session's token, credentials and prepared answers are deleted."""
    access_tokens = {name: read(busy, token_file(name))["accessToken"] for name in ("acme", "beta")}
    before = busy.tree()
    identity_center.counters.reset()
    done = busy.ssohelper("logout", "--session", "acme")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: signed out of acme, deleted the credentials of 2 roles\n",
        0,
    )
    assert identity_center.counters.calls == {"Logout": 1}
    assert deleted(busy, before) == {
        token_file("acme"),
        *(credentials_file("acme", role) for role in (ROLE, OTHER_ROLE)),
        *(prepared_file("acme", role) for role in (ROLE, OTHER_ROLE)),
    }
    assert {name: is_signed_in(identity_center, token) for name, token in access_tokens.items()} == {
        "acme": False,
        "beta": True,
    }


def test_what_killed_runs_left(busy: Home) -> None:
    """Secrets in temporary files of killed runs are deleted, but not another session's token: it may be needed."""
    client_id = json.loads((busy.path / token_file("acme")).read_bytes())["clientId"].encode()
    cache = busy.path / ".aws" / "sso" / "cache"
    files = [path for path in cache.iterdir() if path.name != Path(token_file("acme")).name]
    registration = next(f".aws/sso/cache/{path.name}" for path in files if client_id in path.read_bytes())
    left = [
        busy.path / Path(name).with_name(f".{Path(name).name}.aaaaaaaa.ssohelper")
        for name in (
            token_file("acme"),
            registration,
            credentials_file("acme"),
            credentials_file("acme", ("222233334444", "Never")),
            prepared_file("acme"),
        )
    ]
    other = busy.path / Path(token_file("beta")).with_name(f".{Path(token_file('beta')).name}.aaaaaaaa.ssohelper")
    for each in (*left, other):
        each.write_text("secret")
    assert busy.ssohelper("logout", "--session", "acme").returncode == 0
    assert ([each for each in left if each.exists()], other.exists()) == ([], True)


def test_recent_roles(busy: Home) -> None:
    """Roles that were used before are no longer refreshed by the agent."""
    recent = busy.state / "recent-roles"
    assert [each.read_text().split()[0] for each in recent.iterdir()].count("acme") > 0
    assert busy.ssohelper("logout", "--session", "acme").returncode == 0
    assert [each.read_text().split()[0] for each in recent.iterdir()].count("acme") == 0


@pytest.mark.full
def test_afterwards(busy: Home, identity_center: Simulator) -> None:
    """Nothing hands out credentials of the session any more, not even the launcher; the other session still works."""
    busy.ssohelper("logout", "--session", "acme")
    identity_center.counters.reset()
    for words in (("ssohelper", "credential-process"), ("ssohelper-credential-process",), ("ssohelper", "env")):
        done = busy.run(*words, *role_options("acme"))
        assert (done.stdout, done.stderr, done.returncode) == (
            "",
            "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n",
            4,
        )
    assert busy.ssohelper("status", "--session", "acme").returncode == 4
    assert use_role(busy, "beta")["AccountId"] == ROLE[0]
    assert busy.ssohelper("status", "--session", "beta").returncode == 0
    assert identity_center.counters.calls == {}


def test_registration_is_reused(signed_in: Home, identity_center: Simulator) -> None:
    """The client registration is kept: the next sign-in needs no new one."""
    signed_in.ssohelper("logout")
    identity_center.counters.reset()
    assert signed_in.ssohelper("login").returncode == 0
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}


@pytest.mark.full
def test_credentials_of_the_aws_cli(signed_in: Home, identity_center: Simulator) -> None:
    """Credentials that only the AWS CLI cached are deleted, for a profile or not; not those of another session."""
    sign_in(signed_in, identity_center, "beta")
    use_role(signed_in, "beta")
    assert signed_in.ssohelper("sync", "--yes", "--session", "acme").returncode == 0
    use_role(signed_in, "acme")
    cached = read(signed_in, credentials_file("acme"))
    unknown = credentials_file("acme", ("444455556666", "Unknown"))
    for name in (credentials_file("acme", OTHER_ROLE), unknown):
        (signed_in.path / name).write_text(json.dumps(cached))
        (signed_in.path / name).chmod(0o600)
    (signed_in.path / prepared_file("acme")).unlink()
    before = signed_in.tree()
    done = signed_in.ssohelper("logout", "--session", "acme")
    assert done.stderr == "ssohelper: signed out of acme, deleted the credentials of 2 roles\n"
    assert deleted(signed_in, before) == {
        token_file("acme"),
        credentials_file("acme"),
        credentials_file("acme", OTHER_ROLE),
        unknown,
    }


def test_json(signed_in: Home) -> None:
    """--json has the result; if you were not signed in, that is no error."""
    use_role(signed_in, "acme")
    done = signed_in.ssohelper("logout", "--json")
    assert (json.loads(done.stdout), done.returncode) == (
        {"session": "acme", "was_signed_in": True, "ended_at_identity_center": True, "roles_deleted": 1},
        0,
    )
    done = signed_in.ssohelper("logout", "--json")
    assert (json.loads(done.stdout), done.stderr, done.returncode) == (
        {"session": "acme", "was_signed_in": False, "ended_at_identity_center": True, "roles_deleted": 0},
        "ssohelper: was not signed in to acme\n",
        0,
    )


def test_not_signed_in(home: Home, identity_center: Simulator) -> None:
    """Without a sign-in there is no request; leftover credentials are deleted all the same."""
    sign_in(home, identity_center)
    use_role(home, "acme")
    (home.path / token_file("acme")).unlink()
    before = home.tree()
    identity_center.counters.reset()
    done = home.ssohelper("logout")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: was not signed in to acme, deleted the credentials of 1 role\n",
        0,
    )
    assert deleted(home, before) == {credentials_file("acme"), prepared_file("acme")}
    assert identity_center.counters.calls == {}


@pytest.mark.full
def test_all(busy: Home, identity_center: Simulator) -> None:
    """--all signs out of every session of the config file."""
    before = busy.tree()
    identity_center.counters.reset()
    done = busy.ssohelper("logout", "--all")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        (
            "ssohelper: signed out of acme, deleted the credentials of 2 roles\n"
            "ssohelper: signed out of beta, deleted the credentials of 1 role\n"
        ),
        0,
    )
    assert identity_center.counters.calls == {"Logout": 2}
    assert deleted(busy, before) == {
        *(token_file(session) for session in ("acme", "beta")),
        *(credentials_file(*each) for each in (("acme", ROLE), ("acme", OTHER_ROLE), ("beta", ROLE))),
        *(prepared_file(*each) for each in (("acme", ROLE), ("acme", OTHER_ROLE), ("beta", ROLE))),
    }


def test_which_session(signed_in: Home, identity_center: Simulator) -> None:
    """With several sessions, one has to be named; --all and --session cannot be combined."""
    url = identity_center.start_url
    with signed_in.config.open("a") as file:
        file.write(f"\n[sso-session beta]\nsso_start_url = {url}\nsso_region = us-east-1\n")
    before = signed_in.tree()
    neither, both = signed_in.ssohelper("logout"), signed_in.ssohelper("logout", "--all", "--session", "acme")
    assert [(each.stdout, each.stderr, each.returncode) for each in (neither, both)] == [
        (
            "",
            ("ssohelper: several sso-sessions are configured: acme, beta\nhint: choose one with --session NAME\n"),
            2,
        ),
        ("", "ssohelper: --all and --session cannot be combined\nhint: ssohelper logout --all\n", 2),
    ]
    assert deleted(signed_in, before) == set()


@pytest.mark.full
def test_legacy(home: Home, identity_center: Simulator) -> None:
    """The sign-in of a profile without sso_session is ended as well, and its credentials are deleted."""
    url = identity_center.start_url
    home.config.parent.mkdir()
    home.config.write_text(
        f"[profile old]\nsso_start_url = {url}\nsso_region = us-east-1\nsso_account_id = {ROLE[0]}\n"
        f"sso_role_name = {ROLE[1]}\n"
    )
    assert home.ssohelper("login").returncode == 0
    assert home.ssohelper("credential-process", "--profile", "old").returncode == 0
    access_token = read(home, token_file(url))["accessToken"]
    before = home.tree()
    done = home.ssohelper("logout")
    assert (done.stderr, done.returncode) == (
        f"ssohelper: signed out of {url}, deleted the credentials of 1 role\n",
        0,
    )
    assert deleted(home, before) == {token_file(url), credentials_file(url, key="startUrl"), record(url)}
    assert not is_signed_in(identity_center, access_token)


# Why the request fails, and the reason in the message.
FAULTS = {
    "500": (Fault.error(500), "Identity Center returned HTTP 500"),
    "dropped": (Fault.dropped(), "can't reach Identity Center at 127.0.0.1:{port}: connection closed"),
    "captive portal": (Fault.html(), "invalid response from Identity Center (a proxy or captive portal?)"),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("name", FAULTS)
def test_service_fails(signed_in: Home, identity_center: Simulator, name: str) -> None:
    """If Identity Center fails, everything here is deleted all the same; it says so, and the exit code is 5."""
    fault, reason = FAULTS[name]
    identity_center.faults.add("Logout", fault, None)
    use_role(signed_in, "acme")
    before = signed_in.tree()
    done = signed_in.ssohelper("logout", "--json")
    assert done.stderr == (
        "ssohelper: could not sign out at Identity Center, where the sign-in may stay valid until it expires:"
        f" {reason.format(port=identity_center.port)}\n"
        f"hint: to end it now, sign out at {identity_center.start_url}\n"
        "ssohelper: signed out of acme, deleted the credentials of 1 role\n"
    )
    assert (json.loads(done.stdout), done.returncode) == (
        {"session": "acme", "was_signed_in": True, "ended_at_identity_center": False, "roles_deleted": 1},
        5,
    )
    assert deleted(signed_in, before) == {token_file("acme"), credentials_file("acme"), prepared_file("acme")}


@pytest.mark.full
def test_no_network(signed_in: Home, identity_center: Simulator) -> None:
    """Without a network, everything here is deleted for every session; the exit code is 5."""
    sign_in(signed_in, identity_center, "beta")
    use_role(signed_in, "acme")
    identity_center.close()
    before = signed_in.tree()
    done = signed_in.ssohelper("logout", "--all", "--json")
    assert [json.loads(done.stdout), done.returncode] == [
        [
            {"session": "acme", "was_signed_in": True, "ended_at_identity_center": False, "roles_deleted": 1},
            {"session": "beta", "was_signed_in": True, "ended_at_identity_center": False, "roles_deleted": 0},
        ],
        5,
    ]
    assert deleted(signed_in, before) == {
        token_file("acme"),
        token_file("beta"),
        credentials_file("acme"),
        prepared_file("acme"),
    }


def test_already_ended(signed_in: Home, identity_center: Simulator) -> None:
    """If the sign-in has already been ended at Identity Center, there is no error."""
    identity_center.revoke_all_tokens()
    done = signed_in.ssohelper("logout")
    assert (done.stdout, done.stderr, done.returncode) == ("", SIGNED_OUT, 0)
    assert not (signed_in.path / token_file("acme")).exists()


def test_after_refresh(signed_in: Home, identity_center: Simulator) -> None:
    """After a refresh, the whole sign-in is ended: neither the old nor the new tokens are accepted."""
    first = read(signed_in, token_file("acme"))
    expire(signed_in)
    assert signed_in.ssohelper("accounts").returncode == 0
    second = read(signed_in, token_file("acme"))
    assert second["refreshToken"] != first["refreshToken"]
    done = signed_in.ssohelper("logout")
    assert (done.stderr, done.returncode) == (SIGNED_OUT, 0)
    assert [is_signed_in(identity_center, each["accessToken"]) for each in (first, second)] == [False, False]
    assert [can_refresh(identity_center, each) for each in (first, second)] == [False, False]


def test_expired_access_token(make_home: Callable[..., Home]) -> None:
    """If the access token has expired, logout refreshes it first, to end the sign-in at Identity Center.

    Otherwise the refresh token in a copy of the file, such as a backup, could be used until the sign-in expires.
    """
    ahead = [0.0]
    clock = lambda: time.time() + ahead[0]  # noqa: E731
    with Simulator(organisation(), clock=clock, rate=None, auto_approve=True) as identity_center:
        home = make_home(**identity_center.environment)
        sign_in(home, identity_center)
        token = read(home, token_file("acme"))
        ahead[0] = 2 * 3600  # the access token is valid for one hour, the sign-in for eight
        expire(home)
        done = home.ssohelper("logout")
        assert (done.stderr, done.returncode) == (SIGNED_OUT, 0)
        assert not can_refresh(identity_center, token)


def test_name_with_a_slash(home: Home, identity_center: Simulator) -> None:
    """A session whose name cannot be in a path has no prepared answers; its credentials are deleted all the same."""
    sign_in(home, identity_center, "team/prod")
    use_role(home, "team/prod")
    before = home.tree()
    done = home.ssohelper("logout")
    assert (done.stderr, done.returncode) == (
        "ssohelper: signed out of team/prod, deleted the credentials of 1 role\n",
        0,
    )
    assert deleted(home, before) == {token_file("team/prod"), credentials_file("team/prod"), record("team/prod")}


def test_damaged_token(signed_in: Home) -> None:
    """An invalid token file is deleted, too."""
    path = signed_in.path / token_file("acme")
    path.write_bytes(path.read_bytes()[:100])
    os.utime(path, (0, 0))  # one that was written a moment ago is waited for
    done = signed_in.ssohelper("logout")
    assert (done.stderr, done.returncode, path.exists()) == ("ssohelper: was not signed in to acme\n", 0, False)


@pytest.mark.full
def test_linked_files(signed_in: Home, tmp_path: Path) -> None:
    """If the token file is a symlink, its target is deleted."""
    path, elsewhere = signed_in.path / token_file("acme"), tmp_path / "elsewhere.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert signed_in.ssohelper("logout").returncode == 0
    assert (elsewhere.exists(), signed_in.ssohelper("status").returncode) == (False, 4)


def test_ignored_state_folder(signed_in: Home) -> None:
    """What is in a state folder that is ignored is not deleted: it says so."""
    use_role(signed_in, "acme")
    signed_in.state.chmod(0o777)
    done = signed_in.ssohelper("logout", "--json")
    assert json.loads(done.stdout)["ended_at_identity_center"] is True
    assert done.stderr.splitlines()[-2:] == [
        "ssohelper: ~/.local/state/ssohelper may still hold credentials: other users can change it",
        f"hint: rm -r {signed_in.state}",
    ]
    assert (done.returncode, (signed_in.path / token_file("acme")).exists()) == (1, False)


def test_cannot_delete(signed_in: Home, identity_center: Simulator) -> None:
    """If something here cannot be deleted, it says that the sign-in has ended all the same."""
    use_role(signed_in, "acme")
    cached = signed_in.path / credentials_file("acme")
    cached.unlink()
    (cached / "in the way").mkdir(parents=True)
    done = signed_in.ssohelper("logout")
    assert done.stderr.splitlines()[:2] == [
        "ssohelper: signed out of acme at Identity Center, but not everything was deleted here",
        f"ssohelper: can't remove ~/{credentials_file('acme')}: is a directory",
    ]
    assert (done.returncode, identity_center.counters.calls["Logout"]) == (1, 1)


def test_ctrl_c(signed_in: Home, identity_center: Simulator) -> None:
    """Ctrl-C ends the wait for Identity Center only: everything here is deleted."""
    identity_center.faults.add("Logout", Fault.hang(60), None)
    terminal = signed_in.terminal("logout")
    wait_for(lambda: identity_center.counters.calls["Logout"] == 1)
    terminal.sendintr()
    terminal.expect_exact("where the sign-in may stay valid until it expires: cancelled")
    terminal.expect_exact("ssohelper: signed out of acme\r\n")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, (signed_in.path / token_file("acme")).exists()) == (5, False)
