"""Where requests go: hosts of every partition, endpoint variables, proxies and private CAs."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from botocore.exceptions import EndpointConnectionError

from ssohelper.errors import BadInput, Unavailable
from ssohelper.identity_center import clients, region_checks, regions
from ssohelper.identity_center.errors import translate_errors
from ssohelper.identity_center.portal import Portal
from ssohelper.model import Session, Token
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, sign_in
from tests.fixtures.tls import server_side

CLASSIC = "https://acme.awsapps.com/start"


@pytest.mark.first_is_quick
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
    """Hosts depend on the region and, for dual-stack, the start URL; settings for other services have no effect."""
    for name in ("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example.com")
    session = Session("acme", start_url, region)
    found = [clients.client(service, session).meta.endpoint_url for service in ("sso", "sso-oidc")]
    assert found == [f"https://{portal}", f"https://{oidc}"]


@pytest.mark.first_is_quick
@pytest.mark.parametrize("service", ["sso", "sso-oidc"])
def test_unknown_region(monkeypatch: pytest.MonkeyPatch, service: clients.Service) -> None:
    """A region without IAM Identity Center is refused, unless an endpoint is set: nothing else needs the region."""
    variable = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    session = Session("acme", CLASSIC, "us-east-7")
    with pytest.raises(BadInput) as caught:
        clients.client(service, session)
    assert (str(caught.value), caught.value.hint) == (
        (
            "IAM Identity Center is not available in region 'us-east-7'"
            "; did you mean us-east-2 (Ohio), us-east-1 (N. Virginia) or us-west-2 (Oregon)?"
        ),
        "check sso_region in [sso-session acme]",
    )
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert clients.client(service, session).meta.endpoint_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("value", "ignore", "expected"),
    [
        (None, None, None),
        ("", None, None),
        ("http://127.0.0.1:9", None, "http://127.0.0.1:9"),
        ("https://proxy.example/sso", "false", "https://proxy.example/sso"),
        ("https://proxy.example/sso", "True", None),
        ("not a URL", "true", None),
    ],
)
def test_endpoint_override(
    monkeypatch: pytest.MonkeyPatch, value: str | None, ignore: str | None, expected: str | None
) -> None:
    """An endpoint variable is used unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true."""
    for name, each in (("AWS_ENDPOINT_URL_X", value), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore)):
        if each is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, each)
    assert clients.endpoint_override("AWS_ENDPOINT_URL_X") == expected


@pytest.mark.parametrize("value", ["x", "127.0.0.1:9", "ftp://example.com", "http://", "http://a b", "http://a/ b"])
def test_invalid_endpoint_override(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """An endpoint variable that is not an HTTP URL is refused."""
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_X", value)
    with pytest.raises(BadInput) as caught:
        clients.endpoint_override("AWS_ENDPOINT_URL_X")
    assert (str(caught.value), caught.value.hint) == (
        f"AWS_ENDPOINT_URL_X is not a valid URL: {value!r}",
        "unset AWS_ENDPOINT_URL_X",
    )


@pytest.mark.parametrize("value", ["http://exa_mple!.x", "http://[::1", "http://x:port"])
def test_endpoint_that_botocore_refuses(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """It is the endpoint that is wrong, not the network."""
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", value)
    with pytest.raises(BadInput) as caught:
        clients.client("sso", Session("acme", "https://acme.awsapps.com/start", "us-east-1"))
    assert (str(caught.value), caught.value.hint) == (
        f"AWS_ENDPOINT_URL_SSO is not a valid URL: {value!r}",
        "unset AWS_ENDPOINT_URL_SSO",
    )


def test_settings_of_profiles(signed_in: Home) -> None:
    """A profile's endpoint, FIPS and services settings apply to every other service, but not to these requests."""
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
    """The URL of the Identity Center behind TLS, and its self-signed certificate."""
    context, certificate = server_side(folder)
    with _relay(center, lambda path: path) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield f"https://127.0.0.1:{server.server_port}", certificate


@contextmanager
def _relay(center: Simulator, target: Callable[[str], str]) -> Iterator[ThreadingHTTPServer]:
    """A server that forwards requests to the Identity Center; `target` maps the path of a request to the new one."""
    from http.client import HTTPConnection

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Forward the request, and return the response."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            forward = HTTPConnection("127.0.0.1", center.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            forward.request(self.command, target(self.path), body, headers)
            response = forward.getresponse()
            data = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            forward.close()

        do_POST = do_GET  # noqa: N815 (the base class's name for it)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Print nothing: clients that do not trust the certificate close the connection."""

    with Server(("127.0.0.1", 0), Relay) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


NOT_TRUSTED = "can't connect to Identity Center: its certificate is not trusted (self-signed certificate)"
CA_HINT = "set AWS_CA_BUNDLE, or ca_bundle in the profile, to the file with your company's CA certificates"


@pytest.mark.full
def test_private_ca(signed_in: Home, identity_center: Simulator, tmp_path: Path) -> None:
    """A certificate of a private CA is accepted with AWS_CA_BUNDLE, and refused without it, with a hint."""
    with tls(identity_center, tmp_path) as (url, certificate):
        endpoints = {"AWS_ENDPOINT_URL_SSO": url, "AWS_ENDPOINT_URL_SSO_OIDC": url}
        assert signed_in.ssohelper("accounts", **endpoints, AWS_CA_BUNDLE=str(certificate)).returncode == 0
        assert signed_in.ssohelper("login", "--force", **endpoints, AWS_CA_BUNDLE=str(certificate)).returncode == 0
        done = signed_in.ssohelper("accounts", **endpoints)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"ssohelper: {NOT_TRUSTED}\nhint: {CA_HINT}\n",
        5,
    )


