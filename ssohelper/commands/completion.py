"""`ssohelper completion`: the completion script for shells without `shell-init`."""

import click

from ssohelper import hints
from ssohelper.shell import SUFFIXES, completion_script, exports, hook
from ssohelper.storage import files, paths
from ssohelper.ui import terminal


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SUFFIXES)))
@click.option("--install", is_flag=True, help="Write the script to the folder where the shell looks for it.")
def command(shell: str, install: bool) -> None:
    """Print the completion script of a shell, for commands, options, sessions, profiles, accounts and roles.

    `ssohelper shell-init` includes it. Use this command if you want completion only.

    \b
      ssohelper completion bash --install        ~/.local/share/bash-completion/completions/ssohelper
      ssohelper completion zsh --install         ~/.local/share/zsh/site-functions/_ssohelper
      ssohelper completion fish --install        ~/.config/fish/completions/ssohelper.fish
      ssohelper completion powershell --install  ~/.local/share/ssohelper/ssohelper.ps1
    """  # noqa: D301 (click keeps the line breaks after \b)
    script = hook.loading(shell, completion_script.script(shell))
    if not install:
        click.echo(script, nl=False)
        return
    path = completion_script.install_path(shell)
    files.make_folder(path.parent)
    files.replace(path, script.encode())
    terminal.say(f"wrote {paths.shown(path)}")
    if shell == "zsh":
        terminal.hint(f"fpath=({hints.quoted(str(path.parent))} $fpath)  # in ~/.zshrc, before compinit")
    if shell == "powershell":
        terminal.hint(f". {exports.quoted(str(path), shell)}  # in $PROFILE")
    if shell == "bash":
        terminal.hint(f"source {hints.quoted(str(path))}  # in ~/.bashrc, not needed with bash-completion")
