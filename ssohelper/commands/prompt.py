"""`ssohelper prompt`: how the sign-in stands, in a few characters; and the state that the hooks of shells read."""

import os
import time
from collections.abc import Mapping

import click

from ssohelper import context, options
from ssohelper.errors import BadInput, SsohelperError
from ssohelper.model import Session
from ssohelper.shell import prompt
from ssohelper.shell.prompt import State, Subject
from ssohelper.sign_in import token_cache
from ssohelper.storage import files, paths

_PLAIN = "{text}"


@click.command("prompt")
@click.option("--format", "form", metavar="TEMPLATE", default=_PLAIN, help="What to print, see above [{text}].")
@click.option("--keep", is_flag=True, hidden=True, help="Write it where the hooks of shells look.")
def command(form: str, keep: bool) -> None:
    """Print how the sign-in stands, for prompts and status lines.

    It is about the profile of $AWS_PROFILE, what `ssohelper exec` runs under, or else the session; nothing is printed
    where that is none of ours. For bash, zsh and fish there is `ssohelper shell-init`, which starts no process.

    \b
      {text}     what those shells show: the name, and what there is to say
      {label}    the profile, or the session
      {session}  the session
      {left}     how long the sign-in lasts, where that is known: 2h05m
      {state}    well (it renews itself), ends (it does not), dead (sign in)
      {color}    none, yellow or red

    \b
      ssohelper prompt --format '#[fg={color}]{text}#[default]'    for tmux
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    subject = subject_of(os.environ)
    if keep:
        write(subject)
        return
    session, label = _about(subject)
    state = _state(session, label)
    printed = _formatted(form, session, state)
    if state.what != "none":
        click.echo(printed)


def _formatted(form: str, session: Session | None, state: State) -> str:
    now = time.time()
    text, color = prompt.text(state, now)
    facts = {
        "text": text,
        "label": prompt.label(state.label),
        "session": prompt.label(session.name if session else ""),
        "left": prompt.left(state, now),
        "state": "dead" if color == "red" else state.what,
        "color": color or "none",
    }
    try:
        return form.format(**facts)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise BadInput(
            f"{form!r} is no template: it may have {', '.join(f'{{{each}}}' for each in facts)}",
            hint="ssohelper prompt --format '{label} {left}'",
        ) from error


def subject_of(environment: Mapping[str, str]) -> Subject:
    """What the prompt is about, by the environment of the shell."""
    for kind, variable in (
        ("profile", "AWS_DEFAULT_PROFILE"),
        ("profile", "AWS_PROFILE"),
        ("exec", "SSOHELPER_EXEC"),
        ("session", "SSOHELPER_SESSION"),
    ):
        if environment.get(variable):
            return Subject(kind, environment[variable])
    return Subject("only")


def write(subject: Subject) -> None:
    """Write the state of a subject for the hooks. Raises `Failed`."""
    if subject.file_name is None:
        return
    path = paths.prompts() / subject.file_name
    # As old as what it is made of, so that every change from now on is newer than the file.
    before = _newest(paths.aws_config(), paths.settings())
    session, label = _about(subject)
    if session is not None:
        before = max(before, _newest(*_told_by(token_cache.digest(session))))
    state = _state(session, label)
    files.replace(path, state.line.encode(), private=True)
    os.utime(path, ns=(before, before))


def write_again() -> None:
    """Write those states that are there already and older than what they say. Raises `Failed`."""
    for path in sorted(paths.prompts().glob("*")):
        subject = Subject.of_file(path.name)
        if subject.file_name != path.name:  # a neighbour, or nothing of ours
            continue
        token = prompt.token_in((files.read(path) or b"").decode("utf-8", "replace"))
        if not token or _newest(paths.aws_config(), paths.settings(), *_told_by(token)) > _newest(path):
            write(subject)


def _told_by(token: str) -> tuple[str, ...]:
    name = f"{token}.json"
    return str(paths.sso_cache() / name), str(paths.renewals() / name)


def _newest(*files_: "os.PathLike[str] | str") -> int:
    """When the last of some files was changed, in nanoseconds since 1970."""
    found = [0]
    for each in files_:
        try:
            found.append(os.stat(each).st_mtime_ns)  # noqa: PTH116 (a text or a path)
        except OSError:
            continue
    return max(found)


def _about(subject: Subject) -> tuple[Session | None, str]:
    """The session of a subject, and what is shown of it; none for what is none of ours, or cannot be read."""
    try:
        return _session(subject)
    except SsohelperError:  # a prompt is no place for it: every other command says it
        return None, ""


def _state(session: Session | None, label: str) -> State:
    try:
        return State("none") if session is None else _of_session(session, label)
    except BadInput:  # who wonders why nothing else works sees it here first
        token = token_cache.digest(session) if session else "0"
        return State("well", token=token, label=f"{label}: config.toml is wrong")
    except SsohelperError:
        return State("none")


def _session(subject: Subject) -> tuple[Session | None, str]:
    from ssohelper.aws_config import config_file, resolve

    if subject.kind in ("session", "only"):
        session = options.chosen_session(subject.name or None)
        return session, session.name.removeprefix("https://")
    text = config_file.load(paths.aws_config())
    every = {**resolve.legacy(text), **resolve.read(text)}
    if subject.kind == "profile":
        name = resolve.of_profile(text, subject.name)
        return every.get(name or ""), subject.name
    name, account, role = subject.name.rsplit(" ", 2) if subject.name.count(" ") >= 2 else ("", "", "")
    return every.get(name), f"{name.removeprefix('https://')} exec {account}/{role}"


def _of_session(session: Session, label: str) -> State:
    from ssohelper.sign_in import status

    now, vault, settings = time.time(), context.vault_of(session), context.settings_of(session)
    stands = status.of(session, now, vault)
    token = token_cache.digest(session)
    check = (stands.registration_until or 0.0) if stands.renews_itself else 0.0
    if not stands.signed_in:
        return State("dead", token=token, label=label)
    lasts = None if settings.sign_in_hours is None else settings.sign_in_hours * 3600
    until = status.sign_in_until(session, now, lasts, vault) or 0.0
    amber = max(0.0, until - settings.notify_minutes * 60)
    return State("well" if stands.renews_itself else "ends", until, amber, check, token, label)
