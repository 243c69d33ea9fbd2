"""The pages that a person sees in the browser: plain HTML that needs nothing from elsewhere."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape

from ssohelper.simulator.messages import Answer

# A shortcut link's own part stands behind `#`, which no browser sends: only a script can follow it.
_FOLLOW_SHORTCUT = """
function follow() {
  const asked = location.hash.match(/^#\\/console\\?(.+)$/);
  if (asked) location.replace("/console?" + new URLSearchParams(asked[1]));
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
code { font-size: 1.4rem; letter-spacing: .1em; }
label { display: block; margin: 1rem 0; }
input, select { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem; margin-top: .2rem; }
button { font: inherit; padding: .5rem 1.4rem; margin-right: .6rem; border-radius: .4rem; border: 1px solid #888; }
button[value=approve] { background: #0b57d0; border-color: #0b57d0; color: #fff; }
small { color: light-dark(#555, #aaa); }
"""


def page(title: str, content: str, status: int = 200, form_action: str = "'self'", script: str = "") -> Answer:
    """A whole page; `content` is HTML already, `title` is not.

    `form_action` is the CSP's: Chromium applies it to where a form's answer redirects, too. `script` is the one that
    may run, by its hash.
    """
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><main><h1>{escape(title)}</h1>{content}"
        "<p><small>IAM Identity Center simulator: nothing here is real.</small></p></main>"
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
    return Answer(status, html.encode(errors="replace"), headers)


def message(title: str, text: str, status: int = 200) -> Answer:
    """A page that says one thing; `text` is plain."""
    return page(title, f"<p>{escape(text)}</p>", status)


def ask_for_code() -> Answer:
    """The page on which the user code is typed."""
    content = (
        '<form method="get" action="/device"><label>The code that your device shows'
        '<input name="user_code" autocomplete="off" autofocus required></label><button>Next</button></form>'
    )
    return page("Authorize a device", content)


def ask_for_consent(
    *, client_name: str, users: Sequence[str], ticket: str, user_code: str = "", redirect_origin: str = ""
) -> Answer:
    """The page with the two buttons; they post `ticket`, `user` and `decision` to `/decide`."""
    code = (
        f"<p>Check that your device shows this code:</p><p><code>{escape(user_code)}</code></p>" if user_code else ""
    )
    options = "".join(f"<option>{escape(user)}</option>" for user in users)
    hidden = "" if len(users) > 1 else " hidden"
    content = (
        f"<p><strong>{escape(client_name)}</strong> asks to use your accounts and roles.</p>{code}"
        f'<form method="post" action="/decide"><input type="hidden" name="ticket" value="{escape(ticket)}">'
        f'<label{hidden}>Sign in as<select name="user">{options}</select></label>'
        '<p><button name="decision" value="approve">Allow</button>'
        '<button name="decision" value="deny">Deny</button></p></form>'
    )
    return page("Allow access?", content, form_action=f"'self' {redirect_origin}".strip())


def access_portal(users: Sequence[tuple[str, Sequence[tuple[str, Sequence[str]]]]]) -> Answer:
    """The access portal: each user's accounts, and the roles in them."""
    content = ""
    for user, accounts in users:
        rows = "".join(
            f"<li>{escape(account)}<br><small>{escape(', '.join(roles))}</small></li>" for account, roles in accounts
        )
        content += f"<h2>{escape(user)}</h2><ul>{rows}</ul>"
    return page("AWS access portal", content, script=_FOLLOW_SHORTCUT)


def facts(title: str, known: Mapping[str, str]) -> Answer:
    """A page that lists what is known, a line each."""
    return page(title, "".join(f"<p>{escape(name)}: {escape(value)}</p>" for name, value in known.items()))
