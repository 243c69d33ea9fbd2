"""Files, locks, paths, the JSON caches that the AWS CLI shares, and the keyring."""
