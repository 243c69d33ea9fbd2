"""`ssohelper completion`: the completion script of each shell, and where it is installed."""

import pytest

from tests.fixtures.home import Home

INSTALLED = {
    "bash": (".local/share/bash-completion/completions/ssohelper", "source "),
    "zsh": (".local/share/zsh/site-functions/_ssohelper", "fpath=("),
    "fish": (".config/fish/completions/ssohelper.fish", None),
    "powershell": (".local/share/ssohelper/ssohelper.ps1", ". "),
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
