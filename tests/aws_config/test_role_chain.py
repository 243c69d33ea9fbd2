"""The arguments with which a profile assumes a role, compared with botocore's own."""

import itertools
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import botocore.credentials
import botocore.exceptions
import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import credential_source, resolve
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.roles import AccessKeysRef, AssumedRole, RoleRef, mfa_serial_in, parse_source
from tests.fixtures.examples import examples

SESSION = "[sso-session acme]\nsso_start_url = https://a/start\nsso_region = eu-west-1\n"
BASE = "[profile base]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
KEYS = "[profile keys]\naws_access_key_id = AKIA1\naws_secret_access_key = secret\n"
ARN = "arn:aws:iam::999988887777:role/Deploy"
ROLE = RoleRef("acme", "111122223333", "Admin")
_ARNS = st.sampled_from([ARN, "arn:aws-cn:iam::999988887777:role/a/b/C"])
_OPTIONAL = {
    "external_id": st.sampled_from(["", "x-4711", "a=b", "ü"]),
    "role_session_name": st.sampled_from(["", "alex@example.com", "a b"]),
    "duration_seconds": st.sampled_from(["", "900", " 1_800 ", "+3600", "-1", "1e3", "an hour", "٣٦٠٠"]),
}
_DEVICE = {"mfa_serial": st.sampled_from(["GAHT12345678", "arn:aws:iam::111122223333:mfa/alex"])}
_KEY_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "aws_access_key_id": st.sampled_from(["AKIA1", "AKIA2", ""]),
        "aws_secret_access_key": st.sampled_from(["one", "other"]),
        "aws_session_token": st.sampled_from(["", "token"]),
        "aws_security_token": st.sampled_from(["", "old"]),
    },
)


def files(*sections: str) -> AwsFiles:
    """The config file with the session, the base and further sections."""
    return AwsFiles(parse((SESSION + BASE + "".join(sections)).encode()))


def chained(profile: str, *sections: str) -> AssumedRole:
    """The role that a profile assumes."""
    found = resolve.profile_role(files(*sections), profile, {}, explicit=True).role
    assert isinstance(found, AssumedRole)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where botocore's config file is written."""
    return tmp_path_factory.mktemp("chain")


def by_botocore(path: Path, profile: str = "x", credentials: Path = Path("/no/such")) -> Any:
    """What botocore makes of a profile."""
    paths = {"config_file": path, "credentials_file": credentials}
    variables = {name: (None, None, str(each), None) for name, each in paths.items()}
    session = botocore.session.Session(profile=profile, session_vars=variables)
    return botocore.credentials.create_credential_resolver(session).load_credentials()


@settings(max_examples=examples(300))
@given(
    st.one_of(
        st.fixed_dictionaries({"source_profile": st.just("base"), "role_arn": _ARNS}, optional=_OPTIONAL),
        st.fixed_dictionaries({"source_profile": st.just("keys"), "role_arn": _ARNS}, optional=_OPTIONAL | _DEVICE),
    )
)
def test_same_request_as_botocore(folder: Path, options: dict[str, str]) -> None:
    """The arguments, and the name under which the credentials are cached, are botocore's."""
    text = "[profile x]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
    found = chained("x", KEYS, text)
    path = folder / "config"
    path.write_text(SESSION + BASE + KEYS + text)
    refresh = by_botocore(path)._refresh_using
    fetcher = getattr(refresh, "_refresh", refresh).__self__  # with an MFA device it is wrapped
    expected = dict(fetcher._assume_kwargs)
    if fetcher._using_default_session_name:
        del expected["RoleSessionName"]
    assert (dict(found.arguments), found.file_name) == (expected, fetcher._cache_key)
    assert parse_source(found.text) == found


def test_three_links() -> None:
    """Each link names its own profile; all are called with the settings of the one that was asked for."""
    found = chained(
        "third",
        f"[profile third]\nrole_arn = {ARN}3\nsource_profile = second\n",
        f"[profile second]\nrole_arn = {ARN}2\nsource_profile = first\n",
        f"[profile first]\nrole_arn = {ARN}1\nsource_profile = base\n",
    )
    first = AssumedRole("first", "third", ROLE, (("RoleArn", f"{ARN}1"),))
    second = AssumedRole("second", "third", first, (("RoleArn", f"{ARN}2"),))
    assert found == AssumedRole("third", "third", second, (("RoleArn", f"{ARN}3"),))
    assert (found.sso_role, found.session, found.label) == (ROLE, "acme", "Deploy3 in 999988887777")
    assert parse_source(found.text) == found


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            "role_arn = Deploy\n",
            "it has an invalid role_arn: 'Deploy' (expected arn:aws:iam::ID:role/NAME) (line 10 of the config file)",
        ),
        (
            f"role_arn = {ARN}\nmfa_serial = arn:aws:iam::111122223333:mfa/alex\n",
            "it has mfa_serial, but its source is a role, which has no MFA device (line 11 of the config file)",
        ),
        (
            f"role_arn = {ARN}\nexternal_id =\n  a = b\n",
            "it has a block of options as external_id (line 11 of the config file)",
        ),
    ],
    ids=["role_arn", "mfa_serial", "block"],
)
def test_refused(options: str, why: str) -> None:
    """What AWS never allows is refused with the line at fault, also for profiles that lead there."""
    config = files(
        f"[profile x]\nsource_profile = base\n{options}", f"[profile y]\nrole_arn = {ARN}\nsource_profile = x\n"
    )
    for profile in ("x", "y"):
        with pytest.raises(Refused) as caught:
            resolve.profile_role(config, profile, {}, explicit=True)
        assert (caught.value.profile, caught.value.why) == ("x", why)
    assert [*resolve.profiles(config)] == ["base"]


