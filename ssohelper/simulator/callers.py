"""Who calls a service: a role, by the credentials that the portal issued, and what its policies let it do."""

from collections.abc import Callable
from dataclasses import dataclass

from ssohelper.simulator import aws_policies, policies, signatures
from ssohelper.simulator.entities import PermissionSet
from ssohelper.simulator.errors import AwsError, access_denied
from ssohelper.simulator.messages import Request
from ssohelper.simulator.policies import BOUNDARY, IDENTITY, SERVICE_CONTROL, Access, Decision, Layer
from ssohelper.simulator.portal import IssuedCredentials, Portal
from ssohelper.simulator.signatures import Signed
from ssohelper.simulator.world import World


@dataclass(frozen=True, slots=True)
class Caller:
    """A role that calls: its credentials, the name of the IAM role, and the permission set it is provisioned with."""

    issued: IssuedCredentials
    role_name: str
    permission_set: PermissionSet
    world: World

    @property
    def account_id(self) -> str:
        """The account of the role."""
        return self.issued.account_id

    @property
    def session_arn(self) -> str:
        """The ARN that STS gives."""
        return f"arn:aws:sts::{self.account_id}:assumed-role/{self.role_name}/{self.issued.user}"

    @property
    def role_path(self) -> str:
        """The path of the IAM role; that of an instance in us-east-1 has no region."""
        region = "" if self.world.region == "us-east-1" else f"{self.world.region}/"
        return f"/aws-reserved/sso.amazonaws.com/{region}"

    @property
    def role_arn(self) -> str:
        """The ARN of the IAM role."""
        return f"arn:aws:iam::{self.account_id}:role{self.role_path}{self.role_name}"

    @property
    def boundary_arn(self) -> str:
        """The ARN of the permissions boundary; empty if there is none."""
        name = self.permission_set.boundary
        return f"arn:aws:iam::{self.account_id}:policy{name}" if name.startswith("/") else name

    @property
    def layers(self) -> list[Layer]:
        """Its policies: those of the organization, its own, and its permissions boundary."""
        found = self.permission_set
        own = {"inline": found.policy} if found.policy else {}
        own |= {aws_policies.name(each): self._document(each) for each in found.managed_policies}
        own |= {aws_policies.name(each): self._document(each) for each in found.customer_managed_policies}
        layers = [Layer(IDENTITY, own)]
        # Service control policies do not apply to the management account.
        if self.world.service_control_policy and self.account_id != self.world.management_account_id:
            layers.insert(0, Layer(SERVICE_CONTROL, {"organization": self.world.service_control_policy}))
        if found.boundary:
            layers.append(Layer(BOUNDARY, {aws_policies.name(found.boundary): self._document(found.boundary)}))
        return layers

    def require(self, action: str, resource: str) -> None:
        """Raise AccessDenied if it may not do something."""
        decision = self.decide(action, resource)
        if not decision.allowed:
            raise access_denied(self.denial(action, resource, decision))

    def decide(self, action: str, resource: str) -> Decision:
        """Whether it may do something."""
        return policies.decide(self.layers, Access(action, resource))

    def denial(self, action: str, resource: str, decision: Decision) -> str:
        """AWS's message for what it may not do."""
        who = f"User: {self.session_arn} is not authorized to perform: {action}"
        return f"{who} on resource: {resource} {decision.reason(action)}"

    def _document(self, policy: str) -> str:
        if policy.startswith("arn:"):
            return aws_policies.DOCUMENTS[policy]
        return self.world.customer_policy(self.account_id, policy) or ""


class Callers:
    """Authenticates requests by their signature."""

    def __init__(self, world: World, portal: Portal, clock: Callable[[], float]) -> None:
        self._world = world
        self._portal = portal
        self._clock = clock

    def authenticate(self, request: Request) -> tuple[Caller, Signed]:
        """Return the caller of a request, and what it is signed with.

        Raises AwsError, with one of STS's codes, if the signature is invalid, or if the credentials are unknown,
        expired, or those of a role that was removed.
        """
        signed = signatures.check(request, self._portal.secrets_of, self._clock())
        caller = self.find(signed.access_key_id)
        if caller.issued.expiration <= self._clock():
            raise AwsError(403, "ExpiredToken", "The security token included in the request is expired")
        return caller, signed

    def find(self, access_key_id: str) -> Caller:
        """Return the caller with issued credentials. Raises AwsError if its role was removed."""
        issued = self._portal.issued(access_key_id)
        role = self._world.role(issued.account_id, issued.role_name)
        if role is None:
            raise AwsError(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        return Caller(issued, role.name, role.permission_set, self._world)
