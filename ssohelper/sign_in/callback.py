"""The page on this machine to which the browser comes back with the code of a sign-in (RFC 8252).

It listens on 127.0.0.1 alone. Only a GET of `/oauth/callback` with the state of this sign-in counts, whether it
brings a code or an error; everything else is answered 404 and changes nothing: a hostile page that is open in the
same browser can guess the port, but not the state.
"""

import hmac
import queue
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from ssohelper.loopback import Answer, Asked, Listener

PATH = "/oauth/callback"
# How long the browser may wait for the page, and we for the browser to have read it.
_EXCHANGE_SECONDS = 60
_DELIVERY_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brought back: a code, or the name of an error."""

    code: str | None = field(repr=False)
    error: str | None


# What `wait` returns where no browser was sent on its way.
NOBODY = Returned(None, None)


class Callback:
    """Listens from `with` to its end for the one return of the browser."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._returned: queue.Queue[Returned] = queue.Queue()
        self._page: bytes | None = None
        self._decided = Event()
        self._delivered = Event()
        self._listener = Listener(self._visited, self._delivered.set)

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._page is not None:
            self._delivered.wait(_DELIVERY_SECONDS)
        self._decided.set()
        self._listener.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        """Where the browser is to be sent."""
        return f"http://127.0.0.1:{self._listener.port}{PATH}"

    def wait(self, seconds: float) -> Returned | None:
        """What the browser brings back within `seconds`; None where it does not come."""
        try:
            return self._returned.get(timeout=seconds)
        except queue.Empty:
            return None

    def nobody_comes(self) -> None:
        """No browser could be sent on its way."""
        self._returned.put(NOBODY)

    def show(self, page: str) -> None:
        """Show this page in the browser, now that it is known how the sign-in ended."""
        self._page = page.encode()
        self._decided.set()

    def _visited(self, asked: Asked) -> Answer | None:
        """The page for a request, once it is known; None where the request is not the one that is waited for."""
        parts = urlsplit(asked.target)
        query = parse_qs(parts.query)
        values = [query.get(name, [""]) for name in ("state", "code", "error")]
        state, code, error = (each[0] for each in values)
        once = all(len(each) == 1 for each in values)  # RFC 6749, 3.1
        ours = hmac.compare_digest(state.encode("utf-8", "surrogateescape"), self._state.encode())
        if parts.path != PATH or not once or not ours or not (code or error):
            return None
        self._returned.put(Returned(code or None, error or None))
        self._decided.wait(_EXCHANGE_SECONDS)
        return None if self._page is None else Answer(self._page)
