"""Puts the rooms together for the commands: a session's access, its portal, its provider of role credentials."""

import functools
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ssohelper import deadline
from ssohelper.model import Account, Role, RoleCredentials, Session, Token
from ssohelper.storage import paths
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.resolve import Target
    from ssohelper.credentials.provider import Cache, Provider
    from ssohelper.credentials.sensitive import Guard
    from ssohelper.identity_center.limiter import Limiter
    from ssohelper.identity_center.oidc import Oidc
    from ssohelper.identity_center.portal import Portal
    from ssohelper.settings.model import Settings
    from ssohelper.sign_in.access_tokens import Access, Doors
    from ssohelper.sign_in.token_cache import Vault


# A little less than the provider's deadline, so that what is told is the reason and not the deadline.
PATIENCE_SECONDS = 15
# Long enough for every try of a renewal, and for the wait until another process is done with its own.
_RENEWAL_SECONDS = 120


def access_of(session: Session) -> "Access":
    """The access tokens of a session."""
    from ssohelper.sign_in.access_tokens import Access

    return Access(session, lambda: oidc_of(session), doors(session))


def portal_of(session: Session, seconds: float = math.inf) -> "Portal":
    """The portal of a session that somebody is signed in to; after `seconds` it repeats no call.

    Raises `SignInRequired`, `Unavailable`.
    """
    access = access_of(session)
    return _portal(session, token_of(access), access, seconds)


def token_of(access: "Access", warn: Callable[[str], None] = terminal.say) -> Token:
    """The present token, renewed where that is due; Ctrl-C does not cut off a renewal that was begun."""
    return deadline.within(_RENEWAL_SECONDS, "renewing the sign-in", lambda: access.token(warn))


def provider_of(
    session: Session, warn: Callable[[str], None] = terminal.say, *, in_a_hurry: bool = True
) -> "Provider":
    """The role credentials of a session; `warn` is told of what went wrong and did no harm yet.

    Who is not `in_a_hurry` stays below the rate at which Identity Center begins to refuse calls.
    """
    from ssohelper.credentials.provider import Provider

    access = access_of(session)

    @functools.cache  # its client takes long to make
    def issuer(token: Token) -> "Portal":
        return _portal(session, token, access, PATIENCE_SECONDS, in_a_hurry=in_a_hurry)

    return Provider(session, access, issuer, cache_of(session), doors(session, warn), guard_of(session))


def credentials_of(target: "Target") -> RoleCredentials:
    """The credentials of a role that somebody uses now, so that the agent keeps it fresh. Raises as `Provider`."""
    from ssohelper.credentials import recent_roles

    found = provider_of(target.session).credentials(target.account_id, target.role_name)
    recent_roles.note(target.session, target.account_id, target.role_name)
    return found


def oidc_of(session: Session) -> "Oidc":
    """The OIDC service of a session."""
    from ssohelper.identity_center.oidc import Oidc  # only when it is needed: botocore is slow to load

    return Oidc(session)


def settings_of(session: Session) -> "Settings":
    """What config.toml says of a session."""
    from ssohelper.settings import config_toml

    return config_toml.load(paths.settings(), session.name)


def guard_of(session: Session) -> "Guard | None":
    """Who stands before the sensitive roles of a session; None where config.toml names none."""
    from ssohelper.credentials.sensitive import Guard

    globs = settings_of(session).sensitive_roles
    return Guard(session, _judge(session, globs), time.time) if globs else None


def account_names(session: Session, needed: str | None = None) -> dict[str, str | None]:
    """The names of a session's accounts by id, as they were listed within a day; the `needed` one is among them.

    Raises what listing them does.
    """
    from ssohelper.storage import json_cache, locks
    from ssohelper.sync import account_names

    def known() -> dict[str, str | None] | None:
        names = account_names.load(session, time.time())
        return names if names is not None and (needed is None or needed in names) else None

    names = known()
    if names is not None:
        return names
    waiting = terminal.waiting(f"the names of the accounts of {session.name}")
    with locks.held(f"accounts-{json_cache.name(session.name)}", waiting=waiting):
        names = known()
        if names is None:
            accounts = portal_of(session).accounts()
            account_names.save(session, accounts, time.time())
            names = {account.id: account.name for account in accounts}
        return names


def _judge(session: Session, globs: tuple[str, ...]) -> Callable[[str, str], bool]:
    """Tells sensitive roles by an account's id and a role's name; asks for the account's name if globs have one."""
    from ssohelper.settings import role_globs

    def is_sensitive(account_id: str, role_name: str) -> bool:
        if role_globs.any_matches(globs, Role(Account(account_id), role_name)):
            return True
        by_name = [glob for glob in globs if role_globs.names_account(glob)]
        if not by_name:
            return False
        account = Account(account_id, account_names(session, account_id).get(account_id))
        return role_globs.any_matches(tuple(by_name), Role(account, role_name))

    return is_sensitive


def vault_of(session: Session) -> "Vault | None":
    """The keyring, where config.toml says that secrets of the session are kept there. Raises `Failed`."""
    # Most people have no config.toml: they do not wait until what reads it is loaded.
    if not paths.settings().exists() or settings_of(session).store == "file":
        return None
    return _keyring()


@functools.cache
def _keyring() -> "Vault":
    from ssohelper.storage.system_keyring import Keyring

    return Keyring()


def cache_of(session: Session) -> "Cache":
    """Where role credentials of the session are kept. Raises `Failed`."""
    vault = vault_of(session)
    if vault is None:
        from ssohelper.credentials.role_cache import RoleCache

        return RoleCache()
    from ssohelper.credentials.keyring_cache import KeyringCache

    return KeyringCache(vault)


def doors(session: Session, warn: Callable[[str], None] = terminal.say) -> "Doors":
    """The outside, for the rooms that work on a session."""
    from ssohelper.sign_in.access_tokens import Doors

    vault = vault_of(session)
    return Doors(now=time.time, sleep=time.sleep, waiting=terminal.waiting, warn=warn, vault=vault)


def _portal(
    session: Session, token: Token, access: "Access", seconds: float = math.inf, *, in_a_hurry: bool = True
) -> "Portal":
    from ssohelper.identity_center.portal import Portal

    limiter = _limiter(session.start_url, session.region, in_a_hurry)
    return Portal(session, token, access.replacement, seconds=seconds, limiter=limiter)


@functools.cache
def _limiter(_start_url: str, _region: str, in_a_hurry: bool) -> "Limiter":
    """What all sessions of one portal share: it counts their calls together."""
    from ssohelper.identity_center.limiter import CALM, Limiter

    return Limiter() if in_a_hurry else Limiter(fastest=CALM)
