"""`ssohelper completion`: the completion script for shells without `shell-init`."""

from pathlib import Path

import click

from ssohelper import hints
from ssohelper.errors import BadInput
from ssohelper.shell import SUFFIXES, completion_script, exports, hook
from ssohelper.storage import files, paths
from ssohelper.ui import terminal

# The file to which --install asks you to add a line.
_STARTUP_FILES = {"bash": "~/.bashrc, if you added it", "zsh": "~/.zshrc", "powershell": "$PROFILE"}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SUFFIXES)))
@click.option("--install", is_flag=True, help="Write the script to the folder where the shell looks for it.")
@click.option("--remove", is_flag=True, help="Delete the script.")
def command(shell: str, install: bool, remove: bool) -> None:
    """Print the completion script of a shell, for commands, options, sessions, profiles, accounts and roles.

    `ssohelper shell-init` includes it. Use this command if you want completion only.

    \b
      ssohelper completion bash --install        ~/.local/share/bash-completion/completions/ssohelper
      ssohelper completion zsh --install         ~/.local/share/zsh/site-functions/_ssohelper
      ssohelper completion fish --install        ~/.config/fish/completions/ssohelper.fish
      ssohelper completion powershell --install  ~/.local/share/ssohelper/ssohelper.ps1

    \b
    In a PowerShell that is running, or in $PROFILE:
      ssohelper completion powershell | Out-String | Invoke-Expression
    """  # noqa: D301 (click keeps the line breaks after \b)
    if install and remove:
        raise BadInput("--install and --remove cannot be combined", hint="ssohelper completion --help")
    if remove:
        _remove(completion_script.install_path(shell), shell)
        return
    script = hook.joined(shell, completion_script.script(shell))
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
        file = exports.quoted(str(path), shell)
        line = exports.quoted(f"if (Test-Path {file}) {{ . {file} }}", shell)  # silent once the script is deleted
        terminal.hint(
            f"$null = New-Item -ItemType Directory -Force (Split-Path $PROFILE); Add-Content $PROFILE '', {line}"
        )
    if shell == "bash":
        terminal.hint(f"source {hints.quoted(str(path))}  # in ~/.bashrc, not needed with bash-completion")


def _remove(path: Path, shell: str) -> None:
    """Delete the script, and say what may still load it."""
    existed = path.exists()
    files.remove(path)
    terminal.say(f"deleted {paths.shown(path)}" if existed else f"nothing to do: {paths.shown(path)} not found")
    if existed and shell in _STARTUP_FILES:
        terminal.say(f"remove the line that loads it from {_STARTUP_FILES[shell]}")
