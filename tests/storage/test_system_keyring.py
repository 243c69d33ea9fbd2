"""Secrets in a real Secret Service: complete or not at all, of any length, and without remains of old ones."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import keyring.errors
import pytest

from ssohelper.errors import Unavailable
from ssohelper.storage import system_keyring
from ssohelper.storage.system_keyring import SystemKeyring
from tests.fixtures.home import HANG_SECONDS
from tests.fixtures.secret_service import SecretService, secret_service

NAME = "role/0123"
# keyring leaves it to the garbage collector to close its connections to the store.
pytestmark = [
    pytest.mark.full,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretService]:
    """A Secret Service for the tests of this file that do not break it."""
    with secret_service(tmp_path_factory.mktemp("keyring") / "k") as service:
        yield service


@pytest.fixture
def service(running: SecretService, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """The Secret Service that this process uses, empty before and after the test."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    assert running.entries() == {}
    yield running
    running.clear()


def test_put_get_delete(service: SecretService) -> None:
    """A secret is stored until it is deleted; deleting one that does not exist is not an error."""
    keyring = SystemKeyring()
    assert keyring.get(NAME) is None
    keyring.delete(NAME)
    keyring.put(NAME, "one")
    keyring.put("role/other", "two")
    keyring.put(NAME, "three")
    assert (SystemKeyring().get(NAME), SystemKeyring().get("role/other")) == ("three", "two")
    assert service.entries() == {NAME: "=three", "role/other": "=two"}
    keyring.delete(NAME)
    assert (keyring.get(NAME), keyring.get("role/other")) == (None, "two")


@pytest.mark.parametrize(
    "secret",
    ["", " ", "\n", "=", "#", "#3 0123456789abcdef", "=x", "#0 ", "\u00e9\u4e2d\U0001f600", "a\r\nb\t"],
    ids=ascii,
)
def test_odd_secrets(service: SecretService, secret: str) -> None:
    """A secret that looks like our own markers is returned as it was."""
    SystemKeyring().put(NAME, secret)
    assert SystemKeyring().get(NAME) == secret


