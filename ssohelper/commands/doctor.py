"""`ssohelper doctor`: what is wrong, where, which tools it affects, and a command that fixes it."""

import sys

import click

from ssohelper import options
from ssohelper.errors import BadInput
from ssohelper.ui import findings_output, output, terminal

_HAS_ERRORS = 1


@click.command("doctor")
@click.argument("profile", required=False)
@click.option("--needs", metavar="TIME", help="How long you need the credentials of PROFILE: 8h.")
@click.option("--offline", is_flag=True, help="Make no request, not even to Identity Center.")
@options.as_json
def command(profile: str | None, needs: str | None, offline: bool, as_json: bool) -> int:
    """Check the config file, the environment, sign-ins, file modes and the agent for problems.

    Each finding shows where the problem is, which tools it affects, and a command that fixes it. The doctor itself
    changes nothing. With a PROFILE it also tries every step to role credentials, including the credential_process
    that SDKs would run, and shows the step that fails; findings about the profile come first.

    \b
      ssohelper doctor
      ssohelper doctor payments-prod.ReadOnly --needs 8h

    Errors are marked with x, warnings with !. Exit code 1: there are errors.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if profile is None and needs is not None:
        raise BadInput("--needs requires a profile", hint=f"ssohelper doctor PROFILE --needs {needs}")
    if profile is not None and offline:
        raise BadInput("credentials of a profile cannot be requested offline", hint="ssohelper doctor --offline")
    seconds = options.seconds(needs, "--needs 8h") if needs else 0
    return run(profile, seconds, offline=offline, as_json=as_json)


def run(profile: str | None, needs: float, *, offline: bool, as_json: bool) -> int:
    """Print the report. Returns the exit code."""
    from ssohelper.doctor import run as doctor  # botocore is slow to load

    steps, findings = doctor.run(options.context(), terminal.spinner, profile=profile, needs=needs, offline=offline)
    if as_json:
        click.echo(output.to_json({"steps": dict(steps), "findings": [each.as_json() for each in findings]}))
    else:
        click.echo(findings_output.lines(steps, findings, color=terminal.color(sys.stdout)))
    return _HAS_ERRORS if any(each.severity == "error" for each in findings) else 0
