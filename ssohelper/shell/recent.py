"""The profiles that were used last in a shell, the latest first."""

from contextlib import suppress

from ssohelper.errors import Failed
from ssohelper.storage import files, paths

_KEPT = 50


def profiles() -> list[str]:
    """Their names. Raises `Failed`."""
    return (files.read(paths.recent()) or b"").decode("utf-8", "surrogateescape").splitlines()


def note(profile: str) -> None:
    """Remember that a profile is used now. Only an aid: where that cannot be, nothing happens."""
    with suppress(Failed):
        names = [profile, *(each for each in profiles() if each != profile)][:_KEPT]
        files.replace(paths.recent(), "".join(f"{each}\n" for each in names).encode("utf-8", "surrogateescape"))
