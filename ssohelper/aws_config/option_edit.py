"""Edits the options of one section with configupdater.

configupdater reads some sections differently from botocore (an indented comment belongs to the value above it) and
refuses a key without a delimiter. `edit` returns None for these sections; `config_edit` then edits the lines itself.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from ssohelper.aws_config.config_text import ConfigText, Section, indentation, own_lines

if TYPE_CHECKING:
    import configupdater


def edit(text: ConfigText, section: Section, values: Mapping[str, str], unset: Collection[str]) -> list[str] | None:
    """The lines of the section, header included, with the options `values` set and `unset` removed.

    A changed option keeps its indentation, the case of its key and its delimiter. New options follow the last one and
    are indented like it. Every other line is unchanged. None if configupdater cannot do that.
    """
    # Slow to load: it imports importlib.metadata, and with that email, socket and zipfile.
    from configparser import Error

    from configupdater import AssignMultilineValueError, ConfigUpdater

    source = "".join(f"{line}\n" for line in text.lines[section.first : section.last + 1])
    updater = ConfigUpdater()
    try:
        updater.read_string(source)
        [found] = updater.iter_sections()
        if str(updater) != source or not _agrees(found, text, section, values.keys() | unset):
            return None
        _set(found, values, indentation(text.lines[section.options[-1].first]))
    except (Error, AssignMultilineValueError):
        return None
    for key in unset:
        del found[key]
    return str(updater).split("\n")[:-1]


def _agrees(found: "configupdater.Section", text: ConfigText, section: Section, keys: Iterable[str]) -> bool:
    """Whether configupdater finds each of these options on the same lines as our grammar, without comments inside."""
    present = {option.key: option for option in section.options}
    if len(present) < len(section.options):
        return False
    for key in keys:
        expected = own_lines(text, present[key]) if key in present else []
        option = found.get(key)
        if (option.lines if option is not None else []) != [f"{text.lines[number]}\n" for number in expected]:
            return False
    return True


def _set(found: "configupdater.Section", values: Mapping[str, str], indent: str) -> None:
    for block in [*found.iter_blocks()]:
        if not block.lines:  # left by a value with blank lines; configupdater would add a blank line below it
            block.detach()
    for key, value in values.items():
        option = found.get(key)
        if option is None:
            found.set(indent + key, value)
        else:
            option.value = value
            # configupdater writes changed options in the first column: the indentation becomes part of the key.
            option.key = indentation(option.lines[0]) + option.raw_key
