"""Browsers that keep roles apart: which program is started, with which arguments."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.roles import RoleRef
from ssohelper.ui import browsers
from ssohelper.ui.browsers import Container
from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import HANG_SECONDS, Home

URL = "https://acme.awsapps.com/start/#/console?account_id=1&destination=https%3A%2F%2Fx"
CONTAINER = Container.of_role(RoleRef("acme", "111122223333", "ReadOnly"), "payments-prod.ReadOnly")


def test_firefox() -> None:
    """A container is named by the role's label, and the URL is encoded as a parameter."""
    portal, query = (
        "https%3A%2F%2Facme.awsapps.com%2Fstart%2F",
        "account_id%3D1%26destination%3Dhttps%253A%252F%252Fx",
    )
    assert browsers.words("firefox-containers", "/usr/bin/firefox", CONTAINER, URL) == [
        "/usr/bin/firefox",
        f"ext+container:name=payments-prod.ReadOnly&color=purple&url={portal}%23%2Fconsole%3F{query}",
    ]


def test_chrome() -> None:
    """A profile's folder is named by account and role, and by a hash of the whole role reference."""
    assert browsers.words("chrome-profiles", "chromium", CONTAINER, URL) == [
        "chromium",
        "--profile-directory=ssohelper-111122223333-ReadOnly-b7e79b81",
        "--no-first-run",
        URL,
    ]


def test_default_browser_by_path() -> None:
    """A browser without containers gets the URL only."""
    assert browsers.words("default", "/opt/x", CONTAINER, URL) == ["/opt/x", URL]


def test_application(tmp_path: Path) -> None:
    """An application of macOS is a folder, which `open` starts."""
    app = tmp_path / "Firefox.app"
    with pytest.raises(Failed):
        browsers.program_of("default", str(app), "console_browser")
    app.mkdir()
    assert browsers.program_of("default", str(app), "console_browser") == str(app)
    assert browsers.words("default", str(app), CONTAINER, URL) == ["open", "-a", str(app), URL]
    start, page = browsers.words("firefox-containers", str(app), CONTAINER, URL)[:3], "ext+container:"
    assert (start, browsers.words("firefox-containers", str(app), CONTAINER, URL)[3][:14]) == (
        ["open", "-a", str(app)],
        page,
    )
    assert browsers.words("chrome-profiles", str(app), CONTAINER, URL)[:5] == ["open", "-n", "-a", str(app), "--args"]


def test_distinct_folders() -> None:
    """No two roles share a folder, even on case-insensitive file systems, and no name leads out of the folder."""
    containers = [
        Container.of_role(RoleRef(session, account, role), "x")
        for session in ("acme", "beta", "https://acme.awsapps.com/start")
        for account in ("111122223333", "222233334444", "../../x")
        for role in ("ReadOnly", "readonly", "R" * 64, "R" * 63 + "S", "..", "a/b", "a,b")
    ]
    folders = [browsers.profile_folder(each) for each in containers]
    assert len({folder.lower() for folder in folders}) == len(containers)
    assert [folder for folder in folders if not folder.replace("-", "").replace("_", "").isalnum()] == []
    assert max(map(len, folders)) == 79


@pytest.mark.parametrize(
    ("label", "name"), [("a b", "a%20b"), ("a&url=x", "a-url-x"), ("Köln/ä", "K%C3%B6ln%2F%C3%A4"), ("a\nb", "a-b")]
)
def test_container_names(label: str, name: str) -> None:
    """The name is one parameter, whatever characters it contains."""
    assert browsers.container_url(CONTAINER._replace(label=label), "https://x").split("&") == [
        f"ext+container:name={name}",
        "color=purple",
        "url=https%3A%2F%2Fx",
    ]


def test_program() -> None:
    """The first browser that is installed, unless one is configured; none for the user's default browser."""
    chromium = {"chromium": "/usr/bin/chromium", "brave-browser": "/usr/bin/brave-browser"}.get
    assert [
        browsers.program_of("default", None, "console_browser", chromium),
        browsers.program_of("chrome-profiles", None, "console_browser", chromium),
        browsers.program_of("chrome-profiles", "/opt/x", "console_browser", {"/opt/x": "/opt/x"}.get),
    ] == [None, "/usr/bin/chromium", "/opt/x"]


