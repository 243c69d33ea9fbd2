"""What users see in the browser: device page, authorization endpoint, access portal, consent forms."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from ssohelper.simulator import pages
from ssohelper.simulator.authorization_codes import (
    AuthorizationCodes,
    AuthorizationRequest,
    RedirectError,
    parse_request,
)
from ssohelper.simulator.console import Console, ConsoleSignIn, parse_destination
from ssohelper.simulator.device_codes import DeviceCodes, UnknownUserCode
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Request, Response
from ssohelper.simulator.registrations import Registrations
from ssohelper.simulator.world import World

MAX_OPEN_FORMS = 1000
# What a consent form asks about; a string is a user code.
Subject = str | AuthorizationRequest | ConsoleSignIn


class FormTokens:
    """Single-use tokens of open consent forms, and the subject of each form.

    A token is only in the HTML of its own form, so that no other site can submit one (CSRF). The number of open forms
    is limited, so that opening pages cannot exhaust the memory.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._subjects: OrderedDict[str, Subject] = OrderedDict()

    def issue(self, subject: Subject) -> str:
        """Return a token for a form about `subject`."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._subjects[token] = subject
            while len(self._subjects) > MAX_OPEN_FORMS:
                self._subjects.popitem(last=False)
        return token

    def redeem(self, token: str) -> Subject | None:
        """Return the subject of the form and invalidate the token; None if it is not valid."""
        with self._lock:
            return self._subjects.pop(token, None)


@dataclass(frozen=True, slots=True)
class Approval:
    """The browser's part of a sign-in. With `auto_approve` the first user approves without a consent form."""

    world: World
    registrations: Registrations
    device_codes: DeviceCodes
    authorization_codes: AuthorizationCodes
    console: Console
    auto_approve: bool
    form_tokens: FormTokens = field(default_factory=FormTokens)

    def handle(self, request: Request) -> Response | None:
        """Return the page at this path; None if there is none."""
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
                return self._submit(request)
            case _:
                return None

    def _access_portal(self) -> Response:
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

    def _device_page(self, request: Request) -> Response:
        user_code = request.query.get("user_code")
        if user_code is None:
            return pages.user_code_form()
        try:
            authorization = self.device_codes.pending(user_code)
        except UnknownUserCode as error:
            return _unknown_code(error)
        return pages.consent_form(
            client_name=authorization.client_name,
            users=[user.name for user in self.world.users],
            form_token=self.form_tokens.issue(authorization.user_code),
            user_code=authorization.user_code,
        )

    def _authorization_page(self, request: Request) -> Response:
        registration = self.registrations.find(request.query.get("client_id", ""))
        if registration is None:
            return pages.message("Unknown client", "The client is not registered, or its registration expired.", 400)
        try:
            authorization = parse_request(registration, request.query)
        except AwsError as error:
            return pages.message("Invalid request", f"{error.message}.", 400)
        except RedirectError as error:
            return _redirect(error.location)
        if self.auto_approve:
            return self._redirect_with_code(authorization, self.world.user_name())
        return pages.consent_form(
            client_name=registration.application.name,
            users=[user.name for user in self.world.users],
            form_token=self.form_tokens.issue(authorization),
            redirect_origin=_origin(authorization.redirect_uri),
        )

    def _console_page(self, request: Request) -> Response:
        """The target of the access portal's script for a shortcut link."""
        sign_in = ConsoleSignIn(*(request.query.get(name, "") for name in ("account_id", "role_name", "destination")))
        if not sign_in.account_id or not sign_in.role_name:
            return pages.message("Invalid link", "account_id or role_name is missing.", 400)
        if sign_in.destination and parse_destination(sign_in.destination) is None:
            return pages.message("Invalid link", "The destination is not a page of the AWS console.", 400)
        if self.auto_approve:
            return self.console.open(self.world.user_name(), sign_in)
        return pages.consent_form(
            client_name="The AWS console",
            users=[user.name for user in self.world.users],
            form_token=self.form_tokens.issue(sign_in),
        )

    def _submit(self, request: Request) -> Response:
        try:
            form = request.form()
            user = self.world.user_name(form.get("user"))
        except (ValueError, LookupError):
            return pages.message("Invalid form", "The form was not sent by a page of this simulator.", 400)
        subject = self.form_tokens.redeem(form.get("form_token", ""))
        if subject is None:
            return pages.message("Invalid form", "The form was already submitted, or has expired.", 403)
        return self._decide(subject, user, approved=form.get("decision") == "approve")

    def _decide(self, subject: Subject, user: str, *, approved: bool) -> Response:
        if isinstance(subject, AuthorizationRequest):
            if approved:
                return self._redirect_with_code(subject, user)
            return _redirect(subject.redirect_url(error="access_denied"))
        if isinstance(subject, ConsoleSignIn):
            if approved:
                return self.console.open(user, subject)
            return pages.message("Request denied", "The console was not opened.")
        try:
            if approved:
                self.device_codes.approve(subject, user)
            else:
                self.device_codes.deny(subject)
        except UnknownUserCode as error:
            return _unknown_code(error)
        return pages.message(
            "Request approved" if approved else "Request denied",
            "You can close this page and return to your device.",
        )

    def _redirect_with_code(self, authorization: AuthorizationRequest, user: str) -> Response:
        return _redirect(authorization.redirect_url(code=self.authorization_codes.issue(authorization, user)))


def _unknown_code(error: UnknownUserCode) -> Response:
    return pages.message("Unknown code", f"Sorry, {error}.", 404)


def _redirect(location: str) -> Response:
    return Response(302, headers=(("Location", location), ("Cache-Control", "no-store")))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
