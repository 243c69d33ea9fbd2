"""Which way of serving credentials works with which client: installs the clients, and runs each of them in each way.

    python -m tests.long.which_way [FOLDER] [--only NAME]... [--other-keys]

The clients are installed into FOLDER, a temporary one by default, from the usual package registries; a folder that
is used again is not installed again. Those of Debian have to be there already: the table names the package. The
services are local: a simulated IAM Identity Center, and moto's STS and S3, which reject keys that were not issued for
a role. A cell is `yes` only if a call was accepted, or a URL was presigned, with a key that was issued for exactly
the account and role of the profile. The output of every run is in FOLDER/logs, as long as FOLDER exists.

With `--other-keys` there are other keys, which no client should use: in `[default]` of ~/.aws/credentials, and for
`exec` also in the environment, together with the name of another profile.
"""

import argparse
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import use_simulator
from tests.fixtures.home import Home, command, environment, sign_in
from tests.fixtures.s3 import S3, s3
from tests.fixtures.sts import Sts, sts
from tests.long.which_way.clients import ACCOUNT, Client, clients

PROFILE, ROLE = "payments-prod.ReadOnly", "ReadOnly"
ANOTHER_PROFILE = "management.ReadOnly"
# By the heading of its column: the style of the profiles, and the options of `exec` or None if AWS_PROFILE is set.
WAYS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "sso": ("sso", None),
    "credential-process": ("credential-process", None),
    "exec": ("sso", ()),
    "exec --via credential-process": ("sso", ("--via", "credential-process")),
    "exec --via env": ("sso", ("--via", "env")),
}
INSTALL_SECONDS, RUN_SECONDS = 590, 60

OTHER_KEYS = {"AKIAOFDEFAULT0000000": "[default] in ~/.aws/credentials", "AKIAOFENVIRONMENT000": "the environment"}
_DEFAULT, _ENVIRONMENT = OTHER_KEYS
DEFAULT_SECTION = f"\n[default]\naws_access_key_id = {_DEFAULT}\naws_secret_access_key = other\n"
OTHER_VARIABLES = {
    "AWS_PROFILE": ANOTHER_PROFILE,
    "AWS_ACCESS_KEY_ID": _ENVIRONMENT,
    "AWS_SECRET_ACCESS_KEY": "other",
    "AWS_SESSION_TOKEN": "other",
}

_KEY = re.compile(r"(?:ASIA|AKIA)[A-Z0-9]{16}")
_ERROR = re.compile(
    r"error|exception|fail|could not|unable|cannot|denied|expired|invalid|missing|refused|doesn't|no .*found",
    re.IGNORECASE,
)
_PYTHON_PATH = re.compile(r'^\s*(File "|Traceback|\^)')


@dataclass(frozen=True, slots=True)
class Cell:
    """The result of a client in a way: `yes`, `no`, `ANOTHER` (it used other keys) or `not tried`; and why."""

    answer: str
    reason: str = ""


def shell(line: str, folder: Path, variables: dict[str, str], seconds: int) -> tuple[int, str]:
    """Run a line of sh in a folder: the exit code, and stdout and stderr together."""
    return run(["sh", "-c", line], folder, variables, seconds)


def run(words: list[str], folder: Path, variables: dict[str, str], seconds: int) -> tuple[int, str]:
    """Run a command; after `seconds` it is killed with all its child processes, and the exit code is 124."""
    with subprocess.Popen(
        words,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output = process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0]
            return 124, f"{output}\nerror: killed after {seconds} seconds"
    return process.returncode, output


def installed(client: Client, base: Path) -> tuple[Path, str, str]:
    """Install a client: its folder, its version, and the reason if it could not be installed."""
    folder = base / re.sub(r"[^A-Za-z0-9.]+", "-", client.folder or client.name).strip("-").lower()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in client.files.items():
        (folder / name).write_text(text)
    if client.system:
        code, output = shell(client.system, folder, dict(os.environ), RUN_SECONDS)
        if code != 0:
            return folder, "", f"not installed: {client.package}"
        return folder, f"{' '.join(output.split()[:2])} ({client.package})", ""
    done = folder / "installed"
    if not done.exists() or done.read_text() != client.install:
        code, output = shell(client.install, folder, dict(os.environ), INSTALL_SECONDS)
        if code != 0:
            return folder, client.version, f"cannot be installed: {error_line(output)}"
        done.write_text(client.install)
    return folder, client.version, ""


@dataclass(frozen=True, slots=True)
class World:
    """A home folder with profiles, and the services that are called."""

    center: Simulator
    caller_identity: Sts
    bucket: S3
    home: Home

    def once(self, client: Client, words: list[str], folder: Path, more: dict[str, str]) -> tuple[Cell, str]:
        """Run a command with `more` in its environment: the result and the output."""
        code, output = run(words, folder, {**self.home.environment, **more}, RUN_SECONDS)
        keys = set(_KEY.findall(output)) if client.prints else self._keys()
        # Some commands fail for another reason after they have called STS, such as a stack that does not exist.
        accepted = code == 0 or sum(self.caller_identity.good.values()) > 0
        return self._judged(keys, output, accepted=accepted), f"exit code {code}, keys {sorted(keys)}\n{output}"

    def _keys(self) -> set[str]:
        """The ids of the keys that have signed calls; an empty one if a call was not signed."""
        found = set[str]()
        for service in (self.caller_identity, self.bucket):
            with suppress(queue.Empty):
                while True:
                    found.add(service.keys.get_nowait())
        return found

    def _judged(self, keys: set[str], output: str, *, accepted: bool) -> Cell:
        """The result of a run that used these keys."""
        others = [each for each in keys if each and self._owner(each) != f"{ACCOUNT}/{ROLE}"]
        if others:
            return Cell("ANOTHER", ", ".join(f"{each} of {self._owner(each)}" for each in others))
        if keys - {""} and accepted:
            return Cell("yes")
        if "amazonaws.com" in output:
            return Cell("not tried", f"it calls AWS instead of the local services: {error_line(output)}")
        refused = "its call was refused: " if keys - {""} else "its call was not signed: " if keys else ""
        return Cell("no", refused + error_line(output))

    def _owner(self, key: str) -> str:
        """The account and the role for which a key was issued, or where else it comes from."""
        try:
            issued = self.center.issued(key)
        except KeyError:
            return OTHER_KEYS.get(key, "an unknown source")
        return f"{issued.account_id}/{issued.role_name}"


