"""200 SDK clients in one `ssohelper exec`: the endpoint serves them all from one answer."""

import json
import sys

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

pytestmark = pytest.mark.full

PROFILE, ACCOUNT, ROLE = "payments-prod.ReadOnly", "333344445555", "ReadOnly"
PROCESSES, THREADS = 40, 160

# A client in its own process: it prints that it is ready, and requests credentials when it reads a line. Of secrets
# it only prints digests.
CLIENT = """\
import hashlib, json, sys
import boto3

def digests(found):
    secrets = (found.secret_key, found.token)
    return [found.access_key, *(hashlib.sha256(each.encode()).hexdigest() for each in secrets)]

if __name__ == "__main__":
    session = boto3.Session()
    print("ready", flush=True)
    sys.stdin.readline()
    found = session.get_credentials()
    print(json.dumps([found.method, *digests(found.get_frozen_credentials())]))
"""

# The command of the job: it starts clients in processes and in threads, all at the same moment.
CLIENTS = """\
import json, subprocess, sys, threading
from concurrent.futures import ThreadPoolExecutor
import botocore.session
from client import digests
processes, threads = map(int, sys.argv[1:])
pipe = subprocess.PIPE
clients = [
    subprocess.Popen([sys.executable, "client.py"], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
    for _ in range(processes)
]
sessions = [botocore.session.Session() for _ in range(threads)]
for each in sessions:
    each.get_component("credential_provider")  # which reads its files
ready = [each.stdout.readline() for each in clients]
assert ready == ["ready\\n"] * processes, [*ready, *(each.communicate("\\n")[0] for each in clients)]
gate = threading.Barrier(threads + 1)

def request(session):
    gate.wait()
    try:
        found = session.get_credentials()
        return [found.method, *digests(found.get_frozen_credentials())]
    except Exception as error:
        return [repr(error)]

with ThreadPoolExecutor(threads) as pool:
    requested = pool.map(request, sessions)
    gate.wait()
    for each in clients:
        each.stdin.write("\\n")
        each.stdin.flush()
    printed = [each.communicate()[0] for each in clients]
    print(json.dumps([*map(json.loads, printed), *requested]))
"""


@pytest.fixture
def programs(synced: Home) -> Home:
    """A home folder with a profile for every role, and both programs."""
    (synced.path / "client.py").write_text(CLIENT)
    (synced.path / "clients.py").write_text(CLIENTS)
    return synced


def test_many_clients(programs: Home, identity_center: Simulator) -> None:
    """200 concurrent clients, 40 of them processes, all get the same credentials from one request."""
    identity_center.counters.reset()
    words = (sys.executable, "clients.py", str(PROCESSES), str(THREADS))
    done = programs.ssohelper("exec", "--profile", PROFILE, "--", *words, PYTHONPATH=str(programs.path))
    assert (done.stderr, done.returncode) == ("", 0)
    found = json.loads(done.stdout)
    assert found == [found[0]] * (PROCESSES + THREADS)
    method, key, *_ = found[0]
    issued = identity_center.issued(key)
    assert (method, issued.account_id, issued.role_name) == ("container-role", ACCOUNT, ROLE)
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
