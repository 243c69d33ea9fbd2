"""Changes of the AWS files, without a word of what they hold."""

from pathlib import Path

import pytest

from ssohelper.aws_config.config_text import parse, unparse
from ssohelper.doctor import fixes
from ssohelper.findings import Change

FILE = Path("config")
TEXT = "[profile x]\r\n  region : a\r\n    b\r\n  # c\r\n    d\r\nkey=1"


def changed(text: str, change: Change) -> str:
    """The text after a change."""
    return fixes.apply(parse(text.encode()), [change]).decode()


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("v", "[profile x]\r\n  region : v\r\n#     b\r\n  # c\r\n#     d\r\nkey=1"),
        ("", "[profile x]\r\n  region : \r\n#     b\r\n  # c\r\n#     d\r\nkey=1"),
    ],
)
def test_set_value(value: str, after: str) -> None:
    """The other lines of a value are commented out; a comment inside stays, and so do the line endings."""
    text = parse(TEXT.encode())
    option = text.sections[0].options[0]
    assert changed(TEXT, fixes.set_value(FILE, text, option, value)) == after


def test_comment_out() -> None:
    """Every line but empty ones gets a sign of comment."""
    text = "[a]\nx =\n\n  y = 1\nz = 1\n"
    change = fixes.comment_out(FILE, parse(text.encode()), 2, 4, "x")
    assert (change.summary, changed(text, change)) == (
        "comment out x, lines 2 to 4",
        "[a]\n# x =\n\n#   y = 1\nz = 1\n",
    )


@pytest.mark.parametrize("line", ["key=1", "  Key = 1", "kEY : 1 = 2", "key="])
def test_rename_key(line: str) -> None:
    """A key is renamed; everything else on its line stays."""
    text = f"[a]\n{line}\n"
    parsed = parse(text.encode())
    after = changed(text, fixes.rename_key(FILE, parsed, parsed.sections[0].options[0], "other"))
    assert after == f"[a]\n{line.replace('key', 'other').replace('Key', 'other').replace('kEY', 'other')}\n"


@pytest.mark.parametrize(
    ("line", "after"), [("[profile x", "[profile x]"), ("[profile x  # mine", "[profile x]  # mine"), ("[a ", "[a] ")]
)
def test_close_header(line: str, after: str) -> None:
    """A bracket is added behind the name, before a comment."""
    assert changed(f"{line}\n", fixes.close_header(FILE, parse(f"{line}\n".encode()), 1)) == f"{after}\n"


@pytest.mark.parametrize(
    ("data", "after"),
    [
        ("[a]\r\nx = ö\r\n".encode("utf-16"), "[a]\r\nx = ö\r\n"),
        ("[a]\r\nx = ö\r\n".encode("utf-16-le"), "[a]\r\nx = ö\r\n"),
        ("[a]\r\nx = ö\r\n".encode("utf-16-be"), "[a]\r\nx = ö\r\n"),
        (b"\xef\xbb\xbf[a]\n", "[a]\n"),
        ("[a]\nx = ö\n# ".encode() + "ö€\x81".encode("latin-1", "ignore") + b"\x80\n", "[a]\nx = ö\n# ö\x81€\n"),
        ("[a]\n".encode("utf-16") + b"x", None),
        (b"[a]\n\0\xff", None),
    ],
    ids=["utf-16", "little", "big", "mark", "mixed", "odd", "zero"],
)
def test_save_as_utf8(data: bytes, after: str | None) -> None:
    """A file in UTF-16 or Windows-1252, even in parts, becomes UTF-8; a file that is no text stays."""
    text = parse(data)
    change = fixes.save_as_utf8(FILE, text)
    assert (change and change.data and change.data.decode()) == after
    assert unparse(text) == data
