"""`ssohelper configure`: write an `[sso-session NAME]` into the AWS config file."""

import os
from typing import TYPE_CHECKING

import click

from ssohelper import options
from ssohelper.model import Session
from ssohelper.storage import paths
from ssohelper.ui import output, session_dialogue, terminal

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
@click.option("--replace", is_flag=True, help="Change the session if it is already there with other values.")
@options.as_json
def command(name: str | None, start_url: str | None, region: str | None, replace: bool, as_json: bool) -> None:
    """Write an [sso-session NAME] into ~/.aws/config, which the AWS CLI and the SDKs use as well.

    On a terminal it asks for missing values. Your administrator knows the start URL and the region; both are also
    on the AWS access portal, under "Access keys". The start URL can be a name (acme), a host, or an address that you
    copied from the portal; some URLs name the region.

    Example: ssohelper configure --session acme --start-url https://acme.awsapps.com/start --region eu-central-1
    """
    context = options.context()
    session = session_dialogue.ask(context.aws_files, os.environ, name=name, url=start_url, region=region)
    written = _write(session, replace=replace)
    if as_json:
        facts = {"session": session.name, "start_url": session.start_url, "region": session.region}
        click.echo(output.to_json({**facts, "written": written}))
    place = paths.shown(paths.aws_config())
    section = f"[sso-session {session.name}]"
    terminal.say(f"wrote {section} to {place}" if written else f"nothing to do: {section} is in {place}")
    terminal.show(f"next: {session.login_command}")


def _write(session: Session, *, replace: bool) -> bool:
    from ssohelper.aws_config import config_file, sso_session

    def edit(text: "ConfigText") -> bytes:
        return sso_session.with_session(text, session, replace=replace)

    return config_file.update(paths.aws_config(), edit, waiting=terminal.waiting("config file"))
