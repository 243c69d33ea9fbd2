"""`ssohelper settings`: what is set and where, whether it is valid, and editing it."""

import json
import re
from pathlib import Path

import pexpect
import pytest

from ssohelper.settings.checks import CHECKS, REVIEW_CHECKS
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
    review = {f"permission_sets.{name}" for name in REVIEW_CHECKS} - {"permission_sets.accept"}
    assert {name.partition("[")[0] for name in rows} == set(CHECKS) - {"chained", "permission_sets"} | review
    assert {name: (row["value"], row["set_in"]) for name, row in rows.items() if row["set_in"]} == {
        "region": ("eu-west-1", "[defaults], line 2"),
        "sign_in_hours": (8.0, "[defaults], line 3"),
        "exclude": (["*-sandbox"], "[sessions.acme], line 8"),
        "rules[0]": ({"match": "*-prod/*", "color": "red"}, "[defaults], line 4"),
    }
    done = set_up.ssohelper("settings", "show")
    assert done.stderr == "ssohelper: settings of acme\n"
    lines = done.stdout.splitlines()
    shown = {line.split()[0]: line for line in lines}
    assert [each.strip() for each in re.split("  +", shown["rules[0]"])[-2:]] == [
        '{"match": "*-prod/*", "color": "red"}',
        "[defaults], line 4",
    ]
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


def test_rules_of_both(set_up: Home) -> None:
    """Rules of the session come first, and each names its own line."""
    set_up.settings.write_text(f'{TOML}[[sessions.acme.rules]]\nmatch = "a"\n')
    facts = json.loads(set_up.ssohelper("settings", "show", "--json").stdout)
    assert [(each["setting"], each["set_in"]) for each in facts if "rules" in each["setting"]] == [
        ("rules[0]", "[sessions.acme], line 9"),
        ("rules[1]", "[defaults], line 4"),
    ]


def test_region(set_up: Home) -> None:
    """A region that does not exist is found, also that of a rule."""
    for wrong in (
        TOML.replace("eu-west-1", "eu-west-77"),
        f'{TOML}[[sessions.acme.rules]]\nmatch = "a"\nregion = "eu-west-77"\n',
    ):
        set_up.settings.write_text(wrong)
        done = set_up.ssohelper("settings", "check")
        assert (done.returncode, "eu-west-77" in done.stderr) == (2, True)


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
    dialogue.expect_exact("is invalid: commands fail until it is corrected")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 1


def test_edit_without_terminal(set_up: Home, tmp_path: Path) -> None:
    """Without a terminal no editor is opened."""
    editor(set_up, f'touch "{tmp_path / "ran"}"')
    done = set_up.ssohelper("settings", "edit")
    assert (done.returncode, (tmp_path / "ran").exists()) == (2, False)
    assert done.stderr.splitlines()[0] == "ssohelper: no terminal to edit on"


@pytest.mark.full
@pytest.mark.parametrize("chosen", ["nosuch", "vi 'x", "/"])
def test_no_editor(signed_in: Home, chosen: str) -> None:
    """An editor that cannot be run is an error, and leaves no new file."""
    signed_in.environment.update(EDITOR="true", VISUAL=chosen, NO_COLOR="1")
    dialogue = signed_in.terminal("settings", "edit")
    dialogue.expect_exact(f"ssohelper: cannot run the editor: {chosen!r} (from VISUAL)")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert (dialogue.exitstatus, signed_in.settings.exists()) == (2, False)


@pytest.mark.full
def test_editor_fails(set_up: Home) -> None:
    """What an editor has written is checked, also if it ends with an error; blank variables name none."""
    editor(set_up, 'echo "[[[" >>"$1"; exit 3')
    set_up.environment["VISUAL"] = " "
    dialogue = set_up.terminal("settings", "edit")
    dialogue.expect_exact("the editor ended with exit code 3")
    dialogue.expect_exact("edit it again? [Y/n] ")
    dialogue.sendline("n")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 1
