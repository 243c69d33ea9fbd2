"""The names of generated worlds."""

from ssohelper.simulator.names import AWKWARD_ROLES
from ssohelper.simulator.world import PermissionSet


def test_awkward_role_names_are_valid() -> None:
    """Permission sets can have the awkward names."""
    assert [PermissionSet(name).name for name in AWKWARD_ROLES] == list(AWKWARD_ROLES)
