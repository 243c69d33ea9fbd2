"""Access-denied messages in what a command prints."""

import pytest

from ssohelper.permission_sets.denial_watch import DenialWatch

ANN = "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/ann@example.com"


def message(number: int) -> str:
    """A message; each number has its own action."""
    action = f"s3:Put{number}"
    reason = f"because no identity-based policy allows the {action} action"
    return f"User: {ANN} is not authorized to perform: {action} {reason}"


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_pieces(size: int) -> None:
    """However the bytes arrive, and whatever stands between, each message is found once."""
    lines = [f"{message(number)}\nother output \xff\n" * 3 for number in range(3)]
    data = "".join(lines).encode("latin-1")
    watch = DenialWatch()
    for start in range(0, len(data), size):
        watch.feed(data[start : start + size])
    assert [each.action for each in watch.found()] == ["s3:Put0", "s3:Put1", "s3:Put2"]


@pytest.mark.full
def test_much_output() -> None:
    """Of megabytes, little is kept; messages at the beginning, in the middle and at the end are found."""
    watch = DenialWatch()
    noise = b"progress 12%\r" * 1000
    for part in (
        message(1).encode() + b"\n",
        noise * 400,
        message(2).encode() + b"\n",
        noise * 400,
        message(3).encode(),
    ):
        for start in range(0, len(part), 65536):
            watch.feed(part[start : start + 65536])
            assert len(watch._text) < 200_000
    assert [each.action for each in watch.found()] == ["s3:Put1", "s3:Put2", "s3:Put3"]


@pytest.mark.first_is_quick
@pytest.mark.parametrize("back", [10, 60, 130, 200, 300, 400])
@pytest.mark.parametrize("noise", [b"x", b"x ", b"x\n"])
def test_at_the_limit(back: int, noise: bytes) -> None:
    """A message is not cut, wherever it stands."""
    watch = DenialWatch()
    watch.feed(noise * ((65536 - back) // len(noise)) + b" " + message(1).encode() + b" " + noise * 90000)
    (found,) = watch.found()
    assert (found.action, found.cause) == ("s3:Put1", "identity-based policy")


def test_many() -> None:
    """A hundred different messages are enough."""
    watch = DenialWatch()
    watch.feed("\n".join(map(message, range(150))).encode())
    assert len(watch.found()) == 100
