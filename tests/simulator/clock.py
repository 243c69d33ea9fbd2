"""A clock that stands still until it is told otherwise."""


class Clock:
    """Unix seconds; give it to a simulator, and let time pass with `advance`."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """What time it is."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += seconds
