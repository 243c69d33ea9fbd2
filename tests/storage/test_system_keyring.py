"""Secrets in a real Secret Service: whole or not at all, whatever their length, and nothing of old ones is left."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring.errors
import pytest

from ssohelper.errors import Unavailable
from ssohelper.storage import system_keyring
from ssohelper.storage.system_keyring import Keyring
from tests.fixtures.home import HANG_SECONDS
from tests.fixtures.secret_service import SecretService, secret_service

NAME = "role/0123"
# keyring leaves it to the collector of garbage to close its connections to the store.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretService]:
    """A Secret Service for all tests of this file that do not break it."""
    with secret_service(tmp_path_factory.mktemp("keyring") / "k") as service:
        yield service


@pytest.fixture
def service(running: SecretService, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """The Secret Service of this test and of its process, which is empty before and afterwards."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    assert running.entries() == {}
    yield running
    running.clear()


def test_put_get_delete(service: SecretService) -> None:
    """What was put is there until it is deleted; what is not there is None, and deleting it is no failure."""
    keyring = Keyring()
    assert keyring.get(NAME) is None
    keyring.delete(NAME)
    keyring.put(NAME, "one")
    keyring.put("role/other", "two")
    keyring.put(NAME, "three")
    assert (Keyring().get(NAME), Keyring().get("role/other")) == ("three", "two")
    assert service.entries() == {NAME: "=three", "role/other": "=two"}
    keyring.delete(NAME)
    assert (keyring.get(NAME), keyring.get("role/other")) == (None, "two")


@pytest.mark.parametrize(
    "secret",
    ["", " ", "\n", "=", "#", "#3 0123456789abcdef", "=x", "#0 ", "\u00e9\u4e2d\U0001f600", "a\r\nb\t"],
    ids=ascii,
)
def test_odd_secrets(service: SecretService, secret: str) -> None:
    """A secret that looks like one of our own marks comes back as it was."""
    Keyring().put(NAME, secret)
    assert Keyring().get(NAME) == secret


@pytest.mark.parametrize("length", [1000, 1001, 2000, 3072, 20_480])
@pytest.mark.parametrize("letters", ["0123456789abcdef", "\u00e9\u4e2d\U0001f600\u0301"], ids=["ascii", "wide"])
def test_long_secrets(service: SecretService, length: int, letters: str) -> None:
    """A long secret is kept in parts of a thousand characters, comes back whole, and goes with all its parts."""
    secret = (letters * length)[:length]
    Keyring().put(NAME, secret)
    assert Keyring().get(NAME) == secret
    sizes = sorted((len(value) for name, value in service.entries().items() if name != NAME), reverse=True)
    whole, rest = divmod(length, 1000)
    assert sizes == ([] if length <= 1000 else [*[1000] * whole, *([rest] if rest else [])])
    Keyring().delete(NAME)
    assert service.entries() == {}


