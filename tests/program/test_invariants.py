"""What must not change: money times two, names, units, order; and what a limit, a tail and one more site may do."""

import csv
import shutil
from dataclasses import replace

import jax
import numpy as np
import pytest
from orbit_scenario import ORBIT, SCENARIO, Numbers, relaxed

from planner import read_scenario, read_tables
from planner.assemble import assemble
from planner.schema import TABLES

LEAN = {
    "classes": "class,title,market,kind,profile,max_rtt [ms],orbit,demand [PFLOP/s],price [USD/PFLOP/h]\n"
    "chat,Chat,inference-grid,rate,serve,100,no,20000,4\nbatch,Batch,inference-grid,rate,serve,,no,9000,2\n",
    "workloads": "workload,class,region,share [1]\nchat_e,chat,east,1\nbatch_e,batch,east,1\n",
    "hardware": "hardware,container,coolant,power [kW IT],chips [1],peak_bf16 [PFLOP/s],peak_fp8 [PFLOP/s],memory [GB],"
    "bandwidth [TB/s],price [M USD],life [yr]\nvr,rack,liquid,225,72,4,16.7,288,22,6,5\n",
    "zones": "zone,kind,jurisdiction\nusz,ground,us\nother,ground,us\n",
    "phases": "phase,site,source,stage,power [MW facility],earliest [yr]\np1,s1,grid,build,1,9999\n",
}
KEPT = ("jurisdictions", "regions", "profiles", "tranches", "territories", "sites", "stages", "generation", "cooling")
SITE = "s3,Site 3,US,other,pjm,40,-76,{energised},20,400,2,10,20,{construction},,0\n"


def lean(folder, periods, site=""):
    """A scenario without queues, supply, launches or limits, and without discounting: every period is alike."""
    folder.mkdir()
    (folder / "scenario.toml").write_text(
        f"[scenario]\nstart = 2027\nperiod = 1.0\nperiods = {periods}\ncurrency_year = 2026\ndiscount_rate = 0.0\n"
    )
    for name in KEPT:
        shutil.copy(SCENARIO / f"{name}.csv", folder)
    for name, text in LEAN.items():
        (folder / f"{name}.csv").write_text(text)
    if site:
        with (folder / "sites.csv").open("a") as file:
            file.write(site)
    return read_tables(read_scenario(folder))


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return Numbers(lean(tmp_path_factory.mktemp("lean") / "one", 1))


def rewritten(folder, change):
    """A copy of the scenario with every csv passed through `change(table, header, rows)`."""
    shutil.copytree(SCENARIO, folder)
    for path in folder.glob("*.csv"):
        header, *rows = csv.reader(path.read_text().splitlines())
        change(path.stem, header, rows)
        path.write_text("\n".join(",".join(cells) for cells in (header, *rows)) + "\n")
    return folder


def assert_same(first, second, tolerance=0.0):
    """Two flat programs with the same numbers."""
    assert first.shape == second.shape
    difference = abs(first.matrix - second.matrix)
    assert difference.max() <= tolerance * abs(first.matrix).max()
    for name in ("cost", "lower", "upper", "rhs"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=tolerance, atol=tolerance)


def test_money_times_two_doubles_the_cost_and_changes_no_decision(numbers):
    tables = numbers.tables
    doubled = {
        t: {c: v * 2.0 if "USD" in TABLES[t].index[c].unit else v for c, v in columns.items()}
        for t, columns in tables.numbers.items()
    }
    money = tables.frames["limits"]["kind"].isin(["budget", "equity"]).to_numpy()
    doubled["limits"] = {"amount": np.where(money[:, None], 2.0, 1.0) * tables.numbers["limits"]["amount"]}
    settings = {**tables.settings, "carbon_price": 2.0 * tables.settings["carbon_price"]}
    other = replace(tables, numbers=doubled, settings=settings)
    once, twice = numbers.program(), numbers.program(other)
    value, x = relaxed(once)
    double, _ = relaxed(twice)
    assert double == pytest.approx(2 * value, rel=1e-9)
    flat = twice.flat()
    assert flat.value(x) == pytest.approx(2 * value, rel=1e-9)
    residual = flat.sense * (flat.matrix @ x - flat.rhs)
    assert np.where(flat.sense == 0, abs(flat.matrix @ x - flat.rhs), np.maximum(-residual, 0)).max() < 1e-6


def test_renaming_every_key_changes_nothing(numbers, tmp_path):
    def new(name):
        return name if name in ("", "*") else f"n.{name}"

    def rename(table, header, rows):
        for i, cell in enumerate(header):
            column = TABLES[table].index[cell.split(" [")[0]]
            if column.kind in ("key", "ref") or (table, column.name) in (("bills", "item"), ("limits", "subject")):
                for row in rows:
                    row[i] = new(row[i])
            elif column.kind == "refs":
                for row in rows:
                    row[i] = ";".join(new(v) for v in row[i].split(";"))

    sets = []
    for item in ORBIT:
        table, _, rest = item.partition(".")
        sets.append(item if table == "scenario" else f"{table}.n.{rest}")
    renamed = Numbers(read_tables(read_scenario(rewritten(tmp_path / "s", rename), (), tuple(sets)))).program()
    assert renamed.layout.digest != numbers.program().layout.digest
    assert_same(numbers.program().flat(), renamed.flat())


