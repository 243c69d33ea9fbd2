"""The AWS config and credentials files: their text, what a profile means, and how they are edited."""