@pytest.mark.full
def test_private_ca_of_a_profile(signed_in: Home, identity_center: Simulator, tmp_path: Path) -> None:
    """A profile's ca_bundle counts for commands about that profile, the one of [default] for all others."""
    with tls(identity_center, tmp_path) as (url, certificate):
        endpoints = {"AWS_ENDPOINT_URL_SSO": url, "AWS_ENDPOINT_URL_SSO_OIDC": url}
        role = "sso_session = acme\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
        before = signed_in.config.read_text()
        signed_in.config.write_text(f"{before}[profile x]\n{role}ca_bundle = {certificate}\n[profile y]\n{role}")
        assert signed_in.ssohelper("env", "--profile", "x", **endpoints).returncode == 0
        signed_in.run("rm", "-r", str(signed_in.path / ".aws" / "cli"))
        assert "not trusted" in signed_in.ssohelper("env", "--profile", "y", **endpoints).stderr
        assert signed_in.ssohelper("roles", "--fresh", AWS_PROFILE="x", **endpoints).returncode == 0
        assert "not trusted" in signed_in.ssohelper("roles", "--fresh", **endpoints).stderr
        signed_in.config.write_text(f"{before}[default]\nca_bundle = {certificate}\n")
        assert signed_in.ssohelper("roles", "--fresh", **endpoints).returncode == 0
        done = signed_in.ssohelper("roles", "--fresh", AWS_CA_BUNDLE="/none", **endpoints)
    assert done.stderr == ("ssohelper: AWS_CA_BUNDLE: file not found: /none\nhint: remove or correct AWS_CA_BUNDLE\n")


@pytest.mark.full
@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_empty_ca_bundle(signed_in: Home, identity_center: Simulator, tmp_path: Path, variable: str) -> None:
    """An empty variable does not turn off the verification of certificates."""
    with tls(identity_center, tmp_path) as (url, _):
        done = signed_in.ssohelper("roles", "--fresh", AWS_ENDPOINT_URL_SSO=url, **{variable: ""})
    assert (done.returncode, "not trusted" in done.stderr) == (5, True)


@pytest.mark.full
def test_proxy(signed_in: Home, identity_center: Simulator) -> None:
    """Requests go through the proxy of the environment; if it cannot be reached, the hint names the variables."""
    host = "http://identity-center.invalid"  # only the proxy can resolve it
    endpoints = {"AWS_ENDPOINT_URL_SSO": host, "AWS_ENDPOINT_URL_SSO_OIDC": host, "NO_PROXY": "", "no_proxy": ""}
    with _relay(identity_center, lambda path: path.removeprefix(host)) as server:
        proxy = f"http://127.0.0.1:{server.server_port}"
        done = signed_in.ssohelper("accounts", "--json", **endpoints, HTTP_PROXY=proxy, http_proxy=proxy)
        assert (done.stderr, done.returncode) == ("", 0)
        assert len(json.loads(done.stdout)) == 8
    done = signed_in.ssohelper("accounts", **endpoints, HTTP_PROXY=proxy, http_proxy=proxy)
    hint = "hint: check http_proxy"
    expected = f"ssohelper: can't connect to Identity Center: the proxy is unreachable\n{hint}\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", expected, 5)


@pytest.fixture
def signed_in(home: Home, identity_center: Simulator) -> Home:
    """A home folder that is signed in, without the proxies of this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        home.environment.pop(name, None)
    sign_in(home, identity_center)
    return home


def test_answer_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that sends a byte now and then is not waited for: the time limit is for the whole response."""

    class Trickle(BaseHTTPRequestHandler):
        """Never ends its response."""

        def do_GET(self) -> None:
            """Send a byte at a time."""
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            while not stopped.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            """Log nothing."""

    stopped = Event()
    monkeypatch.setattr(clients, "RESPONSE_SECONDS", 0.5)
    with ThreadingHTTPServer(("127.0.0.1", 0), Trickle) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", f"http://127.0.0.1:{server.server_port}")
        portal = Portal(Session("s", CLASSIC, "us-east-1"), Token(CLASSIC, "us-east-1", "t", 0.0), seconds=0.0)
        with pytest.raises(Unavailable, match="the request to Identity Center timed out"):
            portal.accounts()
        stopped.set()
        server.shutdown()
        thread.join()


WITHOUT = sorted(set(regions.names()) - set(region_checks.identity_center_regions()))


@pytest.mark.parametrize("service", ["sso", "sso-oidc"])
def test_region_without_identity_center(monkeypatch: pytest.MonkeyPatch, service: clients.Service) -> None:
    """A host that cannot be reached is explained by its region, if IAM Identity Center is not available there."""
    for name in ("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"):
        monkeypatch.delenv(name, raising=False)

    def unreachable(region: str) -> Exception:
        try:
            with translate_errors(), clients.explain_unreachable_host(service, Session("acme", CLASSIC, region)):
                raise EndpointConnectionError(endpoint_url="https://portal.example.com/x")
        except (BadInput, Unavailable) as error:
            return error

    without, available = unreachable(WITHOUT[0]), unreachable("eu-central-1")
    assert str(without).startswith(f"IAM Identity Center is not available in region '{WITHOUT[0]}'")
    assert str(available) == "can't reach Identity Center at portal.example.com: connection failed"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:1")
    assert isinstance(unreachable(WITHOUT[0]), Unavailable)
