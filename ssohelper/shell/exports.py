"""Environment variables as each shell wants them, quoted so that no value can be anything but a value. Pure."""

import json
import re
from collections.abc import Callable, Mapping

from ssohelper.errors import Failed
from ssohelper.model import RoleCredentials
from ssohelper.storage import timestamps

# Variables that would win over the credentials, or make an SDK look elsewhere.
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
# cmd.exe expands and splits by rules that no quoting can switch off altogether; .env files have as many dialects as
# readers. What is plain means the same to all of them.
_PLAIN = re.compile(r"[A-Za-z0-9_+/=:.,@-]*")


def variables(credentials: RoleCredentials, region: str | None) -> dict[str, str]:
    """The variables of role credentials, and of a region if there is one."""
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": timestamps.written(credentials.expiration),
        **({"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {}),
    }


def render(variables: Mapping[str, str], shape: str) -> str:
    """The text that sets these variables. Raises `Failed` where a value cannot be written in that shape."""
    if shape == "json":
        return json.dumps(dict(variables), indent=2)
    for name, value in variables.items():
        if not value.isprintable() or (shape in ("cmd", "dotenv") and not _PLAIN.fullmatch(value)):
            raise Failed(f"the value of {name} cannot be written for {shape}", hint="--format json")
    set_, unset = _SHAPES[shape]
    lines = [set_.format(name=name, value=quoted(value, shape)) for name, value in variables.items()]
    return "\n".join([*(unset.format(name=name) for name in UNSET if unset), *lines])


def shape_of(shell: str | None, *, windows: bool) -> str:
    """The shape for the person's shell, by its path as `$SHELL` has it."""
    if windows:
        return "powershell"
    name = (shell or "").rpartition("/")[2]
    return {"fish": "fish", "pwsh": "powershell"}.get(name, "bash")


def quoted(value: str, shape: str) -> str:
    """A printable text as one word of a shell, in which nothing means more than itself."""
    return _QUOTES[shape](value)


def _posix(value: str) -> str:
    # Not shlex.quote: it leaves `=ls` as it is, which zsh takes for the path of ls.
    return "'" + value.replace("'", "'\"'\"'") + "'"


def _fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(value: str) -> str:
    # PowerShell takes typographic quotes for plain ones.
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value) + "'"


_SHAPES = {
    "bash": ("export {name}={value}", "unset {name}"),
    "zsh": ("export {name}={value}", "unset {name}"),
    "fish": ("set -gx {name} {value}", "set -e {name}"),
    "powershell": ("$Env:{name} = {value}", "Remove-Item -ErrorAction SilentlyContinue Env:{name}"),
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
SHAPES = (*_SHAPES, "json")
