"""The pages of the person who signs in, read and filled in over plain HTTP; `test_browser` uses a real browser."""

import base64
import hashlib
import re

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World, generate
from tests.fixtures import pkce
from tests.fixtures.clock import Clock
from tests.fixtures.person import Page, visit
from tests.fixtures.pkce import REDIRECT, Redirect
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, members, oauth
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.wire import ask

ALEX, ROBIN = "alex@example.com", "robin@example.com"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{origin}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
LOCKS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY.format(origin=""),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"


def test_a_device_is_approved_by_typing_its_code(simulator: Simulator, sdk: Sdk) -> None:
    """The person types the code, sees it again with who asks, chooses who they are, and allows it."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    consent = visit(simulator, "/device").submit(user_code=started["userCode"].lower())
    assert {"a test", started["userCode"]} < set(consent.text)
    assert (consent.form.options, consent.form.buttons) == (
        [ALEX, ROBIN],
        [("decision", "approve"), ("decision", "deny")],
    )
    done = consent.submit(user=ROBIN, decision="approve")
    assert (done.reply.status, "Request approved" in done.text) == (200, True)
    tokens = client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert len(members(sdk.portal.list_accounts(accessToken=tokens["accessToken"]))["accountList"]) == 2


def test_a_device_is_denied(simulator: Simulator, sdk: Sdk) -> None:
    """The person follows the complete address and denies it."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    page = visit(simulator, started["verificationUriComplete"].removeprefix(simulator.url))
    done = page.submit(user=ALEX, decision="deny")
    assert (done.reply.status, "Request denied" in done.text) == (200, True)
    assert client.refused(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth("access_denied")


@pytest.mark.parametrize("decision", ["", "yes", "APPROVE"])
def test_only_the_right_word_approves(simulator: Simulator, sdk: Sdk, decision: str) -> None:
    """Whatever is not `approve` is a no."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    visit(simulator, f"/device?user_code={started['userCode']}").submit(user=ALEX, decision=decision)
    assert client.refused(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth("access_denied")


@pytest.mark.parametrize("code", ["BCDF-GHJK", "", "-", "%3Cscript%3Ealert(1)%3C/script%3E"])
def test_an_unknown_code_is_told(simulator: Simulator, code: str) -> None:
    """A code that nothing waits for is a 404 page, which does not repeat it."""
    page = visit(simulator, f"/device?user_code={code}")
    assert (page.reply.status, page.forms, "script" in page.elements) == (404, [], False)
    assert "Sorry, no device waits for this code: it is mistyped, used or has expired." in page.text


def test_an_open_page_may_come_too_late(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """Approving a code that expired while its page was open approves nothing."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    page = visit(simulator, f"/device?user_code={started['userCode']}")
    clock.advance(600)
    assert page.submit(user=ALEX, decision="approve").reply.status == 404
    assert client.refused(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth("expired_token")


def test_a_browser_goes_back_with_a_code(simulator: Simulator, sdk: Sdk) -> None:
    """Whoever allows an authorization request is sent back with a code that becomes tokens of that person."""
    client = pkce.register(sdk.oidc)
    consent = visit(simulator, pkce.authorize(client))
    assert "a test" in consent.text
    redirect = Redirect.of(consent.send(user=ROBIN, decision="approve"))
    code = redirect.parameters["code"]
    assert redirect == Redirect(REDIRECT, {"code": code, "state": "a state"})
    tokens = pkce.redeem(client, code)
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 2


def test_a_browser_goes_back_without_a_code(simulator: Simulator, sdk: Sdk) -> None:
    """Whoever denies an authorization request is sent back with `access_denied`."""
    page = visit(simulator, pkce.authorize(pkce.register(sdk.oidc)))
    redirect = Redirect.of(page.send(user=ALEX, decision="deny"))
    assert redirect == Redirect(REDIRECT, {"error": "access_denied", "state": "a state"})


def test_a_ticket_is_good_once(simulator: Simulator, sdk: Sdk) -> None:
    """A page that was sent cannot be sent again, neither to approve twice nor to change one's mind."""
    page = visit(simulator, pkce.authorize(pkce.register(sdk.oidc)))
    statuses = [page.send(user=ALEX, decision=decision).status for decision in ("deny", "approve", "approve")]
    assert statuses == [302, 403, 403]


def test_each_page_has_its_own_ticket(simulator: Simulator, sdk: Sdk) -> None:
    """The same code opened twice gives two tickets; deciding on one page leaves nothing for the other."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    first, second = (visit(simulator, f"/device?user_code={started['userCode']}") for _ in range(2))
    assert first.form.fields["ticket"] != second.form.fields["ticket"]
    assert [page.send(user=ALEX, decision="approve").status for page in (first, second)] == [200, 404]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (b"user=alex%40example.com&decision=approve", 403),
        (b"user=alex%40example.com&decision=approve&ticket=made-up", 403),
        (b"user=alex%40example.com&decision=approve&ticket=BCDF-GHJK", 403),
        (b"user=nobody&decision=approve&ticket=made-up", 400),
        (b"\xff", 400),
        (b"a=b&" * 60, 400),
    ],
)
def test_a_form_of_another_site_decides_nothing(simulator: Simulator, form: bytes, status: int) -> None:
    """Without a ticket of one of our pages nothing is approved."""
    assert ask(simulator, "POST", "/decide", form).status == status


def test_an_unknown_person_keeps_the_page_open(simulator: Simulator, sdk: Sdk) -> None:
    """A form that names nobody we know is refused, and its ticket is still good."""
    page = visit(simulator, pkce.authorize(pkce.register(sdk.oidc)))
    statuses = [page.send(user=user, decision="approve").status for user in ("nobody", ALEX)]
    assert statuses == [400, 302]


def test_the_oldest_pages_are_forgotten(simulator: Simulator, sdk: Sdk) -> None:
    """Of a thousand and one open pages the first is void, and the others are not."""
    target = pkce.authorize(pkce.register(sdk.oidc))
    first, second = visit(simulator, target), visit(simulator, target)
    for _ in range(999):
        ask(simulator, "GET", target)
    assert [page.send(user=ALEX, decision="approve").status for page in (first, second)] == [403, 302]


def test_the_access_portal_shows_who_may_do_what(simulator: Simulator) -> None:
    """The start URL lists each person's accounts and roles."""
    page = visit(simulator, "/start")
    assert (page.reply.status, "AWS access portal" in page.text) == (200, True)
    assert {ALEX, ROBIN, "security-audit (222233334444)", "AdministratorAccess, Developer, ReadOnly"} < set(page.text)


def scripts_and_images(page: Page) -> list[str]:
    """The elements of a page that could do harm; the access portal has one script of its own."""
    return [each for each in page.elements if each in ("script", "img")]


def test_awkward_account_names_are_only_text(start: Start) -> None:
    """No account's name becomes HTML in the access portal; each reads as it is."""
    world = generate(accounts=20, roles=8, awkward=True)
    page = visit(start(world), "/start")
    assert scripts_and_images(page) == ["script"]
    assert {f"{each.name or each.id} ({each.id})" for each in world.accounts} < set(page.text)


def test_awkward_people_are_only_text(start: Start, connect: Connect) -> None:
    """No person's name becomes HTML, nor leaves its field."""
    account = Account("000000000001", EVIL)
    assigned = frozenset({(account.id, "ReadOnly")})
    people = [User(EVIL, assigned), User('" autofocus onfocus="alert(1)', assigned)]
    simulator = start(World([account], [PermissionSet("ReadOnly")], people))
    page = visit(simulator, "/start")
    assert scripts_and_images(page) == ["script"]
    assert {EVIL, f"{EVIL} (000000000001)", people[1].name} < set(page.text)
    started = Client.register(connect(simulator).oidc).start(simulator)
    choice = visit(simulator, f"/device?user_code={started['userCode']}")
    assert (set(choice.elements) & {"script", "img"}, choice.form.options) == (set(), [each.name for each in people])


def test_awkward_clients_are_only_text(simulator: Simulator, sdk: Sdk) -> None:
    """No client's name becomes HTML, neither on the device page nor on the consent page."""
    named = members(
        sdk.oidc.register_client(
            clientName=EVIL, clientType="public", scopes=["sso:account:access"], redirectUris=[pkce.REGISTERED]
        )
    )
    client = Client(sdk.oidc, named["clientId"], named["clientSecret"])
    for target in (f"/device?user_code={client.start(simulator)['userCode']}", pkce.authorize(client)):
        page = visit(simulator, target)
        assert (set(page.elements) & {"script", "img"}, EVIL in page.text) == (set(), True)


def test_half_a_surrogate_pair_breaks_no_page(simulator: Simulator, sdk: Sdk) -> None:
    """A client name that has no UTF-8, as JSON can hold one, is shown with a question mark."""
    reply = ask(simulator, "POST", "/client/register", {"clientName": "x\ud800", "clientType": "public"}).json()
    client = Client(sdk.oidc, reply["clientId"], reply["clientSecret"])
    page = visit(simulator, f"/device?user_code={client.start(simulator)['userCode']}")
    assert (page.reply.status, "x?" in page.text) == (200, True)


def test_every_page_is_locked_down(simulator: Simulator, sdk: Sdk) -> None:
    """No page may run scripts, load from elsewhere, be framed, be kept or be taken for another type."""
    client = Client.register(sdk.oidc)
    targets = ["/device", f"/device?user_code={client.start(simulator)['userCode']}", "/authorize"]
    for target in [*targets, "/device?user_code=x", "/console", "/federation"]:
        headers = ask(simulator, "GET", target).headers
        seen = {name: headers.get(name) for name in LOCKS}
        assert seen == LOCKS


def test_the_access_portal_runs_its_own_script_alone(simulator: Simulator) -> None:
    """The start page is locked down, too, but for the one script that follows shortcut links."""
    reply = ask(simulator, "GET", "/start")
    script = re.findall("<script>(.*?)</script>", reply.body.decode(), re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = POLICY.format(origin="").replace("style-src", f"script-src 'sha256-{digest}'; style-src")
    assert {name: reply.headers.get(name) for name in LOCKS} == LOCKS | {"content-security-policy": policy}


def test_the_consent_page_may_go_back_to_its_client_alone(simulator: Simulator, sdk: Sdk) -> None:
    """The form of an authorization request may end at the client's own origin, as Chromium asks for."""
    reply = ask(simulator, "GET", pkce.authorize(pkce.register(sdk.oidc)))
    assert reply.headers["content-security-policy"] == POLICY.format(origin=" http://127.0.0.1:54321")


def test_a_redirect_is_not_kept(simulator: Simulator, sdk: Sdk) -> None:
    """The redirect that carries a code is not to be cached."""
    page = visit(simulator, pkce.authorize(pkce.register(sdk.oidc)))
    assert page.send(user=ALEX, decision="approve").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("people", "hidden"), [(["alex"], True), (["alex", "robin"], False)])
def test_one_person_needs_no_choice(start: Start, connect: Connect, people: list[str], hidden: bool) -> None:
    """Where there is only one person, the choice between people is hidden."""
    simulator = start(World([], [], [User(name) for name in people]))
    started = Client.register(connect(simulator).oidc).start(simulator)
    page = visit(simulator, f"/device?user_code={started['userCode']}")
    assert ("<label hidden>" in page.reply.body.decode(), page.form.options) == (hidden, people)
