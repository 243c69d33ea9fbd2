"""Answers are kept for their user only, and for a day; an interrupted reading goes on where it was."""

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssohelper.model import Session
from ssohelper.permission_sets import kept_answers
from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.inventory import Instance
from ssohelper.permission_sets.kept_answers import Kept, Reading
from ssohelper.permission_sets.questions import Answer, Question
from tests.fixtures.inventories import NOW

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
READING = Reading("111122223333/Reader", Instance("arn:i", "d-1", "111122223333", "us-east-1"), Scope(), NOW)
ANSWERS: dict[Question, Answer] = {
    Question("permission-sets"): ["arn:a", "arn:b"],
    Question("description", ("arn:a",)): {"name": "caf\u00e9\u2028\n", "description": "", "created": 1.5},
    Question("boundary", ("arn:a",)): ["/", "boundary"],
    Question("inline", ("arn:b",)): "",
    Question("user", ("u-1",)): None,
}
FAILURES = {Question("tags", ("arn:b",)): "denied", Question("groups"): "denied"}
DAY, HOUR = 24 * 3600, 3600


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our state folder, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path / "home" / ".local" / "state" / "ssohelper"


def keep(
    answers: dict[Question, Answer] = ANSWERS,
    *,
    reading: Reading = READING,
    resume: bool = False,
    already: int = 0,
    finished_at: float | None = None,
) -> None:
    """Keep the answers of a reading."""
    with kept_answers.writing(SESSION, reading, resume=resume, already=already) as writer:
        for question, answer in answers.items():
            writer.answer(question, answer)
        if finished_at is not None:
            writer.finish(FAILURES, finished_at)


def kept_file(state: Path) -> Path:
    """The only file in which answers are kept."""
    (found,) = (state / "permission-sets").iterdir()
    return found


def test_interrupted() -> None:
    """What was answered so far is loaded as it was."""
    keep()
    assert kept_answers.load(SESSION, NOW + 1) == Kept(READING, ANSWERS, {}, None)


def test_killed() -> None:
    """An answer is kept as soon as it has come: a kill loses none of them."""
    question = Question("groups")
    with kept_answers.writing(SESSION, READING, resume=False) as writer:
        writer.answer(question, [])
        assert kept_answers.load(SESSION, NOW + 1) == Kept(READING, {question: []}, {}, None)


def test_finished() -> None:
    """Of a finished reading, it is known when that was, and what could not be read."""
    keep(finished_at=NOW + 60)
    assert kept_answers.load(SESSION, NOW + 61) == Kept(READING, ANSWERS, FAILURES, NOW + 60)


def test_nothing_kept(state: Path) -> None:
    """Without a file there is nothing, and none is made."""
    assert kept_answers.load(SESSION, NOW) is None
    assert not state.exists()


def test_other_session() -> None:
    """Each session has its own answers."""
    keep()
    assert kept_answers.load(Session("beta", SESSION.start_url, SESSION.region), NOW) is None


@pytest.mark.parametrize("mode", [None, 0o644, 0o666])
def test_only_for_the_user(state: Path, mode: int | None) -> None:
    """Nobody else can read the file, even one that was made otherwise, nor list the folder."""
    if mode is not None:
        keep()
        kept_file(state).chmod(mode)
    keep()
    assert kept_file(state).stat().st_mode & 0o777 == 0o600
    assert kept_file(state).parent.stat().st_mode & 0o077 == 0


def test_read_again() -> None:
    """A new reading replaces the answers of the one before."""
    keep(finished_at=NOW + 60)
    later = READING._replace(began_at=NOW + 100)
    keep({Question("groups"): []}, reading=later)
    assert kept_answers.load(SESSION, NOW + 101) == Kept(later, {Question("groups"): []}, {}, None)


def test_resumed() -> None:
    """A reading that goes on adds its answers, and can be finished."""
    first, *others = ANSWERS
    keep({first: ANSWERS[first]})
    keep({each: ANSWERS[each] for each in others}, resume=True, already=1, finished_at=NOW + 60)
    assert kept_answers.load(SESSION, NOW + 61) == Kept(READING, ANSWERS, FAILURES, NOW + 60)


