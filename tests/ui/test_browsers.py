"""Browsers that keep roles apart: which program is started, with which arguments."""

from pathlib import Path

import pytest

from ssohelper.errors import Failed
from ssohelper.model import RoleRef
from ssohelper.ui import browsers
from ssohelper.ui.browsers import Container

URL = "https://acme.awsapps.com/start/#/console?account_id=1&destination=https%3A%2F%2Fx"
CONTAINER = Container(RoleRef("acme", "111122223333", "ReadOnly"), "payments-prod.ReadOnly")


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
        browsers.program_of("default", str(app))
    app.mkdir()
    assert browsers.program_of("default", str(app)) == str(app)
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
        Container(RoleRef(session, account, role), "x")
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
        browsers.program_of("default", None, chromium),
        browsers.program_of("chrome-profiles", None, chromium),
        browsers.program_of("chrome-profiles", "/opt/x", {"/opt/x": "/opt/x"}.get),
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
        browsers.program_of(kind, chosen, lambda _: None)
    assert (str(failed.value), failed.value.hint) == (message, 'in config.toml: browser = "/..."')
