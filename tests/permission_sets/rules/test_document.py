"""Descriptions, tags and relay states."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Instance
from ssohelper.permission_sets.rules import document
from tests.fixtures.inventories import PROD, SETTINGS, inventory, permission_set, review

TAGGED = SETTINGS._replace(required_tags=("owner", "cost-center"))


def messages(rule: Callable[[Review], Iterator[Finding]], **changes: Any) -> list[str]:
    """What a rule says of a permission set with changes."""
    return [each.message for each in rule(review(inventory(permission_set(**changes)), TAGGED))]


@pytest.mark.parametrize("rule", document.RULES)
def test_clean(rule: Callable[[Review], Iterator[Finding]]) -> None:
    """Nothing is found in a clean inventory, nor in one where nothing is known."""
    assert list(rule(review(inventory(permission_set())))) == []
    unknown = permission_set(description=None, tags=None, relay_state=None)
    assert list(rule(review(inventory(unknown), TAGGED))) == []


def test_no_description() -> None:
    """What the finding says of a missing description."""
    assert list(document.no_description(review(inventory(permission_set(description=""))))) == [
        Finding(
            kind="no-description",
            severity="warning",
            practice="document",
            permission_set="DeveloperAccess",
            message="no description",
            affects="administrators who decide who needs it, and what it has to allow",
            fix="describe what it is for and who needs it: "
            "IAM Identity Center > Permission sets > DeveloperAccess > Edit",
            evidence={"description": ""},
        )
    ]


@pytest.mark.parametrize(
    "description",
    [
        "DeveloperAccess",
        "developer access",
        "Developer",
        "DeveloperAccess permission set",
        "The permission set for Developer-Access.",
        "AWS SSO role",
        " ",
        "-",
        "2",
    ],
)
def test_description_without_information(description: str) -> None:
    """A description that adds nothing to the name is found."""
    assert messages(document.no_description, description=description) == [
        "the description says no more than the name"
    ]


@pytest.mark.parametrize("description", ["Developers of payments", "Full access", "Entwickler", "開発者"])
def test_description(description: str) -> None:
    """A description with a word of its own is good enough."""
    assert messages(document.no_description, description=description) == []


def test_description_without_a_name() -> None:
    """Without the name, it is not known whether a description repeats it; whether it is empty is known."""
    assert messages(document.no_description, name=None, description="DeveloperAccess") == []
    assert messages(document.no_description, name=None, description="") == ["no description"]


def test_no_tag() -> None:
    """What the finding says of a missing tag."""
    assert list(document.no_tag(review(inventory(permission_set()), TAGGED))) == [
        Finding(
            kind="no-tag",
            severity="warning",
            practice="document",
            permission_set="DeveloperAccess",
            message="the tag cost-center is missing",
            affects="administrators and reports that go by tags",
            fix="add it (TagResource): IAM Identity Center > Permission sets > DeveloperAccess",
            evidence={"missing": ["cost-center"]},
        )
    ]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ["the tags owner and cost-center are missing"]),
        ({"Owner": "platform", "cost-center": "1"}, ["the tag owner is missing"]),
        ({"owner": "platform", "cost-center": "1", "team": "a"}, []),
    ],
)
def test_tags(tags: dict[str, str], expected: list[str]) -> None:
    """Each of the required tags has to be there, in the same case, as AWS compares tags."""
    assert messages(document.no_tag, tags=tags) == expected


def test_relay_state() -> None:
    """What the finding says of a relay state that is not a page of the console."""
    each = permission_set(relay_state="https://wiki.example.com/aws", provisioned=(PROD, "777788889999"))
    assert list(document.relay_state(review(inventory(each)))) == [
        Finding(
            kind="relay-state",
            severity="warning",
            practice="document",
            permission_set="DeveloperAccess",
            message="the relay state is not a URL of the AWS console: wiki.example.com",
            affects="everyone who uses it in payments-prod and sandbox: the access portal opens this URL",
            fix="set the relay state to a page of the console, or clear it: "
            "IAM Identity Center > Permission sets > DeveloperAccess > Edit",
            accounts=[PROD, "777788889999"],
            evidence={"relay_state": "https://wiki.example.com/aws", "partition": "aws"},
        )
    ]


def problems(partition: str, url: str) -> list[str]:
    """What the rule says of a relay state in a partition."""
    of = inventory(permission_set(relay_state=url))
    of = replace(of, instance=Instance(f"arn:{partition}:sso:::instance/ssoins-1", "d-1"))
    return [each.message.removeprefix("the relay state is ") for each in document.relay_state(review(of))]


@pytest.mark.parametrize(
    ("partition", "url"),
    [
        ("aws", "https://console.aws.amazon.com/ec2/"),
        ("aws", "https://eu-central-1.console.aws.amazon.com/console/home?region=eu-central-1#"),
        ("aws", "https://s3.console.aws.amazon.com/s3/home?region=us-east-1#"),
        ("aws", "HTTPS://Console.AWS.amazon.com:443/"),
        ("aws", "https://health.aws.amazon.com/health/home"),
        ("aws", "https://phd.aws.amazon.com/phd/home#/"),
        ("aws", "https://us-east-1.quicksight.aws.amazon.com/sn/start"),
        ("aws-us-gov", "https://console.amazonaws-us-gov.com/"),
        ("aws-us-gov", "https://us-gov-west-1.console.amazonaws-us-gov.com/ec2"),
        ("aws-cn", "https://cn-north-1.console.amazonaws.cn/console/home"),
        ("aws-eusc", "https://eusc-de-east-1.console.amazonaws-eusc.eu/"),
        ("aws-iso", "https://console.example.gov/"),
    ],
)
def test_console_urls(partition: str, url: str) -> None:
    """Each page of AWS in the partition of the instance is right; of other partitions, hosts are not published."""
    assert problems(partition, url) == []


@pytest.mark.parametrize(
    ("partition", "url", "expected"),
    [
        ("aws", "http://console.aws.amazon.com/", "not an https URL"),
        ("aws", "console.aws.amazon.com", "not an https URL"),
        ("aws", "https:///ec2", "not an https URL"),
        ("aws", "https://[console.aws.amazon.com/", "not an https URL"),
        ("aws-iso", "ec2", "not an https URL"),
        (
            "aws",
            "https://console.aws.amazon.com.evil.com/",
            "not a URL of the AWS console: console.aws.amazon.com.evil.com",
        ),
        ("aws", "https://console.aws.amazon.com@evil.com/", "not a URL of the AWS console: evil.com"),
        ("aws", "https://myaws.amazon.com/", "not a URL of the AWS console: myaws.amazon.com"),
        ("aws", "https://console.amazonaws.cn/", "a URL of another partition, aws-cn: console.amazonaws.cn"),
        ("aws-cn", "https://console.aws.amazon.com/", "a URL of another partition, aws: console.aws.amazon.com"),
    ],
)
def test_other_urls(partition: str, url: str, expected: str) -> None:
    """A relay state is found that is not an https URL, or not one of the console in this partition."""
    assert problems(partition, url) == [expected]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), st.sampled_from(["", "https://"]))
def test_any_relay_state(text: str, before: str) -> None:
    """Any text that a relay state may have can be judged."""
    assert len(problems("aws", before + text)) == 1
