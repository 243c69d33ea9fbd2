"""The code of `shell-init powershell` in a real PowerShell: prompt, state files, and when the program is started."""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ssohelper.shell import exports, hook, prompt
from ssohelper.shell.prompt import State, Subject
from tests.fixtures import powershell, shells
from tests.fixtures.components import need
from tests.fixtures.home import Home
from tests.fixtures.powershell import LOAD
from tests.fixtures.shells import HOOK_VALUES, STATE_LINES, TOKEN

pytestmark = pytest.mark.full

STATES = ("valid", "expiring", "expired", "none", "plain", "missing")
TIMES = some.integers(0, 10**12 - 1).map(float)
NO_PROMPT = LOAD.replace("powershell |", "powershell --no-prompt |")
ONLY = Subject("only")
VALID = State("valid", token=TOKEN, label="acme")
# Names that a shell, or a file system, would take for something else.
ODD_NAMES = ["payments-prod.ReadOnly", "../../x", "caf\u00e9 1%~_", "a'b\"c$d`e(f)*!", "-n"]


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder with the files of a sign-in, and `ssohelper` on PATH."""
    home = make_home()
    shells.program_on_path(home)
    shells.look_signed_in(home)
    return home


def pattern() -> "re.Pattern[str]":
    """The hook's pattern for a valid state; Python has another escape for the end of the text."""
    code = hook.code("powershell", dict.fromkeys(HOOK_VALUES, "x"))
    found = re.search(r"\[regex\]::Match\(\$line, '(.*)'\)", code)
    assert found is not None
    return re.compile(found[1].replace("\\z", "\\Z"))


@given(some.sampled_from(STATES), TIMES, TIMES, TIMES, some.text(max_size=90))
def test_pattern(state: str, expires_at: float, warn_at: float, recheck_at: float, label: str) -> None:
    """The pattern matches every line that is written, field by field."""
    written = State(state, expires_at, warn_at, recheck_at, TOKEN, label, "magenta", "01")  # type: ignore[arg-type]
    found = pattern().match(written.line(ONLY).removesuffix("\n"))
    assert found is not None
    times = (str(int(each)) for each in (expires_at, warn_at, recheck_at))
    assert found.groups() == (state, *times, TOKEN, "only", "01", "35", prompt.label(label))


@given(STATE_LINES)
def test_invalid_state(line: bytes) -> None:
    """A label that the pattern matches has no character that is special to a shell or a terminal."""
    found = pattern().match(line.decode("utf-8", "replace").split("\n")[0])
    assert found is None or re.fullmatch(r"[A-Za-z0-9 ._@+=,/:~-]*", found[9])


def test_characters() -> None:
    """The pattern allows the same characters in a label as `prompt.label`."""
    characters = [chr(number) for number in range(0x250)]
    allowed = [
        each for each in characters if pattern().match(VALID._replace(label="").line(ONLY).rstrip("\n") + each)
    ]
    assert allowed == [each for each in characters if prompt.label(each) == each]


@pytest.mark.parametrize("folder", ["home", "h\u00f6'me", 'a \u2019q $x `y "z \U0001f600 {0}'])
def test_parses(make_home: Callable[..., Home], tmp_path: Path, folder: str) -> None:
    """What is printed is ASCII, without placeholders, and is parsed, whatever the home folder is called."""
    home = make_home(tmp_path / folder)
    scripts = []
    for words in (("shell-init", "powershell"), ("completion", "powershell")):
        printed = home.ssohelper(*words).stdout
        assert (printed.isascii(), re.findall(r"@[a-z_]+@", printed)) == (True, [])
        scripts.append(home.path / f"{words[0]}.ps1")
        scripts[-1].write_text(printed)
    assert powershell.syntax_errors(home, *scripts) == []
    found = powershell.answers(
        home, {"folder": "& (Get-Module ssohelper) { $script:StateFolder }"}, ". ./shell-init.ps1\n"
    )
    assert found["folder"] == [str(home.state / "prompt")]
    broken = home.path / "broken.ps1"
    broken.write_text(scripts[0].read_text().replace("param($typed", "param(($typed"))
    assert len(powershell.syntax_errors(home, broken)) > 0


def test_an_error_in_one_leaves_the_other(home: Home) -> None:
    """Hook and completion are parsed each on its own."""
    code = shells.hook(home, "powershell")
    broken = home.path / "broken.ps1"
    changes = (("param($typed", "param(($typed", "completion"), ("Set-StrictMode -Off\n    #", "(", "hook"))
    for old, new, lost in changes:
        assert code.count(old) == 1, lost
        broken.write_text(code.replace(old, new))
        script = f"""
            Get-Content -Raw {broken} | Invoke-Expression 2>$null
            "$([bool](Get-Command ssohelper-use -ErrorAction Ignore)) "
            "$((TabExpansion2 'ssohelper stat' 14).CompletionMatches.Count)"
        """
        done = powershell.run(home, script)
        assert done.stdout.split() == (["True", "0"] if lost == "completion" else ["False", "1"])


