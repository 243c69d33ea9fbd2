"""`ssohelper demo`: a tour of the commands against a simulated Identity Center, in a temporary home folder.

Each step runs in a separate process: the commands that a user would type, and boto3.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from ssohelper import hints
from ssohelper.errors import Failed
from ssohelper.refresher import job
from ssohelper.shell import current_shell, startup_file
from ssohelper.simulator import administered, examples
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.entities import Account
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.signals import wait_for_signal
from ssohelper.ui import shell_syntax, terminal
from ssohelper.ui.look import Look

SESSION = "acme"
SETTINGS = """\
[[defaults.rules]]
match = "payments-*"
style = "credential-process"
"""
FETCH = """\
import os, sys, boto3
for profile in sys.argv[1:] or [os.environ.get("AWS_PROFILE")]:
    credentials = boto3.Session(profile_name=profile).get_credentials()
    print(f"{profile or 'default'}: {credentials.access_key} from {credentials.method}")
"""
PROFILES = ("data-platform-dev.Developer", "payments-staging.Developer")
ROLE = "payments-prod.ReadOnly"
# Variables that name start-up files and histories of shells.
_NAME_FILES_OF_SHELLS = {"BASH_ENV", "ENV", "HISTFILE", "ZDOTDIR", "fish_history"}
# To delete the folder, a tenth of a second apart.
_DELETE_ATTEMPTS = 50
MISTAKE = """
[profile by-hand]
sso_session = acne
sso_account_id = 333344445555
sso_role_name = ReadOnly
"""


@click.command("demo")
@click.option("--admin", is_flag=True, help="The tour for administrators: permission sets, and a review of them.")
@click.option("--keep", is_flag=True, help="Afterwards, open a shell in the demo's home folder.")
def command(admin: bool, keep: bool) -> None:
    """Run a tour of the main commands: login, sync, exec, use, status, doctor.

    Takes about ten seconds. It needs neither AWS nor a network: a simulated IAM Identity Center serves a sample
    company. Your own files are not touched: the demo runs in a temporary home folder.

    With --keep, a shell in that home folder follows; `exit` ends it. Without a terminal, it prints the variables for
    another shell, and runs until Ctrl-C.

    With --admin, the company has an example of each thing that a review of permission sets finds.

    \b
      ssohelper demo --keep
      ssohelper demo --admin
    """  # noqa: D301 (click keeps the line breaks after \b)
    now = time.time()
    world = examples.plant_all(administered.well_run(now), now) if admin else organisation()
    with (
        _temporary_folder() as home,
        Simulator(world, rate=None, auto_approve=True) as identity_center,
    ):
        runner = _Runner(_environment(home, identity_center.environment))
        if admin:
            _run_steps_of_administrator(runner, identity_center)
        else:
            _run_steps(runner, identity_center)
        if keep and terminal.interactive():
            _open_shell(runner)
        elif keep:
            _keep_running(runner)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder that is deleted afterwards, even while processes that a shell has left still write there."""
    folder = Path(tempfile.mkdtemp(prefix="ssohelper-demo-"))
    try:
        yield folder
    finally:
        for _ in range(_DELETE_ATTEMPTS):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)
        else:
            terminal.warn(f"could not delete {folder}")


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the demo's commands in its environment."""

    environment: Mapping[str, str]

    def heading(self, text: str) -> None:
        """Print the heading of the next step."""
        mark = Look.of(sys.stdout).paint("::", "cyan")
        click.echo(f"\n{mark} {Look.of(sys.stdout).paint(text, 'bold')}")

    def stop_agent(self) -> None:
        """Stop the agent, if it was started: it would go on in a folder that is gone."""
        stop = [sys.executable, "-P", "-m", "ssohelper", "agent", "stop"]
        subprocess.run(stop, env=dict(self.environment), capture_output=True, check=False)

    def fetch(self, *before: str, profiles: Sequence[str] = (), shown: str) -> None:
        """Run the Python program that gets credentials with boto3, after the words of another command."""
        self.run(*before, sys.executable, "-P", "-c", FETCH, *profiles, shown=shown)

    def run(self, *words: str, shown: str | None = None, expected: int = 0) -> None:
        """Run a command, and print it with its output. Raises `Failed` for another exit code than is expected."""
        click.echo(Look.of(sys.stdout).paint(f"$ {shown or shlex.join(words)}", "dim"))
        done = subprocess.run(
            [sys.executable, "-P", "-m", *words] if words[0] == "ssohelper" else words,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        click.echo(done.stdout.rstrip("\n"))
        if done.returncode != expected:
            raise Failed(f"the demo failed: `{shown or shlex.join(words)}` exited with {done.returncode}")


def _run_steps(runner: _Runner, identity_center: Simulator) -> None:
    world = identity_center.world
    runner.heading("Configure a session for a company with eight accounts: its start URL and region are enough")
    url, region = identity_center.start_url, identity_center.region
    runner.run("ssohelper", "configure", "--session", SESSION, "--start-url", url, "--region", region)

    runner.heading("Sign in: you approve a code in the browser (here the demo does). The AWS CLI uses the same token")
    runner.run("ssohelper", "login", "--no-browser")

    runner.heading("A rule in config.toml: profiles for payments accounts use credential_process")
    _write_settings(runner, SETTINGS)

    runner.heading("A profile for every role. Two accounts share a name, so their profiles include the account id")
    runner.run("ssohelper", "sync", "--yes")

    runner.heading("An administrator removes a role and adds an account. Sync changes only the profiles of these two")
    world.withdraw("555566667777", "Developer")
    world.add_account(Account("999900001111", "fraud-detection", "aws+fraud@example.com"))
    world.assign("999900001111", "ReadOnly", "alex@example.com")
    runner.run("ssohelper", "sync", "--yes")

    runner.heading("Sync again: nothing to do, and the file is not written")
    runner.run("ssohelper", "sync", "--yes")

    runner.heading("All AWS tools can use the profiles. Here boto3 gets credentials through one of each style")
    runner.fetch(profiles=PROFILES, shown=f"python fetch.py {' '.join(PROFILES)}")
    calls = identity_center.counters.calls
    click.echo(f"GetRoleCredentials calls: {calls['GetRoleCredentials']}")

    runner.heading("Run a command as a role: however long it runs, its credentials are refreshed")
    words = ("ssohelper", "exec", ROLE, "--")
    runner.fetch(*words, shown=f"{shlex.join(words)} python fetch.py")

    if shutil.which("bash"):
        runner.heading("Use a profile in a shell; without a name, you choose from a list. TAB completes names")
        load = f'eval "$({shlex.quote(sys.executable)} -P -m ssohelper shell-init bash)"'
        use = ("bash", "-c", f'{load}; ssohelper use {ROLE}; "$@"', "bash")
        runner.fetch(*use, shown=f"ssohelper use {ROLE}; python fetch.py")

    runner.heading("Check how long the sign-in is valid, and whether it is refreshed automatically")
    runner.run("ssohelper", "status")

    runner.heading("Somebody adds a profile by hand, and mistypes the session: the doctor names the line and the fix")
    with (Path(runner.environment["HOME"]) / ".aws" / "config").open("a", encoding="utf-8") as config:
        config.write(MISTAKE)
    runner.run("ssohelper", "doctor", expected=1)


def _run_steps_of_administrator(runner: _Runner, identity_center: Simulator) -> None:
    runner.heading("An administrator signs in: the role that reads is one of their own")
    url, region = identity_center.start_url, identity_center.region
    runner.run("ssohelper", "configure", "--session", SESSION, "--start-url", url, "--region", region)
    runner.run("ssohelper", "login", "--no-browser")

    runner.heading("config.toml names that role, and what this company expects of its permission sets")
    reader = f'[sessions.{SESSION}]\nadmin = "management/{administered.READER}"\n'
    _write_settings(runner, f"{administered.SETTINGS}\n{reader}")

    runner.heading("One line for each permission set, read at 20 calls a second: AWS allows no more")
    runner.run("ssohelper", "permission-sets", "list")

    runner.heading("Who has one, directly or by which group")
    runner.run("ssohelper", "who", "ReadOnly")

    runner.heading("Why somebody cannot do something: from the person to the policy")
    who = ("--user", "ann@example.com", "--account", "sandbox", "--role", "Developer", "--action", "iam:CreateUser")
    runner.run("ssohelper", "why", *who, expected=1)

    runner.heading("What good practice would change: this company has one example of each finding")
    runner.run("ssohelper", "permission-sets", "review", "--kept", expected=1)


def _write_settings(runner: _Runner, text: str) -> None:
    path = Path(runner.environment["XDG_CONFIG_HOME"]) / "ssohelper" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    click.echo(text.rstrip("\n"))


def _open_shell(runner: _Runner) -> None:
    """Open the person's shell in the demo's home folder, with the shell integration where it has one."""
    name = startup_file.shell_of(current_shell.or_login_shell())
    runner.heading("Try it yourself in this shell. To end the demo and delete its folder: exit")
    if name is not None:
        runner.run("ssohelper", "shell-init", name, "--install")
    programs = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])}
    before = Path.cwd()
    os.chdir(runner.environment["HOME"])
    try:
        job.run_child(
            current_shell.powershell_command() or job.default_command(os.environ), {**runner.environment, **programs}
        )
    finally:
        os.chdir(before)
        runner.stop_agent()
        terminal.say("the demo has ended")


def _keep_running(runner: _Runner) -> None:
    runner.heading("Try it yourself: paste this into another shell. Ctrl-C stops the demo and deletes its folder")
    endpoints = (name for name in runner.environment if name.startswith("AWS_ENDPOINT_URL_"))
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", *endpoints)
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    variables = {**{name: runner.environment[name] for name in names}, "PATH": programs}
    for name, value in variables.items():
        click.echo(shell_syntax.for_paste(hints.export({name: value})))
    unset = hints.unset("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    click.echo(shell_syntax.for_paste(unset))
    sys.stdout.flush()
    wait_for_signal()


def _environment(home: Path, endpoints: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without the variables that point to the user's files or accounts."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SSOHELPER_", "XDG_")) and name not in _NAME_FILES_OF_SHELLS
    }
    return {
        **inherited,
        **endpoints,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONIOENCODING": "utf-8",
    }
