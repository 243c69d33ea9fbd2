"""An access token becomes role credentials."""
