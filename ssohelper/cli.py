"""The command line: a group that loads each command on demand."""

import importlib
import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from ssohelper import __version__, hints, reporting
from ssohelper.errors import BadInput, SsohelperError, did_you_mean
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# The descriptions are here, so that --help loads no command.
SECTIONS = {
    "Get started": {
        "setup": "Set everything up: session, sign-in, profiles, shell.",
        "demo": "Try everything without AWS.",
        "configure": "Add an sso-session to ~/.aws/config.",
        "login": "Sign in to IAM Identity Center.",
        "accounts": "List the accounts that you can use.",
        "roles": "List the roles that you can use.",
        "sync": "Create or update a profile for each of your roles.",
    },
    "Every day": {
        "status": "Show whether you are signed in, and until when.",
        "whoami": "Show which role the AWS tools use here.",
        "profiles": "List profiles, with account, role and time left.",
        "use": "Use a profile in this shell.",
        "exec": "Run a command with a role, for as long as it takes.",
        "env": "Print role credentials as environment variables.",
        "console": "Open the AWS console with a role.",
        "logout": "Sign out, and delete cached credentials.",
        "unlock": "Unlock a sensitive role for a limited time.",
        "log": "Show the audit log of sensitive roles.",
        "doctor": "Find problems, and show how to fix them.",
        "why": "Explain why access is denied, and whom to ask.",
        "settings": "Show, check or edit the settings in config.toml.",
        "backups": "List or restore earlier versions of ~/.aws/config.",
    },
    "Administrators": {
        "permission-sets": "List, show and review permission sets.",
        "who": "Show who has a permission set.",
    },
    "Shell": {
        "shell-init": "Print shell integration code (prompt, use, completion).",
        "completion": "Print the completion script of a shell.",
        "prompt": "Print the state of the sign-in for a status line.",
    },
    "Background": {
        "agent": "Refresh sign-ins and credentials in the background.",
        "credential-process": "Print role credentials for the AWS SDKs.",
    },
    "Try and test": {
        "simulator": "Run an IAM Identity Center simulator on this machine.",
    },
}
COMMANDS = {name: text for section in SECTIONS.values() for name, text in section.items()}
# What other tools call these commands, and what people try first.
_OTHER_NAMES = {
    "add": "configure", "assume": "use", "config": "configure", "creds": "env", "eval": "env", "export": "env",
    "generate": "sync", "init": "setup", "ls": "profiles", "populate": "sync", "process": "credential-process",
    "profile": "profiles", "run": "exec", "select": "use", "shell": "shell-init", "sign-in": "login",
    "signin": "login", "sign-out": "logout", "signout": "logout", "switch": "use", "wizard": "setup",
}  # fmt: skip
# Other names that work.
_ALIASES = {"list": "profiles"}
# Options that people write before the command.
_OF_COMMANDS = {
    "--session", "-s", "--profile", "-p", "--account", "--role", "--region", "--json", "--yes", "-y", "--no-input",
    "--quiet", "-q", "--verbose", "-v", "--debug",
}  # fmt: skip
# Commands that ssohelper runs itself.
_INTERNAL = {"refresh": "ssohelper.processes.refresh", "complete": "ssohelper.processes.completion"}


class _LazyGroup(click.Group):
    """`ssohelper X` is the `command` of `ssohelper/commands/x.py`."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List every command with its description, without loading any."""
        width = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:{width}}", text) for name, text in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem[str]"]:
        """Complete the name of a command, without loading any."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return found or click.Command.shell_complete(self, ctx, incomplete)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        name = _ALIASES.get(name, name)
        if name in COMMANDS:
            module = importlib.import_module(f"ssohelper.commands.{name.replace('-', '_')}")
        elif name in _INTERNAL:
            module = importlib.import_module(_INTERNAL[name])
        else:
            other = _OTHER_NAMES.get(name.lower())
            near = f"; did you mean {other}?" if other else did_you_mean(name, COMMANDS)
            raise BadInput(f"command not found: {name}{near}", hint="ssohelper --help")
        command: click.Command = module.command
        return _with_shared_options(command)


def _with_shared_options(command: click.Command) -> click.Command:
    """The command, with the options that every command has."""
    commands = [command, *command.commands.values()] if isinstance(command, click.Group) else [command]
    for each in commands:
        if _SHARED[0] not in each.params:
            each.params.extend(_SHARED)
    return command


def _shared(variable: str, *names: str, does: str, then: Callable[[], None] = lambda: None) -> click.Option:
    """An option of every command, which sets a variable for this process."""

    def given(_ctx: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            os.environ[variable] = "1"
            then()

    help_text = f"{does} [${variable}]."
    return click.Option(names, is_flag=True, expose_value=False, callback=given, help=help_text)


def _help(ctx: click.Context, _option: click.Parameter, requested: bool) -> None:
    if requested and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()


# Not click's own, which looks up a translation in each run.
_HELP = click.Option(
    ("-h", "--help"),
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_help,
    help="Show this message and exit.",
)
_SHARED = (
    _shared(terminal.NO_INPUT, "--no-input", does="Ask nothing: fail where an answer is needed"),
    _shared(
        terminal.QUIET,
        "-q",
        "--quiet",
        does="Print no notes: only results, questions, instructions, warnings and errors",
    ),
    _shared(
        *(terminal.VERBOSE, "-v", "--verbose", "--debug"),
        does="Print everything: long plans in full, and each request",
        then=terminal.show_log,
    ),
    _HELP,
)


def _version(ctx: click.Context, _option: click.Parameter, requested: bool) -> None:
    if requested:
        click.echo(f"ssohelper {__version__}")
        ctx.exit()


# Stored in help.txt (python -m tests.reference): no line may depend on a width of 80 columns or more.
@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": [], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
@click.pass_context
def group(ctx: click.Context) -> None:
    """\b
    Sign in to AWS IAM Identity Center once, and use every role that you have,
    in AWS tools and SDKs.

    New here? `ssohelper demo` shows everything without AWS. Then:

    \b
      ssohelper setup        once: your start URL, sign-in, and a profile for each of your roles
      aws --profile NAME     use them as usual
      ssohelper sync         when your roles have changed

    Errors are printed to stderr, one line and a hint, also with --json.

    \b
    Exit codes: 0 done, 1 failed, 2 usage, 3 --check found differences,
    4 sign-in or MFA code needed, 5 unavailable (try later), 130 cancelled.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if terminal.is_verbose():
        terminal.show_log()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        if terminal.interactive() and _is_new():
            terminal.show("")
            if terminal.agree("nothing is configured yet: set it up now?", default=True):
                setup = group.get_command(ctx, "setup")
                assert setup is not None
                ctx.invoke(setup)


