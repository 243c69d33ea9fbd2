"""Options of one section edited by configupdater, or by `config_edit` itself: every other line is unchanged."""

import configparser
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit, option_edit
from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import ConfigText, Section, parse, unparse
from tests.fixtures import awkward_configs
from tests.fixtures.examples import examples

# Says which of the steps loads configupdater.
_LOADED = """
import sys
from ssohelper.aws_config import config_edit, config_file, resolve
from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import parse
from ssohelper.sync import plan
text = parse(b"[profile a]\\nregion = x\\nssohelper_session = s\\n")
[section] = text.sections
new = Edit(None, "b", {"region": "x"})
for edits in ([new], [Edit(section, None)], [Edit(section, "c")], [Edit(section, "a", {"region": "y"})]):
    config_edit.apply(text, edits)
    print("configupdater" in sys.modules)
"""


def _edited(options: str, values: Mapping[str, str], *unset: str) -> str | None:
    """The lines below the header of a section after an edit."""
    text = parse(f"[profile a]\n{options}".encode("utf-8", "surrogateescape"))
    [section] = text.sections
    lines = option_edit.edit(text, section, values, frozenset(unset))
    return None if lines is None else "\n".join(lines[1:])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("k=1\nother=x", "k = 2\nother=x\nnew = 3"),
        ("k:1", "k : 2\nnew = 3"),
        ("  K = 1\n\tother =", "  K = 2\n\tother =\n\tnew = 3"),
        ("k = 1\n\n# note\nother=x  ;y", "k = 2\n\n# note\nother=x  ;y\nnew = 3"),
        ("k = 1\n  2\n\n  3\ns3 =\n  a = 1\n\n  b = 2", "k = 2\ns3 =\n  a = 1\n\n  b = 2\nnew = 3"),
        ("k = 1\ngone =\n  a = 1\n# note\nl = %(x)s%", "k = 2\n# note\nl = %(x)s%\nnew = 3"),
        ("s3 =\n  # inside\n  a = 1\nk = 1", "s3 =\n  # inside\n  a = 1\nk = 2\nnew = 3"),
        (".*[x]+ ? = \udce9\u2028\x0c\nk = 1", ".*[x]+ ? = \udce9\u2028\x0c\nk = 2\nnew = 3"),
    ],
    ids=["spacing", "colon", "indented", "comments", "nested", "removed", "comment in another", "odd characters"],
)
def test_edit(before: str, after: str) -> None:
    """`k` is changed, `new` is added and `gone` is removed; every other line is unchanged."""
    unset = ["gone"] if "gone" in before else []
    assert _edited(before, {"k": "2", "new": "3"}, *unset) == after


@pytest.mark.parametrize(
    "options",
    [
        "flag\nk = 1",
        "k = 1\n  # inside\n  2\nl = 1",
        "k = 1\n# inside\n  2\nl = 1",
        "k = 1\n  # below\nl = 1",
        "    l = 1\n  # less indented\n    k = 1",
        "k = 1\nK = 1",
        "k = 1\nk = 1",
        "= 1\nk = 1",
    ],
    ids=["no delimiter", "comment", "in column 1", "comment below", "swallowed", "twice", "the same twice", "no key"],
)
def test_refused(options: str) -> None:
    """A section is refused if configupdater cannot read it, or finds `k` on other lines than botocore."""
    assert _edited(options, {"k": "2"}) is None


@pytest.mark.parametrize("value", ["two\nlines", "\nnested"])
def test_value_with_lines(value: str) -> None:
    """A value of several lines is refused."""
    assert _edited("k = 1", {"k": value}) is None


def test_loaded_only_for_changes() -> None:
    """Reading, adding, removing and renaming do not load configupdater; changing an option does."""
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False", "True"]


_values = st.dictionaries(
    st.sampled_from(("region", "s3", "x y", "sso_role_name", ".*[k]+ \u00e9", "new")),
    st.sampled_from(("", "v", "%(x)s%", "a = b : c", "# d", "1")),
    min_size=1,
    max_size=4,
)
_unset = st.frozensets(st.sampled_from(("region", "s3", "x y", ".*[k]+ \u00e9", "latin\udce9", "none")), max_size=3)


@settings(deadline=None, max_examples=examples(120), suppress_health_check=list(HealthCheck))
@given(
    data=awkward_configs.managed_files, name=st.sampled_from(("managed", "new name")), values=_values, unset=_unset
)
@example(
    data=b"  [profile managed]\r\n  region:1\r\n  ssohelper_session = main\r\n\ts3 =\r\n",
    name="managed",
    values={"region": "", "new": "1"},
    unset=frozenset({"s3"}),
)
def test_options_are_edited(data: bytes, name: str, values: Mapping[str, str], unset: frozenset[str]) -> None:
    """An edit changes the lines of its options only, and its result does not depend on which editor is used."""
    text, unset = parse(data), unset - values.keys()
    section = _managed(text)
    assume(len(section.options) == len(section.values()))
    edited = config_edit.apply(text, [Edit(section, name, values, unset)])
    changed = {key for key, value in values.items() if section.values().get(key) != value}
    kept = _lines_without(text, section, changed | unset, header=name == section.name)
    after = parse(edited)
    assert _is_subsequence(kept, after.lines)
    assert len(after.lines) == len(kept) + len(changed) + (name != section.name)
    assert set(after.ends) <= set(text.ends)
    assert _read_by_configparser(after) == _expected(text, section, name, values, unset)
    # A key without a delimiter means nothing to us, but configupdater refuses it.
    text.lines.insert(section.first + 1, "flag")
    text.ends.insert(section.first, text.ends[section.first])
    text = parse(unparse(text))
    flagged = parse(config_edit.apply(text, [Edit(_managed(text), name, values, unset)]))
    assert flagged.lines.pop(section.first + 1) == "flag"
    assert flagged.lines == after.lines


def _managed(text: ConfigText) -> Section:
    [section] = (section for section in text.sections if section.managed)
    return section


def _lines_without(text: ConfigText, section: Section, keys: set[str] | frozenset[str], *, header: bool) -> list[str]:
    """The lines of the file without those of some options; comments stay."""
    spans = [range(option.first, option.last + 1) for option in section.options if option.key in keys]
    touched = {number for span in spans for number in span if not re.match(r"\s*[#;]", text.lines[number])}
    touched |= set() if header else {section.first}
    return [line for number, line in enumerate(text.lines) if number not in touched]


def _is_subsequence(part: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in part)


def _read_by_configparser(text: ConfigText) -> dict[str, dict[str, str]] | None:
    parser = configparser.RawConfigParser(default_section="none")
    try:
        parser.read_string("\n".join(text.lines))
    except configparser.Error:
        return None
    return {name: dict(parser[name]) for name in parser.sections()}


def _expected(
    text: ConfigText, section: Section, name: str, values: Mapping[str, str], unset: frozenset[str]
) -> dict[str, dict[str, str]] | None:
    read = _read_by_configparser(text)
    if read is None:
        return None
    options = read.pop(section.header)
    header = section.header if name == section.name else f"profile {name!r}"
    return {**read, header: {key: value for key, value in options.items() if key not in unset} | dict(values)}
