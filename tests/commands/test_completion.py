"""`ssohelper completion`: the completion script of each shell, and where it is installed."""

import subprocess

import pytest

from tests.fixtures import powershell, shells
from tests.fixtures.components import need
from tests.fixtures.home import Home

INSTALLED = {
    "bash": (".local/share/bash-completion/completions/ssohelper", "source "),
    "zsh": (".local/share/zsh/site-functions/_ssohelper", "fpath=("),
    "fish": (".config/fish/completions/ssohelper.fish", None),
    "powershell": (".local/share/ssohelper/ssohelper.ps1", "$null = New-Item "),
}


@pytest.mark.parametrize("shell", INSTALLED)
def test_install(home: Home, shell: str) -> None:
    """--install writes the script that is printed without it, and hints at what the shell needs to find it."""
    path, hint = INSTALLED[shell]
    printed = home.ssohelper("completion", shell)
    assert (printed.stderr, printed.returncode) == ("", 0)
    done = home.ssohelper("completion", shell, "--install", XDG_DATA_HOME=str(home.path / ".local/share"))
    message, *hints = done.stderr.splitlines()
    assert (done.stdout, message, done.returncode) == ("", f"ssohelper: wrote ~/{path}", 0)
    assert (home.path / path).read_text() == printed.stdout
    assert [line.startswith(f"hint: {hint}") for line in hints] == ([True] if hint else [])


@pytest.mark.parametrize("shell", INSTALLED)
def test_remove(home: Home, shell: str) -> None:
    """--remove deletes the file that --install has written."""
    path, _ = INSTALLED[shell]
    more = {"XDG_DATA_HOME": str(home.path / ".local/share")}
    assert home.ssohelper("completion", shell, "--remove", **more).stderr.startswith("ssohelper: nothing to do: ")
    assert home.ssohelper("completion", shell, "--install", **more).returncode == 0
    done = home.ssohelper("completion", shell, "--remove", **more)
    assert (done.stderr.splitlines()[0], done.returncode) == (f"ssohelper: deleted ~/{path}", 0)
    assert not (home.path / path).exists()


@pytest.mark.full
def test_install_in_powershell(home: Home) -> None:
    """What --install says is pasted in a new home: a new PowerShell completes."""
    shells.program_on_path(home)
    done = home.ssohelper("completion", "powershell", "--install")
    hint = done.stderr.splitlines()[-1].removeprefix("hint: ")
    assert powershell.run(home, hint).stderr == ""
    script = "(TabExpansion2 'ssohelper stat' 14).CompletionMatches.CompletionText"
    found = subprocess.run(
        [need("pwsh"), "-NoLogo", "-NonInteractive", "-Command", script],
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.stdout, found.stderr) == ("status\n", "")
