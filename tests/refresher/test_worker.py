"""The worker process: its output is parsed, and a worker that fails is a failed refresh, not a crash."""

import asyncio
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssohelper.model import Session
from ssohelper.refresher import worker
from ssohelper.refresher.worker import RefreshedRole, RefreshFailed, RefreshResult, Worker
from ssohelper.roles import RoleRef
from tests.fixtures.concurrency import is_running, wait_until

ROLE = RoleRef("my company", "111122223333", "ReadOnly")
RESULT = RefreshResult(
    "my company",
    1767225600.0,
    1767229200.0,
    900.0,
    "Identity Center returned HTTP 503",
    "run the command again in a minute",
    needs_person=True,
    roles=[
        RefreshedRole(ROLE, 1767225600.0, answer={"AccessKeyId": "ASIAKEY", "SecretAccessKey": "secret"}),
        RefreshedRole(RoleRef("my company", "111122223333", "Admin"), None, "not assigned", permanent=True),
    ],
)
PRINT = "import sys; print(sys.argv[1]); sys.stderr.write(sys.argv[2])"
ECHO = "import json, sys; request = sys.stdin.read(); sys.stderr.write('ssohelper: ' + request + '\\nmore')"


def printing(printed: str, errors: str = "") -> Worker:
    """A worker that prints this."""
    return Worker((sys.executable, "-c", PRINT, printed, errors))


def test_result() -> None:
    """A result is the same after it was printed and parsed; secrets are not in its `repr`."""
    printed = json.dumps([worker.to_json(RESULT), worker.to_json(RefreshResult("other"))])
    assert asyncio.run(printing(printed).refresh_all(2)) == [RESULT, RefreshResult("other", roles=[])]
    assert "secret" not in repr(RESULT)


def test_one_role() -> None:
    """The result for one role is that of its session."""
    assert asyncio.run(printing(json.dumps([worker.to_json(RESULT)])).refresh(ROLE)) == RESULT


@pytest.mark.parametrize("printed", ["[]", "[null]", "[{}]", "", "{", "null"])
def test_no_result(printed: str) -> None:
    """If there is no result, as for a session that is not configured any more, the refresh has failed."""
    assert asyncio.run(printing(printed).refresh(ROLE)) == RefreshResult("my company", problem="the refresh failed")


def test_request_and_error_message() -> None:
    """The worker gets the role on stdin; the first line of its error message is the problem."""
    session = Session("my company", "https://x", "us-east-1")
    found = asyncio.run(Worker((sys.executable, "-c", ECHO), session).refresh(ROLE))
    assert json.loads(found.problem or "") == {
        "role": ROLE.text,
        "session": session._asdict() | {"scopes": [*session.scopes]},
    }
    with pytest.raises(RefreshFailed, match=r'^\{"role": null, "session": null\}$'):
        asyncio.run(Worker((sys.executable, "-c", ECHO)).refresh_all(1))


def test_no_process(tmp_path: Path) -> None:
    """If no process can be started, the refresh has failed."""

    async def run() -> RefreshResult:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            return await printing("").refresh(ROLE)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert asyncio.run(run()) == RefreshResult("my company", problem="the refresh failed")
    missing = Worker((str(tmp_path / "missing"),)).refresh(ROLE)
    assert asyncio.run(missing) == RefreshResult("my company", problem="the refresh failed")


@pytest.mark.full
def test_hanging_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A worker that hangs is killed when its time is over."""
    monkeypatch.setattr(worker, "_SECONDS", 0.5)
    program = f"import os, time; open({str(tmp_path / 'id')!r}, 'w').write(str(os.getpid())); time.sleep(600)"

    async def run() -> float:
        began = time.monotonic()
        with pytest.raises(RefreshFailed, match=r"^the refresh failed$"):
            await Worker((sys.executable, "-c", program)).refresh_all(2)
        seconds = time.monotonic() - began
        process_id = int((tmp_path / "id").read_text())
        await asyncio.to_thread(wait_until, lambda: not is_running(process_id))
        await asyncio.sleep(0.1)  # asyncio closes the pipes
        return seconds

    assert asyncio.run(run()) >= 2.5  # a second more for each role


CANCELLED = """\
import asyncio, contextlib, gc
from ssohelper.refresher.worker import Worker

async def main():
    task = asyncio.create_task(Worker(("sleep", "60")).refresh_all(1))
    await asyncio.sleep(0.3)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

asyncio.run(main())
gc.collect()
"""


def test_cancelled() -> None:
    """A process that is stopped while its worker is running prints nothing."""
    done = subprocess.run([sys.executable, "-c", CANCELLED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
