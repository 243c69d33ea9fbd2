"""aws-sso-util, which writes token files through its own library, aws-sso-lib."""

from ssohelper.doctor.tools.tool import Tool

TOOL = Tool("aws-sso-util", wrote_token=lambda data: "receivedAt" in data)
