"""Profile names from templates such as `{account_name}.{role_name}`. Pure, so names are the same on every machine."""

import functools
import re
import string
import unicodedata
from collections.abc import Callable, Mapping

from ssohelper import hints
from ssohelper.errors import BadInput
from ssohelper.model import Session
from ssohelper.roles import Role
from ssohelper.settings.model import DEFAULT_TEMPLATE

FIELDS = ("account_name", "account_id", "account_email", "role_name", "session", "region")

_FILTERS: dict[str, Callable[[str], str]] = {"": str, "lower": str.lower, "upper": str.upper}
# What every SDK can read in a section header: the JavaScript SDK reads no spaces, the Java SDK neither `+` nor `:`.
_UNPORTABLE = re.compile(r"[^A-Za-z0-9_.@/%-]+")
_WORD = re.compile(r"[A-Za-z0-9]")
_EXAMPLE = f"--profile-name {hints.quoted(DEFAULT_TEMPLATE)}"


def check_template(template: str) -> None:
    """Raise `BadInput` if a template has an unknown field or filter, or cannot be parsed or shown."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise BadInput(f"not a valid template: {template!r} ({error})", hint=_EXAMPLE) from error
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if field not in FIELDS:
            raise BadInput(
                f"unknown field {{{field}}} in the template {template!r}; {_expected_field(field)}",
                hint=_EXAMPLE,
            )
        if spec not in _FILTERS or conversion:
            raise BadInput(
                f"unknown filter {spec or conversion!r} in the template {template!r} (expected :lower or :upper)",
                hint=_EXAMPLE,
            )
    if not template.strip() or not template.isprintable():
        raise BadInput(f"not a valid template: {template!r} (empty, or has a control character)", hint=_EXAMPLE)


def example(template: str) -> str:
    """The template filled with sample values, to check what it gives. It has passed `check_template`."""
    return fill(template, dict.fromkeys(FIELDS, "123456789012"))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with each field replaced by its value, with filters applied. It has passed `check_template`."""
    parts = string.Formatter().parse(template)
    return "".join(text + (_FILTERS[spec or ""](values[field]) if field else "") for text, field, spec, _ in parts)


def fields(role: Role, session: Session, region: str) -> dict[str, str]:
    """The values of a role for templates."""
    return {
        "account_name": role.account.name or "",
        "account_id": role.account.id,
        "account_email": role.account.email or "",
        "role_name": role.name,
        "session": session.name,
        "region": region,
    }


def render(template: str, role: Role, session: Session, region: str, *, portable: bool) -> str:
    """The profile name that a template gives a role. The template has passed `check_template`.

    With `portable`, characters that some SDK cannot read become `-`. A field that is empty, or has no letter or digit
    left, is replaced by the account's id, as is an empty name.
    """
    values = fields(role, session, region)
    clean = portable_name if portable else _printable
    pieces = []
    for literal, field, spec in _parts(template):
        pieces.append(literal)
        if field is not None:
            value = clean(values[field])
            pieces.append(_FILTERS[spec or ""](value if _has_word(value) else role.account.id))
    return clean("".join(pieces)) or role.account.id


@functools.cache
def _parts(template: str) -> list[tuple[str, str | None, str | None]]:
    """The literal text, field and filter of each part; the same for thousands of roles."""
    return [part[:3] for part in string.Formatter().parse(template)]


def portable_name(text: str) -> str:
    """The text with `-` for what some SDK cannot read in a section header, without accents; may be empty."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _UNPORTABLE.sub("-", text).strip("-")


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character not in "[]").strip()


def _has_word(text: str) -> bool:
    return _WORD.search(text) is not None or any(character.isalpha() for character in text)


def _expected_field(wrong: str) -> str:
    """The field that is most like an unknown one, by its first word or as a whole; else all fields."""
    import difflib  # slow to load

    def similarity(field: str) -> float:
        candidates = (field, field.partition("_")[0])
        return max(difflib.SequenceMatcher(a=wrong, b=each).ratio() for each in candidates)

    nearest = max(FIELDS, key=similarity)
    if similarity(nearest) > 0.6:
        return f"did you mean {{{nearest}}}?"
    return "known fields: " + ", ".join(f"{{{field}}}" for field in FIELDS)
