"""Denials as text and JSON; control characters of a message do not get into the text."""

from ssohelper.permission_sets.access_denied import Denial, Principal
from ssohelper.permission_sets.explain import Explanation
from ssohelper.ui import denials
from ssohelper.ui.look import Look

WHO = Principal.of("arn:aws:sts::333344445555:assumed-role/deploy/ci")
DENIAL = Denial(
    WHO, "s3:PutObject", resource="b\u202ek", policy="p-1", statement_ids=("a", "b"), authorization_id="1a"
)
FOUND = Explanation("because", "the owners", ("Line one.", "Line two."))


def test_block() -> None:
    """Every fact that there is has its line, then comes the text to send."""
    assert denials.block(DENIAL, FOUND, {"333344445555": "prod"}, Look()).splitlines() == [
        "denied      s3:PutObject",
        "resource    b?k",
        "role        deploy in prod (333344445555), as ci",
        "reason      because",
        "policy      p-1",
        "statement   a, b",
        "details     aws iam-toolbox get-request-authorization-details --authorization-id 1a",
        "",
        "to send to the owners:",
        "  Line one.",
        "  Line two.",
    ]


def test_json() -> None:
    """Programs get the parts of the principal, too."""
    found = denials.as_json(DENIAL, FOUND, {})
    names = ("principal", "account_id", "account_name", "role_name", "permission_set", "session_name")
    assert tuple(found[name] for name in names) == (WHO.arn, "333344445555", None, "deploy", None, "ci")
    assert (found["statement_ids"], found["text_to_send"]) == (["a", "b"], ["Line one.", "Line two."])
