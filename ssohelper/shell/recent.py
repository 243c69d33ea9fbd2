"""The profiles that were used last in a shell, the latest first."""

from contextlib import suppress

from ssohelper.errors import Failed
from ssohelper.storage import files, paths

_KEPT = 50


def profiles() -> list[str]:
    """Their names. Raises `Failed`."""
    return (files.read(paths.recent_profiles()) or b"").decode("utf-8", "surrogateescape").splitlines()


def record(profile: str) -> None:
    """Record that a profile is used now. A failure is ignored."""
    with suppress(Failed):
        names = [profile, *(each for each in profiles() if each != profile)][:_KEPT]
        files.replace(
            paths.recent_profiles(), "".join(f"{each}\n" for each in names).encode("utf-8", "surrogateescape")
        )
