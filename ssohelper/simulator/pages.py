"""The HTML pages: self-contained, with a strict Content-Security-Policy."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape

from ssohelper.simulator.messages import Response

# The parameters of a shortcut link are in the fragment, which browsers do not send to the server.
_FOLLOW_SHORTCUT = """
function follow() {
  const link = location.hash.match(/^#\\/console\\?(.+)$/);
  if (link) location.replace("/console?" + new URLSearchParams(link[1]));
}
addEventListener("hashchange", follow);
follow();
"""

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f2f3f5, #16191f); }
main { width: min(30rem, 100% - 2rem); box-sizing: border-box; padding: 2rem; border-radius: .75rem;
  background: light-dark(#fff, #21252c); box-shadow: 0 1px 6px rgb(0 0 0 / .2); overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 1rem 0 .5rem; }
code { font-size: 1.4rem; letter-spacing: .1em; }
label { display: block; margin: 1rem 0; }
input, select { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem; margin-top: .2rem; }
button { font: inherit; padding: .5rem 1.4rem; margin-right: .6rem; border-radius: .4rem; border: 1px solid #888; }
button[value=approve] { background: #0b57d0; border-color: #0b57d0; color: #fff; }
small { color: light-dark(#555, #aaa); }
"""


def page(title: str, content: str, status: int = 200, form_action: str = "'self'", script: str = "") -> Response:
    """Return a complete page; `content` is HTML, `title` is text.

    `form_action` is that of the CSP, which Chromium applies to redirects after a form as well. `script` is the only
    script that the CSP allows, by its hash.
    """
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><main><h1>{escape(title)}</h1>{content}"
        "<p><small>IAM Identity Center simulator, not AWS.</small></p></main>"
        f"{f'<script>{script}</script>' if script else ''}</html>"
    )
    allowed = f"script-src 'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'; " if script else ""
    policy = (
        f"default-src 'none'; {allowed}style-src 'unsafe-inline'; form-action {form_action}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    )
    return Response(status, html.encode(errors="replace"), headers)


def message(title: str, text: str, status: int = 200) -> Response:
    """Return a page with one paragraph of plain text."""
    return page(title, f"<p>{escape(text)}</p>", status)


def user_code_form() -> Response:
    """Return the page that asks for the user code."""
    content = (
        '<form method="get" action="/device"><label>Enter the code that your device shows'
        '<input name="user_code" autocomplete="off" autofocus required></label><button>Next</button></form>'
    )
    return page("Authorize a device", content)


def consent_form(
    *, client_name: str, users: Sequence[str], form_token: str, user_code: str = "", redirect_origin: str = ""
) -> Response:
    """Return the page with Allow and Deny, which post `form_token`, `user` and `decision` to `/decide`."""
    code = (
        f"<p>Check that your device shows this code:</p><p><code>{escape(user_code)}</code></p>" if user_code else ""
    )
    options = "".join(f"<option>{escape(user)}</option>" for user in users)
    hidden = "" if len(users) > 1 else " hidden"
    content = (
        f"<p><strong>{escape(client_name)}</strong> requests access to your accounts and roles.</p>{code}"
        f'<form method="post" action="/decide"><input type="hidden" name="form_token" value="{escape(form_token)}">'
        f'<label{hidden}>Sign in as<select name="user">{options}</select></label>'
        '<p><button name="decision" value="approve">Allow</button>'
        '<button name="decision" value="deny">Deny</button></p></form>'
    )
    return page("Allow access?", content, form_action=f"'self' {redirect_origin}".strip())


def access_portal(users: Sequence[tuple[str, Sequence[tuple[str, Sequence[str]]]]]) -> Response:
    """Return the access portal: the accounts of each user, and the roles in them."""
    content = ""
    for user, accounts in users:
        rows = "".join(
            f"<li>{escape(account)}<br><small>{escape(', '.join(roles))}</small></li>" for account, roles in accounts
        )
        content += f"<h2>{escape(user)}</h2><ul>{rows}</ul>"
    return page("AWS access portal", content, script=_FOLLOW_SHORTCUT)


def details(title: str, values: Mapping[str, str]) -> Response:
    """Return a page with one line per value."""
    return page(title, "".join(f"<p>{escape(name)}: {escape(value)}</p>" for name, value in values.items()))
