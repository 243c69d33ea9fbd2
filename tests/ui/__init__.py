"""Tests of ssohelper/ui."""
