"""The code that a shell runs at its start: the hooks of `hooks/`, with the places of our files in them."""

from collections.abc import Mapping
from pathlib import Path

from ssohelper.errors import Failed
from ssohelper.shell import SUFFIXES, exports

_FOLDER = Path(__file__).parent / "hooks"


def code(shell: str, places: Mapping[str, str]) -> str:
    """The hook of a shell; `places` are the values of what stands in it as `@name@`. Raises `Failed`."""
    found = (_FOLDER / f"hook.{SUFFIXES[shell]}").read_text("utf-8")
    for name, value in places.items():
        if not value.isprintable():
            raise Failed(f"{value!r} cannot be written for a shell")
        found = found.replace(f"@{name}@", exports.quoted(value, shell))
    return found
