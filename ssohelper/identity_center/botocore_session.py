"""The botocore sessions of this process, which read no settings of the user."""

import functools
import os
import threading
from typing import Any

import botocore.loaders
import botocore.session

from ssohelper.identity_center import regions, request_log

# botocore's clients are thread-safe, the session that makes them is not:
# https://docs.aws.amazon.com/boto3/latest/guide/clients.html
_one_at_a_time = threading.Lock()


@functools.cache
def isolated() -> botocore.session.Session:
    """A session without a profile, a config file and a credentials file.

    There is one in a process: reading botocore's data takes longer than most calls to Identity Center.
    """
    return _new()


def _new() -> botocore.session.Session:
    no_file = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": no_file,
            "credentials_file": no_file,
        }
    )


@functools.cache
def _for_clients() -> botocore.session.Session:
    """The same for the clients of Identity Center, with a loader that reads less."""
    session = _new()
    session.register_component("data_loader", _Loader(extra_search_paths=regions.own_folders()))
    return session


class _Loader(botocore.loaders.Loader):
    """botocore's loader, which looks into 400 folders for services, and parses a megabyte of their endpoints.

    The hosts of Identity Center follow from the rules in its own model, and from the partitions.
    """

    def list_available_services(self, _type_name: str) -> list[str]:
        """The services that clients are created for."""
        return ["sso", "sso-oidc"]

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """The data of that name, and where it was found."""
        if name != "endpoints":
            return super().load_data_with_path(name)
        partitions, path = super().load_data_with_path("partitions")
        return {"version": 3, "partitions": [_endpoints(each) for each in partitions["partitions"]]}, path


_HOST = "{service}.{region}.{dnsSuffix}"


def _endpoints(partition: dict[str, Any]) -> dict[str, Any]:
    """A partition of `partitions.json` as one of `endpoints.json` in which no service has endpoints of its own."""
    return {
        "partition": partition["id"],
        "partitionName": partition["id"],
        "dnsSuffix": partition["outputs"]["dnsSuffix"],
        "regionRegex": partition["regionRegex"],
        "regions": partition["regions"],
        "defaults": {
            "hostname": _HOST,
            "protocols": ["https"],
            "signatureVersions": ["v4"],
            "variants": [
                {"tags": ["dualstack"], "hostname": _HOST, "dnsSuffix": partition["outputs"]["dualStackDnsSuffix"]}
            ],
        },
        "services": {},
    }


def create_client(service: str, **options: Any) -> Any:
    """A client of Identity Center; `options` are those of `botocore.session.Session.create_client`."""
    with _one_at_a_time:
        client = _for_clients().create_client(service, **options)
    request_log.watch(client)
    return client
