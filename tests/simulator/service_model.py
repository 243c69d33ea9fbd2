"""Whether a JSON document is what AWS's own service model says, by the model that botocore ships."""

import re
from collections.abc import Iterator
from typing import Any

JSON_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "list": list,
    "structure": dict,
}

# botocore's models name no member of these answers as required, but every client counts on them.
ALWAYS_PRESENT = {
    "ListAccountsResponse": {"accountList"},
    "ListAccountRolesResponse": {"roleList"},
    "GetRoleCredentialsResponse": {"roleCredentials"},
    "RoleCredentials": {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"},
    "AccountInfo": {"accountId"},
    "RoleInfo": {"roleName", "accountId"},
    "RegisterClientResponse": {"clientId", "clientSecret", "clientIdIssuedAt", "clientSecretExpiresAt"},
    "StartDeviceAuthorizationResponse": {
        "deviceCode",
        "userCode",
        "verificationUri",
        "verificationUriComplete",
        "expiresIn",
        "interval",
    },
    "CreateTokenResponse": {"accessToken", "tokenType", "expiresIn"},
}


def deviations(shape: Any, value: object, where: str = "") -> Iterator[str]:
    """Each place at which `value` is not what the shape says; none for a document that is right."""
    where = where or shape.name
    # A bool is an int to Python, but not to JSON.
    if type(value) is not JSON_TYPES[shape.type_name]:
        yield f"{where} is a {type(value).__name__}, not a {shape.type_name}"
    elif isinstance(value, dict):
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        required = set(shape.required_members) | ALWAYS_PRESENT.get(shape.name, set())
        yield from (f"{where}.{name} is unknown to the model" for name in value if name not in known)
        yield from (f"{where}.{name} is missing" for name in sorted(required - set(value)))
        for name, each in value.items():
            if name in known:
                yield from deviations(known[name], each, f"{where}.{name}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from deviations(shape.member, each, f"{where}[{place}]")
    elif isinstance(value, str) and not re.fullmatch(shape.metadata.get("pattern", ".*"), value, re.DOTALL):
        yield f"{where} does not match the model's pattern"
