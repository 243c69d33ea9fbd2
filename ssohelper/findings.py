"""What the doctor reports: findings, and the steps of `doctor PROFILE`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem.

    `kind` identifies it for programs, `affects` says which tools it affects, `fix` is a command for a POSIX shell, or
    one line that says what to do. `line` is counted from 1. `profile` is set if it concerns a
    single profile.
    """

    kind: str
    message: str
    affects: str
    fix: str
    severity: Severity = "error"
    file: Path | None = None
    line: int | None = None
    profile: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON data."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "file": None if self.file is None else str(self.file),
            "line": self.line,
            "affects": self.affects,
            "fix": self.fix,
        }


class Step(NamedTuple):
    """A step to a profile's credentials that succeeded, and what was found there."""

    name: str
    detail: str
