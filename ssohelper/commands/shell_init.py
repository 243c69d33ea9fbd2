"""`ssohelper shell-init`: the code for a shell's start-up file."""

import shutil

import click

from ssohelper.errors import BadInput
from ssohelper.settings import own_program
from ssohelper.shell import SUFFIXES, completion_script, hook, startup_file
from ssohelper.storage import files, paths
from ssohelper.ui import output, terminal


@click.command("shell-init")
@click.argument("shell", type=click.Choice(list(SUFFIXES)))
@click.option("--no-prompt", is_flag=True, help="Do not change the prompt, only set SSOHELPER_PROMPT.")
@click.option("--install", is_flag=True, help="Add it to the shell's start-up file, instead of printing it.")
@click.option("--remove", is_flag=True, help="Take it out of the start-up file again.")
def command(shell: str, no_prompt: bool, install: bool, remove: bool) -> None:
    """Print shell integration code (prompt, use, completion).

    --install adds a marked block to ~/.bashrc, ~/.zshrc, ~/.config/fish/config.fish or $PROFILE, once; --remove takes
    it out.
    By hand, it is one of these lines:

    \b
      eval "$(ssohelper shell-init bash)"       at the end of ~/.bashrc
      eval "$(ssohelper shell-init zsh)"        at the end of ~/.zshrc
      ssohelper shell-init fish | source        at the end of ~/.config/fish/config.fish
      ssohelper shell-init powershell | Out-String | iex    at the end of $PROFILE

    The prompt shows the profile of $AWS_PROFILE, the role of `ssohelper exec`, or the session: without color while
    the sign-in is valid, yellow with the time left before it expires, red if you have to sign in. Drawing it starts
    no process.

    In PowerShell, `ssohelper-use` sets the profile, and `Remove-Module ssohelper` gives back the prompt of a running
    session. With --no-prompt, call `Update-SsohelperPrompt` in a prompt of your own there.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if install or remove:
        _change_startup_file(shell, install=install, remove=remove, no_prompt=no_prompt)
        return
    values = {
        "program": own_program.path(),
        "state_folder": str(paths.prompts()),
        "token_folder": str(paths.sso_cache()),
        "history_folder": str(paths.refresh_history()),
        "settings_file": str(paths.settings()),
        "default_config": str(paths.default_aws_config()),
        "draw": "no" if no_prompt else "yes",
    }
    click.echo(output.exact(hook.joined(shell, hook.code(shell, values), completion_script.script(shell))), nl=False)


def _change_startup_file(shell: str, *, install: bool, remove: bool, no_prompt: bool) -> None:
    """Add our block to the start-up file of a shell, or take it out. Raises `BadInput`, `Failed`."""
    if install and remove:
        raise BadInput("--install and --remove cannot be combined", hint="ssohelper shell-init --help")
    path = startup_file.path(shell)
    shown, before = paths.shown(path), files.read(path) or b""
    if install and startup_file.loads(startup_file.without_block(before)):
        terminal.say(f"nothing to do: a line of your own in {shown} loads shell-init")
        return
    program = own_program.path()
    own_program.check_permanent(program)
    name = "ssohelper" if shutil.which("ssohelper") == program else program
    if install:
        after = startup_file.with_block(before, startup_file.block(shell, name, no_prompt=no_prompt))
    else:
        after = startup_file.without_block(before)
    if after == before:
        terminal.say(f"nothing to do: {shown} {'is up to date' if install else 'has no block of ssohelper'}")
        return
    files.make_folder(path.parent)
    files.replace(path, after)
    if not install:
        terminal.say(f"removed shell integration from {shown}")
        return
    done = "changed shell integration in" if startup_file.loads(before) else "added shell integration to"
    terminal.say(f"{done} {shown}: open a new shell to use it")
    if shell == "zsh" and b"compinit" not in before:
        terminal.say("TAB completion in zsh needs a line above it: autoload -Uz compinit && compinit")
