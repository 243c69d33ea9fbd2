"""The text of messages, without what terminals, logs and formats have done to it."""

import pytest

from ssohelper.permission_sets.message_text import ESCAPED_QUOTE, readings

DENIED = (
    "User: arn:u is not authorized to perform: ec2:Run on resource: arn:r because no x policy allows the a:B action"
)
CONSOLE = "User: arn:u\nService: ec2\nAction: Run\nOn resource(s): arn:r\nContext: no x policy allows the a:B action"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a  b\tc", "a b c"),
        ("\x1b[31ma\x1b[0m \x07b", "a b"),
        ("a &quot;b&quot; &amp;", 'a "b" &'),
        ("\u201ca\u201d", '"a"'),
        (r"say \"a\"", f"say {ESCAPED_QUOTE}a{ESCAPED_QUOTE}"),
        ("\u2502 a", "a"),
        ("> a", "a"),
        ("2026-11-02T10:00:00Z [job] | a", "a"),
        ("2026-11-02 10:00:00,123 a", "a"),
        ("[INFO] a", "a"),
        ("&#" + "0" * 5000 + "9;", "&#" + "0" * 5000 + "9;"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    """Colors, frames, times, and the escapes of JSON and XML are removed."""
    assert readings(text) == [expected]


def test_lines() -> None:
    """Lines are read in both ways: broken at spaces, and inside words."""
    assert readings("one tw\no three\n four") == ["one tw o three four", "one two three four"]
    assert readings(r"a\nb") == ["a b", "ab"]


def test_console() -> None:
    """What the console shows on lines of its own is put into the words of SDKs."""
    assert readings(CONSOLE)[0] == DENIED
    assert readings(CONSOLE.replace("Service: ec2\nAction: ", "Action: ec2:"))[0] == DENIED
    other = CONSOLE.replace("Action: ", "Action:")
    assert readings(other)[0] == " ".join(other.split())
