"""Answers are prepared for the launcher, which hands out what is whole, fresh and for that very role, or nothing."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

import ssohelper
from ssohelper.credentials import answer, prepared
from ssohelper.credentials.answer import Record
from ssohelper.model import RoleCredentials, Session
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home, command, environment, sign_in

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
ACCOUNT, ROLE = "111122223333", "ReadOnly"
WORDS = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
NOW = 1767225600.0  # 2026-01-01T00:00:00Z
CREDENTIALS = RoleCredentials(ACCOUNT, ROLE, "ASIAKEY", 'secret/+="\\n', "session %s/+=", NOW + 3600)
JSON = (
    '{"Version": 1, "AccessKeyId": "ASIAKEY", "SecretAccessKey": "secret/+=\\"\\\\n", '
    '"SessionToken": "session %s/+=", "Expiration": "2026-01-01T01:00:00Z", "AccountId": "111122223333"}'
)
# The shells that may be a system's sh.
SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"], "sh": ["sh"]}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of this process, in a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path / "home" / ".local" / "state" / "ssohelper"


@pytest.fixture
def path(state: Path) -> Path:
    """Where the answer for the role is."""
    return state / "answers" / "acme" / ACCOUNT / ROLE


@dataclass(frozen=True, slots=True)
class Launcher:
    """The launcher of this checkout in a folder of its own; `words` are the shell that runs it."""

    path: Path
    words: list[str]
    environment: dict[str, str]

    def install_command(self) -> None:
        """Lay the real command beside it, as pip does; without it only prepared answers can be had."""
        (self.path.parent / "ssohelper").symlink_to(command("ssohelper")[0])

    def run(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """What it does with these words."""
        return subprocess.run(
            [*self.words, str(self.path), *words],
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )

    def quick(self) -> str | None:
        """The prepared answer to the usual words, if it hands one out; the real command is not there."""
        done = self.run(*WORDS)
        assert (done.returncode == 0) == bool(done.stdout), done
        return done.stdout or None


def shells() -> list[str]:
    """Those that are here, `sh` only where it is another one; without dash or bash their tests say so."""
    sh = Path(os.path.realpath(shutil.which("sh") or "sh")).name
    others = {"busybox": shutil.which("busybox") is not None, "sh": sh not in SHELLS}
    return ["dash", "bash", *(name for name, here in others.items() if here)]


@pytest.fixture(params=shells())
def launcher(request: pytest.FixtureRequest, tmp_path: Path) -> Launcher:
    """The launcher under each shell."""
    program, *options = SHELLS[request.param]
    folder = tmp_path / "bin"
    folder.mkdir()
    copy = shutil.copy2(Path(ssohelper.__file__).parent / "bin" / "ssohelper-credential-process", folder)
    home = environment(tmp_path / "home", {})
    del home["XDG_STATE_HOME"], home["XDG_CONFIG_HOME"]
    return Launcher(Path(copy), [need(program), *options], home)


def laid(path: Path, data: str | bytes) -> None:
    """Put a prepared answer there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def fresh(answer: str = '{"ok": 1}', names: str = f"acme {ACCOUNT} {ROLE}") -> str:
    """A prepared answer that is fresh for an hour of real time."""
    now = int(time.time())
    return f"{now + 3600} {now + 4500} {names}\n{answer}\n"


def test_version_1() -> None:
    """What an SDK gets is one line of JSON, dates with Z; nothing but ASCII, whatever the service sent."""
    assert answer.version_1(CREDENTIALS) == JSON
    awkward = replace(CREDENTIALS, secret_access_key="caf\u00e9\n\u2028", expiration=NOW + 0.9)
    printed = answer.version_1(awkward)
    assert (printed.isascii(), printed.isprintable()) == (True, True)
    facts = json.loads(printed)
    assert (facts["SecretAccessKey"], facts["Expiration"]) == ("caf\u00e9\n\u2028", "2026-01-01T00:00:00Z")


