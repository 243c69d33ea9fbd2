"""`ssohelper simulator`: serve an IAM Identity Center on this machine until Ctrl-C."""

from dataclasses import replace
from typing import Any

import click

from ssohelper import hints, options
from ssohelper.errors import Failed
from ssohelper.simulator.companies import generate, organisation
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.signals import wait_for_signal
from ssohelper.simulator.world import World
from ssohelper.ui import output, shell_syntax, terminal


@click.command("simulator")
@click.option("--accounts", type=click.IntRange(1, 100_000), help="Generate a company with this many accounts.")
@click.option("--roles", type=click.IntRange(1, 1_000), help="Roles per generated account [3].")
@click.option("--awkward", is_flag=True, help="Generate account and role names that break tools.")
@click.option("--rate", type=click.FloatRange(0.1), default=20.0, show_default=True, help="Portal calls per second.")
@click.option(
    "--latency", type=click.FloatRange(0, 60), default=0.0, show_default=True, help="Seconds that each call takes."
)
@click.option("--session-hours", type=click.IntRange(1, 12), help="Session duration of all roles [each role's own].")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on [a free one].")
@click.option("--auto-approve", is_flag=True, help="Approve every sign-in automatically.")
@options.as_json
def command(*, port: int, rate: float, latency: float, auto_approve: bool, as_json: bool, **size: Any) -> None:
    """Serve an IAM Identity Center on 127.0.0.1, to try or test tools without AWS.

    Prints the environment variables that make the AWS CLI, AWS SDKs and ssohelper use it: paste them into another
    shell. Without --accounts, --roles or --awkward it serves a small company of eight accounts. It keeps all state in
    memory.

    Example: ssohelper simulator --accounts 200 --latency 0.05 --auto-approve
    """
    world = _world(**size)
    simulator = Simulator(world, rate=rate, latency=latency, port=port, auto_approve=auto_approve)
    try:
        simulator.start()
    except OSError as error:
        raise Failed(
            f"can't listen on port {port}: {(error.strerror or '').lower()}", hint="choose another --port"
        ) from error
    try:
        click.echo(output.to_json(_as_json(simulator)) if as_json else _exports(simulator))
        terminal.say(f"serving {_size(world)} on {simulator.url}, Ctrl-C to stop")
        terminal.next_step(_configure_command(simulator))
        wait_for_signal()
    finally:
        simulator.close()


def _world(*, accounts: int | None, roles: int | None, awkward: bool, session_hours: int | None) -> World:
    if accounts is None and roles is None and not awkward:
        world = organisation()
    else:
        world = generate(accounts or 40, roles or 3, awkward=awkward)
    if session_hours is not None:
        for each in world.permission_sets:
            world.add_permission_set(replace(each, session_hours=session_hours))
    return world


def _as_json(simulator: Simulator) -> dict[str, object]:
    return {
        "start_url": simulator.start_url,
        "region": simulator.region,
        "environment": simulator.environment,
    }


def _configure_command(simulator: Simulator) -> str:
    start_url, region = simulator.start_url, simulator.region
    return f"ssohelper configure --session simulator --start-url {start_url} --region {region}"


def _exports(simulator: Simulator) -> str:
    lines = (hints.export({name: value}) for name, value in simulator.environment.items())
    return "\n".join(map(shell_syntax.for_paste, lines))


def _size(world: World) -> str:
    return f"{len(world.accounts)} accounts and {len(world.permission_sets)} permission sets"
