"""Tests of ssohelper/storage."""
