"""The manual of all inputs, printed from the schema."""

from __future__ import annotations

import math

from planner.schema import SETTINGS, TABLES, Column, Table

_HEAD = """# Inputs

Printed from `planner/schema.py` by `python -m planner.manual > docs/inputs.md`; do not edit.

A scenario is a folder with `scenario.toml` and one csv file per table. Numeric columns carry their unit in the header,
`power [MW facility]`, in any compatible unit; it is converted once, on reading. Power is IT or facility, never just W;
money is USD of `currency_year`. A missing unit, an unknown column and an unknown name are faults. Keys are lower-case
letters, digits, `_`, `-` and `.`. A blank cell takes the default; where the default is *no limit*, there is no row in
the program. Columns *by year* may follow `series.csv`.
"""

_EXTRA = """## series.csv

Values of a *by year* column over time, linear between the points and flat outside. The years of a series increase.
Columns: `table,row,column,unit,year,value`.

## provenance.csv

Where a number comes from; `*` stands for all rows or columns. `confidence` is A (measured or contracted), B (published
estimate) or C (own estimate). Columns: `table,row,column,source,year,confidence,low,high,note`.

## sources.csv

The sources that `provenance.csv` names. Columns: `key,author,title,url,year`.

## Changes

`[overrides.NAME]` in `scenario.toml` holds a `description` and `set = { "table.row.column" = value }`; `--set` takes
`table.row.column=value`. A row may be a glob (`sites.*.power_price`). A value is a number in the unit above, a
number with a unit (`90 USD/MWh`), `x0.5` (times), `+10` (plus), `none` (no limit) or a word. Changes apply in order,
`scenario.*` first.
"""


def manual() -> str:
    """The text of `docs/inputs.md`: every table and column with unit, default, range and meaning."""
    settings = _rows(SETTINGS, "setting")
    tables = [_table(t) for t in TABLES.values()]
    return "\n".join([_HEAD, "## scenario.toml, section `[scenario]`\n", settings, *tables, _EXTRA])


def _table(table: Table) -> str:
    optional = " Optional." if table.optional else ""
    return f"## {table.name}.csv\n\n{table.meaning}{optional}\n\n" + _rows(table.columns, "column")


def _rows(columns: tuple[Column, ...], first: str) -> str:
    lines = [f"| {first} | unit or kind | default | range | meaning |", "|---|---|---|---|---|"]
    lines += [f"| `{c.name}` | {_kind(c)} | {_default(c)} | {_range(c)} | {_meaning(c)} |" for c in columns]
    return "\n".join(lines) + "\n"


def _kind(c: Column) -> str:
    words = {
        "key": "key",
        "number": f"{c.unit}, by year" if c.by_year else c.unit,
        "flag": "yes or no",
        "text": "text",
        "ref": f"name in {c.table}",
        "refs": f"names in {c.table}, by `;`, or `*`",
        "choice": ", ".join(c.choices),
    }
    return words[c.kind]


def _default(c: Column) -> str:
    if c.required or c.kind == "key" or c.default is None:
        return "**required**"
    if c.blank:
        return "no limit"
    if isinstance(c.default, bool):
        return "yes" if c.default else "no"
    if isinstance(c.default, float):
        return f"{c.default:g}"
    return str(c.default) or "blank"


def _range(c: Column) -> str:
    if c.kind != "number":
        return ""
    return f"at least {c.low:g}" if math.isinf(c.high) else f"{c.low:g} to {c.high:g}"


def _meaning(c: Column) -> str:
    return c.meaning.replace("|", "\\|")


if __name__ == "__main__":
    print(manual(), end="")
