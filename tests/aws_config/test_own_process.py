"""The `credential_process` lines that run ssohelper."""

from collections.abc import Callable

import pytest
from botocore.compat import compat_shell_split
from hypothesis import given, settings
from hypothesis import strategies as some

from ssohelper.aws_config import own_process
from ssohelper.model import RoleRef

ROLE = RoleRef("acme", "111122223333", "ReadOnly")
OPTIONS = "--session acme --account-id 111122223333 --role-name ReadOnly"


@pytest.mark.parametrize(
    "line",
    [
        f"/opt/bin/ssohelper credential-process {OPTIONS}",
        f"/opt/bin/ssohelper-credential-process {OPTIONS}",
        f"ssohelper credential-process {OPTIONS}",
        "/x/ssohelper-credential-process --role-name ReadOnly --session acme --account-id 111122223333",
        f"/opt/bin/wrapper credential-process {OPTIONS}",
        f'"/with blank/ssohelper" credential-process {OPTIONS}',
    ],
)
def test_ours(line: str) -> None:
    """A line that `sync` wrote, or a person after its model, is for a role."""
    assert own_process.role_of(line) == ROLE


def test_name_with_blank() -> None:
    """A session's name may have a blank."""
    line = "ssohelper credential-process --session 'my org' --account-id 111122223333 --role-name ReadOnly"
    assert own_process.role_of(line) == RoleRef("my org", "111122223333", "ReadOnly")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "'open",
        "/bin/false",
        f"/bin/other {OPTIONS}",
        f"ssohelper env {OPTIONS}",
        "ssohelper credential-process",
        "ssohelper credential-process --session acme --account-id 111122223333",
        f"ssohelper credential-process {OPTIONS} --session other",
        "ssohelper credential-process --session acme --account-id 111122223333 --profile ReadOnly",
        f"ssohelper credential-process {OPTIONS} more",
    ],
)
def test_others(line: str) -> None:
    """Any other line is not ours."""
    assert own_process.role_of(line) is None


@given(some.text(alphabet="ab \t\n\\\"'#", max_size=14), some.sampled_from(["linux", "win32"]))
@settings(max_examples=500)
def test_words(line: str, platform: str) -> None:
    """A line has the words that botocore splits it into, on Windows too."""

    def outcome(split: Callable[[str, str], list[str]]) -> list[str] | None:
        try:
            return split(line, platform)
        except ValueError:
            return None

    assert outcome(own_process.words_of) == outcome(compat_shell_split)
