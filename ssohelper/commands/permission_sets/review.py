"""`ssohelper permission-sets review`: what good practice would change."""

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ssohelper import administrator, options
from ssohelper.errors import BadInput, did_you_mean
from ssohelper.permission_sets.collect import Scope
from ssohelper.ui import output, terminal, unread
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from ssohelper.administrator import Administrator
    from ssohelper.permission_sets.review import Report
    from ssohelper.settings.model import ReviewSettings

_HAS_ERRORS = 1


@click.command("review")
@options.administrator
@click.option("--only", metavar="KIND", multiple=True, help="Report findings of this kind only; repeatable.")
@click.option("--skip", metavar="KIND", multiple=True, help="Leave out findings of this kind; repeatable.")
@click.option("--validate", is_flag=True, help="Have Access Analyzer check the inline policies.")
@click.option("--quick", is_flag=True, help="Skip assignments of single users: far fewer calls.")
@click.option("--kept", is_flag=True, help="Use data that was read within the last day, without calling AWS.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@options.as_json
def command(**values: Any) -> int:
    """Review permission sets by good practice: names, descriptions, assignments, policies, sessions, provisioning.

    Each finding says what is wrong, what it affects, and what an administrator can do; nothing is changed. Every kind
    is explained in docs/findings.md. Accept a finding, with a reason, in config.toml.

    Everything is read again, at most 20 calls a second. To resume an interrupted review, run the same command within
    an hour. No finding is based on data that could not be read.

    \b
      ssohelper permission-sets review --as management/IdentityCenterReader
      ssohelper permission-sets review --skip no-description --markdown > review.md

    Exit code 0: no errors. 1: a finding is an error (x). 5: not everything could be read; stderr says what.
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


class Options(NamedTuple):
    """The command line."""

    session_name: str | None
    as_profile: str | None
    only: tuple[str, ...]
    skip: tuple[str, ...]
    validate: bool
    quick: bool
    kept: bool
    markdown: bool
    as_json: bool


def run(opts: Options) -> int:
    """Print the report. Returns the exit code."""
    from ssohelper.credentials import session_durations
    from ssohelper.permission_sets import review
    from ssohelper.permission_sets.actions import Actions
    from ssohelper.permission_sets.findings import Review
    from ssohelper.ui import review_output

    _check_kinds((*opts.only, *opts.skip), review.kinds())
    if opts.markdown and opts.as_json:
        raise BadInput("--markdown and --json cannot be combined", hint="omit one of them")
    admin = administrator.select(options.context(), opts.session_name, opts.as_profile)
    actions, scope = Actions.load(), Scope(quick=opts.quick, validate=opts.validate)
    if opts.kept:
        found = administrator.kept_inventory(admin, scope)
    else:
        found = administrator.inventory(admin, scope, fresh=True, actions=actions)
    now = time.time()
    refreshed = session_durations.refreshed_all_day(admin.session.session, now)
    wanted = Review(found, _settings(admin), actions, now, refreshed)
    report = review.run(wanted, datetime.fromtimestamp(now, UTC).date().isoformat(), opts.only, opts.skip)
    for each in report.unknown_kinds:
        terminal.warn(f"config.toml accepts findings of the kind {each!r}, which does not exist")
    if opts.as_json:
        click.echo(output.to_json(review_output.as_json(found, report)))
    elif opts.markdown:
        click.echo(review_output.markdown(found, report))
    else:
        options.page("\n".join(review_output.lines(found, report, Look.of(sys.stdout))))
    return unread.warn(found) or _code(report)


def _code(report: "Report") -> int:
    return _HAS_ERRORS if any(each.severity == "error" for each in report.findings) else 0


def _settings(admin: "Administrator") -> "ReviewSettings":
    """The settings; `break_glass` defaults to the roles that `sensitive_roles` names for every account."""
    settings = admin.session.settings
    if settings.permission_sets.break_glass:
        return settings.permission_sets
    everywhere = [glob.removeprefix("*/") for glob in settings.sensitive_roles if glob.startswith("*/")]
    return settings.permission_sets._replace(break_glass=tuple(everywhere))


def _check_kinds(named: tuple[str, ...], known: list[str]) -> None:
    for each in named:
        if each not in known:
            raise BadInput(
                f"not a kind of finding: {each!r}{did_you_mean(each, known)}",
                hint="see docs/findings.md",
            )
