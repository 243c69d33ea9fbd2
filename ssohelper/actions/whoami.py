"""What `ssohelper whoami` shows."""

import os
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config import selection
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import SessionContext
from ssohelper.errors import BadInput, Failed
from ssohelper.storage import timestamps
from ssohelper.ui import output, profile_rows
from ssohelper.ui.look import Look
from ssohelper.ui.profile_rows import ProfileRow

if TYPE_CHECKING:
    from ssohelper.aws_config.resolve import ProfileRole
    from ssohelper.identity_center.sts import CallerIdentity


class Options(NamedTuple):
    """The command line."""

    role_options: RoleOptions = RoleOptions()
    verify: bool = False
    as_json: bool = False


def run(opts: Options, echo: Echo) -> int:
    """Show the role. Returns the exit code."""
    role_options = opts.role_options
    if not role_options.names_role and os.environ.get("AWS_ACCESS_KEY_ID"):
        raise BadInput(
            "AWS_ACCESS_KEY_ID is set: AWS tools use that key, whatever AWS_PROFILE says",
            hint="aws sts get-caller-identity",
        )
    context = selecting.context()
    role_options = selecting.or_current_profile(role_options, context)
    profile = role_options.profile
    selected = selecting.with_region(context.select_role(role_options), role_options, context)
    # First: the credentials that it requests are cached afterwards.
    identity = _identity(context.of(selected.session), selected, profile) if opts.verify else None
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or selected.region
    facts = _Facts(profile, profile_rows.of_role(context, selected, profile), region, identity)
    if opts.as_json:
        echo(output.to_json(facts.as_json()))
        return 0
    echo(output.key_values(facts.lines(time.time()), Look.of(sys.stdout)))
    return 0


class _Facts(NamedTuple):
    """What is known of the role, and what STS says about its credentials."""

    profile: str | None
    row: ProfileRow
    region: str | None
    identity: "CallerIdentity | None"

    @property
    def source(self) -> str:
        """Where AWS tools get the credentials from."""
        if self.profile is not None:
            return f"profile, style {self.row.style}"
        return "ssohelper exec" if os.environ.get(selection.EXEC_VARIABLE) else "options"

    def lines(self, now: float) -> list[tuple[str, str]]:
        """What is shown: names and values."""
        row, expires_at = self.row, self.row.expires_at
        cached = "not cached" if expires_at is None else f"valid for {durations.shown(expires_at - now)}"
        found = (
            ("profile", self.profile),
            ("account", output.safe(row.account.label)),
            ("role", row.role_name),
            ("region", self.region),
            ("session", row.session and f"{row.session} ({'signed in' if row.signed_in else 'not signed in'})"),
            ("source", self.source),
            ("credentials", cached),
            ("verified", output.safe(self.identity.arn) if self.identity else None),
        )
        return [(name, value) for name, value in found if value]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        row = self.row
        return {
            "profile": self.profile,
            "session": row.session,
            "signed_in": row.signed_in if row.session else None,
            "account_id": row.account.id,
            "account_name": row.account.name,
            "role_name": row.role_name,
            "region": self.region,
            "source": self.source,
            "expires_at": None if row.expires_at is None else timestamps.written(row.expires_at),
            "verified": self.identity and self.identity._asdict(),
        }


def _identity(session: SessionContext, selected: "ProfileRole", profile: str | None) -> "CallerIdentity":
    """Who STS says the credentials belong to. Raises `Failed` if that is another account."""
    credentials = selecting.signed_in(session, lambda: session.credentials(selected.role))
    found = session.sts(profile or "").caller_identity(credentials)
    if found.account_id != selected.role.account_id:
        raise Failed(f"STS says that the credentials are for another account: {output.safe(found.arn)}")
    return found