def entries_for(length: int) -> int:
    """How many entries a secret of this length has on Windows."""
    return 1 if length <= 640 else 1 + -(-length // 640)


@pytest.mark.parametrize("length", [640, 641, 2000, 20_480])
@pytest.mark.parametrize("letters", ["0123456789abcdef", "\u00e9\u4e2d\U0001f600\u0301"], ids=["ascii", "wide"])
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_long_secrets(service: SecretService, length: int, letters: str, platform: str) -> None:
    """A long secret is returned whole, and deleted, whether it has parts (as on Windows) or not."""
    secret = (letters * length)[:length]
    SystemKeyring(platform=platform).put(NAME, secret)
    assert SystemKeyring(platform=platform).get(NAME) == secret
    assert len(service.entries()) == (entries_for(length) if platform == "win32" else 1)
    SystemKeyring(platform=platform).delete(NAME)
    assert service.entries() == {}


def test_replaced(service: SecretService) -> None:
    """After a secret is replaced, no entry of the old one is left, whatever the lengths are."""
    keyring = SystemKeyring(platform="win32")
    for number, length in enumerate((3000, 10, 2500, 2500, 1500, 4096, 1000)):
        secret = (f"{number}:" + "x" * length)[: max(length, 2)]
        keyring.put(NAME, secret)
        assert (keyring.get(NAME), len(service.entries())) == (secret, entries_for(len(secret)))
        keyring.put(NAME, secret)  # the same again
        assert (keyring.get(NAME), len(service.entries())) == (secret, entries_for(len(secret)))


WRITER = """\
import sys
from ssohelper.storage.system_keyring import SystemKeyring
keyring = SystemKeyring(platform="win32")
for number in range(24):
    keyring.put(sys.argv[1], "abcdefghijklmnopqrstuvwx"[number] * 2500)
"""


def test_concurrent_reader(service: SecretService) -> None:
    """A process that reads while another one writes gets the old secret or the new one, never none or a mixture."""
    keyring = SystemKeyring(platform="win32")
    keyring.put(NAME, "-" * 2500)
    seen = []
    with subprocess.Popen([sys.executable, "-c", WRITER, NAME]) as writer:
        while writer.poll() is None:
            seen.append(keyring.get(NAME))
    assert writer.returncode == 0
    found = {"none" if each is None else f"{len(each)} of {''.join(sorted(set(each)))}" for each in seen}
    assert len(seen) > 10
    assert len(found) > 2
    assert all(re.fullmatch("2500 of .", each) for each in found), found
    assert len(service.entries()) == entries_for(2500)


def test_slow_reader(service: SecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that is overtaken again and again returns the secret that was written last."""
    writer, reader = SystemKeyring(platform="win32"), SystemKeyring(platform="win32")
    writer.put(NAME, "-" * 1000)
    secrets = [letter * 1000 for letter in "abcdefghijkl"]
    waiting = iter(secrets)
    read = reader._backend.get_password

    def get_password(service_name: str, name: str) -> str | None:
        if name.endswith("/0") and (secret := next(waiting, None)):
            writer.put(NAME, secret)
        return read(service_name, name)

    monkeypatch.setattr(reader, "_backend", SimpleNamespace(get_password=get_password))
    assert reader.get(NAME) == secrets[-1]


@pytest.mark.parametrize("method", ["get_password", "set_password"])
def test_fails_once(service: SecretService, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """A call that fails once, as in a busy gnome-keyring, is retried."""
    store = SystemKeyring()
    backend = store._backend
    original = getattr(backend, method)

    def fail(*_arguments: str) -> None:
        monkeypatch.setattr(backend, method, original)
        raise keyring.errors.InitError

    monkeypatch.setattr(backend, method, fail)
    store.put(NAME, "secret")
    assert (store.get(NAME), len(service.entries())) == ("secret", 1)


def test_missing_part(service: SecretService) -> None:
    """A secret with a missing part counts as none, and can be replaced."""
    secret = "c" * 2500
    SystemKeyring(platform="win32").put(NAME, secret)
    part = next(name for name in service.entries() if name.endswith("/1"))
    SystemKeyring(platform="win32").delete(part)  # as a program that cleans up might
    assert SystemKeyring(platform="win32").get(NAME) is None
    SystemKeyring(platform="win32").put(NAME, secret)
    assert SystemKeyring(platform="win32").get(NAME) == secret


LOCKED = """\
from ssohelper.errors import SsohelperError
from ssohelper.storage.system_keyring import SystemKeyring
for method, arguments in (("get", ["role/0123"]), ("put", ["role/0123", "x"]), ("delete", ["role/0123"])):
    try:
        getattr(SystemKeyring(), method)(*arguments)
    except SsohelperError as error:
        print(type(error).__name__, str(error).partition(":")[0], error.hint, sep="|")
"""


def test_locked_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nobody can unlock the keyring, every method fails at once."""
    with secret_service(tmp_path / "k") as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        SystemKeyring().put(NAME, "secret")
        service.lock()
        # In another process: the library leaves its connection open then, which is a warning here.
        printed = run(LOCKED, HOME=str(tmp_path), **service.environment)
        assert printed == 'Failed|the keyring failed|set store = "file" in config.toml\n' * 3


def test_hanging_keyring(service: SecretService) -> None:
    """A call that hangs fails after ten seconds; when the keyring answers again, secrets are as before."""
    keyring = SystemKeyring()
    keyring.put(NAME, "secret")
    with service.hanging(), pytest.raises(Unavailable) as unavailable:
        keyring.get(NAME)
    assert str(unavailable.value) == "the keyring timed out after 10 seconds"
    assert SystemKeyring().get(NAME) == "secret"


def test_hint_for_a_hanging_keyring(service: SecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint is about the keyring, not about the network; it is called only once."""
    monkeypatch.setattr(system_keyring, "_SECONDS", 2)  # the test above waits for the real limit
    keyring = SystemKeyring()
    with service.hanging(), pytest.raises(Unavailable) as unavailable:
        keyring.get(NAME)
    assert unavailable.value.hint == 'unlock the keyring, or set store = "file" in config.toml'
    with pytest.raises(Unavailable):  # at once, although the keyring answers again
        keyring.get(NAME)
    assert SystemKeyring().get(NAME) is None


CONNECT = """\
from ssohelper.errors import SsohelperError
from ssohelper.storage.system_keyring import SystemKeyring
try:
    SystemKeyring()
except SsohelperError as error:
    print(type(error).__name__, str(error), error.hint, sep="|")
"""


def run(program: str, **environment: str) -> str:
    """What a Python program prints in this environment."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.parametrize("address", [None, "unix:path=/nonexistent/bus"], ids=["no bus", "dead bus"])
def test_no_keyring(tmp_path: Path, address: str | None) -> None:
    """Without a keyring the error says so, and how to do without one."""
    more = {"DBUS_SESSION_BUS_ADDRESS": address} if address else {}
    printed = run(CONNECT, HOME=str(tmp_path), **more)
    assert printed == 'Failed|no usable keyring on this system|set store = "file" in config.toml\n'


def test_null_keyring(tmp_path: Path) -> None:
    """A backend that stores nothing is not usable."""
    printed = run(CONNECT, HOME=str(tmp_path), PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert printed == 'Failed|no usable keyring on this system|set store = "file" in config.toml\n'
