"""The command line: a group that loads a command when it is asked for, and the one place that catches our errors."""

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssohelper.errors import BadInput, Failed, SsohelperError
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# In the order in which a newcomer needs them; what they do is said here, so that --help loads none of them.
COMMANDS = {
    "demo": "Watch everything once, without AWS.",
    "configure": "Write an [sso-session] into ~/.aws/config.",
    "login": "Sign in to IAM Identity Center.",
    "status": "Show who is signed in, and until when.",
    "logout": "Sign out, and forget what was signed in for.",
    "accounts": "List the accounts that you may use.",
    "roles": "List the roles that you may use.",
    "sync": "Keep a profile for every role that you have.",
    "credential-process": "Print role credentials for the AWS SDKs.",
    "exec": "Run a command under a role, however long it takes.",
    "agent": "Keep everything fresh in the background.",
    "use": "Use a profile in this shell.",
    "shell-init": "Bring a prompt, `use` and TAB into your shell.",
    "completion": "Let TAB complete commands and profiles.",
    "prompt": "Print how the sign-in stands, for status lines.",
    "env": "Print role credentials as environment variables.",
    "console": "Open the AWS console as a role.",
    "unlock": "Open a sensitive role for a while.",
    "log": "Show who used which sensitive role, when and why.",
    "doctor": "Find what is wrong, and the command that mends it.",
    "simulator": "Serve an IAM Identity Center on this machine.",
}
# What ssohelper runs for itself.
_INTERNAL = {"refresh": "ssohelper.processes.refresh", "complete": "ssohelper.processes.completion"}


class _LazyGroup(click.Group):
    """`ssohelper X` is the `command` of `ssohelper/commands/x.py`."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with what it does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem[str]"]:
        """What TAB offers, without loading the commands."""
        from click.shell_completion import CompletionItem

        commands = [CompletionItem(name, help=what) for name, what in COMMANDS.items() if name.startswith(incomplete)]
        return commands or click.Command.shell_complete(self, ctx, incomplete)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in (*COMMANDS, *_INTERNAL):
            import difflib  # slow to load

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            raise BadInput(f"there is no command {name!r}", hint=f"ssohelper {near[0] if near else '--help'}")
        module = importlib.import_module(f"ssohelper.commands.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command


def _version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # slow to load, and rarely needed

        click.echo(f"ssohelper {version('ssohelper')}")
        ctx.exit()


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Keep ~/.aws/config in step with the accounts and roles that IAM Identity Center gives you.

    New here? `ssohelper demo` shows everything without AWS. Then:

    \b
      ssohelper configure    once: your start URL and region
      ssohelper login        sign in
      ssohelper sync         a profile for every role that you may use
      aws --profile NAME     as ever

    Exit codes: 0 done, 1 failed, 2 usage, 3 --check found differences, 4 sign-in needed, 5 unavailable (try later),
    130 cancelled. An error is one line on stderr, and a hint; with --json, too.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. Every error ends here, as one line and a hint."""
    try:
        result = group.main(list(arguments), prog_name="ssohelper", standalone_mode=False)
    except SsohelperError as error:
        terminal.error(error)
        return error.exit_code
    except click.ClickException as error:
        terminal.error(_in_our_voice(error, arguments))
        return 2
    except (click.Abort, KeyboardInterrupt):
        terminal.say("cancelled")
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough, as in `| head`
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 (for the interpreter's last flush)
        return 1
    except Exception as error:  # noqa: BLE001 (a bug of ours: say so in one line, without a traceback's locals)
        return _unexpected(error)
    return result if isinstance(result, int) else 0


def _in_our_voice(error: click.ClickException, arguments: Sequence[str]) -> BadInput:
    message = error.format_message().strip().rstrip(".")
    context = getattr(error, "ctx", None)  # not every error of click has one
    named = [word for word in arguments[:1] if word in COMMANDS]
    command = context.command_path if context else " ".join(["ssohelper", *named])
    return BadInput(f"{message[:1].lower()}{message[1:]}", hint=f"{command} --help")


def _unexpected(error: Exception) -> int:
    import traceback

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG) and not error.filename:
        terminal.error(Failed(f"can't write the answer: {(error.strerror or '').lower()}"))
        return 1

    if os.environ.get("SSOHELPER_TRACEBACK"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}, line {last.lineno}"
    terminal.error(
        SsohelperError(
            f"this is a bug in ssohelper: {type(error).__name__} in {where}",
            hint="run it again with SSOHELPER_TRACEBACK=1 and report what it prints",
        )
    )
    return 1
