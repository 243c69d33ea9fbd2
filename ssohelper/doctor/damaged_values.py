"""What a damaged value of an option was meant to be, where that is certain. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator

_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_COMMENT = re.compile(r"\s[#;]")


def meant(value: str, valid: Callable[[str], bool]) -> str | None:
    """The valid value left without quotes, invisible characters and a comment, which botocore reads as part of it.

    None if none is left, or if the value is valid already.
    """
    return None if valid(value) else next(filter(valid, _candidates(value)), None)


def visible(text: str) -> str:
    """The text without invisible characters; other kinds of space become a space."""
    shown = (" " if unicodedata.category(each) == "Zs" else each for each in text)
    return "".join(each for each in shown if unicodedata.category(each) not in ("Cf", "Cc") or each in "\n\t")


def note(value: str) -> str:
    """Why a value that looks right is invalid, to append to a message; empty if neither applies."""
    found = next((each for each in value if visible(each) != each), None)
    if found is not None:
        return f" (it contains U+{ord(found):04X}, which is invisible)"
    if has_comment(value):
        return " (the comment is read as part of it)"
    return " (the quotes are read as part of it)" if value.strip(_QUOTES) != value else ""


def has_comment(value: str) -> bool:
    """Whether a comment follows on the same line, which most other SDKs do not read as part of the value."""
    return _COMMENT.search(value) is not None


def is_account_id(value: str) -> bool:
    """Whether it is an account id."""
    return re.fullmatch(r"\d{12}", value, re.ASCII) is not None


def account_id(value: str) -> str | None:
    """The account id without dashes, spaces, quotes and a comment; None if that does not leave 12 digits."""
    digits = (re.sub(r"[\s\u2010-\u2015-]", "", each) for each in _candidates(value))
    return next(filter(is_account_id, digits), None)


def _candidates(value: str) -> Iterator[str]:
    plain = visible(value).strip()
    for each in (plain, _COMMENT.split(plain)[0].strip()):
        yield each
        yield each.strip(_QUOTES).strip()
