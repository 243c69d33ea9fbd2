"""Large config files."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, SESSION, config_findings, run_fix
from tests.fixtures.home import Home

pytestmark = pytest.mark.full


def many_profiles(number: int, options: str) -> str:
    """A config file with this number of profiles."""
    options = f"sso_session = acme\nsso_role_name = R\n{options}"
    others = "".join(f"[profile p{each}]\nsso_account_id = {each:012}\n{options}" for each in range(1, number))
    return SESSION + PROFILE + others


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (many_profiles(4000, ""), "the config file has 4,000 profiles (0.3 MB): reading it takes up to 0.5 s"),
        (
            many_profiles(1000, f"# {'x' * 800}\n"),
            "the config file has 1,000 profiles (0.9 MB): reading it takes up to 0.6 s",
        ),
    ],
    ids=["profiles", "bytes"],
)
def test_large(configured: Home, text: str, message: str) -> None:
    """Many profiles, or many bytes, are a warning on every machine; the fix opens config.toml to include fewer."""
    configured.config.write_text(text)
    (found,) = config_findings(configured)
    assert (found["kind"], found["severity"], found["message"]) == ("large-config", "warning", message)
    run_fix(configured, f"EDITOR=cat; cat() {{ printf '%s' \"$1\" >edited; }}; {found['fix']}")
    assert (configured.path / "edited").read_text() == str(configured.settings)


def test_just_below(configured: Home) -> None:
    """One profile less is no finding, however busy the machine is."""
    configured.config.write_text(many_profiles(3999, ""))
    assert config_findings(configured) == []
