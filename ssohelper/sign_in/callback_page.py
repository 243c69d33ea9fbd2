"""The page that the browser shows after a sign-in, in one file without scripts and external resources. Pure."""

import html

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - ssohelper</title>
<style>
  :root {{ --ink: #16191f; --quiet: #5a6577; --paper: #f5f7fa; --card: #fff; --edge: #dde3ea; --mark: {light}; }}
  @media (prefers-color-scheme: dark) {{
    :root {{ --ink: #e8ecf1; --quiet: #9aa7b8; --paper: #11151b; --card: #1a2029; --edge: #2b3442; --mark: {dark}; }}
  }}
  body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper);
    color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }}
  main {{ max-width: 26rem; margin: 1rem; padding: 2rem 2.25rem; background: var(--card);
    border: 1px solid var(--edge); border-top: 4px solid var(--mark); border-radius: 8px; }}
  h1 {{ margin: 0 0 .75rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }}
  p {{ margin: .5rem 0 0; color: var(--quiet); overflow-wrap: anywhere; }}
</style>
<main>
<h1>{title}</h1>
{paragraphs}
</main>
</html>
"""


def signed_in(session: str, validity: str) -> str:
    """The page after a successful sign-in; `validity` is a sentence that says until when it is valid."""
    return _page(
        f"Signed in to {session}", (validity, "You can close this tab and return to the terminal."), good=True
    )


def failed(session: str, reason: str) -> str:
    """The page after a sign-in that failed; `reason` is a sentence."""
    return _page(f"Not signed in to {session}", (reason, "See the terminal for what to do next."), good=False)


def _page(title: str, paragraphs: tuple[str, ...], *, good: bool) -> str:
    light, dark = ("#1a7f4b", "#3fb97c") if good else ("#b3261e", "#f2776f")
    return _PAGE.format(
        title=html.escape(title),
        paragraphs="\n".join(f"<p>{html.escape(each)}</p>" for each in paragraphs),
        light=light,
        dark=dark,
    )
