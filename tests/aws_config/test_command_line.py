"""Command lines, compared with botocore."""

from collections.abc import Callable

from botocore.compat import compat_shell_split
from hypothesis import given, settings
from hypothesis import strategies as some

from ssohelper.aws_config import command_line

LINES = some.text(alphabet="ab \t\n\\\"'#", max_size=14)
PLATFORMS = some.sampled_from(["linux", "win32"])


@given(LINES, PLATFORMS)
@settings(max_examples=500)
def test_split(line: str, platform: str) -> None:
    """A line has the words that botocore splits it into, on Windows too."""

    def outcome(split: Callable[[str, str], list[str]]) -> list[str] | None:
        try:
            return split(line, platform)
        except ValueError:
            return None

    assert outcome(command_line.split) == outcome(compat_shell_split)


@given(some.lists(LINES, max_size=4), PLATFORMS)
def test_join(words: list[str], platform: str) -> None:
    """Words that are joined are split into the same ones by botocore."""
    joined = command_line.join(words, platform)
    assert [each for each in words if each or platform == "linux"] == [
        each for each in compat_shell_split(joined, platform) if each or platform == "linux"
    ]
