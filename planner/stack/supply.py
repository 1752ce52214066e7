"""What equipment costs and how long it takes: supply layers, their doors and the bills that draw from them."""

from __future__ import annotations

import numpy as np

from planner.tables import Tables


class Supply:
    """Mean price and mean make-time of each layer in a period, over open doors by their free capacity; own doors apart.

    A layer whose doors have nothing free counts its doors alike; one without doors costs and takes nothing.
    """

    def __init__(self, tables: Tables, period: int) -> None:
        n = tables.numbers["doors"]
        door, layers = tables.index("doors", "layer"), len(tables.keys("layers"))
        opened = ~tables.frames["doors"]["own"].to_numpy(bool) & (door >= 0)
        supplies = ((np.arange(layers)[:, None] == door) & opened).astype(float)
        free = supplies * (n["capacity"][:, period] * (1.0 - n["sold"][:, period]))
        weight = np.where(free.sum(axis=1, keepdims=True) > 0, free, supplies)
        weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
        self.price, self.make = weight @ n["price"][:, period], weight @ n["make_time"]
        self.layer = tables.index("bills", "layer")
        self.of, self.item = (tables.frames["bills"][c].to_numpy() for c in ("of", "item"))
        self.quantity, self.lead = tables.numbers["bills"]["quantity"], tables.numbers["bills"]["lead"]

    def _mine(self, of: str, item: str) -> np.ndarray:
        return np.nonzero((self.of == of) & (self.item == item))[0]

    def cost(self, of: str, item: str) -> float:
        """What one unit of an item draws from the layers [USD]."""
        mine = self._mine(of, item)
        return float(self.quantity[mine] @ self.price[self.layer[mine]])

    def wait(self, of: str, item: str) -> float:
        """From the order of an item's equipment to its service [yr]: the longest make-time plus lead of its bill."""
        mine = self._mine(of, item)
        mine = mine[self.quantity[mine] > 0]
        return float((self.lead[mine] + self.make[self.layer[mine]]).max(initial=0.0))
