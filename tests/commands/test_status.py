"""`ssohelper status`: how every session stands, told without asking anybody and without changing anything."""

import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in

ROLE = ("111122223333", "ReadOnly")
HINT = "hint: ssohelper login --session acme\n"
HEADER = ("session", "signed in", "access token", "renews itself", "registration until")
# How soon a change shows: twice the second between two looks, and what a busy machine takes beside that.
SOON_SECONDS = 10


def status(home: Home, center: Simulator, *words: str, **more: str) -> tuple[str, str, int]:
    """What status printed, and its exit code; it has asked nobody and changed nothing."""
    before = everything(home)
    center.counters.reset()
    done = home.ssohelper("status", *words, **more)
    assert center.counters.calls == {}
    assert everything(home) == before
    return done.stdout, done.stderr, done.returncode


def everything(home: Home) -> dict[str, tuple[int, int, int, bytes]]:
    """Every file and folder below the home folder: which one, as of when, with which mode, and what it holds."""
    found = {}
    for each in home.path.rglob("*"):
        facts = each.lstat()
        data = each.read_bytes() if each.is_file() else b""
        found[str(each)] = (facts.st_ino, facts.st_mtime_ns, facts.st_mode, data)
    return found


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> str:
    """Rows below the header, in columns."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def cached(home: Home, name: str) -> Path:
    """The file of the AWS CLI's token cache that is about a session's name, or a start URL."""
    return home.path / ".aws" / "sso" / "cache" / f"{hashlib.sha1(name.encode()).hexdigest()}.json"  # noqa: S324


def token(home: Home, name: str = "acme") -> dict[str, Any]:
    """What the token file of a session says."""
    found: dict[str, Any] = json.loads(cached(home, name).read_bytes())
    return found


def change(home: Home, name: str = "acme", **facts: str | None) -> None:
    """Change the token file of a session; None takes a key out of it."""
    changed = {**token(home, name), **facts}
    cached(home, name).write_text(json.dumps({key: value for key, value in changed.items() if value is not None}))


def date(seconds: float = 0.0) -> str:
    """The date so many seconds from now, as the AWS CLI writes it."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def configured(home: Home, center: Simulator, name: str = "acme") -> None:
    """Write a session into the config file."""
    words = ("--session", name, "--start-url", center.start_url, "--region", center.region)
    assert home.ssohelper("configure", *words).returncode == 0


def facts_of(center: Simulator, name: str = "acme", **more: Any) -> dict[str, Any]:
    """What --json says of a session; by itself that nobody ever signed in to it."""
    return {
        "session": name,
        "start_url": center.start_url,
        "region": "us-east-1",
        "signed_in": False,
        "access_token_expires_at": None,
        "renews_itself": False,
        "why_not": "nobody is signed in",
        "registration_expires_at": None,
        "roles": [],
        **more,
    }


def as_json(home: Home, center: Simulator, *words: str) -> Any:
    """What --json prints."""
    return json.loads(status(home, center, "--json", *words)[0])


def test_never_signed_in(home: Home, identity_center: Simulator) -> None:
    """Before the first sign-in there is nothing but the command for it, and exit code 4."""
    configured(home, identity_center)
    assert status(home, identity_center) == (
        table(("acme", "no", "-", "no: nobody is signed in", "-")),
        HINT,
        4,
    )
    printed, errors, code = status(home, identity_center, "--json")
    assert (json.loads(printed), errors, code) == ({"sessions": [facts_of(identity_center)]}, HINT, 4)


def test_fresh(signed_in: Home, identity_center: Simulator) -> None:
    """A fresh sign-in renews itself; how long token and registration last is told, with exit code 0."""
    facts = token(signed_in)
    assert status(signed_in, identity_center) == (
        table(("acme", "yes", "59m left", "yes", facts["registrationExpiresAt"][:10])),
        "",
        0,
    )
    printed, errors, code = status(signed_in, identity_center, "--json")
    expected = facts_of(
        identity_center,
        signed_in=True,
        access_token_expires_at=facts["expiresAt"],
        renews_itself=True,
        why_not=None,
        registration_expires_at=facts["registrationExpiresAt"],
    )
    assert (json.loads(printed), errors, code) == ({"sessions": [expected]}, "", 0)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(7290, "2h 01m left"), (630, "10m left"), (-1, "expired"), (-7 * 24 * 3600, "expired")],
    ids=["long", "near its end", "just expired", "long expired"],
)
def test_renewable(signed_in: Home, identity_center: Simulator, seconds: int, left: str) -> None:
    """Whoever has a token that can be renewed is signed in, also when it nears its end or has expired."""
    change(signed_in, expiresAt=date(seconds))
    facts = token(signed_in)
    assert status(signed_in, identity_center) == (
        table(("acme", "yes", left, "yes", facts["registrationExpiresAt"][:10])),
        "",
        0,
    )
    assert as_json(signed_in, identity_center) == {
        "sessions": [
            facts_of(
                identity_center,
                signed_in=True,
                access_token_expires_at=facts["expiresAt"],
                renews_itself=True,
                why_not=None,
                registration_expires_at=facts["registrationExpiresAt"],
            )
        ]
    }


