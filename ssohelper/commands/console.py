"""`ssohelper console`: the AWS console as a role, in a browser."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ssohelper import context, options
from ssohelper.errors import BadInput, Failed
from ssohelper.ui import browsers, output, terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.resolve import Target

# What the federation endpoint takes.
_DURATIONS = range(15 * 60, 12 * 3600 + 1)
# Firefox with containers asks the person first.
_VISIT_SECONDS = 60
_TOKEN_SECONDS = 20
_PRINT = "run it again with --print, and open the link yourself"


@click.command("console")
@click.argument("wanted", metavar="[PROFILE]", required=False)
@options.role
@click.option("--service", metavar="SERVICE", help="The page of a service: s3, ec2, s3/buckets/NAME.")
@click.option("--region", metavar="REGION", shell_complete=options.offer_regions, help="The region [the profile's].")
@click.option("--print", "only_print", is_flag=True, help="Print the link, and open nothing.")
@click.option("--federate", is_flag=True, help="Go in with the role's credentials instead of by the access portal.")
@click.option("--duration", metavar="TIME", help="With --federate: how long the session lasts, 15m to 12h.")
@options.as_json
def command(named: options.NamedRole, **given: Any) -> int:
    """Open the AWS console as a role.

    \b
      ssohelper console payments-prod.ReadOnly
      ssohelper console payments-prod.ReadOnly --service s3 --region eu-west-1
      ssohelper console payments-prod.ReadOnly --print

    It opens the access portal's own link for the role. There is no secret in it, so you may pass it on: whoever opens
    it signs in to the portal as themselves, and needs the role. Without a PROFILE the one of $AWS_PROFILE is meant,
    or what `ssohelper exec` runs under.

    With --federate the role's credentials are exchanged for a link that is signed in already: no portal is asked,
    and --duration can make the session longer than the credentials. That link is a secret for 15 minutes. It is shown
    where you ask for it (--print, --json), or on a terminal where no browser opens, and nowhere else.

    --json prints what --print does, as facts. `console_browser` and `browser` in config.toml choose another browser,
    and keep several accounts apart in one.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    asked = Options(**given)
    named = _named(named, asked.wanted)
    target = options.chosen_role(named)
    way = _Way(target, asked)
    if asked.only_print or asked.as_json:
        url = way.url()
        click.echo(output.to_json(way.facts(url)) if asked.as_json else url)
        return 0
    return _opened(way, browsers.Jar(target.session.name, target.account_id, target.role_name, _label(named, target)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line, but for the options that name a role."""

    wanted: str | None
    service: str | None
    region: str | None
    only_print: bool
    federate: bool
    duration: str | None
    as_json: bool


def _named(named: options.NamedRole, wanted: str | None) -> options.NamedRole:
    """The role by whichever name it has."""
    given = named.profile or named.account_id or named.role_name
    if wanted is not None and given:
        raise BadInput("the role is named twice, by PROFILE and by options", hint="ssohelper console PROFILE")
    if given:
        return named
    return named._replace(profile=wanted if wanted is not None else options.current_profile())


class _Way:
    """The way into the console; everything that is wrong with the words is told before anything is asked."""

    def __init__(self, target: "Target", asked: Options) -> None:
        from ssohelper.aws_config import resolve

        resolve.check_start_url(target.session.start_url, "check sso_start_url in ~/.aws/config")
        self.target = target
        self.secret = asked.federate
        self._seconds = _seconds(asked)
        self._region = asked.region.lower() if asked.region else target.region or _region_of(target)
        self._page = self._destination(asked) if self._region or asked.service or self.secret else None

    def _destination(self, asked: Options) -> str:
        from ssohelper.identity_center import clients, console  # botocore is slow to load

        if asked.region is not None:
            clients.check_profile_region(asked.region.lower())
        session = self.target.session
        partition = clients.partition_of(session.region, f"set in [sso-session {session.name}]: sso_region = {{}}")
        if self._region and clients.partition_of(self._region) != partition:
            raise BadInput(
                f"{self._region} is in another partition than {session.name}, which is in {session.region}",
                hint=f"--region {session.region}",
            )
        return console.destination(partition, self._region, asked.service)

    def url(self) -> str:
        """The link. Raises what getting credentials, and a sign-in token for them, does."""
        from ssohelper.identity_center import console

        if self.secret:
            return self._signed_in_already()
        target = self.target
        return console.shortcut(target.session.start_url, target.account_id, target.role_name, self._page)

    def _signed_in_already(self) -> str:
        from ssohelper import deadline
        from ssohelper.identity_center import console, federation

        session = self.target.session
        endpoint = federation.endpoint(self._region or session.region)
        credentials = context.credentials_of(self.target)
        token = deadline.within(
            _TOKEN_SECONDS,
            "getting a sign-in token",
            lambda: federation.signin_token(endpoint, credentials, self._seconds),
        )
        return console.login_url(endpoint, token, session.start_url, self._page or "")

    def facts(self, url: str) -> dict[str, object]:
        """All that there is to say."""
        return {
            "url": url,
            "session": self.target.session.name,
            "account_id": self.target.account_id,
            "role_name": self.target.role_name,
            "region": self._region,
            "how": "federation" if self.secret else "portal",
        }


def _seconds(asked: Options) -> int | None:
    if asked.duration is None:
        return None
    if not asked.federate:
        raise BadInput("--duration is for --federate alone", hint="ssohelper console --federate --duration 1h")
    seconds = options.seconds(asked.duration, "--duration 1h")
    if seconds not in _DURATIONS:
        raise BadInput(f"a session of the console lasts 15m to 12h, not {asked.duration}", hint="--duration 1h")
    return seconds


def _label(named: options.NamedRole, target: "Target") -> str:
    """What a person calls the role: a profile for it, else account and role."""
    return named.profile or next(_profiles_of(target), (f"{target.account_id} {target.role_name}", None))[0]


def _region_of(target: "Target") -> str | None:
    """The region of a profile for the same role."""
    return next((region for _, region in _profiles_of(target) if region), None)


def _profiles_of(target: "Target") -> Iterator[tuple[str, str | None]]:
    """The profiles that are for a role, and their regions."""
    meant = (target.session.name, target.account_id, target.role_name)
    for name, each in options.targets().items():
        if (each.session.name, each.account_id, each.role_name) == meant:
            yield name, each.region


def _opened(way: _Way, jar: browsers.Jar) -> int:
    """Open the link; where no browser can be opened it is shown, a secret one to nobody but a person."""
    from ssohelper.sign_in import grant

    settings = context.settings_of(way.target.session)
    program = browsers.program_of(settings.console_browser, settings.browser)
    named = {"BROWSER": settings.browser} if settings.browser else {}
    why = grant.why_no_browser({**os.environ, **named}, sys.platform, os.path.exists)

    def open_(url: str, failed: Callable[[], None]) -> Callable[[], object]:
        words = browsers.words(settings.console_browser, program, jar, url) if program else None
        return terminal.open_browser(url, failed=failed, words=words)

    if why:
        _show(way, way.url, f"no browser opens here, since {why}")
        return 0
    url = way.url()
    terminal.say(f"opening the console as {jar.role_name} in {jar.account_id}")
    if not (_led(url, open_, patient=program is None) if way.secret else _sent(url, open_)):
        _show(way, lambda: url, "no browser could be opened here")
        return 1
    return 0


_Open = Callable[[str, Callable[[], None]], Callable[[], object]]


def _sent(url: str, open_: _Open) -> bool:
    """Send the browser to a link that everybody may see; whether there is a browser."""
    failures: list[bool] = []
    open_(url, lambda: failures.append(True))()
    return not failures


def _led(url: str, open_: _Open, *, patient: bool) -> bool:
    """Send the browser to a page that leads to a link that nobody may see; whether there is a browser.

    With `patient` it is waited for: it may be one that runs in this terminal.
    """
    from ssohelper.loopback import OneTimeLink  # slow to load, and the other link does without

    with OneTimeLink(url) as link:
        come_back = open_(link.url, link.nobody_comes)
        led = link.wait(_VISIT_SECONDS)
        if led is None:
            raise Failed(f"the browser did not come within {_VISIT_SECONDS} seconds", hint=_PRINT)
    if led and patient:
        come_back()
    return led


def _show(way: _Way, url: Callable[[], str], why: str) -> None:
    if way.secret and not (sys.stderr is not None and sys.stderr.isatty()):
        raise Failed(f"{why}, and the link is a secret", hint=_PRINT)
    shown = terminal.plain(url())
    terminal.say(f"{why}: open this page yourself")
    terminal.show(f"\n  {shown}\n")
    if way.secret:
        terminal.say("show it to nobody: for 15 minutes whoever opens it is signed in as you")
