"""The pictures of the docs show what the program shows."""

import pytest

from tests import animation, pictures

pytestmark = pytest.mark.full


def test_pictures() -> None:
    """Each says what its terminal says now, numbers aside, which are times and ports."""
    shown = {name: pictures.words(pictures.drawn(name, lines)) for name, lines in pictures.shots().items()}
    kept = {
        path.stem: pictures.words(path.read_text())
        for path in pictures.FOLDER.glob("*.svg")
        if path != animation.PATH
    }
    assert shown == kept
    assert all(len(words) > 10 for words in kept.values())


def test_animation() -> None:
    """It shows what a terminal shows now, key by key, numbers and URLs aside."""
    kept = animation.words(animation.PATH.read_text())
    assert animation.words(animation.drawn(animation.frames())) == kept
    assert len(kept) > 100
