"""Our own program in `credential_process` lines."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ssohelper.errors import BadInput
from ssohelper.roles import RoleRef
from ssohelper.settings import own_program
from ssohelper.settings.model import Settings

COMMAND = ("/opt/ssohelper/bin/ssohelper", "credential-process")


def test_line() -> None:
    """The line names session, account and role."""
    assert own_program.credential_process(COMMAND, RoleRef("main", "111111111111", "Admin")) == (
        "/opt/ssohelper/bin/ssohelper credential-process --session main --account-id 111111111111 --role-name Admin"
    )


def test_every_character_of_role_names() -> None:
    """All characters that permission set names may have can be used in the line."""
    role = RoleRef("main", "111111111111", "aZ0_+=,.@-")
    assert own_program.credential_process(COMMAND, role).endswith(" --role-name aZ0_+=,.@-")


def test_session_with_spaces() -> None:
    """It is put in double quotes, which shlex, sh and cmd.exe read alike."""
    line = own_program.credential_process(COMMAND, RoleRef("my new sso", "111111111111", "Admin"))
    assert line == (
        '/opt/ssohelper/bin/ssohelper credential-process --session "my new sso"'
        " --account-id 111111111111 --role-name Admin"
    )
    assert subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True
    ).stdout.split("\n")[:-1] == shlex.split(line)


@pytest.mark.parametrize(
    ("program", "session", "role_name", "message"),
    [
        (
            "/a b/ssohelper",
            "main",
            "R",
            "'/a b/ssohelper' in credential_process: some SDKs would read it differently",
        ),
        ("C:\\ssohelper.exe", "main", "R", "'C:\\\\ssohelper.exe' in credential_process: not an absolute path"),
        ("ssohelper", "main", "R", "'ssohelper' in credential_process: not an absolute path"),
        ("~/bin/ssohelper", "main", "R", "'~/bin/ssohelper' in credential_process: not an absolute path"),
        ("/x/$HOME", "main", "R", "'/x/$HOME' in credential_process: some SDKs would read it differently"),
        ("/x", "my  session", "R", "'my  session' in credential_process: some SDKs would read it differently"),
        ("/x", " main", "R", "' main' in credential_process: some SDKs would read it differently"),
        ("/x", 'my "one"', "R", "'my \"one\"' in credential_process: some SDKs would read it differently"),
        ("/x", "main", "a'b", '"a\'b" in credential_process: some SDKs would read it differently'),
        ("/x", "main", "%PATH%", "'%PATH%' in credential_process: some SDKs would read it differently"),
        ("/x", "main", "", "'' in credential_process: some SDKs would read it differently"),
    ],
)
def test_refused_words(program: str, session: str, role_name: str, message: str) -> None:
    """A line that SDKs would split or expand in different ways is refused."""
    with pytest.raises(BadInput) as refused:
        own_program.credential_process((program, "credential-process"), RoleRef(session, "1", role_name))
    assert str(refused.value) == f"cannot use {message}"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """An installed program without a launcher."""
    path = tmp_path / "ssohelper"
    path.touch()
    return path


def test_without_launcher(program: Path) -> None:
    """Without a launcher, the line runs the command of the program in config.toml."""
    assert own_program.command_of(Settings(program=str(program))) == (str(program), "credential-process")


@pytest.mark.skipif(os.name != "posix", reason="the launcher is a POSIX shell script")
def test_launcher(program: Path) -> None:
    """The launcher beside the program is used, also if config.toml names a link to the program."""
    launcher = program.with_name("ssohelper-credential-process")
    launcher.touch()
    link = program.parent / "bin" / "ssohelper"
    link.parent.mkdir()
    link.symlink_to(program)
    for each in (program, link):
        assert own_program.command_of(Settings(program=str(each))) == (str(launcher),)


def test_missing_program() -> None:
    """A program that does not exist is refused."""
    with pytest.raises(BadInput) as refused:
        own_program.command_of(Settings(program="/no/ssohelper"))
    assert (str(refused.value), refused.value.hint) == (
        "program not found: /no/ssohelper", 'in config.toml: program = "/..."',
    )  # fmt: skip


def test_path_on_path(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is the one that was called, links included: it outlives an upgrade."""
    link = program.parent / "bin" / "ssohelper"
    link.parent.mkdir()
    link.symlink_to(program)
    monkeypatch.setattr(sys, "argv", [str(link), "sync"])
    assert own_program.path() == str(link)


@pytest.mark.parametrize(
    ("program", "cache"),
    [
        # As uv 0.13 (`uv tool run`, `uv run --with`) and pipx 1.18 (`pipx run`, also with PIPX_HOME) run programs.
        ("/home/a/.cache/uv/archive-v0/Y4JiP7aQKcHXnBcI/bin/ssohelper", "uv"),
        ("/home/a/.cache/uv/builds-v0/.tmpGptCED/bin/ssohelper", "uv"),
        ("/x/uv/environments-v2/8b0cbae4892decd7/bin/ssohelper-credential-process", "uv"),
        ("C:\\Users\\a\\AppData\\Local\\uv\\cache\\archive-v0\\Y4JiP7aQKcHXnBcI\\Scripts\\ssohelper.exe", "uv"),
        ("/home/a/.cache/pipx/f3d24533e1d839e/bin/ssohelper", "pipx"),
        ("/Users/a/Library/Caches/pipx/f3d24533e1d839e/bin/ssohelper", "pipx"),
        ("/home/a/pipx-home/.cache/f3d24533e1d839e/bin/ssohelper", "pipx"),
        # Installed for good, or nowhere near a cache.
        ("/home/a/.local/bin/ssohelper", None),
        ("/home/a/.local/share/uv/tools/ssohelper/bin/ssohelper", None),
        ("/home/a/.local/share/pipx/venvs/ssohelper/bin/ssohelper", None),
        ("/home/a/.local/pipx/venvs/f3d24533e1d839e/bin/ssohelper", None),
        ("/tmp/x/.venv/bin/ssohelper", None),
        ("/home/a/.cache/my-tools/bin/ssohelper", None),
        ("/srv/archive-v0/ssohelper", None),
    ],
)
def test_cache(program: str, cache: str | None) -> None:
    """Programs in the caches of uv and pipx are recognised by their folders, wherever the cache is."""
    assert own_program.cache_of(program) == cache


def test_link_to_cache(tmp_path: Path) -> None:
    """A link to a program in a cache breaks when it is deleted."""
    link, folder = tmp_path / "ssohelper", tmp_path / "archive-v0" / "abc" / "bin"
    folder.mkdir(parents=True)
    link.symlink_to(folder / "ssohelper")
    assert own_program.cache_of(str(link)) == "uv"


def test_called_without_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, a script that pip made calls itself without the `.exe` that it has."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "ssohelper"), "sync"])
    (tmp_path / "ssohelper.exe").touch()
    assert own_program.path() == str(tmp_path / "ssohelper.exe")
    assert own_program.command_of(Settings()) == (str(tmp_path / "ssohelper.exe"), "credential-process")
    (tmp_path / "ssohelper").touch()
    assert own_program.path() == str(tmp_path / "ssohelper")
