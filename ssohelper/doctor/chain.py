"""From a profile to its role credentials, step by step, and the step that fails. `now` is in Unix seconds."""

import difflib
import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ssohelper import durations
from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK
from ssohelper.aws_config.resolve import Target
from ssohelper.doctor.here import Here
from ssohelper.errors import AccessDenied, SignInRequired, SsohelperError
from ssohelper.findings import Finding
from ssohelper.model import Account, Role, RoleCredentials, Token


class Step(NamedTuple):
    """A step that holds, and what was found there."""

    name: str
    told: str


@dataclass(frozen=True, slots=True)
class Doors:
    """What is asked for along the way; each raises our errors. `ran` is what a credential_process printed."""

    token: Callable[[], Token]
    roles: Callable[[Account], list[Role]]
    credentials: Callable[[], RoleCredentials]
    is_sensitive: Callable[[], bool]
    ran: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Chain:
    """A profile and what it is for; `needs` is how many seconds the job lasts that one plans, 0 for none."""

    here: Here
    profile: str
    target: Target
    needs: float
    now: float

    def walk(self, doors: Doors) -> Iterator[Step | Finding]:
        """Every step up to the first that fails, and what is to be known of it."""
        target = self.target
        region = target.region or "no region"
        yield Step("profile", f"{self.profile}: {target.role_name} in {target.account_id}, {region}")
        yield Step("session", f"{target.session.name}: {target.session.start_url}, {target.session.region}")
        try:
            token = doors.token()
        except SsohelperError as error:
            yield self._failed("sign-in", error)
            return
        yield Step("sign-in", f"access token, {durations.shown(token.expires_at - self.now)} left")
        try:
            wrong = self._not_assigned(doors.roles(Account(target.account_id)))
        except AccessDenied:
            wrong = self._not_assigned([])
        except SsohelperError as error:
            wrong = self._failed("role", error)
        if wrong:
            yield wrong
            return
        yield Step("role", "assigned to you")
        yield from self._credentials(doors)

    def _credentials(self, doors: Doors) -> Iterator[Step | Finding]:
        if doors.is_sensitive():
            yield Step("credentials", "not asked for: it is a sensitive role")
            return
        try:
            credentials = doors.credentials()
        except SsohelperError as error:
            yield self._failed("credentials", error)
            return
        # They were issued a moment ago: to the minute that is the length of the role's session.
        lasts = round((credentials.expiration - self.now) / 60) * 60
        told = f"last {durations.shown(lasts)}"
        yield Step("credentials", told)
        yield from self._run(doors)
        if lasts < self.needs:
            yield Finding(
                kind="role-session-too-short",
                what=f"credentials of {self.target.role_name} {told}, you need {durations.shown(self.needs)}",
                affects="programs that keep the keys with which they began, and variables",
                mend=f"ssohelper exec --profile {shlex.quote(self.profile)} -- COMMAND",
            )

    def _run(self, doors: Doors) -> Iterator[Step | Finding]:
        """What SDKs run for a profile with credential_process."""
        section = next(each for each in self.here.text.of_kind("profile") if each.name == self.profile)
        command = section.values().get("credential_process")
        if command is None or section.values().get("sso_account_id"):
            return
        try:
            printed = json.loads(doors.ran(command))
            wrong = None if isinstance(printed, dict) and printed.get("Version") == 1 else "printed something else"
        except ValueError:
            wrong = "printed something else"
        except SsohelperError as error:
            yield self._failed("credential_process", error)
            return
        if wrong is None:
            yield Step("credential_process", "prints credentials")
            return
        yield Finding(
            kind="chain-credential_process",
            what=f"the credential_process of {self.profile!r} {wrong} than credentials as JSON",
            affects="every tool that uses the profile",
            mend=(MARK in section.values() and self.here.sync(section, "--yes")) or command,
            file=self.here.file,
            line=section.first + 1,
        )

    def _not_assigned(self, roles: list[Role]) -> Finding | None:
        names = sorted(each.name for each in roles)
        role = self.target.role_name
        if role in names:
            return None
        near = difflib.get_close_matches(role, names, n=1)
        section = next(each for each in self.here.text.of_kind("profile") if each.name == self.profile)
        keys = [role_key for _, role_key in IDENTITY_KEYS.values()]
        option = next((each for each in section.options if each.key in keys), None)
        ours = MARK in section.values()
        by_hand = self.here.with_value(option, near[0]) if near and option else None
        return Finding(
            kind="role-not-assigned",
            what=f"you have no role {role} in {self.target.account_id}"
            + (f": there are {', '.join(names)}" if names else ", nor any other"),
            affects="every tool that uses the profile",
            mend=(ours and self.here.sync(section)) or by_hand or self.here.without(section),
            file=self.here.file,
            line=(option or section).first + 1,
        )

    def _failed(self, step: str, error: SsohelperError) -> Finding:
        if isinstance(error, SignInRequired):  # whoever asks may be the first to hear of it
            step = "sign-in"
        return Finding(
            kind=f"chain-{step}",
            what=f"{step}: {error}",
            affects="every tool that uses the profile",
            mend=error.hint or f"ssohelper doctor {shlex.quote(self.profile)}",
        )
