"""`ssohelper settings`: show, check and edit `config.toml`."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ssohelper import options, selecting
from ssohelper.errors import BadInput, Failed
from ssohelper.settings import config_toml
from ssohelper.settings.model import ChainedRule, Rule
from ssohelper.storage import files, paths
from ssohelper.ui import output, sync_notes, terminal
from ssohelper.ui.look import Look

_HEADER = ("setting", "value", "set in")
_NEW_FILE = """\
# Settings of ssohelper, for example:
# [defaults]
# profile_name = "{account_name}.{role_name}"
# region = "eu-central-1"
"""


@click.group("settings", invoke_without_command=True, context_settings={"max_content_width": 100})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show, check or edit the settings in ~/.config/ssohelper/config.toml.

    Example: ssohelper settings show
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("show")
@options.session
@options.as_json
def show(session_name: str | None, as_json: bool) -> None:
    """Show every setting of a session: its value, and where it is set.

    Example: ssohelper settings show --session acme
    """
    context = options.context()
    session = selecting.session(context, session_name)
    name, values = session.session.name, session.settings._asdict()
    origins = {key: context.config_toml.origin(name, key) for key in values}
    if as_json:
        facts = [{"setting": key, "value": _plain(value), "set_in": origins[key]} for key, value in values.items()]
        click.echo(output.to_json(facts))
        return
    rows = [(key, _shown(values[key]), origins[key] or "default") for key in values]
    click.echo(output.table(_HEADER, rows, Look.of(sys.stdout)))


@command.command("check")
def check() -> None:
    """Check the file: exit code 0 if every setting is valid, else 2 with the line and what is expected.

    Example: ssohelper settings check
    """
    context, path = options.context(), paths.settings()
    _check(path)
    sync_notes.warn_about_settings(context.config, context.config_toml)
    empty = context.config_toml.is_empty
    terminal.say(f"{paths.shown(path)}: {'nothing is set, defaults apply' if empty else 'all settings are valid'}")


@command.command("edit")
def edit() -> None:
    """Open the file in $VISUAL or $EDITOR, and check it afterwards.

    Example: ssohelper settings edit
    """
    path = paths.settings()
    if not terminal.interactive():
        raise BadInput("no terminal to edit on", hint=f"edit {paths.shown(path)}")
    before = files.read(path)
    if before is None:
        files.replace(path, _NEW_FILE.encode(), private=True)
    while True:
        click.edit(filename=str(path))
        if files.read(path) == (_NEW_FILE.encode() if before is None else before):
            if before is None:
                path.unlink(missing_ok=True)
            terminal.say("nothing changed")
            return
        try:
            _check(path)
        except BadInput as error:
            terminal.error(error)
            if not terminal.agree("edit it again?", default=True):
                raise Failed(f"{paths.shown(path)} has an error: commands refuse it until it is corrected") from error
        else:
            terminal.say(f"wrote {paths.shown(path)}")
            return


def _check(path: Path) -> None:
    """Raise `BadInput` for the first invalid setting."""
    config_toml.load(path).for_session("")


def _shown(value: Any) -> str:
    """A value about as it is written in the file."""
    return "-" if value is None else json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A value as JSON data; of a rule, what is set in it."""
    if isinstance(value, Rule | ChainedRule):
        return {key: _plain(each) for key, each in value._asdict().items() if each not in (None, {})}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
