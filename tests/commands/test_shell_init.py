"""`ssohelper shell-init`: the code that a shell evaluates when it starts."""

import shlex

import pytest

from ssohelper.shell import completion_script
from tests.fixtures.home import Home, command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_code(home: Home, shell: str) -> None:
    """The code has the paths of this home folder and program, and the completion script."""
    done = home.ssohelper("shell-init", shell)
    assert (done.stderr, done.returncode) == ("", 0)
    for path in (command("ssohelper")[0], home.state / "prompt", home.state / "refresh-history", home.settings):
        assert shlex.quote(str(path)) in done.stdout or f"'{path}'" in done.stdout, path
    assert completion_script.script(shell) in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_no_prompt(home: Home, shell: str) -> None:
    """--no-prompt changes one value of the code: whether the prompt is drawn."""
    default, quiet = (home.ssohelper("shell-init", shell, *words).stdout for words in ((), ("--no-prompt",)))
    pairs = zip(default.splitlines(), quiet.splitlines(), strict=True)
    changed = [(before, after) for before, after in pairs if before != after]
    assert len(changed) == 1
    assert changed[0][0].replace("yes", "no") == changed[0][1]
