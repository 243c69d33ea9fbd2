"""None of our scripts has code that older versions of its shell cannot run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssohelper

FOLDER = Path(ssohelper.__file__).parent
SCRIPTS = [path for part in ("bin", "shell/hooks", "shell/completions") for path in sorted((FOLDER / part).iterdir())]
# What it is, where it fails, and an example.
NOT_PORTABLE = {
    "slice with IFS": (r"IFS=.*\[@\]:", "bash 3.2 joins the words", 'IFS=x read -a a < <(f "${b[@]:1:2}")'),
    "-ot": (r"\s-ot\s", "posh has none, and goes on", "[ a -ot b ] || use"),
}
NOT_PORTABLE_IN_FISH = {
    "quoted substitution": (r'"[^"]*\$\(', "fish before 3.4 refuses the file", 'echo "is $(date)"'),
    "groups only": (r"--groups-only", "fish before 3.4", "string match --groups-only"),
}


def lines(path: Path) -> Iterator[str]:
    """The lines of a script, continued ones joined, without comments."""
    text = re.sub(r"\\\n|(?<=\|\|)\n", " ", path.read_text())
    yield from (line for line in text.splitlines() if not line.lstrip().startswith("#"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_portable(path: Path) -> None:
    """No line has code that fails in an old shell that people have."""
    rules = NOT_PORTABLE | (NOT_PORTABLE_IN_FISH if path.suffix == ".fish" else {})
    found = [(name, line) for line in lines(path) for name, (code, _, _) in rules.items() if re.search(code, line)]
    assert found == []


@pytest.mark.parametrize("rule", (NOT_PORTABLE | NOT_PORTABLE_IN_FISH).values(), ids=lambda rule: rule[1])
def test_rules(rule: tuple[str, str, str]) -> None:
    """Each rule finds its example."""
    code, _, example = rule
    assert re.search(code, example)