REASONS: dict[str, dict[str, str | None]] = {
    "it has no refresh token": {"refreshToken": None},
    "it has no client registration": {"clientSecret": None},
    "its client registration has expired": {"registrationExpiresAt": "2026-01-02T03:04:05Z"},
}


@pytest.mark.parametrize("expired", [False, True], ids=["good", "expired"])
@pytest.mark.parametrize("why", REASONS)
def test_not_renewable(signed_in: Home, identity_center: Simulator, why: str, *, expired: bool) -> None:
    """A token that cannot be renewed says why; while it is good somebody is signed in, afterwards nobody is."""
    change(signed_in, "acme", expiresAt=date(-1 if expired else 605), **REASONS[why])
    facts = token(signed_in)
    # Without a registration in the token file, there is still the one in its own file.
    until = facts.get("registrationExpiresAt", "")
    assert status(signed_in, identity_center) == (
        table(("acme", "no" if expired else "yes", "expired" if expired else "10m left", f"no: {why}", until[:10])),
        HINT if expired else "",
        4 if expired else 0,
    )
    assert as_json(signed_in, identity_center) == {
        "sessions": [
            facts_of(
                identity_center,
                signed_in=not expired,
                access_token_expires_at=facts["expiresAt"],
                why_not=why,
                registration_expires_at=until,
            )
        ]
    }


def test_a_dead_refresh_token(signed_in: Home, identity_center: Simulator) -> None:
    """Once the service has refused the refresh token that is known; a new sign-in is as good as the first."""
    identity_center.revoke_all_tokens()
    change(signed_in, expiresAt=date(-1))
    until = token(signed_in)["registrationExpiresAt"][:10]
    assert status(signed_in, identity_center) == (table(("acme", "yes", "expired", "yes", until)), "", 0)
    assert signed_in.ssohelper("accounts").returncode == 4
    assert status(signed_in, identity_center) == (
        table(("acme", "no", "expired", "no: its refresh token is not taken any more", until)),
        HINT,
        4,
    )
    assert signed_in.ssohelper("login").returncode == 0
    assert status(signed_in, identity_center)[2] == 0


def test_refused(signed_in: Home, identity_center: Simulator) -> None:
    """Once the portal has refused a token it counts for nothing, however long it would last."""
    identity_center.revoke_all_tokens()
    change(signed_in, refreshToken=None)
    until = token(signed_in)["registrationExpiresAt"][:10]
    good = table(("acme", "yes", "59m left", "no: it has no refresh token", until))
    assert status(signed_in, identity_center) == (good, "", 0)
    assert signed_in.ssohelper("accounts").returncode == 4
    refused = good.replace("yes", "no ")
    assert status(signed_in, identity_center) == (refused, HINT, 4)
    assert as_json(signed_in, identity_center) == {
        "sessions": [
            facts_of(
                identity_center,
                access_token_expires_at=token(signed_in)["expiresAt"],
                why_not="it has no refresh token",
                registration_expires_at=token(signed_in)["registrationExpiresAt"],
            )
        ]
    }


def test_legacy(home: Home, identity_center: Simulator) -> None:
    """A profile without sso_session goes by its start URL, and its sign-in is never renewed."""
    url = identity_center.start_url
    home.config.parent.mkdir()
    home.config.write_text(
        f"[profile old]\nsso_start_url = {url}\nsso_region = us-east-1\nsso_account_id = 111122223333\n"
        "sso_role_name = ReadOnly\n"
    )
    assert status(home, identity_center) == (
        table((url, "no", "-", "no: nobody is signed in", "-")),
        f"hint: ssohelper login --session {url}\n",
        4,
    )
    assert home.ssohelper("login").returncode == 0
    facts = token(home, url)
    why = "profiles without sso_session never are"
    assert status(home, identity_center) == (
        table((url, "yes", "7h 59m left", f"no: {why}", facts["registrationExpiresAt"][:10])),
        "",
        0,
    )
    assert as_json(home, identity_center) == {
        "sessions": [
            facts_of(
                identity_center,
                url,
                signed_in=True,
                access_token_expires_at=facts["expiresAt"],
                why_not=why,
                registration_expires_at=facts["registrationExpiresAt"],
            )
        ]
    }


DAMAGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "garbage": lambda _: b"\x00\xff",
    "a list": lambda _: b"[]",
    "an odd date": lambda data: data.replace(b'"expiresAt": "', b'"expiresAt": "x'),
    "a number for a token": lambda data: re.sub(rb'"accessToken": "[^"]+"', b'"accessToken": 1', data),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged(signed_in: Home, identity_center: Simulator, damage: Callable[[bytes], bytes]) -> None:
    """A token file that cannot be read is named, and left as it is."""
    until = token(signed_in)["registrationExpiresAt"]
    path = cached(signed_in, "acme")
    path.write_bytes(damage(path.read_bytes()))
    why = f"~/.aws/sso/cache/{path.name} cannot be read as a token"
    assert status(signed_in, identity_center) == (
        table(("acme", "no", "-", f"no: {why}", until[:10])),
        HINT,
        4,
    )
    assert as_json(signed_in, identity_center) == {
        "sessions": [facts_of(identity_center, why_not=why, registration_expires_at=until)]
    }


def test_another_start_url(signed_in: Home, identity_center: Simulator) -> None:
    """The token of another start URL, which has the same file, is no sign-in."""
    until = token(signed_in)["registrationExpiresAt"]
    change(signed_in, startUrl="https://other.awsapps.com/start")
    why = f"~/.aws/sso/cache/{cached(signed_in, 'acme').name} is for another start URL"
    assert as_json(signed_in, identity_center) == {
        "sessions": [facts_of(identity_center, why_not=why, registration_expires_at=until)]
    }


def test_several(signed_in: Home, identity_center: Simulator) -> None:
    """All sessions are listed; exit code 4 and a command for each where a sign-in is needed; --session picks one."""
    sign_in(signed_in, identity_center, "beta")
    url = identity_center.start_url
    with signed_in.config.open("a") as file:
        for name in ("'my company'", "gamma"):
            file.write(f"\n[sso-session {name}]\nsso_start_url = {url}\nsso_region = us-east-1\n")
    change(signed_in, "beta", expiresAt=date(1205))
    until = token(signed_in)["registrationExpiresAt"][:10]
    acme = ("acme", "yes", "59m left", "yes", until)
    beta = ("beta", "yes", "20m left", "yes", until)
    odd = ("my company", "no", "-", "no: nobody is signed in", "-")
    gamma = ("gamma", "no", "-", "no: nobody is signed in", "-")
    login = "hint: ssohelper login --session"
    hints = f"{login} 'my company'\n{login} gamma\n"
    assert status(signed_in, identity_center) == (table(acme, beta, odd, gamma), hints, 4)
    assert status(signed_in, identity_center, "--session", "beta") == (table(beta), "", 0)
    assert status(signed_in, identity_center, SSOHELPER_SESSION="gamma") == (
        table(gamma),
        f"{login} gamma\n",
        4,
    )
    listed = as_json(signed_in, identity_center)["sessions"]
    assert [each["session"] for each in listed] == ["acme", "beta", "my company", "gamma"]
    assert [each["signed_in"] for each in listed] == [True, True, False, False]


def test_nothing_configured(home: Home, identity_center: Simulator) -> None:
    """Without any session it says so."""
    assert status(home, identity_center) == (
        "",
        "ssohelper: there is no sso-session in ~/.aws/config\nhint: ssohelper configure\n",
        2,
    )
    configured(home, identity_center)
    assert status(home, identity_center, "--session", "beta") == (
        "",
        "ssohelper: there is no sso-session 'beta'; ~/.aws/config has acme\nhint: ssohelper status --session acme\n",
        2,
    )


def keep(home: Home, role: tuple[str, str], expires_at: str) -> None:
    """Leave role credentials where the AWS CLI would, as it would."""
    facts = {"accountId": role[0], "roleName": role[1], "sessionName": "acme"}
    name = hashlib.sha1(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()  # noqa: S324
    data = {
        "ProviderType": "sso",
        "Credentials": {
            "AccessKeyId": "ASIAXXXXXXXXXXXXXXXX",
            "SecretAccessKey": "planted",
            "SessionToken": "planted",
            "Expiration": expires_at,
            "AccountId": role[0],
        },
    }
    folder = home.path / ".aws" / "cli" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(data))


