"""`ssohelper complete`: what the shells ask when somebody presses TAB. Values come by a quicker way, see __main__."""

import click

from ssohelper.errors import SsohelperError
from ssohelper.shell import completions
from ssohelper.shell.completions import Offer


@click.command("complete", hidden=True, context_settings={"ignore_unknown_options": True})
@click.argument("shell")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, shell: str, words: tuple[str, ...]) -> None:
    """Print what TAB offers: a line each, the value, a tabulator, what it is."""
    typed, granted = completions.joined(shell, words or ("",))
    click.echo(completions.lines(shell, _offers(ctx.find_root().command, typed), granted), nl=False)


def _offers(group: click.Command, words: list[str]) -> list[Offer]:
    from click.shell_completion import ShellComplete

    found = completions.quick(words)
    if found is not None:
        return found
    engine = ShellComplete(group, {}, "ssohelper", "")
    try:
        items = engine.get_completions(words[:-1], words[-1])
    except SsohelperError:  # the line is wrong already: whoever runs it is told
        return []
    option, equals, _ = words[-1].partition("=")  # the engine leaves out what stands before a value
    before = option + equals if option.startswith("--") and equals else ""
    return [Offer(f"{before}{each.value}", each.help or "") for each in items]
