"""Checks of regions, and the regions of IAM Identity Center."""

from collections.abc import Mapping

from ssohelper.errors import BadInput, did_you_mean, did_you_mean_any, did_you_mean_one_of, similar
from ssohelper.identity_center import regions
from ssohelper.settings.model import Settings

_OPTION_HINT = "check --region"
# Fewer do not say which region is meant.
_FEWEST_LETTERS = 3


def identity_center_regions() -> list[str]:
    """The regions of every partition in which IAM Identity Center is available."""
    from ssohelper.identity_center import botocore_session  # slow to load

    session = botocore_session.isolated()
    return sorted(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("sso", partition)
    )


def check_identity_center_region(region: str, *, hint: str = _OPTION_HINT) -> None:
    """Raise `BadInput` if IAM Identity Center is not available in a region."""
    known = identity_center_regions()
    if region not in known:
        located = {name: _city(where) for name, where in regions.offered().items() if name in known}
        near = did_you_mean_any(_located(region, located)) or did_you_mean_one_of(region, located)
        raise BadInput(f"IAM Identity Center is not available in region {region!r}{near}", hint=hint)


def _located(typed: str, cities: Mapping[str, str]) -> dict[str, str]:
    """The regions that begin like what was typed (eu-central), or whose city is similar to it (Frankfrut)."""
    if len(typed) < _FEWEST_LETTERS:
        return {}
    near = set() if "-" in typed else set(similar(typed, set(cities.values())))
    return {name: city for name, city in cities.items() if name.startswith(typed) or city in near}


def _city(description: str) -> str:
    """`Frankfurt` of `Europe (Frankfurt)`."""
    return description.partition("(")[2].rstrip(")") or description


def check_profile_region(region: str, *, hint: str = _OPTION_HINT) -> None:
    """Raise `BadInput` if a region, such as that of a profile, does not exist."""
    if region not in regions.names():
        raise _invalid(region, hint)


def check_settings_regions(settings: Settings) -> None:
    """Raise `BadInput` if a region in config.toml does not exist."""
    for region in settings.regions():
        check_profile_region(region, hint="check region in config.toml")


def partition_of(region: str, *, hint: str = _OPTION_HINT) -> str:
    """The partition (`aws`, `aws-cn`) of a region, which may be newer than botocore. Raises `BadInput`."""
    found = regions.partition(region)
    if found is None:
        raise _invalid(region, hint)
    return found


def _invalid(region: str, hint: str) -> BadInput:
    return BadInput(f"not a valid AWS region: {region!r}{did_you_mean(region, regions.names())}", hint=hint)
