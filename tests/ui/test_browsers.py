"""Browsers that keep accounts apart: what is started, with which words."""

import pytest

from ssohelper.errors import Failed
from ssohelper.ui import browsers
from ssohelper.ui.browsers import Jar

URL = "https://acme.awsapps.com/start/#/console?account_id=1&destination=https%3A%2F%2Fx"
JAR = Jar("acme", "111122223333", "ReadOnly", "payments-prod.ReadOnly")


def test_firefox() -> None:
    """A container goes by what the person calls the role, and the address is encoded once more."""
    portal, query = (
        "https%3A%2F%2Facme.awsapps.com%2Fstart%2F",
        "account_id%3D1%26destination%3Dhttps%253A%252F%252Fx",
    )
    assert browsers.words("firefox-containers", "/usr/bin/firefox", JAR, URL) == [
        "/usr/bin/firefox",
        f"ext+container:name=payments-prod.ReadOnly&color=blue&url={portal}%23%2Fconsole%3F{query}",
    ]


def test_chrome() -> None:
    """A profile's folder is named by account and role, and by a digest of all that makes the role."""
    assert browsers.words("chrome-profiles", "chromium", JAR, URL) == [
        "chromium",
        "--profile-directory=ssohelper-111122223333-ReadOnly-d07d75dd",
        "--no-first-run",
        URL,
    ]


def test_the_usual_browser_by_its_path() -> None:
    """A browser that is only chosen gets the address alone."""
    assert browsers.words("default", "/opt/x", JAR, URL) == ["/opt/x", URL]


def test_each_role_has_a_folder() -> None:
    """No two roles share a folder, also where case does not count, and no name leads out of the profiles."""
    jars = [
        Jar(session, account, role, "x")
        for session in ("acme", "beta", "https://acme.awsapps.com/start")
        for account in ("111122223333", "222233334444", "../../x")
        for role in ("ReadOnly", "readonly", "R" * 64, "R" * 63 + "S", "..", "a/b", "a,b")
    ]
    folders = [browsers.profile_folder(jar) for jar in jars]
    assert len({folder.lower() for folder in folders}) == len(jars)
    assert [folder for folder in folders if not folder.replace("-", "").replace("_", "").isalnum()] == []
    assert max(map(len, folders)) == 79


@pytest.mark.parametrize(
    ("label", "name"), [("a b", "a%20b"), ("a&url=x", "a-url-x"), ("Köln/ä", "K%C3%B6ln%2F%C3%A4"), ("a\nb", "a-b")]
)
def test_a_container_takes_names_as_they_are(label: str, name: str) -> None:
    """A profile's name is one parameter, whatever is in it."""
    assert browsers.container_url(JAR._replace(label=label), "https://x").split("&") == [
        f"ext+container:name={name}",
        "color=blue",
        "url=https%3A%2F%2Fx",
    ]


def test_the_program() -> None:
    """The first browser that is there is taken, unless one is chosen; none for the usual one."""
    chromium = {"chromium": "/usr/bin/chromium", "brave-browser": "/usr/bin/brave-browser"}.get
    assert [
        browsers.program_of("default", None, chromium),
        browsers.program_of("chrome-profiles", None, chromium),
        browsers.program_of("chrome-profiles", "/opt/x", {"/opt/x": "/opt/x"}.get),
    ] == [None, "/usr/bin/chromium", "/opt/x"]


@pytest.mark.parametrize(
    ("kind", "chosen", "said"),
    [
        ("firefox-containers", None, "console_browser is firefox-containers, and Firefox is not found"),
        ("chrome-profiles", None, "console_browser is chrome-profiles, and Chrome or Chromium is not found"),
        ("default", "/opt/x", "/opt/x, which is to show the console, is not there"),
    ],
)
def test_no_program(kind: str, chosen: str | None, said: str) -> None:
    """Where the browser is not there, that is said with the setting that mends it."""
    with pytest.raises(Failed) as caught:
        browsers.program_of(kind, chosen, lambda _: None)
    assert (str(caught.value), caught.value.hint) == (said, 'in config.toml: browser = "/..."')
