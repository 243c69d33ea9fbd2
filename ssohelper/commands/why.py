"""`ssohelper why`: why access is denied, who can change it, and what to ask for."""

import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ssohelper import administrator, hints, options, selecting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context
from ssohelper.errors import AccessDenied, BadInput, Failed, SsohelperError
from ssohelper.ui import denials, discovery, findings_output, output, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from ssohelper.doctor.why import Report
    from ssohelper.permission_sets.access_denied import Denial

# Of a long log, so many different messages are shown.
_MOST_SHOWN = 5
# What a simulation of the role's policies can tell.
_SIMULATED = ("identity-based policy", "permissions boundary", "service control policy")


@click.command("why")
@options.profile
@click.option("--message", metavar="TEXT", help="An error message of AWS; - reads it from standard input.")
@click.option("--action", metavar="SERVICE:ACTION", help="What you want to do, such as s3:PutObject.")
@click.option("--resource", metavar="ARN", help="With --action: the resource, such as arn:aws:s3:::bucket/key.")
@click.option("--user", metavar="USER", help="For administrators: a user, by user name or email address.")
@click.option("--account", metavar="NAME|ID", help="With --user: the account.")
@click.option("--role", "role_name", metavar="ROLE", help="With --user: the permission set.")
@options.administrator
@options.as_json
def command(**values: Any) -> int:
    """Explain why access is denied, who can change it, and what to ask for.

    With --message, or a message on standard input, it reads what AWS said: which action was denied, on which
    resource, and which type of policy denies it. The message may stand anywhere in the text, such as the output of
    Terraform. Nothing is requested, unless you also give a PROFILE: then its role has STS decode the encoded part of
    the message, if there is one (with standard input: --message - PROFILE).

    With a PROFILE alone, it goes through every step to the role's credentials. Where the role is not assigned to you,
    it shows which roles you have instead, where else you have it, and whether you had it at the last sync. With
    --action, it has IAM simulate the role's policies, if the role may ask that.

    Where somebody else has to change something, the last lines are a text to send them.

    Administrators check another person with --user, --account and --role: whether the user exists and is enabled, the
    assignment and its group, provisioning, requests that failed, and with --action the policies, the permissions
    boundary and service control policies. The role that reads is that of --as. Nothing is changed.

    \b
      ssohelper why payments-prod.ReadOnly
      ssohelper why payments-prod.ReadOnly --action s3:PutObject --resource arn:aws:s3:::reports/a
      ssohelper why --message "$(pbpaste)"
      terraform apply 2>&1 | ssohelper why
      ssohelper why --user ann@example.com --account payments-prod --role DeveloperAccess

    Each step passes (ok), fails (x) or could not be checked (?).

    Exit code 0: the message is explained, or the role works. 1: the role does not work, is not allowed the action, or
    other credentials override it; or it is not an access-denied message that ssohelper knows. 4: a sign-in or an MFA
    code is needed. 5: it could not be checked.
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


class Options(NamedTuple):
    """The command line; None for options that were not given."""

    profile: str | None
    message: str | None
    action: str | None
    resource: str | None
    user: str | None
    account: str | None
    role_name: str | None
    session_name: str | None
    as_profile: str | None
    as_json: bool

    @property
    def names_user(self) -> bool:
        """Whether they are about another person."""
        return any(each is not None for each in (self.user, self.account, self.role_name, self.as_profile))


def run(opts: Options) -> int:
    """Explain a message, or check a profile. Returns the exit code."""
    opts = _check_options(opts)
    if opts.action is not None:
        _warn_of_unknown_action(opts.action)
    if opts.names_user:
        return _check_user(opts)
    text = _message(opts)
    context = options.context()
    if text is not None:
        return _explain(context, opts, text)
    profile = selecting.or_current_profile(RoleOptions(profile=opts.profile), context).profile
    if profile is None:
        raise BadInput("no profile and no message given", hint='ssohelper why --message "TEXT"')
    return _check_profile(context, selecting.profile_to_check(context, profile), opts)


def _check_options(opts: Options) -> Options:
    """The options; a message that stands in the place of the profile is one."""
    from ssohelper.permission_sets import access_denied

    if opts.profile is not None and opts.message is None and access_denied.find(opts.profile):
        opts = opts._replace(profile=None, message=opts.profile)
    if opts.resource is not None and opts.action is None:
        raise BadInput("--resource requires --action", hint=hints.again("--action", "SERVICE:ACTION"))
    if opts.message is not None and opts.action is not None:
        raise BadInput("--message and --action cannot be combined", hint="omit one of them")
    if opts.resource is not None and not opts.resource.startswith("arn:"):
        raise BadInput(f"not an ARN: {opts.resource!r}", hint="--resource arn:aws:s3:::BUCKET/KEY")
    if opts.action is not None and not access_denied.is_action(opts.action):
        raise BadInput(f"not a valid action: {opts.action!r} (expected SERVICE:ACTION)", hint="--action s3:PutObject")
    return opts


def _check_user(opts: Options) -> int:
    """Check another person's role, as an administrator."""
    if opts.user is None or opts.account is None or opts.role_name is None:
        raise BadInput("--user, --account and --role are required together", hint="ssohelper why --help")
    if opts.profile is not None or opts.message is not None:
        raise BadInput("--user cannot be combined with a profile or a message", hint="omit one of them")
    from ssohelper.doctor import why, why_user

    user, account, role_name = opts.user, opts.account, opts.role_name
    admin = administrator.select(options.context(), opts.session_name, opts.as_profile)
    action = why.Action(opts.action, opts.resource) if opts.action else None

    def report() -> "Report":
        services = administrator.services_of(admin)
        with terminal.spinner("checking"):
            return why_user.report(services, why_user.Wanted(user, account, role_name, action))

    return _print(selecting.signed_in(admin.session, report), opts)


