"""Tests of ssohelper/refresher."""
