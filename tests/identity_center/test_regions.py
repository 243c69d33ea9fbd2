"""Regions and partitions, by botocore's data."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import botocore.exceptions
import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.identity_center import regions

SESSION = botocore.session.Session()
PARTITIONS = SESSION.get_component("data_loader").load_data("partitions")["partitions"]
NAMES = sorted(name for each in PARTITIONS for name in each["regions"])


@pytest.fixture(autouse=True)
def _uncached() -> Iterator[None]:
    """No test sees data that another one has read."""
    regions._partitions.cache_clear()
    yield
    regions._partitions.cache_clear()


def of_botocore(region: str) -> str | None:
    """The partition that botocore finds."""
    try:
        return str(SESSION.get_partition_for_region(region))
    except botocore.exceptions.UnknownRegionError:
        return None


def test_names() -> None:
    """Every region is listed, with pseudo-regions, among them each with IAM Identity Center."""
    with_sso = {
        name for each in SESSION.get_available_partitions() for name in SESSION.get_available_regions("sso", each)
    }
    assert regions.names() == NAMES
    assert {"aws-global", *with_sso} <= set(NAMES)


def test_offered() -> None:
    """Regions are offered with a description, all that botocore knows except pseudo-regions."""
    found = regions.offered()
    assert found["eu-central-1"] == "Europe (Frankfurt)"
    assert list(found) == [name for name in NAMES if not name.endswith("-global")]


@pytest.mark.parametrize("region", NAMES)
def test_partition(region: str) -> None:
    """A region's partition is that of botocore."""
    assert regions.partition(region) == of_botocore(region)


WORDS = st.sampled_from(["us", "eu", "cn", "gov", "iso", "isob", "eusc", "de", "mars", "east", "1", "9", "x"])


@given(st.lists(WORDS, max_size=5).map("-".join))
def test_new_regions(region: str) -> None:
    """Names that botocore does not list are in the partition that it derives from the name, or in none."""
    assert regions.partition(region) == of_botocore(region)


@pytest.mark.parametrize("text", ["", "us-east-1\n", "us-ëast-1", "us-e_ast-1", "us-East-1", "x.evil/us-east-1"])
def test_no_region(text: str) -> None:
    """A text that no host can be named by is in no partition, whatever AWS's own pattern allows."""
    assert regions.partition(text) is None


def test_does_not_load_botocore() -> None:
    """Reading the data loads nothing of botocore, which is slow."""
    script = (
        "import sys; from ssohelper.identity_center import region_checks;"
        "assert region_checks.partition_of('us-east-1') == 'aws';"
        "print([name for name in sys.modules if name.startswith('botocore')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("spec", [None, ModuleSpec("botocore", None)], ids=["not found", "no file"])
def test_without_file(monkeypatch: pytest.MonkeyPatch, spec: ModuleSpec | None) -> None:
    """Botocore itself is asked where its data is no plain file."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    assert regions.names() == NAMES


@pytest.mark.parametrize("place", ["AWS_DATA_PATH", "HOME"])
def test_own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    """A user's own data overrides botocore's, as it does there."""
    folder = tmp_path / ".aws/models"
    folder.mkdir(parents=True)
    data = {"partitions": [{"id": "own", "regionRegex": "^own-1$", "regions": {"own-1": {}}}]}
    (folder / "partitions.json").write_text(json.dumps(data))
    monkeypatch.setenv(place, str(folder if place == "AWS_DATA_PATH" else tmp_path))
    assert (regions.names(), regions.partition("own-1"), regions.offered()) == (["own-1"], "own", {"own-1": ""})
