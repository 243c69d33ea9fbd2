"""The steps from a profile to its role credentials, up to the first that fails."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from ssohelper import durations, hints
from ssohelper.aws_config import command_line
from ssohelper.aws_config.config_text import IDENTITY_KEYS, Section
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.context import RETRY_SECONDS, SessionContext
from ssohelper.doctor.checkup import AwsFile, Checkup
from ssohelper.errors import AccessDenied, Failed, SignInRequired, SsohelperError, Unavailable, did_you_mean
from ssohelper.findings import Finding, Step
from ssohelper.roles import (
    AccessKeysRef,
    Account,
    AssumedRole,
    CredentialSource,
    Role,
    RoleCredentials,
    RoleRef,
    mfa_serial_in,
)

# The kinds of findings that `ssohelper why` explains.
NOT_ASSIGNED, ACCESS_DENIED = "role-not-assigned", "access-denied"
_PROFILE = "every tool that uses the profile"
# botocore has no time limit for a credential_process.
_PROGRAM_SECONDS = 60


@dataclass(frozen=True, slots=True)
class CredentialSteps:
    """The steps of one profile; `needs` is how many seconds its credentials are needed, 0 if that is not known."""

    checkup: Checkup
    section: Section
    selected: ProfileRole
    session: SessionContext
    needs: float

    def run(self) -> Iterator[Step | Finding]:
        """Each step that succeeds, and the finding at which the rest is skipped."""
        role, region = self.selected.role, self.selected.region or "no region"
        yield Step("profile", f"{self.section.name}: {role.label}, {region}")
        if isinstance(role, AssumedRole):
            yield Step("chain", _chain(role))
        if role.sso_role:
            for each in self._of_identity_center(role.sso_role):
                yield each
                if isinstance(each, Finding):
                    return
        yield from self._credentials()

    def _of_identity_center(self, role: RoleRef) -> Iterator[Step | Finding]:
        """The steps up to the role of Identity Center at which a chain starts."""
        session = self.selected.session
        yield Step("session", f"{session.name}: {session.start_url}, {session.region}")
        try:
            token = self.session.token()
        except SsohelperError as error:
            yield self._failed("sign-in", error)
            return
        yield Step("sign-in", f"access token valid for {durations.shown(token.expires_at - self.checkup.now)}")
        yield self._role_problem(role) or Step("role", f"{role.label} is assigned to you")

    @property
    def _file(self) -> AwsFile:
        """The file with the section of the profile."""
        in_config = any(each.name == self.section.name for each in self.checkup.profiles)
        return self.checkup.config if in_config else self.checkup.credentials

    def _role_problem(self, role: RoleRef) -> Finding | None:
        """Why the role cannot be used; None if it is assigned."""
        portal = self.session.portal(RETRY_SECONDS)
        try:
            roles = portal.roles(Account(role.account_id))
        except AccessDenied:
            roles = []
        except SsohelperError as error:
            return self._failed("role", error)
        return self._not_assigned(role, roles)

    def _not_assigned(self, role: RoleRef, roles: list[Role]) -> Finding | None:
        section, file = self.section, self._file
        names = sorted(each.name for each in roles)
        if role.role_name in names:
            return None
        near = did_you_mean(role.role_name, names)
        role_keys = [role_key for _, role_key in IDENTITY_KEYS.values()]
        option = next((each for each in section.options if each.key in role_keys), None)
        sync = self.checkup.sync_command(section) if section.managed else None
        by_hand = file.edit(option) if near and option else file.comment_out(section)
        if isinstance(self.selected.role, AssumedRole):
            # The profile that names the role is another one.
            by_hand = hints.command("roles", "--session", role.session)
        return Finding(
            kind=NOT_ASSIGNED,
            step="role",
            message=f"role {role.label} is not assigned to you (assigned: {', '.join(names) or 'none'}){near}",
            affects=_PROFILE,
            fix=sync or by_hand,
            file=file.path,
            line=(option or section).first + 1,
        )

    def _credentials(self) -> Iterator[Step | Finding]:
        role, guard = self.selected.role, self.session.guard
        try:
            sensitive = guard.sensitive_in(role) if guard else []
            if sensitive:
                yield Step("credentials", f"not requested: {sensitive[0].label} is a sensitive role")
                return
            device = mfa_serial_in(role)
            if device:
                yield Step("credentials", f"not requested: needs an MFA code of {device}", ok=None)
                return
            credentials = self._new_credentials(role)
        except SsohelperError as error:
            yield self._failed("credentials", error)
            return
        # They were issued a moment ago: rounded to minutes, this is the session duration of the role.
        seconds = durations.in_minutes(credentials.expiration - self.checkup.now)
        valid = f"valid for {durations.shown(seconds)}"
        yield Step("credentials", valid)
        yield from self._credential_process()
        if seconds < self.needs:
            yield Finding(
                kind="role-session-too-short",
                message=f"credentials of {role.role_name} are {valid}, you need {durations.shown(self.needs)}",
                affects="programs that never reload their credentials, and environment variables",
                fix=hints.command("exec", "--profile", self.section.name, "--", "COMMAND"),
            )

    def _new_credentials(self, role: CredentialSource) -> RoleCredentials:
        """New credentials, neither cached nor recorded as used: how long they are valid is what counts."""
        if isinstance(role, AssumedRole):
            if isinstance(role.source, AccessKeysRef):
                return self.session.assume_role(self.session.access_keys(role.source), role)
            return self.session.assume_role(self._new_credentials(role.source), role)
        return self.session.portal(RETRY_SECONDS).role_credentials(role)

    def _credential_process(self) -> Iterator[Step | Finding]:
        """What SDKs run for a profile that has a `credential_process`."""
        values = self.section.values()
        command = values.get("credential_process")
        if command is None or values.get("sso_account_id"):
            return
        try:
            valid = _prints_credentials(command)
        except SsohelperError as error:
            yield self._failed("credential_process", error)
            return
        if valid:
            yield Step("credential_process", "prints credentials")
            return
        sync = self.checkup.sync_command(self.section, "--yes") if self.section.managed else None
        yield Finding(
            kind="step-credential_process",
            step="credential_process",
            message=f"profile {self.section.name!r}: its credential_process does not print credentials as JSON",
            affects=_PROFILE,
            fix=sync or command,
            file=self._file.path,
            line=self.section.first + 1,
        )

    def _failed(self, step: str, error: SsohelperError) -> Finding:
        if isinstance(error, SignInRequired):  # a later step may be the first to find out
            step = "sign-in"
        return Finding(
            kind=ACCESS_DENIED if isinstance(error, AccessDenied) else f"step-{step}",
            message=f"{step}: {error}",
            affects=_PROFILE,
            fix=error.hint or hints.command("doctor", self.section.name),
            step=step,
            exit_code=error.exit_code if isinstance(error, SignInRequired | Unavailable) else 1,
        )


def _chain(role: AssumedRole) -> str:
    """The roles of a chain, from what it starts with to the one whose credentials are used."""
    first = f"access keys of {role.first.label}" if isinstance(role.first, AccessKeysRef) else role.first.label
    assumed = (each.label for each in reversed(role.chain) if isinstance(each, AssumedRole))
    return " → ".join((first, *assumed))


def _prints_credentials(command: str) -> bool:
    """Whether a `credential_process` prints what SDKs expect; run like botocore, without a shell. Raises `Failed`."""
    try:
        done = subprocess.run(
            command_line.split(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROGRAM_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Failed(f"cannot run it: {type(error).__name__}", hint=command) from error
    if done.returncode:
        # Its stderr may hold anything: the user sees it by running the command.
        raise Failed(f"exit code {done.returncode}", hint=command)
    try:
        printed = json.loads(done.stdout)
    except ValueError:
        return False
    return isinstance(printed, dict) and printed.get("Version") == 1
