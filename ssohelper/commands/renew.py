"""`ssohelper renew`: what keeper and agent run for each renewal, see `refresher/worker.py`. Not for people."""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from ssohelper.commands import options, wiring
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
    roles = asked["roles"] or _used_lately(asked["lately"])
    sessions = {each.name: each for each in options.every_session()}
    told = [
        _renewed(sessions[name], [(account_id, role) for account_id, role in each], asked["credentials"])
        for name, each in roles.items()
        if name in sessions
    ]
    click.echo(json.dumps(told))


def _used_lately(seconds: float) -> dict[str, list[_Role]]:
    from ssohelper.credentials import usage
    from ssohelper.sign_in import token_cache

    found: dict[str, list[_Role]] = {
        session.name: [] for session in options.every_session() if token_cache.token_path(session).exists()
    }
    for used in usage.lately(seconds):
        if used.session in found:
            found[used.session].append((used.account_id, used.role_name))
    return found


def _renewed(session: Session, roles: Sequence[_Role], credentials: bool) -> dict[str, Any]:
    from ssohelper.sign_in import renewals, standing
    from ssohelper.sign_in.access import PAUSE_SECONDS, RENEW_SECONDS, login_command

    worries: list[str] = []
    errors: list[SsohelperError] = []
    try:
        wiring.token_of(wiring.access_of(session), worries.append)
    except SsohelperError as error:
        errors.append(error)
    provider = wiring.provider_of(session, worries.append)
    told = [_role(provider, *role, errors, credentials=credentials) for role in roles]
    now = time.time()
    stands = standing.of(session, now, wiring.vault_of(session))
    soon = stands.access_token_until is None or stands.access_token_until - now < RENEW_SECONDS
    if soon and now - renewals.failed_at(session) < PAUSE_SECONDS:  # it was left alone this time
        worries.append(f"the sign-in to {session.name} could not be renewed")
    if not stands.signed_in and not any(isinstance(each, SignInRequired) for each in errors):
        errors.append(SignInRequired(f"the sign-in to {session.name} has ended", hint=login_command(session)))
    errors.sort(key=lambda each: not isinstance(each, SignInRequired))  # what only a person can mend comes first
    return {
        "session": session.name,
        "token_ends": stands.access_token_until,
        "problem": str(errors[0]) if errors else worries[0] if worries else None,
        "hint": errors[0].hint if errors else None,
        "needs_person": bool(errors) and isinstance(errors[0], SignInRequired),
        "roles": told,
    }


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
