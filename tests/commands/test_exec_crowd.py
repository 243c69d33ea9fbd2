"""A crowd of SDK clients inside of one `ssohelper exec`: the endpoint serves them all from one answer."""

import json
import sys

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

PROFILE, ACCOUNT, ROLE = "payments-prod.ReadOnly", "333344445555", "ReadOnly"
PROCESSES, THREADS = 40, 160

# One client in a process of its own: says that it is ready, and asks when it is told to. What it got is told by
# digests only: secrets have no place in what tests print.
CLIENT = """\
import hashlib, json, sys
import boto3

def told(found):
    secrets = (found.secret_key, found.token)
    return [found.access_key, *(hashlib.sha256(each.encode()).hexdigest() for each in secrets)]

if __name__ == "__main__":
    session = boto3.Session()
    print("ready", flush=True)
    sys.stdin.readline()
    found = session.get_credentials()
    print(json.dumps([found.method, *told(found.get_frozen_credentials())]))
"""

# The command of the job: so many of those, and so many threads of its own with a session each, all at one moment.
CROWD = """\
import json, subprocess, sys, threading
from concurrent.futures import ThreadPoolExecutor
import botocore.session
from client import told
processes, threads = map(int, sys.argv[1:])
pipe = subprocess.PIPE
clients = [
    subprocess.Popen([sys.executable, "client.py"], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
    for _ in range(processes)
]
sessions = [botocore.session.Session() for _ in range(threads)]
for each in sessions:
    each.get_component("credential_provider")  # read its files by now
ready = [each.stdout.readline() for each in clients]
assert ready == ["ready\\n"] * processes, [*ready, *(each.communicate("\\n")[0] for each in clients)]
gate = threading.Barrier(threads + 1)

def ask(session):
    gate.wait()
    try:
        found = session.get_credentials()
        return [found.method, *told(found.get_frozen_credentials())]
    except Exception as error:
        return [repr(error)]

with ThreadPoolExecutor(threads) as pool:
    asking = pool.map(ask, sessions)
    gate.wait()
    for each in clients:
        each.stdin.write("\\n")
        each.stdin.flush()
    printed = [each.communicate()[0] for each in clients]
    print(json.dumps([*map(json.loads, printed), *asking]))
"""


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role, and the programs of the crowd."""
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    (signed_in.path / "client.py").write_text(CLIENT)
    (signed_in.path / "crowd.py").write_text(CROWD)
    return signed_in


def test_a_crowd(synced: Home, identity_center: Simulator) -> None:
    """200 clients at one moment, 40 of them processes, have the same credentials of one call, and none fails."""
    identity_center.counters.reset()
    words = (sys.executable, "crowd.py", str(PROCESSES), str(THREADS))
    done = synced.ssohelper("exec", "--profile", PROFILE, "--", *words, PYTHONPATH=str(synced.path))
    assert (done.stderr, done.returncode) == ("", 0)
    found = json.loads(done.stdout)
    assert found == [found[0]] * (PROCESSES + THREADS)
    method, key, *_ = found[0]
    issued = identity_center.issued(key)
    assert (method, issued.account_id, issued.role_name) == ("container-role", ACCOUNT, ROLE)
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
