"""What checks may look at, each file read once, and the type of a check."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssohelper import hints
from ssohelper.aws_config import config_text, resolve
from ssohelper.aws_config.config_text import MARK, ConfigText, Option, Section
from ssohelper.aws_config.merged import AwsFiles, Value
from ssohelper.context import Context
from ssohelper.doctor import fixes
from ssohelper.errors import Failed, SsohelperError
from ssohelper.findings import Change, Finding
from ssohelper.identity_center import region_checks, regions
from ssohelper.model import Session
from ssohelper.refresher import agent_process
from ssohelper.settings.config_toml import ConfigToml
from ssohelper.settings.model import Settings
from ssohelper.storage import folders, json_cache, leftovers, paths


@dataclass(frozen=True, slots=True)
class AwsFile:
    """The AWS config file or the credentials file, and fixes for it; `problem` is why it could not be read."""

    path: Path
    text: ConfigText
    problem: SsohelperError | None = None

    @classmethod
    def read(cls, path: Path, load: Callable[[], ConfigText]) -> "AwsFile":
        """The file as `load` returns it."""
        try:
            return cls(path, load())
        except SsohelperError as error:
            return cls(path, config_text.empty_file(), error)

    def comment_out(self, *what: Section | Option) -> Change:
        """Comment out sections or options."""
        changes = []
        for each in what:
            name = each.key if isinstance(each, Option) else f"[{each.header}]"
            changes.append(fixes.comment_out(self.path, self.text, each.first + 1, each.last + 1, name))
        return fixes.combined(changes)

    def set_value(self, option: Option, value: str) -> Change:
        """Give an option another value."""
        return fixes.set_value(self.path, self.text, option, value)

    def repair(self, option: Option, meant: str | None, *, near: bool) -> Change | str:
        """Set an optional option to `meant`; without it, open an editor if a value is near, else comment it out."""
        if meant:
            return self.set_value(option, meant)
        return self.edit(option) if near else self.comment_out(option)

    def set_header(self, section: Section, header: str) -> Change:
        """Give a section another header."""
        return fixes.set_header(self.path, self.text, section, header)

    def rename_key(self, option: Option, key: str) -> Change:
        """Give an option another key."""
        return fixes.rename_key(self.path, self.text, option, key)

    def edit(self, what: Section | Option) -> str:
        """Open an editor at an option or a section."""
        return fixes.open_editor(self.path, what.first + 1)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """config.toml: its settings for each session that it names, and under None those of all other sessions.

    `problem` is why it is invalid or could not be read.
    """

    path: Path
    settings: Mapping[str | None, Settings]
    problem: SsohelperError | None = None

    @classmethod
    def read(cls, path: Path, load: Callable[[], ConfigToml]) -> "SettingsFile":
        """The file as `load` returns it."""
        try:
            found = load()
            return cls(
                path, {None: found.for_session(""), **{name: found.for_session(name) for name in found.sessions}}
            )
        except SsohelperError as error:
            return cls(path, {}, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What checks may look at. `now` is in Unix seconds.

    `files` are both AWS files as botocore reads them, `sessions` all sessions in them. `regions` are all AWS regions,
    `identity_center_regions` those in which IAM Identity Center is available. `agent` is the state of the agent.
    `which` finds a program on PATH, `token_data` is the token file of a session, by the session's name.
    """

    config: AwsFile
    credentials: AwsFile
    settings: SettingsFile
    environment: Mapping[str, str]
    files: AwsFiles
    sessions: Mapping[str, Session]
    regions: Collection[str]
    identity_center_regions: Collection[str]
    secret_files: Collection[Path]
    trusted_files: Collection[Path]
    own_files: Collection[Path]
    leftovers: Collection[Path]
    agent: Mapping[str, Any]
    agent_installed: bool
    now: float
    which: Callable[[str], str | None]
    token_data: Callable[[str], Mapping[str, object]]

    @classmethod
    def read(cls, context: Context) -> "Checkup":
        """Everything as it is now."""
        config = AwsFile.read(paths.aws_config(), lambda: context.config)
        credentials = AwsFile.read(paths.aws_credentials(), lambda: context.shared_credentials)
        with suppress(OSError):
            if credentials.path.samefile(config.path):  # by another name, or a link
                credentials = replace(credentials, path=config.path)
        settings = SettingsFile.read(paths.settings(), lambda: context.config_toml)
        files = AwsFiles(config.text, lambda: credentials.text)
        caches = (paths.sso_cache(), paths.role_cache())
        cached = [file for each in caches for file in sorted(each.glob("*.json"))]
        return cls(
            config=config,
            credentials=credentials,
            settings=settings,
            environment=context.environment,
            files=files,
            sessions=resolve.sessions(files),
            regions=regions.names(),
            identity_center_regions=region_checks.identity_center_regions(),
            secret_files=[paths.aws_credentials(), *cached],
            trusted_files=[
                *(config.path, config.path.parent, settings.path, settings.path.parent, Path(folders.folder())),
                *(folder for each in caches for folder in (each, each.parent)),
            ],
            own_files=[settings.path, settings.path.parent, Path(folders.folder()), *cached],
            leftovers=[*leftovers.of_tokens(), *leftovers.of_role_credentials()],
            agent=_agent_state(),
            agent_installed=agent_process.is_installed(),
            now=time.time(),
            which=shutil.which,
            token_data=_token_data,
        )

    def file(self, path: Path) -> AwsFile:
        """The AWS file at a path."""
        return self.config if self.config.path == path else self.credentials

    def file_of(self, value: Value) -> AwsFile:
        """The AWS file in which a value stands."""
        return self.credentials if value.file == "credentials" else self.config

    @property
    def aws_files(self) -> list[AwsFile]:
        """The AWS files; one if a user has named the same file as both."""
        return [self.config, *([self.credentials] if self.credentials.path != self.config.path else [])]

    def with_file(self, path: Path, text: ConfigText) -> "Checkup":
        """The same with other content of one of the AWS files, or of both if they are one file."""
        config, credentials = (
            AwsFile(path, text) if each.path == path else each for each in (self.config, self.credentials)
        )
        files = AwsFiles(config.text, lambda: credentials.text)
        return replace(self, config=config, credentials=credentials, files=files, sessions=resolve.sessions(files))

    @property
    def profiles(self) -> list[Section]:
        """The profiles of the config file."""
        return list(self.config.text.of_kind("profile"))

    @property
    def profile_names(self) -> set[str]:
        """The names of all profiles, those of the credentials file too."""
        return {each.name for each in self.profiles} | {each.header for each in self.credentials.text.sections}

    def sync_command(self, profile: Section, *options: str) -> str | None:
        """The `ssohelper sync` for a profile's session; None if there are several, and the profile names none."""
        known = [each.name for each in self.config.text.of_kind("sso-session")]
        values = profile.values()
        named = values.get("sso_session") or values.get(MARK)
        if len(known) > 1 and named not in known:
            return None
        session = ("--session", str(named)) if len(known) > 1 else ()
        return hints.command("sync", *session, *options)


Check = Callable[[Checkup], Iterator[Finding]]


def _agent_state() -> Mapping[str, Any]:
    try:
        return agent_process.state()
    except Failed as error:
        return {"running": agent_process.is_running(), "problem": str(error)}


def _token_data(session: str) -> Mapping[str, object]:
    """The token file of a session, by its name; empty if it cannot be read, which is found by `sign_ins`."""
    try:
        return json_cache.read(paths.sso_cache() / f"{json_cache.name(session)}.json")
    except Failed:
        return {}


def option_of(section: Section, key: str) -> Option | None:
    """The option that counts: the last one of that key, if it has a value."""
    return next((each for each in reversed(section.options) if each.key == key and each.value), None)
