"""The log of requests, for --verbose: what was asked, where, and how long it took; nothing secret."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

_log = logging.getLogger(__name__)
# What else is in a query, such as the token of the next page, is not logged.
_SHOWN_PARAMETERS = ("account_id", "role_name")


def watch(client: Any) -> None:
    """Log the requests of a botocore client.

    Events: https://docs.aws.amazon.com/boto3/latest/guide/events.html. A request's handlers run in one thread.
    """
    if not _log.isEnabledFor(logging.DEBUG):
        return
    begun = threading.local()

    def before(request: Any, **_others: Any) -> None:
        begun.url, begun.at = request.url, time.monotonic()

    def after(response_dict: Any, exception: Exception | None, event_name: str, **_others: Any) -> None:
        outcome = response_dict["status_code"] if response_dict else type(exception).__name__
        _write(event_name.rpartition(".")[2], begun.url, outcome, begun.at)

    client.meta.events.register("before-send", before)
    client.meta.events.register("response-received", after)


@contextmanager
def logged(method: str, url: str) -> Iterator[list[int]]:
    """Log a request that is made within it; its status is put into the list."""
    begun_at = time.monotonic()
    status: list[int] = []
    outcome: object = "failed"
    try:
        yield status
        outcome = status[0]
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        _write(method, url, outcome, begun_at)


def _write(what: str, url: str, outcome: object, begun_at: float) -> None:
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    query = parse_qs(parts.query)
    shown = "".join(f" {name}={query[name][0]}" for name in _SHOWN_PARAMETERS if name in query)
    _log.debug("%s %s%s: %s, %.2fs", what, place, shown, outcome, time.monotonic() - begun_at)
