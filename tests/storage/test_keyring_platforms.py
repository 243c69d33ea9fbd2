"""The entries of a secret in the keyrings of each platform, and kills while one is replaced."""

# ruff: noqa: ARG002 (the methods are a keyring's)

from contextlib import suppress

import keyring.backend
import keyring.core
import keyring.errors
import pytest

from ssohelper.errors import Failed
from ssohelper.storage.system_keyring import SystemKeyring

NAME = "role/0123"
LONG = "ab" * 1536
PLATFORMS = ("linux", "darwin", "win32")


class Killed(BaseException):
    """The process was killed."""


class Store(keyring.backend.KeyringBackend):
    """A keyring in memory. On macOS, an entry is deleted before the new one is added; elsewhere it is replaced."""

    priority = 1

    def __init__(self, platform: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has none
        self.platform = platform
        self.entries: dict[str, str] = {}
        self.changes = 0
        self.read: list[str] = []
        self.killed_before: int | None = None
        self.denies = False
        self.services: set[str] = set()

    def get_password(self, service: str, username: str) -> str | None:
        """An entry; on macOS, this may ask the person, if there is one."""
        if username in self.entries:
            self.read.append(username)
        return self.entries.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store an entry."""
        self.services.add(service)
        assert self.platform != "win32" or len(password.encode("utf-16-le")) <= 2560
        if self.platform == "darwin" and username in self.entries:
            self._change()
            del self.entries[username]
        self._change()
        self.entries[username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Delete an entry."""
        if username not in self.entries or self.denies:
            raise keyring.errors.PasswordDeleteError
        self._change()
        del self.entries[username]

    def _change(self) -> None:
        if self.changes == self.killed_before:
            raise Killed
        self.changes += 1


@pytest.fixture(params=PLATFORMS)
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The keyring of a platform, which this process uses."""
    made = Store(request.param)
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    return made


def opened(store: Store) -> SystemKeyring:
    """The keyring as a new process sees it."""
    return SystemKeyring(platform=store.platform)


def test_entries(store: Store) -> None:
    """A long secret is one entry, which is read once; on Windows it has parts."""
    opened(store).put(NAME, LONG)
    parts = 5 if store.platform == "win32" else 0
    assert len(store.entries) == 1 + parts
    store.read.clear()
    assert opened(store).get(NAME) == LONG
    assert len(store.read) == 1 + parts
    opened(store).delete(NAME)
    assert store.entries == {}


@pytest.mark.parametrize("new", ["short", LONG[::-1]])
@pytest.mark.parametrize("old", ["old", LONG])
def test_killed(store: Store, old: str, new: str) -> None:
    """Wherever a process is killed that replaces a secret, the old or the new one is there, and can be replaced."""
    seen, number = [], 0
    while True:
        store.entries.clear()
        store.killed_before = None
        opened(store).put(NAME, old)
        store.changes, store.killed_before = 0, number
        try:
            opened(store).put(NAME, new)
        except Killed:
            store.killed_before = None
            seen.append(opened(store).get(NAME))
        else:
            break
        opened(store).put(NAME, "next")
        assert opened(store).get(NAME) == "next"
        number += 1
    assert number > 0
    assert set(seen) <= {old, new}
    # Once the new secret is stored anywhere on macOS, it is the one: the old one may not be accepted any more.
    assert store.platform != "darwin" or seen == [old] + [new] * (number - 1)
    assert opened(store).get(NAME) == new


@pytest.mark.parametrize("secrets", [("old", "new"), (LONG, LONG[::-1]), (LONG, "new"), ("old", LONG)])
def test_deleted(store: Store, secrets: tuple[str, str]) -> None:
    """A secret that is deleted is gone with all its parts, wherever the process that wrote it was killed."""
    killed, number = True, 0
    while killed:
        opened(store).put(NAME, secrets[0])
        store.changes, store.killed_before, killed = 0, number, False
        try:
            opened(store).put(NAME, secrets[1])
        except Killed:
            killed = True
        store.killed_before = None
        opened(store).delete(NAME)
        assert opened(store).get(NAME) is None
        assert store.entries == {}, number
        number += 1
    assert number > 1


def test_replaced_after_a_kill(store: Store) -> None:
    """The next write leaves nothing of one that was killed."""
    for number in range(8):
        opened(store).put(NAME, "old")
        store.changes, store.killed_before = 0, number
        with suppress(Killed):
            opened(store).put(NAME, LONG)
        store.killed_before = None
        opened(store).put(NAME, "next")
        assert store.entries == {NAME: "=next"}, number


def test_not_deleted(store: Store) -> None:
    """That the person does not allow to delete a secret is an error; that there is none is not."""
    opened(store).delete(NAME)
    opened(store).put(NAME, "secret")
    store.denies = True
    with pytest.raises(Failed, match=r"^the keyring failed: PasswordDeleteError$"):
        opened(store).delete(NAME)


def test_services(store: Store) -> None:
    """On Windows each entry has a service of its own: keyring moves entries of one service around."""
    opened(store).put(NAME, "secret")
    opened(store).put("other", "secret")
    own = {f"ssohelper/{NAME}", f"ssohelper/{NAME}/new", "ssohelper/other", "ssohelper/other/new"}
    assert store.services == (own if store.platform == "win32" else {"ssohelper"})
