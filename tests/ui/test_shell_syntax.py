"""Commands in the syntax of the shell in which they are pasted."""

import sys

import pytest

from ssohelper.ui import shell_syntax
from tests.fixtures.components import need
from tests.fixtures.home import Home

UNSET = "unset AWS_PROFILE AWS_REGION"


@pytest.mark.parametrize(
    ("command", "shell", "shown"),
    [
        (UNSET, "bash", UNSET),
        (UNSET, "", UNSET),
        (UNSET, "fish", "set -e AWS_PROFILE AWS_REGION"),
        (UNSET, "pwsh", "Remove-Item Env:AWS_PROFILE, Env:AWS_REGION"),
        ("unset the proxy", "fish", "unset the proxy"),
        ("export A_B=/x no_proxy='a b'", "bash", "export A_B=/x no_proxy='a b'"),
        ("export A_B=/x no_proxy='a b'", "fish", "export A_B=/x no_proxy='a b'"),
        ("export A_B=/x no_proxy='a b'", "pwsh", "$Env:A_B = '/x'; $Env:no_proxy = 'a b'"),
        ('export A_B="it\'s"', "pwsh", "$Env:A_B = 'it''s'"),
        ("${EDITOR:-vi} +2 ~/.aws/config", "fish", "code --wait +2 ~/.aws/config"),
        ("${EDITOR:-vi} +2 ~/.aws/config", "bash", "${EDITOR:-vi} +2 ~/.aws/config"),
        ("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY, or name the profile", "fish", None),
        (f"unset {'A' * 200}!", "fish", None),
        ("ssohelper login --session acme", "fish", "ssohelper login --session acme"),
    ],
)
def test_adapted(command: str, shell: str, shown: str | None) -> None:
    """What POSIX shells and fish write differently is adapted; an editor is named."""
    assert shell_syntax.adapted(command, shell, "code --wait") == (shown or command)


def test_windows() -> None:
    """On Windows, there is an editor that takes no line number."""
    command = "${EDITOR:-vi} +2 ~/.aws/config"
    assert shell_syntax.adapted(command, "pwsh", "", "win32") == "notepad ~/.aws/config"
    assert shell_syntax.adapted(command, "pwsh", "code", "win32") == "code +2 ~/.aws/config"


@pytest.mark.parametrize("editor", ["vim; touch hurt #", "$(touch hurt)", "a|b", "", "a  b", "'x y'"])
def test_hostile_editor(editor: str) -> None:
    """An EDITOR that a shell would read as more than a command is not named."""
    assert shell_syntax.adapted("${EDITOR:-vi} +2 x", "fish", editor) == "vi +2 x"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_current_shell(home: Home, shell: str) -> None:
    """It is the program that has started this one, not the login shell."""
    program = "from ssohelper.ui import shell_syntax; print(shell_syntax.current_shell())"
    home.environment["SHELL"] = "/bin/false"
    done = home.run(need(shell), "-c", f'{sys.executable} -c "{program}"; true')
    assert (done.stdout, done.stderr) == (f"{shell}\n", "")
