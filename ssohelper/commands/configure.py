"""`ssohelper configure`: write an `[sso-session NAME]` into the AWS config file."""

import click

from ssohelper import options
from ssohelper.storage import paths
from ssohelper.ui import output, session_dialogue, terminal


@click.command("configure")
@click.option("--session", "name", metavar="NAME", help="A name for the session, such as your company's.")
@options.start_url
@options.sso_region
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
    session = session_dialogue.ask(context, name=name, url=start_url, region=region)
    written = session_dialogue.write(session, replace=replace)
    if as_json:
        facts = {"session": session.name, "start_url": session.start_url, "region": session.region}
        click.echo(output.to_json({**facts, "written": written}))
    place = paths.shown(paths.aws_config())
    section = f"[sso-session {session.name}]"
    terminal.say(f"wrote {section} to {place}" if written else f"nothing to do: {section} is in {place}")
    terminal.show(f"next: {session.login_command}")
