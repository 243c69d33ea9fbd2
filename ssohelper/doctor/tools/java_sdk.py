"""The AWS SDK for Java 2."""

import re

from ssohelper.doctor.tools.tool import Tool

# ProfileFileReader.
_NAME = re.compile(r"[A-Za-z0-9_\-/.%@]*")

TOOL = Tool("the SDK for Java", finds_profile=lambda section: _NAME.fullmatch(section.name) is not None)
