"""Errors of AWS that are often taken for denied access, but are not about permissions."""

import re

from ssohelper.errors import Failed

_DOCTOR = "ssohelper doctor"
_LOGIN = "ssohelper login"
# What is in the message; what it means, and what to do.
_KNOWN = (
    (
        r"ExpiredToken\w*|RequestExpired|token (?:included in the request )?(?:is|has) expired",
        "the credentials have expired",
        _LOGIN,
    ),
    (
        r"SSO session .{0,80}has expired|Token has expired and refresh failed|Session token not found or invalid",
        *("the sign-in has expired", _LOGIN),
    ),
    (
        r"InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure",
        *("AWS does not know these keys: they are for another partition, or old ones in the environment", _DOCTOR),
    ),
    (
        r"SignatureDoesNotMatch|RequestTimeTooSkewed|InvalidSignatureException",
        *("the signature or the time of the request is wrong", _DOCTOR),
    ),
    (r"Unable to locate credentials|NoCredentialsError|No valid credential sources", "no credentials found", _DOCTOR),
)


def explain(text: str) -> Failed | None:
    """The error that a text is about, with what to do; None if it is none of these."""
    for pattern, meaning, hint in _KNOWN:
        if re.search(pattern, text):
            return Failed(f"not about permissions: {meaning}", hint=hint)
    return None
