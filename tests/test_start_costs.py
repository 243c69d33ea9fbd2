"""What frequent commands cost to start, in counts that no busy machine changes: modules, processes, files, calls.

The times are in tests/benchmarks/starting.py. A number that has grown is a regression, unless the command does more.
"""

import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures.components import need
from tests.fixtures.home import Home, command

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(sys.platform != "linux", reason="strace counts system calls on Linux"),
]

ROLE = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
PROFILE = "payments-prod.ReadOnly"
# Slow to load, each by a twentieth or more of a command's time: what loads one of these has to need it.
SLOW = {
    *("asyncio", "boto3", "botocore", "concurrent.futures", "configupdater", "dataclasses", "email", "hashlib"),
    *(
        "http.client",
        "importlib.metadata",
        "keyring",
        "logging",
        "prompt_toolkit",
        "rich",
        "shlex",
        "shutil",
        "socket",
    ),
    *("ssl", "subprocess", "tempfile", "urllib3"),
}


class Cost(NamedTuple):
    """At most so many of our modules, and of files of the home folder; these SLOW modules, processes and programs.

    `calls` are system calls, beside those of a Python that imports re, as the scripts that pip makes do.
    """

    modules: int
    files: int
    calls: int
    slow: tuple[str, ...] = ()
    processes: int = 1
    programs: int = 1


COSTS = {
    ("credential-process", *ROLE): Cost(6, 1, 190),
    ("--help",): Cost(2, 0, 90),
    ("--version",): Cost(2, 0, 85),
    ("complete", "zsh", "--", "use", "p"): Cost(8, 1, 220),
    ("status",): Cost(55, 6, 1300),
    ("profiles",): Cost(59, 6, 1350),
    ("whoami", PROFILE): Cost(58, 6, 1340),
    ("roles",): Cost(56, 4, 1270),
    ("env", PROFILE): Cost(64, 3, 1350),
    ("console", "--print", PROFILE): Cost(58, 1, 1290),
    # Itself, the exec server, and the one that starts it; the command is the first process, with its program.
    ("exec", PROFILE, "--", "true"): Cost(70, 5, 1830, ("socket",), processes=3, programs=3),
}


@pytest.fixture
def used(synced: Home) -> Home:
    """A home in which everything is known: profiles, a listing, credentials of the role, compiled modules."""
    for words in (("roles",), *COSTS):
        assert synced.ssohelper(*words).returncode == 0
    os.utime(synced.config, (1.2e9, 1.2e9))  # a file that has just been written is read again until it is at rest
    assert synced.ssohelper("credential-process", *ROLE).returncode == 0
    return synced


@pytest.mark.parametrize("words", COSTS, ids=lambda words: words[0])
def test_command(used: Home, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A command costs no more than it needs, and opens no file twice."""
    limit = COSTS[words]
    base = trace(used, tmp_path, sys.executable, "-c", "import re")
    found = trace(used, tmp_path, *command("ssohelper"), *words)
    own = sorted(name for name in found.modules if name.partition(".")[0] == "ssohelper")
    assert (tuple(sorted(SLOW & found.modules)), found.processes, found.programs) == limit[3:6]
    assert len(own) <= limit.modules, own
    assert len(found.files) <= limit.files, found.files
    assert len(set(found.files)) == len(found.files), found.files
    assert found.calls - base.calls <= limit.calls


def test_launcher(used: Home, tmp_path: Path) -> None:
    """The launcher starts no process, and opens the answer alone."""
    found = trace(used, tmp_path, *command("ssohelper-credential-process"), *ROLE)
    answer = str(used.state / "answers/acme/333344445555/ReadOnly")
    assert (found.processes, found.programs, found.files) == (1, 1, [answer])


class Trace(NamedTuple):
    """The system calls, modules and opened files of the home folder of the first process; how many there were."""

    calls: int
    modules: set[str]
    files: list[str]
    processes: int
    programs: int


def trace(home: Home, tmp_path: Path, *words: str) -> Trace:
    """What a command and its processes do, until the last of them has ended."""
    file = tmp_path / "trace"
    done = home.run(need("strace"), "-f", "-qq", "-o", str(file), *words)
    assert done.returncode == 0, done.stderr
    lines = file.read_text().splitlines()
    own = [line for line in lines if line.split()[0] == lines[0].split()[0]]
    opened = [found[1] for line in own if (found := re.search(r' openat\(AT_FDCWD, "([^"]+)".* = \d+$', line))]
    return Trace(
        len(own),
        {name for path in opened if (name := _module(path))},
        [each for each in opened if each.startswith(str(home.path)) and Path(each).is_file()],
        len({line.split()[0] for line in lines}),
        sum(re.search(r" (execve\(|<... execve resumed).* = 0$", line) is not None for line in lines),
    )


def _module(path: str) -> str | None:
    """The module that a compiled file is of; None for any other file."""
    file = Path(path)
    if file.suffix != ".pyc":
        return None
    folder = max((each for each in sys.path if each and file.is_relative_to(each)), key=len)
    parts = (*file.parent.parent.relative_to(folder).parts, file.name.partition(".")[0])
    return ".".join(parts).removesuffix(".__init__")
