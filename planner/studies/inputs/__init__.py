"""Inputs of a plan that was written: the plan read back, costs at other inputs, and what each input is known within."""

from __future__ import annotations

from planner.studies.inputs.path import Attribution, attribution
from planner.studies.inputs.resolved import Resolved, straight
from planner.studies.inputs.restored import restored
from planner.studies.inputs.spread import inputs_of

__all__ = ["Attribution", "Resolved", "attribution", "inputs_of", "restored", "straight"]
