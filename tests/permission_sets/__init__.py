"""Permission sets: what denies access, and how it is explained."""
