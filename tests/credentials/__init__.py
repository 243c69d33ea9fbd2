"""Tests of ssohelper/credentials."""
