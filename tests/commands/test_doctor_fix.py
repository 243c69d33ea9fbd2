"""`ssohelper doctor --fix`: what it asks, shows and writes."""

import json
import shutil

import pytest

from tests.fixtures.doctor_runs import PROFILE, SESSION
from tests.fixtures.home import Home
from tests.fixtures.refusals import assert_refused

BROKEN = f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1\nregion = us-east-2\nstray\n"
FIXED = f"{SESSION}{PROFILE}[profile x]\n# region = us-east-1\nregion = us-east-2\n# stray\n"


@pytest.fixture
def broken(home: Home) -> Home:
    """A home folder with a config file in which two lines are wrong."""
    home.config.parent.mkdir()
    home.config.write_text(BROKEN)
    return home


def backups(home: Home) -> list[str]:
    """The backups of the config file."""
    return [path.read_text() for path in home.path.glob(".local/state/ssohelper/backups/*/config-*")]


def answered(home: Home, *answers: str) -> str:
    """The config file after the answers to the first questions."""
    person = home.terminal("doctor", "--fix", "--offline")
    for answer in answers:
        person.expect(r"make this change\? \[y/n/a/q\] ")
        person.sendline(answer)
    person.expect(r"\d errors?, \d warnings?")
    person.close()
    return home.config.read_text()


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("answers", "after"),
    [
        (("y", "y"), FIXED),
        (("a",), FIXED),
        (("n", "y"), BROKEN.replace("stray", "# stray")),
        (("y", "q"), FIXED.replace("# stray", "stray")),
        (("x", "", "n"), BROKEN),
        (("q",), BROKEN),
    ],
)
def test_answers(broken: Home, answers: tuple[str, ...], after: str) -> None:
    """Each change is asked for; no answer is no."""
    assert answered(broken, *answers) == after
    assert backups(broken) == ([BROKEN] if after != BROKEN else [])


def test_yes(broken: Home) -> None:
    """With `--yes`, all changes are made and shown; stdout is the report of what is left."""
    done = broken.ssohelper("doctor", "--fix", "--yes", "--offline")
    assert (broken.config.read_text(), backups(broken)) == (FIXED, [BROKEN])
    assert done.stderr.splitlines()[:-1] == [
        "x ~/.aws/config:11: 'region' is set twice (first on line 10)",
        "    comment out line 10",
        "    10 - region = us-east-1",
        "    10 + # region = us-east-1",
        "x ~/.aws/config:12: not a `key = value` line",
        "    comment out line 12",
        "    12 - ***",
        "    12 + # ***",
    ]
    assert done.stderr.splitlines()[-1].startswith(
        "ssohelper: wrote ~/.aws/config (backup: ~/.local/state/ssohelper/"
    )
    assert done.stdout.startswith("x not signed in to acme\n")


def test_json(broken: Home) -> None:
    """`fixed` has the findings that were fixed."""
    report = json.loads(broken.ssohelper("doctor", "--fix", "--yes", "--offline", "--json").stdout)
    assert [(each["kind"], each["change"]) for each in report["fixed"]] == [
        ("syntax-error", "comment out line 10"),
        ("syntax-error", "comment out line 12"),
    ]
    assert [each["kind"] for each in report["findings"]] == ["not-signed-in"]


def test_interrupted(broken: Home) -> None:
    """After Ctrl-C or the end of the input, nothing is written."""
    for end in ("\x03", "\x04"):
        person = broken.terminal("doctor", "--fix", "--offline")
        person.expect("make this change")
        person.sendline("y")
        person.expect("make this change")
        person.send(end)
        person.expect("nothing changed|no answer|cancelled")
        person.close()
        assert (broken.config.read_text(), backups(broken)) == (BROKEN, [])


def test_file_that_changes(broken: Home) -> None:
    """If the file changes while the questions are asked, nothing is written."""
    person = broken.terminal("doctor", "--fix", "--offline")
    person.expect("make this change")
    broken.config.write_text(f"# one more\n{BROKEN}")
    person.sendline("a")
    person.expect("~/.aws/config has changed in the meantime and was not written")
    person.close()
    assert (broken.config.read_text(), backups(broken)) == (f"# one more\n{BROKEN}", [])


