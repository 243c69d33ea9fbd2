"""AWS Organizations (2016-11-28): service control policies, and where they are attached. Only operations that read.

The one of the world is attached to the root. Units and accounts have the one that AWS made, which allows everything.
"""

from ssohelper.simulator import aws_policies, identifiers
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.inputs import Choice, Members, Structure, Text
from ssohelper.simulator.json_api import Call, Operations, Output
from ssohelper.simulator.organization import PAGES, arn, path_of_id

OPERATIONS = Operations()

_TYPE = "SERVICE_CONTROL_POLICY"
_TYPES = (
    _TYPE,
    *("RESOURCE_CONTROL_POLICY", "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY", "CHATBOT_POLICY"),
    *("DECLARATIVE_POLICY_EC2", "SECURITYHUB_POLICY", "SECURITYHUB_CSPM_POLICY", "INSPECTOR_POLICY"),
    *(
        "UPGRADE_ROLLOUT_POLICY",
        "BEDROCK_POLICY",
        "S3_POLICY",
        "NETWORK_SECURITY_DIRECTOR_POLICY",
        "GUARDDUTY_POLICY",
    ),
)
_UNIT = "ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
_OF_ROOT, _OF_AWS = "p-limits0001", "p-FullAWSAccess"
_CHILD: Members = {"ChildId": Text(rf"^(\d{{12}})|({_UNIT})$", longest=100)}
_TARGET: Members = {
    "TargetId": Text(rf"^(r-[0-9a-z]{{4,32}})|(\d{{12}})|({_UNIT})$", longest=100),
    "Filter": Choice(_TYPES),
}


@OPERATIONS.add(Structure(_CHILD, PAGES))
def list_parents(call: Call) -> Output:
    """ListParents: the unit or the root that an account or a unit is directly in."""
    path = _place(call, call.members["ChildId"], "ChildNotFoundException")
    if not call.members["ChildId"].isdigit():
        path = path.rpartition("/")[0] or "/"
    management = call.world.management_account_id
    if path == "/":
        parent = {"Id": identifiers.root_id(management), "Type": "ROOT"}
    else:
        parent = {"Id": identifiers.organizational_unit_id(management, path), "Type": "ORGANIZATIONAL_UNIT"}
    parents, more = call.page([parent])
    return {"Parents": parents, **more}


@OPERATIONS.add(Structure(_TARGET, PAGES))
def list_policies_for_target(call: Call) -> Output:
    """ListPoliciesForTarget: what is attached to the root, a unit or an account itself, if the type is enabled."""
    target = call.members["TargetId"]
    _place(call, target, "TargetNotFoundException")
    enabled = call.members["Filter"] == _TYPE and call.world.service_control_policy
    found = [_summary(call, _OF_ROOT if target.startswith("r-") else _OF_AWS)] if enabled else []
    policies, more = call.page(found)
    return {"Policies": policies, **more}


@OPERATIONS.add(Structure({"PolicyId": Text("^p-[0-9a-zA-Z_]{8,128}$", longest=130)}))
def describe_policy(call: Call) -> Output:
    """DescribePolicy."""
    policy_id = call.members["PolicyId"]
    documents = {_OF_AWS: aws_policies.EVERYTHING, _OF_ROOT: call.world.service_control_policy}
    if not documents.get(policy_id):
        raise AwsError(400, "PolicyNotFoundException", f"You specified a policy that doesn't exist: {policy_id}")
    return {"Policy": {"PolicySummary": _summary(call, policy_id), "Content": documents[policy_id]}}


def _place(call: Call, entity_id: str, error: str) -> str:
    """The path of the root or a unit, or that in which an account is."""
    if entity_id.isdigit():
        found = next((each.ou for each in call.world.accounts if each.id == entity_id), None)
    else:
        found = path_of_id(call.world, entity_id)
    if found is None:
        raise AwsError(400, error, f"You specified an entity that doesn't exist: {entity_id}")
    return found


def _summary(call: Call, policy_id: str) -> Output:
    of_aws = policy_id == _OF_AWS
    path = ("service_control_policy", policy_id)
    return {
        "Id": policy_id,
        "Arn": f"arn:aws:organizations::aws:policy/{'/'.join(path)}" if of_aws else arn(call.world, "policy", *path),
        "Name": "FullAWSAccess" if of_aws else "Limits",
        "Type": _TYPE,
        "AwsManaged": of_aws,
    }
