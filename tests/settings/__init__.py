"""Tests of ssohelper/settings."""
