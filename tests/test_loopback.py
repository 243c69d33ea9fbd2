"""The one-time link: one browser of the same user is led on, once, and nobody else."""

import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ssohelper import loopback
from ssohelper.loopback import OneTimeLink
from tests.fixtures.components import absent, need
from tests.fixtures.home import HANG_SECONDS

TARGET = "https://signin.aws.amazon.com/federation?SigninToken=a-token"
NOTHING = (404, None, b"")
LED = (303, TARGET, b"")


def ask(
    link: OneTimeLink, path: str = "", method: str = "GET", host: str | None = None
) -> tuple[int, str | None, bytes]:
    """Status, location and body of an answer of the link."""
    own = urlsplit(link.url)
    connection = HTTPConnection("127.0.0.1", own.port or 0, timeout=HANG_SECONDS)
    connection.putrequest(method, path or own.path, skip_host=True)
    connection.putheader("Host", (host or "127.0.0.1:PORT").replace("PORT", str(own.port)))
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Location"), answer.read()
    connection.close()
    return found


def test_led_once() -> None:
    """The first visit is led on, and every later one finds nothing."""
    with OneTimeLink(TARGET) as link:
        assert [ask(link) for _ in range(3)] == [LED, NOTHING, NOTHING]
        assert link.wait(HANG_SECONDS) is True


def test_headers() -> None:
    """What is led on tells nobody where it came from, and is not kept."""
    with OneTimeLink(TARGET) as link:
        parts = urlsplit(link.url)
        connection = HTTPConnection("127.0.0.1", parts.port or 0, timeout=HANG_SECONDS)
        connection.request("GET", parts.path)
        headers = dict(connection.getresponse().getheaders())
        connection.close()
    del headers["Date"]
    assert headers == {
        "Server": "ssohelper ",
        "Location": TARGET,
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Length": "0",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "/"},
        {"path": "/favicon.ico"},
        {"path": "/" + "A" * 43},
        {"host": "evil.example:PORT"},
        {"host": "evil.example"},
        {"host": "127.0.0.1:1"},
        {"method": "POST"},
        {"method": "HEAD"},
    ],
    ids=str,
)
def test_nobody_else(wrong: dict[str, str]) -> None:
    """Another path, Host or method finds nothing, and uses nothing up."""
    with OneTimeLink(TARGET) as link:
        assert (ask(link, **wrong), link.wait(0)) == (NOTHING, None)
        assert ask(link) == LED


def test_the_path_cannot_be_guessed() -> None:
    """Each link has a path of its own, of 32 random bytes."""
    with OneTimeLink(TARGET) as one, OneTimeLink(TARGET) as other:
        paths = [each.url.rpartition("/")[2] for each in (one, other)]
    assert (len(set(paths)), [len(path) for path in paths]) == (2, [43, 43])


def test_nobody_comes() -> None:
    """Where no browser could be sent on its way the wait ends at once; where none comes, in its time."""
    with OneTimeLink(TARGET) as link:
        assert link.wait(0.01) is None
        link.nobody_comes()
        assert link.wait(HANG_SECONDS) is False


VISIT = """\
import sys, urllib.request, urllib.error
class Stay(urllib.request.HTTPRedirectHandler):
    redirect_request = lambda *_: None
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(sys.argv[1])
except urllib.error.HTTPError as error:
    print(error.code)
"""


def test_another_user(capfd: pytest.CaptureFixture[str]) -> None:
    """A user who reads the link in the process list is not led on, and the browser that it is for still is."""
    if os.geteuid() != 0:
        absent("only root can be another user")
    python = "/usr/bin/python3"  # the other user may not reach this one
    if not Path(python).exists():
        absent("there is no Python for another user")
    with OneTimeLink(TARGET) as link:
        other = [need("setpriv"), "--reuid=65534", "--clear-groups", python, "-I", "-c", VISIT, link.url]
        subprocess.run(other, check=True, timeout=HANG_SECONDS)
        subprocess.run([sys.executable, "-I", "-c", VISIT, link.url], check=True, timeout=HANG_SECONDS)
    assert capfd.readouterr().out.split() == ["404", "303"]


def test_where_nobody_tells() -> None:
    """A connection that the system's tables do not know is nobody else's."""
    assert loopback.is_somebody_elses(("127.0.0.1", 1), 2) is False
