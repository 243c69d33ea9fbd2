"""Where the person decides: the device page, the authorization endpoint, the portal's links, and their forms."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from ssohelper.simulator import pages
from ssohelper.simulator.authorization_codes import (
    AuthorizationCodes,
    AuthorizationRequest,
    Bounced,
    read_request,
)
from ssohelper.simulator.console import Console, Visit, place_of
from ssohelper.simulator.device_codes import DeviceCodes, UnknownUserCode
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Answer, Request
from ssohelper.simulator.registrations import Registrations
from ssohelper.simulator.world import World

OPEN_PAGES = 1000
Subject = str | AuthorizationRequest | Visit


class Tickets:
    """What each open page asks about: a user code, an authorization request or a visit to the console.

    A ticket stands in the form of its page alone and is good for one decision, so no other site can post one. Only
    the newest pages are remembered: whoever opens thousands of them fills no memory.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: OrderedDict[str, Subject] = OrderedDict()

    def new(self, subject: Subject) -> str:
        """A ticket for a page about `subject`."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._open[ticket] = subject
            while len(self._open) > OPEN_PAGES:
                self._open.popitem(last=False)
        return ticket

    def take(self, ticket: str) -> Subject | None:
        """What the page asked about; from then on the ticket is void."""
        with self._lock:
            return self._open.pop(ticket, None)


@dataclass(frozen=True, slots=True)
class Approval:
    """The browser's side of signing in. With `auto_approve` the first user approves before anyone can look."""

    world: World
    registrations: Registrations
    device_codes: DeviceCodes
    authorization_codes: AuthorizationCodes
    console: Console
    auto_approve: bool
    tickets: Tickets = field(default_factory=Tickets)

    def answer(self, request: Request) -> Answer | None:
        """The page at this path; None where there is none."""
        match request.method, request.path.rstrip("/"):
            case "GET", "/start":
                return self._access_portal()
            case "GET", "/device":
                return self._device_page(request)
            case "GET", "/authorize":
                return self._authorization_page(request)
            case "GET", "/console":
                return self._console_page(request)
            case "POST", "/decide":
                return self._decide(request)
            case _:
                return None

    def _access_portal(self) -> Answer:
        listing = [
            (
                user.name,
                [
                    (f"{account.name or account.id} ({account.id})", self.world.roles_of(user.name, account.id))
                    for account in self.world.accounts_of(user.name)
                ],
            )
            for user in self.world.users
        ]
        return pages.access_portal(listing)

    def _device_page(self, request: Request) -> Answer:
        user_code = request.query.get("user_code")
        if user_code is None:
            return pages.ask_for_code()
        try:
            waiting = self.device_codes.waiting(user_code)
        except UnknownUserCode as error:
            return pages.message("Unknown code", f"Sorry, {error}.", 404)
        return pages.ask_for_consent(
            client_name=waiting.client_name,
            users=[user.name for user in self.world.users],
            ticket=self.tickets.new(waiting.user_code),
            user_code=waiting.user_code,
        )

    def _authorization_page(self, request: Request) -> Answer:
        registration = self.registrations.find(request.query.get("client_id", ""))
        if registration is None:
            return pages.message("Unknown client", "The client is not registered, or no longer.", 400)
        try:
            asked = read_request(registration, request.query)
        except AwsError as error:
            return pages.message("This request cannot be trusted", f"{error.message}.", 400)
        except Bounced as bounced:
            return _go_to(bounced.location)
        if self.auto_approve:
            return self._hand_over_code(asked, self.world.user_name())
        return pages.ask_for_consent(
            client_name=registration.application.name,
            users=[user.name for user in self.world.users],
            ticket=self.tickets.new(asked),
            redirect_origin=_origin(asked.redirect_uri),
        )

    def _console_page(self, request: Request) -> Answer:
        """Where the start page's script leads whoever follows a shortcut link."""
        asked = [request.query.get(name, "") for name in ("account_id", "role_name", "destination")]
        visit = Visit(*asked)
        if not visit.account_id or not visit.role_name:
            return pages.message("That did not work", "The link names no account and role.", 400)
        if visit.destination and place_of(visit.destination) is None:
            return pages.message("That did not work", "The destination is no page of the AWS console.", 400)
        if self.auto_approve:
            return self.console.enter(self.world.user_name(), visit)
        return pages.ask_for_consent(
            client_name="The AWS console",
            users=[user.name for user in self.world.users],
            ticket=self.tickets.new(visit),
        )

    def _decide(self, request: Request) -> Answer:
        try:
            form = request.form()
            user = self.world.user_name(form.get("user"))
        except (ValueError, LookupError):
            return pages.message("That did not work", "The form is not one of ours.", 400)
        subject = self.tickets.take(form.get("ticket", ""))
        if subject is None:
            return pages.message("That did not work", "This page was used already, or is not ours.", 403)
        return self._decided(subject, user, approved=form.get("decision") == "approve")

    def _decided(self, subject: Subject, user: str, *, approved: bool) -> Answer:
        if isinstance(subject, AuthorizationRequest):
            if approved:
                return self._hand_over_code(subject, user)
            return _go_to(subject.reply(error="access_denied"))
        if isinstance(subject, Visit):
            denied = pages.message("Request denied", "Nobody came in.")
            return self.console.enter(user, subject) if approved else denied
        try:
            if approved:
                self.device_codes.approve(subject, user)
            else:
                self.device_codes.deny(subject)
        except UnknownUserCode as error:
            return pages.message("Unknown code", f"Sorry, {error}.", 404)
        return pages.message(
            "Request approved" if approved else "Request denied", "You can close this page and go back."
        )

    def _hand_over_code(self, asked: AuthorizationRequest, user: str) -> Answer:
        return _go_to(asked.reply(code=self.authorization_codes.issue(asked, user)))


def _go_to(location: str) -> Answer:
    return Answer(302, headers=(("Location", location), ("Cache-Control", "no-store")))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
