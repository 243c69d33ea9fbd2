"""What a session's removal takes along, and what it breaks."""

from ssohelper.aws_config import config_text
from ssohelper.aws_config.merged import AwsFiles
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


def test_find() -> None:
    """Managed profiles of the session go; others that use it, directly or as a source, are named."""
    text = config_text.parse(BEFORE.encode())
    removal = session_removal.find(AwsFiles(text), "acme")
    assert removal is not None
    assert ([each.name for each in removal.profiles], removal.broken) == (["a.R"], ("mine", "on-top"))
    after = session_removal.without(text, removal).decode()
    gone = BEFORE.partition("[sso-session acme]")[2].partition("[sso-session beta]")[0]
    profile = f"[profile a.R]\nsso_session = acme\n{ROLE}ssohelper_session = acme\n\n"
    assert after == BEFORE.replace(f"[sso-session acme]{gone}", "").replace(profile, "")


def test_unknown() -> None:
    """A session that has no section has no removal."""
    assert session_removal.find(AwsFiles(config_text.parse(BEFORE.encode())), "gamma") is None
