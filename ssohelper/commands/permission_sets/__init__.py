"""`ssohelper permission-sets`: the permission sets of the organization, for administrators. Nothing is changed."""

import click

from ssohelper.commands.permission_sets.list import command as list_
from ssohelper.commands.permission_sets.review import command as review
from ssohelper.commands.permission_sets.show import command as show


@click.group("permission-sets", invoke_without_command=True, context_settings={"max_content_width": 100})
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, show and review permission sets: for administrators.

    These commands only read: they change nothing in IAM Identity Center. They use the role given by --as, or by
    `admin` in config.toml; docs/permission-sets.md has the policy that it needs.

    Example: ssohelper permission-sets review --as management/IdentityCenterReader
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


command.add_command(list_)
command.add_command(show)
command.add_command(review)
