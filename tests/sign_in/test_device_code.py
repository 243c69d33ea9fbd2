"""Sign-in by device code, against the real OIDC service of a simulator that lives in the same time as we do."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pytest
import segno

from ssohelper.errors import Cancelled, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.oidc import DeviceAuthorization, Oidc
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import device_code, token_cache
from ssohelper.sign_in.access_tokens import Doors
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures.clock import Clock
from tests.fixtures.home import Home, command

LOGIN = "ssohelper login --session acme"


@dataclass(slots=True)
class Person:
    """Somebody who signs in: sees the code, and does something after so many polls."""

    simulator: Simulator
    clock: Clock
    session: Session
    kept: list[Token] = field(default_factory=list)
    shown: list[DeviceAuthorization] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    # What happens during the Nth sleep, from 1; and how much of it passes by, all of it unless said.
    during: dict[int, Callable[[], object]] = field(default_factory=dict)
    passes: dict[int, float] = field(default_factory=dict)

    def sign_in(self) -> Token:
        """Sign in by device code."""
        doors = Doors(self.clock, self._sleep, waiting=lambda _what: _nobody_waits, warn=_nobody_waits)
        oidc = Oidc(self.session, now=self.clock, sleep=lambda _seconds: None)
        return device_code.sign_in(self.session, oidc, self.shown.append, self.kept.append, doors)

    def refused(self) -> tuple[type[SsohelperError], str, str | None]:
        """How signing in ends when it does not succeed: the error, its message and its hint."""
        with pytest.raises(SsohelperError) as caught:
            self.sign_in()
        assert self.kept == []
        return type(caught.value), str(caught.value), caught.value.hint

    def approve(self) -> None:
        """Approve the code that is shown."""
        self.simulator.approve(self.shown[0].user_code)

    def deny(self) -> None:
        """Deny the code that is shown."""
        self.simulator.deny(self.shown[0].user_code)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        number = len(self.slept)
        self.clock.advance(self.passes.get(number, seconds))
        self.during.get(number, lambda: None)()


def _nobody_waits(message: str) -> None:
    raise AssertionError(message)


Meet = Callable[..., Person]


@pytest.fixture
def meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meet]:
    """Makes a person with a home folder, and an Identity Center with these options for them."""
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
    """What was asked of Identity Center."""
    return dict(person.simulator.counters.calls)


def test_approved(meet: Meet) -> None:
    """The token comes with the first poll after the approval, is kept, and can be renewed."""
    person = meet()
    person.during[2] = person.approve
    token = person.sign_in()
    (shown,) = person.shown
    assert person.kept == [token]
    assert (token.start_url, token.region, token.expires_at) == (
        person.simulator.start_url,
        "us-east-1",
        person.clock() + 3600,
    )
    assert token.registration == token_cache.load_registration(person.session)
    assert token.refresh_token is not None
    assert shown.verification_uri_complete == f"{person.simulator.url}/device?user_code={shown.user_code}"
    assert calls(person) == {"RegisterClient": 1, "StartDeviceAuthorization": 1, "CreateToken": 3}


def test_the_interval(meet: Meet) -> None:
    """Polls are as far apart as the service says, so that it never has to ask for slowness."""
    person = meet(interval=7)
    person.during[4] = person.approve
    person.sign_in()
    assert person.slept == [7, 7, 7, 7]


def test_slow_down(meet: Meet) -> None:
    """Each time that the service finds us too quick five seconds are added, for good."""
    person = meet(interval=3)
    # Our clock runs ahead of the service's: of these sleeps less passes there.
    person.passes = {1: 1, 3: 1}
    person.during[5] = person.approve
    person.sign_in()
    assert person.slept == [3, 8, 8, 13, 13]


def test_expired(meet: Meet) -> None:
    """A code that nobody approves ends with its own time, and the error names the command for a new one."""
    person = meet(interval=7, device_code_seconds=20)
    began = person.clock()
    assert person.refused() == (SignInRequired, "nobody approved the sign-in in time", LOGIN)
    assert (person.slept, person.clock() - began) == ([7, 7, 6], 20)


def test_expired_by_the_service(meet: Meet) -> None:
    """A code that the service calls expired, earlier than we do, ends the sign-in as well."""
    person = meet()
    person.during[1] = lambda: person.simulator.faults.add("CreateToken", Fault.error(400, "ExpiredTokenException"))
    assert person.refused() == (SignInRequired, "nobody approved the sign-in in time", LOGIN)
    assert person.slept == [1]


def test_denied(meet: Meet) -> None:
    """A denial ends the sign-in at the next poll."""
    person = meet()
    person.during[2] = person.deny
    assert person.refused() == (Cancelled, "the sign-in was denied in the browser", LOGIN)
    assert person.slept == [1, 1]


# So often a poll is tried where the service fails.
TRIES = 3


def test_four_failures(meet: Meet) -> None:
    """The service may fail for four polls in a row, and again later: the person's approval is not lost."""
    person = meet()
    faults = person.simulator.faults
    faults.add("CreateToken", Fault.error(500), 4 * TRIES)
    person.during[5] = lambda: faults.add("CreateToken", Fault.dropped(), 4 * TRIES)
    person.during[9] = person.approve
    assert person.sign_in() == person.kept[0]
    assert calls(person)["CreateToken"] == 4 * TRIES + 1 + 4 * TRIES + 1
    assert person.slept == [1] * 9


