"""The fast scan of a config file, compared with the full parser."""

import subprocess
import sys

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_text, fast_scan
from ssohelper.aws_config.fast_scan import Section
from tests.fixtures import awkward_configs
from tests.fixtures.examples import examples

_LINES = (
    "sso_session = acme",
    "sso_account_id=111122223333",
    "SSO_Role_Name = ReadOnly",
    "ssohelper_session = acme # no comment",
    "sso_start_url : https://a.awsapps.com/start?a=b",
    "sso_start_url = https://a.awsapps.com/start#/",
    "  sso_role_name = Nested",
    "sso_role_name",
    "sso_role_name =",
    "role_arn = arn:aws:iam::1:role/x",
    "Role_ARN: x",
    "role_session_name = x",
    "web_identity_token_file = /x",
    "[DEFAULT]",
)


@st.composite
def _files(draw: st.DrawFn) -> bytes:
    """Awkward files with lines that the scan looks for in random places."""
    lines = draw(awkward_configs.broken_lines() | awkward_configs.tidy_lines())
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(lines)))
        lines[at:at] = [
            draw(st.sampled_from(_LINES)),
            *draw(st.sampled_from(([], ["   goes on"], ["", "  # c", " on"]))),
        ]
    return draw(awkward_configs.joined(lines))


def fields(section: Section) -> tuple[str, str, dict[str, str]]:
    """The fields of a section; of its keys, those that count."""
    others = ("role_arn", "web_identity_token_file")
    keys = {key: value for key, value in section.keys.items() if key.startswith(("sso_", "ssoh")) or key in others}
    return section.kind, section.name, keys


def parsed(data: bytes) -> list[tuple[str, str, dict[str, str]]]:
    """What the full parser finds: every section with its keys for sessions, accounts, roles and other sources."""
    sections = config_text.parse(data).sections
    inherited: dict[str, str] = {}
    for each in sections:
        inherited |= each.values() if each.header == "DEFAULT" else {}
    found = []
    for each in sections:
        values = {**inherited, **each.values()}
        keys = {key: value for key, value in values.items() if key.startswith(("sso_", "ssoh"))}
        keys |= {key: values[key] for key in ("role_arn", "web_identity_token_file") if key in values}
        found.append((each.kind, each.name or each.header, keys))
    return found


@settings(max_examples=examples(200), deadline=None)
@given(_files())
@example(b"[profile a]\nsso_session = acme\n  goes on\n")
@example(b"[profile a]\nregion = x\n  sso_session = acme\n")
@example(b"[]\n[default]\n")
def test_scan(data: bytes) -> None:
    """The scan finds the same as the full parser, in every file."""
    assert [fields(each) for each in fast_scan.scan(data)] == parsed(data)


def test_fast_imports() -> None:
    """An ordinary file is scanned without the full parser and other modules that are slow to load."""
    ordinary = (
        "# mine\n[default]\nregion = eu-central-1\ns3 =\n  max_concurrent_requests = 20\n\n[sso-session acme]\n"
        "sso_start_url = https://acme.awsapps.com/start\n\n[profile a.b]\nsso_session = acme\n"
    )
    code = (
        "import sys; from ssohelper.aws_config import fast_scan; "
        f"found = fast_scan.scan({ordinary.encode()!r}); "
        "print([(each.kind, each.name, each.keys) for each in found], "
        "[name for name in ('ssohelper.aws_config.config_text', 'shlex', 'typing') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    url = "https://acme.awsapps.com/start"
    found = [
        ("profile", "default", {}),
        ("sso-session", "acme", {"sso_start_url": url}),
        ("profile", "a.b", {"sso_session": "acme"}),
    ]
    assert done.stdout == f"{found} []\n"