def parts(length: int) -> int:
    """How many entries a secret of this length takes."""
    return 1 if length <= 1000 else 1 + -(-length // 1000)


def test_replaced(service: SecretService) -> None:
    """Whatever replaces whatever, nothing of what was there before is left in the keyring."""
    keyring = Keyring()
    for number, length in enumerate((3000, 10, 2500, 2500, 1500, 4096, 1000)):
        secret = (f"{number}:" + "x" * length)[: max(length, 2)]
        keyring.put(NAME, secret)
        assert (keyring.get(NAME), len(service.entries())) == (secret, parts(len(secret)))
        keyring.put(NAME, secret)  # the same again
        assert (keyring.get(NAME), len(service.entries())) == (secret, parts(len(secret)))


WRITER = """\
import sys
from ssohelper.storage.system_keyring import Keyring
keyring = Keyring()
for number in range(24):
    keyring.put(sys.argv[1], "ab"[number % 2] * 2500)
"""


def test_a_reader_among_writes(service: SecretService) -> None:
    """Whoever reads while others write gets the old secret or the new one, never none and never a mixture."""
    keyring = Keyring()
    keyring.put(NAME, "b" * 2500)
    seen = []
    with subprocess.Popen([sys.executable, "-c", WRITER, NAME]) as writer:
        while writer.poll() is None:
            seen.append(keyring.get(NAME))
    assert writer.returncode == 0
    found = {"none" if each is None else f"{len(each)} of {''.join(sorted(set(each)))}" for each in seen}
    assert len(seen) > 10
    assert found == {"2500 of a", "2500 of b"}
    assert len(service.entries()) == parts(2500)


@pytest.mark.parametrize("method", ["get_password", "set_password"])
def test_refused_once(service: SecretService, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """A store that refuses once, as gnome-keyring does under load, costs no secret."""
    store = Keyring()
    backend = store._backend
    really = getattr(backend, method)

    def refuse(*_words: str) -> None:
        monkeypatch.setattr(backend, method, really)
        raise keyring.errors.InitError

    monkeypatch.setattr(backend, method, refuse)
    store.put(NAME, "secret")
    assert (store.get(NAME), len(service.entries())) == ("secret", 1)


def test_parts_that_are_gone(service: SecretService) -> None:
    """A secret of which a part is missing, or another's, is none; a new one takes its place."""
    secretly = "c" * 2500
    Keyring().put(NAME, secretly)
    part = next(name for name in service.entries() if name.endswith("/1"))
    Keyring().delete(part)  # as another program would that cleans up
    assert Keyring().get(NAME) is None
    Keyring().put(NAME, secretly)
    assert Keyring().get(NAME) == secretly


LOCKED = """\
from ssohelper.errors import SsohelperError
from ssohelper.storage.system_keyring import Keyring
for work, words in ((Keyring.get, ["role/0123"]), (Keyring.put, ["role/0123", "x"]), (Keyring.delete, ["role/0123"])):
    try:
        work(Keyring(), *words)
    except SsohelperError as error:
        print(type(error).__name__, str(error).partition(":")[0], error.hint, sep="|")
"""


def test_a_locked_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody is there to open a locked keyring that is told, at once and by every method."""
    with secret_service(tmp_path / "k") as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        Keyring().put(NAME, "secret")
        service.lock()
        # In a process of its own: the library leaves its connection open then, which is a warning here.
        told = run(LOCKED, HOME=str(tmp_path), **service.environment)
        assert told == 'Failed|the keyring refused|set store = "file" in config.toml\n' * 3


def test_a_keyring_that_hangs(service: SecretService) -> None:
    """After ten seconds nobody waits any longer, and afterwards all is as before."""
    keyring = Keyring()
    keyring.put(NAME, "secret")
    with service.hanging(), pytest.raises(Unavailable) as unavailable:
        keyring.get(NAME)
    assert str(unavailable.value) == "the keyring took more than 10 seconds"
    assert Keyring().get(NAME) == "secret"


def test_the_hint_for_one_that_hangs(service: SecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint is about the keyring: no network is in play."""
    monkeypatch.setattr(system_keyring, "_SECONDS", 0.5)  # the test above waits for the real time
    keyring = Keyring()
    with service.hanging(), pytest.raises(Unavailable) as unavailable:
        keyring.get(NAME)
    assert "network" not in (unavailable.value.hint or "")


NOWHERE = """\
from ssohelper.errors import SsohelperError
from ssohelper.storage.system_keyring import Keyring
try:
    Keyring()
except SsohelperError as error:
    print(type(error).__name__, str(error), error.hint, sep="|")
"""


def run(program: str, **environment: str) -> str:
    """What a program for Python prints in this environment."""
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


@pytest.mark.parametrize("address", [None, "unix:path=/nonexistent/bus"], ids=["no bus", "a dead bus"])
def test_no_keyring(tmp_path: Path, address: str | None) -> None:
    """Where there is no keyring that is told, with what to do without one."""
    more = {"DBUS_SESSION_BUS_ADDRESS": address} if address else {}
    told = run(NOWHERE, HOME=str(tmp_path), **more)
    assert told == 'Failed|there is no keyring here that could keep secrets|set store = "file" in config.toml\n'


def test_a_keyring_that_keeps_nothing(tmp_path: Path) -> None:
    """A backend that was chosen to keep nothing is none."""
    told = run(NOWHERE, HOME=str(tmp_path), PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert told == 'Failed|there is no keyring here that could keep secrets|set store = "file" in config.toml\n'


def test_without_the_package(tmp_path: Path) -> None:
    """Without the package keyring, which is optional, its name and the command that installs it are told."""
    (tmp_path / "keyring.py").write_text("raise ImportError('as if it were not installed')\n")
    told = run(NOWHERE, HOME=str(tmp_path), PYTHONPATH=f"{tmp_path}:{Path(system_keyring.__file__).parents[2]}")
    assert told == "Failed|store = \"keyring\" needs the package keyring|pip install 'ssohelper[keyring]'\n"
