"""Tests of ssohelper/sync."""
