"""`ssohelper prompt`: the state of the sign-in for status lines, and the state files that shell hooks read."""

import json
import time
from pathlib import Path

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.home import Home

PROFILE = "payments-prod.ReadOnly"
ALL_FIELDS = "{text}|{label}|{session}|{left}|{state}|{color}"


def prompt(home: Home, *words: str, **more: str) -> str:
    """What it prints; it never fails, and prints no error."""
    done = home.ssohelper("prompt", *words, **more)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def expire_in(home: Home, seconds: float) -> None:
    """Let the token expire in that many seconds, without a refresh token."""
    for path in (home.path / ".aws" / "sso" / "cache").glob("*.json"):
        facts = json.loads(path.read_bytes())
        facts.pop("refreshToken", None)
        path.write_text(json.dumps(facts | {"expiresAt": timestamps.written(time.time() + seconds)}))


def test_subject(synced: Home) -> None:
    """It is about the current profile, whatever that is, the role of the enclosing `exec`, or the session."""
    inside = {"SSOHELPER_EXEC": "acme 333344445555 ReadOnly"}
    with synced.config.open("a") as file:
        file.write("[profile other]\nregion = us-east-1\n")
    assert [
        prompt(synced),
        prompt(synced, SSOHELPER_SESSION="acme"),
        prompt(synced, AWS_PROFILE=PROFILE),
        prompt(synced, **inside),
        prompt(synced, AWS_PROFILE=PROFILE, **inside),
        prompt(synced, AWS_PROFILE="unknown"),
        prompt(synced, AWS_PROFILE="other"),
        prompt(synced, SSOHELPER_SESSION="nosuch"),
        prompt(synced, SSOHELPER_EXEC="garbage"),
    ] == [
        "acme\n",
        "acme\n",
        f"{PROFILE}\n",
        "acme exec payments-prod/ReadOnly\n",
        f"{PROFILE}\n",
        "unknown: not found\n",
        "other\n",
        "nosuch: not found\n",
        "",
    ]


def test_states(synced: Home) -> None:
    """Refreshed automatically; not refreshed, but valid; expires soon; expired."""
    printed = [prompt(synced, "--format", ALL_FIELDS)]
    for seconds in (2.51 * 3600, 14.5 * 60, -1):
        expire_in(synced, seconds)
        printed.append(prompt(synced, "--format", ALL_FIELDS))
    assert printed == [
        "acme|acme|acme||valid|none\n",
        "acme 2h30m|acme|acme|2h30m|expiring|none\n",
        "acme 14m|acme|acme|14m|expiring|yellow\n",
        "acme: sign in|acme|acme||expired|red\n",
    ]


def test_known_sign_in_duration(synced: Home) -> None:
    """If settings say how long sign-ins last, it warns even though the token is refreshed automatically."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text("[defaults]\nsign_in_hours = 2\nnotify_minutes = 125\n")
    assert prompt(synced, "--format", ALL_FIELDS) == "acme 1h59m|acme|acme|1h59m|valid|yellow\n"


def test_nothing_to_show(home: Home, identity_center: Simulator) -> None:
    """Without a session, or with an invalid config file, it prints nothing: an error would disturb the prompt."""
    assert prompt(home) == ""
    home.config.parent.mkdir(parents=True)
    home.config.write_bytes(b"\xff[stray\n")
    assert (prompt(home), prompt(home, AWS_PROFILE="x")) == ("", "")
    assert identity_center.counters.calls == {}


def test_wrong_settings(synced: Home) -> None:
    """An error in config.toml is shown in the prompt, also by the hooks."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text("[defaults]\nsign_in_hours = true\n")
    assert prompt(synced) == "acme: error in config.toml\n"
    prompt(synced, "--keep")
    fields = (synced.state / "prompt" / "only").read_text().split(" ", 9)
    assert (fields[1], fields[7], fields[9]) == ("valid", "11", "acme: error in config.toml\n")


def test_state_file(synced: Home) -> None:
    """The state file is private, newer than the files that it depends on, and always the same."""
    time.sleep(0.1)  # else the newest of them could have been changed while it was read
    began = time.time()
    prompt(synced, "--keep", AWS_PROFILE=PROFILE)
    state = synced.state / "prompt" / f"profile.{PROFILE}"
    cache = (synced.path / ".aws" / "sso" / "cache").glob("*.json")
    (token,) = [each for each in cache if b"accessToken" in each.read_bytes()]
    sources = [token, synced.config, *(synced.state / "refresh-history").iterdir()]
    assert state.stat().st_mode & 0o777 == 0o600
    assert max(each.stat().st_mtime for each in sources) < state.stat().st_mtime
    assert began - 0.1 < state.stat().st_mtime < time.time()
    first = state.read_text()
    fields = first.split(" ")
    shown = [Path(token).stem, f"profile.{PROFILE}", "10", "0", f"{PROFILE}\n"]
    assert [*fields[:4], *fields[5:]] == ["5", "valid", "0", "0", *shown]
    prompt(synced, "--keep", AWS_PROFILE=PROFILE)
    assert state.read_text() == first


def test_name_that_is_not_utf_8(synced: Home) -> None:
    """A name with any bytes has a state, too: without one, the hooks would ask for it again and again."""
    done = synced.ssohelper("prompt", "--keep", AWS_PROFILE="x\udcff")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert (synced.state / "prompt" / "profile.x%FF").read_text().split()[1] == "missing"
