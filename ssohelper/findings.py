"""What the doctor reports: findings, and the steps of `doctor PROFILE`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning"]
# The command that makes the change of a finding.
FIX_COMMAND = "ssohelper doctor --fix"


# Values of other options may be secrets, or contain one.
_HARMLESS_KEYS = re.compile(
    r"region|output|sso_\w+|ssohelper_\w+|role_arn|source_profile|credential_source|mfa_serial|services|cli_\w+"
)


def may_be_shown(key: str) -> bool:
    """Whether the value of an option of an AWS file is no secret."""
    return _HARMLESS_KEYS.fullmatch(key) is not None


@dataclass(frozen=True, slots=True)
class Change:
    """A change to one of the AWS files that fixes a problem; `summary` is the change in words.

    `lines` maps line numbers, counted from 0, to their new text. `data` is the whole new file instead, where its
    encoding or its line endings are the problem. Neither is shown by `repr`: it may be a secret.
    """

    file: Path
    summary: str
    lines: Mapping[int, str] = field(default_factory=dict, repr=False)
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem.

    `kind` identifies it for programs, `affects` says which tools it affects. `fix` is a change that `doctor --fix`
    makes; or a command for a POSIX shell; or one line that says what to do. `line` is counted from 1. `profile` is
    set if it concerns a single profile. `step` is the step of `doctor PROFILE` that failed, and
    `exit_code` that of the error: 4 if a sign-in or an MFA code is needed, 5 if it could not be checked now.
    """

    kind: str
    message: str
    affects: str
    fix: Change | str
    severity: Severity = "error"
    file: Path | None = None
    line: int | None = None
    profile: str | None = None
    step: str = "profile"
    exit_code: int = 1

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON data; `change` is what the fix changes, in words, null if it does not change a file."""
        change = self.fix if isinstance(self.fix, Change) else None
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "file": None if self.file is None else str(self.file),
            "line": self.line,
            "affects": self.affects,
            "fix": FIX_COMMAND if change else self.fix,
            "change": change.summary if change else None,
        }


class Step(NamedTuple):
    """A step to a profile's credentials, and what was found there; `ok` is None if it could not be checked."""

    name: str
    detail: str
    ok: bool | None = True
