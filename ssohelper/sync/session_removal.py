"""What depends on an `[sso-session NAME]`, and its removal together with its managed profiles. Pure."""

from typing import NamedTuple

from ssohelper.aws_config import config_edit, resolve
from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import MARK, ConfigText, Section
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import ConfigConflict


class Removal(NamedTuple):
    """What is removed with a session.

    `sections` are its own and those of its managed profiles, `broken` the names of other profiles that use it.
    """

    sections: tuple[Section, ...]
    broken: tuple[str, ...]

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the managed profiles."""
        return tuple(each.name for each in self.sections if each.kind == "profile")

    @property
    def content(self) -> object:
        """What is removed, wherever it stands in the file."""
        return [(each.header, sorted(each.values().items())) for each in self.sections], self.broken


def names(text: ConfigText) -> list[str]:
    """The sessions of a config file, complete or not."""
    return list(dict.fromkeys(each.name for each in text.of_kind("sso-session")))


def find(files: AwsFiles, session: str) -> Removal:
    """What is removed with a session of the config file, and what breaks."""
    own = [each for each in files.config.of_kind("sso-session") if each.name == session]
    managed = [each for each in files.config.of_kind("profile") if each.values().get(MARK) == session]
    users = {name for name in files.profiles if resolve.session_name_of(files, name) == session}
    return Removal((*own, *managed), tuple(sorted(users - {each.name for each in managed})))


def without(text: ConfigText, removal: Removal) -> bytes:
    """The config file without what is removed. Raises `ConfigConflict`."""
    config_edit.check_editable(text)
    return config_edit.apply(text, [Edit(each, None) for each in removal.sections])


def without_same(files: AwsFiles, session: str, shown: Removal) -> bytes:
    """The same for the file as it is now. Raises `ConfigConflict` if something else would be removed, or break."""
    found = find(files, session)
    if found.content != shown.content:
        raise ConfigConflict("the config file has changed in the meantime", hint="run the command again")
    return without(files.config, found)
