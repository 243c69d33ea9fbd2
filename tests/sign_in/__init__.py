"""Tests of ssohelper/sign_in."""
