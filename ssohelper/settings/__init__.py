"""Our own settings, `config.toml`: what they are, how they are read, globs and templates in them."""
