"""Temporary files with secrets that killed processes left."""

from collections.abc import Iterator

from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import FIX_COMMAND, Finding
from ssohelper.storage import paths


def check(checkup: Checkup) -> Iterator[Finding]:
    """One finding for all of them."""
    if checkup.leftovers:
        first, *more = checkup.leftovers
        others = f" and {len(more)} more" if more else ""
        yield Finding(
            kind="leftover",
            message=f"a process that was killed, or had no space, left secrets in {paths.shown(first)}{others}",
            affects="you: they stay valid, and other tools do not remove them",
            fix=FIX_COMMAND,
            severity="warning",
            file=first,
        )
