"""Secrets in the system's keyring: Keychain, Secret Service, Credential Locker. The only importer of `keyring`.

A reader gets the old value or the new one, also after a crash:

- Windows limits a value to 2,560 bytes, so a long one is split there. Its parts are named by its hash, and the entry
  that refers to them is written last. Elsewhere each secret is one entry, since macOS may ask for each.
- On macOS, keyring deletes an entry before it adds the one that replaces it, so that is first added as `NAME/new`.
"""

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ssohelper import deadline
from ssohelper.errors import Failed, Unavailable

if TYPE_CHECKING:
    import keyring.backend

SERVICE = "ssohelper"
# A store may ask the user to unlock it, or hang: an unattended process must not wait long.
_SECONDS = 10
_ATTENDED_SECONDS = 60
# In characters, of which Windows stores each in two or four bytes.
_PART = 640
_TRIES = 5
_WHOLE, _SPLIT = "=", "#"
_FILE_HINT = 'set store = "file" in config.toml'
_Result = TypeVar("_Result")


class SystemKeyring:
    """Secrets by name. Methods raise `Failed` if the store fails, `Unavailable` if it does not answer."""

    def __init__(self, *, attended: bool = False, platform: str = sys.platform) -> None:
        """`attended`: a person is there, who can answer the store's questions. `platform` is `sys.platform`."""
        self._seconds = _ATTENDED_SECONDS if attended else _SECONDS
        self._splits = platform == "win32"
        self._deletes_before_adding = platform == "darwin"
        self._unavailable: Unavailable | None = None
        self._backend = _timed(_backend, self._seconds)

    def get(self, name: str) -> str | None:
        """The secret of that name; None if there is none."""
        for _ in range(_TRIES):
            entry = self._entry(name)
            if entry is None or entry.startswith(_WHOLE):
                return entry[1:] if entry else None
            count, digest = _parts(entry)
            secret = "".join(self._read(_part_name(name, digest, number)) or "" for number in range(count))
            if _digest(secret) == digest:
                return secret  # else a newer value replaced it, and its parts were deleted
        return None

    def put(self, name: str, secret: str) -> None:
        """Store a secret under a name."""
        before = self._read(name)
        entry = self._split(name, secret) if self._splits and len(secret) > _PART else _WHOLE + secret
        if before is not None and self._deletes_before_adding:
            self._write(_new_name(name), entry)
            self._write(name, entry)
            self._remove(_new_name(name))
        else:
            self._write(name, entry)
        if before != entry:
            self._delete_parts(name, before)

    def delete(self, name: str) -> None:
        """Delete the secret of that name, if there is one."""
        if self._deletes_before_adding:
            self._remove(_new_name(name))  # first: it would count as the secret
        before = self._read(name)
        if before is not None:
            self._remove(name)
            self._delete_parts(name, before)

    def _entry(self, name: str) -> str | None:
        """The entry that counts: while it is replaced on macOS, the new one."""
        entry = self._read(name)
        if entry is None and self._deletes_before_adding:
            entry = self._read(_new_name(name)) or self._read(name)
        return entry

    def _split(self, name: str, secret: str) -> str:
        """Store the parts of a secret. Returns the entry that refers to them."""
        digest = _digest(secret)
        parts = [secret[begin : begin + _PART] for begin in range(0, len(secret), _PART)]
        for number, part in enumerate(parts):
            self._write(_part_name(name, digest, number), part)
        return f"{_SPLIT}{len(parts)} {digest}"

    def _delete_parts(self, name: str, entry: str | None) -> None:
        if entry and entry.startswith(_SPLIT):
            count, digest = _parts(entry)
            for number in range(count):
                self._remove(_part_name(name, digest, number))

    def _read(self, name: str) -> str | None:
        return self._with_retries(lambda: self._backend.get_password(SERVICE, name))

    def _write(self, name: str, value: str) -> None:
        self._with_retries(lambda: self._backend.set_password(SERVICE, name, value))

    def _with_retries(self, work: Callable[[], _Result]) -> _Result:
        """Call the store, and retry if it fails: if a refresh token is not written, the sign-in is lost.

        An entry that is being replaced may vanish between search and read, and a busy gnome-keyring sometimes returns
        a collection that does not exist.
        """
        for _ in range(_TRIES - 1):
            with suppress(Failed):
                return self._call(work)
        return self._call(work)

    def _call(self, work: Callable[[], _Result]) -> _Result:
        """Call the store; if it did not answer once, it is not called again."""
        if self._unavailable is not None:
            raise self._unavailable
        try:
            return _timed(work, self._seconds)
        except Unavailable as error:
            self._unavailable = error
            raise

    def _remove(self, name: str) -> None:
        import keyring.errors

        def remove() -> None:
            try:
                self._backend.delete_password(SERVICE, name)
            except keyring.errors.PasswordDeleteError:  # already deleted
                return

        self._call(remove)


def _backend() -> "keyring.backend.KeyringBackend":
    import keyring
    import keyring.backends.fail
    import keyring.backends.null

    found = keyring.get_keyring()
    if isinstance(found, keyring.backends.fail.Keyring | keyring.backends.null.Keyring):
        raise Failed("no usable keyring on this system", hint=_FILE_HINT)
    return found


def _timed(work: Callable[[], _Result], seconds: float) -> _Result:
    try:
        return deadline.within(seconds, "the keyring", work, hint=f"unlock the keyring, or {_FILE_HINT}")
    except (Failed, Unavailable):
        raise
    except Exception as error:  # backends raise anything, D-Bus and operating system errors included
        raise Failed(f"the keyring failed: {type(error).__name__}", hint=_FILE_HINT) from error


def _new_name(name: str) -> str:
    return f"{name}/new"


def _part_name(name: str, digest: str, number: int) -> str:
    return f"{name}/{digest}/{number}"


def _parts(entry: str) -> tuple[int, str]:
    count, _, digest = entry.removeprefix(_SPLIT).partition(" ")
    return (int(count) if count.isdecimal() else 0), digest


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
