"""Finds access-denied messages in what a command prints, however much that is."""

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.access_denied import Denial

# Keep at least this many bytes, so that a message is found in one piece.
_KEPT = 64 * 1024
_MOST_FOUND = 100


class DenialWatch:
    """Collects the different denials in a stream of bytes."""

    def __init__(self) -> None:
        self._text = b""
        self._found: dict[Denial, None] = {}

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._text += data
        if len(self._text) > 2 * _KEPT:
            end = self._text.rfind(b"\n", 0, _KEPT) + 1 or _KEPT
            self._search(self._text[:end])
            self._text = self._text[end:]

    def found(self) -> list[Denial]:
        """The different denials so far, in their order."""
        self._search(self._text)
        self._text = b""
        return list(self._found)

    def _search(self, text: bytes) -> None:
        for denial in access_denied.find(text.decode("utf-8", "replace")):
            if len(self._found) < _MOST_FOUND:
                self._found[denial] = None
