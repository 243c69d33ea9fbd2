"""The answers of one reading, in a file of the state folder: to go on after an interruption, and to use them again.

One JSON document a line: what was read and when; then each answer as it comes; at the end, what could not be read.
The file names people. Only the user can read it, `logout` deletes it, and after a day nobody uses it any more.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.inventory import Instance
from ssohelper.permission_sets.questions import Answer, Question
from ssohelper.storage import files, json_cache, paths

_FORMAT = 1
# What reading a line that was damaged can raise.
_DAMAGED = (ValueError, TypeError, LookupError, RecursionError)
_DAY_SECONDS = 24 * 3600
# Within this time, a reading that was interrupted goes on.
_RESUME_SECONDS = 3600


class Reading(NamedTuple):
    """What is read: by which role, of which instance, and how much. `began_at` is in Unix seconds."""

    reader: str
    instance: Instance
    scope: Scope
    began_at: float


class Kept(NamedTuple):
    """The answers that were kept; `finished_at` is in Unix seconds, None if the reading was interrupted."""

    reading: Reading
    answers: dict[Question, Answer]
    failures: dict[Question, str]
    finished_at: float | None

    def can_be_resumed(self, reading: Reading) -> bool:
        """Whether it is an interrupted reading of the same, begun a short time ago."""
        age = reading.began_at - self.reading.began_at
        same = self.reading._replace(began_at=0) == reading._replace(began_at=0)
        return same and self.finished_at is None and 0 <= age <= _RESUME_SECONDS


class Writer:
    """Keeps answers as they come, after those that are kept `already`; without a file, it does nothing."""

    def __init__(self, file: IO[str] | None, already: int = 0) -> None:
        self._file = file
        self._number = already

    def answer(self, question: Question, answer: Answer) -> None:
        """Keep an answer."""
        self._number += 1
        self._write([question.kind, question.key, answer])

    def finish(self, failures: Mapping[Question, str], now: float) -> None:
        """The reading is complete, but for what could not be read."""
        listed = [[*question, reason] for question, reason in failures.items()]
        self._write({"finished": now, "answers": self._number, "failures": listed})

    def begin(self, reading: Reading) -> None:
        """Begin with what is read."""
        self._write({"format": _FORMAT, "reading": reading})

    def _write(self, document: object) -> None:
        if self._file is not None:
            try:
                self._file.write(json.dumps(document, separators=(",", ":")) + "\n")
                self._file.flush()
            except OSError:  # the disk is full: what was read is used all the same
                self._file = None


def load(session: Session, now: float) -> Kept | None:
    """What was kept of a session; deleted, if it is older than a day. `now` is in Unix seconds.

    A file that cannot be read, or has another form, counts as none.
    """
    path = _path(session)
    try:
        data = files.read(path) if json_cache.is_own(path) else None
    except Failed:
        data = None
    if data is None:
        return None
    kept = _parsed(data.decode("utf-8", "replace").splitlines())
    if kept is None or not 0 <= now - kept.reading.began_at < _DAY_SECONDS:
        delete(session)
        return None
    return kept


@contextmanager
def writing(session: Session, reading: Reading, *, resume: bool, already: int = 0) -> Iterator[Writer]:
    """Keep the answers of a reading, added to those that are kept if it is resumed. A failure to write is ignored."""
    path = _path(session)
    try:
        files.make_folder(path.parent)
        # Not through a symlink: what is read may be truncated.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | (0 if resume else os.O_TRUNC)
        file = os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8")
    except (OSError, Failed):
        yield Writer(None)
        return
    with suppress(OSError):
        path.chmod(0o600)  # one that was there may have had another mode
    writer = Writer(file, already)
    try:
        if resume:
            with suppress(OSError):
                file.write("\n")  # the last line may have been cut
        else:
            writer.begin(reading)
        yield writer
    finally:
        with suppress(OSError):  # the disk is full
            file.close()


def delete(session: Session) -> None:
    """Delete what was kept of a session. A failure is ignored: after a day it is not used."""
    with suppress(OSError):
        _path(session).unlink()


def delete_old(now: float) -> None:
    """Delete what was kept of any session for longer than a day; `now` is in Unix seconds. A failure is ignored."""
    with suppress(OSError):
        for path in _folder().glob("*.jsonl"):
            if now - path.stat().st_mtime > _DAY_SECONDS:
                path.unlink()


def lock_name(session: Session) -> str:
    """The lock that a process holds while it reads."""
    return f"permission-sets-{json_cache.name(session.name)}"


def _parsed(lines: list[str]) -> Kept | None:
    """What the lines tell; None without a valid beginning. A line that was cut is ignored."""
    reading = _reading(lines[0]) if lines else None
    if reading is None:
        return None
    found = Kept(reading, {}, {}, None)
    for line in lines[1:]:
        try:
            found = _with_line(found, json.loads(line))
        except _DAMAGED:
            continue
    return found


def _with_line(kept: Kept, document: Any) -> Kept:
    """With an answer, which is added in place, or the end."""
    if isinstance(document, list):
        kind, key, answer = document
        kept.answers[Question(str(kind), tuple(map(str, key)))] = answer
        return kept
    if document["answers"] != len(kept.answers):  # a line was lost
        return kept
    failures = {Question(kind, tuple(key)): str(reason) for kind, key, reason in document["failures"]}
    return kept._replace(failures=failures, finished_at=float(document["finished"]))


def _reading(line: str) -> Reading | None:
    try:
        document = json.loads(line)
        if document["format"] != _FORMAT:
            return None
        reader, (arn, store, owner, region, _), scope, began_at = document["reading"]
        return Reading(reader, Instance(arn, store, owner, region), Scope(*scope), float(began_at))
    except _DAMAGED:
        return None


def _path(session: Session) -> Path:
    return _folder() / f"{json_cache.name(session.name)}.jsonl"


def _folder() -> Path:
    return paths.state() / "permission-sets"
