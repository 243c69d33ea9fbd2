"""Digests are those of hashlib, which is not loaded."""

import hashlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper import digests


@given(st.binary())
def test_same_as_hashlib(data: bytes) -> None:
    """Both are what hashlib computes."""
    expected = (hashlib.sha1(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest())
    assert (digests.sha1(data), digests.sha256(data)) == expected


@pytest.mark.parametrize("missing", [(), ("_sha1",), ("_sha2", "_sha256")], ids=["none", "sha1", "sha256"])
def test_interpreter_without_them(missing: tuple[str, ...]) -> None:
    """Hashlib is loaded only by an interpreter that was built without one of the two."""
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({missing}))\n"
        "from ssohelper import digests\n"
        "print(digests.sha1(b'x'), digests.sha256(b'x'), 'hashlib' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    sha1 = hashlib.sha1(b"x", usedforsecurity=False).hexdigest()
    assert done.stdout.split() == [sha1, hashlib.sha256(b"x").hexdigest(), str(bool(missing))]