def test_roles(signed_in: Home, identity_center: Simulator) -> None:
    """Role credentials are listed, the longest lasting first: ours, and those that the AWS CLI has for a profile.

    Expired ones are not, nor what the AWS CLI keeps otherwise, nor what belongs to no profile.
    """
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    named = ("--session", "acme", "--account-id", ROLE[0], "--role-name", ROLE[1])
    answer = json.loads(signed_in.ssohelper("credential-process", *named).stdout)
    soon, gone, unknown = ("333344445555", "ReadOnly"), ("444455556666", "ReadOnly"), ("444455556666", "Nobodys")
    expires_at = date(1210)
    keep(signed_in, soon, expires_at)
    keep(signed_in, gone, date(-1))
    keep(signed_in, unknown, date(1205))
    folder = signed_in.path / ".aws" / "cli" / "cache"
    (folder / "session.db").write_bytes(b"SQLite format 3\0")
    (folder / "assumed.json").write_text(json.dumps({"Credentials": {"Expiration": expires_at}}))
    facts = token(signed_in)
    roles = table(
        ("ReadOnly", "111122223333", "acme", "7h 59m left"),
        ("ReadOnly", "333344445555", "acme", "20m left"),
        header=("role", "account", "session", "credentials"),
    )
    sessions = table(("acme", "yes", "59m left", "yes", facts["registrationExpiresAt"][:10]))
    assert status(signed_in, identity_center) == (f"{sessions}\n{roles}", "", 0)
    assert as_json(signed_in, identity_center)["sessions"][0]["roles"] == [
        {"account_id": "111122223333", "role_name": "ReadOnly", "expires_at": answer["Expiration"]},
        {"account_id": "333344445555", "role_name": "ReadOnly", "expires_at": expires_at},
    ]


def test_roles_of_each_session(signed_in: Home, identity_center: Simulator) -> None:
    """Each role is listed under the session that it was handed out for, and under no other."""
    sign_in(signed_in, identity_center, "beta")
    expected = {}
    for session, account in (("acme", "111122223333"), ("beta", "333344445555")):
        words = ("--session", session, "--account-id", account, "--role-name", "ReadOnly")
        answer = json.loads(signed_in.ssohelper("credential-process", *words).stdout)
        expected[session] = [
            {"account_id": account, "role_name": "ReadOnly", "expires_at": answer["Expiration"]},
        ]
    listed = as_json(signed_in, identity_center)["sessions"]
    assert {each["session"]: each["roles"] for each in listed} == expected


def test_watch(signed_in: Home, identity_center: Simulator) -> None:
    """With --watch a change by another process shows within seconds; Ctrl-C ends it with the exit code for it."""
    identity_center.counters.reset()
    watching = signed_in.terminal("status", "--watch")
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +yes +59m left +yes")
    assert identity_center.counters.calls == {}
    assert signed_in.ssohelper("logout").returncode == 0
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +no +- +no: nobody is signed in", timeout=SOON_SECONDS)
    assert signed_in.ssohelper("login").returncode == 0
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +yes +59m left +yes", timeout=SOON_SECONDS)
    assert signed_in.ssohelper("logout").returncode == 0
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +no", timeout=SOON_SECONDS)
    watching.sendintr()
    watching.expect(r"hint:\S* ssohelper login --session acme\r\n")
    watching.expect(pexpect.EOF)
    watching.close()
    assert watching.exitstatus == 4


def test_watch_for_programs(signed_in: Home) -> None:
    """Into a pipe --watch prints each state once, as it changes, and nothing that clears a screen."""
    words = command("ssohelper", "status", "--watch", "--json")
    watching = subprocess.Popen(words, env=signed_in.environment, stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    first = document(watching)
    time.sleep(2.5)  # nothing changes for two looks
    assert signed_in.ssohelper("logout").returncode == 0
    second = document(watching)
    watching.send_signal(signal.SIGINT)
    rest, _ = watching.communicate(timeout=HANG_SECONDS)
    signed = [[session["signed_in"] for session in each["sessions"]] for each in (first, second)]
    assert (signed, rest, watching.returncode) == ([[True], [False]], "", 4)


def document(process: "subprocess.Popen[str]") -> Any:
    """The next JSON document that a process prints."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(f"no document: {text}")
