"""Region names for completion."""

import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from ssohelper.identity_center import region_checks, regions


def test_offered() -> None:
    """Regions are offered with a description, all that botocore knows except pseudo-regions."""
    found = regions.offered()
    assert found["eu-central-1"] == "Europe (Frankfurt)"
    assert list(found) == [name for name in region_checks.all_regions() if not name.endswith("-global")]


def test_does_not_load_botocore() -> None:
    """Reading the names loads nothing of botocore, which is slow."""
    script = (
        "import sys; from ssohelper.identity_center import regions; assert regions.offered();"
        "print([name for name in sys.modules if name.startswith('botocore')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "spec", [None, ModuleSpec("botocore", None), "elsewhere"], ids=["none", "no file", "no data"]
)
def test_without_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spec: ModuleSpec | str | None) -> None:
    """Without botocore's data file nothing is offered."""
    found = ModuleSpec("botocore", None, origin=str(tmp_path / "__init__.py")) if spec == "elsewhere" else spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: found)
    assert regions.offered() == {}
