"""Drawing the prompt starts no process."""

import re
from collections.abc import Callable

import pytest

from ssohelper.shell.prompt import State, Subject
from tests.fixtures.components import need
from tests.fixtures.drawing import draw
from tests.fixtures.home import Home
from tests.fixtures.shells import TOKEN, hook, look_signed_in, write_state

pytestmark = pytest.mark.full

CALLS = "clone,clone3,fork,vfork,execve"


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder with the files of a sign-in, and a state for a profile."""
    home = make_home(TERM="xterm", HISTFILE="/dev/null", fish_greeting="")
    look_signed_in(home)
    write_state(home, Subject("profile", "payments-prod/Read Only"), State("valid", token=TOKEN, label="payments"))
    home.environment["AWS_PROFILE"] = "payments-prod/Read Only"
    return home


@pytest.mark.parametrize(("shell", "prompts"), [("bash", 1000), ("zsh", 1000), ("fish", 200)])
def test_no_process(home: Home, shell: str, prompts: int) -> None:
    """A shell that draws many prompts makes the same system calls for processes as one that draws none."""
    code = hook(home, shell)

    def started(prompts: int) -> list[str]:
        trace = home.path / "trace"
        draw(home, shell, code, prompts, (need("strace"), "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(trace)))
        # An interrupted call has two lines; fish uses threads.
        lines = [line for line in trace.read_text().splitlines() if not re.search(" resumed>|CLONE_THREAD", line)]
        return [found[0] for line in lines if (found := re.search(rf"\b({CALLS.replace(',', '|')})\(", line))]

    assert started(prompts) == started(0)
    assert "payments <prompt>" in home.outputs()[-1].stdout
