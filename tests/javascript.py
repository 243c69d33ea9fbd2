"""Packages from npm for tests that run the AWS SDK for JavaScript on the machine's Node."""

import fcntl
import subprocess
from pathlib import Path

import pytest

from tests.components import absent, need

# By the oldest Node for which their authors made them; a distribution's Node is rarely the newest.
VERSIONS = {
    "@aws-sdk/credential-providers": {20: "3.1175.0", 18: "3.966.0"},
    "@aws-sdk/client-sts": {20: "3.1174.0", 18: "3.966.0"},
}


def installed(factory: pytest.TempPathFactory, worker_id: str, package: str) -> Path:
    """A folder whose programs can import a package; installed once a run."""
    base = factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "javascript" / package.rpartition("/")[2]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / package).exists():
            _install(folder, package)
    return folder


def _install(folder: Path, package: str) -> None:
    version = subprocess.run([need("node"), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    major = int(version[1:].split(".")[0])
    wanted = next((wanted for oldest, wanted in VERSIONS[package].items() if major >= oldest), None)
    if wanted is None:
        absent(f"node {version} is too old for {package}")
    words = [need("npm"), "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
    patience = ["--fetch-retries=1", "--fetch-timeout=30000", f"{package}@{wanted}"]
    done = subprocess.run([*words, *patience], capture_output=True, text=True, timeout=50, check=False)
    if done.returncode != 0:
        absent(f"npm cannot install {package}: {done.stderr[-300:]}")
