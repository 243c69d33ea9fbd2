"""How long botocore takes to read a config file."""

from pathlib import Path

import pytest

from ssohelper.identity_center.config_timing import config_seconds


def test_large_files_take_longer(tmp_path: Path) -> None:
    """The time is that of reading the file: 5,000 profiles take longer than one."""
    small, large = tmp_path / "small", tmp_path / "large"
    for path, number in ((small, 1), (large, 5000)):
        path.write_text("".join(f"[profile p{each}]\nregion = us-east-1\n" for each in range(number)))
    times = [config_seconds(path) for path in (small, large)]
    assert None not in times
    assert times == sorted(times, key=lambda seconds: seconds or 0.0)


@pytest.mark.parametrize("text", [None, "not a config file\n"], ids=["missing", "invalid"])
def test_unreadable_files(tmp_path: Path, text: str | None) -> None:
    """A file that botocore cannot read has no time."""
    if text is not None:
        (tmp_path / "config").write_text(text)
    assert config_seconds(tmp_path / "config") is None
