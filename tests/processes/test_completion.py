"""`ssohelper complete`: what shells run to complete a word."""

import pytest

from tests.fixtures.home import Home


def complete(home: Home, shell: str, *words: str) -> list[str]:
    """The completions of a command line whose last word is being typed."""
    done = home.ssohelper("complete", shell, "--", *words)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


def test_commands(home: Home) -> None:
    """Commands are completed with their descriptions."""
    assert complete(home, "zsh", "sta") == ["status\tShow whether you are signed in, and until when."]
    subcommands = [line.split("\t") for line in complete(home, "fish", "agent", "st")]
    assert [name for name, _ in subcommands] == ["start", "status", "stop"]
    assert all(description for _, description in subcommands)


def test_options_and_choices(home: Home) -> None:
    """Options and their choices are completed, also after an equals sign."""
    assert complete(home, "bash", "exec", "--vi") == ["--via"]
    assert complete(home, "bash", "exec", "--via", "e") == ["endpoint", "env"]
    assert complete(home, "zsh", "exec", "--via=e") == ["--via=endpoint\t", "--via=env\t"]


@pytest.mark.parametrize("words", [("nosuch", ""), ("login", "--nosuch", "x")], ids=" ".join)
def test_invalid_line(home: Home, words: tuple[str, ...]) -> None:
    """A command line that is already invalid has no completions, and causes no message."""
    assert complete(home, "zsh", *words) == []
