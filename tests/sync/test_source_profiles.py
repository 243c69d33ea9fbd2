"""Profiles whose source_profile a sync removes or renames."""

from ssohelper.aws_config.config_text import parse
from ssohelper.sync import source_profiles
from ssohelper.sync.source_profiles import BrokenSource

TEXT = parse(
    b"[profile a]\nsource_profile = x\n[profile b]\nsource_profile = y\n[profile c]\nsource_profile = z\n"
    b"[profile d]\nsource_profile = x\n[other]\nsource_profile = x\n"
)


def test_broken() -> None:
    """A profile is named with its line if its source is lost, unless it is changed or the source is elsewhere."""
    found = source_profiles.broken(TEXT, {"x": None, "y": "new", "z": None}, {"d"}, {"z"})
    assert list(found) == [BrokenSource("a", 2, "x", None), BrokenSource("b", 4, "y", "new")]
