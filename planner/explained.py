"""What the explaining commands found, kept in the bundle for its report: ``explained/NAME.parquet``.

Such a table proves nothing and is not hashed; it carries the seal of the plan that it speaks of, and is passed over
once that is another one.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = "explained"
COLUMNS: dict[str, set[str]] = {
    "bottlenecks": {
        *("row", "a", "b", "c", "period", "year", "plain", "price", "price_unit", "limit", "unit", "worth", "weak"),
        *("relief_price", "relief_amount", "relief_ended", "relief_next", "halves_after", "queue_next"),
        *("loss_price", "loss_amount", "loss_ended", "loss_next"),
    },
    "path": {"step", "bottleneck", "year", "unit", "relief", "saved"},
    "queues": {
        *("kind", "name", "years", "joined", "month", "earlier", "later", "half", "without", "latest", "slip"),
        *("verdict", "instead"),
    },
    "routes": {"queue", "route", "how", "cost"},
    "futures": {"future", "cost", "bound", "held", "replayed", "served", "power"},
    "futures_queues": {"name", "planned", "share", "year", "verdict"},
    "futures_limits": {"row", "a", "b", "c", "share", "worth", "worth_high", "planned"},
    "alternatives": {
        *("name", "kind", "title", "unit", "planned", "proven_least", "reached_least", "reached_most", "proven_most"),
        *("verdict", "without", "least_cost", "most_cost", "within", "allowed"),
    },
    "alternatives_moves": {"name", "side", "other", "kind", "title", "unit", "planned", "there", "change", "share"},
    "frontier": {"earth", "factor", "wait", "mass", "price", "shown", "by"},
    "frontier_today": {"kind", "title", "value"},
}
"""Tables by name, and the columns that a reader counts on."""
SEAL = b"planner.seal"


def keep(bundle: str | Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write tables into a bundle, each atomically. Nothing is done for one that is not on disk."""
    folder = Path(bundle)
    seal = _seal(folder)
    if seal is None:
        return
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, frame in tables.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), SEAL: seal})
        handle, temporary = tempfile.mkstemp(dir=folder / FOLDER, prefix=f"{name}.", suffix=".part")
        os.close(handle)
        try:
            pq.write_table(table, temporary)
            os.chmod(temporary, 0o644)
            os.replace(temporary, folder / FOLDER / f"{name}.parquet")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def kept(bundle: str | Path, name: str) -> pd.DataFrame | None:
    """A table of a bundle; None where there is none, it cannot be read, or it speaks of another plan."""
    folder = Path(bundle)
    path = folder / FOLDER / f"{name}.parquet"
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with pq.ParquetFile(path) as file:
            if (file.schema_arrow.metadata or {}).get(SEAL) != _seal(folder):
                return None
            frame = file.read().to_pandas(ignore_metadata=True)
    except Exception:  # pyarrow raises many kinds for garbage; every one means the same to the reader
        return None
    return frame if set(frame.columns) >= COLUMNS[name] else None


def _seal(folder: Path) -> bytes | None:
    try:
        return str(json.loads((folder / "certificate.json").read_bytes())["seal"]).encode()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
