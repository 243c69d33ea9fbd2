"""Asks for an sso-session: its start URL, region and name. A wrong answer is asked again, with the reason."""

from collections.abc import Callable, Mapping

from ssohelper.aws_config import config_file, resolve, sso_session, start_url
from ssohelper.aws_config.start_url import StartUrl
from ssohelper.context import Context
from ssohelper.errors import BadInput
from ssohelper.model import Session
from ssohelper.storage import paths
from ssohelper.ui import terminal
from ssohelper.ui.terminal import Question

# It is on the access portal, under "Access keys".
_REGION = "region of IAM Identity Center"
_EXAMPLE = "acme, or https://acme.awsapps.com/start"


def write(session: Session, *, replace: bool) -> bool:
    """Write the session into the AWS config file. Returns whether that changed it. Raises `BadInput`, `Failed`."""
    return config_file.update(
        paths.aws_config(),
        lambda text: sso_session.with_session(text, session, replace=replace),
        waiting=terminal.waiting("config file"),
    )


def ask_again(context: Context, before: Session) -> Session:
    """The session with another start URL or region, which are asked for; the values before are the defaults."""
    question = Question("start URL", "--start-url", default=before.start_url)
    found = terminal.ask_valid(question, _resolved(context))
    region = found.region or terminal.ask_valid(_region_question(before.region), _checked(found))
    return before._replace(start_url=found.url, region=region)


def ask(context: Context, *, name: str | None, url: str | None, region: str | None, replace: bool) -> Session:
    """The session: each part given, or that of the session that has the name already, or asked for.

    If the region is not given, a vanity URL is resolved to find it. With `replace` and nothing given, all is asked
    for. Raises `BadInput` for a part that is given and wrong, `Unavailable`.
    """
    known = resolve.named_sessions(context.aws_files)
    before = known.get(name or "")
    if before and replace and url is None and region is None:
        if not terminal.interactive():
            raise BadInput("nothing to change", hint="--start-url URL, --region REGION, or both")
        return ask_again(context, before)
    question = Question("start URL", "--start-url", example=_EXAMPLE)
    url = before.start_url if before and url is None else url
    found = terminal.ask_valid(question, start_url.parse if region else _resolved(context), url)
    if before and region is None and found.region is None and _is_known(before.region):
        region = before.region
    region = _region(found, context, region)
    return Session(_name(known, found.url, region, name), found.url, region)


def _name(known: Mapping[str, Session], url: str, region: str, given: str | None) -> str:
    """The name of the session, given or asked for; one that is asked for is no other session's."""
    if given is not None:
        return sso_session.checked_name(given)

    def check(typed: str) -> str:
        other = known.get(sso_session.checked_name(typed))
        if other and (other.start_url, other.region) != (url, region):
            raise BadInput(
                f"[sso-session {typed}] has another start URL or region; choose another name",
                hint="add --replace to change it, or choose another name with --session",
            )
        return typed

    others = [each.name for each in known.values() if each.start_url != url]
    question = Question("name of the session", "--session", default=sso_session.suggested_name(url, others))
    return terminal.ask_valid(question, check)


def _is_known(region: str) -> bool:
    from ssohelper.identity_center import region_checks

    return region in region_checks.identity_center_regions()


def _resolved(context: Context) -> Callable[[str], StartUrl]:
    """Makes a start URL of what is typed; of a vanity URL, the region is that of the URL that it redirects to.

    A region that a URL names is checked like one that is typed.
    """

    def parse(typed: str) -> StartUrl:
        found = start_url.parse(typed)
        if start_url.is_vanity(found.url):
            from ssohelper.identity_center import vanity_url  # botocore is slow to load

            with terminal.spinner(f"resolving {found.url}"):
                found = found._replace(region=vanity_url.resolve(found.url, context.network()).region)
        if found.region:
            _checked(found)(found.region)
        return found

    return parse


def _region(found: StartUrl, context: Context, given: str | None) -> str:
    """The region of IAM Identity Center: the URL's own, else the given one, else asked for, with a guess."""
    from ssohelper.identity_center import region_checks  # botocore's data is slow to load

    given = given or found.region
    options, environment = context.aws_files.profiles.get("default"), context.environment
    own = options and options.text("region")
    known = region_checks.identity_center_regions()
    guesses = (environment.get("AWS_REGION"), environment.get("AWS_DEFAULT_REGION"), own)
    guess = next((each for each in guesses if each in known), None)
    if guess is None and terminal.interactive():
        guess = _usual_region(found.url)
    return terminal.ask_valid(_region_question(guess), _checked(found), given)


def _region_question(default: str | None) -> Question:
    from ssohelper.identity_center import region_checks, regions

    def choices() -> dict[str, str]:
        described = regions.offered()
        return {name: described.get(name, "") for name in region_checks.identity_center_regions()}

    return Question(_REGION, "--region", "eu-central-1", default, choices)


def _usual_region(url: str) -> str:
    """The region to suggest, by the partition of the start URL."""
    host = url.removeprefix("https://").partition("/")[0]
    if host.endswith(".cn"):
        return "cn-north-1"
    return "us-gov-west-1" if host == "start.us-gov-home.awsapps.com" else "us-east-1"


def _checked(found: StartUrl) -> Callable[[str], str]:
    """Makes a region of what is typed, or raises `BadInput`."""
    from ssohelper.identity_center import region_checks

    def check(typed: str) -> str:
        region = typed.lower()
        region_checks.check_identity_center_region(region)
        start_url.check_region(found, region)
        return region

    return check
