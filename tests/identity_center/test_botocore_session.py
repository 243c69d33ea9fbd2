"""botocore sessions that read no settings of the user."""

from pathlib import Path

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ConfigParseError, EndpointProviderError
from botocore.loaders import create_loader

from ssohelper.identity_center import botocore_session, region_checks


def test_isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the profile nor the files that the environment names are read, even invalid ones."""
    invalid = tmp_path / "config"
    invalid.write_text("this is not a config file\n")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(invalid))
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(ConfigParseError):
        _ = botocore.session.Session().full_config
    for session in (botocore_session.isolated(), botocore_session._for_clients()):
        assert (session.full_config, session.profile) == ({"profiles": {}}, None)


REGIONS = region_checks.identity_center_regions()


@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("service", ["sso", "sso-oidc"])
def test_hosts(service: str, dual_stack: bool) -> None:
    """In every region, the host of a client is that of a client which has read all of botocore's data."""
    unsigned, found = UNSIGNED, dict[str, list[str]]()
    for region in REGIONS:
        config = Config(signature_version=unsigned, use_dualstack_endpoint=dual_stack)
        for create in (botocore_session.create_client, botocore_session.isolated().create_client):
            try:
                host = create(service, region_name=region, config=config).meta.endpoint_url
            except EndpointProviderError as error:  # a partition without such hosts
                host = str(error)
            found.setdefault(region, []).append(host)
    assert {region: hosts for region, hosts in found.items() if len(set(hosts)) != 1} == {}


def test_own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's own data is found where botocore looks for it."""
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    botocore_session._for_clients.cache_clear()
    loader = botocore_session._for_clients().get_component("data_loader")
    expected = create_loader(str(tmp_path)).search_paths
    botocore_session._for_clients.cache_clear()
    assert loader.search_paths == expected
