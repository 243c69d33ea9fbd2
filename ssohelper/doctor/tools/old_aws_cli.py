"""Versions of the AWS CLI that know no refresh tokens; their dates end in `UTC` instead of `Z`."""

from ssohelper.doctor.tools.tool import Tool

TOOL = Tool("an old AWS CLI", wrote_token=lambda data: str(data.get("expiresAt", "")).endswith("UTC"))