def test_constrained_language(home: Home) -> None:
    """Where PowerShell allows no .NET, nothing is loaded, one line says why, and prompts work as before."""
    script = f"""
        function prompt {{ 'mine> ' }}
        $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
        {LOAD}
        prompt
        Get-Command ssohelper-use -ErrorAction Ignore
        $Error.Count
    """
    done = powershell.run(home, script)
    warning = "WARNING: ssohelper is not loaded: PowerShell is in ConstrainedLanguage mode here"
    assert (done.stdout.splitlines(), done.stderr) == ([warning, "mine> ", "0"], "")


def test_text(home: Home) -> None:
    """PowerShell shows the same text and color as `prompt.text`."""
    now, cases, expected = time.time(), {}, {}
    colors = {"": "", "red": "DarkRed", "yellow": "DarkYellow", "cyan": "DarkCyan"}
    for word in STATES:
        for left in (0.0, 26.5 * 3600, 59.5 * 60, 30.5, -60):
            for color in ("", "cyan"):
                name = f"{word} {left} {color}"
                times = (now + left, now + left - 3600) if left else (0.0, 0.0)
                state = State(word, *times, 0.0, TOKEN, "acme: a* b/c~ @+=,._-9Z", color)  # type: ignore[arg-type]
                shells.write_state(home, Subject("profile", name), state)
                cases[name] = (
                    f"$env:AWS_PROFILE = '{name}'; Update-SsohelperPrompt;"
                    '"$env:SSOHELPER_PROMPT|$(& (Get-Module ssohelper) { $script:Color })"'
                )
                expected[name] = state
    found = powershell.answers(home, cases, NO_PROMPT)
    seconds = int(time.time() - now) + 1
    for name, state in expected.items():
        texts = [prompt.text(state, now + later) for later in range(seconds + 1)]
        assert found[name][0] in [f"{text}|{colors[color]}" for text, color in texts], name


def test_file_name(home: Home) -> None:
    """PowerShell finds the state file of every profile name."""
    for name in ODD_NAMES:
        shells.write_state(home, Subject("profile", name), VALID._replace(label="found"))
    shown = "$null = prompt; $env:SSOHELPER_PROMPT"
    cases = {name: f"$env:AWS_PROFILE = {exports.quoted(name, 'powershell')}; {shown}" for name in ODD_NAMES}
    assert powershell.answers(home, cases) == {name: ["found"] for name in ODD_NAMES}


# Each changes something about the state of the profile `case`, or the files that it was made from, and says whether
# the program has to be started.
_LINK = "ln -s '{config}' '{config}.link'; $env:AWS_CONFIG_FILE = '{config}.link'"
_LATER = "[DateTime]::UtcNow.AddSeconds(5)"
CHANGES = {
    "nothing": ("", False),
    "config": (f"[IO.File]::SetLastWriteTimeUtc('{{config}}', {_LATER})", True),
    "settings appear": ("New-Item -Force '{settings}' | Out-Null", True),
    "config is gone": ("Remove-Item '{config}'", True),
    "token is gone": ("Remove-Item '{token}'", True),
    "state from the future": ("[IO.File]::SetLastWriteTimeUtc('{state}', [DateTime]::UtcNow.AddDays(1))", True),
    "no state": ("Remove-Item '{state}'", True),
    "invalid state": ("Set-Content '{state}' 'garbage'", True),
    "a FIFO": ("Remove-Item '{state}'; mkfifo '{state}'", True),
    "a newer link": (_LINK, False),
    "a changed target": (
        f"{_LINK}; touch -h -d 2020-01-01 '{{config}}.link'; [IO.File]::SetLastWriteTimeUtc('{{config}}', {_LATER})",
        True,
    ),
}


