"""What IAM's simulation of a role's policies says of one action. Pure."""

from typing import TYPE_CHECKING

from ssohelper.permission_sets.access_denied import Denial, Deny, Principal

if TYPE_CHECKING:  # slow to load, for a type alone
    from ssohelper.identity_center.iam import Simulated


def as_denial(found: "Simulated", principal: Principal, action: str, resource: str | None) -> Denial | None:
    """The denial that the simulation amounts to; None if the action is allowed.

    The matching statements of an explicit deny are those of the role's own policies. Of service control policies and
    the boundary, IAM says only whether they allow it.
    """
    denied = Denial(principal, action, resource=resource)
    if found.decision == "explicitDeny" and found.policies:
        return denied._replace(cause="identity-based policy", deny="explicit", policy=found.policies[0])
    if found.organization_allows is False:
        return denied._replace(cause="service control policy")
    if found.boundary_allows is False:
        return denied._replace(cause="permissions boundary")
    if found.decision == "allowed":
        return None
    deny: Deny = "explicit" if found.decision == "explicitDeny" else "implicit"
    return denied._replace(cause="identity-based policy", deny=deny)
