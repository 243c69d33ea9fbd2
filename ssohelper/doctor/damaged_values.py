"""What a damaged value of an option was meant to be, where that is certain. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator

_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_COMMENT = re.compile(r"\s[#;]")


def meant(value: str, valid: Callable[[str], bool]) -> str | None:
    """The valid value that is left without what editors, chats and spreadsheets add; None if there is none.

    That is: invisible characters, quotes, and a comment, which AWS's SDKs for Python read as part of the value.
    """
    return None if valid(value) else next(filter(valid, _candidates(value)), None)


def visible(text: str) -> str:
    """The text without invisible characters; other kinds of space become a space."""
    shown = (" " if unicodedata.category(each) == "Zs" else each for each in text)
    return "".join(each for each in shown if unicodedata.category(each) not in ("Cf", "Cc") or each in "\n\t")


def note(value: str) -> str:
    """What is odd about a value, to end a message with; nothing if it is nothing of this kind."""
    found = next((each for each in value if visible(each) != each), None)
    if found is not None:
        return f" (it contains U+{ord(found):04X}, which is invisible)"
    return " (the comment is read as part of it)" if has_comment(value) else ""


def has_comment(value: str) -> bool:
    """Whether a comment follows on the same line, which most other SDKs do not read as part of the value."""
    return _COMMENT.search(value) is not None


def is_account_id(value: str) -> bool:
    """Whether it is an account id."""
    return re.fullmatch(r"\d{12}", value, re.ASCII) is not None


def account_id(value: str) -> str | None:
    """The account id that was meant, also if it has dashes or spaces, or lost its leading zeros in a spreadsheet."""
    for each in _candidates(value):
        digits = re.sub(r"[\s\u2010-\u2015-]", "", each)
        if re.fullmatch(r"\d{9,12}", digits, re.ASCII):
            return digits.zfill(12)
    return None


def _candidates(value: str) -> Iterator[str]:
    plain = visible(value).strip()
    for each in (plain, _COMMENT.split(plain)[0].strip()):
        yield each
        yield each.strip(_QUOTES).strip()