def test_when_the_program_is_started(home: Home) -> None:
    """After a change, and only then; the time of a link is that of its target, and nothing makes the prompt wait."""
    log, program = home.path / "log", home.path / "program"
    program.write_text(f'#!/bin/sh\necho "$AWS_PROFILE $*" >> {log}\n')
    program.chmod(0o755)
    paths = {
        "config": home.config,
        "settings": home.settings,
        "token": home.path / ".aws" / "sso" / "cache" / f"{TOKEN}.json",
        "state": home.state / "prompt" / "profile.case",
    }
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    paths["state"].parent.mkdir(parents=True)
    cases = {}
    for name, (change, _) in CHANGES.items():
        cases[name] = f"""
            $env:AWS_PROFILE = 'case'
            $env:AWS_CONFIG_FILE = $null
            Remove-Item -ErrorAction Ignore '{home.settings}', '{log}', '{paths["state"]}', '{home.config}.link'
            Set-Content '{home.config}' '' ; Set-Content '{paths["token"]}' '{{}}'
            foreach ($each in '{home.config}', '{paths["token"]}') {{
                [IO.File]::SetLastWriteTimeUtc($each, [DateTime]::UtcNow.AddSeconds(-60))
            }}
            [IO.File]::WriteAllText('{paths["state"]}', "{VALID.line(Subject("profile", "case")).strip()}`n")
            & (Get-Module ssohelper) {{ $script:AskedFor = @() }}
            {change.format(**paths)}
            foreach ($n in 1..3) {{ $null = prompt }}
            Start-Sleep -Milliseconds 400
            if (Test-Path '{log}') {{ Get-Content '{log}' | ForEach-Object {{ "$_" }} }}
        """
    before = f"{LOAD}& (Get-Module ssohelper) {{ $script:Program = '{program}' }}\n"
    started = ["case prompt --keep"]
    found = powershell.answers(home, cases, before)
    # A slow machine may need more than two seconds for three prompts: then it is started again.
    assert {name: lines[:1] for name, lines in found.items()} == {
        name: started if expected else [] for name, (_, expected) in CHANGES.items()
    }


def test_two_stale_subjects(home: Home) -> None:
    """Of two subjects that stay stale in turn, each starts the program once in two seconds."""
    log, program = home.path / "log", home.path / "program"
    program.write_text(f'#!/bin/sh\necho "$AWS_PROFILE" >> {log}\n')
    program.chmod(0o755)
    script = f"""
        {LOAD}
        & (Get-Module ssohelper) {{ $script:Program = '{program}' }}
        foreach ($n in 1..10) {{ foreach ($name in 'a', 'b') {{ $env:AWS_PROFILE = $name; $null = prompt }} }}
        Start-Sleep -Milliseconds 400
    """
    began = time.monotonic()
    assert powershell.run(home, script).returncode == 0
    most = 1 + int((time.monotonic() - began) / 2)
    found = log.read_text().split()
    assert 1 <= found.count("a") <= most
    assert 1 <= found.count("b") <= most


def test_output_of_the_program(home: Home) -> None:
    """A program that writes much ends nevertheless, and its handles are closed before the next prompt."""
    program = home.path / "program"
    program.write_text(
        f"#!/bin/sh\nhead -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; echo >>{home.path}/done\n"
    )
    program.chmod(0o755)
    script = f"""
        {LOAD}
        & (Get-Module ssohelper) {{ $script:Program = '{program}' }}
        foreach ($n in 1..3) {{
            & (Get-Module ssohelper) {{ Update-State -Wait }}
            $null = prompt
            (Get-ChildItem /proc/$PID/fd | Where-Object Target -like 'pipe:*' | Measure-Object).Count
        }}
    """
    done = powershell.run(home, script)
    pipes = [*map(int, done.stdout.split())]
    assert (len(pipes), sorted(pipes, reverse=True), done.stderr) == (3, pipes, "")
    assert len((home.path / "done").read_text()) >= 3


def test_many_prompts(home: Home) -> None:
    """100 prompts start nothing, and ten thousand do not leave handles behind."""
    shells.write_state(home, ONLY, VALID)
    script = f"""
        {LOAD}
        & (Get-Module ssohelper) {{ $script:Program = '/bin/false' }}
        function Get-Handles {{ (Get-ChildItem /proc/$PID/fd).Count }}
        foreach ($n in 1..100) {{ $null = prompt }}
        $before = Get-Handles
        foreach ($n in 1..9900) {{ $null = prompt }}
        "`n$((Get-Handles) - $before) $(& (Get-Module ssohelper) {{ $script:Asked }}) $env:SSOHELPER_PROMPT"
    """
    handles, asked, shown = powershell.run(home, script).stdout.splitlines()[-1].split()
    assert (int(handles) <= 10, asked, shown) == (True, "0", "acme")


