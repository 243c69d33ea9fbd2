"""How long planning and applying takes, against what `configparser` needs to parse the same file.

5,000 profiles are read, planned, changed (every tenth role is withdrawn, as many come) and composed; then 10,000.
"""

import configparser
import sys
import time
from collections.abc import Callable

from ssohelper.__main__ import relax_garbage_collection
from ssohelper.aws_config import config_edit, config_text
from ssohelper.model import Account, Role, Session
from ssohelper.settings.model import Settings
from ssohelper.sync import desired, plan

SESSION = Session("acme", "https://acme.awsapps.com/start", "eu-central-1")
TRIES = 5


def main() -> None:
    """Print the two ratios."""
    relax_garbage_collection()  # as the real command does
    times = {count: _measure(count) for count in (5_000, 10_000)}
    parse, edit = times[5_000]
    sys.stdout.write(
        f"5,000 profiles: configparser {parse:.2f} s, plan and apply {edit:.2f} s, ratio {edit / parse:.2f}\n"
    )
    parse, twice = times[10_000]
    sys.stdout.write(
        f"10,000 profiles: configparser {parse:.2f} s, plan and apply {twice:.2f} s, "
        f"{twice / edit:.2f} times what 5,000 need\n"
    )


def _measure(count: int) -> tuple[float, float]:
    """Seconds that configparser and we need, each the best of some tries, taken in turns."""
    data = _apply(b"", range(count))
    text = data.decode()
    after = range(count // 10, count + count // 10)

    def parse() -> None:
        configparser.RawConfigParser().read_string(text)

    def edit() -> None:
        _apply(data, after)

    pairs = [(_seconds(parse), _seconds(edit)) for _ in range(TRIES)]
    return min(first for first, _ in pairs), min(second for _, second in pairs)


def _apply(data: bytes, numbers: range) -> bytes:
    """A sync of one role for each number."""
    roles = [Role(Account(f"{number // 3:012}", f"account-{number // 3}"), f"Role{number % 3}") for number in numbers]
    profiles = desired.profiles(roles, SESSION, Settings(), ("/usr/local/bin/ssohelper-credential-process",))
    text = config_text.parse(data)
    config_edit.check_editable(text)
    made = plan.make(SESSION.name, profiles, text, (), plan.Scope())
    return config_edit.apply(text, made.edits())


def _seconds(work: Callable[[], None]) -> float:
    # Time on the processor: what else the machine does at the moment counts less.
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