@contextmanager
def world(style: str, *, other_keys: bool) -> Iterator[World]:
    """A home folder that is signed in, with profiles of a style, with or without other keys."""
    with (
        Simulator(organisation(), rate=None, auto_approve=True) as center,
        sts(center) as caller_identity,
        s3(center) as bucket,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as path,
    ):
        urls = {"AWS_ENDPOINT_URL_STS": caller_identity.url, "AWS_ENDPOINT_URL_S3": bucket.url}
        home = Home(Path(path), environment(Path(path), {**center.environment, **urls}))
        sign_in(home, center)
        done = home.ssohelper("sync", "--yes", "--style", style)
        assert done.returncode == 0, done.stderr
        use_simulator(home, center)
        if other_keys:
            home.config.with_name("credentials").write_text(DEFAULT_SECTION)
        yield World(center, caller_identity, bucket, home)


def tried(client: Client, way: str, folder: Path, *, other_keys: bool) -> tuple[Cell, str]:
    """Run a client in a way: the result and the output.

    If a client fails with AWS_PROFILE alone, AWS_SDK_LOAD_CONFIG is set as well, as `ssohelper use` does.
    """
    style, options = WAYS[way]
    words = ["sh", "-c", client.command]
    if options is not None:
        exec_words = command("ssohelper", "exec", *options, "--profile", PROFILE, "--", *words)
        with world(style, other_keys=other_keys) as made:
            return made.once(client, exec_words, folder, OTHER_VARIABLES if other_keys else {})
    with world(style, other_keys=other_keys) as made:
        alone, output = made.once(client, words, folder, {"AWS_PROFILE": PROFILE})
    if alone.answer == "yes":
        return alone, output
    with world(style, other_keys=other_keys) as made:
        more = {"AWS_PROFILE": PROFILE, "AWS_SDK_LOAD_CONFIG": "1"}
        cell, second_output = made.once(client, words, folder, more)
    output += f"\nwith AWS_SDK_LOAD_CONFIG=1: {second_output}"
    if cell.answer == "yes":
        cell = Cell("yes", f"with AWS_SDK_LOAD_CONFIG=1; without it, {alone.answer}: {alone.reason}")
    return cell, output


def error_line(output: str) -> str:
    """The line of an output that says what is wrong: the last one of a Python traceback, else the first one."""
    lines = [line.strip() for line in output.splitlines() if line.strip() not in ("", "Error:")]
    if "Traceback (most recent call last)" in output:
        lines.reverse()
    lines = [line for line in lines if not _PYTHON_PATH.match(line)]
    found = next((line for line in lines if _ERROR.search(line)), lines[0] if lines else "no output")
    return found[:400]


def row(client: Client, base: Path, *, other_keys: bool) -> tuple[str, dict[str, Cell]]:
    """The version of a client, and its result in each way."""
    folder, version, problem = installed(client, base)
    if problem:
        return version, dict.fromkeys(WAYS, Cell("not tried", problem))
    cells = {}
    for way in WAYS:
        if client.own_portal and way == "sso":
            cells[way] = Cell("not tried", "it calls the portal at AWS, which no variable changes")
            continue
        cells[way], output = tried(client, way, folder, other_keys=other_keys)
        log = (
            base
            / "logs"
            / f"{folder.name}.{client.name}.{way}{'.other-keys' if other_keys else ''}.txt".replace("/", "-")
        )
        log.parent.mkdir(exist_ok=True)
        log.write_text(output)
    return version, cells


def main() -> None:
    """Print the table, and below it the reasons."""
    parser = argparse.ArgumentParser(description="Which way of serving credentials works with which client.")
    parser.add_argument("folder", nargs="?", type=Path, help="where clients are installed")
    parser.add_argument("--only", metavar="NAME", action="append", help="only the client with this name")
    parser.add_argument("--other-keys", action="store_true", help="with other keys, which no client should use")
    arguments = parser.parse_args()
    chosen = [each for each in clients() if not arguments.only or each.name in arguments.only]
    unknown = set(arguments.only or ()) - {each.name for each in chosen}
    if unknown:
        parser.error(f"no such client: {'; '.join(sorted(unknown))} (known: {'; '.join(c.name for c in clients())})")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        base = (arguments.folder or Path(temporary)).absolute()
        reasons = []
        say(f"| client | version | {' | '.join(WAYS)} |")
        say("|---|---|" + "---|" * len(WAYS))
        for client in chosen:
            version, cells = row(client, base, other_keys=arguments.other_keys)
            say(f"| {client.name} | {version} | {' | '.join(each.answer for each in cells.values())} |")
            found = [(way, each) for way, each in cells.items() if each.reason]
            reasons += [f"- {client.name}, {way}: {each.answer}: {each.reason}" for way, each in found]
        say("\n" + "\n".join(reasons))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
