"""The profiles that `ssohelper use` selected last, the latest first."""

from contextlib import suppress

from ssohelper.errors import Failed
from ssohelper.storage import files, paths

_LIMIT = 50


def names() -> list[str]:
    """The names of the profiles. Raises `Failed`."""
    return (files.read(paths.recent_profiles()) or b"").decode("utf-8", "surrogateescape").splitlines()


def record(profile: str) -> None:
    """Move a profile to the front of the list. A failure is ignored."""
    with suppress(Failed):
        latest = [profile, *(each for each in names() if each != profile)][:_LIMIT]
        data = "".join(f"{each}\n" for each in latest).encode("utf-8", "surrogateescape")
        files.replace(paths.recent_profiles(), data)
