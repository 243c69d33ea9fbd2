"""What is recorded of a sign-in and its refreshes: no secret, and nothing that outlives the sign-in."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history
from ssohelper.sign_in.refresh_history import History

URL = "https://acme.awsapps.com/start"
SESSION = Session("acme", URL, "us-east-1")
TOKEN = Token(URL, "us-east-1", "access-secret", 1767225600.0, None, "refresh-secret")
NOW = 1767225000.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the records, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path / ".local" / "state" / "ssohelper" / "refresh-history"


KINDS = [
    (refresh_history.record_rejected_refresh_token, History.is_refresh_token_rejected, "refresh_token"),
    (refresh_history.record_rejected, History.is_rejected, "access_token"),
    (refresh_history.record_last, History.is_last, "access_token"),
]


@pytest.mark.parametrize(("record", "is_recorded", "secret"), KINDS, ids=["dead", "rejected", "last"])
def test_tokens(
    record: Callable[[Session, Token], None], is_recorded: Callable[[History, Token], bool], secret: str
) -> None:
    """A record is about one token of one session: another token, or the same one of another session, is not meant."""

    def holds(session: Session, token: Token) -> bool:
        return is_recorded(refresh_history.load(session), token)

    assert not holds(SESSION, TOKEN)
    record(SESSION, TOKEN)
    assert holds(SESSION, TOKEN)
    assert holds(SESSION, TOKEN._replace(expires_at=0.0))
    assert not holds(SESSION, TOKEN._replace(**{secret: "another"}))  # type: ignore[arg-type]
    assert not holds(SESSION._replace(name="other"), TOKEN)


def test_no_secrets(folder: Path) -> None:
    """The file holds no token, and only the user can read it."""
    for record, _, _ in KINDS:
        record(SESSION, TOKEN)
    (file,) = folder.iterdir()
    assert b"secret" not in file.read_bytes()
    assert (set(json.loads(file.read_bytes())), file.stat().st_mode & 0o777) == ({"dead", "rejected", "last"}, 0o600)


def test_times() -> None:
    """Sign-ins and failures are recorded with their time."""
    assert (refresh_history.load(SESSION).signed_in_at, refresh_history.load(SESSION).failed_at) == (None, 0.0)
    refresh_history.record_sign_in(SESSION, NOW)
    refresh_history.record_failure(SESSION, NOW + 1)
    assert (refresh_history.load(SESSION).signed_in_at, refresh_history.load(SESSION).failed_at) == (NOW, NOW + 1)


def test_new_sign_in() -> None:
    """A new sign-in drops what was recorded of the one before."""
    refresh_history.record_sign_in(SESSION, NOW)
    refresh_history.record_failure(SESSION, NOW)
    for record, _, _ in KINDS:
        record(SESSION, TOKEN)
    refresh_history.record_sign_in(SESSION, NOW + 60)
    found = refresh_history.load(SESSION)
    assert [is_recorded(found, TOKEN) for _, is_recorded, _ in KINDS] == [False] * 3
    assert (found.failed_at, found.signed_in_at) == (0.0, NOW + 60)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b'{"dead": 1, "failed_at": "x"}', b"[" * 99999])
def test_invalid_file(folder: Path, data: bytes) -> None:
    """A file that cannot be parsed counts as no record, and the next record replaces it."""
    folder.mkdir(parents=True)
    refresh_history.record_failure(SESSION, NOW)
    (file,) = folder.iterdir()
    file.write_bytes(data)
    assert (
        refresh_history.load(SESSION).is_refresh_token_rejected(TOKEN),
        refresh_history.load(SESSION).failed_at,
    ) == (
        False,
        0.0,
    )
    refresh_history.record_failure(SESSION, NOW)
    assert refresh_history.load(SESSION).failed_at == NOW


def test_unusable_folder(folder: Path) -> None:
    """If nothing can be recorded, that is not an error: records only save requests."""
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"")
    refresh_history.record_sign_in(SESSION, NOW)
    refresh_history.delete(SESSION)
    assert refresh_history.load(SESSION).signed_in_at is None
