"""The completion scripts, in real shells on real terminals."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ssohelper.shell import completion_script
from tests.fixtures.drawing import INTERACTIVE
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import INIT, ODD_NAME, program_on_path

pytestmark = pytest.mark.full

FOLDER = Path(completion_script.__file__).with_name("completions")
LEGACY_URL = "https://legacy.awsapps.com/start#/"
# zsh completes nothing without compinit.
COMPINIT = {"bash": "", "zsh": "autoload -Uz compinit && compinit -u -D", "fish": ""}
ENV = "ssohelper env --account-id 222233334444 --role-name"
# What is typed, and the line after TAB.
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
    ("ssohelper env --account-id 222233334444 --role-name R", f"{ENV} ReadOnly"),
    ("ssohelper exec --profile x -- mkfif", "ssohelper exec --profile x -- mkfifo"),
    ("ssohelper nonsense --pro", "ssohelper nonsense --pro"),
    ("ssohelper login --session https://leg", f"ssohelper login --session {LEGACY_URL}".replace("#", "\\#")),
)  # fmt: skip


@pytest.fixture
def home(signed_in: Home) -> Home:
    """A home folder with profiles of all kinds."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    legacy = f"[profile old]\nsso_start_url = {LEGACY_URL}\nsso_region = us-east-1\nsso_account_id = 333344445555\n"
    with signed_in.config.open("a") as file:
        file.write(f'\n{legacy}sso_role_name = ReadOnly\n\n[profile "{ODD_NAME}"]\nregion = us-east-1\n')
    signed_in.config.with_name("credentials").write_text("[static]\naws_access_key_id = x\n")
    program_on_path(signed_in)
    signed_in.environment.update(PS1="$ ", PROMPT="$ ", fish_greeting="", NO_COLOR="1")
    return signed_in


@pytest.fixture
def start(home: Home, shell: str) -> Iterator[Callable[..., Screen]]:
    """Starts the shell and runs some lines in it."""
    # With --no-config fish loads no completions.
    with screen(home, shell, *(each for each in INTERACTIVE[shell] if each != "--no-config")) as terminal:

        def start(*lines: str) -> Screen:
            terminal.wait_for("$")
            for line in lines:
                terminal.type(line, "Enter")
            terminal.type("echo ready", "Enter")
            terminal.wait_for("ready")
            terminal.clear()
            return terminal

        yield start


@pytest.fixture
def terminal(start: Callable[..., Screen], shell: str) -> Screen:
    """The shell with the code of `shell-init`."""
    return start(COMPINIT[shell], INIT[shell].format(options=" --no-prompt").strip())


def test_lines(terminal: Screen) -> None:
    """TAB completes commands, options and their values, and the command after `--`."""
    for typed, completed in LINES:
        terminal.type(typed, "Tab")
        terminal.wait_for(f"$ {completed}")
        terminal.clear()


def test_odd_name(terminal: Screen, home: Home) -> None:
    """A name with characters that the shell would expand is quoted."""
    terminal.type("ssohelper use odd", "Tab")
    terminal.wait_for("$ ssohelper use odd\\ b")
    terminal.type("Enter")
    terminal.type('echo "is $AWS_PROFILE"', "Enter")
    terminal.wait_for(f"is {ODD_NAME}")
    assert not (home.path / "hurt").exists()


def test_descriptions(terminal: Screen, shell: str) -> None:
    """All candidates are listed; zsh and fish show their descriptions."""
    terminal.type("ssohelper exec --profile payments-prod.", "Tab", "Tab")
    lines = " ".join(terminal.wait_for("prod.ReadOnly"))
    descriptions = ("AdministratorAccess in 333344445555", "ReadOnly in 333344445555")
    assert [each in lines for each in descriptions] == [shell != "bash"] * 2


def test_install(start: Callable[..., Screen], home: Home, shell: str) -> None:
    """`completion --install` is enough: bash and zsh need the line in its hint, fish needs none."""
    done = home.ssohelper("completion", shell, "--install")
    hint = done.stderr.partition("hint: ")[2].partition("  #")[0]
    terminal = start(hint, COMPINIT[shell])
    terminal.type("ssohelper use payments-prod.R", "Tab")
    terminal.wait_for("$ ssohelper use payments-prod.ReadOnly")


def test_inside_exec(start: Callable[..., Screen], home: Home, shell: str) -> None:
    """Inside `ssohelper exec` TAB completes the user's profiles, in every folder, and not those of the copies."""
    credentials = "[default]\naws_access_key_id = x\naws_secret_access_key = y\n\n[static]\naws_access_key_id = x\n"
    home.config.with_name("credentials").write_text(credentials)
    variables = "AWS_CONFIG_FILE=.aws/config AWS_SHARED_CREDENTIALS_FILE='$HOME/.aws/credentials'"
    words = shlex.join([shell, *(each for each in INTERACTIVE[shell] if each != "--no-config")])
    inside = f"env {variables} ssohelper exec --profile payments-prod.ReadOnly -- {words}"
    terminal = start(inside, "cd /", COMPINIT[shell], INIT[shell].format(options=" --no-prompt").strip())
    terminal.type("ssohelper use ssohelper-saved-d", "Tab", "Tab")
    terminal.type("-")  # shown after what TAB has inserted
    terminal.wait_for("$ ssohelper use ssohelper-saved-d-")
    terminal.clear()
    terminal.type("ssohelper use stat", "Tab")
    terminal.wait_for("$ ssohelper use static")
    terminal.clear()
    terminal.type("ssohelper use payments-prod.R", "Tab")
    terminal.wait_for("$ ssohelper use payments-prod.ReadOnly")


def test_script(home: Home, shell: str) -> None:
    """`ssohelper completion` prints the script of the package."""
    script = FOLDER / f"ssohelper.{shell}"
    assert script.read_text() == home.ssohelper("completion", shell).stdout
