"""Tests of ssohelper/aws_config."""
