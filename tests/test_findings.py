"""Findings as JSON data, which programs read."""

import json
from pathlib import Path

from ssohelper.findings import Change, Finding


def test_as_json() -> None:
    """Every field of a finding but its profile, under its name; the file as text, absent values as null."""
    found = Finding(kind="no-region", message="m", affects="a", fix="f", file=Path("/c"), line=3, profile="p")
    assert json.loads(json.dumps(found.as_json())) == {
        "kind": "no-region",
        "severity": "error",
        "message": "m",
        "file": "/c",
        "line": 3,
        "affects": "a",
        "fix": "f",
        "change": None,
    }
    warning = Finding(kind="k", message="m", affects="a", fix="f", severity="warning").as_json()
    assert (warning["severity"], warning["file"], warning["line"]) == ("warning", None, None)


def test_change() -> None:
    """A change is shown in words, without the lines, which may be secrets."""
    change = Change(Path("/c"), "comment out line 3", {2: "# hidden"}, b"hidden")
    found = Finding(kind="k", message="m", affects="a", fix=change)
    assert (found.as_json()["fix"], found.as_json()["change"]) == ("ssohelper doctor --fix", "comment out line 3")
    assert "hidden" not in repr(found)
