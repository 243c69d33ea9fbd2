"""The one-time link redirects one browser of the same user, once."""

import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ssohelper.ui.one_time_link import OneTimeLink
from tests.fixtures.components import absent, need
from tests.fixtures.home import HANG_SECONDS

TARGET = "https://signin.aws.amazon.com/federation?SigninToken=a-token"
NOT_FOUND = (404, None, b"")
REDIRECTED = (303, TARGET, b"")


def get(link: OneTimeLink, path: str | None = None) -> tuple[int, str | None, bytes]:
    """Status, location and body of the response to a GET."""
    url = urlsplit(link.url)
    connection = HTTPConnection("127.0.0.1", url.port or 0, timeout=HANG_SECONDS)
    connection.request("GET", path or url.path)
    response = connection.getresponse()
    found = response.status, response.getheader("Location"), response.read()
    connection.close()
    return found


def test_redirects_once() -> None:
    """The first visit is redirected, every later one gets a 404."""
    with OneTimeLink(TARGET) as link:
        assert [get(link) for _ in range(3)] == [REDIRECTED, NOT_FOUND, NOT_FOUND]
        assert link.wait(HANG_SECONDS) is True


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/" + "A" * 43])
def test_other_paths(path: str) -> None:
    """Any other path gets a 404 and does not use up the link."""
    with OneTimeLink(TARGET) as link:
        assert (get(link, path), link.wait(0)) == (NOT_FOUND, None)
        assert get(link) == REDIRECTED


def test_path_is_random() -> None:
    """Each link has a path of its own, of 32 random bytes."""
    with OneTimeLink(TARGET) as one, OneTimeLink(TARGET) as other:
        paths = [each.url.rpartition("/")[2] for each in (one, other)]
    assert (len(set(paths)), [len(path) for path in paths]) == (2, [43, 43])


def test_no_browser() -> None:
    """`wait` returns at once if no browser could be started, and after its time if none comes."""
    with OneTimeLink(TARGET) as link:
        assert link.wait(0.01) is None
        link.no_browser()
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
    """A user who reads the link in the process list gets a 404, and the browser of this user is still redirected."""
    if os.geteuid() != 0:
        absent("only root can run a program as another user")
    python = "/usr/bin/python3"  # the other user may not reach this one
    if not Path(python).exists():
        absent("there is no Python for another user")
    with OneTimeLink(TARGET) as link:
        other = [need("setpriv"), "--reuid=65534", "--clear-groups", python, "-I", "-c", VISIT, link.url]
        subprocess.run(other, check=True, timeout=HANG_SECONDS)
        subprocess.run([sys.executable, "-I", "-c", VISIT, link.url], check=True, timeout=HANG_SECONDS)
    assert capfd.readouterr().out.split() == ["404", "303"]
