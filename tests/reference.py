"""Writes docs/reference.md, and the stored help, from the commands' own help: python -m tests.reference."""

from pathlib import Path

import click
from click.testing import CliRunner

from ssohelper import cli

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"
# What `ssohelper --help` prints.
HELP = Path(cli.__file__).with_name("help.txt")
INTRODUCTION = """\
# Reference

What each command says of itself with `--help`. Settings, files and the format of profiles are explained in the
[how-to](how-to.md).
"""


def render() -> str:
    """The page."""
    parts = [INTRODUCTION, _section("ssohelper")]
    for name in cli.COMMANDS:
        parts.append(_section("ssohelper", name))
        found = cli.group.get_command(click.Context(cli.group), name)
        if isinstance(found, click.Group):
            parts += [_section("ssohelper", name, each) for each in found.commands]
    return "\n".join(parts)


def _section(*words: str) -> str:
    return f"## {' '.join(words)}\n\n```text\n{_help(*words).rstrip()}\n```\n"


def _help(*words: str) -> str:
    runner = CliRunner(env={"COLUMNS": "100"})
    done = runner.invoke(cli.group, [*words[1:], "--help"], prog_name="ssohelper", terminal_width=100)
    assert done.exit_code == 0, done.output
    return done.output


if __name__ == "__main__":
    PAGE.write_text(render())
    HELP.write_text(_help("ssohelper"))
