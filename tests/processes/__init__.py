"""The processes that ssohelper starts itself."""
