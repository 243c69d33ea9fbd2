"""`ssohelper exec --explain`: what denies the command access is said in one line at its end."""

import sys

import pytest

from tests.fixtures.exec_jobs import PROFILE
from tests.fixtures.home import Home

# What boto3 prints, as scripts do; AWS denies it to the role.
DENIED = """\
import boto3, sys
try:
    boto3.client("iam", region_name="us-east-1").get_role(RoleName="x")
except Exception as error:
    sys.exit(f"failed: {error}")
"""
DEVELOPER = "payments-staging.Developer"
ASK = "ask the administrators of IAM Identity Center"
NOBODY_ALLOWS = "no identity-based policy of the permission set Developer allows it"


@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
@pytest.mark.first_is_quick
def test_denied(synced: Home, via: str) -> None:
    """The line stands at the end of stderr; the rest, and the exit code, are the command's."""
    words = ("--via", via, DEVELOPER, "--", sys.executable, "-c", DENIED)
    plain, done = synced.ssohelper("exec", *words), synced.ssohelper("exec", "--explain", *words)
    assert plain.stderr.startswith(
        "failed: An error occurred (AccessDenied) when calling the GetRole operation: User:"
    )
    line = f"ssohelper: iam:GetRole is denied: {NOBODY_ALLOWS}; {ASK}\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", plain.stderr + line, 1)


def test_not_denied(synced: Home) -> None:
    """Where nothing is denied, nothing is added."""
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    done = synced.ssohelper("exec", "--explain", PROFILE, "--", sys.executable, "-c", code)
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)


def test_several(synced: Home) -> None:
    """The first of several is explained, the others are counted; control characters do not get into the line."""
    principal = "arn:aws:sts::333344445555:assumed-role/deploy/ci"
    text = "".join(
        f"User: {principal} is not authorized to perform: s3:Put{number} on resource: x\x1b[31m with an explicit deny"
        " in a service control policy\n"
        for number in range(3)
    )
    done = synced.ssohelper("exec", "--explain", PROFILE, "--", "printf", "%s", text)
    assert (done.stdout, done.stderr) == (text, "")
    done = synced.ssohelper("exec", "--explain", PROFILE, "--", "sh", "-c", 'printf %s "$0" >&2', text)
    line = "s3:Put0 is denied: a service control policy denies it; ask the administrators of your AWS organization"
    assert done.stderr == f"{text}ssohelper: {line} (and 2 more)\n"
    done = synced.ssohelper("exec", "--explain", PROFILE, "--", "sh", "-c", 'printf %s "$0" >&2', text.rstrip())
    assert done.stderr == f"{text}ssohelper: {line} (and 2 more)\n"


def test_inside_exec(synced: Home) -> None:
    """Inside an `exec` of the same role, too."""
    inner = ("ssohelper", "exec", "--explain", DEVELOPER, "--", sys.executable, "-c", DENIED)
    done = synced.ssohelper("exec", DEVELOPER, "--", *inner)
    assert (done.stderr.splitlines()[-1], done.returncode) == (
        f"ssohelper: iam:GetRole is denied: {NOBODY_ALLOWS}; {ASK}",
        1,
    )


def test_shell(synced: Home) -> None:
    """A shell would have no job control under it: it needs a command."""
    done = synced.ssohelper("exec", "--explain", PROFILE, "--")
    assert (done.stderr.splitlines()[0], done.returncode) == ("ssohelper: --explain needs a command", 2)


def test_not_found(synced: Home) -> None:
    """A command that is not found has the exit code of shells."""
    assert synced.ssohelper("exec", "--explain", PROFILE, "--", "./nope").returncode == 127
