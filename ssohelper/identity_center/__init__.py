"""Clients of IAM Identity Center and AWS sign-in: the only importers of botocore."""
