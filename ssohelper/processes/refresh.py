"""`ssohelper renew`: what keeper and agent run for each renewal, see `refresher/worker.py`. Not for people."""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import click

from ssohelper import context, options
from ssohelper.errors import AccessDenied, Locked, SignInRequired, SsohelperError
from ssohelper.model import Session

_Role = tuple[str, str]


@click.command("renew", hidden=True)
def command() -> None:
    """Renew what stdin names, by session the account ids and names of roles, and print how all of it stands.

    Both are JSON. Where it names nothing, every session is meant that somebody was signed in to, with the roles that
    were used lately. Credentials are printed only where that is asked for.
    """
    asked = json.load(sys.stdin)
    sessions = {each.name: each for each in options.every_session()}
    roles = asked["roles"] or _used_lately(sessions.values())
    told = [
        _renewed(sessions[name], [(account_id, role) for account_id, role in each], asked["credentials"])
        for name, each in roles.items()
        if name in sessions
    ]
    if not asked["roles"]:
        _leave_prompts()
    click.echo(json.dumps(told))


def _leave_prompts() -> None:
    """Let the shells that are open find at their next prompt how everything stands now."""
    from ssohelper.commands import prompt

    with suppress(SsohelperError):  # they see to it by themselves
        prompt.write_again()


def _used_lately(sessions: Iterable[Session]) -> dict[str, list[_Role]]:
    """The roles that are kept fresh, of every session that somebody was signed in to."""
    from ssohelper.credentials import recent_roles
    from ssohelper.sign_in import token_cache

    return {
        session.name: [
            (used.account_id, used.role_name)
            for used in recent_roles.lately(session, context.settings_of(session).keep_hours * 3600)
        ]
        for session in sessions
        if token_cache.token_path(session).exists()
    }


def _renewed(session: Session, roles: Sequence[_Role], credentials: bool) -> dict[str, Any]:
    from ssohelper.sign_in import refresh_history, status
    from ssohelper.sign_in.access_tokens import PAUSE_SECONDS, RENEW_SECONDS, login_command

    worries: list[str] = []
    errors: list[SsohelperError] = []
    try:
        context.token_of(context.access_of(session), worries.append)
    except SsohelperError as error:
        errors.append(error)
    provider = context.provider_of(session, worries.append, in_a_hurry=False)
    told = [_role(provider, *role, errors, credentials=credentials) for role in roles]
    now = time.time()
    stands = status.of(session, now, context.vault_of(session))
    soon = stands.access_token_until is None or stands.access_token_until - now < RENEW_SECONDS
    if soon and now - refresh_history.failed_at(session) < PAUSE_SECONDS:  # it was left alone this time
        worries.append(f"the sign-in to {session.name} could not be renewed")
    if not stands.signed_in and not any(isinstance(each, SignInRequired) for each in errors):
        errors.append(SignInRequired(f"the sign-in to {session.name} has ended", hint=login_command(session)))
    errors.sort(key=lambda each: not isinstance(each, SignInRequired))  # what only a person can mend comes first
    settings = context.settings_of(session)
    return {
        "session": session.name,
        "token_ends": stands.access_token_until,
        "sign_in_ends": _sign_in_ends(session, settings.sign_in_hours, now),
        "notify_ahead": settings.notify_minutes * 60,
        "problem": str(errors[0]) if errors else worries[0] if worries else None,
        "hint": errors[0].hint if errors else None,
        "needs_person": bool(errors) and isinstance(errors[0], SignInRequired),
        "roles": told,
    }


def _sign_in_ends(session: Session, hours: float | None, now: float) -> float | None:
    """When the sign-in ends, if sign-ins last so many hours; None where nobody knows, or it has not ended then."""
    from ssohelper.sign_in import status

    ends = status.sign_in_until(session, now, None if hours is None else hours * 3600, context.vault_of(session))
    return ends if ends is not None and ends > now else None


def _role(
    provider: Any, account_id: str, role_name: str, errors: list[SsohelperError], *, credentials: bool
) -> dict[str, Any]:
    """How a role stands. What went wrong is added to `errors`."""
    from ssohelper.credentials import answer
    from ssohelper.credentials.provider import BEFOREHAND

    told: dict[str, Any] = {"account_id": account_id, "role_name": role_name, "ends": None, "problem": None}
    try:
        found = provider.credentials(account_id, role_name, BEFOREHAND)
    except SsohelperError as error:
        errors.append(error)
        return {**told, "problem": str(error), "lasting": isinstance(error, AccessDenied | Locked)}
    told["ends"] = found.expiration
    return {**told, "answer": answer.facts(found)} if credentials else told
