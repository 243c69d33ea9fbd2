"""What is wrong with a set-up, where, for whom, and the command that mends it. Reads, and changes nothing."""
