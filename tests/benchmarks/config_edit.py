"""CPU time of a sync, compared with the time that `configparser` needs to parse the same file.

A file of 5,000 profiles is read, planned and edited: every tenth role is replaced by a new one. The same for 10,000
profiles, and for 5,000 of which every tenth also gets another region, which configupdater edits.
"""

import configparser
import sys
import time
from collections.abc import Callable

from ssohelper.__main__ import relax_garbage_collection
from ssohelper.aws_config import config_edit, config_text
from ssohelper.model import Session
from ssohelper.roles import Account, Role
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync import desired, plan

SESSION = Session("acme", "https://acme.awsapps.com/start", "eu-central-1")
# Changes every tenth account, and so every tenth profile.
OTHER_REGION = Settings(rules=(Rule(match="account-*7/*", region="us-east-1"),))
TRIES = 5


def main() -> None:
    """Print the ratios."""
    relax_garbage_collection()  # like the command itself
    once = _measure(5_000)
    _print("5,000 profiles", *once)
    twice = _measure(10_000)
    _print(f"10,000 profiles ({twice[1] / once[1]:.2f} times as long)", *twice)
    _print("5,000 profiles, every tenth changed", *_measure(5_000, OTHER_REGION))


def _print(file: str, parse: float, sync: float) -> None:
    sys.stdout.write(f"{file}: configparser {parse:.2f} s, plan and apply {sync:.2f} s, ratio {sync / parse:.2f}\n")


def _measure(count: int, changed: Settings | None = None) -> tuple[float, float]:
    """Seconds that configparser and a sync need: the minimum of some tries, taken in turns."""
    settings = Settings()
    data = _sync(b"", range(count), settings)
    text = data.decode()
    after = range(count // 10, count + count // 10)

    def parse() -> None:
        configparser.RawConfigParser().read_string(text)

    def sync() -> None:
        _sync(data, after, changed or settings)

    pairs = [(_seconds(parse), _seconds(sync)) for _ in range(TRIES)]
    return min(first for first, _ in pairs), min(second for _, second in pairs)


def _sync(data: bytes, numbers: range, settings: Settings) -> bytes:
    """The file after a sync of one role for each number."""
    roles = [Role(Account(f"{number // 3:012}", f"account-{number // 3}"), f"Role{number % 3}") for number in numbers]
    profiles = desired.profiles(
        roles, SESSION, settings, ("/usr/local/bin/ssohelper-credential-process",), SESSION.region
    )
    text = config_text.parse(data)
    config_edit.check_editable(text)
    made = plan.make(SESSION.name, profiles, text, (), plan.Scope())
    return config_edit.apply(text, made.edits())


def _seconds(work: Callable[[], None]) -> float:
    began = time.process_time()  # CPU time, because other processes run meanwhile
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
