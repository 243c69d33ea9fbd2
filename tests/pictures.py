"""The pictures of the docs: `python -m tests.pictures` draws them again.

Each is what a terminal shows while somebody works in it: a real bash in a real tmux, the real program, and a company
of the simulator's. Only the drawing of it as SVG is ours.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures import terminal_picture
from tests.fixtures.home import Home, environment, sign_in
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import program_on_path

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
_COLUMNS = 104
_PROFILE = "payments-prod.ReadOnly"


def main() -> None:
    """Make every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, lines in shots().items():
        (FOLDER / f"{name}.svg").write_text(terminal_picture.still(lines, _COLUMNS))
        sys.stdout.write(f"{name}\n")


def shots() -> dict[str, list[str]]:
    """What the terminal shows in each picture, with its colors."""
    found = {}
    for name, act in _ACTS.items():
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            Simulator(organisation(), rate=None, auto_approve=True) as center,
        ):
            home = _home(Path(folder), center, synced=act is not _plan)
            rows = 30
            with screen(home, "bash", "--norc", "--noprofile", "-i", columns=_COLUMNS, rows=rows) as shown:
                shown.wait_for("$")
                shown.type('eval "$(ssohelper shell-init bash)"', "Enter", "C-l")
                shown.wait_for("acme $")
                found[name] = act(home, shown)
    return found


def _home(folder: Path, center: Simulator, *, synced: bool) -> Home:
    home = Home(folder, environment(folder, center.environment))
    sign_in(home, center)
    if synced:
        assert home.ssohelper("sync", "--yes").returncode == 0
    program_on_path(home)
    home.environment.update(PS1="$ ", COLORTERM="")
    home.environment.pop("COLUMNS")
    assert home.ssohelper("prompt", "--keep").returncode == 0
    return home


def _prompt(home: Home, shown: Screen) -> list[str]:
    shown.type(f"ssohelper use {_PROFILE}", "Enter")
    shown.wait_for(f"{_PROFILE} $")
    for left in (2.5 * 3600 + 30, 14.5 * 60, -1):
        another_tool_writes(home, left)
        assert home.ssohelper("prompt", "--keep", AWS_PROFILE=_PROFILE).returncode == 0
        shown.type("Enter")
        time.sleep(0.3)
    shown.wait_for("sign in $")
    shown.type("ssohelper login --no-browser 2>&1 | tail -1", "Enter")
    shown.wait_for("signed in to acme")
    time.sleep(0.5)
    return _tidy(shown)


def _picker(home: Home, shown: Screen) -> list[str]:
    for profile in ("data-platform-dev.ReadOnly", "payments-staging.ReadOnly"):
        assert home.ssohelper("credential-process", "--profile", profile).returncode == 0
        assert home.ssohelper("use", "--in-shell", profile).returncode == 0
    shown.type("ssohelper use", "Enter")
    shown.wait_for("profile:")
    shown.type("read", "Down", "Down", "Down")
    shown.wait_for("> management")
    return _tidy(shown)


def _plan(home: Home, shown: Screen) -> list[str]:
    shown.type("ssohelper sync", "Enter")
    shown.wait_for("write this")
    shown.type("y", "Enter")
    shown.wait_for("wrote")
    time.sleep(0.5)
    return _tidy(shown)


def _doctor(home: Home, shown: Screen) -> list[str]:
    with home.config.open("a") as file:
        file.write("\n[profile mine]\nregion = eu-central-1\nsso_session = amce\noutput = tabel\n")
        file.write("sso_account_id = 333344445555\nsso_role_name = ReadOnly\n")
    shown.type(f"ssohelper doctor {_PROFILE}", "Enter")
    shown.wait_for("warning")
    time.sleep(0.5)
    return _tidy(shown)


_ACTS: dict[str, Callable[[Home, Screen], list[str]]] = {
    "prompt": _prompt,
    "picker": _picker,
    "plan": _plan,
    "doctor": _doctor,
}


def _tidy(shown: Screen) -> list[str]:
    lines = shown.lines(colors=True)
    while lines and not re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip():
        lines.pop()
    return lines


def another_tool_writes(home: Home, left: float) -> None:
    """Have the sign-in expire in so many seconds, without a refresh token."""
    for path in (home.path / ".aws/sso/cache").glob("*.json"):
        facts = json.loads(path.read_bytes())
        if "accessToken" in facts:
            facts.pop("refreshToken", None)
            path.write_text(json.dumps(facts | {"expiresAt": timestamps.written(time.time() + left)}))


if __name__ == "__main__":
    main()
