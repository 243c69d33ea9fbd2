"""What is missing degrades, it does not block: credentials are handed out without locks, state folder or home."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.company import ACCOUNT, ROLE, Company, make_company
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home, command, wait_for
from tests.fixtures.refusals import unprivileged

pytestmark = pytest.mark.full

NAMED = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
PROCESS = ("credential-process", *NAMED)
KEY_ID = 'python -c "import boto3; print(boto3.Session().get_credentials().access_key)"'
NO_STATE = "/proc/no"
NO_LOCKS = (
    f"ssohelper: working without locks: can't make the folder {NO_STATE}/ssohelper/locks: no such file or directory\n"
)


@pytest.fixture
def company(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company, signed in."""
    with make_company(make_home, auto_approve=True) as company:
        company.sign_in()
        yield company


def role_of(company: Company, key_id: str) -> tuple[str, str]:
    """The role for which a key was issued."""
    issued = company.service.issued(key_id)
    return issued.account_id, issued.role_name


def test_no_state_folder(company: Company) -> None:
    """Without a state folder, a sign-in, listings and credentials work, with a warning where a lock is missing."""

    def run(*words: str) -> str:
        done = company.home.ssohelper(*words, XDG_STATE_HOME=NO_STATE)
        assert (done.stderr in ("", NO_LOCKS), done.returncode) == (True, 0), (words, done.stderr)
        return done.stdout

    for name in ("accounts", "roles", "status", "prompt"):
        assert run(name)
    for _ in range(2):  # the second time, from the AWS CLI's cache
        assert role_of(company, json.loads(run(*PROCESS))["AccessKeyId"]) == (ACCOUNT, ROLE)
    assert company.service.counters.calls["GetRoleCredentials"] == 1
    assert "ASIA" in run("env", "--format", "json", *NAMED)
    company.sign_in(left=-60)
    run("accounts")
    assert company.service.counters.calls["CreateToken"] == 1
    done = company.home.ssohelper("logout", XDG_STATE_HOME=NO_STATE)
    cached = list((company.home.path / ".aws" / "cli" / "cache").iterdir())
    assert (done.stderr, company.token_file.exists(), cached) == (
        f"{NO_LOCKS}ssohelper: signed out of acme\n",
        False,
        [],
    )
    done = company.home.ssohelper("login", "--device-code", XDG_STATE_HOME=NO_STATE)
    assert (done.stderr.splitlines()[-1], done.returncode) == (
        "ssohelper: signed in to acme",
        0,
    )


@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
def test_exec_without_state_folder(company: Company, via: str) -> None:
    """`exec` keeps its files in a temporary folder, which is gone afterwards."""
    temporary = company.home.path / "tmp"
    temporary.mkdir()
    python = KEY_ID.replace("python", sys.executable, 1)
    words = ("exec", "--via", via, *NAMED, "--", "sh", "-c", f"{python}; ssohelper status >&2")
    path = f"{Path(sys.executable).parent}:{company.home.environment['PATH']}"
    done = company.home.ssohelper(*words, XDG_STATE_HOME=NO_STATE, TMPDIR=str(temporary), PATH=path)
    assert (role_of(company, done.stdout.strip()), done.returncode) == ((ACCOUNT, ROLE), 0), done.stderr
    assert "acme" in done.stderr
    wait_for(lambda: not any(temporary.iterdir()))


def test_read_only_home(company: Company) -> None:
    """In a home folder that cannot be written, credentials are requested by each process."""
    company.home.ssohelper("accounts")  # makes the state folder
    for folder in (company.home.path, *(each for each in company.home.path.rglob("*") if each.is_dir())):
        folder.chmod(0o500)
    try:
        for _ in range(2):
            done = unprivileged(company.home, *PROCESS)
            assert role_of(company, json.loads(done.stdout)["AccessKeyId"]) == (ACCOUNT, ROLE)
            assert done.returncode == 0
    finally:
        for folder in (company.home.path, *(each for each in company.home.path.rglob("*") if each.is_dir())):
            folder.chmod(0o700)


