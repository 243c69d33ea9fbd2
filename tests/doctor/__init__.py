"""The doctor, on configurations with a problem each; each fix is run in a real shell."""
