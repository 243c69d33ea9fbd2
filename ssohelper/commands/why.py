"""`ssohelper why`: why access is denied, who can change that, and what to ask them for."""

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ssohelper import hints, options, selecting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context
from ssohelper.errors import AccessDenied, BadInput, Failed, SsohelperError
from ssohelper.ui import discovery, findings_output, output, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from ssohelper.doctor.why import Report
    from ssohelper.permission_sets.access_denied import Denial
    from ssohelper.permission_sets.explain import Explanation

# Of a long log, so many different messages are shown.
_MOST_SHOWN = 5


@click.command("why")
@options.profile
@click.option("--message", metavar="TEXT", help="An error message of AWS; - reads it from standard input.")
@click.option("--action", metavar="SERVICE:ACTION", help="What you want to do, such as s3:PutObject.")
@click.option("--resource", metavar="ARN", help="With --action: the resource, such as arn:aws:s3:::bucket/key.")
@options.as_json
def command(**values: Any) -> int:
    """Explain why access is denied: what decided, who can change it, and what to ask them for.

    With --message, or a message on standard input, it reads what AWS said, asking nobody: which action was denied, on
    which resource, and which kind of policy decided. The message may stand anywhere in the text, such as the output
    of Terraform.

    With a PROFILE, it goes through every step to the role's credentials. Where the role is not assigned to you, it
    lists which roles you have instead, where else you have it, and if you had it at the last sync. With --action,
    it has IAM simulate the policies of the role, if it may ask that. With a PROFILE and a message, it has STS decode
    the encoded part of the message, if there is one.

    Where somebody else has to change something, the last lines are a text to send them.

    \b
      ssohelper why payments-prod.ReadOnly
      ssohelper why payments-prod.ReadOnly --action s3:PutObject --resource arn:aws:s3:::reports/a
      ssohelper why --message "$(pbpaste)"
      terraform apply 2>&1 | ssohelper why

    Steps that hold are marked with ok, others with x, and with ? if it could not be found out.

    Exit code 1: access is denied, or the message is none that ssohelper knows. 4: a sign-in is needed. 5: it could
    not be found out.
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


class Options(NamedTuple):
    """The command line; None for options that were not given."""

    profile: str | None
    message: str | None
    action: str | None
    resource: str | None
    as_json: bool


def run(opts: Options) -> int:
    """Explain a message, or check a profile. Returns the exit code."""
    if opts.resource is not None and opts.action is None:
        raise BadInput("--resource requires --action", hint=hints.again("--action", "SERVICE:ACTION"))
    if opts.action is not None and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+", opts.action):
        raise BadInput(f"not a valid action: {opts.action!r} (expected SERVICE:ACTION)", hint="--action s3:PutObject")
    text = _message(opts)
    context = options.context()
    if text is not None:
        return _explain(context, opts, text)
    profile = selecting.or_current_profile(RoleOptions(profile=opts.profile), context).profile
    if profile is None:
        raise BadInput("no profile and no message given", hint='ssohelper why --message "TEXT"')
    return _check(context, selecting.profile_to_check(context, profile), opts)


def _check(context: Context, profile: str, opts: Options) -> int:
    from ssohelper.doctor import why  # botocore is slow to load

    selecting.offer_sign_in(context, profile)
    wish = why.Wish(opts.action, opts.resource) if opts.action else None
    found = why.report(context, profile, wish, lambda session: discovery.listed_now(session).found)
    if opts.as_json:
        click.echo(output.to_json(_report_as_json(found)))
        return found.exit_code
    look = Look.of(sys.stdout)
    click.echo("\n".join(findings_output.step_lines(found.steps, look)))
    click.echo(look.wrap(f"\n{output.safe(found.sentence)}"))
    if found.owner:
        click.echo(_to_send(found.owner, found.request, look))
    if found.next_step:
        terminal.hint(found.next_step)
    return found.exit_code


def _report_as_json(found: "Report") -> dict[str, Any]:
    return {
        "steps": [each._asdict() for each in found.steps],
        "sentence": found.sentence,
        "works": found.works,
        "next_step": found.next_step,
        "owner": found.owner,
        "request": list(found.request),
    }


def _message(opts: Options) -> str | None:
    """The message that is given: by an option, or on standard input if nothing else is."""
    if opts.message not in (None, "-"):
        return opts.message
    named = opts.profile is not None or opts.action is not None
    if opts.message is None and (named or sys.stdin is None or sys.stdin.isatty()):
        return None
    if sys.stdin.isatty():
        terminal.show("paste the message, then press Ctrl-D")
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return text if text.strip() or opts.message == "-" else None


def _explain(context: Context, opts: Options, text: str) -> int:
    from ssohelper.permission_sets import access_denied, explain

    denials = access_denied.find(text)
    if not denials:
        raise Failed(
            "not an access-denied message that ssohelper knows",
            hint="paste all of it; for sign-in and role, run `ssohelper why PROFILE`",
        )
    denials = [_decoded(context, opts, each) for each in denials]
    names = _account_names(context)
    explained = [(each, explain.explain(each, names)) for each in denials]
    if opts.as_json:
        click.echo(output.to_json({"denials": [_as_json(*each, names) for each in explained]}))
        return 0
    look = Look.of(sys.stdout)
    click.echo("\n\n".join(_block(*each, names, look) for each in explained[:_MOST_SHOWN]))
    if len(explained) > _MOST_SHOWN:
        terminal.say(f"{len(explained) - _MOST_SHOWN} more: --json shows all")
    _show_next(context, denials[0])
    return 0


def _decoded(context: Context, opts: Options, denial: "Denial") -> "Denial":
    """The denial with what its encoded part adds, if a profile is named whose role may have it decoded."""
    profile = opts.profile or context.current_profile
    if denial.encoded is None:
        return denial
    if not profile:
        terminal.say("the message has an encoded part: name a profile to decode it")
        return denial
    from ssohelper.permission_sets import access_denied

    try:
        selected = context.select_role(RoleOptions(profile=profile))
        session = context.of(selected.session)
        credentials = selecting.signed_in(session, lambda: session.credentials(selected.role))
        return access_denied.with_decoded(denial, session.sts(profile).decode(credentials, denial.encoded))
    except AccessDenied:
        terminal.say(f"not decoded: {profile} may not call sts:DecodeAuthorizationMessage")
    except (SsohelperError, ValueError) as error:
        reason = error if isinstance(error, SsohelperError) else "not the JSON that AWS sends"
        terminal.say(f"not decoded: {reason}")
    return denial


def _account_names(context: Context) -> dict[str, str | None]:
    """The names of accounts that were listed before, by id."""
    from ssohelper.sync import account_names

    names: dict[str, str | None] = {}
    with suppress(SsohelperError):  # a message can be explained without them
        for session in context.all_sessions():
            names |= account_names.shown(session.session)
    return names


def _block(denial: "Denial", found: "Explanation", names: Mapping[str, str | None], look: Look) -> str:
    from ssohelper.permission_sets.explain import role_of

    rows = [
        ("denied", denial.action or denial.operation),
        ("on", denial.resource),
        ("role", denial.principal and role_of(denial.principal, names)),
        ("decided by", found.decided),
        ("policy", denial.policy),
        ("statement", denial.statement),
        ("details", _details(denial)),
    ]
    shown = output.named([(name, output.safe(value)) for name, value in rows if value], look)
    return f"{shown}\n{_to_send(found.owner, found.request, look)}"


def _to_send(owner: str, request: Sequence[str], look: Look) -> str:
    """A text for those who can change it."""
    lines = [f"  {look.wrap(output.safe(line), before=2)}" for line in request]
    return "\n".join(["", look.wrap(output.safe(f"to send to {owner}:")), *lines])


def _details(denial: "Denial") -> str | None:
    """The command that shows how AWS decided, where the message has the id that it needs."""
    if denial.authorization_id is None:
        return None
    words = ("iam-toolbox", "get-request-authorization-details", "--authorization-id", denial.authorization_id)
    return hints.shell("aws", *words)


def _as_json(denial: "Denial", found: "Explanation", names: Mapping[str, str | None]) -> dict[str, Any]:
    principal = denial.principal
    account_id = principal.account_id if principal else None
    return {
        "action": denial.action,
        "operation": denial.operation,
        "resource": denial.resource,
        "principal": principal.arn if principal else None,
        "account_id": account_id,
        "account_name": names.get(account_id) if account_id else None,
        "permission_set": principal.permission_set if principal else None,
        "kind": denial.kind,
        "unknown_kind": denial.unknown_kind,
        "effect": denial.effect,
        "policy": denial.policy,
        "statement": denial.statement,
        "authorization_id": denial.authorization_id,
        "decided": found.decided,
        "owner": found.owner,
        "request": list(found.request),
    }


def _show_next(context: Context, denial: "Denial") -> None:
    """The command that checks the same with the role's credentials, if a profile is for that role."""
    principal = denial.principal
    if principal is None or principal.permission_set is None or denial.action is None:
        return
    role = (principal.account_id, principal.permission_set)
    with suppress(SsohelperError):  # the config file cannot be read
        profiles: Sequence[str] = [
            name
            for name, each in context.profiles.items()
            if each.role == each.role.sso_role and (each.role.account_id, each.role.role_name) == role
        ]
        if profiles:
            more = ("--resource", denial.resource) if denial.resource else ()
            terminal.hint(hints.command("why", profiles[0], "--action", denial.action, *more))
