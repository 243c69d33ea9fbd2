"""`ssohelper doctor`: what is wrong, where, for whom, and the command that mends it."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from ssohelper import output, paths, terminal
from ssohelper.commands import options, wiring
from ssohelper.doctor import chain, machine, profiles, readable, sign_ins, surroundings
from ssohelper.doctor.chain import Chain, Step
from ssohelper.doctor.finding import Finding
from ssohelper.errors import BadInput, Failed, SsohelperError
from ssohelper.model import Session
from ssohelper.profiles import config_file, sessions
from ssohelper.profiles.config_text import ConfigText

_FAILED = 1
# As long as the AWS CLI would hardly wait.
_PROGRAM_SECONDS = 60


@click.command("doctor")
@click.argument("profile", required=False)
@click.option("--needs", metavar="TIME", help="How long the job lasts that you plan for PROFILE: 8h.")
@click.option("--offline", is_flag=True, help="Ask nobody, Identity Center included.")
@options.as_json
def command(profile: str | None, needs: str | None, offline: bool, as_json: bool) -> int:
    """Look for what is wrong: in the config file, the environment, the sign-ins, the files, the agent.

    Each finding says where it is, which tools meet it, and the command that mends it. The doctor itself changes
    nothing. With a PROFILE it also goes the whole way to role credentials, running its credential_process as every
    SDK would, and names the step that fails.

    \b
      ssohelper doctor
      ssohelper doctor payments-prod.ReadOnly --needs 8h

    Exit code 1: something is broken. What is marked with ! is only to be known.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    if profile is None and needs is not None:
        raise BadInput(
            "--needs is about the credentials of a profile", hint=f"ssohelper doctor PROFILE --needs {needs}"
        )
    if profile is not None and offline:
        raise BadInput("a profile's credentials cannot be had offline", hint="ssohelper doctor --offline")
    seconds = options.seconds(needs, "--needs 8h") if needs else 0
    text = config_file.load(paths.aws_config())
    found = list(_everywhere(text, offline=offline))
    steps: list[Step] = []
    if profile is not None:
        for each in _along(profile, text, seconds):
            if isinstance(each, Step):
                steps.append(each)
            elif each not in found:
                found.append(each)
    click.echo(
        output.to_json(
            {"steps": {step.name: step.told for step in steps}, "findings": [each.as_json() for each in found]}
        )
        if as_json
        else output.doctor_lines([(step.name, step.told) for step in steps], found, color=terminal.color(sys.stdout))
    )
    return _FAILED if any(each.broken for each in found) else 0


def _everywhere(text: ConfigText, *, offline: bool) -> Iterator[Finding]:
    """Everything that can be looked at without a profile."""
    from ssohelper.identity_center import clients  # botocore is slow to load

    config, settings = paths.aws_config(), paths.settings()
    known = {**sessions.legacy(text), **sessions.read(text)}
    names = {each.name for each in text.of_kind("profile")} | config_file.profile_names(paths.aws_credentials())
    yield from readable.findings(config, text)
    yield from profiles.findings(profiles.Here(config, text, shutil.which))
    yield from surroundings.environment(os.environ, names)
    wrong_settings = list(surroundings.our_settings(settings, known))
    yield from wrong_settings
    yield from surroundings.secrets(_secret_files())
    yield from surroundings.others([config, config.parent, settings, paths.sso_cache(), paths.role_cache()])
    for session in known.values():
        yield from _sign_in(session, offline=offline, keyring=not any(each.broken for each in wrong_settings))
    yield from machine.size(config, len(names), clients.config_seconds(config), settings)
    yield from _agent()


def _sign_in(session: Session, *, offline: bool, keyring: bool) -> Iterator[Finding]:
    from ssohelper.identity_center import clients

    regions = clients.regions()
    try:
        sign_in = sign_ins.SignIn(session, wiring.vault_of(session) if keyring else None)
        found = list(sign_ins.findings(sign_in, regions, time.time()))
    except SsohelperError as error:  # of a file that cannot be read, or by a keyring
        yield _of_session("unknown-sign-in", session, error)
        return
    yield from found
    if offline or session.region not in regions:
        return
    try:
        heard = clients.hear(session, sign_ins.access_token(sign_in, time.time()) or "-")
    except SsohelperError as error:
        yield _of_session("unreachable", session, error)
        return
    yield from machine.clock(time.time(), heard.clock)
    yield from sign_ins.refused(sign_in, time.time(), taken=heard.taken)


def _of_session(kind: str, session: Session, error: SsohelperError) -> Finding:
    return Finding(
        kind=kind,
        what=f"{session.name}: {error}",
        affects="every tool that uses one of its profiles",
        mend=error.hint or "ssohelper doctor",
    )


def _secret_files() -> Iterator[Path]:
    yield paths.aws_credentials()
    for folder in (paths.sso_cache(), paths.role_cache()):
        yield from sorted(folder.glob("*.json"))


def _agent() -> Iterator[Finding]:
    from ssohelper.commands import agent

    yield from machine.agent(agent.facts(), time.time(), installed=agent.is_installed())


def _along(profile: str, text: ConfigText, needs: float) -> Iterator[Step | Finding]:
    """The way from a profile to its credentials."""
    here = profiles.Here(paths.aws_config(), text, shutil.which)
    try:
        target = options.chosen_role(options.NamedRole(None, None, None, profile))
    except BadInput as error:
        yield Finding(
            kind="chain-profile",
            what=str(error),
            affects="every tool that uses the profile",
            mend=error.hint or "ssohelper sync",
        )
        return
    session = target.session
    access = wiring.access_of(session)
    guard = wiring.guard_of(session)
    doors = chain.Doors(
        token=lambda: wiring.token_of(access),
        roles=lambda account: wiring.portal_of(session, wiring.PATIENCE_SECONDS).roles(account),
        credentials=lambda: wiring.portal_of(session, wiring.PATIENCE_SECONDS).role_credentials(
            target.account_id, target.role_name
        ),
        is_sensitive=lambda: guard is not None and guard.is_sensitive(target.account_id, target.role_name),
        ran=_ran,
    )
    yield from Chain(here, profile, target, needs, time.time()).walk(doors)


def _ran(line: str) -> str:
    """What a credential_process prints, run as botocore runs it: without a shell. Raises `Failed`."""
    try:
        done = subprocess.run(
            shlex.split(line),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROGRAM_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Failed(f"it cannot be run: {type(error).__name__}", hint=line) from error
    if done.returncode:
        # What it has to say may be anything, and is said to whoever runs it by hand.
        raise Failed(f"it ended with {done.returncode}", hint=line)
    return done.stdout
