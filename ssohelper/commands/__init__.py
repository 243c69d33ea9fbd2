"""`ssohelper X` is `commands/x.py`: it parses options, calls the work modules, and prints their results."""
