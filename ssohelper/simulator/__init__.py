"""Identity Center in miniature, for tests and for trying things out; it knows nothing of the rest."""