def test_prepared(path: Path, state: Path) -> None:
    """An answer is two lines that are for the user alone: until when and for what, and the JSON."""
    answer.prepare(SESSION, CREDENTIALS, NOW)
    assert path.read_text() == f"{int(NOW) + 2700} {int(NOW) + 3600} acme {ACCOUNT} {ROLE}\n{JSON}\n"
    folders = [each for each in path.parents if each.is_relative_to(state)]
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in folders} == dict.fromkeys(
        (ACCOUNT, "acme", "answers", "ssohelper"), "0o700"
    )


@pytest.mark.parametrize(
    ("left", "fresh_for"),
    [
        (12 * 3600, 12 * 3600 - 900),
        (3600, 2700),
        (961, 61),
        (960, 60),
        (900, 60),
        (66, 60),
        (65, 60),
        (64, 59),
        (6, 1),
        (5, 0),
        (1, -4),
        (-100, -105),
    ],
)
def test_until_when(path: Path, left: int, fresh_for: int) -> None:
    """It is fresh until 15 minutes before the end; a last resort for a minute, and never to the very end."""
    answer.prepare(SESSION, replace(CREDENTIALS, expiration=NOW + left + 0.7), NOW)
    assert path.read_text().split(" ")[:2] == [str(int(NOW) + fresh_for), str(int(NOW) + left)]
    with freeze_time("2026-01-01") as clock:
        clock.tick(fresh_for - 1)
        assert prepared.lookup([*WORDS]) == answer.version_1(replace(CREDENTIALS, expiration=NOW + left))
        clock.tick(1)
        assert prepared.lookup([*WORDS]) is None


def test_nothing_secret(path: Path) -> None:
    """Where no secret may be on the disk only a record is left, in place of an answer that was there before."""
    answer.prepare(SESSION, CREDENTIALS, NOW)
    answer.prepare(SESSION, CREDENTIALS, NOW, secret=False)
    assert path.read_text() == f"0 {int(NOW) + 3600} acme {ACCOUNT} {ROLE}\n"
    assert prepared.lookup([*WORDS]) is None
    assert answer.records(SESSION) == [Record("acme", ACCOUNT, ROLE, NOW + 3600)]


def test_an_answer_that_cannot_be_left(state: Path) -> None:
    """Where there is no place for answers none is left, and that is no failure."""
    state.parent.mkdir(parents=True)
    state.write_bytes(b"")
    answer.prepare(SESSION, CREDENTIALS, NOW)
    assert (state.read_bytes(), prepared.lookup([*WORDS]), answer.records(SESSION)) == (b"", None, [])


def test_forgotten(path: Path) -> None:
    """An answer that is forgotten is gone, and its neighbours stay; forgetting twice is no failure."""
    other = replace(CREDENTIALS, role_name="Other")
    for each in (CREDENTIALS, other):
        answer.prepare(SESSION, each, NOW)
    for _ in range(2):
        answer.forget(SESSION, ACCOUNT, ROLE)
        assert [each.name for each in path.parent.iterdir()] == ["Other"]


def test_records(path: Path, state: Path) -> None:
    """The records tell each role of that session for which there was an answer, the longest lasting first."""
    for number, (account, role) in enumerate(((ACCOUNT, ROLE), (ACCOUNT, "Admin"), ("444455556666", ROLE))):
        answer.prepare(
            SESSION, replace(CREDENTIALS, account_id=account, role_name=role, expiration=NOW + number), NOW
        )
    answer.prepare(replace(SESSION, name="other"), CREDENTIALS, NOW)
    for number, broken in enumerate((b"", b"\xff", b"1 2 acme x\n", b"1 x acme a b\n", b"1 2 other a b\n")):
        laid(path.with_name(f"broken{number}"), broken)
    laid(state / "answers" / "acme" / "file", b"1 2 acme a b\n")
    assert answer.records(SESSION) == [
        Record("acme", "444455556666", ROLE, NOW + 2),
        Record("acme", ACCOUNT, "Admin", NOW + 1),
        Record("acme", ACCOUNT, ROLE, NOW),
    ]
    assert answer.records(replace(SESSION, name="nobody")) == []


