"""`ssohelper configure`: write an `[sso-session NAME]` into the AWS config file, list them, or remove one."""

import sys
from dataclasses import dataclass
from typing import Any

import click

from ssohelper import hints, options
from ssohelper.aws_config import config_file, resolve
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.context import Context
from ssohelper.errors import BadInput, Unavailable
from ssohelper.model import Session
from ssohelper.storage import paths
from ssohelper.sync import session_removal
from ssohelper.sync.session_removal import Removal
from ssohelper.ui import output, session_dialogue, sign_out, terminal
from ssohelper.ui.look import Look


@click.command("configure")
@click.option("-s", "--session", "name", metavar="NAME", help="A name for the session, such as your company's.")
@options.start_url
@options.sso_region
@click.option("--replace", is_flag=True, help="Change an existing session, and print what changes.")
@click.option("--list", "only_list", is_flag=True, help="List the sessions.")
@click.option("--remove", is_flag=True, help="Remove the session with its managed profiles, and sign out.")
@click.option("--yes", "-y", is_flag=True, help="With --remove: do not ask.")
@options.as_json
def command(**values: Any) -> int:
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
        raise BadInput("--list can only be combined with --json", hint="ssohelper configure --list")
    if opts.remove and (opts.replace or opts.start_url or opts.region):
        raise BadInput(
            "--remove cannot be combined with --replace, --start-url or --region",
            hint="ssohelper configure --remove --session NAME",
        )
    if opts.yes and not opts.remove:
        raise BadInput("--yes requires --remove", hint="ssohelper configure --help")
    if opts.only_list:
        return _list(options.context(), as_json=opts.as_json)
    return _remove(options.context(), opts) if opts.remove else _write(options.context(), opts)


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
    terminal.next_step(asked.login_command)
    return 0


def _changes(before: Session | None, after: Session) -> dict[str, tuple[str, str]]:
    """The values before and after of each key that a session had with another value."""
    if before is None:
        return {}
    pairs = {"sso_start_url": (before.start_url, after.start_url), "sso_region": (before.region, after.region)}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _list(context: Context, *, as_json: bool) -> int:
    header = ("session", "start_url", "region", "managed_profiles", "other_profiles")
    rows = []
    for name in session_removal.names(context.config):
        values = context.aws_files.sessions[name]
        found = session_removal.find(context.aws_files, name)
        counts = (len(found.profiles), len(found.broken))
        rows.append((name, values.text("sso_start_url"), values.text("sso_region"), *counts))
    if as_json:
        click.echo(output.to_json([dict(zip(header, row, strict=True)) for row in rows]))
    elif rows:
        shown = [each.replace("_", " ") for each in header]
        cells = [["-" if cell is None else str(cell) for cell in row] for row in rows]
        click.echo(output.table(shown, cells, look=Look.of(sys.stdout)))
    else:
        terminal.say(f"no sso-session configured in {paths.shown(paths.aws_config())}")
        terminal.hint("ssohelper setup")
    return 0


def _remove(context: Context, opts: Options) -> int:
    """Remove a session with its profiles, then sign out. Returns the exit code of the sign-out."""
    name, path = _named(context, opts), paths.aws_config()
    removal = session_removal.find(context.aws_files, name)
    session = resolve.named_sessions(context.aws_files).get(name)
    session_removal.without(context.config, removal)  # raises before anything is asked
    _show(removal)
    if not opts.yes:
        if not terminal.interactive():
            raise BadInput("cannot ask for confirmation without a terminal", hint=hints.again("--yes"))
        terminal.confirm(f"remove this from {paths.shown(path)}?")

    def edit(text: ConfigText) -> bytes:
        return session_removal.without_same(AwsFiles(text, lambda: context.shared_credentials), name, removal)

    config_file.update(path, edit, waiting=terminal.waiting("config file"))
    backup = paths.shown(config_file.backups(path)[-1])
    terminal.say(f"removed [sso-session {name}] from {paths.shown(path)} (backup: {backup})")
    signed_out = sign_out.sign_out(context.of(session)) if session else None
    if opts.as_json:
        removed = {"session": name, "profiles": removal.profiles, "broken_profiles": removal.broken}
        click.echo(output.to_json(removed | {"sign_out": signed_out}))
    return 0 if signed_out is None or signed_out["ended_at_identity_center"] else Unavailable.exit_code


def _named(context: Context, opts: Options) -> str:
    """The session that is named: nothing else decides what is removed, except that there is only one."""
    known = session_removal.names(context.config)
    if opts.name is None and len(known) == 1 and not opts.yes:
        return known[0]
    if opts.name in known:
        return opts.name
    listed = f"; configured: {', '.join(known)}" if known else ""
    problem = "--session is missing" if opts.name is None else f"sso-session {opts.name!r} not found"
    raise BadInput(f"{problem}{listed}", hint="ssohelper configure --list")


def _show(removal: Removal) -> None:
    """Say what is removed, all of it, and what breaks."""
    minus = Look.of(sys.stderr).paint("-", "red")
    for each in removal.sections:
        terminal.show(f"{minus} [{terminal.plain(each.header)}]")
    if removal.broken:
        sign = Look.of(sys.stderr).paint("!", "yellow")
        terminal.show(f"{sign} not managed, and will no longer work: {', '.join(map(output.safe, removal.broken))}")
