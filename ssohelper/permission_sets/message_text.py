"""The text of messages, as AWS wrote it: without what terminals, logs and formats have done to it. Pure."""

import html
import re
from contextlib import suppress

# A quote that JSON has escaped ends only at another such one.
ESCAPED_QUOTE = "\ue000"
# The console's message, on lines of their own.
_CONSOLE = re.compile(
    r"User: (\S+) (?:Service: ([a-z0-9-]+) Action: |Action: ([a-z0-9-]+):)(\w+) "
    r"On resource\(s\): (\S+) Context: (an?|no) "
)
# The time and the job that logs put before a line, and the frames of Terraform, Docker and mails.
_LOGGED = r"(?:\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-][\d:]+)?[ \t]+)?(?:\[[^\]\n]{1,40}\][ \t]*)?"
_LINE_PREFIX = re.compile(rf"^(?:{_LOGGED}[|>\u2502\u2577\u2575]+[ \t]*|{_LOGGED})", re.MULTILINE)
# Where a terminal, or an editor, has broken a word.
_BROKEN_WORD = re.compile(r"(?<=\S)\n(?=\S)")
_QUOTES = str.maketrans("\u201c\u201d", '""')
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\\[nrt]")
_NOT_TEXT = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2502]+")


def readings(text: str) -> list[str]:
    """The text on one line, with single spaces; and, if it has several lines, as if those were broken inside words.

    Quotes that JSON has escaped are `ESCAPED_QUOTE`. What the console shows is put into the words of SDKs.
    """
    text = _without_prefixes(text)
    found = [_plain(text)]
    return [*found, _plain(_BROKEN_WORD.sub("", text))] if "\n" in text else found


def _without_prefixes(text: str) -> str:
    """The text without colors, and without the times and frames that stand before lines."""
    with suppress(ValueError):  # for a number with thousands of digits
        text = html.unescape(text)
    return _LINE_PREFIX.sub("", _ESCAPES.sub(" ", text.replace("\\n", "\n")).replace("\r", "")).translate(_QUOTES)


def _plain(text: str) -> str:
    """The text with single spaces, and without the escapes of JSON."""
    plain = _NOT_TEXT.sub(" ", text.replace('\\"', ESCAPED_QUOTE)).strip()

    def spelled_out(found: re.Match[str]) -> str:
        user, service, prefix, action, resource, article = found.groups()
        what = f"{service or prefix}:{action} on resource: {resource}"
        reason = "because no " if article == "no" else f"with {article} "
        return f"User: {user} is not authorized to perform: {what} {reason}"

    return _CONSOLE.sub(spelled_out, plain)
