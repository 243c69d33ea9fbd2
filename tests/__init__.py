"""The tests of ssohelper; the folders mirror `ssohelper/`."""
