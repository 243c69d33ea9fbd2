"""IAM's simulation, as a denial."""

import pytest

from ssohelper.identity_center.iam import Simulated
from ssohelper.permission_sets.access_denied import Denial, Principal
from ssohelper.permission_sets.simulation import as_denial

WHO = Principal("arn:aws:sts::333344445555:assumed-role/deploy/ci", "333344445555", "deploy", "ci")
DENIED = Denial(WHO, "s3:PutObject", resource="arn:aws:s3:::b/k")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Simulated("allowed", None, None, [], []), None),
        (Simulated("allowed", True, True, ["p"], ["aws:RequestedRegion"]), None),
        (
            Simulated("implicitDeny", None, None, [], []),
            DENIED._replace(cause="identity-based policy", deny="implicit"),
        ),
        (
            Simulated("explicitDeny", True, True, ["inline"], []),
            DENIED._replace(cause="identity-based policy", deny="explicit", policy="inline"),
        ),
        (Simulated("implicitDeny", True, False, [], []), DENIED._replace(cause="permissions boundary")),
        (Simulated("explicitDeny", False, False, [], []), DENIED._replace(cause="service control policy")),
        (Simulated("allowed", False, None, [], []), DENIED._replace(cause="service control policy")),
        (
            Simulated("explicitDeny", False, None, ["p"], []),
            DENIED._replace(cause="identity-based policy", deny="explicit", policy="p"),
        ),
    ],
)
def test_denial(found: Simulated, expected: Denial | None) -> None:
    """What limits the role is named first: IAM does not say which of its statements denies."""
    assert as_denial(found, WHO, "s3:PutObject", "arn:aws:s3:::b/k") == expected
