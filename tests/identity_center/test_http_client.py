"""Requests that are none of an AWS API."""

from pathlib import Path

import pytest

from ssohelper.errors import Unavailable
from ssohelper.identity_center import http_client
from ssohelper.identity_center.network import Network
from ssohelper.simulator.server import Simulator
from tests.fixtures.vanity_domain import vanity_domain


def test_location(tmp_path: Path) -> None:
    """A redirect is not followed; a certificate has to be trusted, by the file that the network names."""
    with vanity_domain(tmp_path) as domain:
        domain.responses = {"HEAD": (302, "/elsewhere"), "GET": (200, None)}
        network = Network(str(domain.certificate))
        found = [http_client.redirect_location(each, f"{domain.url}/a", network, "acme") for each in ("HEAD", "GET")]
        assert (found, domain.requests) == ([(302, "/elsewhere"), (200, "")], ["HEAD /a", "GET /a"])
        with pytest.raises(Unavailable, match=r"^can't connect to acme: its certificate is not trusted"):
            http_client.redirect_location("HEAD", domain.url, Network(), "acme")


def test_post_form(simulator: Simulator) -> None:
    """The form is sent in the body, and the response returned whatever its status."""
    status, body = http_client.post_form(f"{simulator.url}/federation", "Action=none", Network(), "AWS sign-in")
    assert (status, body) == (400, b"Invalid action parameter")
