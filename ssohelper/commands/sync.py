"""`ssohelper sync`: keep the managed profiles of `~/.aws/config` in sync with the user's roles."""

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ssohelper import hints, options, selecting
from ssohelper.aws_config import config_edit, config_file, credential_source, resolve
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, Failed
from ssohelper.model import Session, same_start_url
from ssohelper.settings import name_templates, own_program
from ssohelper.settings.model import DEFAULT_TEMPLATE, Style
from ssohelper.storage import paths
from ssohelper.sync import account_names, listing, role_changes
from ssohelper.sync.plan import Action
from ssohelper.sync.sync_run import Request, SyncRun
from ssohelper.ui import discovery, output, plans, sync_notes, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssohelper.aws_config.config_text import ConfigText
    from ssohelper.settings.model import Settings
    from ssohelper.sync.discovery import Discovery, Unlisted
    from ssohelper.sync.plan import Plan

FOUND_DIFFERENCES = 3


@click.command("sync")
@options.session_or_all("Sync every sso-session, one after the other.")
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--check", is_flag=True, help="Like --dry-run; exit code 3 if there is something to do.")
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
@click.option(
    "--prune/--no-prune", default=None, help="Remove profiles of roles that are no longer assigned to you [prune]."
)
@click.option("--rename", is_flag=True, help="Also rename existing profiles by the template.")
@click.option("--style", type=click.Choice(["sso", "credential-process"]), help="How profiles get credentials [sso].")
@click.option("--profile-name", metavar="TEMPLATE", help=f"The template of profile names [{DEFAULT_TEMPLATE}].")
@click.option(
    "--region",
    metavar="REGION",
    shell_complete=options.offer_regions,
    help="The region of every profile [the session's, which you may change].",
)
@click.option("--include", metavar="GLOB", multiple=True, help="Only sync roles that match account/role; repeatable.")
@click.option("--exclude", metavar="GLOB", multiple=True, help="Skip roles that match account/role; repeatable.")
@click.option("--adopt", is_flag=True, help="Adopt profiles for the same roles that you or other tools wrote.")
@click.option("--sensitive", is_flag=True, help="Also add profiles for sensitive roles.")
@click.option("--summary", is_flag=True, help="Show the plan in a few lines.")
@options.as_json
def command(**values: Any) -> int:
    """Keep a profile in ~/.aws/config for every role that is assigned to you.

    Shows a plan like a diff, and asks once. Only managed profiles, which have the key ssohelper_session, are changed;
    the rest of the file is unchanged, byte for byte, and the last five versions of it are kept as backups. Profiles
    of roles that are no longer assigned to you are removed, unless their account could not be listed (exit code 5)
    or --no-prune is given.

    --adopt makes managed profiles of those that you, aws-sso-util, aws-sso-cli, granted or aws-vault wrote for the
    same roles, instead of adding a second one. They keep their names and your own keys, and lose the keys that only
    the other tool needed. Second profiles that an earlier sync has added are removed, unless you have edited them.

    [[sessions.NAME.chained]] in config.toml adds profiles that assume another role with one of yours.

    --include and --exclude limit this run; profiles of all other roles are kept. A glob matches account/role, with
    the account's name or id: "payments-*", "*/ReadOnly", "123456789012/Admin*". Put permanent settings in
    config.toml.

    \b
    TEMPLATE fields  {account_name} {account_id} {account_email} {role_name}
                     {session} {region}, each also as {role_name:lower} or :upper
    Exit codes       0 in sync, 1 some profiles were not written, since AWS tools would
                     refuse them, or access to an account that is listed is denied,
                     3 --check found differences, 4 sign-in needed,
                     5 some accounts could not be listed, 130 cancelled

    Example: ssohelper sync --include 'payments-*' --dry-run
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line; None for options that were not given."""

    session_name: str | None
    every: bool
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
    summary: bool
    as_json: bool

    @property
    def preview(self) -> bool:
        """Whether nothing may be written."""
        return self.dry_run or self.check

    @property
    def asks(self) -> bool:
        """Whether the user has to confirm the plan."""
        return not self.yes and not self.preview

    @property
    def request(self) -> Request:
        """What the plan depends on."""
        return Request(
            include=self.include,
            exclude=self.exclude,
            rename=self.rename,
            adopt=self.adopt,
            sensitive=self.sensitive,
        )


class _Outcome(NamedTuple):
    """How the sync of a session ended: its exit code, and the facts for --json."""

    exit_code: int
    facts: dict[str, Any]


