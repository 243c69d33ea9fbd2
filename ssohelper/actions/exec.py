"""Runs a command with a role's credentials, which stay fresh for as long as it runs."""

import math
import os
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ssohelper import durations, hints, selecting
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, SignInRequired
from ssohelper.refresher import job
from ssohelper.roles import AssumedRole, CredentialSource, RoleCredentials
from ssohelper.shell import current_shell, exports
from ssohelper.storage import paths
from ssohelper.ui import role_confirmation, terminal

if TYPE_CHECKING:
    from ssohelper.sign_in.status import SignInStatus

WAYS = ("endpoint", "credential-process", "env")
DEFAULT_WAY = "credential-process" if sys.platform == "win32" else "endpoint"
# How long sign-ins last unless an administrator has chosen otherwise.
_USUAL_HOURS = 8
_SERVER = (sys.executable, "-P", "-m", "ssohelper.processes.exec_server")


class Options(NamedTuple):
    """The command line, except the options that name a role, and the command."""

    via: str = DEFAULT_WAY
    needed_seconds: int = 0
    explain: bool = False
    yes: bool = False


def run(role_options: RoleOptions, opts: Options, words: tuple[str, ...]) -> int:
    """Run the command: in place of this process, or as a child process. Returns its exit code."""
    context = selecting.context()
    _check_command(words, context)
    selected, profile = selecting.role(role_options, context)
    if opts.via == "endpoint" and job.is_served(os.environ, selected.role):
        return _execute(words, _environment(), opts)
    session = context.of(selected.session)
    role_confirmation.before_use(session, selected.role, f"run {words[0]} as", yes=opts.yes)
    if opts.needed_seconds and selected.session.needs_sign_in:
        _check_sign_in(session, opts.needed_seconds)
    credentials = selecting.signed_in(session, lambda: session.credentials(selected.role))
    _check_duration(selected.role, credentials.expiration - time.time(), opts)
    return _Run(context, session, selected, profile).start(words, opts, credentials)


def _check_duration(role: CredentialSource, left: float, opts: Options) -> None:
    """Raise `BadInput` if the credentials, valid for `left` seconds, cannot be refreshed and expire too soon."""
    if left >= opts.needed_seconds:
        return
    short = f"these expire in {durations.shown(left)}, the command needs {durations.shown(opts.needed_seconds)}"
    if opts.via == "env":
        raise BadInput(f"variables are not refreshed: {short}", hint=hints.command("exec", "--via", DEFAULT_WAY))
    if isinstance(role, AssumedRole) and role.mfa_serial is not None:
        raise BadInput(
            f"new credentials need an MFA code: {short}",
            hint="set duration_seconds in the profile, if the role allows it",
        )


def _execute(words: tuple[str, ...], environment: Mapping[str, str], opts: Options) -> int:
    """Run the command in this environment, in place of this process if possible. Returns its exit code."""
    if not opts.explain:
        return job.run(words, environment)
    from ssohelper.permission_sets import explain
    from ssohelper.permission_sets.denial_watch import DenialWatch
    from ssohelper.refresher import watched_job

    watch = DenialWatch()
    code = watched_job.run(words, environment, watch.feed)
    line = explain.in_one_line(watch.found())
    if line:
        if not watch.ends_line:
            terminal.show("")
        terminal.warn(line)
    return watched_job.exit_as(code)


def _check_sign_in(context: SessionContext, seconds: float) -> None:
    """Check that the sign-in lasts that long, as far as is known; on a terminal, have the person sign in again."""
    session = context.session
    configured = context.sign_in_seconds
    lasts = configured or _USUAL_HOURS * 3600
    if seconds > lasts:
        why = "by sign_in_hours" if configured else "an assumption: sign_in_hours is not set"
        raise BadInput(
            f"the command needs {durations.shown(seconds)}, but a sign-in to {session.name} is valid for"
            f" {durations.shown(lasts)} ({why})",
            hint="set sign_in_hours in config.toml, if yours last longer; or omit --needs: you are notified in time",
        )
    now = time.time()
    expires_at = context.status(now).expires_at(now, lasts)
    if expires_at is not None and expires_at - now >= seconds:
        return
    if terminal.interactive():
        from ssohelper.ui import sign_in_dialogue

        done = sign_in_dialogue.sign_in(context, sign_in_dialogue.Preferences(force=True))
        sign_in_dialogue.report(session, done)
        return
    context.token()  # raises if not signed in: that is the better message
    known = (
        "is not known to last" if expires_at is None else f"expires in {durations.shown(expires_at - now)}, before"
    )
    raise SignInRequired(
        f"the sign-in to {session.name} {known} {durations.shown(seconds)}", hint=f"{session.login_command} --force"
    )


