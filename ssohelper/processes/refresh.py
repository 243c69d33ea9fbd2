"""`ssohelper refresh`: what the exec server and the agent run for each refresh, see `refresher/worker.py`."""

import json
import math
import sys
import time
from collections.abc import Iterable, Sequence

import click

from ssohelper import options
from ssohelper.context import Context, SessionContext
from ssohelper.durations import REFRESH_AHEAD_SECONDS
from ssohelper.errors import AccessDenied, Locked, SignInRequired, SsohelperError
from ssohelper.model import Session
from ssohelper.refresher import worker
from ssohelper.refresher.worker import RefreshedRole, RefreshResult
from ssohelper.roles import CredentialSource, parse_source


@click.command("refresh", hidden=True)
def command() -> None:
    """Refresh the role that stdin names, and print the state as JSON, with credentials.

    If it names none, refresh every session that was signed in to, with the roles that were used recently, and print
    the state without credentials.
    """
    request = json.load(sys.stdin)
    named = parse_source(request["role"] or "")
    context = options.context()
    if named:
        given = Session.from_dict(request["session"]) if request["session"] else None
        session = _session(context, named.session) if named.sso_role else None
        results = [_refresh(context, session or given, [named], with_answer=True)]
    else:
        from ssohelper.permission_sets import kept_answers
        from ssohelper.shell import prompt_state

        recent = _recent_roles(context)
        results = [
            _refresh(context, _session(context, name), roles, with_answer=False) for name, roles in recent.items()
        ]
        prompt_state.update_all()
        kept_answers.delete_old(time.time())
    click.echo(json.dumps([worker.to_json(each) for each in results if each]))


def _recent_roles(context: Context) -> dict[str, list[CredentialSource]]:
    """The recently used roles of every session that was signed in to."""
    from ssohelper.credentials import recent_roles
    from ssohelper.sign_in import token_cache

    return {
        each.session.name: list(recent_roles.since(each.session.name, each.settings.keep_hours * 3600))
        for each in context.all_sessions()
        if token_cache.token_path(each.session).exists()
    }


def _session(context: Context, name: str) -> Session | None:
    """The session of that name; None if it is no longer configured."""
    try:
        return next((each.session for each in context.all_sessions() if each.session.name == name), None)
    except SsohelperError:  # there is none at all, or the file cannot be read
        return None


def _refresh(
    context: Context, found: Session | None, roles: Sequence[CredentialSource], *, with_answer: bool
) -> RefreshResult | None:
    """Refresh a session and its roles; None without a session."""
    if found is None:
        return None
    warnings: list[str] = []
    errors: list[SsohelperError] = []
    session = SessionContext(context, found, warn=warnings.append, background=True)
    try:
        if found.needs_sign_in:
            session.token()
    except SsohelperError as error:
        errors.append(error)
    refreshed = [_refresh_role(session, each, errors, with_answer=with_answer) for each in roles]
    if not found.needs_sign_in:
        return _result_without_sign_in(refreshed, warnings, errors)
    return _result(session, refreshed, warnings, errors)


def _refresh_role(
    context: SessionContext, source: CredentialSource, errors: list[SsohelperError], *, with_answer: bool
) -> RefreshedRole:
    """Refresh a role; an error is added to `errors`."""
    from ssohelper.credentials import answer
    from ssohelper.credentials.provider import BACKGROUND

    try:
        found = context.provider.credentials(source, BACKGROUND)
    except SsohelperError as error:
        errors.append(error)
        return RefreshedRole(source, None, problem=str(error), permanent=isinstance(error, AccessDenied | Locked))
    return RefreshedRole(source, found.expiration, answer=answer.as_dict(found) if with_answer else None)


def _result(
    context: SessionContext,
    roles: Sequence[RefreshedRole],
    warnings: list[str],
    errors: list[SsohelperError],
) -> RefreshResult:
    from ssohelper.sign_in import refresh_history
    from ssohelper.sign_in.access_tokens import PAUSE_SECONDS

    session, settings, now = context.session, context.settings, time.time()
    status = context.status(now)
    expires_at = status.access_token_expires_at
    soon = expires_at is None or expires_at - now < REFRESH_AHEAD_SECONDS
    if soon and now - refresh_history.load(session).failed_at < PAUSE_SECONDS:  # no attempt was made this time
        warnings = [*warnings, f"could not refresh the sign-in to {session.name}"]
    if not status.signed_in and not any(isinstance(each, SignInRequired) for each in errors):
        expired = SignInRequired(f"the sign-in to {session.name} has expired", hint=session.login_command)
        errors = [*errors, expired]
    error = _most_important(errors)
    return RefreshResult(
        session.name,
        token_expires_at=expires_at,
        sign_in_expires_at=_sign_in_expires_at(context, now),
        notify_ahead=settings.notify_minutes * 60,
        problem=str(error) if error else next(iter(warnings), None),
        hint=error.hint if error else None,
        needs_person=isinstance(error, SignInRequired),
        roles=roles,
    )


def _result_without_sign_in(
    roles: Sequence[RefreshedRole], warnings: list[str], errors: list[SsohelperError]
) -> RefreshResult:
    """The result for a role that is assumed with access keys: there is no token, so none expires."""
    error = next(iter(errors), None)
    return RefreshResult(
        session="",
        token_expires_at=math.inf,
        problem=str(error) if error else next(iter(warnings), None),
        hint=error.hint if error else None,
        needs_person=isinstance(error, SignInRequired),
        roles=roles,
    )


def _most_important(errors: Iterable[SsohelperError]) -> SsohelperError | None:
    """The first error that only a person can fix, else the first one."""
    return min(errors, key=lambda each: not isinstance(each, SignInRequired), default=None)


def _sign_in_expires_at(context: SessionContext, now: float) -> float | None:
    """When the sign-in expires, in Unix seconds, if that is known and in the future."""
    hours = context.settings.sign_in_hours
    expires_at = context.status(now).expires_at(now, None if hours is None else hours * 3600)
    return expires_at if expires_at is not None and expires_at > now else None
