"""Sign-in by device code, against the simulator's OIDC service, with one clock for both."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ssohelper.errors import Cancelled, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.oidc import DeviceAuthorization, Oidc
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import device_code, token_cache
from ssohelper.sign_in.runtime import Runtime
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock

LOGIN = "ssohelper login --session acme"


@dataclass(slots=True)
class Person:
    """A person who signs in, sees the code, and does something after some polls."""

    simulator: Simulator
    clock: Clock
    session: Session
    saved: list[Token] = field(default_factory=list)
    shown: list[DeviceAuthorization] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    # What happens during the Nth sleep, from 1, and how much of it the clock advances (default: all).
    during: dict[int, Callable[[], object]] = field(default_factory=dict)
    advances: dict[int, float] = field(default_factory=dict)

    def sign_in(self) -> Token:
        """Sign in by device code."""
        runtime = Runtime(self.clock, self._sleep, waiting=lambda _what: _unexpected, warn=_unexpected)
        oidc = Oidc(self.session, now=self.clock, sleep=lambda _seconds: None)
        return device_code.sign_in(self.session, oidc, self.shown.append, self.saved.append, runtime)

    def failure(self) -> tuple[type[SsohelperError], str, str | None]:
        """The error of a sign-in that fails: its type, message and hint."""
        with pytest.raises(SsohelperError) as caught:
            self.sign_in()
        assert self.saved == []
        return type(caught.value), str(caught.value), caught.value.hint

    def approve(self) -> None:
        """Approve the code."""
        self.simulator.approve(self.shown[0].user_code)

    def deny(self) -> None:
        """Deny the code."""
        self.simulator.deny(self.shown[0].user_code)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        number = len(self.slept)
        self.clock.advance(self.advances.get(number, seconds))
        self.during.get(number, lambda: None)()


def _unexpected(message: str) -> None:
    raise AssertionError(message)


NewPerson = Callable[..., Person]


@pytest.fixture
def new_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewPerson]:
    """Creates a person with a home folder, and a simulator with these options."""
    running: list[Simulator] = []

    def make(**options: Any) -> Person:
        clock = Clock()
        simulator = Simulator(organisation(), rate=None, clock=clock, **options).start()
        running.append(simulator)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", simulator.url)
        return Person(simulator, clock, Session("acme", simulator.start_url, "us-east-1"))

    yield make
    for simulator in running:
        simulator.close()


def calls(person: Person) -> dict[str, int]:
    """How often each operation was called."""
    return dict(person.simulator.counters.calls)


def test_approved(new_person: NewPerson) -> None:
    """The first poll after the approval returns the token, which is saved and has a refresh token."""
    person = new_person()
    person.during[2] = person.approve
    token = person.sign_in()
    (shown,) = person.shown
    assert person.saved == [token]
    assert (token.start_url, token.region, token.expires_at) == (
        person.simulator.start_url,
        "us-east-1",
        person.clock() + 3600,
    )
    assert token.registration == token_cache.load_registration(person.session)
    assert token.refresh_token is not None
    assert shown.verification_uri_complete == f"{person.simulator.url}/device?user_code={shown.user_code}"
    assert calls(person) == {"RegisterClient": 1, "StartDeviceAuthorization": 1, "CreateToken": 3}


def test_interval(new_person: NewPerson) -> None:
    """Polls keep the interval of the service, so it never answers SlowDown."""
    person = new_person(interval=7)
    person.during[4] = person.approve
    person.sign_in()
    assert person.slept == [7, 7, 7, 7]


def test_slow_down(new_person: NewPerson) -> None:
    """Each SlowDown adds five seconds to the interval, for good (RFC 8628, 3.5)."""
    person = new_person(interval=3)
    # Of these sleeps the clock advances less, so the next poll is too early.
    person.advances = {1: 1, 3: 1}
    person.during[5] = person.approve
    person.sign_in()
    assert person.slept == [3, 8, 8, 13, 13]


def test_expired(new_person: NewPerson) -> None:
    """A code that is not approved expires, and the hint is the command for a new one."""
    person = new_person(interval=7, device_code_seconds=20)
    started = person.clock()
    assert person.failure() == (SignInRequired, "the sign-in was not approved in time", LOGIN)
    assert (person.slept, person.clock() - started) == ([7, 7, 6], 20)


def test_expired_by_the_service(new_person: NewPerson) -> None:
    """A code that expires at the service before it does here ends the sign-in as well."""
    person = new_person()
    person.during[1] = lambda: person.simulator.faults.add("CreateToken", Fault.error(400, "ExpiredTokenException"))
    assert person.failure() == (SignInRequired, "the sign-in was not approved in time", LOGIN)
    assert person.slept == [1]


def test_denied(new_person: NewPerson) -> None:
    """A denial ends the sign-in at the next poll."""
    person = new_person()
    person.during[2] = person.deny
    assert person.failure() == (Cancelled, "the sign-in was denied in the browser", LOGIN)
    assert person.slept == [1, 1]


# Requests of one poll while the service fails.
TRIES = 3


def test_four_failures(new_person: NewPerson) -> None:
    """Four failed polls in a row, even twice, do not end the sign-in."""
    person = new_person()
    faults = person.simulator.faults
    faults.add("CreateToken", Fault.error(500), 4 * TRIES)
    person.during[5] = lambda: faults.add("CreateToken", Fault.dropped(), 4 * TRIES)
    person.during[9] = person.approve
    assert person.sign_in() == person.saved[0]
    assert calls(person)["CreateToken"] == 4 * TRIES + 1 + 4 * TRIES + 1
    assert person.slept == [1] * 9


@pytest.mark.parametrize(
    ("fault", "tries", "why"),
    [
        (Fault.error(503), TRIES, "Identity Center returned HTTP 503"),
        (Fault.html(), 1, "invalid response from Identity Center (a proxy or captive portal?)"),
    ],
)
def test_five_failures(new_person: NewPerson, fault: Fault, tries: int, why: str) -> None:
    """After five failed polls in a row the sign-in fails with the last error."""
    person = new_person()
    person.simulator.faults.add("CreateToken", fault, None)
    error, message, hint = person.failure()
    assert (error, message, hint is None) == (Unavailable, why, False)
    assert (calls(person)["CreateToken"], person.slept) == (5 * tries, [1, 1, 1, 1])


def test_lost_response(new_person: NewPerson) -> None:
    """If the response with the token is lost, the code has been used: the hint is to sign in again."""
    person = new_person()

    def approve() -> None:
        person.approve()
        person.simulator.faults.add("CreateToken", Fault.lost())

    person.during[1] = approve
    error, _, hint = person.failure()
    assert (error, hint) == (SignInRequired, LOGIN)


def test_unknown_registration(new_person: NewPerson) -> None:
    """A cached registration that the service does not know is replaced during the sign-in."""
    person = new_person()
    unknown = Registration("unknown", "secret", person.clock() + 30 * 86400, person.session.scopes)
    token_cache.save_registration(person.session, unknown)
    person.during[1] = person.approve
    token = person.sign_in()
    assert token.registration is not None
    assert token.registration == token_cache.load_registration(person.session) != unknown
    assert calls(person) == {"RegisterClient": 1, "StartDeviceAuthorization": 2, "CreateToken": 2}


def test_legacy_session(new_person: NewPerson) -> None:
    """Without sso_session the client registers without scopes, and gets a token for the whole sign-in."""
    person = new_person()
    person.session = Session(person.simulator.start_url, person.simulator.start_url, "us-east-1")
    person.during[1] = person.approve
    token = person.sign_in()
    assert (token.refresh_token, token.expires_at) == (None, person.clock() + 8 * 3600)
    assert token.registration is not None
    assert token.registration.scopes == ()
    assert list(json.loads(token_cache.registration_path(person.session).read_text())) == [
        "clientId",
        "clientSecret",
        "expiresAt",
    ]
