"""How long botocore takes to read a config file."""

import time
from pathlib import Path

import botocore.configloader
import botocore.exceptions


def config_seconds(path: Path) -> float | None:
    """Seconds that botocore takes to read a config file, as every AWS CLI command does; None if it cannot."""
    started = time.perf_counter()
    try:
        botocore.configloader.load_config(str(path))
    except botocore.exceptions.BotoCoreError:
        return None
    return time.perf_counter() - started
