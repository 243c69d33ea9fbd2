"""What depends on an `[sso-session NAME]`, and its removal together with its managed profiles. Pure."""

from typing import NamedTuple

from ssohelper.aws_config import config_edit, resolve
from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import MARK, ConfigText, Section
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import ConfigConflict


class Dependents(NamedTuple):
    """The names of the managed profiles of a session, and of other profiles that use it."""

    managed: tuple[str, ...]
    others: tuple[str, ...]


def dependents(files: AwsFiles, session: str) -> Dependents:
    """What no longer works without a session."""
    managed = [each.name for each in _managed(files.config, session)]
    users = {name for name in files.profiles if resolve.session_name_of(files, name) == session}
    return Dependents(tuple(managed), tuple(sorted(users - set(managed))))


def without(files: AwsFiles, session: str, shown: Dependents) -> bytes:
    """The config file without the session and its managed profiles.

    Raises `ConfigConflict` if other profiles depend on it than were shown.
    """
    text = files.config
    section = next((each for each in text.of_kind("sso-session") if each.name == session), None)
    if section is None or dependents(files, session) != shown:
        raise ConfigConflict("the config file has changed in the meantime", hint="run the command again")
    config_edit.check_editable(text)
    return config_edit.apply(text, [Edit(each, None) for each in (section, *_managed(text, session))])


def _managed(text: ConfigText, session: str) -> list[Section]:
    return [each for each in text.of_kind("profile") if each.values().get(MARK) == session]