def _warn_of_unknown_action(action: str) -> None:
    """Warn of an action that does not exist, as far as is known: a simulation takes any name."""
    from ssohelper.permission_sets.actions import Actions

    actions = Actions.load()
    if actions and next(actions.matching(action), None) is None:
        terminal.warn(f"no such action: {action} (according to {actions.source})")


def _check_profile(context: Context, profile: str, opts: Options) -> int:
    from ssohelper.doctor import why  # botocore is slow to load

    selecting.offer_sign_in(context, profile)
    action = why.Action(opts.action, opts.resource) if opts.action else None
    return _print(why.report(context, profile, action, lambda session: discovery.listed_now(session).found), opts)


def _print(found: "Report", opts: Options) -> int:
    if opts.as_json:
        click.echo(output.to_json(_report_as_json(found)))
        return found.exit_code
    look = Look.of(sys.stdout)
    click.echo("\n".join(findings_output.step_lines(found.steps, look)))
    click.echo(f"\n{look.wrap(output.safe(found.sentence))}")
    if found.contact:
        click.echo(f"\n{denials.to_send(found.contact, found.text_to_send, look)}")
    if found.next_step:
        terminal.hint(found.next_step)
    return found.exit_code


def _report_as_json(found: "Report") -> dict[str, Any]:
    return {
        "steps": [each._asdict() for each in found.steps],
        "sentence": found.sentence,
        "works": found.works,
        "next_step": found.next_step,
        "contact": found.contact,
        "text_to_send": list(found.text_to_send),
    }


def _message(opts: Options) -> str | None:
    """The message that is given: by an option, or on standard input if nothing else is."""
    if opts.message not in (None, "-"):
        if not opts.message.strip():
            raise BadInput("the message is empty", hint='ssohelper why --message "TEXT"')
        return opts.message
    if opts.message is None and (opts.profile is not None or opts.action is not None):
        return None
    if sys.stdin is None:
        raise BadInput("standard input is closed", hint='ssohelper why --message "TEXT"')
    if sys.stdin.isatty():
        if opts.message is None and (os.environ.get("AWS_PROFILE") or not terminal.interactive()):
            return None
        terminal.show("paste the message, then press Ctrl-D")
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return text if text.strip() or opts.message == "-" else None


