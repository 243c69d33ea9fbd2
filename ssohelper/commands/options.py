"""The options that several commands share, and the choice of a session that they all make in the same way."""

import difflib
import math
import os
import shlex
from typing import TYPE_CHECKING

import click

from ssohelper import paths
from ssohelper.errors import BadInput
from ssohelper.model import Session

if TYPE_CHECKING:
    from ssohelper.identity_center.portal import Portal

session = click.option(
    "--session",
    "session_name",
    metavar="NAME",
    envvar="SSOHELPER_SESSION",
    help="The [sso-session NAME] to use; may be left out where there is only one. "
    "$SSOHELPER_SESSION says it too, else the session of $AWS_PROFILE is used.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
as_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header.")


def chosen_session(name: str | None) -> Session:
    """The session that a command is about. Raises `BadInput` where none or more than one can be meant."""
    from ssohelper.profiles import config_file, sessions

    path = paths.aws_config()
    text = config_file.load(path)
    known = sessions.read(text)
    profile = os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE")  # in botocore's order
    if name is None and len(known) > 1 and profile:
        name = sessions.of_profile(text, profile)
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name in known:
        return known[name]
    if not known:
        raise BadInput(f"there is no sso-session in {paths.shown(path)}", hint="ssohelper configure")
    names = sorted(known)
    likely = (difflib.get_close_matches(name or "", names, n=1) or names)[0]
    wrong = f"there is no sso-session {name!r}" if name else "which sso-session is meant is not said"
    raise BadInput(
        f"{wrong}; {paths.shown(path)} has {', '.join(names)}",
        hint=f"{click.get_current_context().command_path} --session {shlex.quote(likely)}",
    )


def portal_of(session: Session, *, seconds: float = math.inf) -> "Portal":
    """The portal of a session that somebody is signed in to, for so many seconds. Raises `SignInRequired`."""
    import time

    from ssohelper.sign_in import access

    token = access.token(session, time.time())
    from ssohelper.identity_center.portal import Portal  # now that it is needed: botocore is slow to load

    return Portal(session, token, seconds=seconds)
