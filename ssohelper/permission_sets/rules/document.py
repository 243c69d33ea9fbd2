"""What is written down about a permission set: description, tags, and the page that it opens. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ssohelper.identity_center import console
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.rules import wording
from ssohelper.permission_sets.rules.name import words

# Those whose console has a published host.
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
# Words that add nothing to the name in a description.
_FILLERS = re.compile("a|access|an|aws|for|of|permissions?|policy|role|set|sso|the")


def no_description(review: Review) -> Iterator[Finding]:
    """No description, or one that says no more than the name."""
    for each in review.sets:
        text = each.description
        repeats = bool(text and each.name) and _repeats(str(text), each.label)
        if text is not None and (repeats or not text):
            yield Finding(
                kind="no-description",
                severity="warning",
                practice="document",
                permission_set=each.label,
                message="the description says no more than the name" if repeats else "no description",
                affects="administrators who decide who needs it, and what it has to allow",
                fix=f"describe what it is for and who needs it: {wording.page(each, 'Edit')}",
                evidence={"description": text},
            )


def _repeats(description: str, name: str) -> bool:
    named = words(name)
    return all(each in named or _FILLERS.fullmatch(each) for each in words(description))


def no_tag(review: Review) -> Iterator[Finding]:
    """A tag is missing that each permission set should have, by the settings."""
    for each in review.sets:
        missing = [tag for tag in review.settings.required_tags if each.tags is not None and tag not in each.tags]
        if missing:
            one = len(missing) == 1
            yield Finding(
                kind="no-tag",
                severity="warning",
                practice="document",
                permission_set=each.label,
                message=f"the {'tag' if one else 'tags'} {wording.names(missing)} {'is' if one else 'are'} missing",
                affects="administrators and reports that go by tags",
                fix=f"add {'it' if one else 'them'} (TagResource): {wording.page(each)}",
                evidence={"missing": missing},
            )


def relay_state(review: Review) -> Iterator[Finding]:
    """A relay state that is not an https URL of the AWS console in the partition of the instance."""
    partition = review.inventory.instance.arn.removeprefix("arn:").partition(":")[0]
    for each in review.sets:
        problem = _problem(each.relay_state, partition) if each.relay_state else None
        if problem:
            yield Finding(
                kind="relay-state",
                severity="warning",
                practice="document",
                permission_set=each.label,
                message=f"the relay state is {problem}",
                affects=f"{wording.everyone(review.inventory, each)}: the access portal opens this URL",
                fix=f"set the relay state to a page of the console, or clear it: {wording.page(each, 'Edit')}",
                accounts=sorted(each.provisioned or ()),
                evidence={"relay_state": each.relay_state, "partition": partition},
            )


def _problem(url: str, partition: str) -> str | None:
    """What is wrong with a relay state. Of a partition without a published console, any host may be right."""
    try:
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    except ValueError:
        scheme, host = "", None
    if scheme != "https" or not host:
        return "not an https URL"
    found = next((each for each in _PARTITIONS if f".{host}".endswith(f".{_domain(each)}")), None)
    if partition not in _PARTITIONS or found == partition:
        return None
    return f"a URL of another partition, {found}: {host}" if found else f"not a URL of the AWS console: {host}"


def _domain(partition: str) -> str:
    """The domain of a partition: not every service has its pages on the console's own host."""
    return (urlsplit(console.destination(partition, None, None)).hostname or "").removeprefix("console.")


RULES = (no_description, no_tag, relay_state)
