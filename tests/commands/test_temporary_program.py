"""A program that runs from the cache of uv or pipx, which may delete it: no file may name it."""

import shutil
from pathlib import Path

import pytest

from tests.fixtures.home import Home, command

MESSAGE = "ssohelper: ssohelper runs from uv's cache, which may be deleted: its path cannot be saved\n"
HINT = "hint: install ssohelper with `uv tool install` (see README), then run the command again\n"


@pytest.fixture
def temporary(signed_in: Home) -> Path:
    """The program as `uvx` starts it."""
    folder = signed_in.path / ".cache" / "uv" / "archive-v0" / "Y4JiP7aQKcHXnBcI" / "bin"
    folder.mkdir(parents=True)
    return Path(shutil.copy2(command("ssohelper")[0], folder))


@pytest.mark.parametrize("preview", ["--yes", "--dry-run", "--check"])
def test_sync_refuses(signed_in: Home, temporary: Path, preview: str) -> None:
    """`sync` writes no profile of the style credential-process, not even one among many of the style sso."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text(
        '[[defaults.rules]]\nmatch = "payments-prod/ReadOnly"\nstyle = "credential-process"\n'
    )
    before = signed_in.config.read_bytes()
    done = signed_in.run(str(temporary), "sync", preview)
    assert (done.stdout, done.stderr, done.returncode) == ("", MESSAGE + HINT, 1)
    assert signed_in.config.read_bytes() == before


def test_style_sso(signed_in: Home, temporary: Path) -> None:
    """Profiles of the style sso do not need the program."""
    done = signed_in.run(str(temporary), "sync", "--yes")
    assert (done.stderr, done.returncode) == ("ssohelper: wrote ~/.aws/config\n", 0)
    assert str(temporary.parent) not in signed_in.config.read_text()


def test_program_of_the_settings(signed_in: Home, temporary: Path) -> None:
    """`program` in config.toml overrides it, even with another program there."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text(f'[defaults]\nprogram = "{temporary}"\n')
    done = signed_in.run(str(temporary), "sync", "--yes", "--style", "credential-process")
    assert (done.stderr, done.returncode) == ("ssohelper: wrote ~/.aws/config\n", 0)
    assert f"credential_process = {temporary} credential-process --session acme" in signed_in.config.read_text()


def test_installed_again(signed_in: Home, temporary: Path) -> None:
    """The `sync` of an installed program replaces the path in the profiles."""
    test_program_of_the_settings(signed_in, temporary)
    signed_in.settings.unlink()
    done = signed_in.ssohelper("sync", "--yes", "--style", "credential-process")
    assert done.returncode == 0, done.stderr
    assert str(temporary.parent) not in signed_in.config.read_text()


def test_another_is_installed(signed_in: Home, temporary: Path) -> None:
    """The hint is the same command of the program that is installed."""
    installed = Path(command("ssohelper")[0])
    words = ("sync", "--dry-run", "--style", "credential-process")
    done = signed_in.run(str(temporary), *words, PATH=f"{temporary.parent}:{installed.parent}:/usr/bin:/bin")
    assert (done.stderr, done.returncode) == (f"{MESSAGE}hint: {installed} {' '.join(words)}\n", 1)


def test_agent_install(signed_in: Home, temporary: Path) -> None:
    """The system would not find the agent at the next login."""
    done = signed_in.run(str(temporary), "agent", "install", "--yes")
    assert (done.stdout, done.stderr, done.returncode) == ("", MESSAGE + HINT, 1)
