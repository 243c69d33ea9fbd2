"""Tests of ssohelper/doctor/tools."""
