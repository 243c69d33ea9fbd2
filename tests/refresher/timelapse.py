"""Twelve hours of a job, as a program for `faketime -f '+0 xN'`: what it starts shares its clock.

    python -m tests.refresher.timelapse FOLDER (well | faults | agent) [CLI_PAUSE]

An Identity Center with one-hour role sessions, one-hour tokens and sign-ins of eight hours; moto's STS, which takes
no expired key here; and a job of three loops, each of which calls it every minute: boto3 in one process, the AWS
SDK for JavaScript in one, the AWS CLI in a new one each time (every quarter of an hour, unless CLI_PAUSE has other
seconds: at a hundred times the speed it needs more than a minute to start). When it is time, a person signs in
again. The job runs under `ssohelper exec`; with `agent`, by a profile of the style credential-process, while the
agent runs. With `faults` the portal fails in one way after the other, for twelve minutes out of thirty. Prints what
happened as JSON.
"""

import itertools
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate
from tests.conftest import Home, command, environment
from tests.sts import sts

HOURS = 3600.0
JOB_SECONDS, SIGN_IN_SECONDS = 12 * HOURS, 8 * HOURS
FAULTS = (
    *(Fault.error(status) for status in (401, 403, 404, 429, 500, 503)),
    *(Fault.dropped(), Fault.lost(), Fault.truncated(), Fault.html(), Fault.hang(3600)),
)
# What `faketime` sets.
FAKED = ("LD_PRELOAD", "FAKETIME", "FAKETIME_SHARED")
# How long the person takes to notice that a sign-in is needed.
NOTICES_SECONDS = 600.0

JOB = """\
{python} boto.py & one=$!
node javascript.mjs & two=$!
while ! [ -e stop ]; do
    aws sts get-caller-identity >/dev/null 2>>cli.errors
    sleep {pause}
done
wait $one $two
"""
BOTO3 = """\
import boto3, os, time
client = boto3.client("sts")
while not os.path.exists("stop"):
    try:
        client.get_caller_identity()
    except Exception as error:
        with open("boto.errors", "a") as file:
            print(time.ctime(), repr(error), file=file)
    time.sleep(60)
"""
JAVASCRIPT = """\
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import fs from "node:fs";
const client = new STSClient({});
while (!fs.existsSync("stop")) {
  try {
    await client.send(new GetCallerIdentityCommand({}));
  } catch (error) {
    fs.appendFileSync("javascript.errors", `${new Date()} ${error}\\n`);
  }
  await new Promise((resolve) => setTimeout(resolve, 60000));
}
"""


def main(folder: str, weather: str, cli_pause: str = "900") -> None:
    """Run it, and print what happened."""
    path = Path(folder)
    center = Simulator(generate(1, 1), rate=None, auto_approve=True, sign_in_seconds=int(SIGN_IN_SECONDS))
    with center, sts(center) as service:
        more = {**center.environment, "AWS_ENDPOINT_URL_STS": service.url, "AWS_REGION": "us-east-1"}
        home = Home(path, environment(path, more))
        home.environment["PATH"] = f"{Path(sys.executable).parent}:{home.environment['PATH']}"
        role = ("--account-id", center.world.accounts[0].id, "--role-name", center.world.permission_sets[0].name)
        for words in (
            ("configure", "--session", "acme", "--start-url", center.start_url, "--region", center.region),
            ("login",),
            ("sync", "--yes", "--style", "credential-process"),
            ("credential-process", *role),
        ):
            prepare(home, *words)
        for name, text in {"boto.py": BOTO3, "javascript.mjs": JAVASCRIPT}.items():
            (path / name).write_text(text)
        began = time.time()
        agent = spawn(home, sys.executable, "-m", "ssohelper.commands.agent_run") if weather == "agent" else None
        script = JOB.format(python=sys.executable, pause=cli_pause)
        job = start_by_profile(home, script) if agent else start(home, script, *role)
        if weather == "faults":
            threading.Thread(target=break_down, args=(center,), daemon=True).start()
        logins = live_through(home, job, began)
        (path / "stop").touch()
        printed = job.communicate()[1]
        if agent:
            agent.terminate()
            printed += agent.communicate()[1]
    told = {
        "good": service.good,
        "bad": service.bad,
        "keys": len({service.keys.get() for _ in range(service.keys.qsize())}),
        "logins": logins,
        "calls": center.counters.calls,
        "said": printed.splitlines(),
        "code": job.returncode,
        "errors": {each.name: each.read_text().splitlines()[:20] for each in path.glob("*.errors")},
    }
    sys.stdout.write(json.dumps(told))


def break_down(center: Simulator) -> None:
    """Let the portal fail, in one way after the other, for twelve minutes out of every thirty."""
    for fault in itertools.cycle(FAULTS):
        time.sleep(18 * 60)
        center.faults.add("GetRoleCredentials", fault, None)
        time.sleep(12 * 60)
        center.faults.clear()


def prepare(home: Home, *words: str) -> None:
    """Run a command of ssohelper by the true clock: what takes a second here is no two minutes there."""
    true = {name: value for name, value in home.environment.items() if name not in FAKED}
    subprocess.run(
        command("ssohelper", *words), env=true, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
    )


def start_by_profile(home: Home, script: str) -> "subprocess.Popen[str]":
    """The job, with a profile that calls the launcher."""
    profile = re.search(r"\[profile (\S+)\]", home.config.read_text())
    assert profile is not None
    return spawn(home, "sh", "-c", script, AWS_PROFILE=profile[1], AWS_SDK_LOAD_CONFIG="1")


def start(home: Home, script: str, *role: str) -> "subprocess.Popen[str]":
    """The job, under the only role."""
    return spawn(home, *command("ssohelper", "exec", *role, "--", "sh", "-c", script))


def spawn(home: Home, *words: str, **more: str) -> "subprocess.Popen[str]":
    """A process in the home folder, which tells what it says on stderr."""
    return subprocess.Popen(
        words,
        env={**home.environment, **more},
        cwd=home.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def live_through(home: Home, job: "subprocess.Popen[str]", began: float) -> list[float]:
    """Wait for twelve hours, and sign in where that is needed; when that was, in seconds from the beginning."""
    logins: list[float] = []
    while (passed := time.time() - began) < JOB_SECONDS and job.poll() is None:
        time.sleep(60)
        if passed > SIGN_IN_SECONDS + NOTICES_SECONDS and not logins:
            login(home)
            logins.append(passed)
    return logins


def login(home: Home) -> None:
    """Sign in again; by this clock the network is slow, so perhaps not at the first try."""
    words = command("ssohelper", "login", "--force")
    for _ in range(10):
        if subprocess.run(words, env=home.environment, stdin=subprocess.DEVNULL, check=False).returncode == 0:
            return
    raise AssertionError("nobody could sign in")


if __name__ == "__main__":
    main(*sys.argv[1:])
