"""Sensitive roles: no credentials unless a person unlocked the role, and nothing cached."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in
from tests.fixtures.sensitive_roles import (
    BY_NAME,
    BY_ROLE,
    ELSEWHERE,
    LOCKED,
    PAYMENTS,
    PLAIN,
    SANDBOX,
    SENSITIVE,
    audit_log,
    credential_process,
    files_with,
    set_sensitive,
    two_accounts,
    unlock,
)


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center of two accounts."""
    with Simulator(two_accounts(), rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def guarded(home: Home, identity_center: Simulator) -> Home:
    """A home folder, signed in, in which BreakGlass is sensitive in every account."""
    sign_in(home, identity_center)
    home.settings.parent.mkdir(parents=True)
    set_sensitive(home, BY_ROLE)
    return home


def section(home: Home, name: str) -> list[str]:
    """The lines of a profile."""
    return home.config.read_text().partition(f"[profile {name}]\n")[2].partition("\n\n")[0].splitlines()


def profiles(home: Home) -> list[str]:
    """The profiles of the config file."""
    return re.findall(r"^\[profile (.+)\]$", home.config.read_text(), re.MULTILINE)


def as_process(account: str) -> list[str]:
    """The lines of a profile for BreakGlass in the style credential-process."""
    launcher = Path(command("ssohelper")[0]).with_name("ssohelper-credential-process")
    program = str(launcher) if launcher.exists() else f"{command('ssohelper')[0]} credential-process"
    return [
        f"credential_process = {program} --session acme --account-id {account} --role-name BreakGlass",
        "region = us-east-1",
        "ssohelper_session = acme",
        f"ssohelper_account_id = {account}",
        "ssohelper_role_name = BreakGlass",
    ]


def test_sync(guarded: Home) -> None:
    """Sync adds no profile for a sensitive role; with --sensitive it does, in the style credential-process."""
    done = guarded.ssohelper("sync", "--yes", "--style", "sso")
    assert done.returncode == 0
    assert profiles(guarded) == ["payments.ReadOnly", "sandbox.ReadOnly"]
    done = guarded.ssohelper("sync", "--yes", "--style", "sso", "--sensitive")
    assert done.stdout.splitlines()[-1] == "2 to add, 2 unchanged"
    assert section(guarded, "payments.BreakGlass") == as_process(PAYMENTS)
    assert section(guarded, "sandbox.BreakGlass") == as_process(SANDBOX)
    done = guarded.ssohelper("sync", "--yes")
    assert (done.stdout.splitlines()[-1], done.returncode) == ("nothing to do, 4 unchanged", 0)


def test_sync_mentions_omitted_roles(guarded: Home) -> None:
    """Sync says how many sensitive roles get no profile."""
    done = guarded.ssohelper("sync", "--yes")
    message = "2 sensitive roles get no profile: ssohelper sync --sensitive adds them"
    assert done.stderr.splitlines()[0] == f"ssohelper: {message}"


@pytest.mark.full
def test_existing_profile(guarded: Home) -> None:
    """The profile of a role that becomes sensitive is changed to the style credential-process."""
    guarded.settings.unlink()
    guarded.ssohelper("sync", "--yes")
    assert "sso_role_name = BreakGlass" in section(guarded, "payments.BreakGlass")
    set_sensitive(guarded, BY_ROLE)
    done = guarded.ssohelper("sync", "--yes")
    assert done.stdout.splitlines()[-1] == "2 to change, 2 unchanged"
    # Existing keys keep their place, new ones are added after them.
    assert sorted(section(guarded, "payments.BreakGlass")) == sorted(as_process(PAYMENTS))
    assert sorted(section(guarded, "sandbox.BreakGlass")) == sorted(as_process(SANDBOX))


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "words",
    [("ssohelper", "credential-process"), ("ssohelper-credential-process",), ("ssohelper", "env")],
    ids=" ".join,
)
def test_locked(guarded: Home, identity_center: Simulator, words: tuple[str, ...]) -> None:
    """A locked role is refused without a request and without an entry in the audit log; other roles are not."""
    identity_center.counters.reset()
    done = guarded.run(*words, *SENSITIVE)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)
    assert identity_center.counters.calls == {}
    assert audit_log(guarded) == []
    assert guarded.run(*words, *PLAIN).returncode == 0


