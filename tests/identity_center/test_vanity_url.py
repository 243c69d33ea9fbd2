"""Start URLs of a company's own domain: what they redirect to, and what is refused."""

from collections.abc import Callable, Iterator

import pytest

from ssohelper.errors import BadInput, Unavailable
from ssohelper.identity_center import vanity_url
from ssohelper.identity_center.network import Network
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import cached_files, desktop_home, follow_redirects, start_login
from tests.fixtures.home import Home
from tests.fixtures.vanity_domain import VanityDomain, vanity_domain

PORTAL = "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws"


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VanityDomain]:
    """A company's own domain."""
    with vanity_domain(tmp_path_factory.mktemp("domain")) as running:
        yield running


@pytest.mark.parametrize(
    ("location", "url", "region"),
    [
        (PORTAL, PORTAL, "eu-west-1"),
        (f"{PORTAL}/?a=b#/", PORTAL, "eu-west-1"),
        ("https://ssoins-1.us-gov-west-1.portal.amazonaws.com/", None, "us-gov-west-1"),
        ("https://acme.awsapps.com/start", None, None),
        ("https://start.home.awsapps.cn/directory/acme", None, None),
        ("https://identitycenter.us-gov.amazonaws.com/ssoins-1", None, None),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(domain: VanityDomain, status: int, location: str, url: str | None, region: str | None) -> None:
    """One redirect leads to the access portal, whose URL may name the region."""
    domain.responses = {"HEAD": (status, location)}
    domain.requests.clear()
    found = vanity_url.resolve(f"{domain.url}/start", Network(str(domain.certificate)))
    assert (found, domain.requests) == ((url or location.rstrip("/"), region), ["HEAD /start"])


@pytest.mark.parametrize("status", [405, 501])
def test_without_head(domain: VanityDomain, status: int) -> None:
    """A server that does not know HEAD is asked with GET."""
    domain.responses = {"HEAD": (status, None), "GET": (302, PORTAL)}
    assert vanity_url.resolve(domain.url, Network(str(domain.certificate))).url == PORTAL


@pytest.mark.parametrize(
    ("status", "location", "reason"),
    [
        (200, None, "does not redirect to an access portal (HTTP 200)"),
        (404, None, "does not redirect to an access portal (HTTP 404)"),
        (302, None, "does not redirect to an access portal (HTTP 302)"),
        *(
            (302, each, f"redirects to {each!r}, which is not an access portal of AWS")
            for each in (
                "/login",
                "https://evil.example/start",
                "https://acme.awsapps.com.evil.example/start",
                "https://evil.example/acme.awsapps.com",
                "https://acme.awsapps.com@evil.example/start",
                "http://acme.awsapps.com/start",
                "http://127.0.0.1:8080/start",
                "https://acme.awsapps.com",
                "javascript:alert(1)",
            )
        ),
    ],
)
def test_no_portal(domain: VanityDomain, status: int, location: str | None, reason: str) -> None:
    """What does not lead to an access portal of AWS in one step is refused."""
    domain.responses = {"HEAD": (status, location)}
    with pytest.raises(BadInput) as error:
        vanity_url.resolve(domain.url, Network(str(domain.certificate)))
    assert str(error.value) == f"{domain.url} {reason}"


def test_unavailable(domain: VanityDomain) -> None:
    """A server that fails, or is not trusted, may work later."""
    domain.responses = {"HEAD": (503, None)}
    with pytest.raises(Unavailable, match=f"^{domain.url} returned HTTP 503$"):
        vanity_url.resolve(domain.url, Network(str(domain.certificate)))
    with pytest.raises(Unavailable, match=r"^can't connect to the start URL: its certificate is not trusted"):
        vanity_url.resolve(domain.url, Network())


@pytest.fixture
def center() -> Iterator[Simulator]:
    """The Identity Center of that portal: it knows no other start URL."""
    world = organisation()
    world.start_url = PORTAL
    with Simulator(world, rate=None, auto_approve=True) as running:
        yield running


@pytest.fixture
def company_home(make_home: Callable[..., Home], domain: VanityDomain, center: Simulator) -> Home:
    """A home folder that trusts the domain's certificate."""
    domain.redirects_to(PORTAL)
    return make_home(**center.environment, AWS_CA_BUNDLE=str(domain.certificate))


def test_device_code(company_home: Home, domain: VanityDomain) -> None:
    """The region comes from the portal's URL; the configured URL is kept in the config file and in the cache."""
    done = company_home.ssohelper("configure", "--start-url", f"{domain.url}/", "--session", "acme")
    assert done.returncode == 0, done.stderr
    assert f"sso_start_url = {domain.url}\nsso_region = eu-west-1\n" in company_home.config.read_text()
    done = company_home.ssohelper("login")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "ssohelper: signed in to acme")
    assert cached_files(company_home)[0][1]["startUrl"] == domain.url
    assert company_home.ssohelper("accounts").returncode == 0


def test_browser(company_home: Home, domain: VanityDomain, center: Simulator) -> None:
    """A sign-in in the browser registers with the portal's URL."""
    desktop_home(company_home, center)
    company_home.config.write_text(f"[sso-session acme]\nsso_start_url = {domain.url}\nsso_region = eu-west-1\n")
    login = start_login(company_home)
    assert "Signed in" in follow_redirects(login)
    assert (login.finish()[1], cached_files(company_home)[0][1]["startUrl"]) == (0, domain.url)
    assert center.counters.calls["RegisterClient"] == 1  # which refuses another issuer than the portal


def test_other_region(company_home: Home, domain: VanityDomain) -> None:
    """A region that contradicts the portal's URL is refused at the sign-in."""
    session = ("--start-url", domain.url, "--region", "us-east-1", "--session", "acme")
    assert company_home.ssohelper("configure", *session).returncode == 0
    done = company_home.ssohelper("login")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            "ssohelper: the start URL is for region eu-west-1, not us-east-1",
            "hint: ssohelper configure --session acme --replace",
        ],
    )


def test_asks_again(company_home: Home, domain: VanityDomain) -> None:
    """In the dialogue, a domain that does not lead to a portal is asked again; the region is not asked."""
    domain.responses = {"HEAD": (200, None)}
    dialogue = company_home.terminal("configure")
    dialogue.expect_exact("start URL (such as acme, or https://acme.awsapps.com/start): ")
    dialogue.sendline(domain.url)
    dialogue.expect_exact("does not redirect to an access portal (HTTP 200)")
    dialogue.expect_exact(domain.url)
    domain.redirects_to(PORTAL)
    dialogue.sendline("")
    dialogue.expect_exact("name of the session [sso]: ")
    dialogue.sendline("acme")
    dialogue.expect_exact("next: ssohelper login --session acme")
