"""`ssohelper backups`: list and restore the backups that are made before ~/.aws/config is changed."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ssohelper import durations, hints, options
from ssohelper.aws_config import config_file, config_text, section_changes
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.aws_config.section_changes import Kind, SectionChange
from ssohelper.errors import BadInput, ConfigConflict, Failed
from ssohelper.storage import files, paths, timestamps
from ssohelper.ui import output, terminal
from ssohelper.ui.look import Look

_HEADER = ("backup", "written", "profiles", "changes if restored")
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
    """List backups, newest first, with the sections that restoring each would change.

    Example: ssohelper backups list
    """
    now, current = time.time(), config_file.load(paths.aws_config())
    rows, facts = [], []
    for path in _newest_first():
        text, written = config_text.parse(_read(path)), path.stat().st_mtime
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
        click.echo(output.table(_HEADER, rows, Look.of(sys.stdout), whole=1))
    else:
        terminal.say(f"no backups of {paths.shown(paths.aws_config())}")


@command.command("restore")
@click.argument("backup", required=False)
@click.option("-y", "--yes", is_flag=True, help="Write without asking.")
def restore(backup: str | None, yes: bool) -> None:
    """Restore ~/.aws/config from BACKUP, a name in `backups list` or its beginning, or from the newest one.

    Shows which sections change, and asks. The current version becomes a backup first, so running `restore` again
    undoes it.

    Example: ssohelper backups restore 20261130T081500.000000Z
    """
    path = paths.aws_config()
    current = config_file.load(path)
    before = config_text.unparse(current)
    chosen, data = _chosen(backup, before)
    if data == before:
        terminal.say(f"nothing to do: {paths.shown(path)} is that version")
        return
    _show(section_changes.between(current, config_text.parse(data)))
    if not yes:
        if not terminal.interactive():
            raise BadInput("cannot ask for confirmation without a terminal", hint=hints.again("--yes"))
        terminal.confirm(f"restore {paths.shown(path)} from backup {_name(chosen)}?")

    def edit(text: ConfigText) -> bytes:
        if config_text.unparse(text) != before:
            raise ConfigConflict(f"{paths.shown(path)} has changed in the meantime", hint=hints.again())
        return data

    config_file.update(path, edit, waiting=terminal.waiting("the config file"))
    terminal.say(f"restored {paths.shown(path)}")


def _show(changes: Sequence[SectionChange]) -> None:
    if not changes:
        terminal.say("only comments, blank lines or the order of sections are different")
    look = Look.of(sys.stderr)
    for each in changes:
        sign, style = _SIGNS[each.kind]
        terminal.show(f"{look.paint(sign, style)} [{terminal.plain(each.header)}]")


def _newest_first() -> list[Path]:
    return config_file.backups(paths.aws_config())[::-1]


def _name(path: Path) -> str:
    """The time in the name of a backup: that is enough to tell it from others of the same file."""
    return path.name.rpartition("-")[2]


def _read(path: Path) -> bytes:
    data = files.read(path)
    if data is None:  # another process has removed it
        raise Failed(f"backup not found: {_name(path)}", hint="ssohelper backups list")
    return data


def _chosen(typed: str | None, current: bytes) -> tuple[Path, bytes]:
    """The backup whose name begins like that, or the newest that is not `current`; and what is in it."""
    found = _newest_first()
    if not found:
        raise BadInput(f"no backups of {paths.shown(paths.aws_config())}")
    if typed is None:
        versions = [(path, _read(path)) for path in found]
        return next((each for each in versions if each[1] != current), versions[0])
    matching = [path for path in found if _name(path) == typed] or [
        path for path in found if _name(path).startswith(typed)
    ]
    if len(matching) != 1:
        problem = "several backups begin with" if matching else "backup not found:"
        raise BadInput(f"{problem} {typed}", hint="ssohelper backups list")
    return matching[0], _read(matching[0])


def _shown(changes: Sequence[SectionChange]) -> str:
    """The first sections with their signs: what `restore` would do."""
    if not changes:
        return "nothing"
    shown = [f"{_SIGNS[each.kind][0]}{each.header}" for each in changes[:_MAX_NAMES]]
    more = len(changes) - _MAX_NAMES
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])
