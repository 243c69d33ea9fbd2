"""The page after a sign-in. In a real browser it is tested in `tests/commands/test_login_browser.py`."""

import re

from ssohelper.sign_in import callback_page


def texts(page: str) -> list[str]:
    """The title, the heading and the paragraphs."""
    return re.findall(r"<(?:title|h1|p)>(.*)</", page)


def test_signed_in() -> None:
    """The page names the session and says until when the sign-in is valid."""
    assert texts(callback_page.signed_in("acme", "Valid until 19:40.")) == [
        "Signed in to acme - ssohelper",
        "Signed in to acme",
        "Valid until 19:40.",
        "You can close this tab and return to the terminal.",
    ]


def test_failed() -> None:
    """The page names the session and the reason."""
    assert texts(callback_page.failed("acme", "The sign-in was denied.")) == [
        "Not signed in to acme - ssohelper",
        "Not signed in to acme",
        "The sign-in was denied.",
        "See the terminal for what to do next.",
    ]


def test_escaping() -> None:
    """Names and reasons, which may come from elsewhere, are text and not HTML."""
    page = callback_page.failed("<b>acme", "<img src=x onerror=alert(1)> {title} &amp;")
    assert texts(page)[1:3] == [
        "Not signed in to &lt;b&gt;acme",
        "&lt;img src=x onerror=alert(1)&gt; {title} &amp;amp;",
    ]


def test_no_external_resources() -> None:
    """The page has no script, and loads nothing."""
    for page in (callback_page.signed_in("acme", "x"), callback_page.failed("acme", "x")):
        assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|https?:", page)
