"""Environment variables in the syntax of each shell, quoted so that no part of a value is evaluated. Pure."""

import json
import re
from collections.abc import Callable, Mapping

from ssohelper.aws_config.selection import OUTRANKING_VARIABLES
from ssohelper.errors import Failed
from ssohelper.roles import RoleCredentials
from ssohelper.storage import timestamps

# cmd.exe has expansions that quoting cannot disable, and every reader of .env files has its own syntax. These
# characters are safe in all of them.
_PLAIN = re.compile(r"[A-Za-z0-9_+/=:.,@-]*")


def variables(credentials: RoleCredentials, region: str | None) -> dict[str, str]:
    """The variables for role credentials and a region."""
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": timestamps.written(credentials.expiration),
        **({"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {}),
    }


def render(variables: Mapping[str, str], syntax: str) -> str:
    """The text that sets these variables, and unsets those that some SDK would prefer to them.

    Raises `Failed` if a value cannot be written in that syntax.
    """
    if syntax == "json":
        return json.dumps(dict(variables), indent=2)
    for name, value in variables.items():
        if not value.isprintable() or (syntax in ("cmd", "dotenv") and not _PLAIN.fullmatch(value)):
            raise Failed(f"the value of {name} cannot be written for {syntax}", hint="--format json")
    set_, unset = _SYNTAXES[syntax]
    lines = [set_.format(name=name, value=quoted(value, syntax)) for name, value in variables.items()]
    others = [name for name in OUTRANKING_VARIABLES if unset and name not in variables]
    # PowerShell passes each line on by itself, and Invoke-Expression takes one text.
    separator = "; " if syntax == "powershell" else "\n"
    return separator.join([*(unset.format(name=name) for name in others), *lines])


def quoted(value: str, syntax: str) -> str:
    """A printable text as one literal word of a shell."""
    return _QUOTES[syntax](value)


def expression(value: str, syntax: str) -> str:
    """A printable text as a value to assign to a variable; for PowerShell in ASCII, since it may decode it wrongly.

    Windows PowerShell decodes the output of programs in the code page of the console.
    """
    if syntax != "powershell" or value.isascii():
        return quoted(value, syntax)
    parts = re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", value)
    return "(" + " + ".join(["''", *map(_powershell_part, parts)]) + ")"


def _powershell_part(text: str) -> str:
    if text.isascii():
        return _powershell(text)
    units = text.encode("utf-16-be", "surrogatepass")
    return " + ".join(f"[char]0x{units[n : n + 2].hex()}" for n in range(0, len(units), 2))


def _posix(value: str) -> str:
    # Not shlex.quote: it does not quote `=ls`, which zsh replaces by the path of ls.
    return "'" + value.replace("'", "'\"'\"'") + "'"


def _fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(value: str) -> str:
    # In PowerShell typographic quotes are quotes too.
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value) + "'"


_SYNTAXES = {
    "bash": ("export {name}={value}", "unset {name}"),
    "zsh": ("export {name}={value}", "unset {name}"),
    "fish": ("set -gx {name} {value}", "set -e {name}; or true"),
    "powershell": ("$Env:{name} = {value}", "$Env:{name} = $null"),
    "cmd": ('set "{name}={value}"', 'set "{name}="'),
    "dotenv": ("{name}={value}", ""),
}
_QUOTES: dict[str, Callable[[str], str]] = {
    "bash": _posix,
    "zsh": _posix,
    "fish": _fish,
    "powershell": _powershell,
    "cmd": str,
    "dotenv": str,
}
SYNTAXES = (*_SYNTAXES, "json")
