"""The `source_profile` of profiles, and those that a sync breaks. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ssohelper.aws_config.config_text import ConfigText, Option


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """A profile whose `source_profile`, on `line` (from 1), is removed, or gets a new name."""

    profile: str
    line: int
    source_profile: str
    new_name: str | None


def find(text: ConfigText) -> Iterator[tuple[str, Option]]:
    """The `source_profile` options, with the names of their profiles."""
    for section in text.of_kind("profile"):
        yield from ((section.name, option) for option in section.options if option.key == "source_profile")


def broken(
    text: ConfigText, lost: Mapping[str, str | None], changed: Collection[str], credentials_profiles: Collection[str]
) -> Iterator[BrokenSource]:
    """The profiles whose source is lost, even if another profile gets its name.

    `lost` are profiles by their name, with the new one, None for those that are removed. Profiles that are `changed`
    are no longer what they were, or follow; those of the credentials file stay.
    """
    for name, option in find(text):
        if option.value in lost and option.value not in credentials_profiles and name not in changed:
            yield BrokenSource(name, option.first + 1, option.value, lost[option.value])
