"""A sign-in and role credentials are kept fresh while work goes on."""
