"""The log of requests, for --verbose: what was asked, where, and how long it took; nothing secret."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

_Response = TypeVar("_Response", bound=Any)
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


def sent(method: str, url: str, send: Callable[[], _Response]) -> _Response:
    """The response that `send` returns, which has a `status_code`, logged like those of clients."""
    begun_at = time.monotonic()
    try:
        response = send()
    except Exception as error:
        _write(method, url, type(error).__name__, begun_at)
        raise
    _write(method, url, response.status_code, begun_at)
    return response


def _write(what: str, url: str, outcome: object, begun_at: float) -> None:
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    query = parse_qs(parts.query)
    shown = "".join(f" {name}={query[name][0]}" for name in _SHOWN_PARAMETERS if name in query)
    _log.debug("%s %s%s: %s, %.2fs", what, place, shown, outcome, time.monotonic() - begun_at)
