"""`ssohelper logout`: a sign-in is ended at Identity Center and what it gave is gone here, and nothing else."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore
import botocore.exceptions
import pytest
from botocore.config import Config

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures.home import Home, sign_in

ROLE = ("111122223333", "ReadOnly")
OTHER_ROLE = ("333344445555", "ReadOnly")
SIGNED_OUT = "ssohelper: signed out of acme\n"


def of_role(session: str, role: tuple[str, str] = ROLE) -> tuple[str, ...]:
    """The words that name a role."""
    return ("--session", session, "--account-id", role[0], "--role-name", role[1])


def used(home: Home, session: str, role: tuple[str, str] = ROLE) -> dict[str, Any]:
    """Role credentials that were handed out, and are kept and prepared since."""
    done = home.ssohelper("credential-process", *of_role(session, role))
    assert (done.stderr, done.returncode) == ("", 0)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def digest(text: str) -> str:
    """The name that the AWS CLI gives to a file about `text`."""
    return f"{hashlib.sha1(text.encode()).hexdigest()}.json"  # noqa: S324


def token_file(session: str) -> str:
    """The token file of a session, below the home folder."""
    return f".aws/sso/cache/{digest(session)}"


def credentials_file(session: str, role: tuple[str, str] = ROLE, key: str = "sessionName") -> str:
    """The file for a role in the AWS CLI's cache, below the home folder."""
    facts = {"accountId": role[0], "roleName": role[1], key: session}
    return f".aws/cli/cache/{digest(json.dumps(facts, sort_keys=True, separators=(',', ':')))}"


def prepared_file(session: str, role: tuple[str, str] = ROLE) -> str:
    """The prepared answer for a role, below the home folder."""
    return f".local/state/ssohelper/answers/{session}/{role[0]}/{role[1]}"


def record(session: str, role: tuple[str, str] = ROLE) -> str:
    """The record of a role under a session's name that is no part of a path, below the home folder."""
    return prepared_file(hashlib.sha1(session.encode()).hexdigest(), role)  # noqa: S324 (a name, no secret)


def is_signed_in(center: Simulator, access_token: str) -> bool:
    """Whether the portal takes an access token."""
    portal = boto3.client(
        "sso", "us-east-1", endpoint_url=center.url, config=Config(signature_version=botocore.UNSIGNED)
    )
    try:
        portal.list_accounts(accessToken=access_token)
    except portal.exceptions.UnauthorizedException:
        return False
    return True


def is_renewed(center: Simulator, token: dict[str, Any]) -> bool:
    """Whether the OIDC service renews the sign-in that a token file was for."""
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
    """A JSON file below the home folder."""
    found: dict[str, Any] = json.loads((home.path / name).read_bytes())
    return found


def expire(home: Home, session: str = "acme") -> None:
    """Let the access token in a token file have expired."""
    (home.path / token_file(session)).write_text(
        json.dumps({**read(home, token_file(session)), "expiresAt": "2026-01-02T03:04:05Z"})
    )


def gone(home: Home, before: dict[str, bytes]) -> set[str]:
    """The files that are not there any more; every other is the same to the byte."""
    after = home.tree()
    assert after == {name: data for name, data in before.items() if name in after}
    return set(before) - set(after)


@pytest.fixture
def busy(signed_in: Home, identity_center: Simulator) -> Home:
    """A home folder with two sessions signed in, roles of both in use, and other tools' files beside them."""
    sign_in(signed_in, identity_center, "beta")
    for session in ("acme", "beta"):
        used(signed_in, session)
    used(signed_in, "acme", OTHER_ROLE)
    folder = signed_in.path / ".aws" / "cli" / "cache"
    (folder / "session.db").write_bytes(b"SQLite format 3\0")
    expiration = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SUTC")
    assumed = {"Credentials": {"AccessKeyId": "ASIAX", "Expiration": expiration}, "ResponseMetadata": {}}
    (folder / digest('{"RoleArn": "arn:aws:iam::111122223333:role/x"}')).write_text(json.dumps(assumed))
    (signed_in.path / ".aws" / "sso" / "cache" / "botocore-client-id-us-east-1.json").write_text("{}")
    return signed_in