# Names that would lead out of the folder, or that no shell and no file system treats in one way.
HOSTILE_NAMES = [
    "", ".", "..", "../x", "../../x", "a/b", "/", "/tmp", ".hidden", "a b", " a", "a ", "a\nb", "\n", "a\tb", "a\\b",
    "*", "a*", "?", "[a]", "$HOME", "`id`", "$(id)", "a;b", "a&b", "a|b", "a>b", "'", '"', "~", "~root", "a:b", "#",
    "!", "caf\u00e9", "\u2028", "a\x00b",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_hostile_names(state: Path, name: str) -> None:
    """Under a name that is no plain part of a path no secret is left, and nothing outside the folder of answers."""
    for session, account, role in ((name, ACCOUNT, ROLE), ("acme", name, ROLE), ("acme", ACCOUNT, name)):
        assert prepared.path(session, account, role) is None
        credentials = replace(CREDENTIALS, account_id=account, role_name=role)
        answer.prepare(replace(SESSION, name=session), credentials, NOW)
        [left] = [path for path in state.parents[2].rglob("*") if path.is_file()]
        assert left.is_relative_to(prepared.folder())
        assert left.read_text() == f"0 {int(credentials.expiration)} {session} {account} {role}\n"
        answer.forget(replace(SESSION, name=session), account, role)
        assert prepared.lookup(["--session", session, "--account-id", account, "--role-name", role]) is None
    assert answer.records(replace(SESSION, name=name)) == []
    assert [path for path in state.parents[2].rglob("*") if path.is_file()] == []


TEXT = st.one_of(st.text(max_size=12), st.sampled_from(HOSTILE_NAMES), st.text(alphabet="./aZ-", max_size=8))


@given(TEXT, TEXT, TEXT)
def test_any_names(session: str, account: str, role: str) -> None:
    """Whatever the names are, the path is exactly three parts below the folder of answers, or there is none."""
    found = prepared.path(session, account, role)
    if found is not None:
        assert Path(os.path.realpath(found)).relative_to(os.path.realpath(prepared.folder())).parts == (
            session,
            account,
            role,
        )


@pytest.mark.parametrize("name", ["ReadOnly", "a+b=c,d.e@f-g_h", "-", "--help", "a..b", "a.", "%s", "_"])
def test_plain_names(launcher: Launcher, name: str) -> None:
    """Every name that a role, or a session without a slash, may have has its answer, also in the launcher."""
    credentials = replace(CREDENTIALS, role_name=name, expiration=time.time() + 7200)
    answer.prepare(replace(SESSION, name=name), credentials, time.time())
    words = ("--session", name, "--account-id", ACCOUNT, "--role-name", name)
    done = launcher.run(*words)
    assert (done.stdout, done.stderr) == (f"{answer.version_1(credentials)}\n", "")
    assert prepared.lookup([*words]) == answer.version_1(credentials)


def test_handed_out(launcher: Launcher, path: Path) -> None:
    """A fresh answer is handed out byte for byte, without the real command; a stale one is not."""
    answer.prepare(SESSION, replace(CREDENTIALS, expiration=time.time() + 7200), time.time())
    line = path.read_text().splitlines()[1]
    assert (launcher.quick(), prepared.lookup([*WORDS])) == (f"{line}\n", line)
    answer.prepare(SESSION, replace(CREDENTIALS, expiration=time.time() + 4), time.time())
    assert (launcher.quick(), prepared.lookup([*WORDS])) == (None, None)
    path.unlink()
    assert (launcher.quick(), prepared.lookup([*WORDS])) == (None, None)


@pytest.mark.parametrize("where", ["AWS_CONFIG_FILE", "~/.aws/config", "XDG_CONFIG_HOME", "~/.config"])
def test_an_answer_from_before_a_change(
    launcher: Launcher, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Once the AWS config file or config.toml has changed, what was prepared before is handed out no more."""
    home = tmp_path / "home"
    for variable in ("AWS_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    moved = {"AWS_CONFIG_FILE": tmp_path / "a b", "XDG_CONFIG_HOME": tmp_path / "c d"}
    changed = {
        "AWS_CONFIG_FILE": moved["AWS_CONFIG_FILE"],
        "~/.aws/config": home / ".aws" / "config",
        "XDG_CONFIG_HOME": moved["XDG_CONFIG_HOME"] / "ssohelper" / "config.toml",
        "~/.config": home / ".config" / "ssohelper" / "config.toml",
    }[where]
    more = {where: str(moved[where])} if where in moved else {}
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.touch()
    laid(path, fresh())
    written = path.stat().st_mtime_ns
    for later, printed in ((-1, '{"ok": 1}'), (0, '{"ok": 1}'), (1, None)):
        os.utime(changed, ns=(written + later * 1_000_000, written + later * 1_000_000))
        assert (launcher.run(*WORDS, **more).stdout.rstrip("\n") or None, prepared.lookup([*WORDS])) == (
            printed,
            printed,
        )


def test_the_launcher_itself(launcher: Launcher, path: Path) -> None:
    """Started as SDKs start it, by its path alone, it does the same."""
    laid(path, fresh())
    done = replace(launcher, words=[]).run(*WORDS)
    assert (done.stdout, done.stderr, done.returncode) == ('{"ok": 1}\n', "", 0)


def test_traced(launcher: Launcher, path: Path) -> None:
    """A shell that traces what it runs shows no answer."""
    laid(path, fresh('{"SECRET"}'))
    done = replace(launcher, words=[*launcher.words, "-x"]).run(*WORDS)
    assert (done.stdout, "SECRET" in done.stderr, "set +eux" in done.stderr) == ('{"SECRET"}\n', False, True)


def test_where_the_answers_are(launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The launcher looks in the very folder that the real command writes to, wherever variables move it."""
    for number, base in enumerate((tmp_path / "a b", tmp_path / "*", tmp_path / "new\nline", tmp_path / "-n $HOME")):
        monkeypatch.setenv("XDG_STATE_HOME", str(base))
        laid(Path(prepared.path("acme", ACCOUNT, ROLE) or ""), fresh(f"{{{number}}}"))
        assert launcher.run(*WORDS, XDG_STATE_HOME=str(base)).stdout == f"{{{number}}}\n"
    for ignored in ("", "relative", "./x", "~/x"):
        monkeypatch.setenv("XDG_STATE_HOME", ignored)
        laid(Path(prepared.path("acme", ACCOUNT, ROLE) or ""), fresh(f"{{{ignored}}}"))
        assert launcher.run(*WORDS, XDG_STATE_HOME=ignored).stdout == f"{{{ignored}}}\n"


def test_truncated(launcher: Launcher, path: Path) -> None:
    """Of an answer that is not whole, at whatever byte it ends, nothing is handed out."""
    whole = fresh()
    seen = {}
    for length in range(len(whole)):
        laid(path, whole[:length])
        seen[whole[:length]] = launcher.quick()
    assert [cut for cut, printed in seen.items() if printed] == []
    laid(path, whole)
    assert launcher.quick() == '{"ok": 1}\n'


def test_truncated_for_the_real_command(path: Path) -> None:
    """The same goes for the quick way of the real command."""
    whole = fresh()
    for length in range(len(whole)):
        laid(path, whole[:length])
        assert prepared.lookup([*WORDS]) is None, whole[:length]
    laid(path, whole)
    assert prepared.lookup([*WORDS]) == '{"ok": 1}'


NAMES = f"acme {ACCOUNT} {ROLE}"
GARBAGE = {
    "empty": b"",
    "lines": b"\n\n\n",
    "zeros": bytes(200),
    "binary": bytes(range(256)),
    "no stale": f" 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is a word": f"soon 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is a fraction": f"9999999999.5 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is a float": f"1e99 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is negative": f"-9999999999 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is an operator": f"-o 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is code": f"a[$(id>&2)] 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale is past": f"1 9999999999 {NAMES}\n{{}}\n".encode(),
    "no expiration": f"9999999999 {NAMES}\n{{}}\n".encode(),
    "another session": f"9999999999 9999999999 ACME {ACCOUNT} {ROLE}\n{{}}\n".encode(),
    "another account": f"9999999999 9999999999 acme 111122223334 {ROLE}\n{{}}\n".encode(),
    "another role": f"9999999999 9999999999 acme {ACCOUNT} Readonly\n{{}}\n".encode(),
    "a name more": f"9999999999 9999999999 {NAMES} x\n{{}}\n".encode(),
    "a name less": f"9999999999 9999999999 acme {ACCOUNT}\n{{}}\n".encode(),
    "no names": b"9999999999 9999999999\n{}\n",
    "a pattern for names": b"9999999999 9999999999 *\n{}\n",
    "no answer": f"9999999999 9999999999 {NAMES}\n".encode(),
    "an empty answer": f"9999999999 9999999999 {NAMES}\n\n".encode(),
    "the answer first": f"{{}}\n9999999999 9999999999 {NAMES}\n".encode(),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage(launcher: Launcher, path: Path, data: bytes) -> None:
    """A file that is not as we write it is as good as none, for the launcher and for the real command's quick way."""
    laid(path, data)
    done = launcher.run(*WORDS, answer="HOSTILE", stale="9999999999", names=NAMES)
    assert (done.stdout, done.returncode != 0) == ("", True)
    assert "uid=" not in done.stderr
    assert prepared.lookup([*WORDS]) is None


def test_a_folder_in_the_place_of_the_answer(launcher: Launcher, path: Path) -> None:
    """A folder where the file should be is as good as none."""
    path.mkdir(parents=True)
    assert (launcher.quick(), prepared.lookup([*WORDS])) == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        (),
        WORDS[:4],
        (*WORDS, "--help"),
        ("--session=acme", *WORDS[2:], "x"),
        (*WORDS[2:], *WORDS[:2]),
        (*WORDS[:2], *WORDS[4:], *WORDS[2:4]),
        ("--session --account-id", "acme", "--role-name", ACCOUNT, "6", ROLE),
    ],
    ids=" ".join,
)
def test_other_words(launcher: Launcher, path: Path, words: tuple[str, ...]) -> None:
    """Words in any other order or number are left to the real command."""
    laid(path, fresh())
    assert (launcher.run(*words).stdout, prepared.lookup([*words])) == ("", None)


def test_names_that_differ_by_case_alone(launcher: Launcher, path: Path) -> None:
    """Where the file system takes `Acme` and `acme` for one, the answer for one is not handed out for the other."""
    laid(path, fresh())
    answers = path.parents[2]
    (answers / "ACME").symlink_to("acme")
    path.with_name("readonly").symlink_to(ROLE)
    for session, role, printed in (("acme", ROLE, '{"ok": 1}'), ("ACME", ROLE, None), ("acme", "readonly", None)):
        words = ("--session", session, "--account-id", ACCOUNT, "--role-name", role)
        assert (launcher.run(*words).stdout or None) == (printed and f"{printed}\n")
        assert prepared.lookup([*words]) == printed


# What may be in the environment of a process that an SDK starts, by malice or by accident.
VARIABLES: list[dict[str, str]] = [
    {"stale": "9999999999", "expiration": "9999999999", "names": NAMES, "answer": "HOSTILE"},
    {"state": "/nowhere", "IFS": "0123456789/"},
    {"ENV": "HOSTILE_FILE", "BASH_ENV": "HOSTILE_FILE", "FPATH": "/nowhere"},
    {"PS4": "$(echo HOSTILE)", "SHELLOPTS": "xtrace"},
    {"SHELLOPTS": "nounset"},
    {"SHELLOPTS": "errexit"},
    {"SHELLOPTS": "verbose"},
    {"SHELLOPTS": "noglob"},
    {"SHELLOPTS": "allexport"},
    {"SHELLOPTS": "noclobber"},
    {"BASHOPTS": "nocasematch:nullglob:failglob:extglob"},
    {"POSIXLY_CORRECT": "1", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"},
    {"CDPATH": "/", "OPTIND": "7", "LINENO": "1", "PPID": "1"},
]


@pytest.mark.parametrize("variables", VARIABLES, ids=str)
def test_hostile_environment(launcher: Launcher, path: Path, tmp_path: Path, variables: dict[str, str]) -> None:
    """Nothing in the environment adds to the answer, takes it away, or keeps the real command from running."""
    (tmp_path / "hostile").write_text("echo HOSTILE; answer=HOSTILE; names='x'\n")
    more = {name: value.replace("HOSTILE_FILE", str(tmp_path / "hostile")) for name, value in variables.items()}
    (launcher.path.parent / "ssohelper").write_text('#!/bin/sh\necho "$#" "$@"\n')
    (launcher.path.parent / "ssohelper").chmod(0o700)
    left_to_the_real_command = f"7 credential-process {' '.join(WORDS)}\n"
    done = launcher.run(*WORDS, **more)
    assert (done.stdout, done.returncode) == (left_to_the_real_command, 0), done.stderr
    laid(path, fresh())
    done = launcher.run(*WORDS, **more)
    assert (done.stdout, done.returncode, '"ok"' in done.stderr) == ('{"ok": 1}\n', 0, False), done.stderr


def test_the_answer_is_in_no_environment(launcher: Launcher, path: Path, tmp_path: Path) -> None:
    """No program that the launcher starts gets the answer in its environment, whatever was exported before."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "date").write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nexec {need("date")} "$@"\n')
    (launcher.path.parent / "ssohelper").write_text(f"#!/bin/sh\nenv >> {tmp_path}/seen\n")
    for each in (tools / "date", launcher.path.parent / "ssohelper"):
        each.chmod(0o700)
    more = {"answer": "", "names": "", "PATH": f"{tools}:{os.environ['PATH']}"}
    for data in (fresh('{"SECRET"}'), fresh('{"SECRET"}').replace(f" {NAMES}", " other names")):
        laid(path, data)
        launcher.run(*WORDS, **more)
    seen = (tmp_path / "seen").read_text()
    assert ("PATH=" in seen, "SECRET" in seen) == (True, False)


TRIPLES = [
    ("../x", ACCOUNT, ROLE),
    ("..", "..", "../../decoy"),
    ("acme", "..", ROLE),
    ("acme", ACCOUNT, "../../decoy"),
    ("acme/x", ACCOUNT, ROLE),
    ("", ACCOUNT, ROLE),
    ("acme", "", ROLE),
    ("acme", ACCOUNT, ""),
    (".", ACCOUNT, ROLE),
    ("a b", ACCOUNT, ROLE),
    ("acme", ACCOUNT, "Read\nOnly"),
    ("*", ACCOUNT, ROLE),
]


@pytest.mark.parametrize("names", TRIPLES, ids=ascii)
def test_hostile_words(
    launcher: Launcher, home: Home, identity_center: Simulator, names: tuple[str, str, str], tmp_path: Path
) -> None:
    """With hostile names the launcher does what the real command does; where they would lead lies an answer."""
    url, region = identity_center.start_url, identity_center.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    # As a launcher would find it that puts the names together without a look at them, from where others have answers.
    laid(home.state / "answers" / "acme" / ACCOUNT / "Other", fresh())
    decoy = Path(os.path.normpath(f"{home.state}/answers/{'/'.join(names)}"))
    if not decoy.is_dir():
        laid(decoy, fresh('{"DECOY"}', " ".join(names)))
    words = ("--session", names[0], "--account-id", names[1], "--role-name", names[2])
    launcher.install_command()
    expected = home.ssohelper("credential-process", *words)
    done = replace(launcher, environment=home.environment).run(*words)
    assert (done.stdout, done.stderr, done.returncode) == (expected.stdout, expected.stderr, expected.returncode)
    assert (done.stdout, done.returncode in (2, 4)) == ("", True)


def test_the_real_command_behind_it(
    launcher: Launcher, make_home: Callable[..., Home], identity_center: Simulator
) -> None:
    """Without a prepared answer the real command gives one, and prepares it: the next is the same to the byte."""
    home = make_home(**identity_center.environment)
    sign_in(home, identity_center)
    identity_center.counters.reset()
    launcher.install_command()
    at_home = replace(launcher, environment=home.environment)
    first = at_home.run(*WORDS)
    (launcher.path.parent / "ssohelper").unlink()
    second = at_home.run(*WORDS)
    assert (first.stdout, first.stderr, first.returncode) == (second.stdout, second.stderr, second.returncode)
    assert (identity_center.issued(json.loads(first.stdout)["AccessKeyId"]).role_name, first.stderr) == (ROLE, "")
    assert home.ssohelper("credential-process", *WORDS).stdout == first.stdout
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
