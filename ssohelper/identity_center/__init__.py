"""The wire: the only rooms from which Identity Center is called."""
