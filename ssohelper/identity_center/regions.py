"""Region names for completion, from botocore's data without loading botocore, which is slow."""

import importlib.util
import json
from pathlib import Path


def offered() -> dict[str, str]:
    """Every region's description by its name ("eu-central-1" -> "Europe (Frankfurt)"); empty without botocore's data.

    Pseudo-regions such as aws-global are left out.
    """
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        return {}
    try:
        data = json.loads((Path(found.origin).parent / "data" / "partitions.json").read_bytes())
    except OSError:  # botocore is installed as a zip file
        return {}
    regions = {name: details for partition in data["partitions"] for name, details in partition["regions"].items()}
    return {name: regions[name].get("description", "") for name in sorted(regions) if not name.endswith("-global")}
