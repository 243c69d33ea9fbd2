"""The pictures of the docs show what the program shows."""

from pathlib import Path

import pytest

from tests import animation, pictures
from tests.fixtures import terminal_picture
from tests.fixtures.terminal_picture import words

PATHS = sorted(pictures.FOLDER.glob("*.svg"))


@pytest.mark.full
def test_pictures() -> None:
    """Each says what its terminal says now, numbers aside, which are times and ports."""
    shown = {name: words(terminal_picture.still(lines, 100)) for name, lines in pictures.shots().items()}
    kept = {path.stem: words(path.read_text()) for path in PATHS if path != animation.PATH}
    assert shown == kept
    assert all(len(lines) > 3 for lines in kept.values())


@pytest.mark.full
def test_animation() -> None:
    """It shows what a terminal shows now, key by key, numbers and URLs aside."""
    kept = words(animation.PATH.read_text())
    assert words(animation.drawn(animation.frames())) == kept
    assert len(kept) > 100


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_readable(path: Path) -> None:
    """No text has the color of what is behind it."""
    assert terminal_picture.unreadable(path.read_text()) == []
    assert terminal_picture.unreadable(path.read_text().replace("#d9d9d9", terminal_picture.BACKGROUND)) != []
