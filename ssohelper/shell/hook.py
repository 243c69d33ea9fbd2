"""The code that a shell evaluates when it starts: a script of `hooks/` with our paths filled in."""

from collections.abc import Mapping
from pathlib import Path

from ssohelper.errors import Failed
from ssohelper.shell import SUFFIXES, exports

_FOLDER = Path(__file__).parent / "hooks"


def code(shell: str, values: Mapping[str, str]) -> str:
    """The hook of a shell, with the quoted value of each name for its placeholder `@name@`. Raises `Failed`."""
    script = (_FOLDER / f"hook.{SUFFIXES[shell]}").read_text("utf-8")
    for name, value in values.items():
        if not value.isprintable():
            raise Failed(f"{value!r} cannot be quoted for {shell}")
        script = script.replace(f"@{name}@", exports.quoted(value, shell))
    return script