def test_lost_line(state: Path) -> None:
    """A reading of which an answer was lost is not finished: nothing is concluded from what is left."""
    keep(ANSWERS, finished_at=NOW + 60)
    (path,) = state.rglob("*.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[2:]]))
    found = kept_answers.load(SESSION, NOW + 61)
    assert found is not None
    assert (len(found.answers), found.finished_at, found.failures) == (len(ANSWERS) - 1, None, {})


@pytest.mark.parametrize(
    ("other", "can"),
    [
        (READING._replace(began_at=NOW), True),
        (READING._replace(began_at=NOW + HOUR), True),
        (READING._replace(began_at=NOW + HOUR + 1), False),
        (READING._replace(began_at=NOW - 1), False),
        (READING._replace(reader="111122223333/Other"), False),
        (READING._replace(instance=READING.instance._replace(arn="arn:j")), False),
        (READING._replace(scope=Scope(members=True)), False),
    ],
)
def test_can_be_resumed(other: Reading, can: bool) -> None:
    """Only a reading of the same, by the same role, goes on, within an hour."""
    keep()
    kept = kept_answers.load(SESSION, NOW + 1)
    assert kept is not None
    assert kept.can_be_resumed(other) is can


def test_finished_is_not_resumed() -> None:
    """A finished reading does not go on."""
    keep(finished_at=NOW + 60)
    kept = kept_answers.load(SESSION, NOW + 61)
    assert kept is not None
    assert not kept.can_be_resumed(READING)


@pytest.mark.parametrize("cut", [1, 2, 10, 22, 23])
def test_cut_line(state: Path, cut: int) -> None:
    """A line that was cut by a kill is ignored; the rest is used, and further answers are added behind it."""
    keep()
    path, last = kept_file(state), [*ANSWERS][-1]
    path.write_bytes(path.read_bytes()[:-cut])
    # Without its line end, the line is still whole.
    left = {each: answer for each, answer in ANSWERS.items() if each != last or cut == 1}
    assert kept_answers.load(SESSION, NOW + 1) == Kept(READING, left, {}, None)
    keep({last: ANSWERS[last]}, resume=True)
    assert kept_answers.load(SESSION, NOW + 1) == Kept(READING, ANSWERS, {}, None)


HEAD = json.dumps({"format": 1, "reading": READING})


@pytest.mark.parametrize("text", ["", "\n", "{", "[]", "7", '"x"', '{"format": 2}', '{"format": 1}', "\0" * 100])
def test_damaged_beginning(state: Path, text: str) -> None:
    """A file with another beginning is of no use, and deleted."""
    keep()
    path = kept_file(state)
    path.write_text(text)
    assert kept_answers.load(SESSION, NOW + 1) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "line", ["", "null", "7", '"x"', "[]", "{}", '["groups"]', "\0\0\0", "[" * 100_000, '{"finished": 1}']
)
def test_damaged_line(state: Path, line: str) -> None:
    """A line that nobody has written is ignored."""
    keep()
    path = kept_file(state)
    path.write_text(f"{HEAD}\n{line}\n{path.read_text().partition(chr(10))[2]}")
    assert kept_answers.load(SESSION, NOW + 1) == Kept(READING, ANSWERS, {}, None)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_anywhere(state: Path, data: st.DataObject) -> None:
    """Whatever bytes a damaged file has, loading it is no failure."""
    keep(finished_at=NOW + 60)
    path = kept_file(state)
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 20)))
    path.write_bytes(whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])
    found = kept_answers.load(SESSION, NOW + 1)
    assert found is None or found.reading.began_at <= NOW + 1


@pytest.mark.parametrize(("age", "exists"), [(0, True), (DAY - 1, True), (DAY, False), (-1, False)])
def test_day(state: Path, age: float, exists: bool) -> None:
    """Answers are deleted after a day, or if they are from the future."""
    keep(finished_at=NOW + 60)
    path = kept_file(state)
    assert (kept_answers.load(SESSION, NOW + age) is not None, path.exists()) == (exists, exists)


def test_delete(state: Path) -> None:
    """What was kept of a session can be deleted, again and again."""
    keep()
    kept_answers.delete(SESSION)
    kept_answers.delete(SESSION)
    assert [*(state / "permission-sets").iterdir()] == []


def test_delete_old(state: Path) -> None:
    """What was kept of any session for longer than a day is deleted."""
    kept_answers.delete_old(NOW)
    keep()
    path = kept_file(state)
    exists = []
    for age in (DAY, DAY + 1):
        os.utime(path, (NOW - age, NOW - age))
        kept_answers.delete_old(NOW)
        exists.append(path.exists())
    assert exists == [True, False]


def test_no_state_folder(state: Path) -> None:
    """Where no file can be made, nothing is kept, and nothing fails."""
    state.parent.mkdir(parents=True)
    state.write_text("a file in the way")
    keep(finished_at=NOW + 60)
    kept_answers.delete(SESSION)
    kept_answers.delete_old(NOW)
    assert kept_answers.load(SESSION, NOW) is None


def test_untrusted_state_folder(state: Path) -> None:
    """A state folder that others can change is not used: nothing is written to it, and nothing is read from it."""
    keep()
    before = kept_file(state).read_bytes()
    state.chmod(0o777)
    keep({})
    assert kept_answers.load(SESSION, NOW) is None
    assert kept_file(state).read_bytes() == before


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may become larger than `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_full_disk(state: Path) -> None:
    """Where the disk is full, the reading goes on; what was kept before is complete."""
    keep({})
    size = kept_file(state).stat().st_size
    with largest_file(size + 100):
        keep({**ANSWERS, Question("description", ("arn:b",)): {"description": "long" * 100}}, finished_at=NOW)
    found = kept_answers.load(SESSION, NOW)
    assert found is not None
    assert (found.reading, found.finished_at) == (READING, None)
    assert {**ANSWERS, **found.answers} == ANSWERS


def test_lock_name() -> None:
    """Each session has its own lock, whatever characters its name has."""
    names = {kept_answers.lock_name(SESSION._replace(name=name)) for name in ("acme", "a/b", "caf\udce9")}
    assert (len(names), {each.replace("-", "").isalnum() for each in names}) == (3, {True})
