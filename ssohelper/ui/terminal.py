"""Talking to the person: the voice, colour, progress, questions, the browser. Everything goes to stderr."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from ssohelper.errors import BadInput, Cancelled, SsohelperError

# It ends at once: Ctrl-C while Python takes itself apart would print a traceback.
_OPEN = """
import os, sys, webbrowser
try:
    code = not webbrowser.open(sys.argv[1])
except (KeyboardInterrupt, webbrowser.Error) as error:
    code = isinstance(error, webbrowser.Error)
os._exit(int(code))
"""
# So long a browser that cannot start takes at most to say so; one that runs on has opened the page.
_STARTING_SECONDS = 3
_CODES = {"green": "32", "red": "31", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}


def say(message: str) -> None:
    """One line to the person; whatever is in it, it stays one line and steers nothing."""
    show(f"ssohelper: {plain(message)}")


def show(text: str) -> None:
    """Lines to the person, as they are."""
    _write(f"{text}\n")


def waiting(what: str) -> Callable[[str], None]:
    """What a wait for a lock says: what it is for, and who holds it."""
    return lambda holder: say(f"waiting for {what}: {holder} is at it")


def complain(error: SsohelperError) -> None:
    """An error: what is wrong in one line, and what can be done about it in another."""
    show(f"ssohelper: {paint(plain(str(error)), 'red', color(sys.stderr))}")
    if error.hint:
        hint(error.hint)


def hint(text: str) -> None:
    """What can be done, in one line."""
    show(f"{paint('hint:', 'cyan', color(sys.stderr))} {plain(text)}")


def interactive() -> bool:
    """Whether a person can be asked: they see what we say, and we hear what they answer."""
    # Each is None where the process was started without it.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def color(stream: TextIO | None) -> bool:
    """Whether to write colour to a stream, by the usual rules (https://no-color.org)."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def paint(text: str, style: str, wanted: bool) -> str:
    """The text in a colour, where colour is wanted."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if wanted else text


def confirm(question: str) -> None:
    """Ask, and go on only on yes. Raises `Cancelled` on no."""
    if _ask(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Cancelled("nothing changed")


def ask(what: str, option: str, *, example: str | None = None, default: str | None = None) -> str:
    """Ask for a value; an example or a default of it is shown.

    Raises `BadInput`, naming the option to use, where nobody can be asked.
    """
    if not interactive():
        if default is not None:
            return default
        raise BadInput(f"{what} is missing", hint=f"give it with {option}")
    shown = f" [{default}]" if default else f", such as {example}" if example else ""
    while True:
        answer = _ask(f"{what}{shown}: ").strip() or default
        if answer:
            return answer


@contextmanager
def working(what: str) -> Iterator[None]:
    """Something that goes round beside what is being done, where a person looks on; it leaves no trace."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(plain(what))):
        yield


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int, float], None]]:
    """A progress bar, where a person looks on: told (done, total, calls a second), it also shows the time left."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _total, _rate: None
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

        def tell(done: int, total: int, rate: float) -> None:
            bars.update(task, completed=done, total=total, rate=f"{rate:.0f} calls/s")

        yield tell


def open_browser(url: str, *, failed: Callable[[], None], words: Sequence[str] | None = None) -> Callable[[], object]:
    """Begin to open a page in the person's browser; `failed` is called where that cannot be, perhaps later.

    `words` are the command that opens it, where it shall not be the usual browser. Every user of this machine can
    read them, and `url`. Not every browser comes back at once: one in a terminal, or named by its path, runs until
    the person ends it. What it prints is talk, not our answer. What is returned waits until it has come back.
    """
    import threading
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        failed()
        return lambda: None

    def run() -> None:
        import subprocess

        # -P: no file of the folder that we happen to be in is taken for a module.
        usual = [sys.executable, "-P", "-c", _OPEN, url]
        done = _started(words) if words else not subprocess.run(usual, stdout=2, check=False).returncode
        if not done:
            failed()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread.join


def _started(words: Sequence[str]) -> bool:
    """Whether a browser could be started; it goes on when this terminal is closed, and leaves it alone."""
    import subprocess

    nothing = subprocess.DEVNULL
    try:
        browser = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        return browser.wait(_STARTING_SECONDS) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False


def show_qr_code(text: str) -> None:
    """The text as a QR code, for a phone to read; only where a person looks on."""
    if sys.stderr is None or not sys.stderr.isatty():
        return
    import segno

    segno.make(text, error="l", micro=False).terminal(out=sys.stderr, border=2, compact=True)
    show("")


def _write(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _ask(prompt: str) -> str:
    # Not input(): it writes its prompt to stdout, and stdout is the answer.
    _write(prompt)
    line = sys.stdin.readline()
    if not line:
        raise Cancelled("no answer")
    return line


def plain(text: str) -> str:
    """The text on one line: nothing in it, whoever wrote it, steers the terminal or begins a second line."""
    return "".join(character if character.isprintable() else " " for character in text)
