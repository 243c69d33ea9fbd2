"""`ssohelper status`: the state of every session, without a request and without changing a file."""

import hashlib
import json
import re
import signal
import subprocess
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
HEADER = ("session", "next sign-in", "access token", "auto-refresh", "registration expires")
# How soon a change must show: two of the intervals of a second, and a margin for busy machines.
SOON_SECONDS = 10


def status(home: Home, center: Simulator, *words: str, **more: str) -> tuple[str, str, int]:
    """The output and exit code of `status`, which makes no request and changes no file."""
    before = snapshot(home)
    center.counters.reset()
    done = home.ssohelper("status", *words, **more)
    assert center.counters.calls == {}
    assert snapshot(home) == before
    return done.stdout, done.stderr, done.returncode


def snapshot(home: Home) -> dict[str, tuple[int, int, int, bytes]]:
    """The inode, time, mode and content of every file and folder in the home folder."""
    found = {}
    for each in home.path.rglob("*"):
        facts = each.lstat()
        data = each.read_bytes() if each.is_file() else b""
        found[str(each)] = (facts.st_ino, facts.st_mtime_ns, facts.st_mode, data)
    return found


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> str:
    """The header and rows, aligned in columns."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def cached(home: Home, name: str) -> Path:
    """The file in the AWS CLI's token cache for the name of a session, or for a start URL."""
    return home.path / ".aws" / "sso" / "cache" / f"{hashlib.sha1(name.encode()).hexdigest()}.json"  # noqa: S324


def token(home: Home, name: str = "acme") -> dict[str, Any]:
    """The content of a session's token file."""
    found: dict[str, Any] = json.loads(cached(home, name).read_bytes())
    return found


def change(home: Home, name: str = "acme", **facts: str | None) -> None:
    """Change the token file of a session; None removes a key."""
    changed = {**token(home, name), **facts}
    cached(home, name).write_text(json.dumps({key: value for key, value in changed.items() if value is not None}))


