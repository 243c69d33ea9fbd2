"""The pictures of the docs show what the program shows."""

import pytest

from tests import pictures

pytestmark = pytest.mark.full


def test_pictures() -> None:
    """Each says what its terminal says now, numbers aside, which are times and ports."""
    shown = {name: pictures.words(pictures.drawn(name, lines)) for name, lines in pictures.shots().items()}
    kept = {path.stem: pictures.words(path.read_text()) for path in pictures.FOLDER.glob("*.svg")}
    assert shown == kept
    assert all(len(words) > 10 for words in kept.values())
