"""`ssohelper prompt`: the state of the sign-in in a few characters, for prompts and status lines."""

import os
import time

import click

from ssohelper import options
from ssohelper.errors import BadInput
from ssohelper.model import Session
from ssohelper.shell import prompt, prompt_state
from ssohelper.shell.prompt import State


@click.command("prompt")
@click.option("--format", "template", metavar="TEMPLATE", default="{text}", help="What to print, see above [{text}].")
@click.option("--keep", is_flag=True, hidden=True, help="Write it where the hooks of shells look.")
def command(template: str, keep: bool) -> None:
    """Print the state of the sign-in, for prompts and status lines.

    It is about the profile of $AWS_PROFILE, the role of the enclosing `ssohelper exec`, or else the session. Of a
    profile that is not for IAM Identity Center, only the name is printed. bash, zsh and fish have `ssohelper
    shell-init`, which starts no process.

    \b
      {text}     what those shells show: the name, and the state in words
      {label}    the profile, or the session
      {session}  the session
      {left}     how long the sign-in is valid, if that is known: 2h05m
      {state}    valid (refreshed automatically), expiring (not refreshed), expired (sign in),
                 plain (not for IAM Identity Center), missing (no such profile)
      {color}    red if something has to be done, else the color of a rule in config.toml,
                 else yellow shortly before the sign-in expires, else none

    \b
      ssohelper prompt --format '#[fg={color}]{text}#[default]'    for tmux
    """  # noqa: D301 (click keeps the line breaks after \b)
    context, subject = options.context(), prompt_state.subject_of(os.environ)
    if keep:
        prompt_state.update(context, subject)
        return
    session, state = prompt_state.read(context, subject)
    printed = _formatted(template, session, state)
    if state.state != "none":
        click.echo(printed)


def _formatted(template: str, session: Session | None, state: State) -> str:
    now = time.time()
    text, color = prompt.text(state, now)
    fields = {
        "text": text,
        "label": prompt.label(state.label),
        "session": prompt.label(session.name if session else ""),
        "left": prompt.left(state, now),
        "state": "expired" if color == "red" and state.state == "expiring" else state.state,
        "color": color or "none",
    }
    try:
        return template.format(**fields)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise BadInput(
            f"not a valid template: {template!r} (fields: {', '.join(f'{{{each}}}' for each in fields)})",
            hint="ssohelper prompt --format '{label} {left}'",
        ) from error
