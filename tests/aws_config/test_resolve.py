"""The `[sso-session]` sections: read as AWS's tools read them, added once, checked."""

import pytest

from ssohelper.aws_config import resolve
from ssohelper.aws_config.config_text import parse
from ssohelper.errors import BadInput
from ssohelper.model import Session

TEXT = b"""\
[sso-session main]
sso_start_url = https://a.awsapps.com/start#/
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, codewhisperer:completions ,

[sso-session 'with blank']
sso_start_url = https://b.awsapps.com/start
sso_region = us-east-1

[sso-session no-region]
sso_start_url = https://c.awsapps.com/start

[sso-session no-url]
sso_start_url =
sso_region = us-east-1

[profile by-key]
sso_session = main

[profile by-mark]
ssohelper_session = main

[profile none]
"""
MAIN = Session(
    "main", "https://a.awsapps.com/start#/", "eu-central-1", ("sso:account:access", "codewhisperer:completions")
)


def test_read() -> None:
    """A session needs a start URL, kept as it is, and a region; without scopes it has the one that all need."""
    assert resolve.read(parse(TEXT)) == {
        "main": MAIN,
        "with blank": Session("with blank", "https://b.awsapps.com/start", "us-east-1", ("sso:account:access",)),
    }


@pytest.mark.parametrize(
    ("profile", "session"), [("by-key", "main"), ("by-mark", "main"), ("none", None), ("absent", None)]
)
def test_of_profile(profile: str, session: str | None) -> None:
    """A profile's session is what it names, or what our mark names."""
    assert resolve.of_profile(parse(TEXT), profile) == session


def test_added() -> None:
    """A new session goes to the end; one that is there already changes nothing, whatever its scopes."""
    new = Session("new", "https://n.awsapps.com/start", "us-east-1", ("sso:account:access", "x:y"))
    data = resolve.added(parse(TEXT), new)
    assert data == TEXT + (
        b"\n[sso-session new]\n"
        b"sso_start_url = https://n.awsapps.com/start\n"
        b"sso_region = us-east-1\n"
        b"sso_registration_scopes = sso:account:access,x:y\n"
    )
    assert resolve.added(parse(data), Session("new", new.start_url, new.region)) == data
    assert resolve.read(parse(data))["new"] == new


@pytest.mark.parametrize(
    ("session", "key"),
    [
        (Session("main", "https://a.awsapps.com/start", "eu-central-1"), "sso_start_url"),
        (Session("main", "https://a.awsapps.com/start#/", "us-east-1"), "sso_region"),
    ],
)
def test_added_twice_with_other_words(session: Session, key: str) -> None:
    """A session that says otherwise is never overwritten: the line is named."""
    with pytest.raises(BadInput) as refused:
        resolve.added(parse(TEXT), session)
    assert str(refused.value) == f"[sso-session {session.name}] on line 1 of the config file has another {key}"


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
def test_right_start_urls(url: str) -> None:
    """A start URL is https, or leads to this very machine."""
    resolve.check(Session("main", url, "eu-central-1"))


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
def test_wrong_start_urls(url: str) -> None:
    """What cannot be a start URL is refused."""
    with pytest.raises(BadInput) as refused:
        resolve.check(Session("main", url, "eu-central-1"))
    why = "" if url.startswith("https://") else ": it begins with https://"
    meant = "example" if url in ("example.awsapps.com/start", "http://example.awsapps.com/start") else "my-company"
    told = (str(refused.value), refused.value.hint)
    assert told == (f"{url!r} is no start URL{why}", f"--start-url https://{meant}.awsapps.com/start")


@pytest.mark.parametrize("name", ["", "my session", "a:b", "a+b", "-a", "a]b", "a\nb", "caf\u00e9", "a'b"])
def test_wrong_names(name: str) -> None:
    """A name that not every SDK reads in a header is refused."""
    with pytest.raises(BadInput) as refused:
        resolve.check(Session(name, "https://example.awsapps.com/start", "eu-central-1"))
    assert str(refused.value) == (
        f"{name!r} cannot name a session: a letter or digit, then letters, digits and _ . @ / % -"
    )
