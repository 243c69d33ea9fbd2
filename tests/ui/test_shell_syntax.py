"""Commands in the syntax of the shell in which they are pasted."""

import subprocess

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from ssohelper import hints
from ssohelper.ui import shell_syntax
from tests.fixtures.components import need
from tests.fixtures.examples import examples

UNSET = "unset AWS_PROFILE AWS_REGION"


@pytest.mark.parametrize(
    ("command", "shell", "shown"),
    [
        (UNSET, "bash", UNSET),
        (UNSET, "", UNSET),
        (UNSET, "fish", "set -e AWS_PROFILE AWS_REGION"),
        (UNSET, "pwsh", "Remove-Item Env:AWS_PROFILE, Env:AWS_REGION -ErrorAction Ignore"),
        ("unset the proxy", "fish", "unset the proxy"),
        ("export A_B=/x no_proxy='a b'", "bash", "export A_B=/x no_proxy='a b'"),
        ("export A_B=/x no_proxy='a b'", "fish", "export A_B=/x no_proxy='a b'"),
        ("export A_B=/x no_proxy='a b'", "pwsh", "$Env:A_B = '/x'; $Env:no_proxy = 'a b'"),
        ('export A_B="it\'s"', "pwsh", "$Env:A_B = 'it''s'"),
        ("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY, or name the profile", "fish", None),
        ("ls ~/'my files'", "pwsh", 'ls "$HOME/my files"'),
        ('ls ~/"it\'s"', "pwsh", 'ls "$HOME/it\'s"'),
        ('ls ~/"it\'s"', "fish", None),
        (f"unset {'A' * 200}!", "fish", None),
        ("ssohelper login --session acme", "fish", "ssohelper login --session acme"),
    ],
)
def test_adapted(command: str, shell: str, shown: str | None) -> None:
    """What POSIX shells and fish write differently is adapted."""
    assert shell_syntax.adapted(command, shell) == (shown or command)


@pytest.mark.parametrize(
    ("editor", "platform", "shown"),
    [
        ("", "linux", "vi +2 ~/.aws/config"),
        ("", "win32", "notepad ~/.aws/config"),
        ("/usr/bin/nvim -p", "linux", "/usr/bin/nvim -p +2 ~/.aws/config"),
        ("code --wait", "darwin", "code --wait --goto ~/.aws/config:2"),
        ("code.exe", "win32", "code.exe --goto ~/.aws/config:2"),
        ("gedit", "linux", "gedit ~/.aws/config"),
    ],
)
def test_editor(editor: str, platform: str, shown: str) -> None:
    """The editor is named, and gets the line as it takes it."""
    assert shell_syntax.with_editor("${EDITOR:-vi} +2 ~/.aws/config", editor, platform) == shown
    assert shell_syntax.with_editor("ssohelper login", editor, platform) == "ssohelper login"


NAMES = some.text(alphabet="ab \\'\"|;$%=~{}()*?[]#&<>!^`,\u2018\u2019\n\t", max_size=12)


@given(NAMES)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("a\\'\"|touch pwned \\")
@example("%self")
@example("=ls")
@pytest.mark.parametrize("shell", ["sh", "fish", "zsh"])
def test_any_name(shell: str, name: str) -> None:
    """Whatever a name is, in a command it is one word for every shell, and nothing in it is run."""
    name = name.replace("\n", " ")  # a hint has one line
    command = shell_syntax.adapted(hints.shell("printf", "%s|%s", f"<{name}>", name), shell)
    done = subprocess.run([need(shell), "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"<{name}>|{name}", "")


def test_editor_without_line() -> None:
    """A file is opened without a line, if none is known."""
    assert shell_syntax.with_editor("${EDITOR:-vi} ~/x", "code", "linux") == "code ~/x"


@pytest.mark.parametrize("editor", ["vim; touch hurt #", "$(touch hurt)", "a|b", "", "a  b", "'x y'"])
def test_hostile_editor(editor: str) -> None:
    """An EDITOR that a shell would read as more than a command is not named."""
    assert shell_syntax.with_editor("${EDITOR:-vi} +2 x", editor, "linux") == "vi +2 x"
