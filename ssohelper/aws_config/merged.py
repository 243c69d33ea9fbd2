"""The config file and the shared credentials file as botocore reads them: one view of profiles and sessions. Pure.

Sources: `botocore.configloader.build_profile_map`, `botocore.session.Session.full_config`, and for `[DEFAULT]`, whose
options every section of the same file inherits, `configparser`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Literal, NamedTuple

from ssohelper.aws_config.config_text import DEFAULTS, NOWHERE, ConfigText, Option, Section, SyntaxProblem, empty_file

File = Literal["config", "credentials"]
Layer = tuple[File, Section]


class Value(NamedTuple):
    """The value of an option, and where it stands; `inherited` if that is `[DEFAULT]`."""

    option: Option
    file: File
    inherited: bool = False

    @property
    def text(self) -> str:
        """Its text, which may be empty."""
        return self.option.value

    def __repr__(self) -> str:
        return f"<Value {self.option.key} on {self.place}>"  # it may be a secret

    @property
    def place(self) -> str:
        """Where it stands, as messages say it: `line 3 of the config file`; empty if it is not written yet."""
        return "" if self.option.first == NOWHERE else f"line {self.option.first + 1} of the {self.file} file"

    @property
    def nested(self) -> bool:
        """Whether botocore reads it as a block of options, and not as text."""
        return self.text.startswith("\n")

    @property
    def parsed(self) -> "str | dict[str, str]":
        """What botocore makes of it."""
        if not self.nested:
            return self.text
        pairs = (line.split("=", 1) for line in self.text.splitlines() if line.strip())
        return {key.strip(): value.strip() for key, value in pairs}


class Merged:
    """One profile or sso-session: the options of all `layers`, of which the first counts most."""

    def __init__(self, name: str, layers: tuple[Layer, ...] = ()) -> None:
        self.name = name
        self.layers = layers

    @cached_property
    def values(self) -> dict[str, Value]:
        """The value of each option that is set."""
        found = {}
        for file, section in reversed(self.layers):
            inherited = section.header == DEFAULTS
            for option in section.options:
                found[option.key] = Value(option, file, inherited)
        return found

    def get(self, key: str) -> Value | None:
        """The value of an option."""
        return self.values.get(key)

    def text(self, key: str) -> str | None:
        """The text of an option, which may be empty; None if it is not set."""
        value = self.values.get(key)
        return None if value is None else value.text

    def without(self, file: File) -> "Merged":
        """What it is without one of the files."""
        return Merged(self.name, tuple(layer for layer in self.layers if layer[0] != file))


class AwsFiles:
    """The profiles and the sso-sessions of the two files."""

    def __init__(self, config: ConfigText, credentials: Callable[[], ConfigText] = empty_file) -> None:
        self.config = config
        self._load_credentials = credentials

    @cached_property
    def credentials(self) -> ConfigText:
        """The credentials file, loaded when it is needed: sso-sessions can be found without it."""
        return self._load_credentials()

    @cached_property
    def problem(self) -> tuple[File, SyntaxProblem] | None:
        """Why botocore can read nothing at all: it stops at the first problem in either file."""
        if self.config.problem:
            return "config", self.config.problem
        return ("credentials", self.credentials.problem) if self.credentials.problem else None

    @cached_property
    def profiles(self) -> dict[str, Merged]:
        """The profiles by name: first those of the config file, in its order. The credentials file overrides them."""
        found = self._of_kind("profile")
        defaults = _default_layers("credentials", self.credentials)
        for section in self.credentials.sections:
            if section.header != DEFAULTS:
                found[section.header] = [("credentials", section), *defaults, *found.get(section.header, [])]
        return {name: Merged(name, tuple(layers)) for name, layers in found.items()}

    @cached_property
    def sessions(self) -> dict[str, Merged]:
        """The `[sso-session]` sections by name."""
        return {name: Merged(name, tuple(layers)) for name, layers in self._of_kind("sso-session").items()}

    def _of_kind(self, kind: str) -> dict[str, list[Layer]]:
        defaults = _default_layers("config", self.config)
        found: dict[str, list[Layer]] = {}
        for section in self.config.of_kind(kind):
            earlier = found.get(section.name, defaults)
            # The same header twice: no AWS tool reads such a file, and for us the two are one section.
            same = earlier is not defaults and earlier[0][1].header == section.header
            found[section.name] = [("config", section), *(earlier if same else defaults)]
        return found


def source_chain(profile: str, profiles: Mapping[str, Merged]) -> Iterator[str]:
    """The profile, if there is one, and those to which it leads by `source_profile`, each once."""
    seen: set[str] = set()
    while profile in profiles and profile not in seen:
        seen.add(profile)
        yield profile
        profile = profiles[profile].text("source_profile") or ""


def _default_layers(file: File, text: ConfigText) -> list[Layer]:
    """The `[DEFAULT]` sections, which may be several; the last one counts most."""
    return [(file, section) for section in reversed(text.sections) if section.header == DEFAULTS]
