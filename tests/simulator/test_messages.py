"""Parsing of request bodies."""

import gc

import pytest

from ssohelper.simulator.messages import Request


@pytest.mark.parametrize(("body", "expected"), [(b"", {}), (b"{}", {}), (b'{"x": [1, null]}', {"x": [1, None]})])
def test_json(body: bytes, expected: dict[str, object]) -> None:
    """An empty body is an empty object."""
    assert Request("POST", "/", body=body).json() == expected


@pytest.mark.parametrize("body", [b'{"secret": ', b"\xff", b"[" * 100_000, b"[]", b"null", b'"text"'])
def test_invalid_json(body: bytes) -> None:
    """Any other body is a ValueError without a cause, which would carry the body."""
    gc.collect()  # else a finalizer, of whatever ran before, may run where the stack has no room for it
    with pytest.raises(ValueError, match=r"^The request body is not (valid JSON|a JSON object)$") as caught:
        Request("POST", "/", body=body).json()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ == (caught.value.__context__ is not None)


def test_form() -> None:
    """Fields are decoded, and may be empty."""
    assert Request("POST", "/", body=b"a=x+y%26&b=").form() == {"a": "x y&", "b": ""}


@pytest.mark.parametrize("body", [b"\xff", b"a=b&" * 51])
def test_invalid_form(body: bytes) -> None:
    """A form that is not UTF-8 or has more than 50 fields is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        Request("POST", "/", body=body).form()


def test_large_form() -> None:
    """A simulation of policies has a field for each action: its form may have more."""
    assert len(Request("POST", "/", body=b"&".join(b"a%d=b" % each for each in range(100))).form(100)) == 100
