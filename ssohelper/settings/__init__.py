"""Our own settings, `config.toml`: loading, checks, globs, name templates."""
