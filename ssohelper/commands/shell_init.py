"""`ssohelper shell-init`: the code for a shell's start-up file."""

import click

from ssohelper.settings import own_program
from ssohelper.shell import SUFFIXES, completion_script, hook
from ssohelper.storage import paths
from ssohelper.ui import output


@click.command("shell-init")
@click.argument("shell", type=click.Choice(list(SUFFIXES)))
@click.option("--no-prompt", is_flag=True, help="Do not change the prompt, only set SSOHELPER_PROMPT.")
def command(shell: str, no_prompt: bool) -> None:
    """Print shell integration code (prompt, use, completion).

    \b
      eval "$(ssohelper shell-init bash)"       at the end of ~/.bashrc
      eval "$(ssohelper shell-init zsh)"        at the end of ~/.zshrc
      ssohelper shell-init fish | source        at the end of ~/.config/fish/config.fish
      ssohelper shell-init powershell | Out-String | iex    at the end of $PROFILE

    The prompt shows the profile of $AWS_PROFILE, the role of `ssohelper exec`, or the session: without color while
    the sign-in is valid, yellow with the time left before it expires, red if you have to sign in. Drawing it starts
    no process.

    PowerShell support is a preview; there `ssohelper-use` sets the profile.
    """  # noqa: D301 (click keeps the line breaks after \b)
    values = {
        "program": own_program.path(),
        "state_folder": str(paths.prompts()),
        "token_folder": str(paths.sso_cache()),
        "history_folder": str(paths.refresh_history()),
        "settings_file": str(paths.settings()),
        "default_config": str(paths.default_aws_config()),
        "draw": "no" if no_prompt else "yes",
    }
    click.echo(output.exact(f"{hook.code(shell, values)}\n{completion_script.script(shell)}"), nl=False)
