"""`design`: choices of satellites and sites that move along the gradient of the plan's cost.

``free_choices`` says which, ``Landscape`` prices many designs at once, ``descend`` walks down from many starts, and
``design`` puts an exact, certified plan at both ends.
"""

from planner.studies.design.choices import CHOICES, Free, free_choices
from planner.studies.design.descent import Path, descend
from planner.studies.design.landscape import Landscape
from planner.studies.design.study import Design, design

__all__ = ["CHOICES", "Design", "Free", "Landscape", "Path", "descend", "design", "free_choices"]
