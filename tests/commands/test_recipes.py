"""The recipes in the how-to work as they are written there."""

import getpass
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.client_programs import built
from tests.fixtures.components import absent, need
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to.md"
PROFILE, ROLE = "payments-prod.ReadOnly", ("333344445555", "ReadOnly")
FETCH = """\
import boto3, json, os
found = boto3.Session().get_credentials()
token, path = os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"], os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
print(json.dumps([found.method, found.access_key, open(path).read() == token]))
"""
SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/me.pub
StrictModes no
UsePAM no
AllowTcpForwarding yes
"""
TERRAFORM = """\
terraform {
  backend "s3" {
    bucket         = "models"
    key            = "state"
    region         = "us-east-1"
    use_path_style = true
  }
}

resource "terraform_data" "trained" {
  input = "by terraform"
}
"""
TRAIN = """\
import boto3, pathlib
state = boto3.client("s3").get_object(Bucket="models", Key="state")["Body"].read()
pathlib.Path("model").write_bytes(state)
"""
CLIENT = """\
Host there
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/me
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ExitOnForwardFailure yes
"""


# A `docker` made of podman, which also works where limits cannot be raised.
DOCKER = """\
#!/bin/sh
run=$1 && shift
exec podman --root {folder}/root --runroot {folder}/runroot --runtime runc "$run" \\
    --interactive --ulimit nofile=256:256 --ulimit nproc=256:256 "$@"
"""


def recipe(beginning: str) -> str:
    """The only code block of the how-to with this beginning."""
    blocks = re.findall(r"```sh\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(beginning)]
    return str(found)


@pytest.fixture
def fetcher(synced: Home) -> Home:
    """A home folder with a profile for every role, and the program that the recipes run."""
    (synced.path / "fetch.py").write_text(FETCH)
    return synced


@pytest.fixture
def ssh_host(tmp_path: Path) -> Iterator[Path]:
    """A folder with an `ssh` that connects to the host `there`: an OpenSSH server on this machine."""
    server = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin") or absent("sshd is not installed")
    client = shutil.which("ssh") or absent("ssh is not installed")
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "me"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(words, check=True, timeout=HANG_SECONDS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "server").write_text(SERVER.format(port=port, folder=folder))
    (folder / "client").write_text(CLIENT.format(port=port, folder=folder, user=getpass.getuser()))
    (folder / "ssh").write_text(f'#!/bin/sh\nexec {client} -F {folder}/client "$@"\n')
    (folder / "ssh").chmod(0o700)
    Path("/run/sshd").mkdir(exist_ok=True)
    with subprocess.Popen([server, "-D", "-f", str(folder / "server")], stderr=subprocess.DEVNULL) as running:
        try:
            deadline = time.monotonic() + HANG_SECONDS
            while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield folder
        finally:
            running.terminate()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_remote_host(fetcher: Home, identity_center: Simulator, ssh_host: Path) -> None:
    """A command on another host gets the role's credentials from the endpoint here."""
    script = fetcher.path / "remote.sh"
    script.write_text(recipe("#!/bin/sh\n# ssohelper exec"))
    script.chmod(0o755)
    words = ("there", sys.executable, str(fetcher.path / "fetch.py"))
    more = {"PATH": f"{ssh_host}:{fetcher.environment['PATH']}"}
    done = fetcher.ssohelper("exec", "--profile", PROFILE, "--", "./remote.sh", *words, **more)
    assert (done.stderr, done.returncode) == ("", 0)
    method, key, by_file = json.loads(done.stdout)
    issued = identity_center.issued(key)
    assert (method, (issued.account_id, issued.role_name), by_file) == ("container-role", ROLE, True)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_and_a_shell(synced: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """Terraform asks for approval and writes its state to S3, where Python and the AWS CLI find it."""
    (synced.path / "main.tf").write_text(TERRAFORM)
    (synced.path / "train.py").write_text(TRAIN)
    services = dict.fromkeys(("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS"), caller_identity.url)
    path = f"{Path(sys.executable).parent}:{synced.environment['PATH']}"
    synced.environment.update({"CHECKPOINT_DISABLE": "1", "TF_CLI_ARGS": "-no-color", "PATH": path, **services})
    for words in (("aws", "s3", "mb", "s3://models"), ("terraform", "init")):
        done = synced.ssohelper("exec", "--profile", PROFILE, "--", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    apply, train = recipe("ssohelper exec payments-prod.ReadOnly -- terraform").splitlines()
    dialogue = synced.terminal("-c", apply, program="sh")
    dialogue.expect("Enter a value: ")
    dialogue.sendline("yes")
    dialogue.expect(r"Apply complete! Resources: 1 added, 0 changed, 0 destroyed\.")
    dialogue.expect(pexpect.EOF)
    done = synced.run("sh", "-c", train)
    assert (done.stderr, done.returncode) == ("", 0)
    listed = synced.ssohelper("exec", "--profile", PROFILE, "--", "aws", "s3", "cp", "s3://models/model", "-")
    assert (
        json.loads(listed.stdout)["resources"][0]["instances"][0]["attributes"]["output"]["value"] == "by terraform"
    )
    assert caller_identity.bad == {}
    keys = {caller_identity.keys.get() for _ in range(caller_identity.keys.qsize())}
    assert {(issued.account_id, issued.role_name) for issued in map(identity_center.issued, keys)} == {ROLE}


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder with a short path, which podman needs."""
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def docker(short_path: Path, caller_identity: Sts, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with a `docker` that has one image, with only a program that uses the SDK for Go."""
    folder = short_path
    (client,) = built(tmp_path_factory, worker_id, "go")
    (folder / "docker").write_text(DOCKER.format(folder=folder))
    (folder / "docker").chmod(0o755)
    need("runc")
    archive = subprocess.run(
        ["tar", "-c", "-C", str(Path(client).parent), Path(client).name], capture_output=True, check=True
    ).stdout
    variables = {"AWS_ENDPOINT_URL_STS": caller_identity.url, "AWS_REGION": "us-east-1"}
    changes = ('ENTRYPOINT ["/client"]', *(f"ENV {name}={value}" for name, value in variables.items()))
    storage = ("--root", str(folder / "root"), "--runroot", str(folder / "runroot"))
    subprocess.run(
        [need("podman"), *storage, "import", *(f"--change={each}" for each in changes), "-", "my-image"],
        input=archive,
        capture_output=True,
        check=True,
        timeout=HANG_SECONDS,
    )
    return folder


def test_container(synced: Home, identity_center: Simulator, caller_identity: Sts, docker: Path) -> None:
    """A program in a container on the host's network gets the role's credentials."""
    script = recipe("ssohelper exec payments-prod.ReadOnly -- sh -c '\n    docker run")
    path = f"{docker}:{Path(sys.executable).parent}:{synced.environment['PATH']}"
    done = synced.run("sh", "-c", f"echo | {script}", PATH=path)
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)
    issued = identity_center.issued(caller_identity.keys.get(timeout=1))
    assert (issued.account_id, issued.role_name) == ROLE
