"""Rules of the review, by practice: each is a function from a `Review` to its findings. Pure."""
