"""Exported variables: real shells get exactly the value, and evaluate no part of it."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssohelper.aws_config.selection import OUTRANKING_VARIABLES
from ssohelper.errors import Failed
from ssohelper.shell import exports
from tests.fixtures.components import need
from tests.fixtures.examples import examples
from tests.fixtures.home import HANG_SECONDS

# The syntax for each shell, and how it reads the text, as in `ssohelper env --help`; then it prints its environment.
READERS = {
    "bash": ("bash", 'eval "$(cat exports)"; exec env -0'),
    "dash": ("bash", 'eval "$(cat exports)"; exec env -0'),
    "zsh": ("bash", 'eval "$(cat exports)"; exec env -0'),
    "fish": ("fish", "cat exports | source; exec env -0"),
    "pwsh": ("powershell", "Get-Content -Raw exports | Out-String | iex; env -0"),
}
OPTIONS = {
    "bash": ["--norc", "-c"],
    "dash": ["-c"],
    "zsh": ["-f", "-c"],
    "fish": ["--no-config", "-c"],
    "pwsh": ["-NoProfile", "-Command"],
}
# Texts that run a command, are expanded or end a quote in some shell.
HOSTILE = [
    "$(touch canary)", "`touch canary`", "(touch canary)", "{ touch canary; }", "; touch canary;", "&& touch canary",
    "|| touch canary", "| touch canary", "& touch canary &", "'; touch canary; '", '"; touch canary; "', "#",
    "' (touch canary) '", "'$(touch canary)'", "\\'; touch canary #", "=(touch canary)", "<(touch canary)", ">canary",
    "${x:-$(touch canary)}", "$((1+1))", "%PATH%", "%CD%", "!1", "!!", "^", "~", "~/x", "x:~", "*", "?", "[a-z]",
    "{a,b}", "$HOME", "$Env:HOME", "${HOME}", "$'x'", '$"x"', "'", "''", "'\\''", '"', "\\", "\\\\", "\\n", "\\'",
    " ", "  ", "-", "--", "-n", "=", "=ls", "x:=ls", "==", "@", "%", "+", "<<EOF", "\u2018", "\u2019", "\u201a",
    "\u201b", "\u201c", "\u201d", "\u2018; touch canary; \u2019", "\u00e9", "\u4e2d", "\U0001f600", "\u0301",
]  # fmt: skip
# PowerShell takes half a second to start.
SHELLS = [pytest.param(name, marks=[pytest.mark.full] if name == "pwsh" else []) for name in READERS]
PIECES = st.one_of(
    st.sampled_from(HOSTILE),
    st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S"]),
    st.text(alphabet="'\"\\$`(){};&|<>!%^ \u2018\u2019\u201a\u201b", max_size=6),
)
# Unprintable values are errors, see below.
VALUES = st.lists(PIECES, max_size=6).map("".join).filter(str.isprintable)


def environment(name: str, text: str, **before: str) -> dict[str, str]:
    """The environment of a shell that has read the text. A command in the text would create a file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "exports").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [need(name), *OPTIONS[name], READERS[name][1]],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8", **before},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=HANG_SECONDS,
            check=False,
        )
        assert (done.stderr, done.returncode) == (b"", 0)
        left = sorted(each.name for each in Path(folder).iterdir() if not each.name.startswith("."))
        assert left == ["exports"]
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)


@pytest.mark.parametrize("name", SHELLS)
@settings(max_examples=examples(25), deadline=None)
@given(values=st.lists(VALUES, min_size=1, max_size=12))
def test_values_arrive(name: str, values: list[str]) -> None:
    """Every value arrives in the real shell unchanged, and none is run."""
    variables = {f"VALUE_{number}": value for number, value in enumerate(values)}
    found = environment(name, exports.render(variables, READERS[name][0]))
    assert {each: value for each, value in found.items() if each.startswith("VALUE_")} == variables


@pytest.mark.parametrize("name", SHELLS)
def test_hostile_values_arrive(name: str) -> None:
    """So do all the texts that a shell would evaluate, one by one and joined."""
    variables = {f"VALUE_{number}": value for number, value in enumerate([*HOSTILE, "".join(HOSTILE)])}
    found = environment(name, exports.render(variables, READERS[name][0]))
    assert {each: value for each, value in found.items() if each.startswith("VALUE_")} == variables


@pytest.mark.parametrize("name", ["bash", "dash", "zsh"])
def test_other_locales(name: str) -> None:
    """A shell with an ASCII locale gets the bytes of the value."""
    variables = {f"VALUE_{number}": value for number, value in enumerate(HOSTILE)}
    found = environment(name, exports.render(variables, READERS[name][0]), LC_ALL="C")
    assert {each: value for each, value in found.items() if each.startswith("VALUE_")} == variables


