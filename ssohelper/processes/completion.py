"""`ssohelper complete`, which the completion scripts run. `__main__` completes config file values without click."""

import click

from ssohelper.errors import SsohelperError
from ssohelper.shell import completions
from ssohelper.shell.completions import Candidate


@click.command("complete", hidden=True, context_settings={"ignore_unknown_options": True})
@click.argument("shell")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, shell: str, words: tuple[str, ...]) -> None:
    """Print one candidate per line: value, tab, description."""
    typed, kept = completions.rejoin(shell, words or ("",))
    found = completions.for_shell(shell, typed)
    if found is None:
        group = ctx.find_root().command
        found = _by_click(group, typed)
        if shell == "powershell" and not found:  # which ignores case
            found = _by_click(group, [*typed[:-1], typed[-1].lower()])
    click.echo(completions.output(shell, found, kept), nl=False)


def _by_click(group: click.Command, words: list[str]) -> list[Candidate]:
    from click.shell_completion import ShellComplete

    engine = ShellComplete(group, {}, "ssohelper", "")
    try:
        items = engine.get_completions(words[:-1], words[-1])
    except SsohelperError:  # the command line is invalid already; running it shows the error
        return []
    option, equals, _ = words[-1].partition("=")  # click omits this part of its values
    prefix = option + equals if option.startswith("--") and equals else ""
    return [Candidate(f"{prefix}{each.value}", each.help or "") for each in items]
