"""Changes of files are told as they come, and nothing else is."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.refresher import watch


def told(change: Callable[[], object], *folders: Path) -> bool:
    """Whether a change is told within a second."""

    async def live() -> bool:
        async with watch.over(folders) as changes:
            change()
            return await changes.wait(1.0)

    return asyncio.run(live())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("old")
    return folder


def test_what_is_told(folder: Path) -> None:
    """A file that is written in place, replaced, made, removed; the folder that goes."""
    other = folder.parent / "other"
    other.write_text("new")
    assert told(lambda: (folder / "file").write_text("new"), folder)
    assert told(lambda: other.replace(folder / "file"), folder)
    assert told((folder / "another").touch, folder)
    assert told((folder / "another").unlink, folder)
    assert told(lambda: folder.rename(folder.parent / "moved"), folder)


def test_a_folder_that_appears(tmp_path: Path) -> None:
    """Of one that is not there yet its appearance is told, and nothing of what happens beside it."""
    wanted = tmp_path / "a" / "b"
    assert not told(lambda: (tmp_path / "beside").write_text("x"), wanted)
    assert told(lambda: wanted.mkdir(parents=True), wanted)
    assert told((wanted / "file").touch, wanted)


def test_what_is_not_told(folder: Path) -> None:
    """Reading, and what happens below."""
    (folder / "below").mkdir()
    assert not told((folder / "file").read_text, folder)
    assert not told(lambda: (folder / "below" / "file").write_text("x"), folder)
    assert not told(lambda: None, folder)
