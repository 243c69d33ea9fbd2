"""SHA-1 and SHA-256 in hexadecimal, without hashlib: it loads OpenSSL, which takes a tenth of a short command's time.

They name files, and stand for a token in a file that must not contain it; none signs anything. Python's own `random`
takes its SHA-512 from the interpreter in the same way.
"""

try:
    from _sha1 import sha1 as _sha1  # type: ignore[import-not-found]

    try:
        from _sha2 import sha256 as _sha256  # type: ignore[import-not-found]
    except ImportError:  # before Python 3.12
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found]
except ImportError:  # an interpreter that was built without them
    from hashlib import sha1 as _sha1
    from hashlib import sha256 as _sha256


def sha1(data: bytes) -> str:
    """The SHA-1 of some bytes."""
    return str(_sha1(data, usedforsecurity=False).hexdigest())


def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes."""
    return str(_sha256(data, usedforsecurity=False).hexdigest())
