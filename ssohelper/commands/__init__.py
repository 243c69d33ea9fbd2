"""`ssohelper X` is `commands/x.py`: it parses options, calls the work, and renders what comes back."""
