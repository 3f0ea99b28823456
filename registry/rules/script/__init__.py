"""Rules about scripts, one module each; `examine` runs them over a script and what it imports."""
