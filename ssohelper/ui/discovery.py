"""Discovery of accounts and roles, with a progress bar on a terminal."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ssohelper import durations
from ssohelper.errors import AccessDenied, Failed, Unavailable
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssohelper.context import SessionContext
    from ssohelper.identity_center.portal import Portal
    from ssohelper.roles import Account
    from ssohelper.sync.discovery import Discovery
    from ssohelper.sync.listing import Listing


def exit_code(found: "Discovery") -> int:
    """5 if there are accounts that may be listed later, 1 if there are only some that never will be, else 0."""
    if any(not each.denied for each in found.unlisted):
        return Unavailable.exit_code
    return AccessDenied.exit_code if found.unlisted else 0


def discover(portal: "Portal") -> "Discovery":
    """Every account and role of the user. Raises `SignInRequired`, `Unavailable`."""
    from ssohelper.identity_center.portal import WORKERS
    from ssohelper.sync import discovery

    with terminal.progress("listing accounts") as show:
        return discovery.discover(
            portal,
            workers=WORKERS,
            stop=portal.stop,
            progress=lambda done, total: show(done, total, portal.limiter.rate),
        )


def recent(session: "SessionContext", *, again: str) -> "Listing | None":
    """What this sign-in has listed a short time ago, with a note of its age and of what lists it `again`."""
    from ssohelper.sign_in import refresh_history, status, token_cache
    from ssohelper.sync import listing

    now = time.time()
    token = token_cache.load_token(session.session, session.secret_store)
    valid = token and status.is_valid(token, now, refresh_history.load(session.session))
    found = listing.load(session.session, token, now) if token and valid else None
    if found:
        terminal.say(f"listed {durations.ago(now - found.listed_at)}; {again}")
    return found


def listed_now(session: "SessionContext") -> "Listing":
    """What Identity Center lists now, which is saved. Raises `SignInRequired`, `Unavailable`."""
    from ssohelper.sync import listing

    found = discover(session.portal())
    now = time.time()
    listing.save(session.session, session.access_tokens.current(), found, now)
    return listing.Listing(found, now)


def keep_names(session: "SessionContext", accounts: "Iterable[Account]", now: float) -> None:
    """Save the accounts' names, listed at `now` (Unix seconds). Rules match names, so the prompts may change, too."""
    from ssohelper.shell import prompt_state
    from ssohelper.sync import account_names

    with suppress(Failed):  # a state folder that cannot be used: nothing is kept
        before = account_names.shown(session.session)
        account_names.save(session.session, accounts, now)
        if account_names.shown(session.session) != before:
            prompt_state.update_all(outdated_only=False)
