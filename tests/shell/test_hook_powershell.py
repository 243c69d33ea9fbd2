"""The code for PowerShell. It is always parsed, but run only if PowerShell is installed: Debian has no package."""

import re
import time
from collections.abc import Callable

import pytest
import tree_sitter_pwsh
from hypothesis import given
from hypothesis import strategies as some
from tree_sitter import Language, Node, Parser

from ssohelper.shell import completion_script, hook, prompt
from ssohelper.shell.prompt import State, Subject
from tests.fixtures import shells
from tests.fixtures.components import need
from tests.fixtures.home import Home
from tests.fixtures.shells import HOOK_VALUES, STATE_LINES

pytestmark = pytest.mark.full

STATES = ("valid", "expiring", "expired", "none", "plain", "missing")
TIMES = some.integers(0, 10**12 - 1).map(float)


def code() -> str:
    """The hook, with values that have to be quoted."""
    return hook.code("powershell", dict.fromkeys(HOOK_VALUES, "it's"))


def syntax_errors(node: Node) -> list[str]:
    """The parts of a script that the grammar cannot parse."""
    here = [(node.text or b"").decode()] if node.is_error or node.is_missing else []
    return [*here, *(each for child in node.children for each in syntax_errors(child))]


@pytest.mark.parametrize("script", ["hook", "completion"])
def test_grammar(home: Home, script: str) -> None:
    """The scripts are valid PowerShell, without placeholders."""
    text = code() if script == "hook" else home.ssohelper("completion", "powershell").stdout
    parser = Parser(Language(tree_sitter_pwsh.language()))
    assert syntax_errors(parser.parse(text.encode()).root_node) == []
    assert re.findall(r"@[a-z_]+@", text) == []
    assert syntax_errors(parser.parse(f"{text}}}".encode()).root_node) != []


def pattern() -> "re.Pattern[str]":
    """The hook's pattern for a valid state; Python has another escape for the end of the text."""
    found = re.search(r"\[regex\]::Match\(\$line, '(.*)'\)", code())
    assert found is not None
    return re.compile(found[1].replace("\\z", "\\Z"))


@given(
    some.sampled_from(["valid", "expiring", "expired", "none", "plain", "missing"]),
    TIMES,
    TIMES,
    TIMES,
    some.text(max_size=90),
)
def test_pattern(state: str, expires_at: float, warn_at: float, recheck_at: float, label: str) -> None:
    """The pattern matches every line that is written, field by field."""
    line = State(state, expires_at, warn_at, recheck_at, shells.TOKEN, label, "magenta").line(Subject("only"))  # type: ignore[arg-type]
    found = pattern().match(line.removesuffix("\n"))
    assert found is not None
    assert found.groups() == (
        state,
        *(str(int(each)) for each in (expires_at, warn_at, recheck_at)),
        shells.TOKEN,
        "only",
        "35",
        prompt.label(label),
    )


@given(STATE_LINES)
def test_invalid_state(line: bytes) -> None:
    """A label that the pattern matches has no character that is special to a shell or a terminal."""
    found = pattern().match(line.decode("utf-8", "replace").split("\n")[0])
    assert found is None or re.fullmatch(r"[A-Za-z0-9 ._@+=,/:~-]*", found[8])


def test_characters() -> None:
    """The pattern allows the same characters in a label as `prompt.label`."""
    characters = [chr(number) for number in range(0x250)]
    allowed = [each for each in characters if pattern().match(f"4 valid 0 0 0 {shells.TOKEN} only 0 {each}")]
    assert allowed == [each for each in characters if prompt.label(each) == each]


def test_install(home: Home) -> None:
    """`completion --install` writes the script, and its hint is the line for $PROFILE."""
    done = home.ssohelper("completion", "powershell", "--install")
    path = home.path / ".local" / "share" / "ssohelper" / "ssohelper.ps1"
    script = completion_script.script("powershell")
    assert (done.returncode, path.read_text()) == (0, script)
    assert done.stderr.splitlines()[-1] == f"hint: . '{path}'  # in $PROFILE"


@pytest.fixture
def run(home: Home) -> Callable[..., str]:
    """Runs a script in PowerShell after the hook, and returns its output."""
    found = need("pwsh")
    shells.program_on_path(home)
    shells.look_signed_in(home)

    def run(script: str, states: dict[Subject, State], **more: str) -> str:
        for subject, state in states.items():
            shells.write_state(home, subject, state)
        path = home.path / "script.ps1"
        path.write_text(f"ssohelper shell-init powershell --no-prompt | Out-String | iex\n{script}\n")
        done = home.run(found, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", str(path), **more)
        assert (done.stderr, done.returncode) == ("", 0)
        return done.stdout

    return run


@pytest.mark.parametrize("word", STATES)
@pytest.mark.parametrize("left", [26.5 * 3600, 59.5 * 60, 30.5])
def test_text(run: Callable[..., str], word: str, left: float) -> None:
    """PowerShell shows the same text as `prompt.text`."""
    now = time.time()
    state = State(word, now + left, now + left - 3600, 0.0, shells.TOKEN, "acme")  # type: ignore[arg-type]
    shown = run('$null = prompt; "<$env:SSOHELPER_PROMPT>"', {Subject("only"): state})
    seconds = int(time.time() - now) + 1
    assert shown.splitlines()[-1] in [f"<{prompt.text(state, now + later)[0]}>" for later in range(seconds + 1)]


@pytest.mark.parametrize("name", ["payments-prod.ReadOnly", "../../x", "caf\u00e9 1%~_", "a'b\"c$d`e(f)*!", "-n"])
def test_file_name(run: Callable[..., str], name: str) -> None:
    """PowerShell finds the state file of every profile name."""
    states = {Subject("profile", name): State("valid", token=shells.TOKEN, label="found")}
    assert run('$null = prompt; "<$env:SSOHELPER_PROMPT>"', states, AWS_PROFILE=name).splitlines()[-1] == "<found>"


def test_use(run: Callable[..., str], home: Home) -> None:
    """`ssohelper-use` sets a profile, goes back to the previous one, and unsets it."""
    home.config.write_text("[profile one]\nregion = x\n\n[profile other]\nregion = x\n")
    words = ("one", "other", "-", "--unset")
    script = "".join(f'ssohelper-use {each}; "<$env:AWS_PROFILE>"\n' for each in words)
    assert re.findall("<(.*)>", run(script, {})) == ["one", "other", "one", ""]


def test_completion(run: Callable[..., str], home: Home) -> None:
    """TAB completes commands, options and profiles, for the program and the function."""
    home.config.write_text("[profile one]\nregion = x\n")
    lines = ("ssohelper stat", "ssohelper sync --dry", "ssohelper-use o", "ssohelper exec -- Get-Com")
    script = "".join(f"(TabExpansion2 '{each}' {len(each)}).CompletionMatches[0].CompletionText\n" for each in lines)
    assert run(script, {}).splitlines()[-4:] == ["status", "--dry-run", "one", "Get-Command"]


def test_other_prompts(run: Callable[..., str]) -> None:
    """An existing prompt sees the results of the last command, even if the hook is loaded twice."""
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
