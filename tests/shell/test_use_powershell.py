"""`ssohelper-use` in a real PowerShell."""

import json
from collections.abc import Callable

import pytest

from ssohelper.shell import exports
from tests.fixtures import powershell, shells
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.powershell import LOAD

pytestmark = pytest.mark.full

NAMES = [
    *("one", "other", "007", "1e3", "prod*", "a b", "\u00fcn\u00ef", "it's"),
    *('say "hi"\\', "[x]", "$(x)", "\u2019"),
]
USAGE = "Usage: ssohelper use [OPTIONS] [PROFILE]"


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder with profiles, and `ssohelper` on PATH."""
    home = make_home()
    shells.program_on_path(home)
    shells.write_profiles(home, NAMES)
    return home


def test_failure(home: Home) -> None:
    """After a failure nothing has changed, $? is False, && and || and the preference Stop see it, $Error does not."""
    shown = '"$ok $LASTEXITCODE $env:AWS_PROFILE $($Error.Count)"'
    cases = {
        "$?": f"$Error.Clear(); ssohelper-use nope; $ok = $?; {shown}",
        "&&": "ssohelper-use nope && 'went on'",
        "||": "ssohelper-use nope || 'saw it'",
        "Stop": "$ErrorActionPreference = 'Stop'; ssohelper-use nope; 'went on'",
        "-ErrorAction": "ssohelper-use nope -ErrorAction Stop; 'went on'",
        "success": f"$Error.Clear(); ssohelper-use other; $ok = $?; {shown}; ssohelper-use one && 'went on'",
        "program": "& (Get-Module ssohelper) { $script:Program = '/no/such' };"
        f" $Error.Clear(); ssohelper-use one; $ok = $?; {shown}",
    }
    before = f"{LOAD}ssohelper-use one\n"
    asked, answered = home.path / "cases.json", home.path / "answers.json"
    asked.write_text(json.dumps(cases))
    done = powershell.run(home, before + powershell.ANSWER_ALL, str(asked), str(answered))
    assert "bug" not in done.stderr
    assert done.stderr.count("ssohelper: profile 'nope' not found") == 5
    assert json.loads(answered.read_text()) == {
        "$?": ["False 2 one 0"],
        "&&": [],
        "||": ["saw it"],
        "Stop": ["error: ssohelper-use failed with exit code 2"],
        "-ErrorAction": ["error: ssohelper-use failed with exit code 2"],
        "success": ["True 0 other 0", "went on"],
        "program": ["False 127 one 0"],
    }


def test_names(home: Home) -> None:
    """Every name arrives as it is, beside files that a wildcard would find, in a console with another encoding."""
    (home.path / "prod-x").write_text("")
    encoding = "[Console]::OutputEncoding = [Text.Encoding]::GetEncoding('IBM437')\n"
    shown = "[int[]][char[]]$env:AWS_PROFILE -join ' '"
    cases = {name: f"ssohelper-use {exports.quoted(name, 'powershell')}; {shown}" for name in NAMES}
    codes = {name: [" ".join(str(ord(each)) for each in name)] for name in NAMES}
    assert powershell.answers(home, cases, LOAD + encoding) == codes
    cases = {"bare": f"ssohelper-use 007; {shown}", "-p": f"ssohelper-use -p other; {shown}"}
    assert powershell.answers(home, cases) == {"bare": codes["007"], "-p": codes["other"]}


def test_words(home: Home) -> None:
    """`-`, --unset, --help and options are those of the other shells, whatever is preferred for other commands."""
    preferences = "$global:WhatIfPreference = $true; $global:ConfirmPreference = 'Low'; Set-StrictMode -Version 3"
    shown = '"<$env:AWS_PROFILE|$env:AWS_SDK_LOAD_CONFIG>"'
    script = f"""
        {LOAD}
        {preferences}
        ssohelper-use one; {shown}
        ssohelper-use other -y; {shown}
        ssohelper-use -; {shown}
        {LOAD}
        ssohelper-use -; {shown}
        $env:AWS_DEFAULT_PROFILE = 'one'
        ssohelper-use --unset; {shown} + $env:AWS_DEFAULT_PROFILE
        ssohelper-use -; {shown}
        ssohelper-use -dash
        ssohelper-use other -h; {shown}
        (ssohelper-use -h)[0]
        (ssohelper-use --help).Count -gt 10
        (Get-Help ssohelper-use).Synopsis
    """
    done = powershell.run(home, script)
    assert done.stderr.splitlines()[:3] == ["ssohelper: option not found: -d", "hint: ssohelper use --help", USAGE]
    assert done.stdout.splitlines() == [
        *("<one|1>", "<other|1>", "<one|1>", "<other|1>", "<|>", "<one|1>", "<one|1>"),
        USAGE,
        "True",
        "Uses a profile in this session: sets AWS_PROFILE.",
    ]


def test_previous(home: Home) -> None:
    """Without a previous profile there is a message; in a folder that is gone, everything works."""
    script = f"""
        {LOAD}
        ssohelper-use -
        "$? $LASTEXITCODE"
        New-Item -ItemType Directory gone | Out-Null; Set-Location gone; rmdir '{home.path}/gone'
        $ErrorActionPreference = 'Stop'
        ssohelper-use one; "$? $env:AWS_PROFILE $($Error.Count)"
    """
    done = powershell.run(home, script)
    assert done.stdout.splitlines() == ["False 1", "True one 0"]
    assert done.stderr == "ssohelper: no previous profile in this shell\nhint: ssohelper-use\n"


def test_hint(home: Home) -> None:
    """A hint names the function of PowerShell: `ssohelper use` cannot set anything there."""
    done = powershell.run(home, f"{LOAD}ssohelper-use\n")
    assert done.stderr.splitlines()[-1] == "hint: ssohelper-use NAME"


def test_credentials_of_aws_tools(home: Home) -> None:
    """What Set-AWSCredential leaves overrides AWS_PROFILE in cmdlets: one line says so, and what to do."""
    done = powershell.run(home, f"{LOAD}$global:StoredAWSCredentials = 'x'\nssohelper-use one\n$env:AWS_PROFILE\n")
    assert (done.stdout, done.stderr.splitlines()) == (
        "one\n",
        [
            "ssohelper: $StoredAWSCredentials is set, and overrides AWS_PROFILE in the cmdlets of AWS Tools",
            "hint: Clear-AWSCredential",
        ],
    )


def test_full_error_list(home: Home) -> None:
    """$Error keeps what was in it, even if it is full."""
    script = f"""
        {LOAD}
        foreach ($n in 1..300) {{ Get-Item /no/such/$n 2>$null }}
        $oldest = $Error[255]
        ssohelper-use nope 2>$null
        & (Get-Module ssohelper) {{ $script:Program = '/no/such' }}
        ssohelper-use one 2>$null
        "$($Error.Count) $($Error[255] -eq $oldest)"
    """
    assert powershell.run(home, script).stdout == "256 True\n"


def test_update_that_fails(home: Home) -> None:
    """A profile is used although its prompt could not be updated, and $Error says nothing of it."""
    program = home.path / "program"
    program.write_text('#!/bin/sh\nrm "$0"\necho one\n')
    program.chmod(0o755)
    script = f"""
        {LOAD}
        & (Get-Module ssohelper) {{ $script:Program = '{program}' }}
        $Error.Clear()
        ssohelper-use one
        "$? $env:AWS_PROFILE $($Error.Count)"
    """
    done = powershell.run(home, script)
    assert (done.stdout, done.stderr) == ("True one 0\n", "")


def test_update_without_end(home: Home) -> None:
    """A profile is used while the program that updates the prompt is still running."""
    program, running = home.path / "program", home.path / "running"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = use ] && exec echo one\necho $$ > {running}\nexec sleep {HANG_SECONDS}\n'
    )
    program.chmod(0o755)
    script = f"""
        {LOAD}
        & (Get-Module ssohelper) {{ $script:Program = '{program}' }}
        ssohelper-use one
        $update = Get-Process -Id (Get-Content '{running}')
        "$env:AWS_PROFILE $($update.HasExited)"
        $update.Kill()
    """
    done = powershell.run(home, script)
    assert (done.stdout, done.stderr) == ("one False\n", "")
