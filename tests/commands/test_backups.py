"""`ssohelper backups`: earlier versions of the config file are listed, and put back."""

import json

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
    dialogue.expect_exact("to ~/.aws/config? [y/N] ")
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
