"""TAB in real shells on real terminals."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.drawing import WORDS
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import INIT, ODD, program_on_path

LEGACY = "https://legacy.awsapps.com/start#/"
# What zsh needs before it completes anything.
COMPINIT = {"bash": "", "zsh": "autoload -Uz compinit && compinit -u -D", "fish": ""}
ONLY = "ssohelper env --account-id 222233334444 --role-name"
# What is typed, and what stands there after TAB.
LINES = (
    ("ssohelper stat", "ssohelper status"),
    ("ssohelper sync --dr", "ssohelper sync --dry-run"),
    ("ssohelper sync --style cred", "ssohelper sync --style credential-process"),
    ("ssohelper sync --region eu-cen", "ssohelper sync --region eu-central-"),
    ("ssohelper sync --style=cred", "ssohelper sync --style=credential-process"),
    ("ssohelper console --region=us-gov-w", "ssohelper console --region=us-gov-west-1"),
    ("ssohelper use payments-prod.R", "ssohelper use payments-prod.ReadOnly"),
    ("ssohelper unlock payments-prod.R", "ssohelper unlock payments-prod.ReadOnly"),
    ("ssohelper use stat", "ssohelper use static"),
    ("ssohelper exec --profile payments-prod.R", "ssohelper exec --profile payments-prod.ReadOnly"),
    ("ssohelper exec --profile=payments-prod.R", "ssohelper exec --profile=payments-prod.ReadOnly"),
    ("ssohelper login --session ac", "ssohelper login --session acme"),
    ("ssohelper env --account-id 3333", "ssohelper env --account-id 333344445555"),
    ("ssohelper env --account-id 222233334444 --role-name R", f"{ONLY} ReadOnly"),
    ("ssohelper exec --profile x -- mkfif", "ssohelper exec --profile x -- mkfifo"),
    ("ssohelper nonsense --pro", "ssohelper nonsense --pro"),
    ("ssohelper login --session https://leg", f"ssohelper login --session {LEGACY}".replace("#", "\\#")),
)  # fmt: skip


@pytest.fixture
def home(signed_in: Home) -> Home:
    """A home folder with profiles of all kinds."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    old = f"[profile old]\nsso_start_url = {LEGACY}\nsso_region = us-east-1\nsso_account_id = 333344445555\n"
    with signed_in.config.open("a") as file:
        file.write(f'\n{old}sso_role_name = ReadOnly\n\n[profile "{ODD}"]\nregion = us-east-1\n')
    signed_in.config.with_name("credentials").write_text("[static]\naws_access_key_id = x\n")
    program_on_path(signed_in)
    signed_in.environment.update(PS1="$ ", PROMPT="$ ", fish_greeting="", NO_COLOR="1")
    return signed_in


@pytest.fixture
def typing(home: Home, shell: str) -> Iterator[Callable[..., Screen]]:
    """Starts the shell, in which some lines have been typed."""
    # fish without its configuration does not look for completions, either.
    with screen(home, shell, *(each for each in WORDS[shell] if each != "--no-config")) as shown:

        def start(*lines: str) -> Screen:
            shown.wait_for("$")
            for line in lines:
                shown.type(line, "Enter")
            shown.type("echo ready", "Enter")
            shown.wait_for("ready")
            shown.clear()
            return shown

        yield start


def test_everything(typing: Callable[..., Screen], shell: str) -> None:
    """Commands, options, and their values are completed; so is the command behind `--`."""
    person = typing(COMPINIT[shell], INIT[shell].format(more=" --no-prompt").strip())
    for typed, completed in LINES:
        person.type(typed, "Tab")
        person.wait_for(f"$ {completed}")
        person.clear()


def test_regions() -> None:
    """TAB knows the regions that botocore knows, and does not load it."""
    script = (
        "import sys; from ssohelper.identity_center import regions; offered = set(regions.offered());"
        "assert not [name for name in sys.modules if name.startswith('botocore')];"
        "from ssohelper.identity_center import clients;"
        "print(sorted(name for name in offered ^ set(clients.all_regions()) if not name.endswith('-global')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_odd_name(typing: Callable[..., Screen], home: Home, shell: str) -> None:
    """A name in which a shell would see a command is written so that it means itself."""
    person = typing(COMPINIT[shell], INIT[shell].format(more=" --no-prompt").strip())
    person.type("ssohelper use odd", "Tab")
    person.wait_for("$ ssohelper use odd\\ b")
    person.type("Enter")
    person.type('echo "is $AWS_PROFILE"', "Enter")
    person.wait_for(f"is {ODD}")
    assert not (home.path / "hurt").exists()


def test_a_choice(typing: Callable[..., Screen], shell: str) -> None:
    """Where several fit, they are shown; zsh and fish tell what each of them is."""
    person = typing(COMPINIT[shell], INIT[shell].format(more=" --no-prompt").strip())
    person.type("ssohelper exec --profile payments-prod.", "Tab", "Tab")
    lines = " ".join(person.wait_for("prod.ReadOnly"))
    told = ("AdministratorAccess in 333344445555", "ReadOnly in 333344445555")
    assert [each in lines for each in told] == [shell != "bash"] * 2


def test_installed(typing: Callable[..., Screen], home: Home, shell: str) -> None:
    """What `completion --install` leaves is enough: bash and zsh need the line that it tells, fish none."""
    done = home.ssohelper("completion", shell, "--install")
    hint = done.stderr.partition("hint: ")[2].partition("  #")[0]
    person = typing(hint, COMPINIT[shell])
    person.type("ssohelper use payments-prod.R", "Tab")
    person.wait_for("$ ssohelper use payments-prod.ReadOnly")


def test_scripts(home: Home, shell: str) -> None:
    """`completions/` holds what the command prints."""
    kept = Path(__file__).parents[2] / "completions" / f"ssohelper.{shell}"
    assert kept.read_text() == home.ssohelper("completion", shell).stdout
