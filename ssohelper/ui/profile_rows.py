"""What is known of each profile from files alone: its account, role, region, style, and how long credentials last."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ssohelper.context import Context, SessionContext
from ssohelper.roles import Account, Role
from ssohelper.shell import recent_profiles

if TYPE_CHECKING:
    from ssohelper.aws_config.merged import Merged
    from ssohelper.aws_config.resolve import ProfileRole
    from ssohelper.roles import CredentialSource
    from ssohelper.settings.model import Settings


class ProfileRow(NamedTuple):
    """A profile that is for a role.

    `expires_at` is that of its cached credentials, in Unix seconds; None if there are none. `label` and `color` are
    those of a rule of config.toml.
    """

    session: str | None
    account: Account
    role_name: str
    region: str | None
    style: str
    expires_at: float | None
    signed_in: bool
    label: str = ""
    color: str | None = None


def read(context: Context) -> dict[str, ProfileRow]:
    """The profiles that are for a role, by name. Raises `Failed`."""
    sessions = {each.session.name: each.session for each in context.profiles.values()}
    known = {name: _Session.read(context.of(each)) for name, each in sessions.items()}
    return {
        name: known[each.session.name].row(each, _style(context.aws_files.profiles[name]))
        for name, each in context.profiles.items()
    }


def of_role(context: Context, selected: "ProfileRole", profile: str | None) -> ProfileRow:
    """What is known of one role, which a profile may name. Raises `Failed`."""
    options = context.aws_files.profiles.get(profile or "")
    return _Session.read(context.of(selected.session)).row(selected, _style(options) if options else "")


def recent_first(names: Sequence[str]) -> list[str]:
    """The names, those first that `use` selected last, then in alphabetical order. Raises `Failed`."""
    last = recent_profiles.names()
    return sorted(set(names), key=lambda name: (last.index(name) if name in last else len(last), name))


def _style(options: "Merged") -> str:
    """How a profile gets credentials: one of the styles of `sync`, or in a way that it does not write."""
    if options.text("role_arn"):
        return "chained"
    if options.text("credential_process"):
        return "credential-process"
    return "sso" if options.text("sso_session") else "legacy"


class _Session(NamedTuple):
    """What the rows of one session share."""

    accounts: Mapping[str, str | None]
    signed_in: bool
    settings: "Settings"
    expires_at: "dict[CredentialSource, float]"

    def row(self, selected: "ProfileRole", style: str) -> ProfileRow:
        """The row of a role."""
        role = selected.role
        account = Account(role.account_id, self.accounts.get(role.account_id))
        expires_at = self.expires_at.get(role)
        name = selected.session.name or None
        rule = self.settings.rule_for(Role(account, role.role_name))
        looks = (rule.label or "", rule.color)
        return ProfileRow(name, account, role.role_name, selected.region, style, expires_at, self.signed_in, *looks)

    @classmethod
    def read(cls, context: SessionContext) -> "_Session":
        from ssohelper.credentials import cached_roles
        from ssohelper.credentials.aws_cli_cache import AwsCliCache

        now, session = time.time(), context.session
        # A keyring may be slow, or prompt: of its roles, those that were handed out are known by our own records.
        candidates: Sequence[CredentialSource] = () if context.secret_store else list(context.profile_roles())
        cached = cached_roles.find(session, candidates, AwsCliCache(session), now)
        expires_at = {each.role: each.expiration for each in cached}
        return cls(context.shown_names(), context.status(now).signed_in, context.settings, expires_at)
