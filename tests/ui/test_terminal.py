"""What the terminal module prints, asks and opens; always on stderr."""

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ssohelper.errors import BadInput, Cancelled, Failed
from ssohelper.ui import terminal
from ssohelper.ui.look import Look
from ssohelper.ui.terminal import Question
from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import HANG_SECONDS, Home


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.fixture
def no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable about colour is set."""
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.usefixtures("no_color")
def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    """A message is one line without control characters; an error has its hint on the next one.

    A hint with such characters is left out: pasted, it would name something else.
    """
    terminal.say("account \x1b]0;x\x07\nfake: line")
    terminal.error(Failed("can't read \x9b31mit", hint="ls -ld '~/a\n b'"))
    terminal.error(Failed("can't read ~/a", hint="ls -ld ~/a"))
    terminal.error(Failed("no hint"))
    assert capsys.readouterr() == (
        "",
        (
            "ssohelper: account  ]0;x  fake: line\n"
            "ssohelper: can't read  31mit\n"
            "ssohelper: can't read ~/a\nhint: ls -ld ~/a\n"
            "ssohelper: no hint\n"
        ),
    )


@pytest.mark.usefixtures("no_color")
def test_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """The message of a wait names the process, and what it holds."""
    terminal.waiting("sign-in to acme")("process 7")
    assert capsys.readouterr().err == "ssohelper: waiting for process 7 (sign-in to acme)\n"


@pytest.mark.parametrize("missing", ["stdin", "stderr"])
def test_not_interactive(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Nothing is asked unless stdin and stderr are terminals; a process may have neither."""
    for name in ("stdin", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    assert terminal.interactive()
    for other in (None, io.StringIO()):
        monkeypatch.setattr(sys, missing, other)
        assert not terminal.interactive()
        assert terminal.ask(Question("region", "--region REGION", default="us-east-1")) == "us-east-1"
        with pytest.raises(BadInput) as refused:
            terminal.ask(Question("region", "--region REGION", example="us-east-1"))
        assert (str(refused.value), refused.value.hint) == ("region is missing", "set it with --region REGION")


def test_without_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without stderr prints nothing, and does not fail."""
    monkeypatch.setattr(sys, "stderr", None)
    terminal.say("message")
    terminal.show_qr_code("https://example.com")
    with terminal.spinner("working"), terminal.progress("working") as show:
        show(1, 2, 3.0)


@pytest.mark.parametrize(
    ("answers", "options", "answer", "prompts"),
    [
        ("eu-west-1\n", {"example": "us-east-1"}, "eu-west-1", ["region (such as us-east-1): "]),
        ("\n \n x \n", {}, "x", ["region: "] * 3),
        ("\n", {"default": "us-east-1"}, "us-east-1", ["region [us-east-1]: "]),
    ],
)
def test_ask(
    monkeypatch: pytest.MonkeyPatch, answers: str, options: dict[str, Any], answer: str, prompts: list[str]
) -> None:
    """The question is asked until there is an answer, or a default."""
    stderr, stdin = Terminal(), Terminal(answers)
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "stderr", stderr)
    assert terminal.ask(Question("region", "--region REGION", **options)) == answer
    assert stderr.getvalue() == "".join(prompts)
    with pytest.raises(Cancelled, match=r"^no answer$"):  # the end of the input
        terminal.ask(Question("region", "--region REGION"))


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", " YES \n"])
def test_confirmed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str) -> None:
    """Only yes counts as yes; the question is not on stdout."""
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    terminal.confirm("apply?")
    assert capsys.readouterr() == ("", "apply? [y/N] ")


@pytest.mark.parametrize(
    ("answer", "message"),
    [("\n", "nothing changed"), ("ye\nmaybe\nN\n", "nothing changed"), ("", "no answer"), ("ye\n", "no answer")],
)
def test_not_confirmed(monkeypatch: pytest.MonkeyPatch, answer: str, message: str) -> None:
    """No, and no answer, cancel; for anything else the question is asked again."""
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    with pytest.raises(Cancelled, match=f"^{message}$"):
        terminal.confirm("apply?")


def test_details(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there are details, `?` shows them, and the question is asked again; an empty answer is the default."""
    monkeypatch.setattr(sys, "stdin", Terminal("?\n\n"))
    assert terminal.agree("apply?", default=True, details=lambda: "all of it")
    assert capsys.readouterr() == ("", "apply? [Y/n/?] all of it\napply? [Y/n/?] ")


def test_spinner_and_progress(home: Home) -> None:
    """On a terminal they show what is being done, and are erased at the end."""
    program = """
import time
from ssohelper.ui import terminal
from ssohelper.ui.terminal import Question
with terminal.progress("listing accounts") as show:
    show(3, 8, 4.6)
    time.sleep(0.5)
with terminal.spinner("signing [in]"):
    time.sleep(0.5)
"""
    shown = home.terminal("-c", program, program=sys.executable)
    shown.expect("listing accounts.*3/8.*5 calls/s")
    shown.expect_exact("signing [in]")
    shown.expect_exact("\x1b[?25h")  # the cursor is shown again
    shown.wait()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The URLs that were opened in the default browser."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))

    def read() -> list[str]:
        path = tmp_path / "opened"
        return path.read_text().splitlines() if path.exists() else []

    return read


@pytest.mark.parametrize("url", ["https://acme.awsapps.com/start", "http://127.0.0.1:8080/x"])
def test_open_browser(opened: Callable[[], list[str]], url: str) -> None:
    """Pages of Identity Center, and of this machine, are opened."""
    terminal.open_browser(url, failed=lambda: pytest.fail("failed"))()
    wait_until(lambda: opened() == [url])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://127.0.0.1.example.com/",
        "--help",
        "",
    ],
)
def test_other_urls(opened: Callable[[], list[str]], url: str) -> None:
    """Whatever else a service may send is not opened."""
    failures: list[bool] = []
    terminal.open_browser(url, failed=lambda: failures.append(True))()
    assert (failures, opened()) == ([True], [])


