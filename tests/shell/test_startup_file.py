"""The block that loads the shell integration, in real shells."""

import sys
from pathlib import Path

import pytest

from ssohelper.shell import startup_file
from tests.fixtures.components import need
from tests.fixtures.home import Home

FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
OTHERS = b"# mine\nexport A=1\r\nno line end \xff"


@pytest.fixture
def on_path(home: Home) -> Home:
    """A home folder, with ssohelper on PATH."""
    home.environment["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return home


@pytest.mark.parametrize("shell", FILES)
def test_install_and_remove(on_path: Home, shell: str) -> None:
    """The block is added once, loads the integration, and is taken out again; links and other bytes stay."""
    path, target = on_path.path / FILES[shell], on_path.path / "dotfiles"
    path.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(OTHERS)
    path.symlink_to(target)
    added = f"ssohelper: added shell integration to ~/{FILES[shell]}: open a new shell to use it\n"
    if shell == "zsh":
        added += "ssohelper: TAB completion in zsh needs a line above it: autoload -Uz compinit && compinit\n"
    nothing = f"ssohelper: nothing to do: ~/{FILES[shell]} is up to date\n"
    for message in (added, nothing):
        done = on_path.ssohelper("shell-init", shell, "--install")
        assert (done.stdout, done.stderr, done.returncode) == ("", message, 0)
    assert path.is_symlink()
    assert target.read_bytes() == OTHERS + b"\n" + startup_file.block(shell, "ssohelper").encode()
    target.write_text(startup_file.block(shell, "ssohelper"))
    on_path.environment.pop("ZDOTDIR", None)
    hook = "functions --query __ssohelper_before_prompt" if shell == "fish" else "type _ssohelper_before_prompt"
    done = on_path.run(need(shell), "-i", "-c", f"{hook} >/dev/null && echo loaded")
    assert "loaded" in done.stdout, done
    target.write_bytes(OTHERS + b"\n" + startup_file.block(shell, "ssohelper").encode() + b"after\n")
    assert on_path.ssohelper("shell-init", shell, "--remove").returncode == 0
    assert (path.is_symlink(), target.read_bytes()) == (True, OTHERS + b"\nafter\n")
    done = on_path.ssohelper("shell-init", shell, "--remove")
    assert done.stderr == f"ssohelper: nothing to do: ~/{FILES[shell]} has no block of ssohelper\n"


@pytest.mark.parametrize("shell", FILES)
def test_options(on_path: Home, shell: str) -> None:
    """--no-prompt is kept in the block; another --install changes it where it stands."""
    path = on_path.path / FILES[shell]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# before compinit\n")
    on_path.ssohelper("shell-init", shell, "--install")
    with path.open("a") as file:
        file.write("# after\n")
    done = on_path.ssohelper("shell-init", shell, "--no-prompt", "--install")
    assert done.stderr == f"ssohelper: changed shell integration in ~/{FILES[shell]}: open a new shell to use it\n"
    block = startup_file.block(shell, "ssohelper", no_prompt=True)
    assert (path.read_text(), f"shell-init {shell} --no-prompt" in block) == (
        f"# before compinit\n{block}# after\n",
        True,
    )


def test_own_line(on_path: Home) -> None:
    """A line of the user's own is left alone."""
    path = on_path.path / ".bashrc"
    path.write_text('eval "$(ssohelper shell-init bash)"\n')
    done = on_path.ssohelper("shell-init", "bash", "--install")
    assert done.stderr == "ssohelper: nothing to do: a line of your own in ~/.bashrc loads shell-init\n"


@pytest.mark.parametrize("shell", FILES)
def test_uninstalled(on_path: Home, shell: str) -> None:
    """Once ssohelper is uninstalled, a new shell is silent."""
    path = on_path.path / FILES[shell]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(startup_file.block(shell, "/no/such program"))
    script = f"source '{path}'; echo end"
    done = on_path.run(need(shell), *{"fish": ("--no-config",)}.get(shell, ()), "-c", script)
    assert (done.stdout, done.stderr) == ("end\n", "")


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ('eval "$(ssohelper shell-init bash)"\n', True),
        ("  source <(/opt/ssohelper shell-init zsh --no-prompt)\n", True),
        ("# ssohelper shell-init bash\n", False),
        ("", False),
    ],
)
def test_loads(text: str, loads: bool) -> None:
    """A line of the user counts, a comment does not."""
    assert startup_file.loads(text.encode()) == loads