def run(opts: Options) -> int:
    """Sync the profiles of the session that the options name, or of all. Returns the exit code."""
    if opts.every:
        return _run_all(opts)
    context = options.context()
    outcome = _sync(context, selecting.session(context, opts.session_name), opts)
    if opts.as_json:
        click.echo(output.to_json(outcome.facts))
    return outcome.exit_code


def _run_all(opts: Options) -> int:
    """Sync one session after the other. An error ends the sync of its session only; the first one is the result."""

    def sync(name: str) -> _Outcome:
        context = options.context()  # the file has changed
        if not opts.as_json:
            click.echo(Look.of(sys.stdout).paint(f"[sso-session {name}]", "bold"))
        return _sync(context, context.select_session(name), opts)

    code, outcomes = selecting.each(selecting.named_sessions(options.context()), sync)
    if opts.as_json:
        click.echo(output.to_json([each.facts for each in outcomes]))
    return code or next((each.exit_code for each in outcomes if each.exit_code), 0)


def _sync(context: Context, session: SessionContext, opts: Options) -> _Outcome:
    _check_named(session.session, context.config)
    settings = _settings(session.settings, opts)
    config_edit.check_editable(context.config)
    credential_source.check_readable(context.aws_files)
    sync_notes.warn_about_settings(context.config, context.config_toml)
    found = selecting.signed_in(session, lambda: discovery.discover(session.portal()))
    unlisted = tuple(each for each in found.unlisted if not settings.excludes_account(each.account))
    found = found._replace(unlisted=unlisted)
    sync_notes.warn_about_settings_globs(found.roles, settings)
    sync_notes.warn_about_option_globs(found.roles, {"--include": opts.include, "--exclude": opts.exclude})
    names_before = account_names.shown(session.session)
    changes = role_changes.since_last_sync(session.session, found, time.time())
    if not opts.preview:
        _update_caches(session, found, settings)
    sync_run = SyncRun(
        session=session.session,
        settings=settings,
        request=opts.request,
        found=found,
        command=own_program.command_of(settings),
        credentials=context.shared_credentials,
        account_names=names_before,
    )
    plan = _plan(sync_run, context.config)
    sync_notes.show_changes(changes, time.time())
    _show(plan, sync_run, context.config, opts)
    written = None
    if not opts.preview:
        written = _write(sync_run, plan, opts)
        role_changes.save(session.session, found, time.time())
    facts = plans.as_json(written or plan, found.unlisted, changes, written=written is not None)
    return _Outcome(_exit_code(plan, found, opts), facts)


def _exit_code(plan: "Plan", found: "Discovery", opts: Options) -> int:
    """The exit code, after the errors that it stands for were shown."""
    if found.unlisted:
        sync_notes.show_unlisted(found)
    if plan.refused:
        sync_notes.show_refused(len(plan.refused))
    if opts.check and plan.pending:
        return FOUND_DIFFERENCES
    return Failed.exit_code if plan.refused else discovery.exit_code(found)


def _check_named(session: Session, config: "ConfigText") -> None:
    """Raise `BadInput` for a legacy session: managed profiles need the name of an sso-session."""
    if not session.legacy:
        return
    known = resolve.named_sessions(AwsFiles(config)).values()
    named = [each.name for each in known if same_start_url(each.start_url, session.start_url)]
    if not named:
        raise BadInput(
            f"no sso-session is configured for {session.start_url}: profiles need its name",
            hint=hints.command("configure", "--start-url", session.start_url, "--region", session.region),
        )
    raise BadInput(
        f"profiles need the name of an sso-session: {session.start_url} is configured as {', '.join(named)}",
        hint=hints.again("--session", named[0]) if len(named) == 1 else "choose one with --session NAME",
    )


def _settings(settings: "Settings", opts: Options) -> "Settings":
    """The settings of the session, overridden by the options."""
    from ssohelper.identity_center import region_checks

    if opts.profile_name is not None:
        name_templates.check_template(opts.profile_name)
    if opts.region is not None:
        region_checks.check_profile_region(opts.region)
    region_checks.check_settings_regions(settings)
    overrides: dict[str, Any] = {
        "prune": opts.prune,
        "style": opts.style,
        "profile_name": opts.profile_name,
        "region": opts.region,
    }
    return settings._replace(**{key: value for key, value in overrides.items() if value is not None})


