"""The administration of IAM Identity Center (`sso-admin`, 2020-07-20): the instance and its permission sets.

Only operations that read; those about assignments are in `assignment_administration`.
"""

from ssohelper.simulator import aws_policies, identifiers
from ssohelper.simulator.entities import CREATED, PermissionSet
from ssohelper.simulator.errors import AwsError, Service, access_denied
from ssohelper.simulator.inputs import Choice, Members, Number, Structure, Text
from ssohelper.simulator.json_api import Call, JsonService, Operations, Output

SERVICE = JsonService(Service.SSO_ADMIN, "SWBExternalService", "sso")
OPERATIONS = Operations()

_ARN = r"arn:aws(-[a-z]{1,5}){0,3}:sso::"
_INSTANCE_ID = "(sso)?ins-[a-zA-Z0-9-.]{16}"
_INSTANCE = f":instance/{_INSTANCE_ID}"
_SET = f":permissionSet/{_INSTANCE_ID}/ps-[a-zA-Z0-9-./]{{16}}"
_APPLICATION = rf"\d{{12}}:application/{_INSTANCE_ID}/apl-[a-zA-Z0-9]{{16}}"
_UUID = "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"
_ISSUER = rf"\d{{12}}:trustedTokenIssuer/{_INSTANCE_ID}/tti-{_UUID}"

INSTANCE: Members = {"InstanceArn": Text(_ARN + _INSTANCE, 10, 1224)}
PERMISSION_SET: Members = INSTANCE | {"PermissionSetArn": Text(_ARN + _SET, 10, 1224)}
TOKEN: Members = {"NextToken": Text(r"[-a-zA-Z0-9+=/_]*", 0, 2048)}
PAGES: Members = TOKEN | {"MaxResults": Number(1, 100)}
_RESOURCE = Text(f"{_ARN}(({_INSTANCE})|({_SET})|({_APPLICATION})|({_ISSUER}))", 10, 2048)


def require_instance(call: Call) -> None:
    """Raise ResourceNotFoundException unless a call is for the instance, in its region."""
    if call.members["InstanceArn"] != _instance_arn(call) or call.region != call.world.region:
        raise not_found(f"Instance {call.members['InstanceArn']} not found")


def permission_set(call: Call) -> PermissionSet:
    """The permission set of a call. Raises ResourceNotFoundException."""
    require_instance(call)
    return _find(call, call.members["PermissionSetArn"])


def not_found(message: str) -> AwsError:
    """ResourceNotFoundException."""
    return AwsError(400, "ResourceNotFoundException", message)


@OPERATIONS.add(Structure({}, {"RegionScope": Choice(("CURRENT_REGION", "ALL_REGIONS")), **PAGES}))
def list_instances(call: Call) -> Output:
    """ListInstances: the instance, in its region or in all."""
    visible = call.region == call.world.region or call.members.get("RegionScope") == "ALL_REGIONS"
    instances, more = call.page([_instance(call)] if visible else [])
    return {"Instances": instances, **more}


@OPERATIONS.add(Structure(INSTANCE))
def describe_instance(call: Call) -> Output:
    """DescribeInstance."""
    if call.members["InstanceArn"] != _instance_arn(call) or call.region != call.world.region:
        # The operation has no ResourceNotFoundException.
        raise access_denied(f"User: {call.caller.session_arn} is not authorized to perform: sso:DescribeInstance")
    encryption = {"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"}
    return {**_instance(call), "EncryptionConfigurationDetails": encryption, "PermissionSetsEnabled": True}


@OPERATIONS.add(Structure(INSTANCE))
def describe_instance_access_control_attribute_configuration(call: Call) -> Output:
    """DescribeInstanceAccessControlAttributeConfiguration: attributes for access control (ABAC)."""
    require_instance(call)
    sources = call.world.access_control_attributes
    if not sources:
        raise not_found("Access control attributes are not configured")
    attributes = [{"Key": key, "Value": {"Source": [source]}} for key, source in sources.items()]
    configuration = {"AccessControlAttributes": attributes}
    return {"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": configuration}