@pytest.mark.parametrize(
    ("kind", "chosen", "message"),
    [
        ("firefox-containers", None, "browser not found: Firefox (console_browser is firefox-containers)"),
        ("chrome-profiles", None, "browser not found: Chrome or Chromium (console_browser is chrome-profiles)"),
        ("default", "/opt/x", "browser not found: /opt/x"),
    ],
)
def test_no_program(kind: str, chosen: str | None, message: str) -> None:
    """If the browser is not installed, the hint names the setting."""
    with pytest.raises(Failed) as failed:
        browsers.program_of(kind, chosen, "console_browser", lambda _: None)
    assert (str(failed.value), failed.value.hint) == (message, 'in config.toml: browser = "/..."')


def test_session() -> None:
    """A session has a container of its own for the sign-in, other than those of roles."""
    acme, beta = (Container.of_session(Session(name, "https://x/start", "us-east-1")) for name in ("acme", "beta"))
    assert browsers.container_url(acme, URL).startswith("ext+container:name=acme&color=")
    folders = [browsers.profile_folder(each) for each in (acme, beta, CONTAINER)]
    assert (len(set(folders)), folders[0].rpartition("-")[0]) == (3, "ssohelper-acme")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The URLs that were opened in the default browser."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))

    def read() -> list[str]:
        path = tmp_path / "opened"
        return path.read_text().splitlines() if path.exists() else []

    return read


@pytest.mark.parametrize("url", ["https://acme.awsapps.com/start", "http://127.0.0.1:8080/x"])
def test_open_browser(opened: Callable[[], list[str]], url: str) -> None:
    """Pages of Identity Center, and of this machine, are opened."""
    browsers.open_page(url, failed=lambda: pytest.fail("failed"))()
    wait_until(lambda: opened() == [url])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://127.0.0.1.example.com/",
        "--help",
        "",
    ],
)
def test_other_urls(opened: Callable[[], list[str]], url: str) -> None:
    """Whatever else a service may send is not opened."""
    failures: list[bool] = []
    browsers.open_page(url, failed=lambda: failures.append(True))()
    assert (failures, opened()) == ([True], [])


@pytest.mark.parametrize(
    ("words", "fails"),
    [(["true"], False), (["false"], True), (["/nonexistent"], True), (["sleep", "3"], False)],
    ids=["opened", "failed", "not found", "running"],
)
@pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")
def test_chosen_browser(monkeypatch: pytest.MonkeyPatch, words: list[str], fails: bool) -> None:
    """A browser that is not found, or ends with an error, has failed; one that keeps running has not."""
    monkeypatch.setattr(browsers, "_STARTING_SECONDS", 0.5)
    failures: list[bool] = []
    browsers.open_page("https://example.com", failed=lambda: failures.append(True), words=words)()
    assert failures == [True] * fails


def test_default_browser_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that runs until the user closes it does not stop the caller."""
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/id\nexec sleep 60\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    began = time.monotonic()
    failures: list[bool] = []
    join = browsers.open_page("https://example.com", failed=lambda: failures.append(True))
    assert time.monotonic() - began < HANG_SECONDS / 4
    wait_until(lambda: (tmp_path / "id").exists() and bool((tmp_path / "id").read_text().strip()))
    assert failures == []
    os.kill(int((tmp_path / "id").read_text()), 9)
    join()


TEXT_BROWSER = """\
#!/bin/sh
(echo COVERED > /dev/tty; read answer < /dev/tty) 2> {folder}/errors
echo COVERED; echo COVERED >&2
echo "$1 $TERM" > {folder}/opened
"""


@pytest.mark.parametrize("name", ["BROWSER", "www-browser"])
def test_text_browser(home: Home, name: str) -> None:
    """A browser has no terminal, neither that of BROWSER nor one that Python finds."""
    browser = home.path / "bin" / name
    browser.parent.mkdir(exist_ok=True)
    browser.write_text(TEXT_BROWSER.format(folder=home.path))
    browser.chmod(0o755)
    program = (
        "from ssohelper.ui import browsers, terminal\n"
        "terminal.show('ABCD-EFGH')\n"
        "browsers.open_page('http://127.0.0.1:9/', failed=lambda: terminal.say('failed'))()\n"
    )
    if name == "BROWSER":
        home.environment["BROWSER"] = str(browser)
    else:
        home.environment.update(PATH=f"{browser.parent}:{home.environment['PATH']}", TERM="xterm")
    shown = home.terminal("-c", program, program=sys.executable)
    shown.expect(pexpect.EOF)
    assert shown.before == ("ABCD-EFGH\r\n" if name == "BROWSER" else "ABCD-EFGH\r\nssohelper: failed\r\n")
    opened = home.path / "opened"
    assert (opened.read_text() if opened.exists() else None) == (
        "http://127.0.0.1:9/ \n" if name == "BROWSER" else None
    )
