"""`ssohelper sync`: bring the profiles of `~/.aws/config` in step with the roles that the user has."""

import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from ssohelper import context, options
from ssohelper.aws_config import config_edit, config_file, resolve
from ssohelper.commands.roles import found_roles
from ssohelper.errors import BadInput, Unavailable
from ssohelper.model import Role, Session, same_start_url
from ssohelper.settings import config_toml, name_templates, own_program, role_globs
from ssohelper.settings.model import DEFAULT_TEMPLATE, Style
from ssohelper.storage import paths
from ssohelper.sync import desired, foreign_profiles, plan
from ssohelper.ui import output, plans, sync_notes, terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.config_text import ConfigText
    from ssohelper.settings.model import Settings
    from ssohelper.sync.discovery import Discovery
    from ssohelper.sync.plan import Plan

FOUND_DIFFERENCES = 3


@click.command("sync")
@options.session
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--check", is_flag=True, help="Like --dry-run; exit code 3 where there is something to do.")
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
@click.option("--prune/--no-prune", default=None, help="Remove profiles of roles that you no longer have [prune].")
@click.option("--rename", is_flag=True, help="Also give existing profiles the name that the template gives them.")
@click.option("--style", type=click.Choice(["sso", "credential-process"]), help="What profiles consist of [sso].")
@click.option("--profile-name", metavar="TEMPLATE", help=f"How profiles are named [{DEFAULT_TEMPLATE}].")
@click.option(
    "--region",
    metavar="REGION",
    shell_complete=options.offer_regions,
    help="The region of every profile [the session's, as a first guess].",
)
@click.option("--include", metavar="GLOB", multiple=True, help="Only roles that match, by account/role; repeatable.")
@click.option("--exclude", metavar="GLOB", multiple=True, help="No roles that match, by account/role; repeatable.")
@click.option("--adopt", is_flag=True, help="Take over profiles that other tools or hands wrote for the same roles.")
@click.option("--sensitive", is_flag=True, help="Also a profile for sensitive roles that have none.")
@options.as_json
def command(**given: Any) -> int:
    """Keep a profile in ~/.aws/config for every role that you may use.

    Shows a plan like a diff and asks once. Only profiles that carry the key ssohelper_session are ever changed; every
    other byte of the file stays as it is, and the five files before are kept as backups. Roles that are gone lose
    their profile, unless their account could not be listed (exit code 5) or --no-prune is given.

    --adopt takes over profiles that aws-sso-util, aws-sso-cli, granted, aws-vault or a hand wrote for the same roles,
    instead of adding a second one: they keep their names and your own keys, and lose what only the other tool needed.
    From then on they are profiles of ours, and go when their role goes. A second one that an earlier sync has added
    is removed, unless you have touched it.

    --include and --exclude narrow this run: what they leave out stays as it is. A glob is over account/role, the
    account by its name or its id: "payments-*", "*/ReadOnly", "123456789012/Admin*". What shall hold for every run
    goes into config.toml: see the how-to.

    \b
    TEMPLATE fields  {account_name} {account_id} {account_email} {role_name}
                     {session} {region}, each also as {role_name:lower} or :upper
    Exit codes       0 in step, 3 --check found differences, 4 sign-in needed,
                     5 some accounts could not be listed, 130 you said no
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    asked = Options(**given)
    session = options.chosen_session(asked.session_name)
    _check_named(session)
    chosen = _settings(session, asked)
    sync_notes.warn_of_config(config_file.load(paths.aws_config()))  # before anybody waits for the portal
    found = found_roles(context.portal_of(session))
    sync_notes.warn_of_slips(found.roles, chosen)
    sync_notes.warn_of_typos(found.roles, {"--include": asked.include, "--exclude": asked.exclude})
    if not asked.preview:
        _remember(session, found, chosen)
    make = _planner(session, chosen, found, asked)
    text = config_file.load(paths.aws_config())
    shown = make(text)
    if not asked.as_json:
        sync_notes.tell_of_sensitive(found.roles, chosen, shown)
        sync_notes.tell_of_neighbours(text, session, shown, adopting=asked.adopt)
        click.echo(plans.lines(shown, found.unlisted, color=terminal.color(sys.stdout)))
    if shown.pending and asked.asks and terminal.interactive() and (asked.as_json or not sys.stdout.isatty()):
        terminal.show(plans.lines(shown, found.unlisted, color=terminal.color(sys.stderr)))
    became = None if asked.preview else _write(make, shown, asked)
    if asked.as_json:
        click.echo(output.to_json(plans.as_json(became or shown, found.unlisted, written=became is not None)))
    if found.unlisted:
        sync_notes.complain_of_unlisted(found)
    if asked.check and shown.pending:
        return FOUND_DIFFERENCES
    return Unavailable.exit_code if found.unlisted else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line. None is what was not said."""

    session_name: str | None
    dry_run: bool
    check: bool
    yes: bool
    prune: bool | None
    rename: bool
    style: Style | None
    profile_name: str | None
    region: str | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    adopt: bool
    sensitive: bool
    as_json: bool

    @property
    def preview(self) -> bool:
        """Whether nothing may be written."""
        return self.dry_run or self.check

    @property
    def asks(self) -> bool:
        """Whether a person has to say yes first."""
        return not self.yes and not self.preview

    def in_scope(self, role: Role) -> bool:
        """Whether this run is about a role."""
        return role_globs.any_matches(self.include or ("*",), role) and not role_globs.any_matches(self.exclude, role)


