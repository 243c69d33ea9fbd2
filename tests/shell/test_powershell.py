"""What is there for PowerShell. No package archive has it: only who has it runs it, the rest is read here."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import tree_sitter_pwsh
from hypothesis import given
from hypothesis import strategies as some
from tree_sitter import Language, Node, Parser

from ssohelper.shell import completions, hook, prompt
from ssohelper.shell.completions import Offer
from ssohelper.shell.prompt import State, Subject
from tests.fixtures import shells
from tests.fixtures.home import Home
from tests.fixtures.shells import LINES, ODD

PLACES = dict.fromkeys(("program", "states", "tokens", "renewals", "settings", "config", "draws"), "it's")
TIMES = some.integers(0, 10**12 - 1).map(float)


def code() -> str:
    """The hook, with places in it that have to be quoted."""
    return hook.code("powershell", PLACES)


def faults(node: Node) -> list[str]:
    """What the grammar does not know in a script."""
    here = [(node.text or b"").decode()] if node.is_error or node.is_missing else []
    return [*here, *(each for child in node.children for each in faults(child))]


@pytest.mark.parametrize("script", ["hook", "completion"])
def test_grammar(home: Home, script: str) -> None:
    """The scripts are PowerShell, and no place is left open in them."""
    text = code() if script == "hook" else home.ssohelper("completion", "powershell").stdout
    parser = Parser(Language(tree_sitter_pwsh.language()))
    assert faults(parser.parse(text.encode()).root_node) == []
    assert re.findall(r"@[a-z]+@", text) == []
    assert faults(parser.parse(f"{text}}}".encode()).root_node) != []


def pattern() -> "re.Pattern[str]":
    """The expression by which the hook tells a state from garbage; Python writes its end in another way."""
    found = re.search(r"\[regex\]::Match\(\$line, '(.*)'\)", code())
    assert found is not None
    return re.compile(found[1].replace("\\z", "\\Z"))


@given(some.sampled_from(["well", "ends", "dead", "none"]), TIMES, TIMES, TIMES, some.text(max_size=90))
def test_a_state(what: str, until: float, amber: float, check: float, label: str) -> None:
    """The hook takes every state that is written, field by field."""
    line = State(what, until, amber, check, shells.TOKEN, label).line  # type: ignore[arg-type]
    found = pattern().match(line.removesuffix("\n"))
    assert found is not None
    assert found.groups() == (
        what,
        *(str(int(each)) for each in (until, amber, check)),
        shells.TOKEN,
        prompt.label(label),
    )


@given(LINES)
def test_garbage(line: bytes) -> None:
    """What it takes has nothing in it that means anything to a shell or a terminal."""
    found = pattern().match(line.decode("utf-8", "replace").split("\n")[0])
    assert found is None or re.fullmatch(r"[A-Za-z0-9 ._@+=,/:~-]*", found[6])


def test_letters() -> None:
    """Of all letters it takes those that Python lets stand in a label, and no other."""
    letters = [chr(number) for number in range(0x250)]
    taken = [each for each in letters if pattern().match(f"1 well 0 0 0 {shells.TOKEN} {each}")]
    assert taken == [each for each in letters if prompt.label(each) == each]


def test_offers(signed_in: Home) -> None:
    """An empty word comes with a mark; what PowerShell would read for itself is written in its quotes."""
    signed_in.config.write_text(
        f'[profile plain]\nregion = x\n\n[profile "{ODD}"]\nregion = x\n\n[profile "it\'s"]\n'
    )
    done = signed_in.ssohelper("complete", "powershell", "--", "use", "=")
    assert done.stdout == f"plain\t\n'{ODD}'\t\n'it''s'\t\n"
    assert signed_in.ssohelper("complete", "powershell", "--", "use", "=pl").stdout == "plain\t\n"
    assert completions.lines("powershell", [Offer("@x", "y")]) == "'@x'\ty\n"


def test_installed(home: Home) -> None:
    """The file is put where nobody minds, and the line for the profile is told."""
    done = home.ssohelper("completion", "powershell", "--install")
    path = home.path / ".local" / "share" / "ssohelper" / "ssohelper.ps1"
    kept = Path(__file__).parents[2] / "completions" / "ssohelper.ps1"
    assert (done.returncode, path.read_text()) == (0, kept.read_text())
    assert done.stderr.splitlines()[-1] == f"hint: . '{path}'  # in $PROFILE"


@pytest.fixture
def run(home: Home) -> Callable[..., str]:
    """Runs a script in a real PowerShell with the hook; what it prints."""
    found = shutil.which("pwsh") or pytest.skip("PowerShell is not installed")
    shells.program_on_path(home)
    shells.look_signed_in(home)

    def run(script: str, states: dict[Subject, State], **more: str) -> str:
        for subject, state in states.items():
            shells.keep(home, subject, state)
        path = home.path / "script.ps1"
        path.write_text(f"ssohelper shell-init powershell --no-prompt | Out-String | iex\n{script}\n")
        done = home.run(found, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", str(path), **more)
        assert (done.stderr, done.returncode) == ("", 0)
        return done.stdout

    return run


@pytest.mark.parametrize("what", ["well", "ends", "dead", "none"])
@pytest.mark.parametrize("left", [26.5 * 3600, 59.5 * 60, 30.5])
def test_shown(run: Callable[..., str], what: str, left: float) -> None:
    """It shows what Python would."""
    now = time.time()
    state = State(what, now + left, now + left - 3600, 0.0, shells.TOKEN, "acme")  # type: ignore[arg-type]
    shown = run('$null = prompt; "<$env:SSOHELPER_PROMPT>"', {Subject("only"): state})
    took = int(time.time() - now) + 1
    assert shown.splitlines()[-1] in [f"<{prompt.text(state, now + later)[0]}>" for later in range(took + 1)]


@pytest.mark.parametrize("name", ["payments-prod.ReadOnly", "../../x", "caf\u00e9 1%~_", "a'b\"c$d`e(f)*!", "-n"])
def test_names(run: Callable[..., str], name: str) -> None:
    """It finds the file of every profile, by the name that Python gave it."""
    states = {Subject("profile", name): State("well", token=shells.TOKEN, label="found")}
    assert run('$null = prompt; "<$env:SSOHELPER_PROMPT>"', states, AWS_PROFILE=name).splitlines()[-1] == "<found>"


def test_use(run: Callable[..., str], home: Home) -> None:
    """It sets, goes back, and unsets."""
    home.config.write_text("[profile one]\nregion = x\n\n[profile other]\nregion = x\n")
    words = ("one", "other", "-", "--unset")
    script = "".join(f'ssohelper-use {each}; "<$env:AWS_PROFILE>"\n' for each in words)
    assert re.findall("<(.*)>", run(script, {})) == ["one", "other", "one", ""]


def test_tab(run: Callable[..., str], home: Home) -> None:
    """Commands, options and profiles are completed, for the program and the function."""
    home.config.write_text("[profile one]\nregion = x\n")
    lines = ("ssohelper stat", "ssohelper sync --dry", "ssohelper-use o", "ssohelper exec -- Get-Com")
    script = "".join(f"(TabExpansion2 '{each}' {len(each)}).CompletionMatches[0].CompletionText\n" for each in lines)
    assert run(script, {}).splitlines()[-4:] == ["status", "--dry-run", "one", "Get-Command"]


def test_around_it(run: Callable[..., str]) -> None:
    """A prompt that was there finds what the last command left; loading twice, around another one, does no harm."""
    script = """\
        Set-StrictMode -Version Latest
        function prompt { "$?|$global:LASTEXITCODE|$($Error.Count)" }
        ssohelper shell-init powershell | Out-String | iex
        $ours = $function:prompt
        function prompt { "wrapped " + (& $ours) }
        ssohelper shell-init powershell | Out-String | iex
        $Error.Clear()
        $global:LASTEXITCODE = 3
        "<$(prompt)>"
    """
    assert run(script, {}).splitlines()[-1] == "<wrapped True|3|0>"
