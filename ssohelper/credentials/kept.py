"""Which role credentials of a session are kept, and how to be rid of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ssohelper import paths
from ssohelper.credentials import answer, role_cache
from ssohelper.credentials.answer import Record
from ssohelper.model import Session

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
    """Remove every role's credentials of the session; how many roles that were. Raises `Failed`."""
    recorded = {(each.account_id, each.role_name) for each in answer.records(session)}
    every = recorded.union(_in_files(session, candidates))
    for account_id, role_name in every:
        cache.forget(session, account_id, role_name)
        answer.forget(session, account_id, role_name)
    return len(every)


def _in_files(session: Session, candidates: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The candidates that have a file; one look at the folder, since there may be thousands of them."""
    try:
        names = {each.name for each in paths.role_cache().iterdir()}
    except OSError:
        return set()
    return {each for each in candidates if role_cache.path(session, *each).name in names}
