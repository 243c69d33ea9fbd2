"""How requests reach Identity Center: the certificates and proxies that a profile and the environment name.

botocore's order (`botocore.session.Session.create_client`, `botocore.endpoint`): `AWS_CA_BUNDLE`, the profile's
`ca_bundle`, `REQUESTS_CA_BUNDLE`. Unlike in botocore, an empty value counts as unset: there, it turns off the
verification of certificates.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ssohelper.aws_config.merged import Merged
from ssohelper.errors import BadInput

# botocore's own names of these settings, in profiles and in its `proxies_config`.
_PROXY_FILES = ("proxy_ca_bundle", "proxy_client_cert")
_FORWARDING = "proxy_use_forwarding_for_https"
_PROXY = re.compile(r"(https?://)?([^\s@/]*@)?(\[[\da-f:.]+\]|[a-z\d._-]+)(:(\d{1,5}))?/?", re.IGNORECASE | re.ASCII)


class Network(NamedTuple):
    """Certificates and proxies. `ca_bundle` is a path, and `named_by` what names it."""

    ca_bundle: str | None = None
    named_by: str = ""
    proxy_settings: Mapping[str, str] = {}

    @property
    def verify(self) -> str | Literal[True]:
        """The `verify` of botocore's clients. Raises `BadInput` if there is no such file."""
        if self.ca_bundle is None:
            return True
        if not Path(self.ca_bundle).exists():
            raise BadInput(
                f"{self.named_by}: file not found: {self.ca_bundle}", hint=f"remove or correct {self.named_by}"
            )
        return self.ca_bundle

    @property
    def proxies_config(self) -> dict[str, Any] | None:
        """The `proxies_config` of botocore's clients; None if nothing is configured."""
        found: dict[str, Any] = {key: value for key, value in self.proxy_settings.items() if key in _PROXY_FILES}
        if _FORWARDING in self.proxy_settings:
            found[_FORWARDING] = self.proxy_settings[_FORWARDING].lower() == "true"
        return found or None


def for_profile(profile: Merged, environment: Mapping[str, str]) -> Network:
    """What a profile and the environment name. Pure."""
    own = profile.get("ca_bundle")
    candidates = (
        (environment.get("AWS_CA_BUNDLE"), "AWS_CA_BUNDLE"),
        (own.text if own else None, f"ca_bundle of profile {profile.name!r} ({own.place})" if own else ""),
        (environment.get("REQUESTS_CA_BUNDLE"), "REQUESTS_CA_BUNDLE"),
    )
    ca_bundle, named_by = next(((path, name) for path, name in candidates if path), (None, ""))
    proxy_settings = {key: text for key in (*_PROXY_FILES, _FORWARDING) if (text := profile.text(key))}
    return Network(ca_bundle, named_by, proxy_settings)


def from_environment() -> Network:
    """What the environment of this process names."""
    return for_profile(Merged(""), os.environ)


def proxy_variable(environment: Mapping[str, str], scheme: str) -> str | None:
    """The variable with the proxy for a URL scheme, as in `urllib.request.getproxies`; None if none is set."""
    return next((name for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY") if environment.get(name)), None)


def is_proxy_url(value: str) -> bool:
    """Whether a proxy can be at this URL; without a scheme, botocore takes `http`."""
    found = _PROXY.fullmatch(value)
    return found is not None and int(found[5] or 80) < 65536


def without_password(url: str) -> str:
    """A URL as it may be shown: that of a proxy needs no scheme, and a password may have any character."""
    login, found, host = url.rpartition("@")
    scheme, separator, _ = login.partition("://")
    return f"{f'{scheme}://' if separator else ''}***@{host}" if found else url
