"""`env` and `exec` where PowerShell has started them."""

import json
import re
import time
from pathlib import Path

import pytest

from tests.fixtures import powershell, shells
from tests.fixtures.components import need
from tests.fixtures.home import Home
from tests.fixtures.screen import screen

pytestmark = pytest.mark.full
PROFILE = "payments-prod.ReadOnly"
# How a PowerShell evaluates what `env` prints.
WAYS = {
    "pipe": "ssohelper env {} | iex",
    "one text": "ssohelper env {} | Out-String | iex",
    "argument": "iex (ssohelper env {})",
    "quoted": 'iex "$(ssohelper env {})"',
}
DOCS = Path(__file__).parents[2] / "docs"
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))
    for number, block in enumerate(re.findall(r"```powershell\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
]


@pytest.fixture
def home(synced: Home) -> Home:
    """A home folder with profiles, and `ssohelper` on PATH; the login shell is another one."""
    shells.program_on_path(synced)
    synced.environment["SHELL"] = "/bin/bash"
    return synced


def test_env(home: Home) -> None:
    """All four ways work without a format, and leave no error behind."""
    shown = '"$($env:AWS_ACCESS_KEY_ID.Length) $env:AWS_REGION <$env:AWS_PROFILE> $LASTEXITCODE $($Error.Count)"'
    before = "$env:AWS_PROFILE = 'other'; $env:AWS_ACCESS_KEY_ID = ''; $env:AWS_REGION = ''; $Error.Clear()"
    cases = {name: f"{before}; {way.format(PROFILE)}; {shown}" for name, way in WAYS.items()}
    assert powershell.answers(home, cases, "") == {name: ["20 us-east-1 <> 0 0"] for name in WAYS}


def test_failed_env(home: Home) -> None:
    """After an error nothing has changed, and the exit code is right; in a pipeline $? is, too."""
    shown = '"$ok <$env:AWS_ACCESS_KEY_ID> $LASTEXITCODE $($Error.Count)"'
    before = "$env:AWS_ACCESS_KEY_ID = 'mine'; $Error.Clear()"
    cases = {name: f"{before}; {way.format('nope')}; $ok = $?; {shown}" for name, way in WAYS.items()}
    asked, answered = home.path / "cases.json", home.path / "answers.json"
    asked.write_text(json.dumps(cases))
    done = powershell.run(home, powershell.ANSWER_ALL, str(asked), str(answered))
    assert len(re.findall("^ssohelper: profile 'nope' not found", done.stderr, re.MULTILINE)) == len(WAYS)
    found = json.loads(answered.read_text())
    assert {name: answer[0].partition(" ")[2] for name, answer in found.items()} == dict.fromkeys(WAYS, "<mine> 2 0")
    assert [found[name][0].partition(" ")[0] for name in ("pipe", "one text")] == ["False", "False"]
    assert home.ssohelper("env", "nope").stdout == ""


@pytest.mark.parametrize("words", ["--nope", f"{PROFILE} --profile other", f"{PROFILE} x", "--format"])
def test_wrong_command_line(home: Home, words: str) -> None:
    """After an error of the command line, Invoke-Expression adds none of its own."""
    done = powershell.run(home, f'ssohelper env {words} | iex; "$? $LASTEXITCODE $($Error.Count)"')
    assert done.stdout.split() == ["False", "2", "0"], done.stderr
    assert home.ssohelper("env", *words.split(), "--format", "powershell").stdout == "#\n"
    assert home.ssohelper("env", *words.split(), "--format", "bash").stdout == ""


def test_formats_elsewhere(home: Home) -> None:
    """Bash in PowerShell gets code for bash, also from a script whose name begins like PowerShell's."""
    script = home.path / "pwsh-setup.sh"
    script.write_text(f"ssohelper env {PROFILE}\n")
    cases = {
        "bash": f"bash -c 'ssohelper env {PROFILE}; true'",
        "script": "bash ./pwsh-setup.sh",
        "pwsh in exec": f"ssohelper exec {PROFILE} -- pwsh -NoProfile -Command 'ssohelper env'",
    }
    beginnings = {name: f"@({case})[-1].Substring(0, 7)" for name, case in cases.items()}
    found = powershell.answers(home, beginnings, "")
    assert found == {"bash": ["export "], "script": ["export "], "pwsh in exec": ["$Env:AW"]}


def test_exec_without_a_command(home: Home) -> None:
    """It starts the PowerShell that ran it, and commands inside know that they are in one."""
    with screen(home, need("pwsh"), "-NoProfile", "-NoLogo", columns=180) as terminal:
        terminal.wait_for("PS ")
        terminal.type(f"ssohelper exec -p {PROFILE}", "Enter")
        terminal.wait_for("refreshed automatically")
        terminal.wait_for("PowerShell 7")
        while not terminal.lines()[-1].startswith("PS "):
            time.sleep(0.1)
        terminal.type('"<$($PSVersionTable.PSEdition) $env:SSOHELPER_EXEC>"', "Enter")
        terminal.wait_for("<Core acme 333344445555 ReadOnly>")


def test_what_exec_cannot_start(home: Home) -> None:
    """For what only PowerShell can run, the hint is a `pwsh` command."""
    (home.path / "x.ps1").write_text('"hi $args"')
    run = f"ssohelper exec {PROFILE} --"
    cases = {
        "Get-Date -Format yyyy": "pwsh -Command 'Get-Date -Format yyyy'",
        "gci": "pwsh -Command gci",
        "{ Get-Date }": "pwsh -Command COMMAND",
        "./x.ps1 a": "pwsh -File ./x.ps1 a",
    }
    for command, hint in cases.items():
        done = powershell.run(home, f"{run} {command}\nexit $LASTEXITCODE\n")
        assert done.stderr.splitlines()[-1] == f"hint: ssohelper exec {PROFILE} -- {hint}", command
        assert done.returncode in (126, 127)
    done = powershell.run(home, f"{run} pwsh -NoProfile -File ./x.ps1 a")
    assert done.stdout == "hi a\n"


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_of_the_docs(home: Home, block: str) -> None:
    """Each block for PowerShell runs as it stands."""
    done = powershell.run(home, f"{block}\n'ok ' + $?\n", TMPDIR=str(home.path))
    errors = [line for line in done.stderr.splitlines() if not line.startswith("ssohelper: ")]
    # A block may end with another PowerShell, which leaves its prompt on the line.
    assert (done.stdout.splitlines()[-1].endswith("ok True"), errors, done.returncode) == (True, [], 0), done
    assert "not found" not in done.stderr


def test_use(home: Home) -> None:
    """`ssohelper use` says what to type in PowerShell instead, with the same words, and that works when pasted."""
    lines = ["ssohelper use 'a b'", "ssohelper use --unset", "ssohelper use"]
    done = powershell.run(home, "\n".join(f"{line} 2>&1 | Out-String | Write-Output" for line in lines))
    hints = re.findall(r"^hint: (.*)$", done.stdout, re.MULTILINE)
    loads = "ssohelper shell-init powershell | Out-String | iex"
    assert hints == [f"{loads}; ssohelper-use 'a b'", f"{loads}; ssohelper-use --unset", f"{loads}; ssohelper-use"]
    done = powershell.run(home, f"{loads}; ssohelper-use {PROFILE}\n$env:AWS_PROFILE")
    assert done.stdout.split() == [PROFILE]


def test_completion_script(home: Home) -> None:
    """The line that loads the script is silent once the script is deleted."""
    done = home.ssohelper("completion", "powershell", "--install")
    line = done.stderr.splitlines()[-1].removeprefix("hint: ")
    show = "(TabExpansion2 'ssohelper log' 13).CompletionMatches.Count -gt 0; $Error.Count"
    loaded = powershell.run(home, f"{line}\n. $PROFILE\n{show}")
    assert loaded.stdout.split() == ["True", "0"]
    assert home.ssohelper("completion", "powershell", "--remove").returncode == 0
    assert powershell.run(home, ". $PROFILE\n$Error.Count").stdout.split() == ["0"]