def test_one_session(busy: Home, identity_center: Simulator) -> None:
    """The portal is told once; token, role credentials and prepared answers of the session go, and nothing else."""
    access_tokens = {name: read(busy, token_file(name))["accessToken"] for name in ("acme", "beta")}
    before = busy.tree()
    identity_center.counters.reset()
    done = busy.ssohelper("logout", "--session", "acme")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: signed out of acme, credentials of 2 roles forgotten\n",
        0,
    )
    assert identity_center.counters.calls == {"Logout": 1}
    assert gone(busy, before) == {
        token_file("acme"),
        *(credentials_file("acme", role) for role in (ROLE, OTHER_ROLE)),
        *(prepared_file("acme", role) for role in (ROLE, OTHER_ROLE)),
    }
    assert {name: is_signed_in(identity_center, token) for name, token in access_tokens.items()} == {
        "acme": False,
        "beta": True,
    }


def test_what_was_used(busy: Home) -> None:
    """The agent has no reason to keep roles fresh that somebody used before the logout."""
    used = busy.state / "used"
    assert [each.read_text().split()[0] for each in used.iterdir()].count("acme") > 0
    assert busy.ssohelper("logout", "--session", "acme").returncode == 0
    assert [each.read_text().split()[0] for each in used.iterdir()].count("acme") == 0


def test_afterwards(busy: Home, identity_center: Simulator) -> None:
    """Nobody hands out anything for the session any more, the launcher neither; the other session goes on."""
    busy.ssohelper("logout", "--session", "acme")
    identity_center.counters.reset()
    for words in (("ssohelper", "credential-process"), ("ssohelper-credential-process",), ("ssohelper", "env")):
        done = busy.run(*words, *of_role("acme"))
        assert (done.stdout, done.stderr, done.returncode) == (
            "",
            "ssohelper: nobody is signed in to acme\nhint: ssohelper login --session acme\n",
            4,
        )
    assert busy.ssohelper("status", "--session", "acme").returncode == 4
    assert used(busy, "beta")["AccountId"] == ROLE[0]
    assert busy.ssohelper("status", "--session", "beta").returncode == 0
    assert identity_center.counters.calls == {}


def test_the_registration_is_used_again(signed_in: Home, identity_center: Simulator) -> None:
    """The client registration stays: the next sign-in needs no new one."""
    signed_in.ssohelper("logout")
    identity_center.counters.reset()
    assert signed_in.ssohelper("login").returncode == 0
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}


