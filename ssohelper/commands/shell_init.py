"""`ssohelper shell-init`: the code that brings ssohelper into a shell."""

import click

from ssohelper.settings import own_program
from ssohelper.shell import SUFFIXES, completion_script, hook
from ssohelper.storage import paths


@click.command("shell-init")
@click.argument("shell", type=click.Choice(list(SUFFIXES)))
@click.option("--no-prompt", is_flag=True, help="Leave the prompt alone; it finds $SSOHELPER_PROMPT.")
def command(shell: str, no_prompt: bool) -> None:
    """Print the code that shows in your prompt how the sign-in stands, lets `ssohelper use` set a profile, and lets
    TAB complete commands, options, profiles, sessions, accounts and roles.

    \b
      eval "$(ssohelper shell-init bash)"       at the end of ~/.bashrc
      eval "$(ssohelper shell-init zsh)"        at the end of ~/.zshrc
      ssohelper shell-init fish | source        at the end of ~/.config/fish/config.fish
      ssohelper shell-init powershell | Out-String | iex    at the end of $PROFILE

    The prompt shows the profile of $AWS_PROFILE, what `ssohelper exec` runs under, or else the session: plain while
    all is well, with the time that is left in yellow before the sign-in ends, in red when a sign-in is needed.
    Drawing it starts no process.

    In PowerShell it is `ssohelper-use` that sets a profile. What is there for PowerShell is a preview: it was checked
    against that language's grammar, and has not been run yet.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    places = {
        "program": own_program.path(),
        "states": str(paths.prompts()),
        "tokens": str(paths.sso_cache()),
        "renewals": str(paths.renewals()),
        "settings": str(paths.settings()),
        "config": str(paths.default_aws_config()),
        "draws": "no" if no_prompt else "yes",
    }
    click.echo(f"{hook.code(shell, places)}\n{completion_script.script(shell)}", nl=False)
