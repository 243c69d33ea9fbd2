"""`ssohelper simulator`: an Identity Center on this machine, until Ctrl-C."""

import signal
import threading
from dataclasses import replace
from typing import Any

import click

from ssohelper import options
from ssohelper.errors import Failed
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World, generate, organisation
from ssohelper.ui import output, terminal


@click.command("simulator")
@click.option("--accounts", type=click.IntRange(1, 100_000), help="A generated company of so many accounts.")
@click.option("--roles", type=click.IntRange(1, 1_000), help="So many roles in each of them [3].")
@click.option("--awkward", is_flag=True, help="Begin it with names that break tools.")
@click.option("--rate", type=click.FloatRange(0.1), default=20.0, show_default=True, help="Portal calls a second.")
@click.option("--latency", type=click.FloatRange(0, 60), default=0.0, show_default=True, help="Seconds a call takes.")
@click.option("--session-hours", type=click.IntRange(1, 12), help="How long credentials last [each role's own].")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port [a free one].")
@click.option("--auto-approve", is_flag=True, help="Approve every sign-in, without a person.")
@options.as_json
def command(*, port: int, rate: float, latency: float, auto_approve: bool, as_json: bool, **shape: Any) -> None:
    """Serve an IAM Identity Center on 127.0.0.1, to try and test sign-ins, roles and credentials without AWS.

    Prints the environment that makes the AWS CLI, every SDK and ssohelper use it: put it into another shell. It shows
    a small believable company, or a generated one with --accounts. Nothing is kept when it ends.
    """
    world = _world(**shape)
    served = Simulator(world, rate=rate, latency=latency, port=port, auto_approve=auto_approve)
    try:
        served.start()
    except OSError as error:
        raise Failed(
            f"can't listen on port {port}: {(error.strerror or '').lower()}", hint="choose another --port"
        ) from error
    try:
        click.echo(output.to_json(facts(served)) if as_json else _exports(served))
        terminal.say(f"{_size(world)} on {served.url}, until Ctrl-C")
        terminal.show(f"next: {configure_command(served)}")
        wait_for_the_end()
    finally:
        served.close()


def _world(*, accounts: int | None, roles: int | None, awkward: bool, session_hours: int | None) -> World:
    if accounts is None and roles is None and not awkward:
        world = organisation()
    else:
        world = generate(accounts or 40, roles or 3, awkward=awkward)
    if session_hours is not None:
        for each in world.permission_sets:
            world.add_permission_set(replace(each, session_hours=session_hours))
    return world


def facts(served: Simulator) -> dict[str, object]:
    """What a program needs in order to use it."""
    return {"start_url": served.start_url, "region": served.region, "environment": served.environment}


def configure_command(served: Simulator) -> str:
    """The command that makes it a session."""
    return f"ssohelper configure --session simulator --start-url {served.start_url} --region {served.region}"


def _exports(served: Simulator) -> str:
    return "\n".join(f"export {name}={value}" for name, value in served.environment.items())


def _size(world: World) -> str:
    return f"{len(world.accounts)} accounts and {len(world.permission_sets)} permission sets"


def wait_for_the_end() -> None:
    """Return on Ctrl-C or SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    signal.signal(signal.SIGINT, lambda _number, _frame: ended.set())
    while not ended.wait(3600):
        pass
