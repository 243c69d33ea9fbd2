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


def own_folders() -> list[str]:
    """The folders of AWS_DATA_PATH, in which a user may have data for botocore (`botocore.loaders.create_loader`)."""
    named = filter(None, os.environ.get("AWS_DATA_PATH", "").split(os.pathsep))
    return [os.path.expanduser(os.path.expandvars(each)) for each in named]  # noqa: PTH111 (as in botocore)


@functools.cache
def _partitions() -> list[dict[str, Any]]:
    """The partitions, from the first folder in botocore's order that has the file (`botocore.loaders.Loader`)."""
    spec = importlib.util.find_spec("botocore")
    builtin = [str(Path(spec.origin).parent / "data")] if spec and spec.origin else []
    for folder in (*own_folders(), os.path.expanduser("~/.aws/models"), *builtin):  # noqa: PTH111 (as in botocore)
        try:
            data = json.loads(Path(folder, _FILE).read_bytes())
        except OSError:
            continue
        return list(data["partitions"])
    import botocore.loaders  # it can read itself from a zip file

    return list(botocore.loaders.Loader().load_data("partitions")["partitions"])
