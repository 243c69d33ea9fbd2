"""ssohelper: profiles, sign-in and role credentials for IAM Identity Center."""
