"""What commands print fits every terminal: 80 and 40 columns, dumb, without color; only what is pasted is longer."""

import re

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

pytestmark = pytest.mark.full

COMMANDS = (
    *("status", "whoami payments-prod.ReadOnly", "profiles", "roles", "roles --fresh", "accounts"),
    *("sync --dry-run", "settings show", "settings check", "backups list", "doctor --offline", "sync --nope"),
    *("why payments-prod.ReadOnly", "why management.ReadOnly", "why --message Denied", "roles --matrix"),
    *("status --session nope", "log", "agent status", "profiles nothing-like-it", "exec -p payments-prdo.R -- true"),
)
TERMINALS: dict[str, dict[str, str]] = {
    "80 columns": {"COLUMNS": "80"},
    "40 columns": {"COLUMNS": "40"},
    "dumb": {"COLUMNS": "80", "TERM": "dumb"},
    "no color": {"COLUMNS": "80", "NO_COLOR": "1"},
}
# A command or a page that may be copied, and the name of a profile, stay whole.
_WHOLE = re.compile(
    r"hint: |next: |https?://|^ok profile +\S+$|^\S*(?:data-platform|payments|sandbox|security)-?\S*\.\S+"
)
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def busy(synced: Home, identity_center: Simulator) -> Home:
    """A home folder with something to say: a rule, a finding, a role that is gone, an earlier version of the file."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text('[[defaults.rules]]\nmatch = "payments-prod"\ncolor = "red"\nlabel = "PROD"\n')
    with synced.config.open("a") as file:
        file.write("\n[profile mine]\nsso_session = amce\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n")
    identity_center.world.withdraw("111122223333", "ReadOnly")
    return synced


@pytest.mark.parametrize("terminal", TERMINALS)
@pytest.mark.parametrize("words", COMMANDS)
def test_fits(busy: Home, words: str, terminal: str) -> None:
    """No line is wider than the terminal; there is color only where it is wanted."""
    busy.environment.update({**TERMINALS[terminal], "SSOHELPER_NO_INPUT": "1"})
    shown = busy.terminal(*words.split())
    shown.expect(pexpect.EOF)
    shown.close()
    assert isinstance(shown.before, str)
    colored = "\x1b[" in re.sub(r"\x1b\[(?:\?25[lh]|2K|1A)|\r", "", shown.before)
    assert colored <= (terminal in ("80 columns", "40 columns"))
    lines = [line.rpartition("\r")[2] for line in _SEQUENCE.sub("", shown.before).split("\r\n")]
    columns = int(TERMINALS[terminal]["COLUMNS"])
    assert [line for line in lines if len(line.rstrip()) > columns and not _WHOLE.search(line)] == []
    assert "this is a bug" not in shown.before
