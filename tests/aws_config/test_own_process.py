"""The `credential_process` lines that run ssohelper."""

import pytest

from ssohelper.aws_config import own_process
from ssohelper.roles import RoleRef

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
