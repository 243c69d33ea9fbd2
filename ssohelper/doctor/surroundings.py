"""What the environment, our settings and the modes of files do to the set-up."""

import difflib
import os
import shlex
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from ssohelper.doctor import fixes
from ssohelper.errors import SsohelperError
from ssohelper.findings import Finding
from ssohelper.settings import config_toml
from ssohelper.storage import paths

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def environment(
    variables: Mapping[str, str], profiles: Collection[str], sessions: Collection[str]
) -> Iterator[Finding]:
    """Variables of the shell that go before what the config file says."""
    keys = [name for name in _KEYS if variables.get(name)]
    if keys and not variables.get("SSOHELPER_EXEC"):  # inside of it they are ours
        named = variables.get("AWS_PROFILE")
        yield Finding(
            kind="keys-in-environment",
            what=f"{keys[0]} is set, and goes before {f'the profile {named!r}' if named else 'the config file'}",
            affects="every tool that is not told a profile on its command line",
            mend=f"unset {' '.join(keys)}",
        )
    default, profile = variables.get("AWS_DEFAULT_PROFILE"), variables.get("AWS_PROFILE")
    if default and profile and default != profile:
        yield Finding(
            kind="two-profiles",
            what=f"AWS_DEFAULT_PROFILE is {default!r}, and AWS_PROFILE {profile!r}",
            affects="the AWS CLI and boto3 use the first, the other SDKs the second",
            mend="unset AWS_DEFAULT_PROFILE",
        )
    for name, known, affects in (
        ("AWS_DEFAULT_PROFILE", profiles, "every tool that is not told a profile on its command line"),
        ("AWS_PROFILE", profiles, "every tool that is not told a profile on its command line"),
        ("SSOHELPER_SESSION", sessions, "ssohelper alone"),
    ):
        value = variables.get(name)
        if value and value not in known:
            near = difflib.get_close_matches(value, known, n=1)
            thing = "session" if known is sessions else "profile"
            yield Finding(
                kind=f"no-such-{thing}",
                what=f"{name} is {value!r}, and there is no such {thing}",
                affects=affects,
                mend=f"export {name}={shlex.quote(near[0])}" if near else f"unset {name}",
            )


def files_that_are_named(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that name a file which is not there."""
    for name in ("AWS_CONFIG_FILE", "AWS_CA_BUNDLE"):
        value = variables.get(name)
        if value and not Path(os.path.expandvars(value)).expanduser().exists():
            yield Finding(
                kind="no-such-file",
                what=f"{name} is {value!r}, and there is no such file",
                affects="every tool",
                mend=f"unset {name}",
            )


def our_settings(file: Path, sessions: Collection[str] | None) -> Iterator[Finding]:
    """What is wrong with config.toml; `sessions` are those of the config file, where that can be read."""
    try:
        config_toml.load(file, "")
        spoken_of = config_toml.sessions(file)
    except config_toml.WrongSetting as error:
        yield Finding(
            kind="wrong-settings",
            what=error.problem,
            affects="ssohelper alone: most of its commands fail",
            # What a setting is for, a guard of roles perhaps, nobody can tell: nothing is taken away.
            mend=fixes.renamed(file, error.line, *error.renamed)
            if error.renamed and error.line
            else fixes.edited(file),
            file=file,
            line=error.line,
        )
        return
    except SsohelperError as error:
        yield Finding(
            kind="wrong-settings",
            what=str(error),
            affects="ssohelper alone: most of its commands fail",
            mend=f"ls -l {fixes.word(file)}",
            file=file,
        )
        return
    yield from _programs(file, spoken_of)
    if sessions is not None:
        yield from _settings_of_none(file, set(spoken_of) - set(sessions), sessions)


def _programs(file: Path, spoken_of: Iterable[str]) -> Iterator[Finding]:
    """Programs that config.toml names and that are not there."""
    for session in ("", *spoken_of):
        said = config_toml.load(file, session)
        for key, program in (("program", said.program), ("browser", said.browser)):
            if program and not Path(program).exists():
                yield Finding(
                    kind="no-such-setting",
                    what=f"{key} is {program!r}, which is not there",
                    affects="ssohelper sync" if key == "program" else "ssohelper console",
                    mend=fixes.edited(file),
                    file=file,
                )


def _settings_of_none(file: Path, names: Iterable[str], sessions: Collection[str]) -> Iterator[Finding]:
    """Sessions that config.toml speaks of and that are not in the config file."""
    for name in sorted(names):
        near = difflib.get_close_matches(name, sessions, n=1)
        yield Finding(
            kind="settings-of-no-session",
            what=f"config.toml speaks of the session {name!r}, which is not in the config file"
            + (f": did you mean {near[0]}?" if near else ""),
            affects="ssohelper alone: what is said there has no effect",
            mend=fixes.edited(file),
            broken=False,
            file=file,
        )


def secrets(files: Iterable[Path]) -> Iterator[Finding]:
    """Files with secrets that other users of this machine can read or change."""
    for file in files:
        yield from _open_to(file, stat.S_IRWXG | stat.S_IRWXO, "go-rwx")


def others(files: Iterable[Path]) -> Iterator[Finding]:
    """Files and folders that tell what is run, and that other users of this machine can change."""
    for file in files:
        yield from _open_to(file, stat.S_IWGRP | stat.S_IWOTH, "go-w")


def _open_to(file: Path, too_much: int, less: str) -> Iterator[Finding]:
    try:
        mode = file.stat().st_mode
    except OSError:
        return
    if os.name == "posix" and mode & too_much:
        does = "change" if mode & (stat.S_IWGRP | stat.S_IWOTH) else "read"
        yield Finding(
            kind="open-file",
            what=f"other users of this machine can {does} {paths.shown(file)}",
            affects="you: whoever does it can act in your name",
            mend=f"chmod {less} {fixes.word(file)}",
            file=file,
        )