def date(seconds: float = 0.0) -> str:
    """The date that many seconds from now, as the AWS CLI writes it."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def configured(home: Home, center: Simulator, name: str = "acme") -> None:
    """Configure a session."""
    words = ("--session", name, "--start-url", center.start_url, "--region", center.region)
    assert home.ssohelper("configure", *words).returncode == 0


def row(center: Simulator, name: str = "acme", **more: Any) -> dict[str, Any]:
    """The JSON of a session; without `more`, of one that was never signed in to."""
    return {
        "session": name,
        "start_url": center.start_url,
        "region": "us-east-1",
        "signed_in": False,
        "next_sign_in_at": None,
        "access_token_expires_at": None,
        "auto_refresh": False,
        "auto_refresh_problem": "not signed in",
        "registration_expires_at": None,
        "roles": [],
        "login_command": f"ssohelper login --session {name}",
        **more,
    }


def as_json(home: Home, center: Simulator, *words: str) -> Any:
    """What `status --json` prints."""
    return json.loads(status(home, center, "--json", *words)[0])


def test_never_signed_in(home: Home, identity_center: Simulator) -> None:
    """Before the first sign-in, it shows the command for it; the exit code is 4."""
    configured(home, identity_center)
    assert status(home, identity_center) == (
        table(("acme", "now", "-", "no", "-")),
        HINT,
        4,
    )
    printed, errors, code = status(home, identity_center, "--json")
    assert (json.loads(printed), errors, code) == ({"sessions": [row(identity_center)]}, HINT, 4)


def test_fresh(signed_in: Home, identity_center: Simulator) -> None:
    """A new sign-in is refreshed automatically; it shows when token and registration expire; the exit code is 0."""
    facts = token(signed_in)
    assert status(signed_in, identity_center) == (
        table(("acme", "not known", "59m left", "yes", facts["registrationExpiresAt"][:10])),
        "",
        0,
    )
    printed, errors, code = status(signed_in, identity_center, "--json")
    expected = row(
        identity_center,
        signed_in=True,
        access_token_expires_at=facts["expiresAt"],
        auto_refresh=True,
        auto_refresh_problem=None,
        registration_expires_at=facts["registrationExpiresAt"],
    )
    assert (json.loads(printed), errors, code) == ({"sessions": [expected]}, "", 0)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(7290, "2h 01m left"), (630, "10m left"), (-1, "expired"), (-7 * 24 * 3600, "expired")],
    ids=["new", "expires soon", "just expired", "expired long ago"],
)
def test_refreshable(signed_in: Home, identity_center: Simulator, seconds: int, left: str) -> None:
    """With a token that can be refreshed you are signed in, even if it expires soon or has expired."""
    change(signed_in, expiresAt=date(seconds))
    facts = token(signed_in)
    assert status(signed_in, identity_center) == (
        table(("acme", "not known", left, "yes", facts["registrationExpiresAt"][:10])),
        "",
        0,
    )
    assert as_json(signed_in, identity_center) == {
        "sessions": [
            row(
                identity_center,
                signed_in=True,
                access_token_expires_at=facts["expiresAt"],
                auto_refresh=True,
                auto_refresh_problem=None,
                registration_expires_at=facts["registrationExpiresAt"],
            )
        ]
    }


REASONS: dict[str, dict[str, str | None]] = {
    "no refresh token": {"refreshToken": None},
    "no client registration": {"clientSecret": None},
    "the client registration has expired": {"registrationExpiresAt": "2026-01-02T03:04:05Z"},
}


@pytest.mark.parametrize("expired", [False, True], ids=["good", "expired"])
@pytest.mark.parametrize("problem", REASONS)
def test_not_refreshable(signed_in: Home, identity_center: Simulator, problem: str, *, expired: bool) -> None:
    """If a token cannot be refreshed, the reason is shown; you are signed in until it expires."""
    change(signed_in, "acme", expiresAt=date(-1 if expired else 605), **REASONS[problem])
    facts = token(signed_in)
    # If the token file has no registration, the one in its own file is shown.
    until = facts.get("registrationExpiresAt", "")
    assert status(signed_in, identity_center) == (
        table(
            (
                "acme",
                "now" if expired else "in 10m",
                "expired" if expired else "10m left",
                f"no: {problem}",
                until[:10],
            )
        ),
        HINT if expired else "",
        4 if expired else 0,
    )
    assert as_json(signed_in, identity_center) == {
        "sessions": [
            row(
                identity_center,
                signed_in=not expired,
                next_sign_in_at=None if expired else facts["expiresAt"],
                access_token_expires_at=facts["expiresAt"],
                auto_refresh_problem=problem,
                registration_expires_at=until,
            )
        ]
    }


@pytest.mark.full
def test_rejected_refresh_token(signed_in: Home, identity_center: Simulator) -> None:
    """A refresh token that the service has rejected is remembered; a new sign-in makes up for it."""
    identity_center.revoke_all_tokens()
    change(signed_in, expiresAt=date(-1))
    until = token(signed_in)["registrationExpiresAt"][:10]
    assert status(signed_in, identity_center) == (table(("acme", "not known", "expired", "yes", until)), "", 0)
    assert signed_in.ssohelper("accounts").returncode == 4
    assert status(signed_in, identity_center) == (
        table(("acme", "now", "expired", "no: the refresh token was rejected", until)),
        HINT,
        4,
    )
    assert signed_in.ssohelper("login").returncode == 0
    assert status(signed_in, identity_center)[2] == 0


def test_rejected_access_token(signed_in: Home, identity_center: Simulator) -> None:
    """Once the portal has rejected a token, you are not signed in, whatever its expiration is."""
    identity_center.revoke_all_tokens()
    change(signed_in, refreshToken=None)
    until = token(signed_in)["registrationExpiresAt"][:10]
    good = table(("acme", "in 59m", "59m left", "no: no refresh token", until))
    assert status(signed_in, identity_center) == (good, "", 0)
    assert signed_in.ssohelper("accounts").returncode == 4
    rejected = good.replace("in 59m", "now   ")
    assert status(signed_in, identity_center) == (rejected, HINT, 4)
    assert as_json(signed_in, identity_center) == {
        "sessions": [
            row(
                identity_center,
                access_token_expires_at=token(signed_in)["expiresAt"],
                auto_refresh_problem="no refresh token",
                registration_expires_at=token(signed_in)["registrationExpiresAt"],
            )
        ]
    }


def test_legacy(home: Home, identity_center: Simulator) -> None:
    """A profile without sso_session is listed by its start URL, and its sign-in is never refreshed."""
    url = identity_center.start_url
    home.config.parent.mkdir()
    home.config.write_text(
        f"[profile old]\nsso_start_url = {url}\nsso_region = us-east-1\nsso_account_id = 111122223333\n"
        "sso_role_name = ReadOnly\n"
    )
    assert status(home, identity_center) == (
        table((url, "now", "-", "no", "-")),
        f"hint: ssohelper login --session {url}\n",
        4,
    )
    assert home.ssohelper("login").returncode == 0
    facts = token(home, url)
    problem = "profiles without sso_session have no refresh token"
    assert status(home, identity_center) == (
        table((url, "in 7h 59m", "7h 59m left", f"no: {problem}", facts["registrationExpiresAt"][:10])),
        "",
        0,
    )
    assert as_json(home, identity_center) == {
        "sessions": [
            row(
                identity_center,
                url,
                signed_in=True,
                next_sign_in_at=facts["expiresAt"],
                access_token_expires_at=facts["expiresAt"],
                auto_refresh_problem=problem,
                registration_expires_at=facts["registrationExpiresAt"],
            )
        ]
    }


DAMAGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "garbage": lambda _: b"\x00\xff",
    "a list": lambda _: b"[]",
    "an invalid date": lambda data: data.replace(b'"expiresAt": "', b'"expiresAt": "x'),
    "a number for a token": lambda data: re.sub(rb'"accessToken": "[^"]+"', b'"accessToken": 1', data),
}


@pytest.mark.full
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged(signed_in: Home, identity_center: Simulator, damage: Callable[[bytes], bytes]) -> None:
    """A token file that is invalid is named, and not changed."""
    until = token(signed_in)["registrationExpiresAt"]
    path = cached(signed_in, "acme")
    path.write_bytes(damage(path.read_bytes()))
    problem = f"~/.aws/sso/cache/{path.name} is not a valid token file"
    assert status(signed_in, identity_center) == (
        table(("acme", "now", "-", f"no: {problem}", until[:10])),
        HINT,
        4,
    )
    assert as_json(signed_in, identity_center) == {
        "sessions": [row(identity_center, auto_refresh_problem=problem, registration_expires_at=until)]
    }


def test_another_start_url(signed_in: Home, identity_center: Simulator) -> None:
    """A token file that is for another start URL is ignored."""
    until = token(signed_in)["registrationExpiresAt"]
    change(signed_in, startUrl="https://other.awsapps.com/start")
    problem = f"~/.aws/sso/cache/{cached(signed_in, 'acme').name} is for another start URL"
    assert as_json(signed_in, identity_center) == {
        "sessions": [row(identity_center, auto_refresh_problem=problem, registration_expires_at=until)]
    }


def test_several(signed_in: Home, identity_center: Simulator) -> None:
    """All sessions are listed, with a login command where one is needed (exit code 4); --session selects one."""
    sign_in(signed_in, identity_center, "beta")
    url = identity_center.start_url
    with signed_in.config.open("a") as file:
        for name in ("'my company'", "gamma"):
            file.write(f"\n[sso-session {name}]\nsso_start_url = {url}\nsso_region = us-east-1\n")
    change(signed_in, "beta", expiresAt=date(1205))
    until = token(signed_in)["registrationExpiresAt"][:10]
    acme = ("acme", "not known", "59m left", "yes", until)
    beta = ("beta", "not known", "20m left", "yes", until)
    odd = ("my company", "now", "-", "no", "-")
    gamma = ("gamma", "now", "-", "no", "-")
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
    """Without any session, or with an unknown one, it says so."""
    assert status(home, identity_center) == (
        "",
        "ssohelper: no sso-session configured in ~/.aws/config\nhint: ssohelper setup\n",
        2,
    )
    configured(home, identity_center)
    assert status(home, identity_center, "--session", "beta") == (
        "",
        "ssohelper: sso-session 'beta' not found in ~/.aws/config\nhint: configured: acme\n",
        2,
    )


def cache_role(home: Home, role: tuple[str, str], expires_at: str) -> None:
    """Cache role credentials as the AWS CLI does."""
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
    """Valid role credentials are listed, the latest expiration first: ours, and the AWS CLI's for profiles.

    Other files of the AWS CLI are ignored, as are credentials without a profile.
    """
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    named = ("--session", "acme", "--account-id", ROLE[0], "--role-name", ROLE[1])
    answer = json.loads(signed_in.ssohelper("credential-process", *named).stdout)
    soon, expired, unknown = ("333344445555", "ReadOnly"), ("444455556666", "ReadOnly"), ("444455556666", "Unknown")
    expires_at = date(1210)
    cache_role(signed_in, soon, expires_at)
    cache_role(signed_in, expired, date(-1))
    cache_role(signed_in, unknown, date(1205))
    folder = signed_in.path / ".aws" / "cli" / "cache"
    (folder / "session.db").write_bytes(b"SQLite format 3\0")
    (folder / "assumed.json").write_text(json.dumps({"Credentials": {"Expiration": expires_at}}))
    facts = token(signed_in)
    roles = table(
        ("ReadOnly", "management (111122223333)", "acme", "7h 59m left"),
        ("ReadOnly", "payments-prod (333344445555)", "acme", "20m left"),
        header=("role", "account", "session", "credentials"),
    )
    sessions = table(("acme", "not known", "59m left", "yes", facts["registrationExpiresAt"][:10]))
    assert status(signed_in, identity_center) == (f"{sessions}\n{roles}", "", 0)
    management = {"account_id": "111122223333", "account_name": "management"}
    payments = {"account_id": "333344445555", "account_name": "payments-prod"}
    assert as_json(signed_in, identity_center)["sessions"][0]["roles"] == [
        {**management, "role_name": "ReadOnly", "expires_at": answer["Expiration"]},
        {**payments, "role_name": "ReadOnly", "expires_at": expires_at},
    ]


@pytest.mark.full
def test_roles_of_each_session(signed_in: Home, identity_center: Simulator) -> None:
    """Each role is listed under the session that its credentials were requested for, and under no other."""
    sign_in(signed_in, identity_center, "beta")
    expected = {}
    for session, account in (("acme", "111122223333"), ("beta", "333344445555")):
        words = ("--session", session, "--account-id", account, "--role-name", "ReadOnly")
        answer = json.loads(signed_in.ssohelper("credential-process", *words).stdout)
        expected[session] = [
            {
                "account_id": account,
                "account_name": None,  # not listed yet
                "role_name": "ReadOnly",
                "expires_at": answer["Expiration"],
            },
        ]
    listed = as_json(signed_in, identity_center)["sessions"]
    assert {each["session"]: each["roles"] for each in listed} == expected


@pytest.mark.full
def test_watch(signed_in: Home, identity_center: Simulator) -> None:
    """--watch shows changes by other processes within seconds; after Ctrl-C the exit code is that of `status`."""
    identity_center.counters.reset()
    watching = signed_in.terminal("status", "--watch")
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +not known +59m left +yes")
    assert identity_center.counters.calls == {}
    assert signed_in.ssohelper("logout").returncode == 0
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +now +- +no", timeout=SOON_SECONDS)
    assert signed_in.ssohelper("login").returncode == 0
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +not known +59m left +yes", timeout=SOON_SECONDS)
    assert signed_in.ssohelper("logout").returncode == 0
    watching.expect(r"\x1b\[H\x1b\[2J.*acme +no", timeout=SOON_SECONDS)
    watching.sendintr()
    watching.expect(r"hint:\S* ssohelper login --session acme\r\n")
    watching.expect(pexpect.EOF)
    watching.close()
    assert watching.exitstatus == 4


@pytest.mark.full
def test_watch_in_a_pipe(signed_in: Home) -> None:
    """Into a pipe, --watch prints each state once, when it changes, and no terminal codes."""
    words = command("ssohelper", "status", "--watch", "--json")
    watching = subprocess.Popen(words, env=signed_in.environment, stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    first = document(watching)
    time.sleep(2.5)  # two checks without a change
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


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_profile_inside_exec(signed_in: Home, variable: str) -> None:
    """If a profile was set again inside `exec`, it says that there are two identities."""
    inside = {"SSOHELPER_EXEC": "acme 333344445555 ReadOnly"}
    profile = ["[profile other]", "sso_session = acme", "sso_account_id = 111122223333", "sso_role_name = ReadOnly"]
    signed_in.config.write_text("\n".join([signed_in.config.read_text(), *profile, ""]))
    done = signed_in.ssohelper("status", **inside, **{variable: "other"})
    assert done.stderr.splitlines() == [
        f"ssohelper: {variable} is set inside `ssohelper exec`: tools may use that profile or the job's role",
        f"hint: unset {variable}",
    ]
    assert done.returncode == 0
    assert signed_in.ssohelper("status", **inside).stderr == ""


def test_current_profile(signed_in: Home) -> None:
    """A profile in the environment that does not exist, or that is not for Identity Center, is named."""
    with signed_in.config.open("a") as file:
        file.write("[profile keys]\nregion = us-east-1\n")
    unknown = "ssohelper: AWS_PROFILE: profile 'nosuch' not found\nhint: unset AWS_PROFILE\n"
    assert signed_in.ssohelper("status", AWS_PROFILE="nosuch").stderr == unknown
    other = "ssohelper: AWS_DEFAULT_PROFILE: profile 'keys' is not for IAM Identity Center\n"
    assert signed_in.ssohelper("status", AWS_DEFAULT_PROFILE="keys", AWS_PROFILE="nosuch").stderr == other


def test_next_sign_in(signed_in: Home) -> None:
    """With `sign_in_hours`, it says when the next sign-in is due; that is not when the access token expires."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text("[defaults]\nsign_in_hours = 12\n")
    assert signed_in.ssohelper("login", "--force").returncode == 0
    assert re.search(r"^acme +in 11h 59m +59m left +yes ", signed_in.ssohelper("status").stdout, re.MULTILINE)
    (row,) = json.loads(signed_in.ssohelper("status", "--json").stdout)["sessions"]
    assert row["next_sign_in_at"] > row["access_token_expires_at"]
