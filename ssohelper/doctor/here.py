"""The files that are looked at, and how one thing in them is mended."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from ssohelper.aws_config.config_text import MARK, ConfigText, Option, Section
from ssohelper.doctor import fixes


class Here(NamedTuple):
    """The config file, and how this machine finds programs."""

    file: Path
    text: ConfigText
    which: Callable[[str], str | None]
    # The facts of the token of a session, as far as there is one.
    token: Callable[[str], Mapping[str, object]] = lambda _session: {}

    def without(self, what: Section | Option) -> str:
        """The command that makes comments of a section or an option."""
        return fixes.comment_out(self.file, self.text.lines, what.first + 1, what.last + 1)

    def sync(self, section: Section, *options: str) -> str | None:
        """The command that brings the profiles in step, of the session that a section names where there are several.

        None where it names none of them.
        """
        known = [each.name for each in self.text.of_kind("sso-session")]
        values = section.values()
        named = values.get("sso_session") or values.get(MARK)
        if len(known) > 1 and named not in known:
            return None
        of = ("--session", str(named)) if len(known) > 1 else ()
        return shlex.join(["ssohelper", "sync", *of, *options])

    def with_value(self, option: Option, value: str) -> str:
        """The command that gives an option another value."""
        return fixes.new_value(self.file, self.text.lines, option.first + 1, value)


def option_of(section: Section, key: str) -> Option | None:
    """The option that counts: the last of its key, if it says anything."""
    return next((each for each in reversed(section.options) if each.key == key and each.value), None)