def _check_named(session: Session) -> None:
    """Raise `BadInput` for a session without a name: the profiles that we write refer to one."""
    if session.legacy:
        known = resolve.read(config_file.load(paths.aws_config())).values()
        named = [each.name for each in known if same_start_url(each.start_url, session.start_url)]
        if named:
            raise BadInput(
                f"the sign-in to {session.start_url} has no name: profiles refer to {' or '.join(named)} instead",
                hint=shlex.join(["ssohelper", *sys.argv[1:], "--session", named[0]]),
            )
        url, region = shlex.quote(session.start_url), shlex.quote(session.region)
        raise BadInput(
            f"the sign-in to {session.start_url} has no name that profiles could refer to: give it one",
            hint=f"ssohelper configure --start-url {url} --region {region}",
        )


def _settings(session: Session, asked: Options) -> "Settings":
    """The settings of the session, and what the command line says instead."""
    from ssohelper.identity_center import clients

    if asked.profile_name is not None:
        name_templates.check_template(asked.profile_name)
    if asked.region is not None:
        clients.check_profile_region(asked.region)
    said: dict[str, Any] = {
        "prune": asked.prune,
        "style": asked.style,
        "profile_name": asked.profile_name,
        "region": asked.region,
    }
    kept = config_toml.load(paths.settings(), session.name)
    for region in {kept.region, *(rule.region for rule in kept.rules)} - {None}:
        clients.check_profile_region(str(region), 'in config.toml: region = "{}"')
    return replace(
        kept,
        **{key: value for key, value in said.items() if value is not None},
    )


def _planner(
    session: Session, chosen: "Settings", found: "Discovery", asked: Options
) -> Callable[["ConfigText"], "Plan"]:
    """Makes the plan for whatever the file holds: once to show it, and again with the file locked."""
    profiles = desired.profiles(found.roles, session, chosen, own_program.command_of(chosen))
    accounts = {account.id: account for account in found.accounts}
    defaults = {each.key for each in profiles if each.name == "default"}

    def in_scope(account_id: str, role_name: str) -> bool:
        if account_id in accounts:
            return asked.in_scope(Role(accounts[account_id], role_name))
        # Nobody knows the name of an account that is gone: a glob over names cannot be judged, so it stays.
        return not asked.include and not asked.exclude

    scope = plan.Scope(
        unlisted=frozenset(each.account.id for each in found.unlisted),
        in_scope=in_scope,
        prune=chosen.prune,
        excluded=frozenset((role.account.id, role.name) for role in found.roles if not chosen.wants(role)),
        # Who is not listed may have a claim to a name: renaming now would be undone by the next run.
        rename=asked.rename and not found.unlisted,
    )

    def make(text: "ConfigText") -> "Plan":
        config_edit.check_editable(text)
        taken = config_file.profile_names(paths.aws_credentials())
        others = foreign_profiles.find(text, session, taken=taken, defaults=defaults) if asked.adopt else []
        present = plan.present_keys(text, session.name) | {each.key for each in others if each.obstacle is None}
        # A sensitive role gets a profile only if somebody asks for it; the one that it has is kept like any other.
        now = [
            each for each in profiles if asked.sensitive or each.key in present or not chosen.is_sensitive(each.role)
        ]
        return plan.make(session.name, now, text, taken, replace(scope, neighbours=tuple(others)))

    return make


def _remember(session: Session, found: "Discovery", chosen: "Settings") -> None:
    """Keep the accounts' names, by which settings may call roles sensitive, and forget credentials of such roles."""
    from ssohelper.sync import account_names

    account_names.save(session, found.accounts, time.time())
    if not chosen.sensitive_roles:
        return
    from ssohelper.credentials import answer

    cache = context.cache_of(session)
    for role in found.roles:
        if chosen.is_sensitive(role):
            cache.forget(session, role.account.id, role.name)
            answer.forget(session, role.account.id, role.name)


def _write(make: Callable[["ConfigText"], "Plan"], shown: "Plan", asked: Options) -> "Plan | None":
    """Ask, then write the plan, made anew from what the file holds by then: what it became, None for nothing."""
    if not shown.pending:
        config_file.tidy(paths.aws_config(), waiting=terminal.waiting("the config file"))
        return None
    path = paths.shown(paths.aws_config())
    if asked.asks:
        if not terminal.interactive():
            raise BadInput("there is no terminal to ask on", hint=shlex.join(["ssohelper", *sys.argv[1:], "--yes"]))
        terminal.confirm(f"write this to {path}?")
    written: list[Plan] = []

    def edit(text: "ConfigText") -> bytes:
        written.append(make(text))
        return config_edit.apply(text, written[-1].edits())

    done = config_file.update(paths.aws_config(), edit, waiting=terminal.waiting("the config file"))
    if written[-1] != shown:
        terminal.say(f"{path} had changed meanwhile, so it became: {plans.summary(written[-1])}")
    elif done:
        terminal.say(f"wrote {path}")
    return written[-1] if done else None
