"""Opens the AWS console as a role."""

import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import SessionContext
from ssohelper.errors import BadInput, Failed
from ssohelper.roles import AssumedRole, CredentialSource
from ssohelper.ui import browsers, output, role_confirmation, terminal

# What the federation endpoint accepts.
_DURATIONS = range(15 * 60, 12 * 3600 + 1)
# How long to wait for the browser; Firefox with containers asks the user first.
_BROWSER_SECONDS = 60
_TOKEN_SECONDS = 20
_SHARED = "for 15 minutes, anyone who opens it is signed in as you"
_PRINT = "run it again with --print, and open the link yourself"


class Options(NamedTuple):
    """The command line, except the options that name a role."""

    service: str | None = None
    region: str | None = None
    only_print: bool = False
    federate: bool = False
    seconds: int | None = None
    yes: bool = False
    as_json: bool = False


def run(role_options: RoleOptions, opts: Options, echo: Echo) -> int:
    """Open or print the link to the console. Returns the exit code."""
    context = selecting.context()
    selected, profile = selecting.role(role_options, context)
    session = context.of(selected.session)
    link = _Link(session, selected, opts)
    role_confirmation.before_use(session, selected.role, "open the console as", yes=opts.yes)
    if opts.only_print or opts.as_json:
        url = link.url()
        if link.secret and not opts.federate:  # the person did not ask for that kind of link
            terminal.warn(f"this link is a secret: {_SHARED}")
        echo(output.to_json(link.as_json(url)) if opts.as_json else url)
        return 0
    default_label = f"{selected.role.account_id} {selected.role.role_name}"
    return _open(link, label=profile or session.profile_for(selected.role) or default_label)


class _Link:
    """The link to the console. Invalid input is reported before any request."""

    def __init__(self, context: SessionContext, selected: ProfileRole, opts: Options) -> None:
        from ssohelper.aws_config import sso_session

        if selected.session.needs_sign_in:
            sso_session.check_start_url(selected.session.start_url, "check sso_start_url in ~/.aws/config")
        self.context = context
        self.role = selected.role
        # The access portal has links for roles of Identity Center only.
        self.secret = opts.federate or isinstance(selected.role, AssumedRole)
        self._seconds = _seconds(opts, selected.role)
        self._region = opts.region.lower() if opts.region else selected.region
        self._page = self._destination(opts) if self._region or opts.service or self.secret else None

    def _destination(self, opts: Options) -> str:
        from ssohelper.identity_center import console, region_checks  # botocore is slow to load

        if opts.region is not None:
            region_checks.check_profile_region(opts.region.lower())
        session, needs_sign_in = self.context.session, self.context.session.needs_sign_in
        hint = f"check sso_region in [sso-session {session.name}]" if needs_sign_in else "check the profile's region"
        partition = region_checks.partition_of(session.region, hint=hint)
        if self._region and region_checks.partition_of(self._region) != partition:
            where = f"{session.name} ({session.region})" if needs_sign_in else session.region
            raise BadInput(
                f"{self._region} is in another partition than {where}",
                hint=f"--region {session.region}",
            )
        return console.destination(partition, self._region, opts.service)

    def url(self) -> str:
        """The link. Raises what getting credentials, and a sign-in token for them, does."""
        from ssohelper.identity_center import console

        if self.secret:
            return self._federated()
        return console.shortcut_link(
            self.context.session.start_url, self.role.account_id, self.role.role_name, self._page
        )

    def _federated(self) -> str:
        """A link that is already signed in."""
        from ssohelper import deadline
        from ssohelper.identity_center import console, federation

        session = self.context.session
        endpoint = federation.endpoint(self._region or session.region)
        credentials = selecting.signed_in(self.context, lambda: self.context.credentials(self.role))
        token = deadline.within(
            _TOKEN_SECONDS,
            "getting a sign-in token",
            lambda: federation.signin_token(endpoint, credentials, self._seconds, self.context.network),
        )
        return console.login_url(endpoint, token, session.start_url, self._page or "")

    def as_json(self, url: str) -> dict[str, object]:
        """The link and what it is for."""
        return {
            "url": url,
            "session": self.role.session or None,
            "account_id": self.role.account_id,
            "role_name": self.role.role_name,
            "region": self._region,
            "how": "federation" if self.secret else "portal",
        }


