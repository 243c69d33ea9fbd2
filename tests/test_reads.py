"""Each process opens and parses config.toml, the AWS config and the credentials file once."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

# Records, in each Python process, the files of the home folder that it opens, and the parsers that it calls.
_SITECUSTOMIZE = """\
import json, os, sys, threading
_PARSERS = {("config_text.py", "parse"): "AWS config grammar", ("_parser.py", "loads"): "tomllib"}
_seen = []
def _note(kind, name):
    _seen.append([kind, name])
    with _open(os.environ["READS"] + f"/{os.getpid()}", "w") as file:
        json.dump([sys.argv, _seen], file)
_open = open
def _audit(event, arguments):
    if event == "open" and str(arguments[0]).startswith(os.environ["HOME"]):
        name = os.path.realpath(arguments[0])
        if name in json.loads(os.environ["COUNTED"]):
            _note("open", name)
def _profile(frame, event, _argument):
    if event == "call":
        parser = _PARSERS.get((os.path.basename(frame.f_code.co_filename), frame.f_code.co_name))
        if parser and not frame.f_code.co_filename.startswith("<"):
            _note("parse", parser)
sys.addaudithook(_audit)
sys.setprofile(_profile)
threading.setprofile(_profile)
"""
# Runs a command, and returns for each of its processes the arguments, how often each file was opened, and the calls
# of each parser.
Run = Callable[..., list[tuple[list[str], Counter[str], Counter[str]]]]
ROLE = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
PROFILE = "management.ReadOnly"
ONCE = {"config.toml": 1, "config": 1, "credentials": 1}


@pytest.fixture
def counted(signed_in: Home, tmp_path: Path) -> Run:
    """Runs a command; for each process its arguments, how often it opened each file, and each parser's calls."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_SITECUSTOMIZE)
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    signed_in.settings.parent.mkdir(parents=True, exist_ok=True)
    signed_in.settings.write_text('[defaults]\nsensitive_roles = ["*/BreakGlass"]\n')
    credentials = signed_in.config.with_name("credentials")
    credentials.write_text("[other]\nregion = eu-west-1\n")
    files = [signed_in.config, signed_in.settings, credentials]
    for each in files:
        os.utime(each, (1e9, 1e9))  # a file that has just been written is read again until it is at rest

    def run(*words: str) -> list[tuple[list[str], Counter[str], Counter[str]]]:
        reads = tmp_path / f"reads-{len(list(tmp_path.iterdir()))}"
        reads.mkdir()
        more = {"READS": str(reads), "COUNTED": json.dumps([str(each) for each in files])}
        done = signed_in.ssohelper(*words, PYTHONPATH=str(tmp_path / "site"), **more)
        assert done.returncode in (0, 1), done.stderr
        found = []
        for each in sorted(reads.iterdir(), key=lambda path: path.stat().st_mtime_ns):
            arguments, seen = json.loads(each.read_text())
            opened = Counter(Path(name).name for kind, name in seen if kind == "open")
            parsed = Counter(name for kind, name in seen if kind == "parse")
            found.append((arguments, opened, parsed))
        return found

    return run


@pytest.mark.full
@pytest.mark.parametrize(
    "words",
    [
        ("credential-process", *ROLE),
        ("roles",),
        ("status",),
        ("doctor", "--offline"),
        ("doctor", PROFILE),
        ("exec", "--profile", PROFILE, "--", "true"),
        ("exec", "--via", "env", "--profile", PROFILE, "--", "true"),
        ("env", "--profile", PROFILE, "--format", "bash"),
        ("console", PROFILE, "--print"),
        ("login",),
        ("logout",),
        ("prompt",),
    ],
    ids=" ".join,
)
def test_once(counted: Run, words: tuple[str, ...]) -> None:
    """No process opens or parses one of the files twice."""
    found = counted(*words)
    _arguments, opened, _parsed = found[0]
    assert opened["config"] == 1
    for _arguments, opened, parsed in found:
        assert opened <= Counter(ONCE)
        copies = 2 if words[0] == "exec" else 0  # which are checked before the command starts
        # The config file and the credentials file.
        assert parsed <= Counter({"tomllib": 1, "AWS config grammar": 2 + copies})


def test_sync(counted: Run, identity_center: Simulator) -> None:
    """`sync` opens the config file once more: under its lock, where the plan is made again."""
    identity_center.world.withdraw("111122223333", "ReadOnly")
    ((_arguments, opened, _parsed),) = counted("sync", "--yes")
    assert opened == Counter(ONCE | {"config": 2})
