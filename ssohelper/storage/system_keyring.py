"""Secrets in the system's keyring: Keychain, Secret Service, Credential Locker. The only importer of `keyring`.

A reader gets the old value or the new one, also after a crash:

- Windows limits a value to 2,560 bytes, so a long one is split there. Its parts are named by its hash, and the entry
  that refers to them is written last. Elsewhere each secret is one entry: macOS may ask for each.
- On macOS, keyring deletes an entry before it adds the one that replaces it.
- On both, `put` first writes `NAME/new`: the new entry, and the reference to the parts of the old one. After a crash,
  this tells which parts to delete; on macOS it is read as the current entry.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ssohelper import deadline, digests
from ssohelper.errors import Failed, Unavailable

if TYPE_CHECKING:
    import keyring.backend

SERVICE = "ssohelper"
# A store may ask the user to unlock it, or hang: an unattended process must not wait long.
_SECONDS = 10
_ATTENDED_SECONDS = 60
# Windows stores each character in two or four bytes.
_PART_CHARACTERS = 640
_TRIES = 5
_WHOLE, _SPLIT = "=", "#"
_FILE_HINT = 'set store = "file" in config.toml'
_Result = TypeVar("_Result")


class SystemKeyring:
    """Secrets by name. Methods raise `Failed` if the store fails, `Unavailable` if it does not answer."""

    def __init__(self, *, attended: bool = False, platform: str = sys.platform) -> None:
        """`attended`: a person is there, who can answer the store's questions. `platform` is `sys.platform`."""
        self._seconds = _ATTENDED_SECONDS if attended else _SECONDS
        self._windows, self._macos = platform == "win32", platform == "darwin"
        self._unavailable: Unavailable | None = None
        self._backend = _timed(_backend, self._seconds)

    def get(self, name: str) -> str | None:
        """The secret of that name; None if there is none."""
        entry, before = self._entry(name), None
        while entry is not None and entry != before:
            if entry.startswith(_WHOLE):
                return entry.removeprefix(_WHOLE)
            secret = self._joined(name, entry)
            if secret is not None:
                return secret
            # Either a newer value replaced it, and its parts were deleted, or a part is missing for good.
            entry, before = self._entry(name), entry
        return None

    def put(self, name: str, secret: str) -> None:
        """Store a secret under a name."""
        before = self._finish(name)
        parts = self._split(secret)
        entry = f"{_SPLIT}{len(parts)} {_digest(secret)}" if parts else _WHOLE + secret
        if self._windows or self._macos:
            self._write(_new_name(name), f"{before if _is_split(before) else ''}\n{entry}")
        for number, part in enumerate(parts):
            self._write(_part_name(name, _digest(secret), number), part)
        self._write(name, entry)
        if before != entry:
            self._delete_parts(name, before)
        if self._windows or self._macos:
            self._remove(_new_name(name))

    def delete(self, name: str) -> None:
        """Delete the secret of that name, if there is one."""
        before = self._finish(name)
        if before is not None:
            self._delete_parts(name, before)
            self._remove(name)

    def _entry(self, name: str) -> str | None:
        """The entry to use: on macOS `NAME/new`, if there is one. The older one may have lost its validity."""
        new = self._new_entries(name)[1] if self._macos else ""
        return new or self._read(name)

    def _joined(self, name: str, entry: str) -> str | None:
        """The secret whose parts the entry refers to; None if they are not all there."""
        count, digest = _parts(entry)
        secret = "".join(self._read(_part_name(name, digest, number)) or "" for number in range(count))
        return secret if _digest(secret) == digest else None

    def _finish(self, name: str) -> str | None:
        """Finish what a killed process has begun, or undo it. Returns the current entry."""
        current = self._read(name)
        replaced, entry = self._new_entries(name) if self._windows or self._macos else ("", "")
        if entry and entry != current and self._macos:
            self._write(name, entry)
            current = entry
        for each in {replaced, entry} - {current}:
            self._delete_parts(name, each)
        if entry:
            self._remove(_new_name(name))
        return current

    def _new_entries(self, name: str) -> tuple[str, str]:
        """The reference to the parts of the entry that is replaced, and the new entry; empty if there is none."""
        before, _, entry = (self._read(_new_name(name)) or "").partition("\n")
        return before, entry

    def _split(self, secret: str) -> list[str]:
        """The parts in which a secret is stored; none if it is stored whole."""
        if not self._windows or len(secret) <= _PART_CHARACTERS:
            return []
        return [secret[begin : begin + _PART_CHARACTERS] for begin in range(0, len(secret), _PART_CHARACTERS)]

    def _delete_parts(self, name: str, entry: str | None) -> None:
        if entry and _is_split(entry):
            count, digest = _parts(entry)
            for number in range(count):
                self._remove(_part_name(name, digest, number))

    def _service(self, name: str) -> str:
        """The service of an entry: on Windows, keyring moves entries of one service around when it adds another."""
        return f"{SERVICE}/{name}" if self._windows else SERVICE

    def _read(self, name: str) -> str | None:
        return self._with_retries(lambda: self._backend.get_password(self._service(name), name))

    def _write(self, name: str, value: str) -> None:
        self._with_retries(lambda: self._backend.set_password(self._service(name), name, value))

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
                self._backend.delete_password(self._service(name), name)
            except keyring.errors.PasswordDeleteError:
                if self._backend.get_password(self._service(name), name) is not None:
                    raise  # on macOS, this may be that the person denied it

        self._with_retries(remove)


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


def _is_split(entry: str | None) -> bool:
    return entry is not None and entry.startswith(_SPLIT)


def _new_name(name: str) -> str:
    return f"{name}/new"


def _part_name(name: str, digest: str, number: int) -> str:
    return f"{name}/{digest}/{number}"


def _parts(entry: str) -> tuple[int, str]:
    count, _, digest = entry.removeprefix(_SPLIT).partition(" ")
    return (int(count) if count.isdecimal() else 0), digest


def _digest(secret: str) -> str:
    return digests.sha256(secret.encode())[:16]