def _seconds(opts: Options, role: CredentialSource) -> int | None:
    """How long the console session lasts, in seconds; None for the default. Raises `BadInput`."""
    if opts.seconds is None:
        return None
    if isinstance(role, AssumedRole) and role.is_chained:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
        raise BadInput(
            f"--duration is not available for {role.label}: AWS does not allow it with role chaining",
            hint="omit --duration",
        )
    if not opts.federate and not isinstance(role, AssumedRole):
        raise BadInput("--duration needs --federate", hint="ssohelper console --federate --duration 1h")
    if opts.seconds not in _DURATIONS:
        raise BadInput(f"--duration must be 15m to 12h, not {durations.shown(opts.seconds)}", hint="--duration 1h")
    return opts.seconds


def _open(link: _Link, *, label: str) -> int:
    """Open the link; if no browser can be opened it is shown, a secret one only to a person."""
    from ssohelper.sign_in import grant

    settings = link.context.settings
    program = browsers.program_of(settings.console_browser, settings.browser, "console_browser")
    named = {"BROWSER": settings.browser} if settings.browser else {}
    # A secret link is fetched from a page on 127.0.0.1.
    reason = grant.why_browser_cannot_return if link.secret else grant.why_no_browser
    problem = reason({**os.environ, **named}, sys.platform, os.path.exists)
    if terminal.is_set(terminal.NO_INPUT):
        problem = problem or f"{terminal.NO_INPUT} is set"
    container = browsers.Container.of_role(link.role, label)

    def open_browser(url: str, failed: Callable[[], None]) -> Callable[[], object]:
        words = browsers.words(settings.console_browser, program, container, url) if program else None
        return browsers.open_page(url, failed=failed, words=words)

    if problem:
        _show(link, link.url, f"no browser can be opened: {problem}")
        return 0
    url = link.url()
    terminal.say(f"opening the console as {link.context.label(link.role)}")
    opened = _open_secret(url, open_browser, wait=program is None) if link.secret else _open_public(url, open_browser)
    if not opened:
        _show(link, lambda: url, "could not open a browser")
        return 1
    return 0


_OpenBrowser = Callable[[str, Callable[[], None]], Callable[[], object]]


def _open_public(url: str, open_browser: _OpenBrowser) -> bool:
    """Open a link that other users of this machine may see. Returns whether there is a browser."""
    failures: list[bool] = []
    open_browser(url, lambda: failures.append(True))()
    return not failures


def _open_secret(url: str, open_browser: _OpenBrowser, *, wait: bool) -> bool:
    """Open a one-time page that redirects to a secret link. Returns whether there is a browser.

    With `wait`, wait until the browser ends: it may be one that runs in this terminal.
    """
    from ssohelper.ui.one_time_link import OneTimeLink  # slow to load, and not needed for the other link

    with OneTimeLink(url) as link:
        wait_for_browser = open_browser(link.url, link.no_browser)
        redirected = link.wait(_BROWSER_SECONDS)
        if redirected is None:
            raise Failed(f"the browser did not open the page within {_BROWSER_SECONDS} seconds", hint=_PRINT)
    if redirected and wait:
        wait_for_browser()
    return redirected


def _show(link: _Link, url: Callable[[], str], problem: str) -> None:
    if link.secret and not (sys.stderr is not None and sys.stderr.isatty()):
        raise Failed(f"{problem}, and the link is a secret", hint=_PRINT)
    shown = terminal.plain(url())
    terminal.warn(f"{problem}; open this page yourself")
    terminal.show(f"\n  {shown}\n")
    if link.secret:
        terminal.warn(f"do not share it: {_SHARED}")
