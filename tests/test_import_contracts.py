"""The import contracts catch a forbidden import in a module of any package."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent for path in (ROOT / "ssohelper").glob("*/__init__.py"))
# A library that only one other package may import.
FOREIGN = {"identity_center": "keyring", "storage": "botocore", "ui": "botocore"}


def broken_contracts(folder: Path) -> set[str]:
    """The names of the contracts that fail for the sources in a folder."""
    done = subprocess.run(
        [need("lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    return set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources and the contracts."""
    shutil.copytree(ROOT / "ssohelper", tmp_path / "ssohelper", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(copy: Path, package: str, line: str) -> None:
    """Add a new module with one import to a package."""
    (copy / "ssohelper" / package / "planted.py").write_text(f'"""Planted."""\n\n{line}\n')


def test_libraries(copy: Path) -> None:
    """A module of each package that imports a library of another package breaks that library's contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    guarded = {each for contract in contracts for each in contract.get("forbidden_modules", [])}
    for package in PACKAGES:
        plant(copy, package.name, f"import {FOREIGN.get(package.name, 'botocore')}")
    assert guarded >= {"botocore", "keyring"}
    expected = {"botocore: identity_center", "keyring: storage"}
    assert broken_contracts(copy) >= expected
    for package in PACKAGES:
        (copy / "ssohelper" / package.name / "planted.py").unlink()
    assert broken_contracts(copy) == set()


@pytest.mark.full
@pytest.mark.parametrize("package", [path.name for path in PACKAGES])
def test_each_package(copy: Path, package: str) -> None:
    """In each package, a library that it may not import, and a package above it, are noticed."""
    plant(copy, package, f"import {FOREIGN.get(package, 'botocore')}")
    assert len(broken_contracts(copy)) >= 1
    plant(copy, package, "from ssohelper import cli")
    assert len(broken_contracts(copy)) >= 1
