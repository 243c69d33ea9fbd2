"""`ssohelper prompt`: how the sign-in stands, for status lines; and the state that hooks read, by real sign-ins."""

import json
import time
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.home import Home

PROFILE = "payments-prod.ReadOnly"
EVERYTHING = "{text}|{label}|{session}|{left}|{state}|{color}"


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    return signed_in


def prompt(home: Home, *words: str, **more: str) -> str:
    """What it prints; it never fails, and never complains."""
    done = home.ssohelper("prompt", *words, **more)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def end_in(home: Home, seconds: float) -> None:
    """Let the token end in so many seconds, without a way to renew it."""
    for path in (home.path / ".aws" / "sso" / "cache").glob("*.json"):
        facts = json.loads(path.read_bytes())
        facts.pop("refreshToken", None)
        path.write_text(json.dumps(facts | {"expiresAt": timestamps.written(time.time() + seconds)}))


def test_whom_it_is_about(synced: Home) -> None:
    """A profile, the job that one is inside of, a session; and nothing that is none of ours."""
    inside = {"SSOHELPER_EXEC": "acme 333344445555 ReadOnly"}
    assert [
        prompt(synced),
        prompt(synced, SSOHELPER_SESSION="acme"),
        prompt(synced, AWS_PROFILE=PROFILE),
        prompt(synced, **inside),
        prompt(synced, AWS_PROFILE=PROFILE, **inside),
        prompt(synced, AWS_PROFILE="nobody's"),
        prompt(synced, SSOHELPER_SESSION="nosuch"),
        prompt(synced, SSOHELPER_EXEC="garbage"),
    ] == ["acme\n", "acme\n", f"{PROFILE}\n", "acme exec 333344445555/ReadOnly\n", f"{PROFILE}\n", "", "", ""]


def test_how_it_stands(synced: Home) -> None:
    """It renews itself, it ends, it ends soon, it has ended."""
    told = [prompt(synced, "--format", EVERYTHING)]
    for seconds in (2.51 * 3600, 14.5 * 60, -1):
        end_in(synced, seconds)
        told.append(prompt(synced, "--format", EVERYTHING))
    assert told == [
        "acme|acme|acme||well|none\n",
        "acme 2h30m|acme|acme|2h30m|ends|none\n",
        "acme 14m|acme|acme|14m|ends|yellow\n",
        "acme: sign in|acme|acme||dead|red\n",
    ]


def test_a_sign_in_whose_length_is_known(synced: Home) -> None:
    """Where settings say how long sign-ins last, one that renews itself ends soon, too."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text("[defaults]\nsign_in_hours = 2\nnotify_minutes = 125\n")
    assert prompt(synced, "--format", EVERYTHING) == "acme 1h59m|acme|acme|1h59m|well|yellow\n"


def test_nothing_to_show(home: Home, identity_center: Simulator) -> None:
    """Nothing configured, a config file that cannot be read: a prompt is no place to say so."""
    assert prompt(home) == ""
    home.config.parent.mkdir(parents=True)
    home.config.write_bytes(b"\xff[stray\n")
    assert (prompt(home), prompt(home, AWS_PROFILE="x")) == ("", "")
    assert identity_center.counters.calls == {}


def test_wrong_settings(synced: Home) -> None:
    """What is wrong in config.toml is said where everybody looks, and the hooks are told the same."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text("[defaults]\nsign_in_hours = true\n")
    assert prompt(synced) == "acme: config.toml is wrong\n"
    prompt(synced, "--keep")
    fields = (synced.state / "prompt" / "only").read_text().split(" ", 6)
    assert (fields[1], fields[6]) == ("well", "acme: config.toml is wrong\n")


def test_what_is_kept(synced: Home) -> None:
    """The state is private, older than no file that it was made of, and made in the same way each time."""
    prompt(synced, "--keep", AWS_PROFILE=PROFILE)
    state = synced.state / "prompt" / f"profile.{PROFILE}"
    cache = (synced.path / ".aws" / "sso" / "cache").glob("*.json")
    (token,) = [each for each in cache if b"accessToken" in each.read_bytes()]
    made_of = [token, synced.config, *(synced.state / "renewals").iterdir()]
    assert state.stat().st_mode & 0o777 == 0o600
    assert state.stat().st_mtime_ns == max(each.stat().st_mtime_ns for each in made_of)
    first = state.read_text()
    assert first.split(" ")[:4] + first.split(" ")[5:] == ["1", "well", "0", "0", Path(token).stem, f"{PROFILE}\n"]
    prompt(synced, "--keep", AWS_PROFILE=PROFILE)
    assert state.read_text() == first
