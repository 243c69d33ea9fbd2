"""`ssohelper settings`: show, check and edit `config.toml`."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from ssohelper import options, selecting
from ssohelper.errors import BadInput, Failed
from ssohelper.settings import config_toml
from ssohelper.settings.config_toml import ConfigToml
from ssohelper.settings.model import AcceptedFinding, ChainedRule, ReviewSettings, Rule, Settings
from ssohelper.storage import files, paths
from ssohelper.ui import output, sync_notes, terminal
from ssohelper.ui.look import Look

_ARRAYS_OF_TABLES = ("rules", "chained", "accept")
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
    facts = list(_facts(context.config_toml, session.session.name, session.settings))
    if as_json:
        click.echo(output.to_json([each._asdict() for each in facts]))
        return
    rows = [(each.setting, _shown(each.value), each.set_in or "default") for each in facts]
    terminal.say(f"settings of {session.session.name}")
    click.echo(output.table(_HEADER, rows, Look.of(sys.stdout)))


class _Fact(NamedTuple):
    """A setting, its value as JSON data, and where it is set."""

    setting: str
    value: Any
    set_in: str | None


def _facts(config: ConfigToml, session: str, settings: Settings) -> Iterator[_Fact]:
    """Every setting; each rule and each chained profile for itself."""
    for keys, value in _values(settings):
        name = ".".join(keys)
        if keys[-1] not in _ARRAYS_OF_TABLES:
            yield _Fact(name, _plain(value), config.origin(session, keys))
        for number, each in enumerate(value if keys[-1] in _ARRAYS_OF_TABLES else ()):
            yield _Fact(f"{name}[{number}]", _plain(each), config.origin(session, keys, number))


def _values(settings: Settings) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each setting by the keys that lead to it in the table of a session."""
    for key, value in settings._asdict().items():
        if isinstance(value, ReviewSettings):
            yield from (((key, name), each) for name, each in value._asdict().items())
        else:
            yield (key,), value


@command.command("check")
def check() -> None:
    """Check every setting. Exit code 2 and the line of the first invalid one, else 0.

    Example: ssohelper settings check
    """
    context, path = options.context(), paths.settings()
    _check(context.config_toml)
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
    original = _NEW_FILE.encode() if before is None else before
    if before is None:
        files.replace(path, original, private=True)
    try:
        _edit_until_valid(path, original)
    finally:
        if before is None and files.read(path) == original:
            path.unlink(missing_ok=True)


def _edit_until_valid(path: Path, original: bytes) -> None:
    while True:
        _run_editor(path)
        written = files.read(path)
        if written is None:
            raise Failed(f"{paths.shown(path)} has been deleted: defaults apply")
        if written == original:
            terminal.say("nothing changed")
            return
        try:
            _check(config_toml.load(path))
        except BadInput as error:
            terminal.error(error)
            if not terminal.agree("edit it again?", default=True):
                raise Failed(f"{paths.shown(path)} is invalid: commands fail until it is corrected") from error
        else:
            terminal.say(f"wrote {paths.shown(path)}")
            return


def _run_editor(path: Path) -> None:
    """Run the person's editor. Raises `BadInput` if there is none."""
    variable = next((name for name in ("VISUAL", "EDITOR") if os.environ.get(name, "").strip()), None)
    chosen = os.environ[variable] if variable else "notepad" if sys.platform == "win32" else "vi"
    try:
        words = shlex.split(chosen, posix=sys.platform != "win32")
        code = subprocess.run([*words, str(path)], check=False).returncode
    except (ValueError, OSError) as error:
        where = f" (from {variable})" if variable else ""
        raise BadInput(f"cannot run the editor: {chosen!r}{where}", hint="set VISUAL or EDITOR") from error
    if code:
        terminal.warn(f"the editor ended with exit code {code}")


def _check(config: ConfigToml) -> None:
    """Raise `BadInput` for the first invalid setting, or a region that does not exist."""
    from ssohelper.identity_center import region_checks  # botocore is slow to load

    config.check()
    for session in (*config.sessions, ""):
        region_checks.check_settings_regions(config.for_session(session))


def _shown(value: Any) -> str:
    """A value about as it is written in the file."""
    return "-" if value is None else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A value as JSON data; of a rule, what is set in it."""
    if isinstance(value, Rule | ChainedRule | AcceptedFinding):
        return {key: _plain(each) for key, each in value._asdict().items() if each not in (None, {})}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
