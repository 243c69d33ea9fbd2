"""`ssohelper exec`: run a command with a role's credentials, which stay fresh for as long as it runs."""

import os
import sys
from typing import Any

import click

from ssohelper import options
from ssohelper.actions import exec as action
from ssohelper.actions.exec import DEFAULT_WAY, WAYS, Options
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.errors import BadInput
from ssohelper.refresher import job
from ssohelper.shell import current_shell


@click.command("exec", context_settings={"allow_interspersed_args": False})
@options.role
@click.option("--via", type=click.Choice(WAYS), default=DEFAULT_WAY, help=f"How it gets credentials [{DEFAULT_WAY}].")
@click.option("--needs", metavar="TIME", help="How long it will run: 6h, 1h30m. Checked before it starts.")
@click.option("--explain", is_flag=True, help="When the command ends, explain what denied it access.")
@options.yes
@click.argument("words", metavar="[PROFILE --] [COMMAND]", nargs=-1, type=click.UNPROCESSED)
def command(role_options: RoleOptions, words: tuple[str, ...], needs: str | None, **values: Any) -> int:
    """Run a command and its child processes with a role's credentials.

    \b
      ssohelper exec PROFILE -- terraform apply
      ssohelper exec PROFILE -- sh -c 'make train && make upload'
      ssohelper exec -p PROFILE terraform apply
      ssohelper exec --explain PROFILE -- aws s3 cp report.csv s3://reports/

    The role is the default of AWS tools and SDKs inside, and its credentials are refreshed before they expire,
    however long the command runs. Other profiles can still be used inside. Profiles that assume another role
    (role_arn, source_profile) work, too. Without options, the profile of $AWS_PROFILE is used, else the role of the
    enclosing `ssohelper exec`, else [default]; else, on a terminal, you choose one. Without a command, it runs your
    shell.

    \b
    --via endpoint             from a server on 127.0.0.1, which AWS SDKs find: refreshed
                               (not on Windows)
    --via credential-process   SDKs run ssohelper when they need credentials: no server
    --via env                  as variables, for tools that support nothing else: not refreshed;
                               AWS_REGION among them overrides the region of every profile

    With --needs, the command does not start if the sign-in would expire earlier; on a terminal you sign in again
    first. A sign-in is assumed to last eight hours, unless config.toml says otherwise (sign_in_hours). Of a role that
    needs an MFA code, --needs checks the credentials instead: new ones need another code.

    With --explain, ssohelper also reads the command's stderr (on a terminal, all that it prints): if AWS denies it
    access, one more line at the end says why, and whom to ask. The command then runs as a child process.

    When the sign-in expires, or an MFA code is needed, you are notified here and on the desktop (not on Windows):
    sign in, or enter the code, on any other terminal, and the command continues. The exit code is the command's own;
    127 if it is not found, 126 if it cannot be executed.
    """  # noqa: D301 (click keeps the line breaks after \b)
    needed_seconds = options.seconds(needs, "--needs 6h") if needs else 0
    opts = Options(needed_seconds=needed_seconds, **values)
    if sys.platform == "win32" and opts.via == "endpoint":
        raise BadInput("--via endpoint is not available on Windows", hint="ssohelper exec --via credential-process")
    if words[1:2] == ("--",):
        role_options, words = options.with_profile(role_options, words[0]), words[2:]
    if opts.explain and not words:
        raise BadInput("--explain needs a command", hint="ssohelper exec --explain PROFILE -- COMMAND")
    return action.run(
        role_options, opts, words or current_shell.powershell_command() or job.default_command(os.environ)
    )