def test_edited_block() -> None:
    """A block whose last line is missing stays: what is below may be the user's."""
    text = startup_file.block("bash", "ssohelper").encode().replace(b"# <<< ssohelper <<<\n", b"") + b"mine\n"
    assert startup_file.without_block(text) == text


@pytest.mark.parametrize(
    ("environment_shell", "expected"),
    [("/bin/bash", "bash"), ("/usr/local/bin/fish", "fish"), ("/bin/zsh", "zsh"), ("/bin/tcsh", None), ("", None)],
)
def test_shell_of(environment_shell: str, expected: str | None) -> None:
    """The login shell, if its start-up file is known."""
    assert startup_file.shell_of(environment_shell) == expected


def test_refusals(on_path: Home) -> None:
    """--install and --remove contradict each other."""
    assert on_path.ssohelper("shell-init", "bash", "--install", "--remove").returncode == 2


@pytest.mark.full
def test_powershell(on_path: Home) -> None:
    """$PROFILE, whose folder is made, gets the block; without ssohelper it is silent; it is taken out again."""
    path = on_path.path / ".config" / "powershell" / "Microsoft.PowerShell_profile.ps1"
    done = on_path.ssohelper("shell-init", "powershell", "--install")
    assert (done.returncode, path.read_text()) == (0, startup_file.block("powershell", "ssohelper"))
    assert on_path.ssohelper("shell-init", "powershell", "--install").stderr.startswith("ssohelper: nothing to do: ")
    show = '[bool](Get-Command ssohelper-use -ErrorAction Ignore); $PROFILE; "$($Error.Count)"'
    words = (need("pwsh"), "-NoLogo", "-NonInteractive", "-Command", show)
    loaded = on_path.run(*words)
    assert (loaded.stdout.split(), loaded.stderr) == (["True", str(path), "0"], "")
    path.write_text(startup_file.block("powershell", "/no/such h\u00f6'me/ssohelper"))
    assert path.read_text().isascii()
    uninstalled = on_path.run(*words)
    assert (uninstalled.stdout.split(), uninstalled.stderr) == (["False", str(path), "0"], "")
    assert on_path.ssohelper("shell-init", "powershell", "--remove").returncode == 0
    assert path.read_text() == ""


def test_block_inside_other_lines() -> None:
    """A block that is indented, or there twice, is replaced without touching the lines around it."""
    old, new = startup_file.block("bash", "ssohelper"), startup_file.block("bash", "ssohelper", no_prompt=True)
    indented = "".join(f"    {line}\n" for line in old.splitlines())
    data = f"if x; then\n{indented}fi\n{old}# end\n".encode()
    assert startup_file.with_block(data, new) == f"if x; then\n{new}fi\n# end\n".encode()
    assert startup_file.without_block(data) == b"if x; then\nfi\n# end\n"


def test_block_below_an_edited_one() -> None:
    """A block without its last line stays as it is, with all that is below it, and the block below that is found."""
    first, *others = startup_file.block("bash", "ssohelper").splitlines(keepends=True)
    edited = f"{first}# off\nexport PRECIOUS=1\n"
    data = f"{edited}{first}{''.join(others)}".encode()
    assert startup_file.without_block(data) == edited.encode()
    assert startup_file.with_block(data, "new\n") == f"{edited}new\n".encode()
