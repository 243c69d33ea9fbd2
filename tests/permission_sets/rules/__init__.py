"""The rules of the review, each on inventories that have its problem, almost have it, or do not tell."""
