"""What a session's removal takes along, and what it breaks."""

import pytest

from ssohelper.aws_config import config_text
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import ConfigConflict
from ssohelper.sync import session_removal
from ssohelper.sync.session_removal import Dependents

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
    found = session_removal.dependents(FILES, "acme")
    assert found == Dependents(("a.R",), ("mine", "on-top"))
    gone = BEFORE.partition("[sso-session acme]")[2].partition("[sso-session beta]")[0]
    profile = f"[profile a.R]\nsso_session = acme\n{ROLE}ssohelper_session = acme\n\n"
    after = BEFORE.replace(f"[sso-session acme]{gone}", "").replace(profile, "")
    assert session_removal.without(FILES, "acme", found).decode() == after


@pytest.mark.parametrize("shown", [Dependents((), ()), Dependents(("a.R",), ("mine",)), Dependents(("a.R", "x"), ())])
def test_changed(shown: Dependents) -> None:
    """If something else depends on it than was shown, or it is gone, nothing is removed."""
    with pytest.raises(ConfigConflict, match=r"^the config file has changed in the meantime$"):
        session_removal.without(FILES, "acme", shown)
    with pytest.raises(ConfigConflict):
        session_removal.without(FILES, "gamma", Dependents((), ()))
