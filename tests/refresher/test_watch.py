"""Changes of files are reported as they happen, and nothing else is."""

import asyncio
import os
import select
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.refresher import watch
from tests.fixtures import kqueue


def reported(change: Callable[[], object], *folders: Path) -> bool:
    """Whether a change is reported within a second."""

    async def run() -> bool:
        async with watch.changes_in(folders) as changes:
            change()
            return await changes.wait(1.0)

    return asyncio.run(run())


@pytest.fixture(params=["this system", "kqueue"])
def folder(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file; on this system, or on one with kqueue."""
    if request.param == "kqueue":
        kqueue.install(monkeypatch)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("old")
    return folder


def test_changes(folder: Path) -> None:
    """Reported: a file is written in place, replaced, created or deleted, or the folder is moved."""
    other = folder.parent / "other"
    other.write_text("new")
    assert reported(lambda: (folder / "file").write_text("new"), folder)
    assert reported(lambda: other.replace(folder / "file"), folder)
    assert reported((folder / "another").touch, folder)
    assert reported((folder / "another").unlink, folder)
    assert reported(lambda: folder.rename(folder.parent / "moved"), folder)


def test_missing_folder(folder: Path) -> None:
    """If a folder does not exist, its creation is reported, and no other change beside it."""
    missing = folder / "a" / "b"
    assert not reported(lambda: (folder / "beside").write_text("x"), missing)
    assert reported(lambda: missing.mkdir(parents=True), missing)
    assert reported((missing / "file").touch, missing)


@pytest.mark.full
def test_not_reported(folder: Path) -> None:
    """Not reported: a file is read, or something changes in a subfolder."""
    (folder / "below").mkdir()
    assert not reported((folder / "file").read_text, folder)
    assert not reported(lambda: (folder / "below" / "file").write_text("x"), folder)
    assert not reported(lambda: None, folder)


def test_one_wait_for_each_change(folder: Path) -> None:
    """A change between two waits is reported by the second one, once."""

    async def run() -> list[bool]:
        async with watch.changes_in([folder]) as changes:
            (folder / "file").write_text("new")
            first = await changes.wait(1.0)
            (folder / "file").write_text("newer")
            await asyncio.sleep(0.1)
            return [first, await changes.wait(0), await changes.wait(0.1)]

    assert asyncio.run(run()) == [True, True, False]


def test_replaced_and_written(folder: Path) -> None:
    """A file that took the place of another one is watched, too: many programs write it in place."""

    async def run() -> list[bool]:
        async with watch.changes_in([folder]) as changes:
            (folder / "new").write_text("new")
            (folder / "new").replace(folder / "file")
            (folder / "another").write_text("new")
            await asyncio.sleep(0.1)
            found = [await changes.wait(1.0)]
            for name in ("file", "another"):
                (folder / name).write_text("newer")
                found.append(await changes.wait(1.0))
            return found

    assert asyncio.run(run()) == [True, True, True]


def test_other_files(folder: Path) -> None:
    """Dangling links, such as locks of Emacs, and FIFOs hide no change of other files."""
    for number in range(8):
        (folder / f".#{number}").symlink_to("nobody@nowhere")
    os.mkfifo(folder / "fifo")
    before = watch.state([folder])
    assert {Path(path).name for path, _, _ in before} > {"file", "fifo", ".#0", ".#7"}
    assert reported(lambda: (folder / "file").write_text("newer"), folder)
    assert watch.state([folder]) != before


def test_files_that_are_not_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With kqueue only some files are open; a write in place to another one is noticed a little later."""
    monkeypatch.setattr(watch, "_MAX_OPEN_FILES", 0)
    monkeypatch.setattr(watch, "_COMPARE_SECONDS", 0.05)
    assert reported(lambda: (folder / "file").write_text("newer"), folder)


def test_polling(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without inotify and kqueue, changes are found by polling."""
    monkeypatch.setattr("sys.platform", "sunos5")
    monkeypatch.delattr(select, "kqueue", raising=False)
    monkeypatch.setattr(watch, "_POLL_SECONDS", 0.05)

    async def run() -> list[bool]:
        async with watch.changes_in([folder]) as changes:
            await asyncio.sleep(0.2)
            (folder / "file").write_text("newer")
            first = await changes.wait(5)
            (folder / "file").read_text()
            return [first, await changes.wait(0.2)]

    assert asyncio.run(run()) == [True, False]
