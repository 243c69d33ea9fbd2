"""`ssohelper exec`: a command under a role's credentials, which stay fresh for as long as it runs."""

import os
import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssohelper import context, durations, options
from ssohelper.errors import BadInput, SignInRequired
from ssohelper.model import RoleCredentials, Session
from ssohelper.refresher import runner
from ssohelper.shell import exports
from ssohelper.storage import paths
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.resolve import Target

# What Identity Center gives where no administrator chose otherwise.
_USUAL_HOURS = 8
_VIA = ("endpoint", "credential-process", "env")


@click.command("exec", context_settings={"allow_interspersed_args": False})
@options.role
@click.option("--via", type=click.Choice(_VIA), default="endpoint", help="How it gets credentials [endpoint].")
@click.option("--needs", metavar="TIME", help="How long it runs at least: 6h, 1h30m. Checked before it starts.")
@click.argument("words", metavar="[COMMAND]", nargs=-1, type=click.UNPROCESSED)
def command(named: options.NamedRole, via: str, needs: str | None, words: tuple[str, ...]) -> None:
    """Run a command, and all that it starts, under a role. Its exit code is ours.

    \b
      ssohelper exec --profile NAME -- terraform apply
      ssohelper exec --profile NAME -- sh -c 'make train && make upload'

    The role is the default of every AWS tool and SDK inside, and its credentials are renewed before they end, however
    long the command runs. Other profiles still work inside. Without any option the profile of $AWS_PROFILE is meant,
    without a command your shell.

    \b
    --via endpoint             a server on 127.0.0.1, for all AWS SDKs: renewed in flight
    --via credential-process   the SDKs ask ssohelper again when they need to: no server
    --via env                  variables, for tools that understand nothing else: good for one role session;
                               [default] and the region of other profiles do not count beside them

    With --needs it is not started where the sign-in would end earlier; on a terminal you sign in anew first. Sign-ins
    are taken to last eight hours, unless config.toml says otherwise (sign_in_hours).

    When the sign-in itself ends you are told here and on the desktop: sign in from any other terminal, and the
    command goes on. Exit codes: the command's own; 127 there is no such command, 126 it cannot be run.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    if not hasattr(os, "fork") and via != "env":
        raise BadInput(f"--via {via} does not work on this system", hint="ssohelper exec --via env")
    words = words or (os.environ.get("SHELL") or "/bin/sh",)
    _find(words[0])
    if not (named.profile or named.account_id or named.role_name):
        named = named._replace(profile=options.current_profile())
    run = Run(options.chosen_role(named), named.profile, words)
    seconds = options.seconds(needs, "--needs 6h") if needs else 0
    if via == "endpoint" and runner.serves(os.environ, run.role):
        runner.become(words, os.environ)
    if seconds:
        _see_to_sign_in(run.target.session, seconds)
    credentials = context.credentials_of(run.target)
    left = credentials.expiration - time.time()
    if via == "env" and left < seconds:
        raise BadInput(
            f"variables end with these credentials, in {durations.shown(left)}: the command needs {needs}",
            hint="ssohelper exec --via endpoint",
        )
    run.start(via, credentials)


def _see_to_sign_in(session: Session, seconds: int) -> None:
    """Return where the sign-in lasts so long, as far as can be known; on a terminal a person signs in anew for it."""
    from ssohelper.commands import login
    from ssohelper.sign_in import status
    from ssohelper.sign_in.access_tokens import login_command

    lasts = (context.settings_of(session).sign_in_hours or _USUAL_HOURS) * 3600
    if seconds > lasts:
        raise BadInput(
            f"no sign-in to {session.name} lasts {durations.shown(seconds)}: they end after {durations.shown(lasts)}",
            hint="leave --needs out: you are told in time to sign in again, and the command goes on",
        )
    now = time.time()
    until = status.sign_in_until(session, now, lasts, context.vault_of(session))
    if until is not None and until - now >= seconds:
        return
    if terminal.interactive():
        login.anew(session)
        return
    context.token_of(context.access_of(session))  # where nobody is signed in, that is what there is to say
    ends = "is not known to last" if until is None else f"ends in {durations.shown(until - now)}, before"
    raise SignInRequired(
        f"the sign-in to {session.name} {ends} {durations.shown(seconds)}", hint=f"{login_command(session)} --force"
    )


def _find(program: str) -> None:
    """Raise `NotFound` or `NotExecutable` before anything is asked or started."""
    import shutil

    if shutil.which(program):
        return
    path = Path(program)
    if os.sep in program and path.exists():
        raise runner.why_not(
            program, PermissionError(13, "it is a folder" if path.is_dir() else "it is not executable")
        )
    if program in options.targets():
        raise runner.NotFound(
            f"there is no command {program!r}", hint=f"ssohelper exec --profile {shlex.quote(program)} -- COMMAND"
        )
    raise runner.why_not(program, FileNotFoundError())


def _files() -> dict[str, Path]:
    """The person's files of which the command gets a copy, by the variable that leads to each."""
    return {"AWS_CONFIG_FILE": paths.aws_config(), "AWS_SHARED_CREDENTIALS_FILE": paths.aws_credentials()}


