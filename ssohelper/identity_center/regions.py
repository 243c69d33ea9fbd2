"""The names of AWS's regions for TAB: out of botocore's data, without loading botocore, which takes too long."""

import importlib.util
import json
from pathlib import Path


def offered() -> dict[str, str]:
    """Every region and where it is, by name: "eu-central-1" -> "Europe (Frankfurt)"; empty without that file.

    Without those that stand for none, such as aws-global.
    """
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        return {}
    try:
        data = json.loads((Path(found.origin).parent / "data" / "partitions.json").read_bytes())
    except OSError:  # somebody has packed it in another way
        return {}
    regions = {name: facts for partition in data["partitions"] for name, facts in partition["regions"].items()}
    return {name: regions[name].get("description", "") for name in sorted(regions) if not name.endswith("-global")}
