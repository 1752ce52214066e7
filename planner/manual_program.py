"""The manual of the program: every variable and row family with its keys, unit and meaning, printed from a layout."""

from __future__ import annotations

from planner.program import Layout

HEAD = """# The program

Every family of variables and rows, printed from the assembled `tiny` and `rented` (which have them all) by
`python -m planner.manual_program > docs/program.md`.

    minimise  cost.x + constant   subject to   A x {<=, =, >=} rhs,   lower <= x <= upper,   some x integer

A variable block and a row block are arrays `[entity, T]`. Program units keep the numbers near one; tables, bundles and
reports show MW, PFLOP/s, units and M USD. A limit that is not given has no row. Upper bounds that follow from other
rows close the box for the certificate and are not passed to solvers. Coefficients come from `compute_stack` (rates by
roofline, PUE and water from climate, satellite mass from the design, leads from stages), so that the derivative of the
plan's cost in any input is one backward pass (`planner.gradient`).

Money parts: annuities inside the horizon of what is in service (no salvage), deposits lost, energy on dispatch, upkeep,
operations, launch, link, stock, rent, carbon, serving a workload from a place, the value of demand and work that is not
served, lateness, a small regional preference. The objective is their sum; it is checked in every solve.
"""


def program_manual(*layouts: Layout) -> str:
    """Markdown: variables, then rows."""
    lines = [HEAD, "## Variables", "", "| name | for each | unit | whole | meaning |", "|---|---|---|---|---|"]
    for v in (v for layout in layouts for v in layout.variables):
        whole = "yes" if v.integer else ""
        lines.append(f"| `{v.name}` | {', '.join(v.keys)}, period | {v.unit} | {whole} | {v.meaning} |")
    lines += ["", "## Rows", "", "| name | for each | sense | unit of the limit | meaning |", "|---|---|---|---|---|"]
    for r in (r for layout in layouts for r in layout.rows):
        lines.append(f"| `{r.name}` | {', '.join(r.keys)}, period | {r.sense} | {r.unit} | {r.meaning} |")
    return "\n".join(_unique(lines)) + "\n"


def _unique(lines: list[str]) -> list[str]:
    """Drop a family's second block (limits of one kind share their line)."""
    seen: set[str] = set()
    out = []
    for line in lines:
        if not line.startswith("| `") or line not in seen:
            out.append(line)
        seen.add(line)
    return out


if __name__ == "__main__":
    from planner.assemble import assemble_compiled
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    programs = [assemble_compiled(read_tables(read_scenario(name))).program for name in ("tiny", "rented")]
    print(program_manual(*(p.layout for p in programs)), end="")
