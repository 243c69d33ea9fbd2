"""The completion scripts are those that click makes for this version of the command."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Home

FOLDER = Path(__file__).parents[1] / "completions"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(make_home: Callable[..., Home], shell: str) -> None:
    """The script of each shell is what `ssohelper` itself prints."""
    printed = make_home().ssohelper(_SSOHELPER_COMPLETE=f"{shell}_source").stdout
    assert (FOLDER / f"ssohelper.{shell}").read_text() == printed


def test_bash_completes(make_home: Callable[..., Home]) -> None:
    """In a real bash, TAB after `ssohelper s` offers the commands that begin with s."""
    script = (
        f"source {FOLDER}/ssohelper.bash; COMP_WORDS=(ssohelper s); COMP_CWORD=1; "
        "_ssohelper_completion ssohelper; echo ${COMPREPLY[@]}"
    )
    home = make_home()
    done = home.run("bash", "-c", script, PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin")
    assert done.stdout.split() == ["status", "sync", "shell-init", "simulator"]
