"""`[sso-session]` sections: suggested names, how one is written, and what is valid in it."""

import pytest

from ssohelper.aws_config import resolve, sso_session
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import BadInput
from ssohelper.model import Session

TEXT = b"""\
# managed by hand
[sso-session main]
sso_start_url = https://a.awsapps.com/start#/
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, codewhisperer:completions

[sso-session no-region]
sso_start_url = https://c.awsapps.com/start

[sso-session empty]
sso_start_url =
"""
URL = "https://n.awsapps.com/start"


def refusal(text: bytes, session: Session) -> tuple[str, str | None]:
    """The message and the hint for a session that cannot be written."""
    with pytest.raises(BadInput) as refused:
        sso_session.with_session(parse(text), session)
    return str(refused.value), refused.value.hint


def test_new_section() -> None:
    """A new session is added at the end; writing it again changes nothing, whatever its scopes are."""
    new = Session("new", URL, "us-east-1", ("sso:account:access", "x:y"))
    data = sso_session.with_session(parse(TEXT), new)
    assert data == TEXT + (
        b"\n[sso-session new]\n"
        b"sso_start_url = https://n.awsapps.com/start\n"
        b"sso_region = us-east-1\n"
        b"sso_registration_scopes = sso:account:access,x:y\n"
    )
    assert sso_session.with_session(parse(data), Session("new", URL, "us-east-1")) == data
    assert resolve.named_sessions(AwsFiles(parse(data)))["new"] == new


def test_incomplete_section() -> None:
    """Missing options are added to a section that is there; everything else stays."""
    data = sso_session.with_session(parse(TEXT), Session("no-region", "https://c.awsapps.com/start", "us-east-1"))
    added = b"sso_region = us-east-1\nsso_registration_scopes = sso:account:access\n"
    before = b"sso_start_url = https://c.awsapps.com/start\n"
    assert data == TEXT.replace(before, before + added)


@pytest.mark.parametrize(
    ("url", "region", "key"),
    [
        ("https://a.awsapps.com/start", "eu-central-1", "sso_start_url"),
        ("https://a.awsapps.com/start#/", "us-east-1", "sso_region"),
    ],
)
def test_other_values(url: str, region: str, key: str) -> None:
    """A session with other values is not overwritten: the error names the line."""
    assert refusal(TEXT, Session("main", url, region)) == (
        f"[sso-session main] on line 2 of the config file has another {key}",
        "add --replace to change it, or choose another name with --session",
    )


def test_replace() -> None:
    """With `replace` the values are changed, and the scopes are kept."""
    session = Session("main", "https://b.awsapps.com/start", "us-east-1")
    data = sso_session.with_session(parse(TEXT), session, replace=True)
    assert data == TEXT.replace(b"https://a.awsapps.com/start#/", b"https://b.awsapps.com/start").replace(
        b"eu-central-1", b"us-east-1"
    )


@pytest.mark.parametrize(
    ("name", "missing"),
    [("no-region", "has no sso_region"), ("empty", "has no sso_start_url and no sso_region")],
)
def test_check_complete(name: str, missing: str) -> None:
    """An incomplete section is named with its line; a complete one, or none, is not an error."""
    with pytest.raises(
        BadInput, match=rf"^\[sso-session {name}\] on line \d+ of the config file {missing}$"
    ) as refused:
        sso_session.check_complete(parse(TEXT), name)
    assert refused.value.hint == f"ssohelper configure --session {name}"
    for complete in ("main", "missing"):
        sso_session.check_complete(parse(TEXT), complete)


@pytest.mark.parametrize(
    ("url", "known", "name"),
    [
        ("https://acme.awsapps.com/start", (), "acme"),
        ("https://acme.awsapps.com/start", ("acme",), "acme-2"),
        ("https://acme.awsapps.com/start", ("acme", "acme-2"), "acme-3"),
        ("https://d-1234567890.awsapps.com/start", (), "d-1234567890"),
        ("http://127.0.0.1:8080/start", (), "sso"),
        ("http://127.0.0.1:8080/start", ("sso",), "sso-2"),
        ("acme", (), "sso"),
        ("https://start.us-gov-home.awsapps.com/directory/d-1234567890", (), "d-1234567890"),
        ("https://start.us-gov-home.awsapps.com/directory/acme/start", (), "acme"),
        ("https://start.home.awsapps.cn/directory/acme", ("acme",), "acme-2"),
        ("https://start.example.com/", (), "start"),
    ],
)
def test_suggested_name(url: str, known: tuple[str, ...], name: str) -> None:
    """The first part of the host name, with a number if the name is known."""
    assert sso_session.suggested_name(url, known) == name


@pytest.mark.parametrize(
    "url",
    [
        "https://example.awsapps.com/start",
        "https://example.awsapps.com/start#/",
        "https://identitycenter.amazonaws.com/ssoins-1",
        "http://127.0.0.1:8080/start",
        "http://localhost:8080/start",
        "http://[::1]:8080/start",
    ],
)
def test_valid_start_urls(url: str) -> None:
    """A start URL is https, or http on this machine."""
    sso_session.check_start_url(url, "hint")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.awsapps.com/start",
        "http://example.awsapps.com/start",
        "ftp://example.awsapps.com/start",
        "https://",
        "https:///start",
        "https://[::1",
        "https://example.com/a b",
        "https://example.com/\nsso_region = x",
        "https://ex\u00e4mple.com/start",
        "http://localhost@example.com/start",
    ],
)
def test_invalid_start_urls(url: str) -> None:
    """Anything else is rejected."""
    with pytest.raises(BadInput) as refused:
        sso_session.check_start_url(url, "hint")
    expected = "" if url.startswith("https://") else " (expected https://…)"
    assert (str(refused.value), refused.value.hint) == (f"not a valid start URL: {url!r}{expected}", "hint")


@pytest.mark.parametrize("name", ["", "my session", "a:b", "a+b", "-a", "a]b", "a\nb", "caf\u00e9", "a'b"])
def test_invalid_names(name: str) -> None:
    """A name that some SDK cannot read in a section header is rejected."""
    with pytest.raises(BadInput) as refused:
        sso_session.checked_name(name)
    assert (str(refused.value), refused.value.hint) == (
        f"not a valid session name: {name!r} (letters, digits and _ . @ / % -, a letter or digit first)",
        "choose another name with --session",
    )
