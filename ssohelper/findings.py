"""What the doctor finds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or `broken` as False, only to be known.

    `kind` is its name for programs, `affects` says which tools meet it, `mend` is a command for a POSIX shell. `line`
    counts from 1. `profile` is the one that it is about, where it is about one.
    """

    kind: str
    what: str
    affects: str
    mend: str
    broken: bool = True
    file: Path | None = None
    line: int | None = None
    profile: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "kind": self.kind,
            "broken": self.broken,
            "what": self.what,
            "file": None if self.file is None else str(self.file),
            "line": self.line,
            "affects": self.affects,
            "mend": self.mend,
        }
