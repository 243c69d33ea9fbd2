"""The commands that messages name, pasted into bash, zsh, fish and PowerShell: all do the same."""

import itertools
import json
import shlex
import subprocess
from collections.abc import Callable

import pytest

from ssohelper import hints
from ssohelper.ui import shell_syntax
from tests.fixtures import powershell
from tests.fixtures.components import need
from tests.fixtures.home import Home
from tests.fixtures.shells import BARE

pytestmark = pytest.mark.full

NAMES = [
    *("payments-prod.ReadOnly", "-x.y", "--x", "@x", "a,", "=ls", "%self", "a=b", "it's", 'say "hi"', "a b", "$HOME"),
    *(
        "`id`",
        "a\\",
        "\\b",
        "!!",
        "caf\u00e9",
        "\u2019",
        "\u201cx\u201d",
        "it's $x",
        "a|b;c&d<e>f",
        "*?[x]{y}",
        "#x",
        "~x",
    ),
    *("'", '"', "''", "(x)", "^x", "%1", "a:b", "007", "1e3"),
]
BUILDERS: dict[str, Callable[[str], str]] = {
    "command": lambda name: hints.command("login", "--session", name),
    "first": lambda name: hints.command("use", name, "--yes"),
    "shell": lambda name: hints.shell("chmod", "600", name),
    "file": lambda name: hints.on_file(f"~/.aws/{name}", "rm", "-r"),
    "absolute": lambda name: hints.on_file(f"/x/{name}", "ls", "-l"),
}
PROGRAMS = ("ssohelper", "chmod", "rm", "ls")
# Prints its own name and its arguments as JSON, on one line.
SAY = """\
#!/bin/sh
exec {python} -c 'import json, os, sys; print(json.dumps([os.environ["ME"], *sys.argv[1:]]))' "$@"
"""


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder whose programs only say how they were called."""
    home = make_home()
    (home.path / "bin").mkdir()
    for name in PROGRAMS:
        program = home.path / "bin" / name
        python = need("python3")
        program.write_text(SAY.format(python=f"env ME={name} {python}"))
        program.chmod(0o755)
    home.environment["PATH"] = f"{home.path / 'bin'}:{home.environment['PATH']}"
    return home


def meant(home: Home, name: str) -> dict[str, list[str]]:
    """How the programs have to be called."""
    return {
        "command": ["ssohelper", "login", "--session", name],
        "first": ["ssohelper", "use", name, "--yes"],
        "shell": ["chmod", "600", name],
        "file": ["rm", "-r", f"{home.path}/.aws/{name}"],
        "absolute": ["ls", "-l", f"/x/{name}"],
    }


CASES = list(itertools.product(BUILDERS, NAMES))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_names(home: Home, shell: str) -> None:
    """Every name is one word for every shell."""
    lines = [shell_syntax.adapted(BUILDERS[kind](name), shell) for kind, name in CASES]
    script = home.path / "script"
    script.write_text("\n".join(lines) + "\n")
    erase = "functions --erase ls\n" if shell == "fish" else ""
    done = subprocess.run(
        [need(shell), *BARE[shell], "-c", f"{erase}source {shlex.quote(str(script))}"],
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        meant(home, name)[kind] for kind, name in CASES
    ]


def test_names_in_powershell(home: Home) -> None:
    """Every name is one word for PowerShell."""
    cases = {f"{kind} {name}": shell_syntax.adapted(BUILDERS[kind](name), "pwsh") for kind, name in CASES}
    found = powershell.answers(home, cases, "")
    assert {each: json.loads(lines[0]) for each, lines in found.items()} == {
        f"{kind} {name}": meant(home, name)[kind] for kind, name in CASES
    }


def test_variables(home: Home) -> None:
    """Variables are set to any value, and unset, whether or not they are set, in every shell."""
    commands = {
        "export": hints.export({"A_VALUE": "it's $HOME\\ \u2019x", "B_VALUE": "b"}),
        "unset": hints.unset("A_VALUE", "B_VALUE"),
    }
    shown = f'{need("python3")} -c \'import os; print([os.environ.get(n) for n in ("A_VALUE", "B_VALUE")])\''
    expected = [str(["it's $HOME\\ \u2019x", "b"]), str([None, None]), str([None, None])]
    for shell in ("bash", "zsh", "fish", "pwsh"):
        adapted = {name: shell_syntax.adapted(text, shell) for name, text in commands.items()}
        script = "\n".join([adapted["export"], shown, *[adapted["unset"], shown] * 2, ""])
        if shell == "pwsh":
            done = powershell.run(home, script.replace(shown, shown.replace('\\"', '"')))
        else:
            done = subprocess.run(
                [need(shell), *BARE[shell], "-c", script],
                env=home.environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert (done.stderr, done.stdout.splitlines()) == ("", expected), shell
