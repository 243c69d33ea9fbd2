"""Which role credentials of a session are cached, and how they are deleted."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from ssohelper.credentials import answer
from ssohelper.credentials.answer import CachedRole
from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.model import Session
from ssohelper.roles import CredentialSource
from ssohelper.storage import json_cache, leftovers, paths

if TYPE_CHECKING:  # slow to load, for a type alone
    from ssohelper.credentials.provider import CredentialCache


def find(
    session: Session, candidates: Iterable[CredentialSource], cache: "CredentialCache", now: float
) -> list[CachedRole]:
    """The roles with credentials that are valid at `now` (Unix seconds), the latest expiration first.

    The AWS CLI's files do not say which role they are for. So the `candidates`, such as the roles of profiles, are
    looked up, beside the roles that we have handed out ourselves. Raises `Failed`.
    """
    found = {each.role.file_name: each for each in answer.records(session.name)}
    for role in _in_files(session, candidates):
        cached = cache.load(role)
        if cached:
            found[role.file_name] = CachedRole(role, cached.expiration)
    return sorted((each for each in found.values() if each.expiration > now), key=lambda each: -each.expiration)


def delete(session: Session, candidates: Iterable[CredentialSource], cache: "CredentialCache") -> int:
    """Delete the session's role credentials. Returns the number of roles.

    Everything is tried before an error is raised: `Failed`, or `Unavailable` by a keyring.
    """
    known = [*(each.role for each in answer.records(session.name)), *_in_files(session, candidates)]
    roles = {each.file_name: each for each in known}  # several profiles may assume the same role
    with ExitStack() as steps:
        for role in roles.values():
            steps.callback(_delete, role, cache)
        # What killed runs left of other sessions, too: nothing ever reads it.
        steps.callback(lambda: leftovers.unlink(leftovers.of_role_credentials()))
    return len(roles)


def delete_unknown(kept: Mapping[Session, Iterable[CredentialSource]]) -> None:
    """Delete role credentials from Identity Center of which there is no record, as far as possible.

    `kept` are the sessions whose credentials stay, with the roles of their profiles.
    """
    names = {
        AwsCliCache(session).path(role).name
        for session, candidates in kept.items()
        for role in (*(each.role for each in answer.records(session.name)), *candidates)
    }
    for path in paths.role_cache().glob("*.json"):
        if path.name not in names and json_cache.read(path).get("ProviderType") == "sso":
            with suppress(OSError):
                path.unlink()


def _delete(role: CredentialSource, cache: "CredentialCache") -> None:
    cache.delete(role)
    answer.delete(role)  # last: a second logout finds the role by it


def _in_files(session: Session, candidates: Iterable[CredentialSource]) -> set[CredentialSource]:
    """The candidates that have a file. The folder is listed once, since there may be thousands of candidates."""
    try:
        names = {each.name for each in paths.role_cache().iterdir()}
    except OSError:
        return set()
    cache = AwsCliCache(session)
    return {each for each in candidates if cache.path(each).name in names}
