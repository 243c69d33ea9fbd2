"""The exec server as a real process: what it reads, what it prepares, and when it ends."""

import json
import os
import stat
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ssohelper.model import Session
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


def request_of(home: Home, job: "subprocess.Popen[bytes]", *, endpoint: bool) -> str:
    """What `exec` writes to the stdin of the server for a job."""
    request = {
        "role": "acme 333344445555 ReadOnly",
        "session": Session("acme", "https://acme.awsapps.com/start", "us-east-1")._asdict(),
        "token_path": str(home.path / "token.json"),
        "token_expires_at": datetime.fromisoformat(EXPIRATION).timestamp(),
        "answer": ANSWER,
        "endpoint": endpoint,
        "files": {"AWS_CONFIG_FILE": "[default]\n"},
        "process_id": job.pid,
    }
    return json.dumps(request)


def start(home: Home, job: "subprocess.Popen[bytes]", *, endpoint: bool) -> dict[str, Any]:
    """Start an exec server for a job; returns what it prints."""
    done = subprocess.run(
        SERVER,
        env=home.environment,
        input=request_of(home, job, endpoint=endpoint),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it keeps stderr open for messages to the user
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize("endpoint", [True, False])
def test_prepares_a_private_folder(home: Home, endpoint: bool) -> None:
    """It writes the files of the job to a private folder, detaches itself, and removes the folder with the job."""
    with subprocess.Popen(("sleep", "60")) as job:
        printed = start(home, job, endpoint=endpoint)
        folder = Path(printed["folder"])
        assert [folder] == job_folders(home)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert (folder / "AWS_CONFIG_FILE").read_text() == "[default]\n"
        assert ("url" in printed, (folder / "token").exists()) == (endpoint, endpoint)
        assert len(exec_servers(home)) == 1
        job.kill()
    wait_for(lambda: job_folders(home) == [] and exec_servers(home) == [])


def test_serves_the_answer(home: Home) -> None:
    """The endpoint serves the credentials to a client with the token, in the format of the container endpoint."""
    with subprocess.Popen(("sleep", "60")) as job:
        printed = start(home, job, endpoint=True)
        token = (Path(printed["folder"]) / "token").read_text()
        request = urllib.request.Request(printed["url"], headers={"Authorization": token})  # noqa: S310 (loopback)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            served = json.load(response)
        job.kill()
    assert served == {
        "AccessKeyId": "ASIAPLANTED",
        "SecretAccessKey": "planted",
        "Token": "planted",
        "Expiration": EXPIRATION,
        "AccountId": "333344445555",
    }
    wait_for(lambda: exec_servers(home) == [])


def test_exec_ends_first(home: Home) -> None:
    """If `exec` is ended before it reads the answer, the server ends silently and removes the folder."""
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(("sleep", "60")) as job, (home.path / "errors").open("wb") as errors:
        server = subprocess.run(
            SERVER,
            env=home.environment,
            input=request_of(home, job, endpoint=True),
            stdout=writer,
            stderr=errors,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )
        os.close(writer)
        assert server.returncode == 0
        wait_for(lambda: job_folders(home) == [] and exec_servers(home) == [])
        job.kill()
    assert (home.path / "errors").read_text() == ""