@dataclass(frozen=True, slots=True)
class Run:
    """A command that is to run under a role; `profile` is the one that the person named."""

    target: "Target"
    profile: str | None
    words: tuple[str, ...]

    @property
    def role(self) -> str:
        """The role, as one word for the environment."""
        return f"{self.target.session.name} {self.target.account_id} {self.target.role_name}"

    def start(self, via: str, credentials: RoleCredentials) -> None:
        """Become the command. Raises `Failed`."""
        if via == "env":
            self._say(credentials, "and nobody renews them: what runs longer fails then")
            more = exports.variables(credentials, self._region())
            runner.become(self.words, runner.environment(os.environ, self.role, more))
        kept = runner.start_keeper(self._asked(via, credentials))
        if self._signed_in():
            self._say(credentials, "renewed before they end")
        runner.become(self.words, runner.environment(os.environ, self.role, runner.leading_to(kept, _files())))

    def _signed_in(self) -> bool:
        """Whether the sign-in goes on; where it is known to have ended, that is said to whoever reads it."""
        from ssohelper.sign_in import status
        from ssohelper.sign_in.access_tokens import login_command

        session, now = self.target.session, time.time()
        if status.of(session, now, context.vault_of(session)).signed_in:
            return True
        terminal.say(f"the sign-in to {session.name} has ended: these credentials cannot be renewed before a new one")
        terminal.hint(login_command(session))
        return False

    def _asked(self, via: str, credentials: RoleCredentials) -> dict[str, Any]:
        from ssohelper.aws_config import config_file, exec_copy
        from ssohelper.credentials import answer
        from ssohelper.sign_in import status, token_cache

        session = self.target.session
        config, shared = map(config_file.load, _files().values())
        copies = (
            exec_copy.config(config, self._lender(), self._default(via)),
            exec_copy.credentials(shared),
        )
        return {
            "session": session.name,
            "account_id": self.target.account_id,
            "role_name": self.target.role_name,
            "token_path": str(token_cache.token_path(session)),
            "token_ends": status.of(session, time.time(), context.vault_of(session)).access_token_until,
            "answer": answer.facts(credentials),
            "endpoint": via == "endpoint",
            "files": {
                name: copy.decode("utf-8", "surrogateescape") for name, copy in zip(_files(), copies, strict=True)
            },
        }

    def _lender(self) -> str | None:
        """The profile whose settings the command has by default: the one that was named, else one for the role."""
        if self.profile is not None:
            return self.profile
        meant = (self.target.session.name, self.target.account_id, self.target.role_name)
        for name, each in options.targets().items():
            if (each.session.name, each.account_id, each.role_name) == meant:
                return name
        return None

    def _default(self, via: str) -> dict[str, str]:
        """What stands in the command's default profile, beside settings."""
        if via == "endpoint":
            return {}
        from ssohelper.model import Account, Role
        from ssohelper.settings import own_program
        from ssohelper.sync import desired

        role = Role(Account(self.target.account_id), self.target.role_name)
        program = own_program.command_of(context.settings_of(self.target.session))
        return {"credential_process": desired.credential_process(program, self.target.session.name, role)}

    def _region(self) -> str | None:
        """The role's region, as a variable: there it goes before every profile's, unless the person has set one."""
        return None if os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") else self.target.region

    def _say(self, credentials: RoleCredentials, what: str) -> None:
        if terminal.interactive():
            left = durations.shown(credentials.expiration - time.time())
            named = self.profile or f"{self.target.role_name} in {self.target.account_id}"
            terminal.say(f"{named}: credentials {left} left, {what}")
