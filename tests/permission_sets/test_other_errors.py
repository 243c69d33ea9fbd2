"""Errors that are not about permissions."""

import pytest

from ssohelper.permission_sets import other_errors


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "An error occurred (ExpiredToken) when calling the ListBuckets operation: it has expired.",
            *("the credentials have expired", "ssohelper login"),
        ),
        (
            "Error when retrieving token from sso: Token has expired and refresh failed",
            *("the sign-in has expired", "ssohelper login"),
        ),
        (
            "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: invalid.",
            *(
                "AWS does not know these keys: they are for another partition, or old ones in the environment",
                "ssohelper doctor",
            ),
        ),
        (
            "An error occurred (RequestTimeTooSkewed) when calling the ListBuckets operation: too large.",
            *("the signature or the time of the request is wrong", "ssohelper doctor"),
        ),
        ("Unable to locate credentials.", "no credentials found", "ssohelper doctor"),
    ],
)
def test_known(text: str, message: str, hint: str) -> None:
    """Each has its meaning, and a command that helps."""
    found = other_errors.explain(text)
    assert found is not None
    assert (str(found), found.hint) == (f"not about permissions: {message}", hint)


def test_unknown() -> None:
    """Other errors are none of these."""
    assert other_errors.explain("Rate exceeded") is None
