"""ssohelper: profiles, sign-in and role credentials for IAM Identity Center."""

__version__ = "0.1.0"
