"""The AWS SDK for JavaScript v3."""

import re

from ssohelper.doctor.tools.tool import Tool

# parseIni of @smithy/core compares ASCII characters.
_HEADER = re.compile(r"""[\w-]+\s(?:[\w@+.%:/-]+|"[\w@+.%:/-]+"|'[\w@+.%:/-]+')""", re.ASCII)

TOOL = Tool("the SDK for JavaScript", finds_profile=lambda section: _HEADER.fullmatch(section.header) is not None)