@OPERATIONS.add(Structure(INSTANCE, PAGES))
def list_permission_sets(call: Call) -> Output:
    """ListPermissionSets: their ARNs."""
    require_instance(call)
    arns, more = call.page([call.world.permission_set_arn(each.name) for each in call.world.permission_sets])
    return {"PermissionSets": arns, **more}


@OPERATIONS.add(Structure(PERMISSION_SET))
def describe_permission_set(call: Call) -> Output:
    """DescribePermissionSet."""
    found = permission_set(call)
    optional = {"Description": found.description, "RelayState": found.relay_state}
    return {
        "PermissionSet": {
            "Name": found.name,
            "PermissionSetArn": call.members["PermissionSetArn"],
            "CreatedDate": found.created,
            "SessionDuration": f"PT{found.session_hours}H",
            **{name: text for name, text in optional.items() if text},
        }
    }


@OPERATIONS.add(Structure(PERMISSION_SET, PAGES))
def list_managed_policies_in_permission_set(call: Call) -> Output:
    """ListManagedPoliciesInPermissionSet: the AWS-managed ones."""
    arns, more = call.page(permission_set(call).managed_policies)
    policies = [{"Name": aws_policies.name(each), "Arn": each} for each in arns]
    return {"AttachedManagedPolicies": policies, **more}


@OPERATIONS.add(Structure(PERMISSION_SET, PAGES))
def list_customer_managed_policy_references_in_permission_set(call: Call) -> Output:
    """ListCustomerManagedPolicyReferencesInPermissionSet."""
    names, more = call.page(permission_set(call).customer_managed_policies)
    return {"CustomerManagedPolicyReferences": [_reference(each) for each in names], **more}


@OPERATIONS.add(Structure(PERMISSION_SET))
def get_inline_policy_for_permission_set(call: Call) -> Output:
    """GetInlinePolicyForPermissionSet: JSON, or an empty text."""
    return {"InlinePolicy": permission_set(call).policy}


@OPERATIONS.add(Structure(PERMISSION_SET))
def get_permissions_boundary_for_permission_set(call: Call) -> Output:
    """GetPermissionsBoundaryForPermissionSet."""
    boundary = permission_set(call).boundary
    if not boundary:
        raise not_found("The permission set has no permissions boundary")
    if boundary.startswith("arn:"):
        return {"PermissionsBoundary": {"ManagedPolicyArn": boundary}}
    return {"PermissionsBoundary": {"CustomerManagedPolicyReference": _reference(boundary)}}


@OPERATIONS.add(Structure({"ResourceArn": _RESOURCE}, INSTANCE | TOKEN))
def list_tags_for_resource(call: Call) -> Output:
    """ListTagsForResource: of a permission set, or of the instance, which has none."""
    arn = call.members["ResourceArn"]
    tags = {} if arn == _instance_arn(call) else _find(call, arn).tags
    items, more = call.page(list(tags.items()))
    return {"Tags": [{"Key": key, "Value": value} for key, value in items], **more}


def _find(call: Call, arn: str) -> PermissionSet:
    found = call.world.find_permission_set(arn)
    if found is None:
        raise not_found(f"Could not find PermissionSet with id {arn.rpartition('/')[2]}")
    return found


def _instance_arn(call: Call) -> str:
    return identifiers.instance_arn(call.world.management_account_id)


def _instance(call: Call) -> Output:
    owner, region = call.world.management_account_id, call.world.region
    store = identifiers.identity_store_id(owner)
    return {
        "InstanceArn": _instance_arn(call),
        "IdentityStoreId": store,
        "IdentityStoreArn": f"arn:aws:identitystore::{owner}:identitystore/{store}",
        "OwnerAccountId": owner,
        "CreatedDate": CREATED,
        "Status": "ACTIVE",
        "PrimaryRegion": region,
        "Regions": [{"RegionName": region, "Status": "ACTIVE", "AddedDate": CREATED, "IsPrimaryRegion": True}],
    }


def _reference(name: str) -> Output:
    """A customer-managed policy `/path/name`."""
    path, _, last = name.rpartition("/")
    return {"Name": last, "Path": f"{path}/"}
