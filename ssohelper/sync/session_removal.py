"""The removal of an `[sso-session NAME]` with its managed profiles, and which others depend on it. Pure."""

from typing import NamedTuple

from ssohelper.aws_config import config_edit, resolve
from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import MARK, ConfigText, Section
from ssohelper.aws_config.merged import AwsFiles


class Removal(NamedTuple):
    """What is removed from the config file, and the names of other profiles that will no longer work."""

    section: Section
    profiles: tuple[Section, ...]
    broken: tuple[str, ...]


def find(files: AwsFiles, session: str) -> Removal | None:
    """The removal of a session; None if the config file has no section for it."""
    section = next((each for each in files.config.of_kind("sso-session") if each.name == session), None)
    if section is None:
        return None
    managed = tuple(each for each in files.config.of_kind("profile") if each.values().get(MARK) == session)
    users = {name for name in files.profiles if resolve.session_name_of(files, name) == session}
    return Removal(section, managed, tuple(sorted(users - {each.name for each in managed})))


def without(text: ConfigText, removal: Removal) -> bytes:
    """The config file without them. Raises `ConfigConflict`."""
    config_edit.check_editable(text)
    return config_edit.apply(text, [Edit(each, None) for each in (removal.section, *removal.profiles)])