def test_what_the_aws_cli_kept(signed_in: Home, identity_center: Simulator) -> None:
    """Role credentials that only the AWS CLI got, for a profile, go as well; those of no profile are nobody's."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    used(signed_in, "acme")
    kept = read(signed_in, credentials_file("acme"))
    nobodys = credentials_file("acme", ("444455556666", "Nobodys"))
    for name in (credentials_file("acme", OTHER_ROLE), nobodys):
        (signed_in.path / name).write_text(json.dumps(kept))
        (signed_in.path / name).chmod(0o600)
    (signed_in.path / prepared_file("acme")).unlink()
    before = signed_in.tree()
    done = signed_in.ssohelper("logout")
    assert done.stderr == "ssohelper: signed out of acme, credentials of 2 roles forgotten\n"
    assert gone(signed_in, before) == {
        token_file("acme"),
        credentials_file("acme"),
        credentials_file("acme", OTHER_ROLE),
    }


def test_json(signed_in: Home) -> None:
    """--json tells what there was; a second time nobody was signed in, and that is no failure."""
    used(signed_in, "acme")
    done = signed_in.ssohelper("logout", "--json")
    assert (json.loads(done.stdout), done.returncode) == (
        {"session": "acme", "was_signed_in": True, "told": True, "roles_forgotten": 1},
        0,
    )
    done = signed_in.ssohelper("logout", "--json")
    assert (json.loads(done.stdout), done.stderr, done.returncode) == (
        {"session": "acme", "was_signed_in": False, "told": True, "roles_forgotten": 0},
        "ssohelper: nobody was signed in to acme\n",
        0,
    )


def test_nobody_signed_in(home: Home, identity_center: Simulator) -> None:
    """Where nobody was signed in nobody is told; credentials that are left over go all the same."""
    sign_in(home, identity_center)
    used(home, "acme")
    (home.path / token_file("acme")).unlink()
    before = home.tree()
    identity_center.counters.reset()
    done = home.ssohelper("logout")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: nobody was signed in to acme, credentials of 1 role forgotten\n",
        0,
    )
    assert gone(home, before) == {credentials_file("acme"), prepared_file("acme")}
    assert identity_center.counters.calls == {}


def test_all(busy: Home, identity_center: Simulator) -> None:
    """--all signs out of every session of the config file."""
    before = busy.tree()
    identity_center.counters.reset()
    done = busy.ssohelper("logout", "--all")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        (
            "ssohelper: signed out of acme, credentials of 2 roles forgotten\n"
            "ssohelper: signed out of beta, credentials of 1 role forgotten\n"
        ),
        0,
    )
    assert identity_center.counters.calls == {"Logout": 2}
    assert gone(busy, before) == {
        *(token_file(session) for session in ("acme", "beta")),
        *(credentials_file(*each) for each in (("acme", ROLE), ("acme", OTHER_ROLE), ("beta", ROLE))),
        *(prepared_file(*each) for each in (("acme", ROLE), ("acme", OTHER_ROLE), ("beta", ROLE))),
    }


def test_which_session(signed_in: Home, identity_center: Simulator) -> None:
    """Where several are configured and none is named nothing happens; --all and --session exclude each other."""
    url = identity_center.start_url
    with signed_in.config.open("a") as file:
        file.write(f"\n[sso-session beta]\nsso_start_url = {url}\nsso_region = us-east-1\n")
    before = signed_in.tree()
    asked, both = signed_in.ssohelper("logout"), signed_in.ssohelper("logout", "--all", "--session", "acme")
    assert [(each.stdout, each.stderr, each.returncode) for each in (asked, both)] == [
        (
            "",
            (
                "ssohelper: more than one sso-session could be meant; ~/.aws/config has acme, beta\n"
                "hint: ssohelper logout --session acme\n"
            ),
            2,
        ),
        ("", "ssohelper: --all and --session contradict each other\nhint: ssohelper logout --all\n", 2),
    ]
    assert gone(signed_in, before) == set()


def test_legacy(home: Home, identity_center: Simulator) -> None:
    """A sign-in of a profile without sso_session is ended in the same way, with the role credentials of it."""
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
        f"ssohelper: signed out of {url}, credentials of 1 role forgotten\n",
        0,
    )
    assert gone(home, before) == {token_file(url), credentials_file(url, key="startUrl"), record(url)}
    assert not is_signed_in(identity_center, access_token)


# What stands in the way of telling Identity Center, and the reason that is given.
FAULTS = {
    "500": (Fault.error(500), "Identity Center answered HTTP 500"),
    "dropped": (Fault.dropped(), "can't reach Identity Center at 127.0.0.1:{port}: it closed the connection"),
    "captive portal": (Fault.html(), "something between here and Identity Center answered in its place"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_service_fails(signed_in: Home, identity_center: Simulator, name: str) -> None:
    """Where Identity Center fails everything here goes all the same; a message says so, with exit code 5."""
    fault, why = FAULTS[name]
    identity_center.faults.add("Logout", fault, None)
    used(signed_in, "acme")
    before = signed_in.tree()
    done = signed_in.ssohelper("logout", "--json")
    assert done.stderr == (
        f"ssohelper: Identity Center could not be told ({why.format(port=identity_center.port)}):"
        " there the sign-in ends by itself\n"
        f"hint: or sign out at {identity_center.start_url}\n"
        "ssohelper: signed out of acme, credentials of 1 role forgotten\n"
    )
    assert (json.loads(done.stdout), done.returncode) == (
        {"session": "acme", "was_signed_in": True, "told": False, "roles_forgotten": 1},
        5,
    )
    assert gone(signed_in, before) == {token_file("acme"), credentials_file("acme"), prepared_file("acme")}


def test_no_network(signed_in: Home, identity_center: Simulator) -> None:
    """Without a network everything here goes all the same, of every session, with exit code 5."""
    sign_in(signed_in, identity_center, "beta")
    used(signed_in, "acme")
    identity_center.close()
    before = signed_in.tree()
    done = signed_in.ssohelper("logout", "--all", "--json")
    assert [json.loads(done.stdout), done.returncode] == [
        [
            {"session": "acme", "was_signed_in": True, "told": False, "roles_forgotten": 1},
            {"session": "beta", "was_signed_in": True, "told": False, "roles_forgotten": 0},
        ],
        5,
    ]
    assert gone(signed_in, before) == {
        token_file("acme"),
        token_file("beta"),
        credentials_file("acme"),
        prepared_file("acme"),
    }


def test_ended_already(signed_in: Home, identity_center: Simulator) -> None:
    """Where the sign-in has ended at Identity Center already there is nothing to tell, and nothing to complain of."""
    identity_center.revoke_all_tokens()
    done = signed_in.ssohelper("logout")
    assert (done.stdout, done.stderr, done.returncode) == ("", SIGNED_OUT, 0)
    assert not (signed_in.path / token_file("acme")).exists()


def test_renewed(signed_in: Home, identity_center: Simulator) -> None:
    """The sign-in is ended by its present token, however often that was renewed: no refresh token works any more."""
    first = read(signed_in, token_file("acme"))
    expire(signed_in)
    assert signed_in.ssohelper("accounts").returncode == 0
    second = read(signed_in, token_file("acme"))
    assert second["refreshToken"] != first["refreshToken"]
    done = signed_in.ssohelper("logout")
    assert (done.stderr, done.returncode) == (SIGNED_OUT, 0)
    assert [is_signed_in(identity_center, each["accessToken"]) for each in (first, second)] == [False, False]
    assert [is_renewed(identity_center, each) for each in (first, second)] == [False, False]


def test_an_expired_access_token(make_home: Callable[..., Home]) -> None:
    """A sign-in whose access token has expired goes on by its refresh token: logout ends that one too.

    Otherwise whoever has a copy of the token file, from a backup say, could renew it for as long as sign-ins last.
    """
    ahead = [0.0]
    clock = lambda: time.time() + ahead[0]  # noqa: E731
    with Simulator(organisation(), clock=clock, rate=None, auto_approve=True) as identity_center:
        home = make_home(**identity_center.environment)
        sign_in(home, identity_center)
        token = read(home, token_file("acme"))
        ahead[0] = 2 * 3600  # the access token lasts for one hour, the sign-in for eight
        expire(home)
        done = home.ssohelper("logout")
        assert (done.stderr, done.returncode) == (SIGNED_OUT, 0)
        assert not is_renewed(identity_center, token)


def test_a_name_with_a_slash(home: Home, identity_center: Simulator) -> None:
    """A session whose name is no part of a path has no prepared answers; its role credentials go all the same."""
    sign_in(home, identity_center, "team/prod")
    used(home, "team/prod")
    before = home.tree()
    done = home.ssohelper("logout")
    assert (done.stderr, done.returncode) == (
        "ssohelper: signed out of team/prod, credentials of 1 role forgotten\n",
        0,
    )
    assert gone(home, before) == {token_file("team/prod"), credentials_file("team/prod"), record("team/prod")}


def test_a_damaged_token(signed_in: Home) -> None:
    """A token file that cannot be read is put away as well."""
    path = signed_in.path / token_file("acme")
    path.write_bytes(path.read_bytes()[:100])
    done = signed_in.ssohelper("logout")
    assert (done.stderr, done.returncode, path.exists()) == ("ssohelper: nobody was signed in to acme\n", 0, False)


def test_linked_files(signed_in: Home, tmp_path: Path) -> None:
    """A token file that is a link: the token that it leads to is gone, wherever it is."""
    path, elsewhere = signed_in.path / token_file("acme"), tmp_path / "elsewhere.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert signed_in.ssohelper("logout").returncode == 0
    assert (elsewhere.exists(), signed_in.ssohelper("status").returncode) == (False, 4)