def test_units_of_the_files_change_nothing(numbers, tmp_path):
    other = {
        "MW facility": ("kW facility", 1e3),
        "USD/MWh": ("USD/kWh", 1e-3),
        "M USD": ("USD", 1e6),
        "yr": ("d", 365.25),
    }
    seen = set()

    def convert(table, header, rows):
        for i, cell in enumerate(header):
            name, _, unit = cell.rstrip("]").partition(" [")
            if unit in other and table != "fleets":
                seen.add(unit)
                header[i] = f"{name} [{other[unit][0]}]"
                for row in rows:
                    row[i] = repr(float(row[i]) * other[unit][1]) if row[i] else ""

    tables = read_tables(read_scenario(rewritten(tmp_path / "s", convert), (), ORBIT))
    assert seen == set(other)
    for table, columns in numbers.tables.numbers.items():
        for column, values in columns.items():
            np.testing.assert_allclose(tables.numbers[table][column], values, rtol=1e-12, err_msg=f"{table}.{column}")
    assert_same(numbers.program().flat(), numbers.program(tables).flat(), 1e-12)


def test_one_more_site_is_never_worse(single, tmp_path):
    value, _ = relaxed(single.program())
    cheap = Numbers(lean(tmp_path / "cheap", 1, SITE.format(energised=50, construction=1)))
    useless = replace(cheap.tables, numbers={t: dict(c) for t, c in cheap.tables.numbers.items()})
    useless.numbers["sites"]["construction"] = np.array([10.0, 10.0, 1e6])
    better, _ = relaxed(cheap.program())
    same, _ = relaxed(cheap.program(useless))
    assert same == pytest.approx(value, rel=1e-9)
    assert better < value * (1 - 1e-3)


def test_periods_alike_cost_as_many_times_one(single, tmp_path):
    value, _ = relaxed(single.program())
    three, _ = relaxed(Numbers(lean(tmp_path / "three", 3)).program())
    assert value > 0
    assert three == pytest.approx(3 * value, rel=1e-9)


@pytest.mark.slow
def test_compiled_is_eager(single):
    compiled, eager = single.program(), assemble(single.tables, single.sets).program
    assert compiled.layout == eager.layout
    assert_same(compiled.flat(), eager.flat(), 1e-13)


def test_a_limit_that_is_not_given_has_no_row(numbers, single):
    rows = {b.name: b for b in numbers.program().layout.rows}
    assert rows["link"].entities == (("leo",),)
    assert rows["ramp"].entities == (("s1",),)
    assert rows["territory"].entities == (("pjm",),)
    assert "water" not in rows
    assert "sales" not in rows
    assert {"budget", "carbon", "max_sites"} <= rows.keys()
    assert "debt" not in rows
    lean_rows = {b.name for b in single.program().layout.rows}
    assert not {"link", "budget", "carbon", "debt", "mass", "supply", "door", "residency"} & lean_rows


def test_every_column_has_a_finite_box(numbers, single):
    for program in (numbers.program(), single.program()):
        flat = program.flat()
        assert np.isfinite(flat.lower).all()
        assert np.isfinite(flat.upper).all()
        assert (flat.lower <= flat.upper).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_flat_program_is_the_blockwise_one(numbers, seed):
    rng = np.random.default_rng(seed)
    program = numbers.program()
    layout, flat = program.layout, program.flat()
    x, y = rng.standard_normal(flat.shape[1]), rng.standard_normal(flat.shape[0])
    blocks, prices = layout.split_columns(x), layout.split_rows(y)
    products = jax.jit(lambda p, x, y: (p.times_transposed(y), p.reduced_costs(y), p.products(x, y)))
    columns, costs, terms = products(program, blocks, prices)
    transposed = layout.join(tuple(columns), layout.columns)
    scale = abs(flat.matrix).T @ abs(y)
    assert (abs(transposed - flat.matrix.T @ y) <= 1e-12 * (scale + 1e-300)).all()
    reduced = layout.join(tuple(costs), layout.columns)
    np.testing.assert_allclose(reduced, flat.cost - transposed, rtol=1e-12, atol=1e-12)
    total = sum(float(v) for v in terms)
    assert total == pytest.approx(y @ (flat.matrix @ x), abs=1e-12 * (abs(y) @ (abs(flat.matrix) @ abs(x))))
    np.testing.assert_array_equal(layout.join(blocks, layout.columns), x)
    np.testing.assert_array_equal(layout.join(prices, layout.lines), y)


def test_the_hidden_tail_is_marked_in_every_table(plan):
    assert (plan.tables.shown, plan.tables.horizon) == (3, 4)
    for frame in (plan.table("build"), plan.group("placements"), plan.money, plan.prices):
        assert (frame["tail"] == (frame["period"] >= 3)).all()
        assert frame["tail"].any()
    demand = plan.service.set_index("class").loc["chat", "demand"]
    assert demand == pytest.approx(3 * 100.0)


def test_without_a_tail_nothing_is_marked(numbers):
    tables = replace(numbers.tables, settings={**numbers.tables.settings, "periods": 4.0, "tail": 0.0})
    assert tables.shown == tables.horizon == 4


def test_the_parts_of_money_add_to_the_objective(plan):
    assert plan.money["value"].sum() == pytest.approx(plan.objective, rel=1e-9)
