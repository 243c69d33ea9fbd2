"""Which shell has started this process."""

import sys

import pytest

from ssohelper.shell import current_shell
from tests.fixtures import powershell
from tests.fixtures.components import need
from tests.fixtures.home import Home

PROGRAM = "from ssohelper.shell import current_shell as c; print(c.program(), len(c.powershell_command()))"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_name(home: Home, shell: str) -> None:
    """It is the program that has started this one, not the login shell."""
    home.environment["SHELL"] = "/bin/false"
    done = home.run(need(shell), "-c", f'{sys.executable} -c "{PROGRAM}"; true')
    assert (done.stdout, done.stderr) == (f"{shell} 0\n", "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["/opt/microsoft/powershell/7/pwsh", "-NoLogo"], 1),
        (["-pwsh"], 1),
        (["C:/Program Files/PowerShell/7/pwsh.exe"], 1),
        (["powershell.exe"], 1),
        (["pwsh-preview"], 1),
        (["/usr/bin/dotnet", "/x/pwsh.dll", "-NoLogo"], 2),
        (["bash", "./pwsh-setup.sh"], 0),
        (["bash", "pwsh"], 0),
        (["/usr/bin/dotnet", "/x/other.dll"], 0),
        (["my-pwsh"], 0),
        (["/usr/local/bin/pwsh-setup"], 0),
        ([], 0),
    ],
)
def test_started_by(words: list[str], found: int) -> None:
    """PowerShell is known by its file's name, and nothing else in a command line is taken for it."""
    assert current_shell.started_by(words) == tuple(words[:found])


@pytest.mark.full
def test_powershell(home: Home) -> None:
    """In PowerShell it is pwsh; bash in it is bash, and so is a script whose name begins like it."""
    script = home.path / "pwsh-setup.sh"
    script.write_text(f"{sys.executable} -c '{PROGRAM}'; true\n")
    cases = {
        "itself": f"{sys.executable} -c '{PROGRAM}'",
        "bash": f"bash -c '{sys.executable} -c ''{PROGRAM}''; true'".replace("''", '"'),
        "script": f"bash {script}",
        "through a pipe": f"{sys.executable} -c '{PROGRAM}' | Out-String | ForEach-Object Trim",
    }
    found = powershell.answers(home, cases, "", SHELL="/bin/bash")
    expected = {"itself": "pwsh 1", "bash": "bash 0", "script": "bash 0", "through a pipe": "pwsh 1"}
    assert found == {name: [line] for name, line in expected.items()}
