"""Roles get profile names: by a template, portable to every SDK, never two roles with one name.

Everything here is pure and depends on nothing but its arguments, so names come out the same on every run and on every
machine that sees the same roles.
"""

import re
import shlex
import string
import unicodedata
from collections.abc import Callable

from ssohelper.errors import BadInput
from ssohelper.model import Role, Session
from ssohelper.settings.model import DEFAULT_TEMPLATE

FIELDS = ("account_name", "account_id", "account_email", "role_name", "session", "region")

_FILTERS: dict[str, Callable[[str], str]] = {"": str, "lower": str.lower, "upper": str.upper}
# What every SDK can read in a header: the JavaScript SDK takes no blank, Java neither `+` nor `:`.
_UNPORTABLE = re.compile(r"[^A-Za-z0-9_.@/%-]+")
_WORD = re.compile(r"[A-Za-z0-9]")


def check_template(template: str) -> None:
    """Raise `BadInput` where a template names an unknown field or filter, or cannot be a name."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise BadInput(f"the profile name {template!r} is no template: {error}", hint=_option()) from error
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS:
            raise BadInput(
                f"the profile name {template!r} has the unknown field {{{name}}}; fields are "
                + ", ".join(f"{{{field}}}" for field in FIELDS),
                hint=_option(_mended(template, name)),
            )
        if spec not in _FILTERS or conversion:
            wrong = spec or conversion
            raise BadInput(
                f"the profile name {template!r} has the unknown filter {wrong!r}; filters are :lower and :upper",
                hint=_option(),
            )
    if not template.strip() or any(not character.isprintable() for character in template):
        raise BadInput(f"the profile name {template!r} is empty or holds a control character", hint=_option())


def render(template: str, role: Role, session: Session, region: str, *, portable: bool) -> str:
    """The name that a template gives a role. The template has passed `check_template`.

    With `portable` every character that some SDK cannot read becomes `-`. A field that is absent, or of which nothing
    would remain, is replaced by the account's id; so is a whole name.
    """
    values = {
        "account_name": role.account.name,
        "account_id": role.account.id,
        "account_email": role.account.email,
        "role_name": role.name,
        "session": session.name,
        "region": region,
    }
    clean = portable_name if portable else _printable
    pieces = []
    for literal, name, spec, _ in string.Formatter().parse(template):
        pieces.append(literal)
        if name is not None:
            value = clean(values[name] or "")
            pieces.append(_FILTERS[spec or ""](value if _has_word(value) else role.account.id))
    return clean("".join(pieces)) or role.account.id


def portable_name(text: str) -> str:
    """The text with `-` for whatever some SDK could not read in a header; empty where nothing is left."""
    decomposed = unicodedata.normalize("NFKD", text)
    without_accents = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _UNPORTABLE.sub("-", without_accents).strip("-")


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character not in "[]").strip()


def _has_word(text: str) -> bool:
    return _WORD.search(text) is not None or any(character.isalpha() for character in text)


def _mended(template: str, wrong: str) -> str:
    """The template with the field that was probably meant: the one that is alike, by its first word or as a whole."""

    def likeness(field: str) -> float:
        import difflib  # slow to load

        return max(difflib.SequenceMatcher(a=wrong, b=each).ratio() for each in (field, field.partition("_")[0]))

    meant = max(FIELDS, key=likeness)
    return template.replace("{" + wrong, "{" + meant) if likeness(meant) > 0.6 else DEFAULT_TEMPLATE


def _option(template: str = DEFAULT_TEMPLATE) -> str:
    return f"--profile-name {shlex.quote(template)}"
