"""`ssohelper settings`: what is set and where, whether it is valid, and editing it."""

import json
from pathlib import Path

import pexpect
import pytest

from ssohelper.settings.checks import CHECKS
from tests.fixtures.home import Home

TOML = """\
[defaults]
region = "eu-west-1"
sign_in_hours = 8
[[defaults.rules]]
match = "*-prod/*"
color = "red"
[sessions.acme]
exclude = ["*-sandbox"]
"""


@pytest.fixture
def set_up(signed_in: Home) -> Home:
    """A home folder with a few settings."""
    signed_in.settings.parent.mkdir(parents=True, exist_ok=True)
    signed_in.settings.write_text(TOML)
    return signed_in


def test_show(set_up: Home) -> None:
    """Every setting is listed, with its value and the line that sets it."""
    rows = {each["setting"]: each for each in json.loads(set_up.ssohelper("settings", "show", "--json").stdout)}
    assert set(rows) == set(CHECKS)
    assert {name: (row["value"], row["set_in"]) for name, row in rows.items() if row["set_in"]} == {
        "region": ("eu-west-1", "[defaults], line 2"),
        "sign_in_hours": (8.0, "[defaults], line 3"),
        "exclude": (["*-sandbox"], "[sessions.acme], line 8"),
        "rules": (rows["rules"]["value"], "[defaults], line 4"),
    }
    lines = set_up.ssohelper("settings", "show").stdout.splitlines()
    shown = {line.split()[0]: line for line in lines}
    assert shown["rules"].split("  ")[-2:] == ['[{"match": "*-prod/*", "color": "red"}]', "[defaults], line 4"]
    assert shown["sign_in_hours"].split()[1] == "8"
    assert shown["output"].split()[1:] == ["-", "default"]


def test_check(set_up: Home) -> None:
    """A valid file is said to be; of an invalid one the line is named, and what is expected."""
    done = set_up.ssohelper("settings", "check")
    assert (done.stdout, done.stderr, done.returncode) == (
        *("", "ssohelper: ~/.config/ssohelper/config.toml: all settings are valid\n"),
        0,
    )
    set_up.settings.write_text(f"{TOML}prune = 1\n[sessions.typo]\n")
    done = set_up.ssohelper("settings", "check")
    assert (done.stderr.splitlines()[0], done.returncode) == (
        "ssohelper: ~/.config/ssohelper/config.toml, line 9: prune: expected true or false, found 1",
        2,
    )
    set_up.settings.write_text(f"{TOML}[sessions.typo]\n")
    done = set_up.ssohelper("settings", "check")
    assert "sso-session 'typo' not found in ~/.aws/config" in done.stderr.splitlines()[0]
    set_up.settings.unlink()
    done = set_up.ssohelper("settings", "check")
    assert done.stderr == "ssohelper: ~/.config/ssohelper/config.toml: nothing is set, defaults apply\n"


def editor(home: Home, script: str) -> None:
    """Make a script the editor; it gets the file as $1."""
    program = home.path / "editor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    home.environment.update(EDITOR=str(program), NO_COLOR="1")


@pytest.mark.full
def test_edit(set_up: Home) -> None:
    """The editor opens the file; while it is not valid, it can be edited again."""
    editor(
        set_up, 'if grep -q wrong "$1"; then sed -i s/wrong/table/ "$1"; else echo \'output = "wrong"\' >>"$1"; fi'
    )
    dialogue = set_up.terminal("settings", "edit")
    dialogue.expect_exact("line 9: output: expected one of")
    dialogue.expect_exact("edit it again? [Y/n] ")
    dialogue.sendline("")
    dialogue.expect_exact("ssohelper: wrote ~/.config/ssohelper/config.toml")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert (dialogue.exitstatus, set_up.settings.read_text()) == (0, f'{TOML}output = "table"\n')


@pytest.mark.full
@pytest.mark.parametrize(("script", "left"), [("true", False), ('echo >"$1"', True)])
def test_new_file(signed_in: Home, script: str, left: bool) -> None:
    """A new file has an example, and is removed if nothing was written."""
    editor(signed_in, f'cp "$1" "$HOME/seen"\n{script}')
    dialogue = signed_in.terminal("settings", "edit")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert (dialogue.exitstatus, signed_in.settings.exists()) == (0, left)
    assert "profile_name" in (signed_in.path / "seen").read_text()


@pytest.mark.full
def test_left_invalid(set_up: Home) -> None:
    """Who leaves an error in the file is told that commands will refuse it."""
    editor(set_up, 'echo "x = 1" >>"$1"')
    dialogue = set_up.terminal("settings", "edit")
    dialogue.expect_exact("edit it again? [Y/n] ")
    dialogue.sendline("n")
    dialogue.expect_exact("has an error: commands refuse it until it is corrected")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 1


def test_edit_without_terminal(set_up: Home, tmp_path: Path) -> None:
    """Without a terminal no editor is opened."""
    editor(set_up, f'touch "{tmp_path / "ran"}"')
    done = set_up.ssohelper("settings", "edit")
    assert (done.returncode, (tmp_path / "ran").exists()) == (2, False)
    assert done.stderr.splitlines()[0] == "ssohelper: no terminal to edit on"
