"""What a session's removal takes along, and what it breaks."""

import pytest

from ssohelper.aws_config import config_text
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import ConfigConflict
from ssohelper.sync import session_removal

ROLE = "sso_account_id = 111122223333\nsso_role_name = R\n"
BEFORE = f"""\
# mine
[profile mine]
sso_session = acme
{ROLE}
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1

[sso-session beta]
sso_start_url = https://beta.awsapps.com/start
sso_region = us-east-1

[profile a.R]
sso_session = acme
{ROLE}ssohelper_session = acme

[profile b.R]
sso_session = beta
{ROLE}ssohelper_session = beta

[profile on-top]
role_arn = arn:aws:iam::111122223333:role/X
source_profile = a.R
"""


FILES = AwsFiles(config_text.parse(BEFORE.encode()))


def test_without() -> None:
    """Managed profiles of the session go; others that use it, directly or as a source, are named, and stay."""
    found = session_removal.find(FILES, "acme")
    assert (found.profiles, found.broken) == (("a.R",), ("mine", "on-top"))
    gone = BEFORE.partition("[sso-session acme]")[2].partition("[sso-session beta]")[0]
    profile = f"[profile a.R]\nsso_session = acme\n{ROLE}ssohelper_session = acme\n\n"
    after = BEFORE.replace(f"[sso-session acme]{gone}", "").replace(profile, "")
    assert session_removal.without(FILES.config, found).decode() == after


def test_incomplete_and_repeated() -> None:
    """A session without keys can be removed, and one that has two sections loses both."""
    text = "[sso-session half]\n\n[sso-session x]\nsso_region = us-east-1\n\n[sso-session 'x']\n\n[default]\n"
    files = AwsFiles(config_text.parse(text.encode()))
    assert session_removal.names(files.config) == ["half", "x"]
    assert (
        session_removal.without(files.config, session_removal.find(files, "x"))
        == b"[sso-session half]\n\n[default]\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[sso-session beta]", "[profile late]\nsso_session = acme\n[sso-session beta]"),
        ("[profile a.R]", "[profile a.R]\noutput = json"),
        ("https://acme.awsapps.com/start", "https://other.awsapps.com/start"),
        ("[profile a.R]", "[profile a.S]"),
        ("[sso-session acme]", "[sso-session acme-2]"),
    ],
)
def test_changed(old: str, new: str) -> None:
    """If other content would be removed than was shown, or another profile break, nothing is."""
    after = AwsFiles(config_text.parse(BEFORE.replace(old, new, 1).encode()))
    with pytest.raises(ConfigConflict, match=r"^the config file has changed in the meantime$"):
        session_removal.without_same(after, "acme", session_removal.find(FILES, "acme"))


def test_moved() -> None:
    """What has only moved in the file is removed."""
    after = AwsFiles(config_text.parse(f"# more\n\n{BEFORE}".encode()))
    found = session_removal.find(FILES, "acme")
    assert session_removal.without_same(after, "acme", found) == b"# more\n\n" + session_removal.without(
        FILES.config, found
    )
