"""`ssohelper demo`: a tour of the commands against a simulated Identity Center, in a temporary home folder.

Each step runs in a separate process: the commands that a user would type, and boto3.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from ssohelper.errors import Failed
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.signals import wait_for_signal
from ssohelper.simulator.world import Account, organisation
from ssohelper.ui import terminal

SESSION = "acme"
SETTINGS = """\
[[defaults.rules]]
match = "payments-*"
style = "credential-process"
"""
FETCH = """\
import sys, boto3
print(len(boto3.Session().available_profiles), "profiles, including", ", ".join(sys.argv[1:]))
for profile in sys.argv[1:]:
    credentials = boto3.Session(profile_name=profile).get_credentials()
    print(f"{profile}: {credentials.access_key} from {credentials.method}")
"""
PROFILES = ("data-platform-dev.Developer", "payments-staging.Developer")


@click.command("demo")
@click.option("--keep", is_flag=True, help="Keep it running and print its environment variables.")
def command(keep: bool) -> None:
    """Run a tour of the main commands: sign-in, profiles, a sync after changes, credentials.

    Takes about ten seconds. It needs neither AWS nor a network: a simulated IAM Identity Center serves a sample
    company. Your own files are not touched: the demo runs in a temporary home folder.

    Example: ssohelper demo --keep
    """
    with (
        tempfile.TemporaryDirectory(prefix="ssohelper-demo-") as home,
        Simulator(organisation(), rate=None, auto_approve=True) as identity_center,
    ):
        runner = _Runner(_environment(Path(home), identity_center.environment))
        _run_steps(runner, identity_center)
        if keep:
            _keep_running(runner)


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the demo's commands in its environment."""

    environment: Mapping[str, str]

    def heading(self, text: str) -> None:
        """Print the heading of the next step."""
        mark = terminal.paint("::", "cyan", terminal.color(sys.stdout))
        click.echo(f"\n{mark} {terminal.paint(text, 'bold', terminal.color(sys.stdout))}")

    def run(self, *words: str, shown: str | None = None) -> None:
        """Run a command, and print it with its output. Raises `Failed` if it fails."""
        click.echo(terminal.paint(f"$ {shown or shlex.join(words)}", "dim", terminal.color(sys.stdout)))
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
        if done.returncode:
            raise Failed(f"the demo failed: `{shown or shlex.join(words)}` exited with {done.returncode}")


def _run_steps(runner: _Runner, identity_center: Simulator) -> None:
    world = identity_center.world
    runner.heading("Configure a session for a company with eight accounts: its start URL and region are enough")
    url, region = identity_center.start_url, identity_center.region
    runner.run("ssohelper", "configure", "--session", SESSION, "--start-url", url, "--region", region)

    runner.heading("Sign in: you approve a code in the browser (here the demo does). The AWS CLI uses the same token")
    runner.run("ssohelper", "login", "--no-browser")

    runner.heading("A rule in config.toml: profiles for payments accounts use credential_process")
    settings = Path(runner.environment["XDG_CONFIG_HOME"]) / "ssohelper" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    click.echo(SETTINGS.rstrip("\n"))

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
    runner.run(sys.executable, "-P", "-c", FETCH, *PROFILES, shown=f"python fetch.py {' '.join(PROFILES)}")
    calls = identity_center.counters.calls
    click.echo(f"GetRoleCredentials calls: {calls['GetRoleCredentials']}")

    runner.heading("Check how long the sign-in is valid, and whether it is refreshed automatically")
    runner.run("ssohelper", "status")


def _keep_running(runner: _Runner) -> None:
    runner.heading("Try it yourself: paste this into another shell. Ctrl-C stops the demo and deletes its folder")
    endpoints = (name for name in runner.environment if name.startswith("AWS_ENDPOINT_URL_"))
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", *endpoints):
        click.echo(f"export {name}={shlex.quote(runner.environment[name])}")
    click.echo("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE")
    click.echo(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
    sys.stdout.flush()
    wait_for_signal()


def _environment(home: Path, endpoints: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without the variables that point to the user's files or accounts."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SSOHELPER_"))}
    return {
        **inherited,
        **endpoints,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONIOENCODING": "utf-8",
    }
