"""Sign-in in a browser, against the simulator. With a real browser: `tests/commands/test_login_browser.py`."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from ssohelper.errors import Cancelled, Failed, SignInRequired, SsohelperError
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import browser, token_cache
from ssohelper.sign_in.callback import Callback
from ssohelper.sign_in.runtime import Runtime
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.clock import Clock
from tests.fixtures.home import HANG_SECONDS

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
LOGIN = "ssohelper login --session acme"


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Simulator]:
    """An Identity Center that approves every sign-in, and a home folder for the cache."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    with Simulator(organisation(), rate=None, clock=Clock(), auto_approve=True) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", running.url)
        yield running


def fetch_page(url: str) -> str:
    """The page after all redirects, as a browser shows it."""
    with build_opener(ProxyHandler({})).open(url, timeout=HANG_SECONDS) as response:
        page: bytes = response.read()
    return page.decode()


class Person:
    """A person whose browser opens the page of a sign-in; `change` changes its URL."""

    def __init__(self, simulator: Simulator, pool: ThreadPoolExecutor, change: Callable[[str], str]) -> None:
        self.session = Session("acme", simulator.start_url, "us-east-1")
        self.clock = simulator.clock
        self.saved: list[Token] = []
        self._pool = pool
        self._change = change
        self._page: Future[str] | None = None

    def sign_in(self) -> Token | None:
        """Sign in."""
        runtime = Runtime(self.clock, lambda _: None, waiting=lambda _: lambda _: None, warn=lambda _: None)
        oidc = Oidc(self.session, now=self.clock)
        return browser.sign_in(self.session, oidc, self._open, self.saved.append, runtime)

    def failure(self) -> tuple[type[SsohelperError], str, str | None]:
        """The error of a sign-in that fails: its type, message and hint."""
        with pytest.raises(SsohelperError) as caught:
            self.sign_in()
        return type(caught.value), str(caught.value), caught.value.hint

    @property
    def page(self) -> str:
        """The page in the browser at the end."""
        assert self._page is not None
        return self._page.result(HANG_SECONDS)

    def _open(self, url: str, _no_browser: Callable[[], None]) -> None:
        self._page = self._pool.submit(fetch_page, self._change(url))


@pytest.fixture
def new_person(simulator: Simulator) -> Iterator[Callable[[Callable[[str], str]], Person]]:
    """Creates a person."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda change: Person(simulator, pool, change)


NewPerson = Callable[[Callable[[str], str]], Person]


def redirected(url: str, query: str) -> str:
    """The URL to which a service redirects the browser that opens `url`, with this query and its state."""
    parameters = dict(each.split("=", 1) for each in url.partition("?")[2].split("&"))
    uri = parameters["redirect_uri"].replace("%3A", ":").replace("%2F", "/")
    return f"{uri}?{query}&state={parameters['state']}"


def test_approved(new_person: NewPerson, simulator: Simulator) -> None:
    """The token is saved and returned, and the page says until when it is valid."""
    person = new_person(lambda url: url)
    token = person.sign_in()
    assert token is not None
    assert ([token], token.expires_at) == (person.saved, simulator.clock() + 3600)
    assert token.refresh_token
    assert "<h1>Signed in to acme</h1>" in person.page
    assert "is refreshed automatically." in person.page


def test_denied(new_person: NewPerson) -> None:
    """A denial is shown in the browser, and nothing is saved."""
    person = new_person(lambda url: redirected(url, "error=access_denied"))
    assert person.failure() == (Cancelled, "the sign-in was denied in the browser", LOGIN)
    assert "<p>The sign-in was denied in the browser.</p>" in person.page
    assert person.saved == []


def test_other_errors(new_person: NewPerson) -> None:
    """Any other error of the service is named."""
    person = new_person(lambda url: redirected(url, "error=server_error"))
    assert person.failure() == (SignInRequired, "sign-in failed: server_error", LOGIN)


def test_wrong_code(new_person: NewPerson) -> None:
    """A code that the service rejects ends the sign-in."""
    person = new_person(lambda url: redirected(url, "code=wrong"))
    assert person.failure() == (SignInRequired, "Identity Center rejected the authorization code", LOGIN)
    assert "<p>Identity Center rejected the authorization code.</p>" in person.page


def test_rejected_registration(new_person: NewPerson, simulator: Simulator) -> None:
    """A registration that the service rejects is deleted from the cache."""
    person = new_person(lambda url: url)
    simulator.faults.add("CreateToken", Fault.error(401, "InvalidClientException"))
    error, message, _ = person.failure()
    assert issubclass(error, Failed)
    assert message == "Identity Center rejected the client registration"
    assert token_cache.load_registration(person.session, browser=True) is None


def test_no_browser(simulator: Simulator) -> None:
    """Without a browser there is no token, and no error."""
    session = Session("acme", simulator.start_url, "us-east-1")
    saved: list[Token] = []
    runtime = Runtime(simulator.clock, lambda _: None, waiting=lambda _: lambda _: None, warn=lambda _: None)

    def no_browser(_url: str, failed: Callable[[], None]) -> None:
        failed()

    assert browser.sign_in(session, Oidc(session), no_browser, saved.append, runtime) is None
    assert saved == []


def test_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the timeout the registration is deleted, since the service may have rejected it in the browser.

    Through a private function, because the timeout is ten minutes.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    token_cache.save_registration(SESSION, Registration("id", "secret", 4e9, SESSION.scopes, browser=True))
    with Callback("state") as callback, pytest.raises(SignInRequired) as caught:
        browser._wait(SESSION, callback, 0.1)
    assert (str(caught.value), caught.value.hint) == ("sign-in timed out after 10 minutes", LOGIN)
    assert token_cache.load_registration(SESSION, browser=True) is None


def test_code_challenge() -> None:
    """The example of RFC 7636, appendix B."""
    assert browser.code_challenge(pkce.VERIFIER) == pkce.CHALLENGE