def _explain(context: Context, opts: Options, text: str) -> int:
    from ssohelper.permission_sets import access_denied, explain, other_errors

    found = access_denied.find(text)
    found = [*(_decoded(context, opts.profile, each) for each in found[:_MOST_SHOWN]), *found[_MOST_SHOWN:]]
    if not found:
        if opts.as_json:
            click.echo(output.to_json({"denials": []}))
        known = other_errors.explain(text)
        raise known or Failed(
            "not an access-denied message that ssohelper knows",
            hint="paste all of it; for sign-in and role, run `ssohelper why PROFILE`",
        )
    names = _account_names(context)
    explained = [(each, explain.explain(each, names)) for each in found]
    if opts.as_json:
        click.echo(output.to_json({"denials": [denials.as_json(*each, names) for each in explained]}))
        return 0
    look = Look.of(sys.stdout)
    click.echo("\n\n".join(denials.block(*each, names, look) for each in explained[:_MOST_SHOWN]))
    if len(explained) > _MOST_SHOWN:
        terminal.say(f"{len(explained) - _MOST_SHOWN} more: --json shows all")
    _show_next(context, found[0])
    return 0


def _decoded(context: Context, profile: str | None, denial: "Denial") -> "Denial":
    """The denial with what its encoded part adds, if a profile is given whose role may have it decoded."""
    if denial.encoded is None:
        if profile is not None:
            terminal.say(f"{profile} was not used: the message has no encoded part")
        return denial
    if profile is None:
        terminal.say("the message has an encoded part, which a role with sts:DecodeAuthorizationMessage can decode")
        terminal.hint("ssohelper why PROFILE --message TEXT")
        return denial
    from ssohelper.permission_sets import access_denied

    try:
        selected = context.select_role(RoleOptions(profile=profile))
        session = context.of(selected.session)
        credentials = selecting.signed_in(session, lambda: session.credentials(selected.role))
        return access_denied.with_decoded(denial, session.sts(profile).decode(credentials, denial.encoded))
    except AccessDenied:
        terminal.say(f"not decoded: {profile} is not allowed sts:DecodeAuthorizationMessage")
    except SsohelperError as error:
        terminal.say(f"not decoded: {error}")
        if error.hint:
            terminal.hint(error.hint)
    except ValueError:
        terminal.say("not decoded: STS returned something else than AWS documents")
    return denial


def _account_names(context: Context) -> dict[str, str | None]:
    """The names of accounts that were listed before, by id."""
    from ssohelper.sync import account_names

    names: dict[str, str | None] = {}
    with suppress(SsohelperError):  # a message can be explained without them
        for session in context.all_sessions():
            names |= account_names.shown(session.session)
    return names


def _show_next(context: Context, denial: "Denial") -> None:
    """The command that checks the same with the role's credentials, if a profile is for that role."""
    principal = denial.principal
    if denial.cause == "account assignment":
        terminal.hint("ssohelper why PROFILE")
        return
    if denial.cause not in _SIMULATED:  # IAM would say that it is allowed
        return
    if not (principal and principal.account_id and principal.permission_set and denial.action):
        return
    role = (principal.account_id, principal.permission_set)
    with suppress(SsohelperError):  # the config file cannot be read
        found = [each.profile_names().get(role) for each in context.all_sessions()]
        profile = next(filter(None, found), None)
        if profile:
            # An attacker may have chosen its name.
            plain = denial.resource and re.fullmatch(r"arn:[\w:/.*+=@,-]+", denial.resource, re.ASCII)
            more = ("--resource", denial.resource) if denial.resource and plain else ()
            terminal.hint(hints.command("why", profile, "--action", denial.action, *more))