def test_not_cached(guarded: Home, identity_center: Simulator) -> None:
    """Credentials of a sensitive role are requested each time, and are in no file; those of other roles are."""
    unlock(guarded)
    identity_center.counters.reset()
    first, second = (credential_process(guarded, *SENSITIVE) for _ in range(2))
    assert first["AccessKeyId"] != second["AccessKeyId"]
    assert identity_center.counters.calls == {"GetRoleCredentials": 2}
    assert [files_with(guarded, each) for each in (first, second)] == [[], []]
    assert len(files_with(guarded, credential_process(guarded, *PLAIN))) == 2
    assert json.loads(guarded.ssohelper("status", "--json").stdout)["sessions"][0]["roles"] != []
    assert "BreakGlass" not in guarded.ssohelper("status").stdout


@pytest.mark.full
def test_role_becomes_sensitive(guarded: Home) -> None:
    """When a role becomes sensitive, the next sync deletes its cached credentials; a dry run does not."""
    guarded.settings.unlink()
    answer = credential_process(guarded, *SENSITIVE)
    cached = files_with(guarded, answer)
    assert len(cached) == 2
    plain = credential_process(guarded, *PLAIN)
    set_sensitive(guarded, BY_ROLE)
    assert guarded.ssohelper("sync", "--dry-run").returncode == 0
    assert files_with(guarded, answer) == cached
    assert guarded.ssohelper("sync", "--yes").returncode == 0
    assert (files_with(guarded, answer), len(files_with(guarded, plain))) == ([], 2)
    done = guarded.run("ssohelper-credential-process", *SENSITIVE)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)


@pytest.mark.full
def test_role_becomes_sensitive_without_sync(guarded: Home) -> None:
    """Without a sync, cached credentials are not handed out either, and are deleted at the next use."""
    guarded.settings.unlink()
    answer = credential_process(guarded, *SENSITIVE)
    set_sensitive(guarded, BY_ROLE)
    done = guarded.run("ssohelper-credential-process", *SENSITIVE)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)
    assert files_with(guarded, answer) == []


def test_no_audit_log(guarded: Home, identity_center: Simulator) -> None:
    """If the audit log cannot be written, no credentials are requested."""
    unlock(guarded)
    (guarded.state / "audit-log.jsonl").unlink()
    (guarded.state / "audit-log.jsonl").mkdir()
    identity_center.counters.reset()
    done = guarded.ssohelper("credential-process", *SENSITIVE)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        (
            "ssohelper: can't write ~/.local/state/ssohelper/audit-log.jsonl: is a directory\n"
            "hint: ls -ld ~/.local/state/ssohelper\n"
        ),
        1,
    )
    assert identity_center.counters.calls == {}


def account_names(home: Home) -> Path:
    """The file with the names of the accounts."""
    (path,) = (home.state / "account-names").iterdir()
    return path


def test_glob_with_account_name(guarded: Home, identity_center: Simulator) -> None:
    """For a glob with an account name, the accounts are listed once, and again after a day."""
    set_sensitive(guarded, BY_NAME)
    identity_center.counters.reset()
    assert guarded.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
    assert identity_center.counters.calls == {"ListAccounts": 1}
    credential_process(guarded, *PLAIN)
    credential_process(guarded, *ELSEWHERE)
    other = ("--session", "acme", "--account-id", SANDBOX, "--role-name", "BreakGlass")
    credential_process(guarded, *other)
    assert identity_center.counters.calls == {"ListAccounts": 1, "GetRoleCredentials": 3}
    path = account_names(guarded)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "listed_at": time.time() - 24 * 3600 - 5}))
    for _ in range(2):
        assert guarded.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
    assert identity_center.counters.calls == {"ListAccounts": 2, "GetRoleCredentials": 3}


