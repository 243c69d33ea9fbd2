"""`ssohelper completion`: what TAB offers, for shells that do without `shell-init`."""

import shlex

import click

from ssohelper.shell import SUFFIXES, completion_script, exports
from ssohelper.storage import files, paths
from ssohelper.ui import terminal


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SUFFIXES)))
@click.option("--install", is_flag=True, help="Write it where the shell looks for it.")
def command(shell: str, install: bool) -> None:
    """Print the script that lets a shell complete commands, options, sessions, profiles, accounts and roles at TAB.

    `ssohelper shell-init` brings it along; this is for who wants no more than that.

    \b
      ssohelper completion bash --install    ~/.local/share/bash-completion/completions/ssohelper
      ssohelper completion zsh --install     ~/.local/share/zsh/site-functions/_ssohelper
      ssohelper completion fish --install    ~/.config/fish/completions/ssohelper.fish
      ssohelper completion powershell --install    ~/.local/share/ssohelper/ssohelper.ps1
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    if not install:
        click.echo(completion_script.script(shell), nl=False)
        return
    path = completion_script.place(shell)
    files.make_folder(path.parent)
    files.replace(path, completion_script.script(shell).encode())
    terminal.say(f"wrote {paths.shown(path)}")
    if shell == "zsh":
        terminal.hint(
            f"fpath=({shlex.quote(str(path.parent))} $fpath)  # in ~/.zshrc, before compinit, unless it is there"
        )
    if shell == "powershell":
        terminal.hint(f". {exports.quoted(str(path), shell)}  # in $PROFILE")
    if shell == "bash":
        terminal.hint(f"source {shlex.quote(str(path))}  # in ~/.bashrc, unless you have bash-completion")