def _check_command(words: tuple[str, ...], context: Context) -> None:
    """Raise `NotFound` or `NotExecutable` before anything is requested or started."""
    program = words[0]
    if _is_script_of_powershell(program):
        raise job.NotExecutable(
            f"cannot execute {program}: it is a PowerShell script without #!",
            hint=_in_powershell(words, "-File", *words),
        )
    if _is_program(program):
        return
    path = Path(program)
    if os.sep in program and path.exists():
        reason = "it is a folder" if path.is_dir() else "it is not executable"
        raise job.exec_error(program, PermissionError(13, reason))
    end = words.index("--") if "--" in words else 0
    if program in context.profiles and end and all(word.startswith("-") for word in words[1:end]):
        raise job.NotFound(
            f"options stand before the profile: {' '.join(words[1:end])}",
            hint=hints.command("exec", *words[1:end], program, *words[end:]),
        )
    if program in context.profiles:
        raise job.NotFound(
            f"command not found: {program} (it is a profile)",
            hint=hints.command("exec", program, "--", "COMMAND"),
        )
    if current_shell.powershell_command():
        # PowerShell passes a script block to a program as this option and Base64.
        script = "COMMAND" if program.lower() == "-encodedcommand" else " ".join(map(_word_of_powershell, words))
        raise job.NotFound(
            f"command not found: {program} (cmdlets, functions and aliases run only in PowerShell)",
            hint=_in_powershell(words, "-Command", script),
        )
    raise job.exec_error(program, FileNotFoundError())


def _in_powershell(words: tuple[str, ...], *started: str) -> str:
    """The command line that was typed, with `pwsh ...` as its command."""
    return hints.command(*sys.argv[1 : len(sys.argv) - len(words)], "pwsh", *started)


def _word_of_powershell(word: str) -> str:
    """A word as an argument of a cmdlet; parameters such as `-Name` are bare."""
    return word if re.fullmatch(r"-?[\w./-]+", word, re.ASCII) else exports.quoted(word, "powershell")


def _is_script_of_powershell(name: str) -> bool:
    """Whether it is a script that the system cannot execute: one that does not name its interpreter."""
    if not name.lower().endswith(".ps1"):
        return False
    with suppress(OSError), Path(name).open("rb") as file:
        return file.read(2) != b"#!"
    return False


def _is_program(name: str) -> bool:
    """Whether a program can be executed, as `shutil.which` finds it, which is slow to load."""
    if sys.platform == "win32":
        import shutil

        return shutil.which(name) is not None
    files = [name] if os.sep in name else [os.path.join(each, name) for each in os.get_exec_path()]  # noqa: PTH118
    return any(os.path.isfile(each) and os.access(each, os.X_OK) for each in files)  # noqa: PTH113


def _environment() -> dict[str, str]:
    """The command's environment: ours without SSOHELPER_QUIET and SSOHELPER_VERBOSE."""
    return {name: value for name, value in os.environ.items() if name not in (terminal.QUIET, terminal.VERBOSE)}


def _files() -> dict[str, Path]:
    """The user's files of which the job gets a copy, by the variable that names each."""
    return {
        "AWS_CONFIG_FILE": paths.aws_config().absolute(),
        "AWS_SHARED_CREDENTIALS_FILE": paths.aws_credentials().absolute(),
    }