@pytest.mark.parametrize(
    ("fault", "tries", "why"),
    [
        (Fault.error(503), TRIES, "Identity Center answered HTTP 503"),
        (Fault.html(), 1, "something between here and Identity Center answered in its place"),
    ],
)
def test_five_failures(meet: Meet, fault: Fault, tries: int, why: str) -> None:
    """After five polls in a row that fail the sign-in is given up, and the reason told."""
    person = meet()
    person.simulator.faults.add("CreateToken", fault, None)
    error, message, hint = person.refused()
    assert (error, message, hint is None) == (Unavailable, why, False)
    assert (calls(person)["CreateToken"], person.slept) == (5 * tries, [1, 1, 1, 1])


def test_a_lost_answer(meet: Meet) -> None:
    """Where the token was on its way and got lost its code is used up: the person is told to sign in again."""
    person = meet()

    def approve() -> None:
        person.approve()
        person.simulator.faults.add("CreateToken", Fault.lost())

    person.during[1] = approve
    error, _, hint = person.refused()
    assert (error, hint) == (SignInRequired, LOGIN)


def test_a_registration_that_is_gone(meet: Meet) -> None:
    """A kept registration that the service does not know is replaced, and the sign-in goes on with the new one."""
    person = meet()
    gone = Registration("gone", "secret", person.clock() + 30 * 86400, person.session.scopes)
    token_cache.save_registration(person.session, gone)
    person.during[1] = person.approve
    token = person.sign_in()
    assert token.registration is not None
    assert token.registration == token_cache.load_registration(person.session) != gone
    assert calls(person) == {"RegisterClient": 1, "StartDeviceAuthorization": 2, "CreateToken": 2}


@pytest.mark.parametrize(
    ("left", "browser", "registers"), [(7 * 86400 + 1, False, 0), (7 * 86400, False, 1), (30 * 86400, True, 1)]
)
def test_a_kept_registration(meet: Meet, left: int, browser: bool, registers: int) -> None:
    """A kept registration is used while more than a week of it is left; one for browsers never is."""
    person = meet(registration_seconds=left)
    made = Oidc(person.session, now=person.clock).register(browser=browser)
    token_cache.save_registration(person.session, made)
    person.simulator.counters.reset()
    person.during[1] = person.approve
    person.sign_in()
    assert calls(person).get("RegisterClient", 0) == registers


def test_a_legacy_session(meet: Meet) -> None:
    """Without sso_session the client registers without scopes, and what it gets lasts as long as the sign-in."""
    person = meet()
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


@pytest.fixture
def asking() -> Iterator[Simulator]:
    """An Identity Center where a person has to approve."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


@pytest.fixture
def configured(make_home: Callable[..., Home], asking: Simulator) -> Home:
    """A home folder with the session `acme`."""
    home = make_home(**asking.environment, NO_COLOR="1")
    url, region = asking.start_url, asking.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    return home


def modules(drawn: list[str]) -> list[list[int]]:
    """The modules of a QR code, 1 for dark, that is drawn in half blocks: what is drawn is light."""
    light = {"\u2588": (0, 0), "\u2580": (0, 1), "\u2584": (1, 0), " ": (1, 1)}
    rows = []
    for line in drawn:
        halves = [light[each] for each in line]
        rows += [[upper for upper, _ in halves], [lower for _, lower in halves]]
    return rows


def test_a_qr_code(configured: Home, asking: Simulator) -> None:
    """A terminal shows the page's address as a QR code, whole and with a light margin for a phone to find it."""
    login = configured.terminal("login", "--no-browser")
    login.expect(r"  (http://\S+)\r\n  ([A-Z]{4}-[A-Z]{4})\r\n\r\n")
    assert isinstance(login.match, re.Match)
    address, code = login.match.groups()
    asking.approve(code)
    login.expect(pexpect.EOF)
    assert isinstance(login.before, str)
    drawn = [line for line in login.before.splitlines() if line and set(line) <= set("\u2588\u2580\u2584 ")]
    rows = modules(drawn)
    margin = 2
    found = [row[margin:-margin] for row in rows[margin : margin + len(rows[0]) - 2 * margin]]
    expected = segno.make(address, error="l", micro=False)
    assert found == [list(row) for row in expected.matrix]
    assert address == f"{asking.url}/device?user_code={code}"
    edge = [*rows[:margin], *[row[:margin] + row[-margin:] for row in rows[: len(rows[0])]]]
    assert {module for row in edge for module in row} == {0}
    # It fits a terminal of the usual width.
    assert len(rows[0]) <= 80


def test_no_qr_code(configured: Home, asking: Simulator) -> None:
    """Without a terminal there is the address and the code, in lines that a program can read, and no picture."""
    with subprocess.Popen(
        command("ssohelper", "login"),
        env=configured.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(4)]
        code = lines[3].strip()
        asking.approve(code)
        rest, output = process.stderr.read(), process.stdout.read()
    assert process.returncode == 0
    assert output == ""
    assert "".join(lines) + rest == (
        "ssohelper: to sign in to acme, open this page and check that it shows the code below\n"
        f"\n  {asking.url}/device?user_code={code}\n  {code}\n\n"
        "ssohelper: signed in to acme, 59m left, renews itself\n"
    )
