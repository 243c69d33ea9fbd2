"""Which way of serving credentials works with which client: see `__main__`."""