@pytest.mark.parametrize("name", SHELLS)
def test_unset_profile(name: str) -> None:
    """Only the variables that override the credentials are unset, even if they are not set."""
    text = exports.render({"AWS_ACCESS_KEY_ID": "new"}, READERS[name][0])
    every = dict.fromkeys(OUTRANKING_VARIABLES, "x")
    for before in ({"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}, {"AWS_PROFILE": "a"}, {}, every):
        found = environment(name, text, **{"AWS_ACCESS_KEY_ID": "old", "AWS_CONFIG_FILE": "c", **before})
        aws = {each: value for each, value in found.items() if each.startswith("AWS_")}
        assert aws == {"AWS_ACCESS_KEY_ID": "new", "AWS_CONFIG_FILE": "c"}


@given(st.text())
def test_json(value: str) -> None:
    """JSON can hold every value."""
    assert json.loads(exports.render({"A": value, "B": "b"}, "json")) == {"A": value, "B": "b"}


UNPRINTABLE = ["\n", "a\nb", "\r", "\t", "\x1b[2J", "\x07", "\x7f", "\x85", "\u2028", "\u202e", "\x00", "\udcff"]


@pytest.mark.parametrize("syntax", ["bash", "fish", "powershell", "cmd", "dotenv"])
@pytest.mark.parametrize("value", UNPRINTABLE, ids=ascii)
def test_unprintable(syntax: str, value: str) -> None:
    """A value with newlines or control characters is an error; the message does not show it."""
    with pytest.raises(Failed) as raised:
        exports.render({"GOOD": "x", "BAD": f"s3cret{value}"}, syntax)
    error = raised.value
    assert (str(error), error.hint) == (f"the value of BAD cannot be written for {syntax}", "--format json")


@pytest.mark.parametrize("syntax", ["cmd", "dotenv"])
@pytest.mark.parametrize("value", [each for each in HOSTILE if set(each) - set("-=@+:nxls")], ids=ascii)
def test_cmd_and_dotenv(syntax: str, value: str) -> None:
    """For these, where no quoting is safe, special characters are errors."""
    with pytest.raises(Failed) as raised:
        exports.render({"GOOD": "x", "BAD": f"s3cret{value}"}, syntax)
    error = raised.value
    assert (str(error), error.hint) == (f"the value of BAD cannot be written for {syntax}", "--format json")


PLAIN = st.text(alphabet="ABCXYZabcxyz0189_+/=:.,@-", max_size=40)


@given(PLAIN, PLAIN)
def test_plain_values(one: str, two: str) -> None:
    """Values without special characters, such as AWS keys and tokens, are not quoted for cmd and in a .env file."""
    variables = {"ONE": one, "TWO": two}
    assert exports.render(variables, "dotenv") == f"ONE={one}\nTWO={two}"
    unset = "".join(f'set "{name}="\n' for name in OUTRANKING_VARIABLES)
    assert exports.render(variables, "cmd") == f'{unset}set "ONE={one}"\nset "TWO={two}"'


@pytest.mark.parametrize("name", ["bash", "dash"])
@settings(max_examples=examples(10), deadline=None)
@given(value=PLAIN)
def test_dotenv_in_a_shell(name: str, value: str) -> None:
    """A shell can read the .env file too."""
    text = exports.render({"VALUE": value, "LAST": "x"}, "dotenv")
    found = environment(name, f"set -a\n{text}")
    assert (found["VALUE"], found["LAST"]) == (value, "x")


@settings(deadline=None)
@given(VALUES)
def test_powershell_string(value: str) -> None:
    """The value is one verbatim string of PowerShell: of two quotes of any kind in it, the second one counts.

    This is how ScanStringLiteral of its tokenizer reads them; CharExtensions.IsSingleQuote has the quotes.
    """
    unset, _, shown = exports.render({"VALUE": value}, "powershell").partition("; $Env:VALUE = '")
    assert unset.split("; ") == [f"$Env:{name} = $null" for name in OUTRANKING_VARIABLES]
    text = list(shown)
    read = ""
    while text and not ((first := text.pop(0)) in QUOTES and text[:1] not in PAIRS):
        read += text.pop(0) if first in QUOTES else first
    assert (read, text) == (value, [])


QUOTES = "'\u2018\u2019\u201a\u201b"
PAIRS = [[quote] for quote in QUOTES]


def _unset(word: str, after: str = "") -> str:
    """The lines that unset variables, which begin with a word."""
    return "".join(f"{word} {name}{after}\n" for name in OUTRANKING_VARIABLES)


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        (
            "bash",
            _unset("unset") + "export A='plain/+='\nexport B='a '\"'\"'b'",
        ),
        (
            "fish",
            _unset("set -e", "; or true") + "set -gx A 'plain/+='\nset -gx B 'a \\'b'",
        ),
        ("json", '{\n  "A": "plain/+=",\n  "B": "a \'b"\n}'),
    ],
)
def test_text(syntax: str, text: str) -> None:
    """The text has one line per variable."""
    assert exports.render({"A": "plain/+=", "B": "a 'b"}, syntax) == text
