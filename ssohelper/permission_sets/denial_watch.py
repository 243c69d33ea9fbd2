"""Finds access-denied messages in what a command prints, however much that is."""

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.access_denied import Denial

# Longer than any message.
_LONGEST = 16 * 1024
# Keep at most twice as many bytes.
_KEPT = 64 * 1024
_MOST_FOUND = 100
_MARK = b"not authorized to perform"


class DenialWatch:
    """Collects the different denials in a stream of bytes."""

    def __init__(self) -> None:
        self._text = b""
        self._found: dict[Denial, None] = {}
        self.ends_line = True  # whether the last byte ended a line

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._text += data
        self.ends_line = data.endswith(b"\n") if data else self.ends_line
        while len(self._text) > 2 * _KEPT:
            end = self._between_messages(_KEPT)
            self._search(self._text[:end])
            self._text = self._text[end:]

    def found(self) -> list[Denial]:
        """The different denials so far, in their order."""
        self._search(self._text)
        self._text = b""
        return list(self._found)

    def _between_messages(self, end: int) -> int:
        """A place at `end` or before, where no message is cut."""
        mark = self._text.rfind(_MARK, end - _LONGEST, end + len(_MARK))
        if mark < 0:
            return self._text.rfind(b" ", end - _LONGEST, end) + 1 or end
        before = self._text[:mark].rsplit(None, 3)  # … User: PRINCIPAL is
        return len(before[0]) if len(before) == 4 else end

    def _search(self, text: bytes) -> None:
        for denial in access_denied.find(text.decode("utf-8", "replace")):
            if len(self._found) < _MOST_FOUND:
                self._found[denial] = None
