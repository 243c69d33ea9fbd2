"""Discovery of accounts and roles, with a progress bar on a terminal."""

from typing import TYPE_CHECKING

from ssohelper.errors import AccessDenied, Unavailable
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from ssohelper.identity_center.portal import Portal
    from ssohelper.sync.discovery import Discovery


def exit_code(found: "Discovery") -> int:
    """5 if there are accounts that may be listed later, 1 if there are only some that never will be, else 0."""
    if any(not each.denied for each in found.unlisted):
        return Unavailable.exit_code
    return AccessDenied.exit_code if found.unlisted else 0


def discover(portal: "Portal") -> "Discovery":
    """Every account and role of the user. Raises `SignInRequired`, `Unavailable`."""
    from ssohelper.identity_center.portal import WORKERS
    from ssohelper.sync import discovery

    with terminal.progress("listing accounts") as show:
        return discovery.discover(
            portal,
            workers=WORKERS,
            stop=portal.stop,
            progress=lambda done, total: show(done, total, portal.limiter.rate),
        )
