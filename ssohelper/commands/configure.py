"""`ssohelper configure`: write an `[sso-session NAME]` into the AWS config file."""

from typing import TYPE_CHECKING

import click

from ssohelper import options
from ssohelper.model import Session
from ssohelper.storage import paths
from ssohelper.ui import output, terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.config_text import ConfigText


@click.command("configure")
@click.option("--session", "name", metavar="NAME", help="A name for the session, such as your company's.")
@click.option("--start-url", metavar="URL", help="Where you sign in: https://my-company.awsapps.com/start")
@click.option(
    "--region",
    metavar="REGION",
    shell_complete=options.offer_regions,
    help="The region of your IAM Identity Center, such as eu-central-1.",
)
@click.option("--replace", is_flag=True, help="Change the session if it is there already and says otherwise.")
@options.as_json
def command(name: str | None, start_url: str | None, region: str | None, replace: bool, as_json: bool) -> None:
    """Write an [sso-session NAME] into ~/.aws/config, which the AWS CLI and the SDKs use as well.

    Asks for what is missing where a person is at the terminal. Your administrator knows the start URL and the
    region; both are also on the AWS access portal, under "Access keys".

    Example: ssohelper configure --session acme --start-url https://acme.awsapps.com/start --region eu-central-1
    """
    from ssohelper.aws_config import resolve
    from ssohelper.identity_center import clients

    # Each answer is checked before the next question: nobody types three things to learn that the first was wrong.
    start_url = start_url or terminal.ask("start URL", "--start-url", example="https://acme.awsapps.com/start")
    resolve.check(Session(resolve.name_for(start_url), start_url, ""))
    region = region or terminal.ask("region of IAM Identity Center", "--region", example="eu-central-1")
    region = region.lower()
    clients.check_region(region)
    name = name or terminal.ask("name of the session", "--session", default=resolve.name_for(start_url))
    session = Session(name, start_url, region)
    resolve.check(session)
    written = _write(session, replace=replace)
    if as_json:
        click.echo(output.to_json({"session": name, "start_url": start_url, "region": region, "written": written}))
    terminal.say(
        f"{'wrote' if written else 'nothing to do:'} [sso-session {name}] {'to' if written else 'is in'} "
        f"{paths.shown(paths.aws_config())}"
    )
    terminal.show(f"next: ssohelper login --session {name}")


def _write(session: Session, *, replace: bool) -> bool:
    from ssohelper.aws_config import config_file, resolve

    def edit(text: "ConfigText") -> bytes:
        return resolve.added(text, session, replace=replace)

    return config_file.update(paths.aws_config(), edit, waiting=terminal.waiting("the config file"))
