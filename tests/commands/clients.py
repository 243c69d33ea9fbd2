"""The AWS CLI 2, led to a simulator."""

import json
import shutil
import subprocess

from ssohelper.simulator.server import Simulator
from tests.components import absent
from tests.conftest import Home


def installed_aws_cli_2() -> str | None:
    """The path of the AWS CLI 2, which is not on PyPI; None where there is none."""
    for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"):
        found = shutil.which("aws", path=folder)
        if found and b"aws-cli/2" in subprocess.run([found, "--version"], capture_output=True, check=False).stdout:
            return found
    return None


def aws_cli_2() -> str:
    """The path of the AWS CLI 2; skips the test, or fails it, where there is none."""
    return installed_aws_cli_2() or absent("AWS CLI 2 is not installed")


def lead(home: Home, simulator: Simulator) -> None:
    """Lead every botocore of this home folder to the simulator, one that is too old for `AWS_ENDPOINT_URL_SSO` too.

    Debian's AWS CLI is (2.9; the variable came with 2.13). In ~/.aws/models stands what `aws configure add-model`
    puts there, and it goes before what the CLI brings: the rules by which it finds a service's endpoint.
    """
    rule = {"conditions": [], "endpoint": {"url": simulator.url, "properties": {}, "headers": {}}, "type": "endpoint"}
    text = json.dumps({"version": "1.0", "parameters": _PARAMETERS, "rules": [rule]})
    for service in ("sso", "sso-oidc"):
        folder = home.path / ".aws" / "models" / service / "2019-06-10"
        folder.mkdir(parents=True)
        (folder / "endpoint-rule-set-1.json").write_text(text)


# What botocore gives to every set of rules.
_PARAMETERS = {
    "Region": {"builtIn": "AWS::Region", "type": "String", "required": False, "documentation": ""},
    "Endpoint": {"builtIn": "SDK::Endpoint", "type": "String", "required": False, "documentation": ""},
    **{
        name: {"builtIn": f"AWS::{name}", "type": "Boolean", "required": True, "default": False, "documentation": ""}
        for name in ("UseDualStack", "UseFIPS")
    },
}
