"""The exec server as a real process: what it reads, what it prepares, and when it ends."""

import json
import stat
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssohelper.model import Session
from ssohelper.refresher.job import Served
from ssohelper.storage import locks
from tests.fixtures.exec_jobs import exec_servers, job_folders
from tests.fixtures.home import HANG_SECONDS, Home, wait_for

SERVER = (sys.executable, "-P", "-m", "ssohelper.processes.exec_server")
EXPIRATION = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ")
ANSWER = {
    "Version": 1,
    "AccessKeyId": "ASIAPLANTED",
    "SecretAccessKey": "planted",
    "SessionToken": "planted",
    "Expiration": EXPIRATION,
    "AccountId": "333344445555",
}


# The process that is to become the job, and starts the server.
JOB = """
import json, os, sys
from ssohelper.refresher import job
request = json.loads(sys.argv[1])
served = job.start_server(sys.argv[2:], request, {"AWS_CONFIG_FILE": b"[default]\\n"}, endpoint=request["endpoint"])
with open(request["written"] + ".new", "w") as file:
    json.dump([str(served.folder), served.url, served.token], file)
os.rename(request["written"] + ".new", request["written"])
os.execvp(request["words"][0], request["words"])
"""


def start(
    home: Home, *command: str, endpoint: bool, stderr: int | None = None, closed: str = ""
) -> "subprocess.Popen[str]":
    """A job with an exec server; `closed` are redirections of sh."""
    request = {
        "role": "acme 333344445555 ReadOnly",
        "session": Session("acme", "https://acme.awsapps.com/start", "us-east-1")._asdict(),
        "watched_path": str(home.path / "token.json"),
        "token_expires_at": datetime.fromisoformat(EXPIRATION).timestamp(),
        "notify_at": None,
        "answer": ANSWER,
        "endpoint": endpoint,
        "words": command or ("sleep", "60"),
        "written": str(home.path / "written"),
    }
    words = ("sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", JOB, json.dumps(request), *SERVER)
    return subprocess.Popen(words, env=home.environment, stderr=stderr, text=True)


def served_by(home: Home) -> Served:
    """What the job's endpoint is."""
    wait_for((home.path / "written").exists)
    folder, url, token = json.loads((home.path / "written").read_text())
    return Served(Path(folder), url, token)


def answer_of(served: Served) -> dict[str, str]:
    """The credentials that the endpoint serves."""
    assert served.url is not None
    request = urllib.request.Request(served.url, headers={"Authorization": served.token})  # noqa: S310 (loopback)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
        found: dict[str, str] = json.load(response)
    return found


@pytest.mark.parametrize("endpoint", [True, False])
def test_removes_the_folder(home: Home, endpoint: bool) -> None:
    """It keeps the job's private folder from others, and removes it with the job."""
    with start(home, endpoint=endpoint) as job:
        served = served_by(home)
        assert [served.folder] == job_folders(home)
        assert stat.S_IMODE(served.folder.stat().st_mode) == 0o700
        wait_for(lambda: len(exec_servers(home)) == 1)
        assert not locks.is_free(served.folder / "lock")
        job.kill()
    wait_for(lambda: job_folders(home) == [] and exec_servers(home) == [])


def test_serves_the_answer(home: Home) -> None:
    """The endpoint serves the credentials to a client with the token, in the format of the container endpoint."""
    with start(home, endpoint=True) as job:
        found = answer_of(served_by(home))
        job.kill()
    assert found == {
        "AccessKeyId": "ASIAPLANTED",
        "SecretAccessKey": "planted",
        "Token": "planted",
        "Expiration": EXPIRATION,
        "AccountId": "333344445555",
    }
    wait_for(lambda: exec_servers(home) == [])


def test_job_that_ends_first(home: Home) -> None:
    """If the job has ended before the server has loaded, it ends silently, too, and removes the folder."""
    with start(home, "true", endpoint=True, stderr=subprocess.PIPE) as job:
        _, errors = job.communicate(timeout=HANG_SECONDS)  # until the server has ended, which has stderr, too
    assert errors == ""
    wait_for(lambda: job_folders(home) == [] and exec_servers(home) == [])


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams(home: Home, closed: str) -> None:
    """Where the standard streams are closed, the server has its lock and its socket all the same."""
    with start(home, endpoint=True, closed=closed) as job:
        served = served_by(home)
        assert answer_of(served)["AccessKeyId"] == "ASIAPLANTED"
        assert not locks.is_free(served.folder / "lock")
        assert [path.name for path in Path(f"/proc/{job.pid}/fd").iterdir() if path.name not in "012"] == []
        job.kill()
    wait_for(lambda: exec_servers(home) == [])


def test_without_a_request(home: Home) -> None:
    """If `exec` is killed before it writes the request, the server ends silently."""
    done = subprocess.run(SERVER, env=home.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
