"""Candidates for completion, and the output for each shell."""

import subprocess
import sys
from pathlib import Path

import pytest

from ssohelper.model import Session
from ssohelper.roles import Account
from ssohelper.shell import completions
from ssohelper.shell.completions import Candidate
from ssohelper.sync import account_names
from tests.fixtures.home import Home
from tests.fixtures.shells import ODD_NAME

CONFIG = """\
[default]
region = us-east-1
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
[profile prod.ReadOnly]
sso_session = acme
sso_account_id = 333344445555
sso_role_name = ReadOnly
[profile prod.Admin]
ssohelper_session = acme
ssohelper_account_id = 333344445555
ssohelper_role_name = Admin
[profile other]
sso_start_url = https://other.awsapps.com/start
sso_account_id = 111122223333
sso_role_name = ReadOnly
"""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SSOHELPER_SESSION", "SSOHELPER_AWS_CONFIG_FILE", "SSOHELPER_AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(variable, raising=False)
    for name, variable, text in (
        ("config", "AWS_CONFIG_FILE", CONFIG),
        ("credentials", "AWS_SHARED_CREDENTIALS_FILE", "[static]\n[prod.Admin]\n"),
    ):
        (tmp_path / name).write_text(text)
        monkeypatch.setenv(variable, str(tmp_path / name))


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("use ", ["default", "prod.ReadOnly", "prod.Admin", "other", "static"]),
        ("use pr", ["prod.ReadOnly", "prod.Admin"]),
        ("doctor st", ["static"]),
        ("unlock ", ["prod.ReadOnly", "prod.Admin", "other"]),
        ("console st", []),
        ("exec --profile ", ["prod.ReadOnly", "prod.Admin", "other"]),
        ("exec --profile=o", ["--profile=other"]),
        ("exec --session acme --profile ", ["prod.ReadOnly", "prod.Admin"]),
        ("login --session ", ["acme", "https://other.awsapps.com/start"]),
        ("env --account-id ", ["333344445555", "111122223333"]),
        ("env --account-id 333344445555 --role-name ", ["Admin", "ReadOnly"]),
        ("env --session=acme --account-id=111122223333 --role-name ", []),
        ("env pr", ["prod.ReadOnly", "prod.Admin"]),
        ("exec o", ["other"]),
        ("exec -p o", ["other"]),
        ("login -s a", ["acme"]),
        ("env --account 1", ["111122223333"]),
        ("env --account=333344445555 --role A", ["Admin"]),
        ("use --un", None),
        ("stat", None),
        ("exec --profile x -- ", None),
        ("", None),
    ],
)
def test_from_config(words: str, values: list[str] | None) -> None:
    """Options and arguments whose values are in the config file are completed from it; click completes the rest."""
    found = completions.from_config(words.split(" "))
    assert (None if found is None else [each.value for each in found]) == values


def test_what_botocore_takes(tmp_path: Path) -> None:
    """A profile that assumes a role is offered for that one; one that inherits its role is, too."""
    chained = "[profile chained]\nsso_account_id = 1\nsso_role_name = A\nRole_ARN = {}\nsource_profile = other\n"
    before = (tmp_path / "config").read_text()
    for arn, words, offers in (
        ("x", ["exec", "--profile", "ch"], []),
        ("x", ["use", "ch"], [("chained", "")]),
        (
            "arn:aws:iam::999988887777:role/ci/Deploy",
            ["exec", "--profile", "ch"],
            [("chained", "Deploy in 999988887777")],
        ),
        ("arn:aws:iam::999988887777:role/ci/Deploy", ["exec", "ch"], [("chained", "Deploy in 999988887777")]),
        ("arn:aws:iam::999988887777:role/ci/Deploy", ["exec", "--session", "acme", "--profile", "ch"], []),
    ):
        (tmp_path / "config").write_text(before + chained.format(arn))
        found = completions.from_config(words) or []
        assert [(each.value, each.description) for each in found] == offers, (arn, words)
    (tmp_path / "credentials").write_text("[DEFAULT]\nregion = x\n[static]\n")
    with (tmp_path / "config").open("w") as file:
        file.write("[DEFAULT]\nsso_session = acme\nsso_account_id = 1\n[profile x]\nsso_role_name = A\n")
    found = completions.from_config(["exec", "--session", "acme", "--profile", ""]) or []
    assert [(each.value, each.description) for each in found] == [("x", "A in 1")]
    assert [each.value for each in completions.from_config(["use", ""]) or []] == ["x", "static"]


