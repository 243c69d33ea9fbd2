"""A real Chromium without a window, driven by chromedriver's own HTTP interface (W3C WebDriver)."""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.components import need

# Everything but 127.0.0.1 is no host to it, and whatever it does by itself is off.
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-dev-shm-usage", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window; elements are named by CSS selectors, and waited for."""

    def __init__(self, session: str) -> None:
        self._session = session

    def sees(self, text: str) -> bool:
        """Whether a person sees this text, now or after the page that follows a click has come."""
        for _ in range(300):
            if text in self.run("return document.body ? document.body.innerText : ''"):
                return True
            time.sleep(0.1)
        return False

    def open(self, address: str) -> None:
        """Go to an address."""
        _call("POST", f"{self._session}/url", {"url": address})

    def run(self, script: str) -> Any:
        """What a script of the test, not of the page, returns."""
        return _call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        _call("POST", f"{self._element(selector)}/value", {"text": text})

    def click(self, selector: str) -> None:
        """Click; chromedriver does not always wait for the page that follows."""
        _call("POST", f"{self._element(selector)}/click", {})

    def _element(self, selector: str) -> str:
        found = _call("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        return f"{self._session}/element/{found[ELEMENT]}"


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser with a new profile in this folder; it ends with the block, and its driver with it.

    Skips the test, or fails it, where Chromium is missing (see `tests.components`).
    """
    binary, driver = need("chromium"), need("chromedriver")
    options = {"binary": binary, "args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
    capabilities = {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "timeouts": {"implicit": 10_000, "pageLoad": 60_000},
    }
    with _driver(driver) as address:
        created = _call("POST", f"{address}/session", {"capabilities": {"alwaysMatch": capabilities}})
        session = f"{address}/session/{created['sessionId']}"
        try:
            yield Browser(session)
        finally:
            _call("DELETE", session)


@contextmanager
def _driver(program: str) -> Iterator[str]:
    """Where a chromedriver of our own listens; port 0 lets the system choose."""
    with subprocess.Popen(
        [program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            ports = (re.search(r"started successfully on port (\d+)", line) for line in lines)
            port = next((found[1] for found in ports if found), None)
            assert port is not None, "chromedriver did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _call(method: str, address: str, members: Mapping[str, Any] | None = None) -> Any:
    """The value that a WebDriver command returns; raises HTTPError with what it says where it fails."""
    body = None if members is None else json.dumps(members).encode()
    request = Request(address, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - loopback
    # Without the proxies that the environment may name.
    with build_opener(ProxyHandler({})).open(request, timeout=90) as answer:
        return json.load(answer)["value"]
