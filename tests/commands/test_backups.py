"""`ssohelper backups`: earlier versions of the config file are listed, and put back."""

import json
import os
from pathlib import Path

import pexpect
import pytest

from tests.fixtures.home import Home


@pytest.fixture
def changed(signed_in: Home) -> Home:
    """A home folder whose config file was changed by two runs."""
    for include in ("management", "security-audit"):
        assert signed_in.ssohelper("sync", "--yes", "--include", include).returncode == 0
    return signed_in


def listed(home: Home) -> list[dict[str, object]]:
    """The backups, the newest first."""
    found: list[dict[str, object]] = json.loads(home.ssohelper("backups", "list", "--json").stdout)
    return found


def test_list(changed: Home) -> None:
    """Each backup says how many profiles it has, and what restoring it would change."""
    newest, oldest = listed(changed)
    assert (newest["profiles"], newest["changes"], oldest["profiles"], len(oldest["changes"])) == (  # type: ignore[arg-type]
        *(1, [{"kind": "removed", "section": "profile security-audit.ReadOnly"}]),
        *(0, 2),
    )
    lines = changed.ssohelper("backups", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["backup", newest["backup"], oldest["backup"]]
    assert lines[1].endswith("-profile security-audit.ReadOnly")


def test_none(home: Home) -> None:
    """Without backups there is nothing to list, and nothing to restore."""
    done = home.ssohelper("backups", "list")
    assert (done.stdout, done.stderr, done.returncode) == ("", "ssohelper: no backups of ~/.aws/config\n", 0)
    assert home.ssohelper("backups", "restore", "--yes").returncode == 2


def test_restore(changed: Home) -> None:
    """The version is back byte for byte; the one that it replaced is the newest backup, so it can be taken back."""
    after = changed.config.read_bytes()
    before = changed.run("cat", str(listed(changed)[1]["path"])).stdout
    done = changed.ssohelper("backups", "restore", str(listed(changed)[1]["backup"]), "--yes")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        ("- [profile management.ReadOnly]\n- [profile security-audit.ReadOnly]\nssohelper: restored ~/.aws/config\n"),
        0,
    )
    assert changed.config.read_text() == before
    assert changed.ssohelper("backups", "restore", "--yes").returncode == 0
    assert changed.config.read_bytes() == after


@pytest.mark.full
@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("", 130)])
def test_question(changed: Home, answer: str, code: int) -> None:
    """It asks first, and changes nothing unless the answer is yes."""
    before = changed.config.read_bytes()
    dialogue = changed.terminal("backups", "restore")
    dialogue.expect_exact("[profile security-audit.ReadOnly]")
    dialogue.expect_exact("Z? [y/N] ")
    dialogue.sendline(answer)
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert (dialogue.exitstatus, changed.config.read_bytes() == before) == (code, code != 0)


def test_refusals(changed: Home) -> None:
    """Without a terminal it needs --yes; a name must be one of the list."""
    done = changed.ssohelper("backups", "restore")
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        2,
        [
            "ssohelper: cannot ask for confirmation without a terminal",
            "hint: ssohelper backups restore --yes",
        ],
    )
    done = changed.ssohelper("backups", "restore", "../../x", "--yes")
    assert (done.returncode, done.stderr) == (
        2,
        "ssohelper: backup not found: ../../x\nhint: ssohelper backups list\n",
    )


def test_comments_only(changed: Home) -> None:
    """A version that differs in comments only says so."""
    changed.config.write_text(f"# a comment\n{changed.config.read_text()}")
    assert changed.ssohelper("sync", "--yes", "--include", "fraud", "--include", "payments-prod").returncode == 0
    assert changed.ssohelper("backups", "restore", "--yes").returncode == 0
    changed.config.write_text(changed.config.read_text().removeprefix("# a comment\n"))
    newest = next(each for each in listed(changed) if not each["changes"])
    done = changed.ssohelper("backups", "restore", str(newest["backup"]), "--yes")
    assert done.stderr.splitlines() == [
        "ssohelper: only comments, blank lines or the order of sections are different",
        "ssohelper: restored ~/.aws/config",
    ]


def folder(home: Home) -> Path:
    """Where the backups are."""
    return Path(str(listed(home)[0]["path"])).parent


@pytest.mark.full
@pytest.mark.parametrize("name", ["zz", ".config-99991231T000000.000000Z", "config-99991231T000000.000000Z"])
def test_other_files(changed: Home, name: str) -> None:
    """Files with other names, links and pipes in the folder are no backups."""
    names = [each["backup"] for each in listed(changed)]
    before = changed.config.read_bytes()
    other = folder(changed) / name
    if name.startswith("config"):
        other.symlink_to("/nonexistent/x")
    else:
        other.write_text("my notes")
    assert [each["backup"] for each in listed(changed)] == names
    assert changed.ssohelper("backups", "restore", "--yes").returncode == 0
    assert changed.config.read_bytes() not in (before, b"", b"my notes")
    other.unlink()
    os.mkfifo(other)
    assert len(listed(changed)) == len(names) + 1


def test_again_and_again(changed: Home) -> None:
    """Restoring one version and the other in turn pushes out no older one."""
    kept = len(listed(changed))
    for _ in range(6):
        assert changed.ssohelper("backups", "restore", "--yes").returncode == 0
    assert len(listed(changed)) == kept + 1


@pytest.mark.full
def test_changed_meanwhile(changed: Home) -> None:
    """What another program writes while the question is open is not overwritten."""
    dialogue = changed.terminal("backups", "restore")
    dialogue.expect_exact("Z? [y/N] ")
    with changed.config.open("a") as file:
        file.write("[profile by-hand]\n")
    dialogue.sendline("y")
    dialogue.expect_exact("~/.aws/config has changed in the meantime")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert (dialogue.exitstatus, "[profile by-hand]" in changed.config.read_text()) == (1, True)


def test_beginning_of_a_name(changed: Home) -> None:
    """The beginning of a name is enough if no other backup has it."""
    newest, oldest = (str(each["backup"]) for each in listed(changed))
    common = "".join(one for one, other in zip(newest, oldest, strict=True) if one == other)[: len("20261130T")]
    done = changed.ssohelper("backups", "restore", common, "--yes")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"ssohelper: several backups begin with {common}")
    assert changed.ssohelper("backups", "restore", oldest[:-1], "--yes").returncode == 0
