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

from ssohelper import context, options
from ssohelper.aws_config import config_file, resolve
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.doctor import chain, fixes, machine, profiles, readable, sign_ins, surroundings, values
from ssohelper.doctor.chain import Chain, Step
from ssohelper.doctor.here import Here
from ssohelper.errors import BadInput, Failed, SsohelperError
from ssohelper.findings import Finding
from ssohelper.model import Session, same_start_url
from ssohelper.storage import paths
from ssohelper.ui import output, terminal

_FAILED = 1
# What is wrong with a profile whose credentials can be had all the same.
_BESIDE = ("unknown-region", "unknown-output", "static-keys", "two-sources", "two-defaults")
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
    SDK would, and names the step that fails; what concerns the profile stands first.

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
    text, found = _config()
    found += _everywhere(text, offline=offline, can_be_read=not found)
    steps: list[Step] = []
    if profile is not None:
        steps, ends = _walked(profile, text, seconds, found)
        # A region comes before the sign-in that is not possible in it.
        found.sort(key=lambda each: (each not in ends and each.kind != "wrong-region", each.profile != profile))
        found[:0] = [each for each in ends if each not in found]
    click.echo(
        output.to_json(
            {"steps": {step.name: step.told for step in steps}, "findings": [each.as_json() for each in found]}
        )
        if as_json
        else output.doctor_lines([(step.name, step.told) for step in steps], found, color=terminal.color(sys.stdout))
    )
    return _FAILED if any(each.broken for each in found) else 0


def _walked(profile: str, text: ConfigText, needs: float, found: list[Finding]) -> tuple[list[Step], list[Finding]]:
    """The steps that hold on the way from a profile to its credentials, and what ends it, if it was found before."""
    if any(_is_in_the_way(each, profile) for each in found):
        return [], []
    way = list(_along(profile, text, needs))
    ends = [each for each in way if isinstance(each, Finding)]
    # With the same remedy it is the same, seen from here; but for what is wrong with another profile.
    same = {each.mend: each for each in found if each.profile in (None, profile)}
    return [each for each in way if isinstance(each, Step)], [same.get(each.mend, each) for each in ends]


def _is_in_the_way(finding: Finding, profile: str) -> bool:
    """Whether it is no use to go any way, since it is known already why that ends nowhere."""
    about_it = finding.profile == profile and finding.kind not in _BESIDE
    return finding.broken and (about_it or finding.kind == "wrong-settings")


def _config() -> tuple[ConfigText, list[Finding]]:
    """The config file, and what keeps it from being read: then nothing else that it says can be judged."""
    path = paths.aws_config()
    try:
        text = config_file.load(path)
    except SsohelperError as error:
        place = fixes.word(path)
        what = Finding(kind="no-config", what=str(error), affects="every tool", mend=f"ls -ld {place}", file=path)
        return ConfigText(), [what]
    found = list(readable.findings(path, text))
    return text, found if any(each.kind in readable.FATAL for each in found) else []


def _everywhere(text: ConfigText, *, offline: bool, can_be_read: bool) -> Iterator[Finding]:
    """Everything that can be looked at without a profile."""
    config, settings = paths.aws_config(), paths.settings()
    named = {**resolve.legacy(text), **resolve.read(text)}
    yield from surroundings.files_that_are_named(os.environ)
    wrong_settings = list(surroundings.our_settings(settings, named if can_be_read else None))
    yield from wrong_settings
    yield from surroundings.secrets(_secret_files())
    yield from surroundings.others([config, config.parent, settings, paths.sso_cache(), paths.role_cache()])
    yield from readable.damages(paths.aws_credentials(), _credentials())
    if can_be_read:
        yield from _said(text, config, settings)
        urls = [each.start_url for each in named.values() if not each.legacy]
        for session in named.values():
            # What old profiles stand for is seen to with the session of the same start URL.
            if not session.legacy or not any(same_start_url(session.start_url, each) for each in urls):
                usable = not any(each.broken for each in wrong_settings)
                yield from _sign_in(session, offline=offline, keyring=usable)
    yield from _agent()


def _said(text: ConfigText, config: Path, settings: Path) -> Iterator[Finding]:
    """What a config file says that can be read."""
    from ssohelper.identity_center import clients  # botocore is slow to load

    shared = _credentials()
    names = {each.name for each in text.of_kind("profile")} | {each.header for each in shared.sections}
    if not names and not any(text.of_kind("sso-session")):
        yield Finding(
            kind="nothing-configured",
            what="there is no sso-session, and no profile",
            affects="you: there is nothing to sign in to",
            mend="ssohelper configure",
            broken=False,
        )
    yield from readable.findings(config, text)
    here, regions = Here(config, text, shutil.which, _token), clients.all_regions()
    credentials = Here(paths.aws_credentials(), shared, shutil.which)
    yield from profiles.findings(here, clients.regions())
    yield from profiles.defaults(here)
    yield from profiles.sources(here, credentials)
    yield from profiles.static_keys(here, credentials)
    yield from values.findings(here, regions)
    yield from values.environment(os.environ, here, regions)
    yield from values.of_settings(settings, regions)
    known = {**resolve.legacy(text), **resolve.read(text)}
    yield from surroundings.environment(os.environ, names, known)
    yield from machine.size(config, len(names), clients.config_seconds(config), settings)


def _credentials() -> ConfigText:
    try:
        return config_file.load(paths.aws_credentials())
    except SsohelperError:
        return ConfigText()


def _token(session: str) -> dict[str, object]:
    from ssohelper.storage import json_cache

    return json_cache.read(paths.sso_cache() / f"{json_cache.name(session)}.json")


def _sign_in(session: Session, *, offline: bool, keyring: bool) -> Iterator[Finding]:
    from ssohelper.identity_center import clients

    regions = clients.regions()
    try:
        sign_in = sign_ins.SignIn(session, context.vault_of(session) if keyring else None)
        found = list(sign_ins.findings(sign_in, regions, time.time()))
    except SsohelperError as error:  # of a file that cannot be read, or by a keyring
        yield _of_session("unknown-sign-in", session, error)
        return
    yield from found
    if offline or session.region not in regions:
        return
    try:
        with terminal.working(f"asking Identity Center of {session.name}"):
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
    here = Here(paths.aws_config(), text, shutil.which)
    try:
        target = options.chosen_role(options.NamedRole(None, None, None, profile))
    except BadInput as error:
        others = any(each.name == profile for each in text.of_kind("profile"))
        yield Finding(
            kind="chain-profile",
            what=str(error) + (": its credentials come from elsewhere" if others else ""),
            affects="nobody, if that is meant" if others else "every tool that uses the profile",
            mend=f"aws sts get-caller-identity --profile {shlex.quote(profile)}"
            if others
            else error.hint or "ssohelper sync",
            broken=not others,
        )
        return
    session = target.session
    access = context.access_of(session)
    guard = context.guard_of(session)
    doors = chain.Doors(
        token=lambda: context.token_of(access),
        roles=lambda account: context.portal_of(session, context.PATIENCE_SECONDS).roles(account),
        credentials=lambda: context.portal_of(session, context.PATIENCE_SECONDS).role_credentials(
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
