"""The only door to keyring: secrets in the system's own store (Keychain, Secret Service, Credential Locker).

Some stores take no long values (Windows 2,560 bytes), so a long one is split. Its parts are named by what it holds,
and the entry that leads to them is written last: whoever reads gets the old value or the new one.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ssohelper import deadline
from ssohelper.errors import Failed, Unavailable

if TYPE_CHECKING:
    import keyring.backend

SERVICE = "ssohelper"
# A store may ask the person to unlock it, or hang; nobody who runs unattended waits for that for long.
_SECONDS = 10
_PART = 1000
_TRIES = 5
_WHOLE, _SPLIT = "=", "#"
_FILE_HINT = 'set store = "file" in config.toml'
_Result = TypeVar("_Result")


class Keyring:
    """Secrets by name. Methods raise `Failed` where the store refuses, `Unavailable` where it does not answer."""

    def __init__(self) -> None:
        self._silent: Unavailable | None = None
        self._backend = _timed(_backend)

    def get(self, name: str) -> str | None:
        """What is kept under a name."""
        for _ in range(_TRIES):
            entry = self._read(name)
            if entry is None or entry.startswith(_WHOLE):
                return entry[1:] if entry else None
            count, digest = _parts(entry)
            secret = "".join(self._read(_part_name(name, digest, number)) or "" for number in range(count))
            if _digest(secret) == digest:
                return secret  # else its parts were forgotten meanwhile, since something newer is there
        return None

    def put(self, name: str, secret: str) -> None:
        """Keep a secret under a name."""
        before = self._read(name)
        if len(secret) <= _PART:
            self._write(name, _WHOLE + secret)
        else:
            digest = _digest(secret)
            parts = [secret[begin : begin + _PART] for begin in range(0, len(secret), _PART)]
            for number, part in enumerate(parts):
                self._write(_part_name(name, digest, number), part)
            self._write(name, f"{_SPLIT}{len(parts)} {digest}")
        if before != self._read(name):
            self._forget_parts(name, before)

    def delete(self, name: str) -> None:
        """Forget what is kept under a name, if anything is."""
        before = self._read(name)
        if before is not None:
            self._remove(name)
            self._forget_parts(name, before)

    def _forget_parts(self, name: str, entry: str | None) -> None:
        if entry and entry.startswith(_SPLIT):
            count, digest = _parts(entry)
            for number in range(count):
                self._remove(_part_name(name, digest, number))

    def _read(self, name: str) -> str | None:
        return self._insisting(lambda: self._backend.get_password(SERVICE, name))

    def _write(self, name: str, value: str) -> None:
        self._insisting(lambda: self._backend.set_password(SERVICE, name, value))

    def _insisting(self, work: Callable[[], _Result]) -> _Result:
        """Call the store, again where it refuses: a refresh token that is not written is a sign-in that is lost.

        An entry that is replaced just now may vanish between the search for it and the look at it, and gnome-keyring
        with much to do now and then names a collection that is none.
        """
        for _ in range(_TRIES - 1):
            with suppress(Failed):
                return self._call(work)
        return self._call(work)

    def _call(self, work: Callable[[], _Result]) -> _Result:
        """Call the store; one that did not answer once is not waited for again."""
        if self._silent is not None:
            raise self._silent
        try:
            return _timed(work)
        except Unavailable as error:
            self._silent = error
            raise

    def _remove(self, name: str) -> None:
        import keyring.errors

        def remove() -> None:
            try:
                self._backend.delete_password(SERVICE, name)
            except keyring.errors.PasswordDeleteError:  # it is gone already
                return

        self._call(remove)


def _backend() -> "keyring.backend.KeyringBackend":
    try:
        import keyring
        import keyring.backends.fail
        import keyring.backends.null
    except ImportError as error:
        raise Failed(
            'store = "keyring" needs the package keyring', hint="pip install 'ssohelper[keyring]'"
        ) from error
    found = keyring.get_keyring()
    if isinstance(found, keyring.backends.fail.Keyring | keyring.backends.null.Keyring):
        raise Failed("there is no keyring here that could keep secrets", hint=_FILE_HINT)
    return found


def _timed(work: Callable[[], _Result]) -> _Result:
    try:
        return deadline.within(_SECONDS, "the keyring", work, hint=f"unlock the keyring, or {_FILE_HINT}")
    except (Failed, Unavailable):
        raise
    except Exception as error:  # backends raise what they like, D-Bus and operating system errors among it
        raise Failed(f"the keyring refused: {type(error).__name__}", hint=_FILE_HINT) from error


def _part_name(name: str, digest: str, number: int) -> str:
    return f"{name}/{digest}/{number}"


def _parts(entry: str) -> tuple[int, str]:
    count, _, digest = entry.removeprefix(_SPLIT).partition(" ")
    return (int(count) if count.isdecimal() else 0), digest


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
