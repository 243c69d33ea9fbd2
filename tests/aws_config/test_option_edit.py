"""Options of one section edited by configupdater: every other line is unchanged."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from ssohelper.aws_config import option_edit
from ssohelper.aws_config.config_text import parse

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
