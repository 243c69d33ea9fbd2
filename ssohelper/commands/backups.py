"""`ssohelper backups`: earlier versions of the AWS config file, which every change of it leaves."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ssohelper import durations, hints, options
from ssohelper.aws_config import config_file, config_text, section_changes
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.aws_config.section_changes import Kind, SectionChange
from ssohelper.errors import BadInput, did_you_mean
from ssohelper.storage import files, paths, timestamps
from ssohelper.ui import output, terminal
from ssohelper.ui.look import Look

_HEADER = ("backup", "written", "profiles", "different from the file now")
_SIGNS = {Kind.ADDED: ("+", "green"), Kind.CHANGED: ("~", "yellow"), Kind.REMOVED: ("-", "red")}
# The most sections that a list names.
_MAX_NAMES = 3


@click.group("backups", invoke_without_command=True, context_settings={"max_content_width": 100})
@click.pass_context
def command(ctx: click.Context) -> None:
    """List or restore earlier versions of ~/.aws/config.

    ssohelper keeps the last five versions that it replaced, in ~/.local/state/ssohelper/backups.

    Example: ssohelper backups restore
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("list")
@options.as_json
def list_(as_json: bool) -> None:
    """List the versions that are kept, the newest first, and what is different from the file now.

    Example: ssohelper backups list
    """
    now, current = time.time(), config_file.load(paths.aws_config())
    rows, facts = [], []
    for path in _newest_first():
        text, written = _read(path), path.stat().st_mtime
        changes = section_changes.between(current, text)
        profiles = sum(1 for _ in text.of_kind("profile"))
        rows.append((_name(path), durations.ago(now - written), str(profiles), _shown(changes)))
        facts.append(
            {
                "backup": _name(path),
                "path": str(path),
                "written_at": timestamps.written(written),
                "profiles": profiles,
                "changes": [{"kind": each.kind.value, "section": each.header} for each in changes],
            }
        )
    if as_json:
        click.echo(output.to_json(facts))
    elif rows:
        click.echo(output.table(_HEADER, rows, Look.of(sys.stdout)))
    else:
        terminal.say(f"no backups of {paths.shown(paths.aws_config())}")


@command.command("restore")
@click.argument("backup", required=False)
@click.option("-y", "--yes", is_flag=True, help="Write without asking.")
def restore(backup: str | None, yes: bool) -> None:
    """Put an earlier version of ~/.aws/config back: BACKUP as `list` names it, else the newest one.

    Shows which sections change, and asks. The version that it replaces becomes a backup itself, so a second `restore`
    takes the first one back.

    Example: ssohelper backups restore 20261130T081500.000000Z
    """
    chosen, path = _chosen(backup), paths.aws_config()
    data = files.read(chosen) or b""
    current = config_file.load(path)
    changes = section_changes.between(current, config_text.parse(data))
    if not changes and config_text.unparse(current) != data:
        terminal.say("only comments, blank lines or the order of sections are different")
    look = Look.of(sys.stderr)
    for each in changes:
        sign, style = _SIGNS[each.kind]
        terminal.show(f"{look.paint(sign, style)} [{terminal.plain(each.header)}]")
    if not yes:
        if not terminal.interactive():
            raise BadInput("cannot ask for confirmation without a terminal", hint=hints.again("--yes"))
        terminal.confirm(f"restore the version of {_name(chosen)} to {paths.shown(path)}?")
    if config_file.update(path, lambda _text: data, waiting=terminal.waiting("the config file")):
        terminal.say(f"restored {paths.shown(path)}")
    else:
        terminal.say(f"nothing to do: {paths.shown(path)} is that version")


def _newest_first() -> list[Path]:
    return config_file.backups(paths.aws_config())[::-1]


def _name(path: Path) -> str:
    """The time in the name of a backup: that is enough to tell it from others of the same file."""
    return path.name.rpartition("-")[2]


def _read(path: Path) -> ConfigText:
    return config_text.parse(files.read(path) or b"")


def _chosen(name: str | None) -> Path:
    found = _newest_first()
    if not found:
        raise BadInput(f"no backups of {paths.shown(paths.aws_config())}", hint="ssohelper backups list")
    matching = [path for path in found if name is None or _name(path) == name]
    if not matching:
        near = did_you_mean(name or "", map(_name, found))
        raise BadInput(f"backup not found: {name}{near}", hint="ssohelper backups list")
    return matching[0]


def _shown(changes: Sequence[SectionChange]) -> str:
    """The first sections with their signs: what `restore` would do."""
    if not changes:
        return "nothing"
    shown = [f"{_SIGNS[each.kind][0]}{each.header}" for each in changes[:_MAX_NAMES]]
    more = len(changes) - _MAX_NAMES
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])
