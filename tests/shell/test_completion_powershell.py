"""TAB in a real PowerShell: what is offered arrives as the name that it stands for."""

import json
import re
from collections.abc import Callable, Iterator

import pytest

from ssohelper.shell import exports
from tests.fixtures import powershell, shells
from tests.fixtures.home import Home
from tests.fixtures.powershell import LOAD

pytestmark = pytest.mark.full

# Every character that is special somewhere, in the middle, at the end and at the beginning of a name.
_SPECIAL = "'\"`$(){}[]*?;&|<>#@,!%~^=\\ :.+-\u2019\u201c\u00fc\U0001f600"
NAMES = [
    *(f"m{number:02}{each}x" for number, each in enumerate(_SPECIAL)),
    *(f"e{number:02}{each}" for number, each in enumerate(_SPECIAL) if each != " "),
    *(f"{each}b" for each in "'\"`(){}[]*?;&|<>,!%~^=\\:.+\u2019\u201c\u00fc"),
    *("007", "1e3", "0x1F", "10kb", "payments-prod.ReadOnly", "PROD", "$env:HOME", "a,b,c", "it''s", 'say ""'),
]
# PowerShell completes words that begin so by itself: comments, variables and splatting, parameters, expressions.
ITS_OWN = "#$@-({[)}<>&|;,`"
# In a quoted word, each of these is written twice.
_QUOTE, TWICE = re.compile("(['\u2018\u2019\u201a\u201b])"), r"\1\1"
_TWICE = re.compile("(['\u2018\u2019\u201a\u201b])\\1")


