"""A renewal that cannot even begin is one that failed: nobody dies of it."""

import asyncio
import resource

from ssohelper.refresher import worker
from ssohelper.refresher.worker import Renewed


def test_no_more_files() -> None:
    """Where no process can be started, the session stands as one that could not be renewed."""

    async def live() -> Renewed:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            return await worker.renew("acme", "111122223333", "ReadOnly")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert asyncio.run(live()) == Renewed("acme", problem="a renewal came to nothing")
