"""Profiles that use the credentials of another one."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, SESSION, config_findings, fix_config
from tests.fixtures.home import Home


@pytest.mark.parametrize(
    ("name", "suggestion"), [("away", ""), ("goods", "; did you mean good?"), ("godo", "; did you mean good?")]
)
def test_missing_source(configured: Home, name: str, suggestion: str) -> None:
    """However similar another profile is, the user chooses it: it is suggested in words, and not in the command."""
    role = "role_arn = arn:aws:iam::999988887777:role/x\nregion = us-east-1\n"
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\n{role}source_profile = {name}\n")
    (found,) = config_findings(configured)
    assert (found["kind"], found["line"], found["message"], found["fix"]) == (
        "source-profile-not-found",
        12,
        f"profile 'x' names source_profile {name!r}, which does not exist{suggestion}",
        "${EDITOR:-vi} +12 ~/.aws/config",
    )
    fix_config(configured, [found], edit=f"s/{name}/good/")
