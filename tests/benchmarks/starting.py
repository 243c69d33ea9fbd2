"""The time of frequent commands, relative to a bare Python: python -m tests.benchmarks.starting.

    launcher, warm                                at most 0.2 of `python3 -I -S -c pass`
    --help, --version                             at most 3
    complete, a profile of 2,000                  at most 4
    exec PROFILE -- true                          at most 7
    credential-process, prepared                  at most 1.1 of an entry script that does nothing
    status, profiles, whoami, roles, env, console at most 1.3 of `python -c "import click"`
    credential-process, cold, 50 ms a call        at most 2 of `python -c "import botocore.session"`
    aws-sso-util credential-process               for comparison, with its own caches warm
    aws configure export-credentials              for comparison, if AWS CLI 2 is installed

The commands take turns, so that a busy machine slows all of them alike; the medians are compared. An argument names
the folder of another version's programs, which are measured in the same run.
"""

import json
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
# A role whose credentials are deleted before each request.
COLD = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
ROLE = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
PROFILE = "management.ReadOnly"
# Commands that read files alone.
_READING: dict[str, tuple[str, ...]] = {
    "status": (),
    "profiles": (),
    "whoami": (PROFILE,),
    "roles": (),
    "env": (PROFILE,),
    "console": ("--print", PROFILE),
}
# What each is compared with, and at most how much of it it takes.
LIMITS = {
    "launcher": ("bare python", 0.2),
    "--help": ("bare python", 3.0),
    "--version": ("bare python", 3.0),
    "complete": ("bare python", 4.0),
    "exec": ("bare python", 7.0),
    "credential-process": ("empty script", 1.1),
    **dict.fromkeys(_READING, ("import click", 1.3)),
    "cold": ("import botocore", 2.0),
}


def main() -> int:
    """Measure and print; the exit code is 1 if a limit is exceeded."""
    with tempfile.TemporaryDirectory() as folder, _center() as center:
        home = _home(Path(folder), center)
        medians = _medians({**_commands(Path(folder), center), **_aws_cli_2(home, center)}, home.environment)
    held = True
    for name, median in medians.items():
        base, limit = LIMITS.get(name.removesuffix(", other"), ("bare python", None))
        limit = None if name.endswith("other") else limit
        ratio = median / medians[base]
        held &= limit is None or ratio <= limit
        shown = f" of {base}{f' (limit {limit})' if limit else ''}"
        sys.stdout.write(f"{name:25} {1000 * median:7.1f} ms {ratio:7.2f}{shown}\n")
    return 0 if held else 1


def _center() -> Simulator:
    return Simulator(organisation(), rate=None, latency=0.05, auto_approve=True)


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
        "import botocore": (sys.executable, "-c", "import botocore.session"),
        "empty script": (str(_empty_script(folder)),),
        **_own_commands(folder, BIN),
        **_others(folder),
        "aws-sso-util": (str(BIN / "aws-sso-util"), "credential-process", *where, *ROLE[2:]),
    }


def _others(folder: Path) -> dict[str, Sequence[str]]:
    """The same commands of the version that an argument names."""
    found = [_own_commands(folder, Path(path)) for path in sys.argv[1:]]
    return {f"{name}, other": words for commands in found for name, words in commands.items()}


def _own_commands(folder: Path, programs: Path) -> dict[str, Sequence[str]]:
    program = str(programs / "ssohelper")
    return {
        "launcher": (f"{program}-credential-process", *ROLE),
        "credential-process": (program, "credential-process", *ROLE),
        "--help": (program, "--help"),
        "--version": (program, "--version"),
        "exec": (program, "exec", PROFILE, "--", "true"),
        "cold": (program, "credential-process", *COLD),
        **{name: (program, name, *words) for name, words in _READING.items()},
        # What a completion script runs for `ssohelper use p`.
        "complete": ("env", f"AWS_CONFIG_FILE={_many(folder)}", program, "complete", "zsh", "--", "use", "p"),
    }


def _empty_script(folder: Path) -> Path:
    """A script like the one that pip makes of an entry point, whose function does nothing."""
    (folder / "nothing.py").write_text("def main():\n    pass\n")
    script, ours = folder / "empty", (BIN / "ssohelper").read_text()
    path = f"sys.path.append({str(folder)!r})"
    script.write_text(ours.replace("from ssohelper.__main__ import", f"{path}\nfrom nothing import"))
    script.chmod(0o755)
    return script


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
            if name.startswith("cold"):
                _forget(Path(environment["HOME"]), Path(environment["XDG_STATE_HOME"]))
            started = time.perf_counter()
            subprocess.run(words, env=dict(environment), stdout=subprocess.DEVNULL, check=True)
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(each) for name, each in times.items()}


def _forget(home: Path, state: Path) -> None:
    """Delete all cached credentials and prepared answers, except those of the other commands' role."""
    kept = state / "ssohelper/answers" / ROLE[1] / ROLE[3] / ROLE[5]
    cached = json.loads(kept.read_text().splitlines()[1])["AccessKeyId"]
    for each in (home / ".aws/cli/cache").iterdir():
        if cached not in each.read_text():
            each.unlink()
    (state / "ssohelper/answers" / COLD[1] / COLD[3] / COLD[5]).unlink(missing_ok=True)


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
