"""Sign-ins: the browser and device code flows, access tokens and their refreshes."""