def beginnings(name: str) -> Iterator[str]:
    """What somebody may have typed of a name: bare, in either quotes, and in another case."""
    plain = name.isascii() and name.replace("-", "").replace(".", "").replace("_", "").isalnum()
    for length in {1, 2, 3, len(name) // 2, len(name) - 1, len(name)} - {0}:
        part = name[:length]
        yield f"'{_QUOTE.sub(TWICE, part)}"
        if not set(part) & set('"`$\u201c\u201d\u201e'):
            yield f'"{part}'
        if plain:
            yield part
            yield part.upper()


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder with profiles, and `ssohelper` on PATH."""
    home = make_home()
    shells.program_on_path(home)
    shells.write_profiles(home, NAMES)
    return home


# Completes each line, runs each of the completed lines with a program that prints its arguments, and returns these.
_ROUND_TRIP = """
foreach ($line in $lines) {
    $found = TabExpansion2 -inputScript $line -cursorColumn $line.Length
    $rest = $line.Substring($found.ReplacementIndex + $found.ReplacementLength)
    $arrived = foreach ($each in $found.CompletionMatches) {
        $whole = $line.Substring(0, $found.ReplacementIndex) + $each.CompletionText + $rest
        Invoke-Expression ($whole -replace '^ssohelper use', './say')
    }
    @{ line = $line; arrived = @($arrived) }
}
"""


# What somebody may have typed of the names, as whole lines.
LINES = {f"ssohelper use {typed}": typed for name in NAMES for typed in beginnings(name)}
_PROCESSES = 6


def test_enough() -> None:
    """There are ten beginnings of each of sixty names."""
    assert len(NAMES) >= 60
    assert len(LINES) >= 10 * 60


@pytest.mark.parametrize("process", range(_PROCESSES))
def test_round_trip(home: Home, process: int) -> None:
    """Whatever is offered for what was typed is one word for PowerShell, and arrives as the name."""
    say = home.path / "say"
    say.write_text('#!/bin/sh\nprintf "%s\\n" "$#:$1"\n')
    say.chmod(0o755)
    lines = dict(list(LINES.items())[process::_PROCESSES])
    (home.path / "lines.json").write_text(json.dumps(list(lines)))
    before = f"{LOAD}$lines = Get-Content -Raw lines.json | ConvertFrom-Json\n"
    found = powershell.answers(home, {"all": _ROUND_TRIP}, before)["all"]
    assert len(found) == len(lines)
    for each in found:
        typed = lines[each["line"]]
        text = _TWICE.sub(r"\1", typed[1:]) if typed[0] == "'" else typed.removeprefix('"')
        expected = sorted(f"1:{name}" for name in NAMES if name.lower().startswith(text.lower()))
        assert sorted(each["arrived"]) == expected, typed


def test_bare_beginnings(home: Home) -> None:
    """PowerShell completes an unquoted special character itself; everything else is ours."""
    names = [name for name in NAMES if not name[0].isalnum()]
    cases = {
        name: f"(TabExpansion2 {exports.quoted(f'ssohelper use {name[0]}', 'powershell')} 15).CompletionMatches.Count"
        for name in names
    }
    found = powershell.answers(home, cases)
    missing = {name[0] for name in names if found[name] == [0]}
    assert missing <= set(ITS_OWN) | {"'", '"', "\u2019", "\u201c"}


def test_what_is_completed(home: Home) -> None:
    """Commands, options and profiles, for the program, its path, an alias and the function; $Error stays.

    The completer's arguments reach the program unchanged, and a program that fails offers nothing.
    """
    program = f"{home.environment['PATH'].partition(':')[0]}/ssohelper"
    home.environment["PATH"] += f":{home.path}"
    lines = {
        "ssohelper stat": ["status"],
        "ssohelper STAT": ["status"],
        "ssohelper sync --DRY": ["--dry-run"],
        f"{program} stat": ["status"],
        f"& {program} stat": ["status"],
        "s stat": ["status"],
        "ssohelper-use pay": ["payments-prod.ReadOnly"],
        "ssohelper-use PAY": ["payments-prod.ReadOnly"],
        "ssohelper-use -p with": ["with-role"],
        "ssohelper-use \u00fc": ["'\u00fcb'"],
        "shown * a": ["complete", "powershell", "--", "*", "=a"],
        "failing x": [],
        "ssohelper exec x -- Get-Com": ["Get-Com"],
        "ssohelper exec x -- busyb": None,
    }
    cases = {
        line: "$Error.Clear(); Get-Item /no/such 2>$null; $before = $Error[0]; $global:LASTEXITCODE = 7;"
        f"(TabExpansion2 '{line}' {len(line)}).CompletionMatches | ForEach-Object CompletionText;"
        "$Error.Count -eq 1 -and $Error[0] -eq $before; $global:LASTEXITCODE"
        for line in lines
    }
    with home.config.open("a") as file:
        file.write("[profile with-role]\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n")
    for name, script in (("shown", "printf '%s\\n' \"$@\""), ("failing", "exit 1")):
        path = home.path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    alias = (
        "Set-Alias s ssohelper\n"
        "Register-ArgumentCompleter -Native -CommandName s, shown, failing -ScriptBlock $SsohelperCompleter\n"
        "[Console]::OutputEncoding = [Text.Encoding]::GetEncoding('IBM437')\n"
        "$PSNativeCommandUseErrorActionPreference = $true\n"
    )
    found = powershell.answers(home, cases, f"{LOAD}{alias}")
    for line, offers in lines.items():
        *offered, same_errors, code = found[line]
        assert (same_errors, code) == (True, 7), line
        assert offers is None or offered == offers, line
    assert all("Get-" not in each for each in map(str, found["ssohelper exec x -- busyb"]))


def test_completion_alone(home: Home) -> None:
    """Without the hook, `completion powershell` is loaded in the way that its help shows."""
    load = "ssohelper completion powershell | Out-String | Invoke-Expression\n"
    cases = {"it": "(TabExpansion2 'ssohelper stat' 14).CompletionMatches.CompletionText"}
    assert powershell.answers(home, cases, load) == {"it": ["status"]}
    assert load.strip() in home.ssohelper("completion", "--help").stdout
