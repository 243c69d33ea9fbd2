"""`ssohelper configure`: write an `[sso-session NAME]` into the AWS config file, list them, or remove one."""

import sys
from dataclasses import dataclass
from typing import Any

import click

from ssohelper import hints, options, selecting
from ssohelper.aws_config import config_file, config_text, resolve
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.context import Context
from ssohelper.errors import BadInput, ConfigConflict
from ssohelper.model import Session
from ssohelper.storage import paths
from ssohelper.sync import session_removal
from ssohelper.sync.session_removal import Removal
from ssohelper.ui import output, plans, session_dialogue, terminal


@click.command("configure")
@click.option("--session", "name", metavar="NAME", help="A name for the session, such as your company's.")
@options.start_url
@options.sso_region
@click.option("--replace", is_flag=True, help="Change a session that is there with other values; show what changes.")
@click.option("--list", "only_list", is_flag=True, help="List the sessions.")
@click.option("--remove", is_flag=True, help="Sign out, and remove the session with its managed profiles.")
@click.option("--yes", "-y", is_flag=True, help="With --remove: do not ask.")
@options.as_json
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:
    """Write an [sso-session NAME] into ~/.aws/config, which the AWS CLI and the SDKs use as well.

    On a terminal it asks for missing values. Your administrator knows the start URL and the region; both are also
    on the AWS access portal, under "Access keys". The start URL can be a name (acme), a host, or an address that you
    copied from the portal; some URLs name the region.

    \b
      ssohelper configure --session acme --start-url acme --region eu-central-1
      ssohelper configure --session acme --region eu-west-1 --replace
      ssohelper configure --list
      ssohelper configure --remove --session acme

    With --remove, it says which of your own profiles depend on the session: they stay, and no longer work.
    """  # noqa: D301 (click keeps the line breaks after \b)
    opts = Options(**values)
    if opts.only_list and (opts.remove or opts.replace or opts.name or opts.start_url or opts.region):
        raise BadInput("--list takes no other option than --json", hint="ssohelper configure --list")
    if opts.remove and (opts.replace or opts.start_url or opts.region):
        raise BadInput("--remove takes no values", hint="ssohelper configure --remove --session NAME")
    if opts.yes and not opts.remove:
        raise BadInput("--yes requires --remove", hint="ssohelper configure --help")
    if opts.only_list:
        return _list(options.context(), as_json=opts.as_json)
    return _remove(ctx, options.context(), opts) if opts.remove else _write(options.context(), opts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line; None for options that were not given."""

    name: str | None
    start_url: str | None
    region: str | None
    replace: bool
    only_list: bool
    remove: bool
    yes: bool
    as_json: bool


def _write(context: Context, opts: Options) -> int:
    asked = session_dialogue.ask(
        context, name=opts.name, url=opts.start_url, region=opts.region, replace=opts.replace
    )
    before = resolve.named_sessions(context.aws_files).get(asked.name)
    written = session_dialogue.write(asked, replace=opts.replace)
    changes = _changes(before, asked) if written else {}
    if opts.as_json:
        facts = {"session": asked.name, "start_url": asked.start_url, "region": asked.region}
        click.echo(output.to_json({**facts, "written": written, "changes": changes}))
    place = paths.shown(paths.aws_config())
    section = f"[sso-session {asked.name}]"
    for key, (old, new) in changes.items():
        terminal.say(f"{section} {key}: {old} -> {new}")
    terminal.say(f"wrote {section} to {place}" if written else f"nothing to do: {section} is in {place}")
    terminal.show(f"next: {asked.login_command}")
    return 0


def _changes(before: Session | None, after: Session) -> dict[str, tuple[str, str]]:
    """The values before and after of each key that a session had with another value."""
    if before is None:
        return {}
    pairs = {"sso_start_url": (before.start_url, after.start_url), "sso_region": (before.region, after.region)}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _list(context: Context, *, as_json: bool) -> int:
    rows = []
    for name, session in resolve.named_sessions(context.aws_files).items():
        removal = session_removal.find(context.aws_files, name)
        managed, others = (len(removal.profiles), len(removal.broken)) if removal else (0, 0)
        rows.append((name, session.start_url, session.region, str(managed), str(others)))
    header = ("session", "start_url", "region", "managed_profiles", "other_profiles")
    if as_json:
        click.echo(output.to_json([dict(zip(header, (*row[:3], *map(int, row[3:])), strict=True)) for row in rows]))
    elif rows:
        shown = [each.replace("_", " ") for each in header]
        click.echo(output.table(shown, rows, color=terminal.color(sys.stdout)))
    else:
        terminal.say(f"no sso-session configured in {paths.shown(paths.aws_config())}")
        terminal.hint("ssohelper configure")
    return 0


def _remove(ctx: click.Context, context: Context, opts: Options) -> int:
    """Sign out of a session, then remove it with its profiles. Returns the exit code of the sign-out."""
    name = opts.name or selecting.session(context, None).session.name
    removal = session_removal.find(context.aws_files, name)
    if removal is None:
        name = selecting.session(context, name).session.name  # says that there is none, or asks which
        removal = session_removal.find(context.aws_files, name)
        assert removal is not None
    _show(name, removal)
    place = paths.shown(paths.aws_config())
    if not opts.yes:
        if not terminal.interactive():
            raise BadInput("no terminal to confirm it on", hint=hints.again("--yes"))
        terminal.confirm(f"remove this from {place}?")
    code: int = options.invoke(ctx, "logout", session_name=name)
    shown = removal

    def edit(text: config_text.ConfigText) -> bytes:
        found = session_removal.find(AwsFiles(text, lambda: context.shared_credentials), name)
        if found is None or [each.name for each in found.profiles] != [each.name for each in shown.profiles]:
            raise ConfigConflict(
                f"{place} has changed in the meantime and was not written", hint="run the command again"
            )
        return session_removal.without(text, found)

    config_file.update(paths.aws_config(), edit, waiting=terminal.waiting("config file"))
    backup = paths.shown(config_file.backups(paths.aws_config())[-1])
    terminal.say(f"removed [sso-session {name}] from {place} (backup: {backup})")
    if opts.as_json:
        profiles = [each.name for each in removal.profiles]
        click.echo(output.to_json({"session": name, "profiles": profiles, "broken_profiles": list(removal.broken)}))
    return code


def _show(name: str, removal: Removal) -> None:
    color = terminal.color(sys.stderr)
    terminal.show(f"{terminal.paint('-', 'red', color)} [sso-session {terminal.plain(name)}]")
    if removal.profiles:
        terminal.show(f"{terminal.paint('-', 'red', color)} {plans.names([each.name for each in removal.profiles])}")
    if removal.broken:
        sign, names = terminal.paint("!", "yellow", color), plans.names(removal.broken)
        terminal.show(f"{sign} not managed, and will no longer work: {names}")
