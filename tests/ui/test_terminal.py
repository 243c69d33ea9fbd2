"""What the terminal module prints, asks and opens; always on stderr."""

import io
import sys
import time
from typing import Any

import pytest

from ssohelper.errors import BadInput, Cancelled, Failed
from ssohelper.ui import terminal
from ssohelper.ui.look import Look
from ssohelper.ui.terminal import Question
from tests.fixtures.home import Home
from tests.fixtures.streams import Terminal


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
