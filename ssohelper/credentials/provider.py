"""Role credentials for an access token."""

import shlex
from typing import Protocol

from ssohelper.errors import AccessDenied
from ssohelper.model import RoleCredentials, Session


class Issuer(Protocol):
    """What the provider needs of the portal."""

    def role_credentials(self, account_id: str, role_name: str) -> RoleCredentials:
        """Fresh credentials; raises `AccessDenied`, `SignInRequired` or `Unavailable`."""
        ...


def role_credentials(issuer: Issuer, session: Session, account_id: str, role_name: str) -> RoleCredentials:
    """Credentials of one role. Raises `AccessDenied` with the command that lists what the user does have."""
    try:
        return issuer.role_credentials(account_id, role_name)
    except AccessDenied as error:
        raise AccessDenied(
            f"the role {role_name} in account {account_id} is not assigned to you",
            hint=f"ssohelper roles --session {shlex.quote(session.name)}",
        ) from error
