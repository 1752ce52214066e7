"""`python -m planner.reconcile > docs/reconcile.md`."""

from planner.reconcile.page import page

print(page(), end="")
