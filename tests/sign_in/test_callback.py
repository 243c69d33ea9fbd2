"""The redirect URI of a sign-in. Attacks on it are in `tests/commands/test_login_under_attack.py`."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from ssohelper.sign_in.callback import NO_BROWSER, AuthorizationResponse, Callback
from tests.fixtures.home import HANG_SECONDS
from tests.fixtures.sockets import get_request, response_to

STATE = "a-state"


def visit(callback: Callback, query: str, path: str = "/oauth/callback") -> bytes:
    """What a browser gets."""
    port = urlsplit(callback.redirect_uri).port
    assert port is not None
    return response_to(port, get_request(port, f"{path}?{query}"))


def status(response: bytes) -> bytes:
    """The status line."""
    return response.partition(b"\r\n")[0]


def test_redirect_uri() -> None:
    """The redirect URI is the registered one, with a port."""
    with Callback(STATE) as callback:
        uri = urlsplit(callback.redirect_uri)
    assert (uri.scheme, uri.hostname, uri.path) == ("http", "127.0.0.1", "/oauth/callback")
    assert uri.port


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("code=a-code&state=a-state", AuthorizationResponse("a-code", None)),
        ("state=a-state&error=access_denied", AuthorizationResponse(None, "access_denied")),
        ("code=a%2Bcode&state=a-state&other=x", AuthorizationResponse("a+code", None)),
    ],
)
def test_authorization_response(query: str, expected: AuthorizationResponse) -> None:
    """A request with the state is the authorization response, and waits for the page."""
    with ThreadPoolExecutor(1) as pool, Callback(STATE) as callback:
        browser = pool.submit(visit, callback, query)
        assert callback.wait(HANG_SECONDS) == expected
        assert not browser.done()
        callback.show("<p>done")
        page = browser.result(HANG_SECONDS)
    assert (status(page), page.rpartition(b"\r\n\r\n")[2]) == (b"HTTP/1.0 200 OK", b"<p>done")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=a-state",
        "code=a-code",
        "code=a-code&state=b-state",
        "code=a-code&state=",
        "error=access_denied",
        "code=a-code&code=b-code&state=a-state",
        "code=a-code&state=a-state&state=a-state",
    ],
)
def test_other_requests(query: str) -> None:
    """Any other request gets a 404 and is not the authorization response."""
    with Callback(STATE) as callback:
        assert status(visit(callback, query)) == b"HTTP/1.0 404 Not Found"
        assert callback.wait(0) is None


def test_other_path() -> None:
    """Another path gets a 404, with the right state, too."""
    with Callback(STATE) as callback:
        assert status(visit(callback, "code=a-code&state=a-state", "/callback")) == b"HTTP/1.0 404 Not Found"
        assert callback.wait(0) is None


def test_no_browser() -> None:
    """`no_browser` ends the wait."""
    with Callback(STATE) as callback:
        callback.no_browser()
        assert callback.wait(HANG_SECONDS) is NO_BROWSER


def test_closed_without_a_page() -> None:
    """If the sign-in ends before there is a page, the browser gets a 404 instead of waiting."""
    with ThreadPoolExecutor(1) as pool:
        with Callback(STATE) as callback:
            browser = pool.submit(visit, callback, "code=a-code&state=a-state")
            callback.wait(HANG_SECONDS)
        assert status(browser.result(HANG_SECONDS)) in (b"HTTP/1.0 404 Not Found", b"")


def test_repr() -> None:
    """The repr of a response hides the code."""
    assert "a-code" not in repr(AuthorizationResponse("a-code", None))
