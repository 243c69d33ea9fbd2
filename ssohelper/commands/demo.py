"""`ssohelper demo`: the whole tour, on an embedded Identity Center, in a home folder of its own.

Every step is a real process: the same commands that a person would type, and real boto3.
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

from ssohelper.commands.simulator import wait_for_the_end
from ssohelper.errors import Failed
from ssohelper.simulator.server import Simulator
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
print(len(boto3.Session().available_profiles), "profiles, among them", ", ".join(sys.argv[1:]))
for profile in sys.argv[1:]:
    found = boto3.Session(profile_name=profile).get_credentials()
    print(f"{profile}: {found.method} gave {found.access_key}")
"""
PROFILES = ("data-platform-dev.Developer", "payments-staging.Developer")


@click.command("demo")
@click.option("--keep", is_flag=True, help="Leave it running afterwards, with the environment to play on.")
def command(keep: bool) -> None:
    """Watch everything once: sign-in, profiles, a change in the company, credentials.

    Takes about ten seconds, needs neither AWS nor a network, and never touches your own files: an embedded IAM
    Identity Center serves an invented company, and everything is written into a temporary home folder.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ssohelper-demo-") as home,
        Simulator(organisation(), rate=None, auto_approve=True) as identity_center,
    ):
        stage = _Stage(_environment(Path(home), identity_center.environment))
        _play(stage, identity_center)
        if keep:
            _keep(stage)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the demo plays."""

    environment: Mapping[str, str]

    def say(self, text: str) -> None:
        """What comes next, and what it shows."""
        mark = terminal.paint("::", "cyan", terminal.color(sys.stdout))
        click.echo(f"\n{mark} {terminal.paint(text, 'bold', terminal.color(sys.stdout))}")

    def run(self, *words: str, shown: str | None = None) -> None:
        """Run a command and show it with all that it prints. Raises `Failed` where it fails."""
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
            raise Failed(f"the demo stopped: `{shown or shlex.join(words)}` ended with {done.returncode}")


def _play(stage: _Stage, identity_center: Simulator) -> None:
    world = identity_center.world
    stage.say("A company with eight accounts. Its start URL and region are all that one has to know")
    url, region = identity_center.start_url, identity_center.region
    stage.run("ssohelper", "configure", "--session", SESSION, "--start-url", url, "--region", region)

    stage.say("Sign in: a person approves the code in a browser (here the demo does); the token is the AWS CLI's own")
    stage.run("ssohelper", "login", "--no-browser")

    stage.say("A rule in config.toml: payments accounts hand out credentials through credential_process")
    settings = Path(stage.environment["XDG_CONFIG_HOME"]) / "ssohelper" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    click.echo(SETTINGS.rstrip("\n"))

    stage.say("A profile for every role. The two accounts called sandbox get names of their own")
    stage.run("ssohelper", "sync", "--yes")

    stage.say("The company changes: a role is withdrawn, an account is added. Only that is changed")
    world.withdraw("555566667777", "Developer")
    world.add_account(Account("999900001111", "fraud-detection", "aws+fraud@example.com"))
    world.assign("999900001111", "ReadOnly", "alex@example.com")
    stage.run("ssohelper", "sync", "--yes")

    stage.say("Once more: nothing to do, and not a byte of the file is touched")
    stage.run("ssohelper", "sync", "--yes")

    stage.say("Any AWS tool sees the profiles. boto3 gets credentials through a profile of each style")
    stage.run(sys.executable, "-P", "-c", FETCH, *PROFILES, shown=f"python fetch.py {' '.join(PROFILES)}")
    calls = identity_center.counters.calls
    click.echo(f"Identity Center was asked {calls['GetRoleCredentials']} times for role credentials")

    stage.say("How long is left, and what renews itself")
    stage.run("ssohelper", "status")


def _keep(stage: _Stage) -> None:
    stage.say("Yours to play with: paste this into another shell. Ctrl-C ends it and removes the folder")
    endpoints = (name for name in stage.environment if name.startswith("AWS_ENDPOINT_URL_"))
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", *endpoints):
        click.echo(f"export {name}={shlex.quote(stage.environment[name])}")
    click.echo("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE")
    click.echo(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
    sys.stdout.flush()
    wait_for_the_end()


def _environment(home: Path, endpoints: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, but for everything that leads to the user's own files or accounts."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SSOHELPER_"))}
    return {
        **outside,
        **endpoints,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONIOENCODING": "utf-8",
    }