def test_a_wrapped_prompt(home: Home) -> None:
    """An existing prompt sees the results of the last command, even if the hook is loaded twice."""
    shells.write_state(home, ONLY, VALID)
    script = f"""
        Set-StrictMode -Version Latest
        function prompt {{ "$?|$global:LASTEXITCODE|$($Error.Count)" }}
        {LOAD}
        {LOAD}
        $Error.Clear()
        $global:LASTEXITCODE = 3
        "<$(prompt)>"
        Get-Item /no/such 2>$null
        "<$(prompt)>"
        foreach ($n in 1..300) {{ Get-Item /no/such/$n 2>$null }}
        $env:AWS_CONFIG_FILE = '/no/such/x'
        & (Get-Module ssohelper) {{ $script:Program = '/no/such'; $script:AskedFor = @() }}
        $before = $Error[255]
        $null = prompt
        "<$($Error.Count) $($Error[255] -eq $before) $env:SSOHELPER_PROMPT>"
    """
    found = re.findall("<(.*)>", powershell.run(home, script).stdout)
    assert found == ["True|3|0", "False|3|1", "256 True acme"]


def test_the_prompt_is_given_back(home: Home) -> None:
    """Remove-Module restores the prompt, also if there was none; --no-prompt does not change it."""
    shells.write_state(home, ONLY, VALID)
    cases = {
        "given back": f"function global:prompt {{ 'mine' }}; {LOAD}; $null = prompt; Remove-Module ssohelper;"
        ' "$(prompt) $([bool](Get-Command ssohelper-use -ErrorAction Ignore)) <$env:SSOHELPER_PROMPT>"',
        "no prompt before": f'Remove-Item function:prompt; {LOAD}; $Error.Clear(); $null = prompt; "$($Error.Count)";'
        "$global:WhatIfPreference = $true; Remove-Module ssohelper -WhatIf:$false; $global:WhatIfPreference = $false;"
        " [bool](Get-Command prompt -ErrorAction Ignore)",
        "--no-prompt": f"function global:prompt {{ 'mine' }}; $before = $function:prompt; {NO_PROMPT};"
        ' "$($function:prompt -eq $before) $env:SSOHELPER_PROMPT"',
        "starship": f"{NO_PROMPT}; $env:SSOHELPER_PROMPT = ''; Update-SsohelperPrompt; $env:SSOHELPER_PROMPT",
    }
    assert powershell.answers(home, cases, "") == {
        "given back": ["mine False <>"],
        "no prompt before": ["0", False],
        "--no-prompt": ["True acme"],
        "starship": ["acme"],
    }


def test_a_folder_that_is_gone(home: Home) -> None:
    """In a folder that somebody has deleted, the prompt is still updated."""
    log, program = home.path / "log", home.path / "program"
    program.write_text(f'#!/bin/sh\necho "$*" >> {log}\n')
    program.chmod(0o755)
    script = f"""
        {LOAD}
        & (Get-Module ssohelper) {{ $script:Program = '{program}'; $script:AskedFor = @() }}
        New-Item -ItemType Directory gone | Out-Null
        Set-Location gone
        rmdir '{home.path}/gone'
        $ErrorActionPreference = 'Stop'
        $null = prompt
        Start-Sleep -Milliseconds 400
        $Error.Count
    """
    done = powershell.run(home, script)
    assert (done.stdout.split(), done.stderr) == (["0"], "")
    assert log.read_text().split("\n")[0] == "prompt --keep"


@pytest.mark.skipif(sys.platform != "linux", reason="strace shows which files are opened on Linux")
def test_files_of_a_prompt(make_home: Callable[..., Home]) -> None:
    """A prompt looks at the same files, however many profiles there are."""

    def opened(name: str, profiles: int) -> Counter[str]:
        home = make_home(name)
        shells.program_on_path(home)
        shells.look_signed_in(home)
        home.config.write_text("".join(f"[profile p{number}]\nregion = x\n" for number in range(profiles)))
        shells.write_state(home, Subject("profile", "p5"), VALID)
        script, log = home.path / "script.ps1", home.path / "trace"
        script.write_text(
            f"{LOAD}\n$null = prompt\n[IO.File]::WriteAllText('begin', '')\n"
            "foreach ($n in 1..100) { $null = prompt }\n[IO.File]::WriteAllText('end', '')\n"
        )
        calls = "trace=open,openat,stat,lstat,newfstatat,statx,execve"
        words = ("strace", "-f", "-qq", "-e", calls, "-o", str(log), need("pwsh"), "-NoProfile", "-File", str(script))
        assert home.run(need(words[0]), *words[1:], AWS_PROFILE="p5").returncode == 0
        prompts = log.read_text(errors="replace").partition('begin"')[2].partition('end"')[0]
        assert "execve" not in prompts
        found = re.findall(rf'"{re.escape(str(home.path))}/([^"]+)"', prompts)
        # PowerShell writes what it knows of modules at some time after its start.
        return Counter(each for each in found if not each.startswith(".cache/powershell"))

    few, many = opened("few", 10), opened("many", 12_000)
    assert few == many
    assert few[".aws/config"] >= 100
