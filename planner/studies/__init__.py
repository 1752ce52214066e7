"""Studies: the one arrow from scenario to plan, walked many times."""