def test_profile(home: Home) -> None:
    """With a profile, only what concerns it is changed."""
    home.config.parent.mkdir()
    role = "sso_session = acme\nsso_role_name = ReadOnly\nsso_account_id ="
    home.config.write_text(f"{SESSION}[profile x]\n{role} 1111-2222-3333\n[profile y]\n{role} 1111-2222-3333\n")
    home.ssohelper("doctor", "x", "--fix", "--yes", "--offline")
    assert home.config.read_text() == (
        f"{SESSION}[profile x]\n{role} 111122223333\n[profile y]\n{role} 1111-2222-3333\n"
    )


def test_no_secrets(home: Home) -> None:
    """Neither the report nor a change shows the value of a secret, or a line that may be a part of one."""
    home.config.parent.mkdir()
    key = "aws_secret_access_key = hidden\n"
    home.config.write_text(f"[profile x]\n{key}{key}region = us-east-1\nhidden too\n[profile y]\nstray\n")
    shared = home.config.with_name("credentials")
    shared.write_text(f"[x]\naws_session_token = hidden\n{key}{key}  hidden\nAWS_SECRET_ACCESS_KEY = hidden\n")
    shared.chmod(0o600)
    for words in ((), ("--fix", "--yes"), ("--fix", "--yes", "--json")):
        config, credentials = home.config.read_text(), shared.read_text()
        done = home.ssohelper("doctor", "--offline", *words)
        assert "hidden" not in done.stdout + done.stderr
        if words:
            home.config.write_text(config)
            shared.write_text(credentials)


def test_symlink(broken: Home) -> None:
    """If the config file is a symlink, its target is changed."""
    target = broken.path / "dotfiles"
    shutil.move(broken.config, target)
    broken.config.symlink_to(target)
    broken.ssohelper("doctor", "--fix", "--yes", "--offline")
    assert (broken.config.is_symlink(), target.read_text()) == (True, FIXED)


def test_one_file_for_both(broken: Home) -> None:
    """A file that is named as the config file and the credentials file is changed once."""
    variables = {name: str(broken.config) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
    broken.ssohelper("doctor", "--fix", "--yes", "--offline", **variables)
    assert (broken.config.read_text(), backups(broken)) == (FIXED, [BROKEN])


def test_bad_options(broken: Home) -> None:
    """`--yes` requires `--fix`; without a terminal, `--fix` requires `--yes`."""
    assert_refused(
        broken, "doctor", "--yes", message="--yes requires --fix", hint="ssohelper doctor --yes --fix", code=2
    )
    done = broken.ssohelper("doctor", "--fix", "--offline")
    assert done.returncode == 2
    assert done.stderr.endswith("ssohelper: no terminal to ask on\nhint: ssohelper doctor --fix --offline --yes\n")
    assert broken.config.read_text() == BROKEN


def test_header_of_the_profile(home: Home) -> None:
    """With a profile, its header is changed, too."""
    home.config.parent.mkdir()
    home.config.write_text(f"{SESSION}[pay]\nregion = us-east-1\n[other]\nregion = us-east-1\n")
    home.ssohelper("doctor", "pay", "--fix", "--yes", "--offline")
    assert home.config.read_text() == (f"{SESSION}[profile pay]\nregion = us-east-1\n[other]\nregion = us-east-1\n")


def test_change_that_is_not_made(home: Home) -> None:
    """A change by which another profile would lose its credentials is not made, and told with the line."""
    home.config.parent.mkdir()
    keys = "aws_access_key_id = a\naws_secret_access_key = s\n"
    text = f'[profile "my prof"]\n{keys}[profile y]\nrole_arn = r\nsource_profile = my prof\n'
    home.config.write_text(text)
    done = home.ssohelper("doctor", "--fix", "--yes", "--offline")
    assert home.config.read_text() == text
    assert done.stderr == (
        "ssohelper: not changed, since a profile that works would change with it:"
        " profile 'my prof' has a name or a header that not every SDK can read\n"
        "hint: vi +1 ~/.aws/config\n"
    )
