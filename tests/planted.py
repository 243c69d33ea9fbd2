"""Watches over every test: the secrets that the simulator gives out are where they belong, and nowhere else."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

# What the simulator's access tokens, refresh tokens, session tokens and sign-in tokens begin with.
_TOKENS = re.compile(rb"(ao[ar]AAAAA|IQoJ|VCQgs5qZ)[\w-]{40}")
_OF_SIGN_INS = ("accessToken", "refreshToken", "clientSecret")
_OF_ROLES = ("SecretAccessKey", "SessionToken")
# Whose answer is made of role credentials; what other programs print of them is their own business.
_HAND_OUT = ("credential-process", "env")
_STEP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """What one run of a program printed."""

    words: tuple[str, ...]
    stdout: str
    stderr: str


def check(home: Path, told: list[Told]) -> None:
    """Every file with a secret is its owner's alone, and `ssohelper` printed none that is not its answer."""
    of_sign_ins, of_roles = _secrets(home, _OF_SIGN_INS), _secrets(home, _OF_ROLES)
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o077:
            text = path.read_bytes()
            assert not [each for each in of_sign_ins | of_roles if each.encode() in text], path
    for each in told:
        if Path(each.words[0]).name.startswith("ssohelper"):
            hands_out = any(word.endswith(_HAND_OUT) for word in each.words)
            everything = each.stdout + each.stderr
            assert not [secret for secret in of_sign_ins if secret in everything], each.words
            assert not [secret for secret in of_roles if secret in (each.stderr if hands_out else everything)], (
                each.words
            )


@contextmanager
def process_list_watched() -> Iterator[None]:
    """Look through every process's arguments again and again; at the end none has shown a token."""
    stop, seen = Event(), set[str]()

    def watch() -> None:
        while not stop.wait(_STEP_SECONDS):
            seen.update(_shown())

    thread = Thread(target=watch, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()
    assert not seen, sorted(seen)


def _shown() -> Iterator[str]:
    """The programs that show a token in their arguments."""
    for process in Path("/proc").iterdir():  # a glob fails where a process ends meanwhile
        try:
            arguments = (process / "cmdline").read_bytes() if process.name.isdigit() else b""
        except OSError:  # it has ended
            continue
        # The AWS CLI takes tokens as arguments, and the simulator's tests give it some.
        if _TOKENS.search(arguments) and not re.search(rb"--(access|refresh)-token", arguments):
            yield _TOKENS.sub(b"TOKEN", arguments).replace(b"\0", b" ").decode(errors="replace")[:300]


def _secrets(home: Path, keys: tuple[str, ...]) -> set[str]:
    """The values of these keys in the caches."""
    found: set[str] = set()
    for folder in (home / ".aws" / "sso" / "cache", home / ".aws" / "cli" / "cache"):
        for path in folder.glob("*.json"):
            try:
                data = json.loads(path.read_bytes())
            except (ValueError, OSError):  # a test broke it
                continue
            if isinstance(data, dict):
                every = {**data, **(data["Credentials"] if isinstance(data.get("Credentials"), dict) else {})}
                found |= {value for key in keys if isinstance(value := every.get(key), str) and len(value) > 15}
    return found
