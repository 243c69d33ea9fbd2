"""The `credential_process` of a profile: whether its program can run, in every tool."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ssohelper import hints
from ssohelper.aws_config import command_line
from ssohelper.aws_config.config_text import Option, Section
from ssohelper.doctor import damaged_values, fixes
from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.findings import Change, Finding
from ssohelper.settings import own_program
from ssohelper.storage import paths


def check(checkup: Checkup) -> Iterator[Finding]:
    """The program that each profile runs for its credentials."""
    for section in checkup.profiles:
        option = option_of(section, "credential_process")
        if option is None:
            continue
        program = _Program.of(checkup, option.value)
        values = section.values()
        if values.get("sso_account_id") and values.get("sso_role_name"):
            yield _two_sources(checkup, section, option, program)
            continue
        yield from _sso_keys(checkup, section)
        if program.problem:
            yield _not_found(checkup, section, option, program)
        elif program.cache:
            yield _in_cache(checkup, section, option, program)
        elif not os.path.isabs(program.words[0]):  # noqa: PTH117 (a word of a command line)
            yield _relative(checkup, section, option, program)
        elif len(program.words[0].split()) > 1:
            yield _blank(checkup, section, option, program)


class _Program(NamedTuple):
    """The words of a `credential_process`, none if they cannot be split, and where its program is."""

    words: list[str]
    path: str | None

    @classmethod
    def of(cls, checkup: Checkup, line: str) -> "_Program":
        try:
            words = command_line.split(line)
        except ValueError:
            words = []
        return cls(words, checkup.which(words[0]) if words else None)

    @property
    def problem(self) -> str | None:
        """Why it cannot run; None if it can."""
        if self.path:
            return None
        return f"{self.words[0]!r} not found or not executable" if self.words else "a quote is not closed"

    @property
    def cache(self) -> str | None:
        """The tool in whose cache it lies: uv or pipx."""
        return own_program.cache_of(self.path) if self.path else None


def _two_sources(checkup: Checkup, section: Section, option: Option, program: _Program) -> Finding:
    problem = f" ({program.problem})" if program.problem else ""
    return Finding(
        kind="two-sources",
        message=f"profile {section.name!r} has credential_process and a role of IAM Identity Center{problem}",
        affects="the SDK for JavaScript runs the program; the AWS CLI, boto3, Go, Java and Rust do not",
        fix=checkup.config.comment_out(option),
        severity="error" if program.problem else "warning",
        file=checkup.config.path,
        line=option.first + 1,
        profile=section.name,
    )


def _sso_keys(checkup: Checkup, section: Section) -> Iterator[Finding]:
    """Keys of IAM Identity Center beside a program; for half of a role, see `profile_roles`."""
    if section.values().keys() & {"sso_account_id", "sso_role_name"}:
        return
    for option in section.options:
        if option.key.startswith("sso_"):
            yield Finding(
                kind="sso-key-with-program",
                message=f"profile {section.name!r} has {option.key} and credential_process",
                affects="the SDK for Java: it expects a whole profile for IAM Identity Center, and fails",
                fix=checkup.config.comment_out(option),
                severity="warning",
                file=checkup.config.path,
                line=option.first + 1,
                profile=section.name,
            )


def _not_found(checkup: Checkup, section: Section, option: Option, program: _Program) -> Finding:
    return Finding(
        kind="program-not-found",
        message=f"profile {section.name!r}: cannot run its credential_process: {program.problem}"
        + damaged_values.note(option.value),
        affects="every tool that uses the profile",
        fix=_program_fix(checkup, section, option, program),
        file=checkup.config.path,
        line=option.first + 1,
        profile=section.name,
    )


def _program_fix(checkup: Checkup, section: Section, option: Option, program: _Program) -> Change | str:
    sync = checkup.sync_command(section, "--yes") if section.managed else None
    if sync:
        return sync
    if not program.words:
        return checkup.config.edit(option)
    expanded = damaged_values.visible(option.value)
    if expanded.startswith("~"):  # a shell would expand it, botocore does not
        first, *others = expanded.split(" ", 1)
        expanded = " ".join([str(paths.expanded(first)), *others])
    if _Program.of(checkup, expanded).path:
        return checkup.config.set_value(option, expanded)
    # Without its program the profile is useless: tools that name it should say that it does not exist.
    return checkup.config.comment_out(section)


def _in_cache(checkup: Checkup, section: Section, option: Option, program: _Program) -> Finding:
    sync = checkup.sync_command(section, "--yes") if section.managed else None
    return Finding(
        kind="program-in-cache",
        message=f"profile {section.name!r}: its credential_process runs a program in {program.cache}'s cache",
        affects=f"every tool that uses the profile, as soon as {program.cache} deletes the program",
        fix=f"install it with `{own_program.INSTALL[str(program.cache)]}`, then "
        + (f"run `{sync}`" if sync else "set credential_process to the path of the installed program"),
        severity="warning",
        file=checkup.config.path,
        line=option.first + 1,
        profile=section.name,
    )


def _relative(checkup: Checkup, section: Section, option: Option, program: _Program) -> Finding:
    first, *others = program.words
    absolute = str(Path(program.path or first).absolute())
    return Finding(
        kind="relative-program",
        message=f"profile {section.name!r}: the path of its credential_process is not absolute: {first!r}",
        affects="programs started by a desktop, cron or a service, which have another PATH",
        fix=checkup.config.set_value(option, command_line.join([absolute, *others])),
        severity="warning",
        file=checkup.config.path,
        line=option.first + 1,
        profile=section.name,
    )


def _blank(checkup: Checkup, section: Section, option: Option, program: _Program) -> Finding:
    first, *others = program.words
    link = paths.expanded("~/.local") / "bin" / Path(first).name.replace(" ", "-")
    make_folder, make_link = fixes.on_file(link.parent, "mkdir", "-p"), hints.shell("ln", "-s", first, str(link))
    linked = link.exists() and link.samefile(first)
    return Finding(
        kind="blank-in-program",
        message=f"profile {section.name!r}: the path of its credential_process contains a space",
        affects="tools that split the line at spaces, such as awsume, and SDKs on Windows",
        fix=checkup.config.set_value(option, command_line.join([str(link), *others]))
        if linked
        else f"{make_folder} && {make_link}",
        severity="warning",
        file=checkup.config.path,
        line=option.first + 1,
        profile=section.name,
    )