def _update_caches(session: SessionContext, found: "Discovery", settings: "Settings") -> None:
    """Save the accounts' names, by which settings select sensitive roles; delete cached credentials of such roles."""
    discovery.keep_names(session, found.accounts, time.time())
    listing.save(session.session, session.access_tokens.current(), found, time.time())
    sensitive = [role for role in found.roles if settings.is_sensitive(role)]
    if not sensitive:
        return
    from ssohelper.credentials import answer

    for role in sensitive:
        ref = session.session.role(role.account.id, role.name)
        session.credential_cache.delete(ref)
        answer.delete(ref)


def _plan(sync_run: SyncRun, text: "ConfigText") -> "Plan":
    """The plan for a config file. Raises `Failed` if it has a path of our program that will be deleted."""
    plan = sync_run.plan(text)
    if not sync_run.settings.program and any("credential_process" in step.added for step in plan.pending):
        own_program.check_permanent(own_program.path())
    return plan


def _show(plan: "Plan", sync_run: SyncRun, config: "ConfigText", opts: Options) -> None:
    """Show the plan on stdout; on stderr too if the user has to confirm it and would not see it otherwise."""
    unlisted = sync_run.found.unlisted
    if not opts.as_json:
        if _is_brief(plan, opts, Look.of(sys.stdout)):
            sync_notes.show_found(sync_run.found.roles)
        if opts.summary:
            sync_notes.show_defaults(sync_run.settings)
        sync_notes.show_omitted(sync_run.omitted(plan))
        sync_notes.show_assuming_sensitive(sync_run.assuming_sensitive(config))
        if opts.adopt:
            sync_notes.show_adoption(config, plan)
        else:
            sync_notes.show_adoptable(plan, sync_run.adoptable(config))
        click.echo(_text(plan, unlisted, opts, look=Look.of(sys.stdout)))
    if plan.pending and opts.asks and terminal.interactive() and _is_hidden(opts):
        terminal.show(_text(plan, unlisted, opts, look=Look.of(sys.stderr)))


def _text(plan: "Plan", unlisted: "Sequence[Unlisted]", opts: Options, look: Look) -> str:
    return (plans.brief if _is_brief(plan, opts, look) else plans.lines)(plan, unlisted, look)


def _is_brief(plan: "Plan", opts: Options, look: Look) -> bool:
    """Whether a plan is shown in a few lines: with --summary, and on a terminal if it is long, unless --verbose."""
    return opts.summary or (plans.is_long(plan) and look.width is not None and not terminal.is_verbose())


def _is_hidden(opts: Options) -> bool:
    """Whether the person at the terminal does not see what is printed on stdout."""
    return opts.as_json or not sys.stdout.isatty()


def _full_text(plan: "Plan", sync_run: SyncRun) -> str:
    return plans.lines(plan, sync_run.found.unlisted, look=Look.of(sys.stderr))


def _write(sync_run: SyncRun, shown: "Plan", opts: Options) -> "Plan | None":
    """Ask, then write the plan for the file as it is by then. The plan that was written; None if nothing was."""
    waiting = terminal.waiting("the config file")
    if not shown.pending:
        config_file.back_up_leftovers(paths.aws_config(), waiting=waiting)
        return None
    path = paths.shown(paths.aws_config())
    if opts.asks:
        if not terminal.interactive():
            raise BadInput("cannot ask for confirmation without a terminal", hint=hints.again("--yes"))
        brief = _is_brief(shown, opts, Look.of(sys.stderr if _is_hidden(opts) else sys.stdout))
        what, details = ("these profiles", lambda: _full_text(shown, sync_run)) if brief else ("this", None)
        terminal.confirm(f"write {what} to {path}?", default=opts.summary, details=details)
    plan = shown

    def edit(text: "ConfigText") -> bytes:
        nonlocal plan
        plan = _plan(sync_run, text)
        return config_edit.apply(text, plan.edits())

    done = config_file.update(paths.aws_config(), edit, waiting=waiting)
    if plan != shown:
        terminal.say(f"{path} has changed in the meantime, the plan is now: {plans.summary(plan)}")
    elif done:
        terminal.say(f"wrote {path}")
    added = [step.profile for step in plan.pending if step.action is Action.ADD]
    if done and added and not plan.counts()["keep"]:
        first = sync_notes.first_to_try(added)
        options.show_next("sync", hints.shell("aws", "sts", "get-caller-identity", "--profile", first))
    return plan if done else None
