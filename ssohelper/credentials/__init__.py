"""Role credentials: the provider, its caches, prepared answers, sensitive roles and their audit log."""
