"""`ssohelper doctor`: what is wrong, where, which tools it affects, and how it is fixed."""

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from ssohelper import hints, options, selecting
from ssohelper.errors import BadInput, ConfigConflict
from ssohelper.storage import paths
from ssohelper.ui import findings_output, output, shell_syntax, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from ssohelper.aws_config.config_text import ConfigText
    from ssohelper.doctor.checkup import AwsFile, Checkup
    from ssohelper.findings import Change, Finding

_HAS_ERRORS = 1


@click.command("doctor")
@options.profile
@click.option("--fix", is_flag=True, help="Make the fixes that change AWS files; show each as a diff, and ask first.")
@click.option("--yes", "-y", is_flag=True, help="With --fix: make every change without asking.")
@click.option("--needs", metavar="TIME", help="How long you need the credentials of PROFILE: 8h.")
@click.option("--offline", is_flag=True, help="Make no request, not even to Identity Center.")
@options.as_json
def command(**values: Any) -> int:
    """Check the config file, the environment, sign-ins, file modes and the agent for problems.

    Each finding shows where the problem is, which tools it affects, and how it is fixed: by a command, or by a change
    to an AWS file. With a PROFILE the doctor also tries every step to role credentials, including the
    credential_process that SDKs would run, and shows the step that fails; findings about the profile come first.

    Without --fix nothing is changed. With it, each change to ~/.aws/config or ~/.aws/credentials is shown as a diff;
    answer y (yes), n (no), a (all that follow) or q (stop asking). Accepted changes are written at the end, with a
    backup of the file. Run the commands yourself. A PROFILE limits the changes to that profile, and to what keeps AWS
    tools from reading the files. Temporary files that killed processes left are removed without a question.

    \b
      ssohelper doctor
      ssohelper doctor --fix
      ssohelper doctor payments-prod.ReadOnly --needs 8h

    Errors are marked with x, warnings with !. Exit code 1: there are errors.
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line; None for options that were not given."""

    profile: str | None
    fix: bool
    yes: bool
    needs: str | None
    offline: bool
    as_json: bool


def run(opts: Options) -> int:
    """Make changes if they are wanted, then print the report. Returns the exit code."""
    if opts.profile is None and opts.needs is not None:
        raise BadInput("--needs requires a profile", hint=hints.command("doctor", "PROFILE", "--needs", opts.needs))
    if opts.profile is not None and opts.offline and not opts.fix:
        raise BadInput("credentials of a profile cannot be requested offline", hint="ssohelper doctor --offline")
    if opts.yes and not opts.fix:
        raise BadInput("--yes requires --fix", hint=hints.again("--fix"))
    needs = options.seconds(opts.needs, "--needs 8h") if opts.needs else 0
    context = options.context()
    named = selecting.profile_to_check(context, opts.profile) if opts.profile is not None else None
    if named is not None and not opts.offline:
        selecting.offer_sign_in(context, named)
    fixed = None
    if opts.fix:
        fixed = _fix(named, yes=opts.yes)
        context = options.context()  # of the files as they are now
    from ssohelper.doctor import run as doctor  # botocore is slow to load

    profile = None if opts.offline else named
    report = doctor.run(context, terminal.spinner, profile=profile, needs=needs, offline=opts.offline)
    if opts.as_json:
        shown: dict[str, object] = {
            "steps": {each.name: each.detail for each in report.steps},
            "findings": [each.as_json() for each in report.findings],
            "unsupported": report.unsupported,
        }
        more = {} if fixed is None else {"fixed": [each.as_json() for each in fixed]}
        click.echo(output.to_json(shown | more))
    else:
        pasted = [replace(each, fix=_for_paste(each.fix)) for each in report.findings]
        click.echo(findings_output.lines(report.steps, pasted, report.unsupported, look=Look.of(sys.stdout)))
        if profile is not None and doctor.is_denied(report):
            terminal.hint(hints.command("why", profile))
    return _HAS_ERRORS if any(each.severity == "error" for each in report.findings) else 0


def _for_paste(fix: "Change | str") -> "Change | str":
    return shell_syntax.for_paste(fix) if isinstance(fix, str) else fix


def _fix(profile: str | None, *, yes: bool) -> "list[Finding]":
    """Make the changes that are accepted. What they fix."""
    from ssohelper.doctor import fixes, fixing
    from ssohelper.doctor.checkup import Checkup

    checkup = Checkup.read(options.context())
    fixed = fixing.fix(checkup, _Answers(all_yes=yes).accepts, profile)
    for before in checkup.aws_files:
        _write(before, fixed.checkup.file(before.path))
    if checkup.leftovers:
        _remove_leftovers(checkup)
    for each in fixed.blocked:
        terminal.say(f"not changed, since a profile that works would change with it: {each.message}")
        if each.file:
            terminal.hint(fixes.open_editor(each.file, each.line))
    return fixed.findings


def _remove_leftovers(checkup: "Checkup") -> None:
    """Remove what killed runs left. A new token is saved first: it may be the only one that works."""
    from ssohelper.storage import leftovers

    context = options.context()
    for session in checkup.sessions.values():
        context.of(session).access_tokens.rescue()
    leftovers.unlink(checkup.leftovers)
    number = sum(not each.exists() for each in checkup.leftovers)
    terminal.say(f"removed {number} file{'' if number == 1 else 's'} that killed processes left")


class _Answers:
    """The answers to the question whether a change is made."""

    def __init__(self, *, all_yes: bool) -> None:
        self._every = "y" if all_yes else None

    def accepts(self, finding: "Finding", change: "Change", file: "AwsFile") -> bool:
        """Show a change, and ask."""
        if self._every == "n":
            return False
        terminal.show(findings_output.proposal(finding, change, file.text, look=Look.of(sys.stderr)))
        if self._every == "y":
            return True
        answer = terminal.choose("make this change?", "ynaq", otherwise=hints.again("--yes"))
        self._every = {"a": "y", "q": "n"}.get(answer)
        return answer in ("y", "a")


def _write(before: "AwsFile", after: "AwsFile") -> None:
    """Write a file as it reads after the changes, if there are any, and if it is still as it was before.

    Raises `ConfigConflict` if it is not.
    """
    from ssohelper.aws_config import config_file, config_text

    old, new = (config_text.unparse(each.text) for each in (before, after))
    shown = paths.shown(before.path)

    def edit(text: "ConfigText") -> bytes:
        if config_text.unparse(text) != old:
            raise ConfigConflict(
                f"{shown} has changed in the meantime and was not written", hint="ssohelper doctor --fix"
            )
        return new

    if old != new and config_file.update(before.path, edit, waiting=terminal.waiting("the config file")):
        backup = paths.shown(config_file.backups(before.path)[-1])
        terminal.say(f"wrote {shown} (backup: {backup})")
