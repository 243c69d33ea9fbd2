"""What IAM's simulation of a role's policies says of one action. Pure."""

from typing import TYPE_CHECKING

from ssohelper.permission_sets.access_denied import Denial, Principal

if TYPE_CHECKING:  # slow to load, for a type alone
    from ssohelper.identity_center.iam import Simulated


def as_denial(found: "Simulated", principal: Principal, action: str, resource: str | None) -> Denial | None:
    """The denial that the simulation amounts to; None if the action is allowed.

    Of service control policies and the boundary, IAM says that they do not allow it, not by which statement.
    """
    if found.decision == "allowed":
        return None
    denied = Denial(principal, action, resource=resource)
    if found.organization_allows is False:
        return denied._replace(cause="service control policy")
    if found.boundary_allows is False:
        return denied._replace(cause="permissions boundary")
    explicit = found.decision == "explicitDeny"
    policy = found.policies[0] if explicit and found.policies else None
    return denied._replace(cause="identity-based policy", deny="explicit" if explicit else "implicit", policy=policy)
