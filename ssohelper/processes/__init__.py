"""Processes that ssohelper starts for itself."""