def test_account_names_are_listed_once(guarded: Home, identity_center: Simulator) -> None:
    """Concurrent processes list the accounts once."""
    set_sensitive(guarded, BY_NAME)
    identity_center.counters.reset()
    identity_center.conditions.latency = 1.0
    words = command("ssohelper", "credential-process", *SENSITIVE)
    running = [
        subprocess.Popen(words, env=guarded.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    errors = [each.communicate(timeout=HANG_SECONDS)[1] for each in running]
    waited = r"ssohelper: waiting for process (\d+|\?) \(account names of acme\)\n"
    assert [re.sub(waited, "", each) for each in errors] == [LOCKED] * 4
    assert identity_center.counters.calls == {"ListAccounts": 1}


@pytest.mark.full
def test_account_names_after_sync(guarded: Home, identity_center: Simulator) -> None:
    """After a sync, the accounts need not be listed again."""
    set_sensitive(guarded, BY_NAME)
    guarded.ssohelper("sync", "--yes")
    identity_center.counters.reset()
    assert guarded.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
    assert identity_center.counters.calls == {}


@pytest.mark.full
@pytest.mark.parametrize("words", [SENSITIVE, PLAIN], ids=["sensitive", "other"])
def test_unknown_account_names(guarded: Home, identity_center: Simulator, words: tuple[str, ...]) -> None:
    """While the account names cannot be listed, no role is handed out, not even if its credentials are cached."""
    guarded.settings.unlink()
    credential_process(guarded, *SENSITIVE)
    set_sensitive(guarded, '["payments*"]')
    for path in (guarded.state / "answers").rglob("*"):
        if path.is_file():
            path.unlink()
    identity_center.faults.add("ListAccounts", Fault.error(403), None)
    identity_center.counters.reset()
    done = guarded.ssohelper("credential-process", *words)
    assert (done.stdout, done.returncode != 0) == ("", True)
    assert "GetRoleCredentials" not in identity_center.counters.calls
    identity_center.faults.clear()
    done = guarded.ssohelper("credential-process", *words)
    assert (done.stdout, done.stderr) == ("", LOCKED.replace("BreakGlass", words[-1]))


@pytest.mark.full
def test_new_account(guarded: Home, identity_center: Simulator) -> None:
    """If an account is not in the cached names, they are listed again."""
    set_sensitive(guarded, BY_NAME)
    assert guarded.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
    identity_center.world.add_account(Account("444455556666", "payments-2"))
    identity_center.world.assign("444455556666", "BreakGlass")
    done = guarded.ssohelper("credential-process", *SENSITIVE[:3], "444455556666", *SENSITIVE[4:])
    assert (done.stdout[:12], done.stderr, done.returncode) == ("", LOCKED.replace(PAYMENTS, "444455556666"), 1)


NAMELESS = [
    [],
    [{"accountId": PAYMENTS}],
    [{"accountId": PAYMENTS, "accountName": None}],
    [{"accountId": PAYMENTS, "accountName": ""}],
]


@pytest.mark.parametrize("accounts", NAMELESS, ids=["none", "without", "null", "empty"])
@pytest.mark.first_is_quick
def test_account_without_a_name(guarded: Home, identity_center: Simulator, accounts: list[dict[str, str]]) -> None:
    """An account whose name is not listed may be the one of a glob: its roles of that name are refused."""
    set_sensitive(guarded, BY_NAME)
    body = json.dumps({"accountList": accounts}).encode()
    identity_center.faults.add("ListAccounts", Fault.response(body), None)
    assert guarded.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
    credential_process(guarded, *PLAIN)


@pytest.mark.parametrize("words", [("credential-process", *SENSITIVE), ("env", *SENSITIVE)], ids=["process", "env"])
def test_unmounted_settings(guarded: Home, words: tuple[str, ...]) -> None:
    """While config.toml cannot be reached, it is not known which roles are sensitive: no credentials."""
    guarded.settings.rename(guarded.path / "away")
    guarded.settings.symlink_to(guarded.path / "unmounted" / "config.toml")
    done = guarded.ssohelper(*words)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: can't read ~/.config/ssohelper/config.toml: dangling symlink\nhint: ls -l ~/.config/ssohelper\n",
        1,
    )


def test_logout_locks(guarded: Home) -> None:
    """After a sign-out, a role has to be unlocked again."""
    unlock(guarded)
    credential_process(guarded, *SENSITIVE)
    assert guarded.ssohelper("logout").returncode == 0
    assert [entry["event"] for entry in audit_log(guarded)] == ["unlock", "issue", "lock"]
    assert guarded.ssohelper("login").returncode == 0
    assert guarded.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
