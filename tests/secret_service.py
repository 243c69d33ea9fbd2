"""A real Secret Service, as desktops of Linux have it: gnome-keyring on a D-Bus of its own, with its keyring open."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

if sys.platform != "linux":  # elsewhere keyring does without these packages
    pytest.skip("a Secret Service is Linux's", allow_module_level=True)

import secretstorage
from jeepney import DBusAddress, new_method_call  # type: ignore[import-untyped]  # it publishes no types
from jeepney.io.blocking import DBusConnection, open_dbus_connection  # type: ignore[import-untyped]  # the same

from tests.components import need

_STARTS_SECONDS = 30
# No folder of services: a bus that starts nothing by itself, so whatever is on it is ours.
_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True, slots=True)
class SecretService:
    """A Secret Service; processes with `environment` find it."""

    address: str
    process: int

    @property
    def environment(self) -> dict[str, str]:
        """The variable that leads to its bus."""
        return {"DBUS_SESSION_BUS_ADDRESS": self.address}

    def entries(self) -> dict[str, str]:
        """Every secret in it that is ours, by name."""
        with self._connection() as connection:
            items = [item for each in secretstorage.get_all_collections(connection) for item in each.get_all_items()]
            return {
                item.get_attributes()["username"]: item.get_secret().decode()
                for item in items
                if item.get_attributes().get("service") == "ssohelper"
            }

    def clear(self) -> None:
        """Remove every secret in it that is ours."""
        with self._connection() as connection:
            for each in list(secretstorage.search_items(connection, {"service": "ssohelper"})):
                each.delete()

    def lock(self) -> None:
        """Close its keyring: only a person who knows the password opens it again."""
        with self._connection() as connection:
            for each in secretstorage.get_all_collections(connection):
                if each.get_label():  # the nameless one is for the time of a login, and has no lock
                    each.lock()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It is there, and answers nothing."""
        os.kill(self.process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process, signal.SIGCONT)

    @contextmanager
    def _connection(self) -> Iterator[DBusConnection]:
        connection = open_dbus_connection(bus=self.address)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def secret_service(folder: Path) -> Iterator[SecretService]:
    """A Secret Service that keeps its files in a folder, until the end of the block; skips the test without one."""
    programs = need("dbus-daemon"), need("gnome-keyring-daemon")
    folder.mkdir(mode=0o700)
    (folder / "bus.conf").write_text(_BUS)
    with _running(programs[0], f"--config-file={folder / 'bus.conf'}", "--nofork", "--print-address=1") as bus:
        assert bus.stdout is not None
        address = bus.stdout.readline().decode().strip()
        kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment = {
            **kept,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": address,
        }
        words = (programs[1], "--foreground", "--unlock", "--components=secrets", f"--control-directory={folder}")
        with _running(*words, environment=environment) as daemon:
            assert daemon.stdin is not None
            daemon.stdin.write(b"password")  # of a keyring that is made with it, and opened
            daemon.stdin.close()
            _wait(lambda: _is_there(address))
            yield SecretService(address, daemon.pid)


@contextmanager
def _running(*words: str, environment: dict[str, str] | None = None) -> "Iterator[subprocess.Popen[bytes]]":
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def _is_there(address: str) -> bool:
    """Whether somebody answers for the Secret Service, and has made its keyring."""
    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    connection = open_dbus_connection(bus=address)
    try:
        question = new_method_call(bus, "NameHasOwner", "s", ("org.freedesktop.secrets",))
        if not connection.send_and_get_reply(question).body[0]:
            return False
        return any(
            each.get_label() and not each.is_locked() for each in secretstorage.get_all_collections(connection)
        )
    finally:
        connection.close()


def _wait(until: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < _STARTS_SECONDS, "gnome-keyring did not start"
        time.sleep(0.02)