group.params.append(_HELP)


def _is_new() -> bool:
    """Whether no AWS config file names a session, not even that of a legacy profile."""
    from ssohelper import options
    from ssohelper.aws_config import resolve

    try:
        return not resolve.sessions(options.context().aws_files)
    except SsohelperError:
        return False


def run(arguments: Sequence[str]) -> int:
    """Run a command line, and print its error, if any. Returns the exit code."""
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    return reporting.run(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> object:
    """What the command returns. Raises `SsohelperError`, also for a command line that click refuses."""
    try:
        return group.main(list(arguments), prog_name="ssohelper", standalone_mode=False)
    except click.ClickException as error:
        raise _usage_error(error, arguments) from error
    except click.Abort as error:
        raise KeyboardInterrupt from error


def _usage_error(error: click.ClickException, arguments: Sequence[str]) -> BadInput:
    """An error of click in the style of our own messages."""
    context: click.Context | None = getattr(error, "ctx", None)  # some errors of click have none
    named = [word for word in arguments[:1] if word in COMMANDS]
    command = context.command_path if context else " ".join(["ssohelper", *named])
    if isinstance(error, click.NoSuchOption) and context and not context.parent and error.option_name in _OF_COMMANDS:
        option = error.option_name
        return BadInput(f"{option} stands after the command", hint=hints.command("COMMAND", option))
    return BadInput(_usage_problem(error, context), hint=f"{command} --help")


def _usage_problem(error: click.ClickException, context: click.Context | None) -> str:
    message = error.format_message().strip().rstrip(".").removeprefix("Got ").replace("extra argument", "argument")
    subcommand = re.match("No such command '(.+?)'", message)
    if isinstance(error, click.NoSuchOption):
        return f"option not found: {error.option_name}{_near_option(error.option_name, context)}"
    if subcommand and context and isinstance(context.command, click.Group):
        near = did_you_mean(subcommand[1], context.command.list_commands(context))
        return f"command not found: {subcommand[1]}{near}"
    parameter = getattr(error, "param", None)
    if isinstance(parameter, click.Parameter) and isinstance(parameter.type, click.Choice):
        return _choice_problem(parameter, message, parameter.type.choices)
    if isinstance(parameter, click.Argument) and isinstance(error, click.MissingParameter):
        return f"{(parameter.name or '').upper()} is missing"
    return f"{message[:1].lower()}{message[1:]}"


def _near_option(typed: str, context: click.Context | None) -> str:
    """The option that was meant, perhaps: one that begins like it, or else a similar one."""
    parameters = context.command.params if context else []
    options = [name for each in parameters for name in each.opts if name.startswith("--")]
    beginning = [name for name in options if name.startswith(typed)] if typed.startswith("--") else []
    return f"; did you mean {' or '.join(beginning)}?" if beginning else did_you_mean(typed, options)


def _choice_problem(parameter: click.Parameter, message: str, choices: Sequence[str]) -> str:
    name = parameter.opts[-1] if isinstance(parameter, click.Option) else (parameter.name or "").upper()
    value = re.search("('[^']*') is not one of", message)
    found = f"not a valid {name}: {value[1]}" if value else f"{name} is missing"
    return f"{found} (expected {', '.join(choices)})"