class _Run(NamedTuple):
    """A command that is about to run under a role; `profile` is the one that the user named."""

    context: Context
    session: SessionContext
    selected: ProfileRole
    profile: str | None

    def start(self, words: tuple[str, ...], opts: Options, credentials: RoleCredentials) -> int:
        """Run the command. Returns its exit code, if it does not replace this process. Raises `Failed`."""
        copies, status = self._copies(opts.via), self.session.status(time.time())
        if sys.platform != "win32":
            request = {} if opts.via == "env" else self._request(credentials, status)
            served = job.start_server(_SERVER, request, copies, endpoint=opts.via == "endpoint")
            return self._run_in(served, words, opts, credentials, status)
        from ssohelper.refresher import private_folder

        with private_folder.create() as folder:  # without a server, this process deletes it
            private_folder.write_all(folder, copies)
            return self._run_in(job.Served(folder), words, opts, credentials, status)

    def _run_in(
        self,
        served: job.Served,
        words: tuple[str, ...],
        opts: Options,
        credentials: RoleCredentials,
        status: "SignInStatus",
    ) -> int:
        """Run the command with its copies and its credentials."""
        more = job.served_environment(served, _files(), opts.via)
        if opts.via == "env":
            self._say(credentials, "not refreshed: a command that runs longer will fail")
            more |= exports.variables(credentials, self._region())
        elif isinstance(self.selected.role, AssumedRole) and self.selected.role.mfa_serial is not None:
            self._say(credentials, "then an MFA code is needed")
        elif status.signed_in or not self.session.session.needs_sign_in:
            self._say(credentials, "refreshed automatically")
        else:
            session = self.session.session
            terminal.warn(f"the sign-in to {session.name} has expired: these credentials cannot be refreshed")
            terminal.hint(session.login_command)
        return _execute(words, job.environment(_environment(), self.selected.role, more), opts)

    def _request(self, credentials: RoleCredentials, status: "SignInStatus") -> dict[str, Any]:
        """What the exec server keeps fresh, as JSON data."""
        from ssohelper.credentials import answer
        from ssohelper.sign_in import token_cache

        session, role = self.session.session, self.selected.role
        watched = token_cache.token_path(session) if session.needs_sign_in else self._credentials_file()
        return {
            "role": role.text,
            "session": session._asdict(),
            "watched_path": str(watched),
            "token_expires_at": status.access_token_expires_at if session.needs_sign_in else math.inf,
            "notify_at": self._notify_at(status),
            "answer": answer.as_dict(credentials),
        }

    def _credentials_file(self) -> Path:
        """The file that changes when a command of the person gets new credentials of the role."""
        from ssohelper.credentials import answer
        from ssohelper.credentials.aws_cli_cache import AwsCliCache

        role = self.selected.role
        return answer.file_of(role) if self.session.secret_store else AwsCliCache(self.session.session).path(role)

    def _notify_at(self, status: "SignInStatus") -> float | None:
        """When the user has to be told that the sign-in will expire, in Unix seconds; None if that is not known."""
        expires_at = status.expires_at(time.time(), self.session.sign_in_seconds) if status.signed_in else None
        return None if expires_at is None else expires_at - self.session.settings.notify_minutes * 60

    def _copies(self, via: str) -> Mapping[str, bytes]:
        """The job's copies of the AWS files, by the variable that names each."""
        from ssohelper.aws_config import config_text, exec_copy
        from ssohelper.aws_config.merged import AwsFiles

        files, default = self.context.aws_files, self._default(via)
        copies = exec_copy.copies(files, self._settings_profile(), default)
        parsed = [config_text.parse(each) for each in copies]
        exec_copy.check(files, AwsFiles(parsed[0], lambda: parsed[1]), default.get("credential_process"))
        return dict(zip(_files(), copies, strict=True))

    def _settings_profile(self) -> str | None:
        """The profile whose settings the job has by default: the one that was named, else one for the role."""
        return self.session.profile_for(self.selected.role) if self.profile is None else self.profile

    def _default(self, via: str) -> dict[str, str]:
        """The options of the job's default profile, beside the settings of a profile."""
        settings: dict[str, str] = {}
        if self.selected.region and self._settings_profile() is None:
            settings["region"] = self.selected.region
        if via != "credential-process":
            return settings
        from ssohelper.settings import own_program

        words = own_program.command_of(self.session.settings)
        try:
            return settings | {"credential_process": own_program.credential_process(words, self.selected.role)}
        except BadInput as error:
            raise BadInput(str(error), hint="ssohelper exec --via env") from error

    def _region(self) -> str | None:
        """The role's region, as a variable that overrides every profile's; None if the user has set one."""
        is_set = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return None if is_set else self.selected.region

    def _say(self, credentials: RoleCredentials, what: str) -> None:
        if terminal.interactive():
            left = durations.shown(credentials.expiration - time.time())
            name = self.profile or self.session.label(self.selected.role)
            terminal.say(f"{name}: credentials valid for {left}, {what}")
