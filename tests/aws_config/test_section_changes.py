"""What is different between two versions of a config file."""

from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.section_changes import Kind, SectionChange, between

BEFORE = b"# mine\n[profile a]\nregion = x\n\n[profile b]\nregion = y\n[profile c]\nregion = z\n"
AFTER = b"[profile c]\r\nregion = z\r\n\r\n[profile a]\r\n# new\r\nregion = x\r\n[sso-session s]\r\n"


def test_between() -> None:
    """Removed sections first; the order, blank lines and line ends are no difference, a comment is."""
    assert between(parse(BEFORE), parse(AFTER)) == [
        SectionChange(Kind.REMOVED, "profile b"),
        SectionChange(Kind.CHANGED, "profile a"),
        SectionChange(Kind.ADDED, "sso-session s"),
    ]
    assert between(parse(BEFORE), parse(BEFORE)) == []


def test_repeated_header() -> None:
    """Sections with the same header count as one."""
    once, twice = parse(b"[profile a]\nx = 1\ny = 2\n"), parse(b"[profile a]\nx = 1\n[profile a]\ny = 2\n")
    assert [each.header for each in between(once, twice)] == ["profile a"]
