"""Regions and partitions, from botocore's data without loading botocore, which is slow."""

import functools
import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

_FILE = "partitions.json"
_NAME = re.compile("[a-z0-9-]+")


def names() -> list[str]:
    """Every region of every partition, with pseudo-regions such as aws-global."""
    return sorted(name for partition in _partitions() for name in partition["regions"])


def offered() -> dict[str, str]:
    """Every region's description by its name ("eu-central-1" -> "Europe (Frankfurt)").

    Pseudo-regions such as aws-global are left out.
    """
    found = {name: details for partition in _partitions() for name, details in partition["regions"].items()}
    return {name: found[name].get("description", "") for name in sorted(found) if not name.endswith("-global")}


def partition(region: str) -> str | None:
    """The partition (`aws`, `aws-cn`) of a region, which may be newer than botocore; None for any other text."""
    if not _NAME.fullmatch(region):  # it becomes part of a host name, and AWS's own patterns allow more
        return None
    return next((str(each["id"]) for each in _partitions() if re.match(each["regionRegex"], region)), None)


@functools.cache
def _partitions() -> list[dict[str, Any]]:
    """The partitions, from the first folder in botocore's order that has the file (`botocore.loaders.Loader`)."""
    own = importlib.util.find_spec("botocore")
    folders = [
        *filter(None, os.environ.get("AWS_DATA_PATH", "").split(os.pathsep)),
        "~/.aws/models",
        *([str(Path(own.origin).parent / "data")] if own and own.origin else []),
    ]
    for folder in folders:
        try:
            data = json.loads(Path(os.path.expandvars(folder)).expanduser().joinpath(_FILE).read_bytes())
        except (OSError, RuntimeError):  # there is no such file, or no home folder
            continue
        return list(data["partitions"])
    from ssohelper.identity_center import botocore_session  # it can read itself from a zip file

    return list(botocore_session.isolated().get_component("data_loader").load_data("partitions")["partitions"])
