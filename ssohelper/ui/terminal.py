"""Messages, progress and questions. All output goes to stderr."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeVar

from ssohelper.errors import BadInput, Cancelled, SsohelperError, Unavailable
from ssohelper.ui.look import Look

# How often progress is reported where no bar can be drawn.
_PROGRESS_SECONDS = 10
_Answer = TypeVar("_Answer")
# The variables of the options --no-input, --quiet and --verbose, which set them for this process.
NO_INPUT, QUIET, VERBOSE = "SSOHELPER_NO_INPUT", "SSOHELPER_QUIET", "SSOHELPER_VERBOSE"
# The colors that a question may have; other control characters in it come from names of files or accounts.
_OWN_COLOR = re.compile("(\x1b\\[(?:0|1|2|3[1-6])m)")
_YES_OR_NO = {"y": True, "yes": True, "n": False, "no": False}


def say(message: str) -> None:
    """Print a note, such as what was done. With --quiet, do not."""
    if not is_quiet():
        warn(message)


def warn(message: str) -> None:
    """Print a warning, or an instruction, which --quiet does not hide.

    It has no control characters, and is broken at spaces where the terminal is narrower.
    """
    show(Look.of(sys.stderr).wrap(f"ssohelper: {plain(message)}"))


def show(text: str) -> None:
    """Print text as it is."""
    _write(f"{text}\n")


def next_step(command: str) -> None:
    """Print the command that usually follows. With --quiet, do not."""
    if not is_quiet():
        show(f"next: {command}")


def is_quiet() -> bool:
    """Whether only results, questions, warnings and errors are wanted."""
    return is_set(QUIET)


def is_verbose() -> bool:
    """Whether everything is wanted: long plans, and each request."""
    return is_set(VERBOSE)


def is_set(variable: str) -> bool:
    """Whether a variable says yes: it is neither empty nor `0` nor `false`."""
    return os.environ.get(variable, "").lower() not in ("", "0", "false")


def show_log() -> None:
    """Print what our modules log: each request, where it went, and how long it took. Twice is as once."""
    import logging  # not needed by most commands

    class Printed(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warn(record.getMessage())

    log = logging.getLogger("ssohelper")
    if log.handlers:
        return
    log.addHandler(Printed())
    log.setLevel(logging.DEBUG)
    log.propagate = False


def waiting(what: str) -> Callable[[str], None]:
    """Prints the message of a wait for a lock: what it is for, and which process holds it."""
    return lambda process: say(f"waiting for {process} ({what})")


def error(problem: SsohelperError) -> None:
    """Print an error, and its hint."""
    look = Look.of(sys.stderr)
    message = look.wrap(plain(str(problem)), before=len("ssohelper: "))
    show(f"ssohelper: {look.paint(message, 'red')}")
    if problem.hint:
        hint(problem.hint)


def hint(text: str) -> None:
    """Print what to do, on one line, so that it can be pasted; a command in the syntax of this shell."""
    from ssohelper.ui import shell_syntax

    adapted = shell_syntax.for_paste(text)
    if adapted.isprintable():  # else it would name something else when it is pasted
        show(f"{Look.of(sys.stderr).paint('hint:', 'cyan')} {adapted}")


def interactive() -> bool:
    """Whether a person can be asked: stdin and stderr are terminals, and neither CI nor SSOHELPER_NO_INPUT is set."""
    if is_set("CI") or is_set(NO_INPUT):
        return False
    # Each is None if the process was started without it.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def discard_typed() -> None:
    """Forget what was typed before a question could be read: it is no answer to it."""
    if sys.platform != "win32":
        import termios  # not on Windows

        with suppress(termios.error, OSError):  # stdin is no terminal
            termios.tcflush(sys.stdin, termios.TCIFLUSH)


def confirm(question: str, *, default: bool = False, details: Callable[[], str] | None = None) -> None:
    """Ask a yes-or-no question. Raises `Cancelled` unless the answer is yes."""
    if not agree(question, default=default, details=details):
        raise Cancelled("nothing changed")


def agree(question: str, *, default: bool, details: Callable[[], str] | None = None) -> bool:
    """The answer to a yes-or-no question, `default` if it is empty; `details` are shown for the answer `?`."""
    answers = f"{'Y/n' if default else 'y/N'}{'/?' if details else ''}"
    discard_typed()  # an answer to a question that nobody has seen yet
    while True:
        answer = _ask(f"{question} [{answers}] ").strip().lower()
        if not answer:
            return default
        if answer in _YES_OR_NO:
            return _YES_OR_NO[answer]
        if answer == "?" and details:
            show(details())
        else:
            show("answer y or n")


def choose(question: str, letters: str, *, otherwise: str) -> str:
    """Ask a question that is answered by one of the letters; no answer is `n`.

    Raises `BadInput`, with the command `otherwise` as its hint, without a terminal.
    """
    if not interactive():
        raise BadInput("no terminal to ask on", hint=otherwise)
    while True:
        answer = _ask(f"{question} [{'/'.join(letters)}] ").strip().lower()[:1] or "n"
        if answer in letters:
            return answer


class Question(NamedTuple):
    """A question, and the option that answers it; an example of an answer, or the default.

    `choices` are listed for the answer `?`: each with a few words about it.
    """

    what: str
    option: str
    example: str | None = None
    default: str | None = None
    choices: Callable[[], Mapping[str, str]] | None = None


def ask(question: Question) -> str:
    """Ask for a value.

    Without a terminal, it is the default; raises `BadInput`, which names the option to use, if there is none.
    """
    if not interactive():
        if question.default is not None:
            return question.default
        raise BadInput(f"{question.what} is missing", hint=f"set it with {question.option}")
    notes = [f"such as {question.example}"] if question.example and not question.default else []
    notes += ["? for a list"] if question.choices else []
    note = f" ({', '.join(notes)})" if notes else ""
    default = f" [{question.default}]" if question.default else ""
    while True:
        answer = _ask(f"{question.what}{note}{default}: ").strip() or question.default
        if answer:
            return answer


def ask_valid(question: Question, check: Callable[[str], _Answer], given: str | None = None) -> _Answer:
    """What `check` makes of the value that is `given`, or else of an answer.

    `check` raises `BadInput` for a wrong one, or `Unavailable`. Then the reason is shown, and the question asked
    again, prefilled with the answer. Without a terminal, or for a given value, the error is raised.
    """
    if given is not None:
        return check(given)
    answer = ask(question)
    while True:
        if answer == "?" and question.choices:
            show("\n".join(f"  {name:<16}{plain(about)}" for name, about in question.choices().items()))
            answer = ask(question)
            continue
        try:
            return check(answer)
        except (BadInput, Unavailable) as problem:
            if not interactive():
                raise
            look = Look.of(sys.stderr)
            show(look.paint(look.wrap(plain(str(problem))), "red"))
        answer = _ask_again(question, answer)


def _ask_again(question: Question, answer: str) -> str:
    """The answer as it is corrected; where a line cannot be edited, the question is asked like the first time."""
    if os.environ.get("TERM") != "dumb":
        with suppress(ImportError):  # a Python without termios
            from ssohelper.ui import line_editor  # slow to load

            note = " (? for a list)" if question.choices else ""
            return line_editor.edit(f"{question.what}{note}: ", answer).strip() or ask(question)
    return ask(question)


@contextmanager
def spinner(what: str) -> Iterator[None]:
    """A spinner beside what is being done, on a terminal; it is erased at the end."""
    if is_quiet() or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(plain(what))):
        yield


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int, float], None]]:
    """A progress bar: called with (done, total, calls per second), it also shows the time left.

    Without a terminal it is a line every few seconds.
    """
    if is_quiet():
        yield lambda _done, _total, _rate: None
        return
    if sys.stderr is None or not sys.stderr.isatty():
        yield _progress_lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None, rate="")

        def show_progress(done: int, total: int, rate: float) -> None:
            bars.update(task, completed=done, total=total, rate=f"{rate:.0f} calls/s")

        yield show_progress


def _progress_lines(what: str) -> Callable[[int, int, float], None]:
    next_at = time.monotonic() + _PROGRESS_SECONDS

    def show_progress(done: int, total: int, rate: float) -> None:
        nonlocal next_at
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + _PROGRESS_SECONDS
            say(f"{what}: {done} of {total}, {rate:.0f} calls/s")

    return show_progress


def _write(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _ask(prompt: str) -> str:
    # Not input(): it writes its prompt to stdout, which is for results.
    _write("".join(each if _OWN_COLOR.fullmatch(each) else plain(each) for each in _OWN_COLOR.split(prompt)))
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        _write("\n")  # below the question
        raise
    if not line:
        _write("\n")
        raise Cancelled("no answer")
    return line


def plain(text: str) -> str:
    """The text on one line, without control characters: it may come from outside."""
    return "".join(character if character.isprintable() else " " for character in text)
