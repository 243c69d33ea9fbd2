"""Which role credentials of a session are kept, and how to be rid of them."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ssohelper.credentials import answer, role_cache
from ssohelper.credentials.answer import Record
from ssohelper.model import Session
from ssohelper.storage import paths

if TYPE_CHECKING:
    from ssohelper.credentials.provider import Cache


def roles(session: Session, candidates: Iterable[tuple[str, str]], cache: "Cache", now: float) -> list[Record]:
    """The roles whose credentials are good at `now` (Unix seconds), those that last longest first.

    The AWS CLI's files do not say which role they are for. So `candidates`, pairs of account and role such as those
    of the profiles, are looked for beside those that we have handed out ourselves. Raises `Failed`.
    """
    found = {(each.account_id, each.role_name): each for each in answer.records(session)}
    for account_id, role_name in _in_files(session, candidates):
        kept = cache.load(session, account_id, role_name)
        if kept:
            found[account_id, role_name] = Record(session.name, account_id, role_name, kept.expiration)
    return sorted((each for each in found.values() if each.expiration > now), key=lambda each: -each.expiration)


def forget(session: Session, candidates: Iterable[tuple[str, str]], cache: "Cache") -> int:
    """Remove every role's credentials of the session; how many roles that were.

    All of it is tried before anything that went wrong is raised: `Failed`, or `Unavailable` by a keyring.
    """
    recorded = {(each.account_id, each.role_name) for each in answer.records(session)}
    every = recorded.union(_in_files(session, candidates))
    with ExitStack() as steps:
        for role in every:
            steps.callback(_forget, session, *role, cache)
    return len(every)


def _forget(session: Session, account_id: str, role_name: str, cache: "Cache") -> None:
    cache.forget(session, account_id, role_name)
    answer.forget(session, account_id, role_name)  # after that nothing here tells any more that there is a role


def _in_files(session: Session, candidates: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The candidates that have a file; one look at the folder, since there may be thousands of them."""
    try:
        names = {each.name for each in paths.role_cache().iterdir()}
    except OSError:
        return set()
    return {each for each in candidates if role_cache.path(session, *each).name in names}
