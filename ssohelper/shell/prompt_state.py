"""The state that the hooks of shells read: computed for a subject, and written to the files that they read."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from ssohelper.aws_config import resolve
from ssohelper.aws_config.selection import ASSUMED_MARK
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, SsohelperError
from ssohelper.model import Session, no_session
from ssohelper.roles import CredentialSource, RoleRef
from ssohelper.settings.model import Rule
from ssohelper.shell.prompt import State, Subject, Written
from ssohelper.sign_in import token_cache
from ssohelper.storage import files, paths
from ssohelper.sync import account_names

# In nanoseconds. The times of files come from a clock that is a few milliseconds behind.
_CLOCK_TICK, _SECOND = 20_000_000, 1_000_000_000
_RECHECK_SECONDS = 60


def subject_of(environment: Mapping[str, str]) -> Subject:
    """What the prompt of a shell is about, by its environment."""
    for kind, variable in (
        ("profile", "AWS_DEFAULT_PROFILE"),
        ("profile", "AWS_PROFILE"),
        ("exec", "SSOHELPER_EXEC"),
        ("session", "SSOHELPER_SESSION"),
    ):
        if environment.get(variable):
            return Subject(kind, environment[variable])
    return Subject("only")


def read(context: Context, subject: Subject) -> tuple[Session | None, State]:
    """The session and the state of a subject; None and `none` if it is not for Identity Center, or unreadable."""
    session, label = _session_and_label(context, subject)
    return session, _state(context, subject, session, label)


def update(context: Context, subject: Subject) -> None:
    """Write the state of a subject for the hooks. Raises `Failed`."""
    if subject.file_name is None:
        return
    path = paths.prompts() / subject.file_name
    began = time.time_ns() - _CLOCK_TICK
    newest, sources = _newest(paths.aws_config(), paths.settings()), _existing()
    session, label = _session_and_label(context, subject)
    if session is not None:
        newest = max(newest, _newest(*_sources(token_cache.digest(session))))
    state = _state(context, subject, session, label)._replace(sources=sources)
    now = time.time()
    # A state is current while it is newer than its sources, so no shell misses a change made while they were read.
    # With a source from the future, changes cannot be seen: then the state is made again after a minute.
    at = began
    if newest > now * _SECOND:
        at = newest + _SECOND
        soon = now + _RECHECK_SECONDS
        state = state._replace(recheck_at=min(state.recheck_at or soon, soon))
    files.replace(path, state.line(subject).encode(), private=True)
    os.utime(path, ns=(at, at))


def update_all(*, outdated_only: bool = True) -> None:
    """Update the outdated states, or all of them, so that open shells show them at the next prompt.

    The first error ends it: then the hooks of the shells notice by themselves, but one prompt later.
    """
    with suppress(SsohelperError):
        subjects = [subject for subject, outdated in _kept() if outdated or not outdated_only]
        if subjects:
            # A subject was made from its own shell's environment; ours must not count.
            context = Context(warn=lambda _message: None, waiting=lambda _what: lambda _process: None, environment={})
            for subject in subjects:
                update(context, subject)


def _kept() -> Iterator[tuple[Subject, bool]]:
    """The subjects that have a state, and whether that is invalid or older than its sources. Raises `Failed`."""
    for path in sorted(paths.prompts().glob("*")):
        subject = Subject.of_file(path.name)
        if subject.file_name != path.name:  # a temporary file, or not ours
            continue
        written = Written.of((files.read(path) or b"").decode("utf-8", "replace"))
        yield subject, written is None or written.sources != _existing() or _is_outdated(written, path)


def _is_outdated(written: Written, path: Path) -> bool:
    """Whether a file that a state was made from is as new as the state, or the sign-in is gone."""
    token, history = _sources(written.token)
    signed_out = written.state in ("valid", "expiring") and not Path(token).exists()
    return signed_out or _newest(paths.aws_config(), paths.settings(), token, history) >= _newest(path)


def _existing() -> str:
    """Which of the AWS config file and config.toml exist, as in a state."""
    return "".join(str(int(each.exists())) for each in (paths.aws_config(), paths.settings()))


def _sources(token: str) -> tuple[str, str]:
    """The files that the state of a session depends on, by the name of its token file."""
    name = f"{token}.json"
    return str(paths.sso_cache() / name), str(paths.refresh_history() / name)


def _newest(*sources: "os.PathLike[str] | str") -> int:
    """When the last of some files was changed, in nanoseconds since 1970; 0 if there is none."""
    found = [0]
    for each in sources:
        try:
            found.append(os.stat(each).st_mtime_ns)  # noqa: PTH116 (a text or a path)
        except OSError:
            continue
    return max(found)


def _session_and_label(context: Context, subject: Subject) -> tuple[Session | None, str]:
    try:
        return _session(context, subject)
    except SsohelperError:  # any other command reports it; a prompt stays silent
        return None, ""


def _session(context: Context, subject: Subject) -> tuple[Session | None, str]:
    if subject.kind in ("session", "only"):
        session = context.select_session(subject.name or None).session
        return session, session.name.removeprefix("https://")
    known = resolve.sessions(context.aws_files)
    if subject.kind == "profile":
        assumed = resolve.role_of_profile(context.aws_files, subject.name)
        if assumed and assumed.sso_role is None:
            return no_session(), subject.name
        return known.get(resolve.session_name_of(context.aws_files, subject.name) or ""), subject.name
    role = RoleRef.parse(subject.name)
    if role is None:
        return None, ""
    name = role.role_name.removeprefix(ASSUMED_MARK)
    if not role.session:  # it is assumed with access keys
        account = context.of(no_session()).shown_names().get(role.account_id) or role.account_id
        return no_session(), f"exec {account}/{name}"
    account = account_names.of_session(role.session).get(role.account_id) or role.account_id
    return known.get(role.session), f"{role.session.removeprefix('https://')} exec {account}/{name}"


def _role(context: Context, subject: Subject) -> CredentialSource | None:
    """The role that a subject is for; None for a session. Raises `SsohelperError`."""
    if subject.kind == "profile":
        return resolve.role_of_profile(context.aws_files, subject.name)
    role = RoleRef.parse(subject.name) if subject.kind == "exec" else None
    return role and role._replace(role_name=role.role_name.removeprefix(ASSUMED_MARK))


def _state(context: Context, subject: Subject, session: Session | None, label: str) -> State:
    try:
        if session is None:
            return _without_session(context, subject)
        return _of_session(context.of(session), _role(context, subject), label)
    except BadInput:  # this explains why nothing else works
        token = token_cache.digest(session) if session else "0"
        return State("valid", token=token, label=f"{label}: error in config.toml")
    except SsohelperError:
        return State("none")


def _without_session(context: Context, subject: Subject) -> State:
    """The state of a profile that is for no role, or of a name that does not exist.

    Raises `SsohelperError`.
    """
    if subject.kind not in ("profile", "session") or context.aws_files.problem:
        return State("none")
    exists = subject.kind == "profile" and subject.name in context.aws_files.profiles
    return State("plain" if exists else "missing", label=subject.name)


def _of_session(context: SessionContext, role: CredentialSource | None, label: str) -> State:
    now, settings = time.time(), context.settings
    rule = context.rule_for(role) if role else Rule("*")
    label = f"{rule.label} {label}" if rule.label else label
    if not context.session.needs_sign_in:
        return State("plain", label=label, color=rule.color or "")
    status, token = context.status(now), token_cache.digest(context.session)
    if not status.signed_in:
        return State("expired", token=token, label=label, color=rule.color or "")
    recheck_at = (status.registration_expires_at or 0.0) if status.auto_refresh else 0.0
    until = status.expires_at(now, context.sign_in_seconds) or 0.0
    warn_at = max(0.0, until - settings.notify_minutes * 60)
    word: Literal["valid", "expiring"] = "valid" if status.auto_refresh else "expiring"
    return State(word, until, warn_at, recheck_at, token, label, rule.color or "")
