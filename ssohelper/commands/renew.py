"""`ssohelper renew`: what the keeper of a job runs for each renewal, see `refresher/worker.py`. Not for people."""

import json
import sys
import time
from typing import Any

import click

from ssohelper.commands import options, wiring
from ssohelper.errors import SignInRequired, SsohelperError
from ssohelper.model import Session


@click.command("renew", hidden=True)
def command() -> None:
    """Renew what stdin names, a session and roles, and print how they stand; both are JSON."""
    asked = json.load(sys.stdin)
    session = options.chosen_session(asked["session"])
    click.echo(json.dumps(_renewed(session, [tuple(each) for each in asked["roles"]])))


def _renewed(session: Session, roles: list[tuple[str, str]]) -> dict[str, Any]:
    from ssohelper.credentials import answer
    from ssohelper.credentials.provider import BEFOREHAND
    from ssohelper.sign_in import standing
    from ssohelper.sign_in.access import login_command

    worries: list[str] = []
    errors: list[SsohelperError] = []
    answers = []
    try:
        wiring.token_of(wiring.access_of(session), worries.append)
    except SsohelperError as error:
        errors.append(error)
    for account_id, role_name in roles:
        try:
            found = wiring.provider_of(session, worries.append).credentials(account_id, role_name, BEFOREHAND)
            answers.append((role_name, answer.facts(found)))
        except SsohelperError as error:
            errors.append(error)
    stands = standing.of(session, time.time(), wiring.vault_of(session))
    if not stands.signed_in and not any(isinstance(each, SignInRequired) for each in errors):
        errors.append(SignInRequired(f"the sign-in to {session.name} has ended", hint=login_command(session)))
    errors.sort(key=lambda each: not isinstance(each, SignInRequired))  # what only a person can mend comes first
    return {
        "token_ends": stands.access_token_until,
        "problem": str(errors[0]) if errors else worries[0] if worries else None,
        "hint": errors[0].hint if errors else None,
        "needs_person": bool(errors) and isinstance(errors[0], SignInRequired),
        "answers": answers,
    }
