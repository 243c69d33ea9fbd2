"""The time of frequent commands, relative to a bare Python: python -m tests.benchmarks.starting.

    warm launcher                                 at most 0.6 of `python3 -I -S -c pass`
    ssohelper credential-process, prepared        at most 3.0
    ssohelper --help, ssohelper status            at most 8
    ssohelper complete, a profile of 2,000        at most 4.0
    ssohelper profiles, whoami, roles (listed)    at most 1.5 of `python -c "import click"`
    aws-sso-util credential-process               for comparison, with its own caches warm
    aws configure export-credentials              for comparison, if AWS CLI 2 is installed

The commands take turns, so that a busy machine slows all of them alike; the medians are compared.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures import clients
from tests.fixtures.home import Home, environment, sign_in

ROUNDS = 40
BIN = Path(sys.executable).parent
ROLE = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
# Commands that read files alone.
_READING: dict[str, tuple[str, ...]] = {"profiles": (), "whoami": ("data-platform-dev.ReadOnly",), "roles": ()}
# What a completion script runs for `ssohelper use p`.
COMPLETE = (str(BIN / "ssohelper"), "complete", "zsh", "--", "use", "p")
LIMITS = {"launcher": 0.6, "credential-process": 3.0, "--help": 8.0, "status": 8.0, "complete": 4.0}
# Relative to the import of click, which each of them needs.
CLICK_LIMITS = {"profiles": 1.5, "whoami": 1.5, "roles": 1.5}


def main() -> int:
    """Measure and print; the exit code is 1 if a limit is exceeded."""
    with tempfile.TemporaryDirectory() as folder, Simulator(organisation(), rate=None, auto_approve=True) as center:
        home = _home(Path(folder), center)
        medians = _medians({**_commands(Path(folder), center), **_aws_cli_2(home, center)}, home.environment)
    held = True
    for name, median in medians.items():
        base = "import click" if name in CLICK_LIMITS else "bare python"
        ratio, limit = median / medians[base], {**LIMITS, **CLICK_LIMITS}.get(name)
        held &= limit is None or ratio <= limit
        shown = f" of {base}{f' (limit {limit})' if limit else ''}"
        sys.stdout.write(f"{name:20} {1000 * median:7.1f} ms {ratio:7.2f}{shown}\n")
    return 0 if held else 1


def _home(folder: Path, center: Simulator) -> Home:
    """A home folder with a sign-in, for us and for aws-sso-util; modules are compiled, as in an installation."""
    home = Home(folder, environment(folder, center.environment))
    home.environment.pop("PYTHONDONTWRITEBYTECODE", None)
    sign_in(home, center)
    for words in (("sync", "--yes"), ("roles",)):
        done = home.run(str(BIN / "ssohelper"), *words)
        assert done.returncode == 0, done.stderr
    done = home.run("aws-sso-util", "login", "--headless", center.start_url, center.region)
    assert done.returncode == 0, done.stderr
    return home


def _commands(folder: Path, center: Simulator) -> dict[str, Sequence[str]]:
    where = ("--sso-start-url", center.start_url, "--region", center.region)
    return {
        "bare python": (sys.executable, "-I", "-S", "-c", "pass"),
        "import click": (sys.executable, "-c", "import click"),
        "launcher": (str(BIN / "ssohelper-credential-process"), *ROLE),
        "credential-process": (str(BIN / "ssohelper"), "credential-process", *ROLE),
        "--help": (str(BIN / "ssohelper"), "--help"),
        "status": (str(BIN / "ssohelper"), "status"),
        **{name: (str(BIN / "ssohelper"), name, *words) for name, words in _READING.items()},
        "complete": ("env", f"AWS_CONFIG_FILE={_many(folder)}", *COMPLETE),
        "aws-sso-util": (str(BIN / "aws-sso-util"), "credential-process", *where, *ROLE[2:]),
    }


def _many(folder: Path) -> Path:
    """A config file with 2,000 profiles like those of `ssohelper sync`."""
    path = folder / "many"
    keys = "sso_session = acme\nsso_role_name = R{0}\nregion = us-east-1\noutput = json\nssohelper_session = acme\n"
    profile = f"[profile p{{1:04}}.R{{0}}]\nsso_account_id = {{1:012}}\n{keys}\n"
    path.write_text("".join(profile.format(number % 4, number // 4) for number in range(2000)))
    return path


def _aws_cli_2(home: Home, center: Simulator) -> dict[str, Sequence[str]]:
    """AWS CLI 2 for the same role, from the token cache that it shares with us."""
    aws = clients.installed_aws_cli_2()
    if aws is None:
        return {}
    clients.use_simulator(home, center)
    with home.config.open("a") as file:
        account_id, role_name = ROLE[3], ROLE[5]
        file.write(f"\n[profile p]\nsso_session = acme\nsso_account_id = {account_id}\nsso_role_name = {role_name}\n")
    return {"aws 2": (aws, "configure", "export-credentials", "--profile", "p")}


def _medians(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> dict[str, float]:
    for words in commands.values():  # fills the caches
        subprocess.run(words, env=dict(environment), stdout=subprocess.DEVNULL, check=True)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, words in commands.items():
            started = time.perf_counter()
            subprocess.run(words, env=dict(environment), stdout=subprocess.DEVNULL, check=True)
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(each) for name, each in times.items()}


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