def test_sensitive_role(company: Company) -> None:
    """A sensitive role needs an unlock and an audit entry, so it needs the state folder."""
    company.home.settings.parent.mkdir(parents=True, exist_ok=True)
    company.home.settings.write_text(f'[defaults]\nsensitive_roles = ["*/{ROLE}"]\n')
    done = company.home.ssohelper(*PROCESS, XDG_STATE_HOME=NO_STATE)
    assert (done.stdout, done.returncode, company.service.counters.calls) == ("", 1, {})
    assert f"{ROLE} in {ACCOUNT} is a sensitive role, and not unlocked" in done.stderr


COMMANDS = (
    "status",
    "accounts",
    "roles",
    "doctor",
    "sync",
    "login",
    "logout",
    "prompt",
    "agent status",
    "log",
    "why",
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user that does not exist")
@pytest.mark.parametrize("words", [*COMMANDS, " ".join(PROCESS)])
def test_no_home(make_home: Callable[..., Home], tmp_path: Path, words: str) -> None:
    """A user without a home folder and without an entry in the password file gets an answer, as in botocore."""
    home = make_home()
    environment = {name: value for name, value in home.environment.items() if name != "HOME"}
    done = subprocess.run(
        (need("setpriv"), "--reuid", "54321", "--clear-groups", *command("ssohelper", *words.split())),
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert "bug" not in done.stderr
    assert done.returncode in (0, 1, 2, 4)


@pytest.mark.parametrize("files", [6, 7, 8, 9, 10, 12])
def test_few_file_descriptors(company: Company, files: int) -> None:
    """With few file descriptors it works or says so."""
    done = company.home.run("sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command("ssohelper", *PROCESS))
    if done.returncode == 0:
        assert role_of(company, json.loads(done.stdout)["AccessKeyId"]) == (ACCOUNT, ROLE)
    else:
        assert files < 10
        assert "too many open files" in done.stderr
        assert "bug" not in done.stderr


def ignored(company: Company, problem: str) -> str:
    """The warning of a state folder that is ignored."""
    return f"ssohelper: ignoring ~/{company.home.state.relative_to(company.home.path)}: {problem}\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_planted_answers(company: Company) -> None:
    """A state folder of another user is ignored, with a warning: its answers may be planted."""
    company.home.ssohelper(*PROCESS)
    planted = company.home.state / "answers" / "acme" / ACCOUNT / ROLE
    planted.write_text(planted.read_text().replace("ASIA", "EVIL"))
    for path in (company.home.state, planted):
        os.chown(path, 12345, -1)
    for words in (("ssohelper-credential-process", *NAMED), ("ssohelper", *PROCESS)):
        done = company.home.run(*words)
        assert role_of(company, json.loads(done.stdout)["AccessKeyId"]) == (ACCOUNT, ROLE)
        assert done.stderr.startswith(ignored(company, "it belongs to another user"))


def test_state_folder_that_others_can_change(company: Company) -> None:
    """So is one that others can change."""
    company.home.ssohelper("accounts")
    company.home.state.chmod(0o770)
    done = company.home.ssohelper("accounts")
    assert (done.stderr, done.returncode) == (ignored(company, "other users can change it"), 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_token_of_another_user(company: Company) -> None:
    """A token file of another user is ignored, and the message says so."""
    os.chown(company.token_file, 12345, -1)
    done = company.home.ssohelper("accounts")
    shown = f"~/.aws/sso/cache/{company.token_file.name}"
    message = f"ssohelper: not signed in to acme: {shown} belongs to another user\n"
    assert (done.stderr.startswith(message), done.returncode) == (True, 4)


def test_deleted_state_folder(company: Company) -> None:
    """A state folder that is deleted is made again."""
    company.home.ssohelper(*PROCESS)
    shutil.rmtree(company.home.state)
    done = company.home.ssohelper(*PROCESS)
    assert (done.stderr, done.returncode) == ("", 0)
