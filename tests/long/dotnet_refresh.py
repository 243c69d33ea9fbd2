"""Programs on the AWS SDK for .NET that run through many refreshes of their keys, in every way of serving them.

    python -m tests.long.dotnet_refresh FOLDER [SECONDS] [--keys SECONDS]

It runs a simulator whose keys are valid for 90 seconds (`--keys`), moto's STS, which rejects expired keys, and one
program after the other, each for SECONDS (200 by default) with 8 workers that call STS every 50 ms: versions 3 and 4
of the SDK with a profile of the style credential-process, version 4 with one of the style sso (version 3 has no
package for it here), and both in `exec` by its endpoint and by credential-process. Prints a line of JSON for each:
the way, how many calls were good and how many failed, how many keys there were, and the errors.
Exit code 1: a call has failed.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures import dotnet
from tests.fixtures.clock import LaggingClock
from tests.fixtures.components import need
from tests.fixtures.home import Home, command, environment, sign_in
from tests.fixtures.sts import sts

ROLE_SECONDS = 8 * 3600
PROFILE, PROCESS_PROFILE = "payments-prod.ReadOnly", "payments-staging.ReadOnly"
WORKERS, PAUSE_MS = 8, 50
RULE = '[[defaults.rules]]\nmatch = "payments-staging*"\nstyle = "credential-process"\n'


def ways() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Each way: what to call it, the program, the source of its credentials, and the words before it."""
    for program in ("aws-dotnet-3", "aws-dotnet-4"):
        yield f"{program}, style credential-process", program, f"profile:{PROCESS_PROFILE}", ()
        for via in ("endpoint", "credential-process"):
            words = tuple(command("ssohelper", "exec", "--via", via, PROFILE, "--"))
            yield f"{program}, exec --via {via}", program, "default", words
    yield "aws-dotnet-4, style sso", "aws-dotnet-4", f"profile:{PROFILE}", ()


def result(printed: str) -> dict[str, Any]:
    """What a program has printed, as JSON data."""
    return {**dotnet.counts(printed), "errors": [line for line in printed.splitlines() if line.startswith("error")]}


def main() -> int:
    """Run every way. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Programs on .NET through many refreshes of their keys.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("seconds", type=int, nargs="?", default=200)
    parser.add_argument("--keys", type=int, default=90, help="how long keys are valid, in seconds")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    failed = 0
    clock = LaggingClock(ROLE_SECONDS - options.keys)
    with Simulator(organisation(), rate=None, auto_approve=True, clock=clock) as center, sts(center) as service:
        variables = {**center.environment, **dotnet.VARIABLES, "PROBE_STS_URL": service.url}
        home = Home(options.folder, environment(options.folder, variables))
        sign_in(home, center)
        home.settings.parent.mkdir(parents=True)
        home.settings.write_text(RULE)
        subprocess.run(command("ssohelper", "sync", "--yes"), env=home.environment, check=True)
        for name, program, source, before in ways():
            words = (*before, need(program), "loop", source, str(options.seconds), str(WORKERS), str(PAUSE_MS))
            done = subprocess.run(words, env=home.environment, stdout=subprocess.PIPE, text=True, check=False)
            found = result(done.stdout)
            failed += found["failed"]
            sys.stdout.write(f"{json.dumps({'way': name, **found})}\n")
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