@pytest.mark.parametrize(
    ("words", "fails"),
    [(["true"], False), (["false"], True), (["/nonexistent"], True), (["sleep", "3"], False)],
    ids=["opened", "failed", "not found", "running"],
)
@pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")
def test_chosen_browser(monkeypatch: pytest.MonkeyPatch, words: list[str], fails: bool) -> None:
    """A browser that is not found, or ends with an error, has failed; one that keeps running has not."""
    monkeypatch.setattr(terminal, "_STARTING_SECONDS", 0.5)
    failures: list[bool] = []
    terminal.open_browser("https://example.com", failed=lambda: failures.append(True), words=words)()
    assert failures == [True] * fails


def test_default_browser_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that runs until the user closes it does not stop the caller."""
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/id\nexec sleep 60\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    began = time.monotonic()
    failures: list[bool] = []
    join = terminal.open_browser("https://example.com", failed=lambda: failures.append(True))
    assert time.monotonic() - began < HANG_SECONDS / 4
    wait_until(lambda: (tmp_path / "id").exists() and bool((tmp_path / "id").read_text().strip()))
    assert failures == []
    os.kill(int((tmp_path / "id").read_text()), 9)
    join()


TEXT_BROWSER = """\
#!/bin/sh
(echo COVERED > /dev/tty; read answer < /dev/tty) 2> {folder}/errors
echo COVERED; echo COVERED >&2
echo "$1 $TERM" > {folder}/opened
"""


@pytest.mark.parametrize("name", ["BROWSER", "www-browser"])
def test_text_browser(home: Home, name: str) -> None:
    """A browser has no terminal, neither that of BROWSER nor one that Python finds."""
    browser = home.path / "bin" / name
    browser.parent.mkdir(exist_ok=True)
    browser.write_text(TEXT_BROWSER.format(folder=home.path))
    browser.chmod(0o755)
    program = (
        "from ssohelper.ui import terminal\n"
        "terminal.show('ABCD-EFGH')\n"
        "terminal.open_browser('http://127.0.0.1:9/', failed=lambda: terminal.say('failed'))()\n"
    )
    if name == "BROWSER":
        home.environment["BROWSER"] = str(browser)
    else:
        home.environment.update(PATH=f"{browser.parent}:{home.environment['PATH']}", TERM="xterm")
    shown = home.terminal("-c", program, program=sys.executable)
    shown.expect(pexpect.EOF)
    assert shown.before == ("ABCD-EFGH\r\n" if name == "BROWSER" else "ABCD-EFGH\r\nssohelper: failed\r\n")
    opened = home.path / "opened"
    assert (opened.read_text() if opened.exists() else None) == (
        "http://127.0.0.1:9/ \n" if name == "BROWSER" else None
    )


@pytest.mark.usefixtures("no_color")
def test_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet there are no notes and no next steps; warnings and errors stay."""
    monkeypatch.setenv("SSOHELPER_QUIET", "1")
    terminal.say("wrote ~/.aws/config")
    terminal.next_step("ssohelper sync")
    terminal.warn("region is set twice")
    terminal.error(Failed("can't read ~/a", hint="ls -ld ~/a"))
    assert capsys.readouterr().err == (
        "ssohelper: region is set twice\nssohelper: can't read ~/a\nhint: ls -ld ~/a\n"
    )


def test_progress_without_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal, long work reports its progress every ten seconds."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with terminal.progress("listing accounts") as show:
        for done in range(1, 31):
            now[0] += 1
            show(done, 60, 12.3)
    assert capsys.readouterr().err.splitlines() == [
        "ssohelper: listing accounts: 10 of 60, 12 calls/s",
        "ssohelper: listing accounts: 20 of 60, 12 calls/s",
        "ssohelper: listing accounts: 30 of 60, 12 calls/s",
    ]


@pytest.mark.usefixtures("no_color")
def test_narrow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Messages break at spaces; a hint, which may be pasted, is never broken."""
    monkeypatch.setattr(Look, "of", lambda _stream: Look(width=30))
    terminal.error(
        Failed("the sign-in to acme has expired: sign in again", hint="ssohelper login --session acme --force")
    )
    assert capsys.readouterr().err == (
        "ssohelper: the sign-in to acme\n  has expired: sign in again\nhint: ssohelper login --session acme --force\n"
    )
