"""`ssohelper credential-process`: what SDKs run for a profile of the credential-process style."""

import click

from ssohelper import paths
from ssohelper.commands import options
from ssohelper.errors import BadInput

# Some SDKs end the process after a minute; a person who waits gives up sooner.
DEADLINE_SECONDS = 15
_NAME = "credential-process"


@click.command(_NAME, short_help="Print role credentials for the AWS SDKs.")
@options.session
@click.option("--account-id", metavar="ID", help="The account's id: 12 digits.")
@click.option("--role-name", metavar="ROLE", help="The role's name.")
@click.option("--profile", metavar="PROFILE", help="A profile that ssohelper wrote, instead of the three above.")
def command(session_name: str | None, account_id: str | None, role_name: str | None, profile: str | None) -> None:
    """Print credentials of a role for the AWS SDKs: version 1 JSON, and nothing else on stdout.

    An SDK runs this for every profile of the style credential-process. It never asks and never opens a browser: exit
    code 4 and stderr say that a sign-in is needed, and the command for it.
    """
    if profile is not None:
        if account_id is not None or role_name is not None:
            raise BadInput("--profile names the account and the role already", hint=f"ssohelper {_NAME} --help")
        session_name, account_id, role_name = _of_profile(profile)
    if account_id is None or role_name is None:
        missing = "--account-id" if account_id is None else "--role-name"
        raise BadInput(f"{missing} is missing", hint="ssohelper credential-process --help")
    from ssohelper.credentials import answer, provider

    session = options.chosen_session(session_name)
    portal = options.portal_of(session, seconds=DEADLINE_SECONDS)
    click.echo(answer.version_1(provider.role_credentials(portal, session, account_id, role_name)))


def _of_profile(name: str) -> tuple[str, str, str]:
    """Session, account and role of a profile of ours."""
    from ssohelper.profiles import config_file, plan
    from ssohelper.profiles.config_text import MARK

    path = paths.aws_config()
    for section in config_file.load(path).of_kind("profile"):
        key = plan.key_of(section)
        if section.name == name and section.ours and key:
            return section.values()[MARK], *key
    raise BadInput(f"ssohelper wrote no profile {name!r} into {paths.shown(path)}", hint="ssohelper sync")
