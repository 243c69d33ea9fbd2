"""The profiles of a plan that AWS tools would refuse, or use other credentials for. Pure.

botocore refuses a profile whose region differs from one in its `[sso-session]` section, for example.
"""

from collections.abc import Iterator

from ssohelper.aws_config import credential_source, resolve
from ssohelper.aws_config.config_text import NOWHERE, ConfigText, Option, Section, header
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.roles import profile_ref
from ssohelper.sync.plan import Action, Plan, RefusedProfile, Step


def find(plan: Plan, files: AwsFiles) -> list[RefusedProfile]:
    """The profiles that a plan for these files must not write."""
    written = [step for step in plan.pending if step.action is not Action.REMOVE]
    after = AwsFiles(_after(plan, files.config), lambda: files.credentials)
    return [each for step in written for each in _refused(step, after)]


def _refused(step: Step, after: AwsFiles) -> Iterator[RefusedProfile]:
    assert step.role is not None  # only profiles that are kept or removed can be without
    name = step.new_name or step.profile
    try:
        source = credential_source.source_of(after, name, {}, explicit=True)
        role = resolve.role_of(source, name) if source else None
    except Refused as error:
        yield RefusedProfile(name, step.role, error.why)
        return
    if role is None or profile_ref(role) != step.role:
        yield RefusedProfile(name, step.role, resolve.Elsewhere(name, source).why)


def _after(plan: Plan, text: ConfigText) -> ConfigText:
    """The file after the plan, with the present line numbers, so that reasons name lines that the user can find."""
    steps = {step.section.first: step for step in plan.pending if step.section}
    kept = [_changed(section, steps.get(section.first)) for section in text.sections]
    added = [_added(step) for step in plan.pending if step.section is None]
    return text._replace(sections=tuple(section for section in (*kept, *added) if section))


def _changed(section: Section, step: Step | None) -> Section | None:
    """A section after a step; None if it is removed."""
    if step is None or step.action is Action.REMOVE:
        return None if step else section
    name = step.new_name or section.name
    kept = [option for option in section.options if option.key not in step.changes]
    new_header = header(name) if step.new_name else section.header
    return section._replace(name=name, header=new_header, options=(*kept, *_options(step)))


def _added(step: Step) -> Section:
    return Section("profile", step.profile, header(step.profile), NOWHERE, tuple(_options(step)))


def _options(step: Step) -> Iterator[Option]:
    for key, (_, value) in step.changes.items():
        if value is not None:
            yield Option(key, value, NOWHERE, NOWHERE)
