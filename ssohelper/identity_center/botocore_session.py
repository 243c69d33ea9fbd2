"""The botocore session of this process, which reads no settings of the user."""

import functools
import os
import threading
from typing import Any

import botocore.session

from ssohelper.identity_center import request_log

# botocore's clients are thread-safe, the session that makes them is not:
# https://docs.aws.amazon.com/boto3/latest/guide/clients.html
_one_at_a_time = threading.Lock()


@functools.cache
def isolated() -> botocore.session.Session:
    """A session without a profile, a config file and a credentials file.

    There is one in a process: reading botocore's data takes longer than most calls to Identity Center.
    """
    no_file = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": no_file,
            "credentials_file": no_file,
        }
    )


def create_client(service: str, **options: Any) -> Any:
    """A client for a service; `options` are those of `botocore.session.Session.create_client`."""
    with _one_at_a_time:
        client = isolated().create_client(service, **options)
    request_log.watch(client)
    return client
