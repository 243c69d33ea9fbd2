"""How a sign-in stands that only a person can prolong, and what that person is told. Pure; times are Unix seconds."""

import shlex
from enum import Enum

from ssohelper import durations
from ssohelper.refresher.worker import Renewed


class Trouble(Enum):
    """What a person has to know of a sign-in."""

    NONE = 0
    ENDING = 1
    ENDED = 2


def after(before: Trouble, renewed: Renewed, now: float) -> Trouble:
    """How the sign-in stands after a renewal was tried; one that failed for other reasons tells nothing new of it."""
    if renewed.needs_person:
        return Trouble.ENDED
    if renewed.problem is not None:
        return before
    if renewed.sign_in_ends is not None and renewed.sign_in_ends - renewed.notify_ahead <= now:
        return Trouble.ENDING
    return Trouble.NONE


def ending(renewed: Renewed, now: float) -> tuple[str, str]:
    """What is said, and the command that helps, before a sign-in ends."""
    left = durations.shown((renewed.sign_in_ends or now) - now)
    return (
        f"the sign-in to {renewed.session} ends in {left}",
        f"ssohelper login --session {shlex.quote(renewed.session)} --force",
    )