def test_session_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `--session`, SSOHELPER_SESSION limits the profiles."""
    monkeypatch.setenv("SSOHELPER_SESSION", "acme")
    found = completions.from_config(["exec", "--profile", ""]) or []
    assert [(each.value, each.description) for each in found] == [
        ("prod.ReadOnly", "ReadOnly in 333344445555"),
        ("prod.Admin", "Admin in 333344445555"),
    ]


@pytest.mark.parametrize(
    ("shell", "words", "rejoined", "kept"),
    [
        ("bash", ["exec", "--profile", "=", "pay"], ["exec", "--profile=pay"], "--profile="),
        ("bash", ["exec", "--profile", "="], ["exec", "--profile="], "--profile="),
        ("bash", ["use", "a", ":", "b"], ["use", "a:b"], "a:"),
        ("bash", ["use", ""], ["use", ""], ""),
        ("zsh", ["exec", "--profile=pay"], ["exec", "--profile=pay"], ""),
        ("fish", ["use", "="], ["use", "="], ""),
        ("powershell", ["use", "=pay"], ["use", "pay"], ""),
        ("powershell", ["use", "="], ["use", ""], ""),
    ],
)
def test_rejoin(shell: str, words: list[str], rejoined: list[str], kept: str) -> None:
    """Words that a shell splits or marks become the words that the user typed."""
    assert completions.rejoin(shell, words) == (rejoined, kept)


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        ("bash", "b\\ \\$c\n"),
        ("zsh", "a=b $c\td\n"),
        ("fish", "a=b $c\td\n"),
        ("powershell", "'a=b $c'\td\n"),
    ],
)
def test_output(shell: str, lines: str) -> None:
    """Values are quoted for bash and PowerShell; bash gets no descriptions, and only the part that it replaces."""
    assert completions.output(shell, [Candidate("a=b $c", "d")], "a=" if shell == "bash" else "") == lines


def test_powershell(signed_in: Home) -> None:
    """The word from PowerShell starts with `=`; values that PowerShell would expand are quoted."""
    signed_in.config.write_text(
        f'[profile plain]\nregion = x\n\n[profile "{ODD_NAME}"]\nregion = x\n\n[profile "it\'s"]\n'
    )
    done = signed_in.ssohelper("complete", "powershell", "--", "use", "=")
    assert done.stdout == f"plain\t\n'{ODD_NAME}'\t\n'it''s'\t\n"
    assert signed_in.ssohelper("complete", "powershell", "--", "use", "=pl").stdout == "plain\t\n"
    assert completions.output("powershell", [Candidate("@x", "y")]) == "'@x'\ty\n"


def test_fast_imports() -> None:
    """Completion from the config file loads neither click nor pathlib, typing or re."""
    script = (
        "import sys; from ssohelper.shell import completions; found = completions.from_config(['use', 'st']);"
        "print([each.value for each in found],"
        "[name for name in ('click', 'pathlib', 'typing', 're', 'shlex') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['static'] []\n"


def test_account_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts are completed by id and by name, as they were last listed; a name that two have is only described."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    other = Session("https://other.awsapps.com/start", "https://other.awsapps.com/start", "us-east-1")
    account_names.save(Session("acme", "", "us-east-1"), [Account("333344445555", "prod")], 0)
    account_names.save(other, [Account("111122223333", "dev")], 0)

    def found(words: str) -> dict[str, str]:
        candidates = completions.from_config(words.split(" ")) or []
        return {each.value: each.description for each in candidates}

    assert found("env --account ") == {
        "333344445555": "prod: ReadOnly, Admin",
        "prod": "333344445555: ReadOnly, Admin",
        "111122223333": "dev: ReadOnly",
        "dev": "111122223333: ReadOnly",
    }
    assert list(found("env --account prod --role ")) == ["Admin", "ReadOnly"]
    account_names.save(other, [Account("111122223333", "prod")], 0)
    assert list(found("env --account ")) == ["333344445555", "111122223333"]
