"""botocore sessions that read no settings of the user."""

import os

import botocore.session


def isolated() -> botocore.session.Session:
    """A session without a profile, a config file and a credentials file."""
    no_file = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": no_file,
            "credentials_file": no_file,
        }
    )
