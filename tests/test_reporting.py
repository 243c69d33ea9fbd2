"""Errors become messages and exit codes in one place."""

from collections.abc import Callable

import pytest

from ssohelper import reporting
from ssohelper.errors import BadInput, SignInRequired
from tests.fixtures.home import Home, command


def _raise(error: BaseException) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "code", "shown"),
    [
        (lambda: None, 0, ""),
        (lambda: 3, 3, ""),
        (
            _raise(BadInput("no such thing", hint="ssohelper --help")),
            2,
            "ssohelper: no such thing\nhint: ssohelper --help\n",
        ),
        (
            _raise(SignInRequired("not signed in", hint="ssohelper login")),
            4,
            "ssohelper: not signed in\nhint: ssohelper login\n",
        ),
        (_raise(KeyboardInterrupt()), 130, "ssohelper: cancelled\n"),
        (
            _raise(FileNotFoundError(2, "No such file or directory", "/x")),
            1,
            "ssohelper: no such file or directory: /x\n",
        ),
    ],
)
def test_run(work: Callable[[], object], code: int, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is that of the command or its error; an error is printed to stderr."""
    assert reporting.run(work) == code
    assert capsys.readouterr() == ("", shown)


def test_full_disk(signed_in: Home) -> None:
    """Output that cannot be written is an error, not a bug."""
    done = signed_in.run("sh", "-c", f"{command('ssohelper')[0]} accounts >/dev/full")
    assert (done.stderr, done.returncode) == ("ssohelper: can't write the output: no space left on device\n", 1)


def test_reader_that_stops(signed_in: Home) -> None:
    """A reader that closes its end of the pipe, such as `head`, causes no message."""
    done = signed_in.run("bash", "-c", f"{command('ssohelper')[0]} roles --json | true; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_bug(signed_in: Home) -> None:
    """An unexpected exception is reported in one line, without a traceback and the secrets in it."""
    broken = signed_in.path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import ssohelper.ui.output\ndef status_lines(rows, now, *, look):\n    return rows['planted']\n"
        "ssohelper.ui.output.status_lines = status_lines\n"
    )
    done = signed_in.ssohelper("status", PYTHONPATH=str(broken))
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        (
            "ssohelper: this is a bug in ssohelper: TypeError in sitecustomize.py, line 3\n"
            "hint: run it again with SSOHELPER_TRACEBACK=1 and report what it prints\n"
        ),
        1,
    )
