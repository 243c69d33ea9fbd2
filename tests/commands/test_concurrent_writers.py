"""Concurrent syncs, and a sync while another program rewrites the config file: no change is lost."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in

pytestmark = pytest.mark.full

# A program that counts in its own profile, and checks that the count which it wrote last is still there. It writes
# the file in place, like the AWS CLI, or renames a new file.
REWRITER = """\
import os, re, sys, time
path, in_place = sys.argv[1], sys.argv[2] == "in place"
count, lost = 0, 0
print("started", flush=True)
while not os.path.exists(path + ".stop") or count < 50:
    text = open(path, newline="").read()
    seen = int(re.search(r"count = (\\d+)", text)[1])
    lost += seen != count
    count = seen + 1
    text = re.sub(r"count = \\d+", f"count = {count}", text)
    if in_place:
        with open(path, "w", newline="") as file:
            file.write(text)
    else:
        with open(path + ".new", "w", newline="") as file:
            file.write(text)
        os.replace(path + ".new", path)
    time.sleep(0.03 if count % 20 else 0.4)
print(count, lost)
"""


@pytest.fixture
def companies() -> Iterator[list[Simulator]]:
    """Four companies with twelve roles each."""
    with ExitStack() as stack:
        worlds = [generate(4, 3, seed=number) for number in range(4)]
        yield [stack.enter_context(Simulator(world, rate=None, auto_approve=True)) for world in worlds]


def start(home: Home, *words: str, **more: str) -> "subprocess.Popen[str]":
    """Start a command."""
    return subprocess.Popen(
        command(*words),
        env={**home.environment, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_concurrent_syncs(home: Home, companies: list[Simulator]) -> None:
    """Two concurrent syncs of each of four sessions all succeed, and every profile is there."""
    for number, company in enumerate(companies):
        home.environment.update(company.environment)
        sign_in(home, company, f"s{number}")
    processes = [
        start(home, "ssohelper", "sync", "--yes", "--session", f"s{number}", **company.environment)
        for number, company in enumerate(companies)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=HANG_SECONDS) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, outputs
    for number, company in enumerate(companies):
        done = home.ssohelper("sync", "--json", "--session", f"s{number}", **company.environment)
        assert json.loads(done.stdout)["summary"] == {
            "add": 0,
            "adopt": 0,
            "change": 0,
            "rename": 0,
            "remove": 0,
            "keep": 12,
        }


@contextmanager
def rewriter(home: Home, method: str) -> "Iterator[subprocess.Popen[str]]":
    """A program that rewrites the config file repeatedly."""
    process = start(home, sys.executable, "-c", REWRITER, str(home.config), method)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    try:
        yield process
    finally:
        home.config.with_name("config.stop").touch()


@pytest.mark.parametrize("method", ["in place", "renamed"])
def test_other_program(signed_in: Home, identity_center: Simulator, method: str) -> None:
    """While another program rewrites the file repeatedly, neither its changes nor those of `sync` are lost."""
    signed_in.config.write_text(signed_in.config.read_text() + "\n# mine\n[profile mine]\ncount = 0\n")
    world = identity_center.world
    with rewriter(signed_in, method) as process:
        for number in range(8):
            change = world.withdraw if number % 2 else world.assign
            change("333344445555", "Developer", "alex@example.com")
            done = signed_in.ssohelper("sync", "--yes")
            assert done.returncode == 0, done.stderr
    output, errors = process.communicate(timeout=HANG_SECONDS)
    count, lost = map(int, output.split())
    assert (lost, errors) == (0, "")
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    text = signed_in.config.read_text()
    assert f"\n# mine\n[profile mine]\ncount = {count}\n" in text
    assert text.count("ssohelper_session = acme") == 16


def test_change_before_the_rename(signed_in: Home) -> None:
    """A change by another program just before `sync` renames its new file is not lost."""
    signed_in.config.write_text(signed_in.config.read_text() + "\n[profile mine]\ncount = 0\n")
    hold = ("-e", "trace=renameat2", "-e", "inject=renameat2:delay_enter=3s:when=1")
    sync = start(
        signed_in, need("strace"), "-f", "-qq", "-o", "/dev/null", *hold, *command("ssohelper", "sync", "--yes")
    )
    deadline = time.monotonic() + HANG_SECONDS
    while not list(signed_in.config.parent.glob(".config.*")):
        assert time.monotonic() < deadline
        assert sync.poll() is None
        time.sleep(0.01)
    time.sleep(1)  # by now the rename has started, and is delayed
    with signed_in.config.open("a") as file:
        file.write("region = eu-west-1\n")
    _, errors = sync.communicate(timeout=HANG_SECONDS)
    assert (errors, sync.returncode) == ("ssohelper: wrote ~/.aws/config\n", 0)
    text = signed_in.config.read_text()
    assert "\n[profile mine]\ncount = 0\nregion = eu-west-1\n" in text
    assert text.count("ssohelper_session = acme") == 16
