"""Says what could not be read."""

from ssohelper.errors import Unavailable
from ssohelper.permission_sets.inventory import Inventory
from ssohelper.ui import terminal

_MOST_SHOWN = 5


def warn(inventory: Inventory) -> int:
    """Warn of what could not be read. Returns the exit code: 5 if that is anything, else 0."""
    found = inventory.unread
    shown = found if terminal.is_verbose() else found[:_MOST_SHOWN]
    for each in shown:
        terminal.warn(f"could not read {each.what}: {each.reason}")
    if len(found) > len(shown):
        terminal.warn(f"could not read {len(found) - len(shown)} more: --verbose or --json shows all")
    return Unavailable.exit_code if found else 0
