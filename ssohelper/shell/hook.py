"""The code that a shell evaluates when it starts: a script of `hooks/` with our paths filled in."""

from collections.abc import Mapping
from pathlib import Path

from ssohelper.errors import Failed
from ssohelper.shell import SUFFIXES, exports

_FOLDER = Path(__file__).parent / "hooks"
_UNLESS_CONSTRAINED = """\
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Warning "ssohelper is not loaded: PowerShell is in $($ExecutionContext.SessionState.LanguageMode) mode here"
} else {
"""


def code(shell: str, values: Mapping[str, str]) -> str:
    """The hook of a shell, with the quoted value of each name for its placeholder `@name@`. Raises `Failed`."""
    script = (_FOLDER / f"hook.{SUFFIXES[shell]}").read_text("utf-8")
    for name, value in values.items():
        if not value.isprintable():
            raise Failed(f"{value!r} cannot be quoted for {shell}")
        script = script.replace(f"@{name}@", exports.expression(value, shell))
    return script


def joined(shell: str, *scripts: str) -> str:
    """The scripts as one text to evaluate.

    In PowerShell each is parsed separately, so that a syntax error in one does not disable the other; in
    ConstrainedLanguage mode (AppLocker, WDAC) a warning is printed instead.
    """
    if shell != "powershell":
        return "\n".join(scripts)
    parts = "".join(f"    Invoke-Expression -Command @'\n{each}'@\n" for each in scripts)
    return f"{_UNLESS_CONSTRAINED}{parts}}}\n"
