"""Commands that edit the config file."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, ROLE, SESSION, config_findings, fix_config, run_fix
from tests.fixtures.home import Home


def test_copies_of_the_file(configured: Home) -> None:
    """Each command keeps a copy of the file as it was before, and overwrites no other copy."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1\nregion = us-east-2\nstray\n")
    before = configured.config.read_text()
    fix_config(configured, config_findings(configured))
    copies = [path.read_text() for path in sorted(configured.config.parent.glob("config.bak*"))]
    assert (copies[0], len(copies)) == (before, 2)


@pytest.mark.parametrize(
    "text",
    [
        "[profile x]\nregion = us-east-1\n[profile x]\nregion = us-east-2\n",
        "[profile x]\nregion = us-east-1\nRegion = us-east-2\n",
        f"[profile x]\nsso_session = amce\n{ROLE}",
        "[mine]\nsso_session = acme\n",
    ],
)
def test_moved_lines(configured: Home, text: str) -> None:
    """A command that is run after lines have moved changes nothing."""
    configured.config.write_text(SESSION + PROFILE + text)
    found = config_findings(configured)
    assert found
    moved = "# one more\n" * 20 + configured.config.read_text()
    configured.config.write_text(moved)
    for each in found:
        run_fix(configured, each["fix"])
    assert configured.config.read_text() == moved


def test_no_secrets(configured: Home) -> None:
    """No command repeats a value of the file."""
    configured.config.write_text(
        "[profile x]\naws_secret_access_key = hidden\naws_secret_access_key = hidden\nhidden too\n"
    )
    done = configured.ssohelper("doctor", "--offline")
    assert ("hidden" in done.stdout, done.returncode) == (False, 1)


def test_symlink(configured: Home) -> None:
    """If the config file is a symlink, its target is edited."""
    target = configured.path / "dotfiles"
    configured.config.rename(target)
    configured.config.symlink_to(target)
    target.write_text(f"{target.read_text()}stray\n")
    fix_config(configured, config_findings(configured))
    assert configured.config.is_symlink()
