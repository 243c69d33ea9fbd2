"""Where calls go: hosts of every partition, redirected by two variables alone, through proxies and private CAs."""

import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ssohelper.identity_center import clients
from ssohelper.model import Session
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.home import Home, sign_in

CLASSIC = "https://acme.awsapps.com/start"


@pytest.mark.parametrize(
    ("region", "start_url", "portal", "oidc"),
    [
        ("eu-central-1", CLASSIC, "portal.sso.eu-central-1.amazonaws.com", "oidc.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", CLASSIC, "portal.sso.us-gov-west-1.amazonaws.com", "oidc.us-gov-west-1.amazonaws.com"),
        (
            "cn-north-1",
            "https://acme.awsapps.cn/start",
            "portal.sso.cn-north-1.amazonaws.com.cn",
            "oidc.cn-north-1.amazonaws.com.cn",
        ),
        (
            "eusc-de-east-1",
            "https://acme.awsapps.eu/start",
            "portal.sso.eusc-de-east-1.amazonaws.eu",
            "oidc.eusc-de-east-1.amazonaws.eu",
        ),
        (
            "eu-west-1",
            "https://acme.portal.eu-west-1.app.aws",
            "portal.sso.eu-west-1.api.aws",
            "oidc.eu-west-1.api.aws",
        ),
    ],
)
def test_hosts(monkeypatch: pytest.MonkeyPatch, region: str, start_url: str, portal: str, oidc: str) -> None:
    """Hosts follow from the region and, for dual-stack, the start URL; settings for other services do not count."""
    for name in ("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example.com")
    session = Session("acme", start_url, region)
    found = [clients.client(service, session).meta.endpoint_url for service in ("sso", "sso-oidc")]
    assert found == [f"https://{portal}", f"https://{oidc}"]


def test_settings_of_profiles_do_not_leak_in(signed_in: Home) -> None:
    """A profile's endpoint, FIPS and services settings reach every other service, but not these calls."""
    with signed_in.config.open("a") as config:
        config.write(
            "\n[default]\nendpoint_url = http://127.0.0.1:9\nuse_fips_endpoint = true\nservices = mine\n"
            "\n[services mine]\nsso =\n  endpoint_url = http://127.0.0.1:9\n"
            "sso_oidc =\n  endpoint_url = http://127.0.0.1:9\n"
        )
    assert signed_in.ssohelper("accounts", AWS_PROFILE="default").returncode == 0
    assert signed_in.ssohelper("login", "--force").returncode == 0


@contextmanager
def tls(center: Simulator, folder: Path) -> Iterator[tuple[str, Path]]:
    """The Identity Center behind TLS, with a certificate that only the CA file in hand vouches for."""
    key, certificate = folder / "key.pem", folder / "ca.pem"
    names = "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 {names}"
    subprocess.run(
        [need("openssl"), *words.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with _relay(center, lambda path: path) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield f"https://127.0.0.1:{server.server_port}", certificate


@contextmanager
def _relay(center: Simulator, target: Callable[[str], str]) -> Iterator[ThreadingHTTPServer]:
    """A server that hands requests on to the Identity Center; `target` makes its path of the request's."""
    from http.client import HTTPConnection

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Hand the request on, and the answer back."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            onward = HTTPConnection("127.0.0.1", center.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            onward.request(self.command, target(self.path), body, headers)
            answer = onward.getresponse()
            data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            onward.close()

        do_POST = do_GET  # noqa: N815 (the base class's name for it)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that does not trust the certificate hangs up."""

    with Server(("127.0.0.1", 0), Relay) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_private_ca(signed_in: Home, identity_center: Simulator, tmp_path: Path) -> None:
    """A certificate of a private CA is taken with AWS_CA_BUNDLE, and refused without, with a hint."""
    with tls(identity_center, tmp_path) as (url, certificate):
        there = {"AWS_ENDPOINT_URL_SSO": url, "AWS_ENDPOINT_URL_SSO_OIDC": url}
        assert signed_in.ssohelper("accounts", **there, AWS_CA_BUNDLE=str(certificate)).returncode == 0
        assert signed_in.ssohelper("login", "--force", **there, AWS_CA_BUNDLE=str(certificate)).returncode == 0
        done = signed_in.ssohelper("accounts", **there)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: can't connect to Identity Center: SSLError\nhint: check HTTPS_PROXY and AWS_CA_BUNDLE\n",
        5,
    )


def test_proxy(signed_in: Home, identity_center: Simulator) -> None:
    """Calls go through the proxy that the environment names; one that is not there is told with a hint."""
    host = "http://identity-center.invalid"  # a name that only the proxy can do something with
    there = {"AWS_ENDPOINT_URL_SSO": host, "AWS_ENDPOINT_URL_SSO_OIDC": host, "NO_PROXY": "", "no_proxy": ""}
    with _relay(identity_center, lambda path: path.removeprefix(host)) as server:
        proxy = f"http://127.0.0.1:{server.server_port}"
        done = signed_in.ssohelper("accounts", "--json", **there, HTTP_PROXY=proxy, http_proxy=proxy)
        assert (done.stderr, done.returncode) == ("", 0)
        assert len(json.loads(done.stdout)) == 8
    done = signed_in.ssohelper("accounts", **there, HTTP_PROXY=proxy, http_proxy=proxy)
    hint = "hint: check HTTPS_PROXY and AWS_CA_BUNDLE"
    told = f"ssohelper: can't connect to Identity Center: ProxyConnectionError\n{hint}\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", told, 5)


@pytest.fixture
def signed_in(home: Home, identity_center: Simulator) -> Home:
    """Signed in, with proxies of the machine out of the way."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        home.environment.pop(name, None)
    sign_in(home, identity_center)
    return home
