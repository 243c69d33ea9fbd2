"""Session durations: long enough to work with, and short where much is allowed or at stake. Pure."""

from collections.abc import Iterator

from ssohelper import durations
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import PermissionSet
from ssohelper.permission_sets.rules import wording

# That of a permission set for which none was chosen:
# https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html
_DEFAULT_SECONDS = 3600


def session_long(review: Review) -> Iterator[Finding]:
    """A session longer than the settings allow, in an account that is not for development."""
    longest = review.settings.longest_hours * 3600
    for each in review.sets:
        outside = _outside_development(review, each)
        seconds = each.session_seconds
        if seconds is not None and seconds > longest and outside and not _powerful_and_long(review, each):
            yield Finding(
                kind="session-long",
                severity="warning",
                practice="session",
                permission_set=each.label,
                message=f"sessions of {durations.shown(seconds)} "
                f"(at most {durations.shown(longest)} outside of development accounts)",
                affects=f"everyone who uses it in {wording.accounts(review.inventory, outside)}",
                fix=f"shorten the session duration: {wording.page(each, 'Edit')}",
                accounts=outside,
                evidence={"session_seconds": seconds, "longest_hours": review.settings.longest_hours},
            )


def _outside_development(review: Review, permission_set: PermissionSet) -> list[str]:
    """The accounts where it is provisioned that are known not to be for development."""
    everywhere = not review.settings.development_ous
    return sorted(
        each
        for each in permission_set.provisioned or ()
        if everywhere or (review.inventory.account(each).ou is not None and not review.is_development(each))
    )


def session_long_power(review: Review) -> Iterator[Finding]:
    """Full power for longer than the settings allow."""
    for each in review.sets:
        if _powerful_and_long(review, each):
            seconds, hours = each.session_seconds or 0, review.settings.powerful_hours
            yield Finding(
                kind="session-long-power",
                severity="error",
                practice="session",
                permission_set=each.label,
                message=f"its policies allow everything, with sessions of {durations.shown(seconds)} "
                f"(at most {durations.shown(hours * 3600)})",
                affects=wording.everyone(review.inventory, each),
                fix=f"shorten the session duration: {wording.page(each, 'Edit')}",
                accounts=sorted(each.provisioned or ()),
                evidence={"session_seconds": seconds, "powerful_hours": hours},
            )


def _powerful_and_long(review: Review, permission_set: PermissionSet) -> bool:
    seconds = permission_set.session_seconds
    too_long = seconds is not None and seconds > review.settings.powerful_hours * 3600
    return too_long and review.has_full_power(permission_set)


def session_default(review: Review) -> Iterator[Finding]:
    """The default of one hour, although jobs need it for a day. With full power, one hour is as it should be."""
    for each in review.sets:
        if (
            each.session_seconds == _DEFAULT_SECONDS
            and each.name in review.refreshed_all_day
            and not review.has_full_power(each)
        ):
            yield Finding(
                kind="session-default",
                severity="warning",
                practice="session",
                permission_set=each.label,
                message="sessions of 1h, the default, although credentials were refreshed all day",
                affects="jobs that run for longer than 1h and cannot refresh their credentials",
                fix=f"choose a longer session duration: {wording.page(each, 'Edit')}",
                accounts=sorted(each.provisioned or ()),
                evidence={"session_seconds": _DEFAULT_SECONDS},
            )


RULES = (session_long, session_long_power, session_default)
