"""The programs in `tests/clients`, which call STS through an AWS SDK that needs a compiler: built once a run."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.components import absent, need

_SOURCES = Path(__file__).with_name("clients")
# With all that is downloaded, on a slow machine.
_SECONDS = 300
_COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def built(factory: pytest.TempPathFactory, worker_id: str, language: str) -> list[str]:
    """The words that start the program of a language: go, java or rust."""
    base = factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "compiled" / language
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return {"go": _go, "java": _java, "rust": _rust}[language](folder)


def _go(folder: Path) -> list[str]:
    program = folder / "client"
    if not program.exists():
        # Without C it needs no library, not even in an empty container.
        _run(
            "env",
            "CGO_ENABLED=0",
            need("go"),
            "build",
            "-C",
            str(_SOURCES / "go"),
            "-buildvcs=false",
            "-o",
            str(program),
            ".",
        )
    return [str(program)]


def _java(folder: Path) -> list[str]:
    if not (folder / "Client.class").exists():
        compiler, jars = need("javac"), f"-DoutputDirectory={folder}"
        _run(need("mvn"), "-B", "-q", "-f", str(_SOURCES / "java" / "pom.xml"), _COPY_JARS, jars)
        _run(compiler, "-cp", f"{folder}/*", "-d", str(folder), str(_SOURCES / "java" / "Client.java"))
    return [need("java"), "-cp", f"{folder}:{folder}/*", "Client"]


def _rust(folder: Path) -> list[str]:
    program, target = folder / "client", folder / "target"
    if not program.exists():
        manifest = str(_SOURCES / "rust" / "Cargo.toml")
        _run(need("cargo"), "build", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", str(target))
        (target / "debug" / "client").rename(program)
        shutil.rmtree(target)  # hundreds of megabytes
    return [str(program)]


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        absent(f"{' '.join(words[:3])} failed: {(done.stdout + done.stderr)[-500:]}")