@settings(max_examples=examples(200))
@given(_KEY_OPTIONS, _KEY_OPTIONS)
def test_same_keys_as_botocore(folder: Path, in_config: dict[str, str], in_credentials: dict[str, str]) -> None:
    """A role is assumed with the access keys that botocore takes: all of them from the same file."""

    def section(header: str, options: dict[str, str]) -> str:
        return f"[{header}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())

    config, credentials = section("profile keys", in_config), section("keys", in_credentials)
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(credentials)
    chain = f"[profile x]\nrole_arn = {ARN}\nsource_profile = keys\n"
    both = AwsFiles(parse((chain + config).encode()), lambda: parse(credentials.encode()))
    try:
        theirs = by_botocore(folder / "config", "keys", folder / "credentials")
        expected = theirs and (theirs.access_key, theirs.secret_key, theirs.token)
    except botocore.exceptions.PartialCredentialsError:
        expected = None
    found = None
    with suppress(Refused):
        role = resolve.profile_role(both, "x", {}, explicit=True).role
        assert isinstance(role, AssumedRole)
        assert isinstance(role.source, AccessKeysRef)
        assert parse_source(role.text) == role
        found = credential_source.access_keys(both, role.source)
    assert found == expected


def test_keys_at_the_start() -> None:
    """A chain that starts with access keys has no session, and a limit of the duration only from its second link."""
    first = f"[profile first]\nrole_arn = {ARN}\nsource_profile = keys\nmfa_serial = d\n"
    second = f"[profile second]\nrole_arn = {ARN}2\nsource_profile = first\n"
    found = chained("second", KEYS, first, second)
    assert isinstance(found.source, AssumedRole)
    assert (found.first, found.sso_role, found.session) == (AccessKeysRef("keys"), None, "")
    assert (found.source.mfa_serial, found.mfa_serial, mfa_serial_in(found)) == ("d", None, "d")
    assert (found.source.is_chained, found.is_chained) == (False, True)
    with pytest.raises(Refused) as caught:
        chained("second", KEYS, first, f"{second}mfa_serial = d\n")
    assert caught.value.why == (
        "it has mfa_serial, but its source is a role, which has no MFA device (line 18 of the config file)"
    )


def test_keys_that_are_gone() -> None:
    """The file may have changed since the role was read from it."""
    with pytest.raises(Refused, match="profile 'keys' no longer has access keys"):
        credential_source.access_keys(files(), AccessKeysRef("keys"))


BASE_TEXT = "acme 111122223333 Admin"


@pytest.mark.parametrize(
    "assumed",
    [
        *(None, 5, [], [[]], [["x"]], [["x", {}]], [["x", None]], [["x", {"RoleArn": "Deploy"}]]),
        *([["x", {"RoleArn": ARN, key: "1"}]] for key in ("Policy", "TokenCode", "SerialNumber", "DurationSeconds")),
        *([["x", {"RoleArn": ARN, "DurationSeconds": number}]] for number in (True, 1e3)),
        [["x", {"RoleArn": ARN, "DurationSeconds": []}]],
        [["x", {"RoleArn": ARN, "ExternalId": 5}]],
        [["x", {"RoleArn": ARN, "ExternalId": "\ud800"}]],
    ],
)
def test_invalid_text(assumed: object) -> None:
    """Text that no role has is no role, whatever it is: it comes from the environment, too."""
    text = json.dumps({"sso_role": BASE_TEXT, "settings_profile": "x", "assumed": assumed})
    assert parse_source(text) is None
    keys = {"access_keys": "keys", "settings_profile": "x", "assumed": [["x", {"RoleArn": ARN}]]}
    assert parse_source(json.dumps(keys)) is not None
    for ref in ([], ["keys"], None, 5):
        assert parse_source(json.dumps({**keys, "access_keys": ref})) is None
    for other in ("{", "{}", '{"sso_role":', "[" * 5000, '{"assumed":' * 5000, '{"sso_role": "x", "assumed": []}'):
        assert parse_source(other) is None


def test_long_chain() -> None:
    """The text of a chain grows with the number of its roles, and no faster."""
    names = ["base", *(f"d{number}" for number in range(60))]
    sections = [
        f"[profile {name}]\nrole_arn = {ARN}{name}\nsource_profile = {source}\n"
        for source, name in itertools.pairwise(names)
    ]
    found = chained("d59", *sections)
    assert (len(found.chain), parse_source(found.text) == found, len(found.text) < 61 * 120) == (61, True, True)
