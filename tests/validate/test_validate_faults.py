"""What is wrong with a file of published results or of round trips: every fault by its exact sentence."""

import json

import pytest
from typer.testing import CliRunner

import planner
from planner.cli import app

SHAPE = 'write [{"id": …, "model": …, "inputs": {…}, "expected": {…}, "rel_tol": …}, …]'
GOOD = {
    "id": "x", "model": "crossover", "inputs": {"earth": 5590, "hw": 1198, "kg": 17.56},
    "expected": {"usd_per_kg": 250}, "rel_tol": 0.01,
}  # fmt: skip
HEAD = "a,b,lat_a,lon_a,lat_b,lon_b,rtt_ms\n"
TIME = "write milliseconds above 0, at most 100000"
DEEP = f"f.json — it is nested too deeply or a number is too long — {SHAPE}"


def faults(path):
    with pytest.raises(planner.InputError) as raised:
        planner.validate(path)
    return [str(f) for f in raised.value.faults]


def of_text(tmp_path, text, name="f.json"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return faults(path)


def of_case(tmp_path, **changes):
    case = {k: v for k, v in (GOOD | changes).items() if v is not None}
    return of_text(tmp_path, json.dumps([case]))


WHOLE = {
    "empty": ("", f"f.json — the file is empty — {SHAPE}"),
    "object": ('{"a": 1}', f"f.json — it holds an object, not a list — {SHAPE}"),
    "number": ("5", f"f.json — it holds a number, not a list — {SHAPE}"),
    "empty list": ("[]", f"f.json — the list is empty — {SHAPE}"),
    "not JSON": ('[{"a": 1,]', "f.json:1 — it is not JSON (Expecting property name enclosed in double quotes at "
                               "character 10) — correct it there"),
    "a case is no object": ("[7]", f"f.json:1 — the case is a number, not an object — {SHAPE}"),
    "too deep": ("[" * 100_000, DEEP),
    "too long a number": ("[" + "9" * 5000 + "]", DEEP),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_no_list_of_results(tmp_path, name):
    text, sentence = WHOLE[name]
    assert of_text(tmp_path, text) == [sentence]


CASES = {
    "no id": ({"id": None}, ["f.json:1 id — the case has no id — write a short name as text"]),
    "an id that is a number": ({"id": 5}, ["f.json:1 id — '5' is not an id — write a short name as text"]),
    "unknown model": ({"model": "crosover"},
        ["f.json:1 x model — 'crosover' is no model that is known — did you mean 'crossover'?"]),
    "unknown input": ({"inputs": {"earth": 1, "hw": 1, "kg": 1, "mass": 3}},
        ["f.json:1 x inputs.mass — model 'crossover' has no such input — write one of: earth, hw, kg"]),
    "misspelt input": ({"model": "mccalip", "inputs": {"launchCost": 5}, "expected": {"sats": 1}},
        ["f.json:1 x inputs.launchCost — model 'mccalip' has no such input — did you mean 'launchCostPerKg'?"]),
    "missing input": ({"inputs": {"earth": 1, "hw": 1}},
        ["f.json:1 x inputs.kg — model 'crossover' needs it — write kg [kg/kW]"]),
    "text for a number": ({"inputs": {"earth": "5590", "hw": 1, "kg": 1}},
        ["f.json:1 x inputs.earth — '5590' is not a number — write a number in USD/kW, or a list of numbers"]),
    "yes for a number": ({"inputs": {"earth": True, "hw": 1, "kg": 1}},
        ["f.json:1 x inputs.earth — 'true' is not a number — write a number in USD/kW, or a list of numbers"]),
    "not a number": ({"inputs": {"earth": float("nan"), "hw": 1, "kg": 1}},
        ["f.json:1 x inputs.earth — the number is not finite — write a number in USD/kW, or a list of numbers"]),
    "beyond all numbers": ({"inputs": {"earth": 10**400, "hw": 1, "kg": 1}},
        ["f.json:1 x inputs.earth — the number is not finite — write a number in USD/kW, or a list of numbers"]),
    "a bad value in a list": ({"inputs": {"earth": [1, None], "hw": 1, "kg": 1}},
        ["f.json:1 x inputs.earth — value 2 of the list: 'null' is not a number — write a number in USD/kW, or a "
         "list of numbers"]),
    "an empty list": ({"inputs": {"earth": [], "hw": 1, "kg": 1}},
        ["f.json:1 x inputs.earth — the list is empty — write a number in USD/kW, or a list of numbers"]),
    "lists of two lengths": ({"inputs": {"earth": [1, 2, 3], "hw": [1, 2], "kg": 1}},
        ["f.json:1 x inputs.hw — it has 2 values, 'earth' has 3 — write lists of one length"]),
    "a word it does not take": (
        {"model": "net_flux", "inputs": {"T": 300, "F": 0.2, "ir_absorb": "epsilon"}, "expected": {"w_m2": 1}},
        ["f.json:1 x inputs.ir_absorb — 'epsilon' is not a word it takes — did you mean 'eps'?"]),
    "one of two ways": ({"model": "net_flux", "inputs": {"T": 300, "F_alb": 0.2}, "expected": {"w_m2": 1}},
        ["f.json:1 x inputs.F — model 'net_flux' needs one of these — write F or F_alb and F_ir"]),
    "one thing by two names": (
        {"model": "odc_mass", "inputs": {"battery": 1, "m_bat": 1}, "expected": {"A_pv": 1}},
        ["f.json:1 x inputs.m_bat — it is another name of 'battery', which is given too — keep one of them"]),
    "a list too short": ({"model": "rv_mass", "inputs": {"p": [1, 2]}, "expected": {"kg_per_kw": 1}},
        ["f.json:1 x inputs.p — it has 2 numbers — write a list of 6 numbers (PUE, W/kg, W/kg, kg/kW, kg/kW, factor)"]),
    "unknown quantity": ({"expected": {"usd_kg": 1}},
        ["f.json:1 x expected.usd_kg — model 'crossover' gives no such quantity — did you mean 'usd_per_kg'?"]),
    "an input that the quantity takes": ({"model": "pv_oversize", "inputs": {}, "expected": {"kg": 1}},
        ["f.json:1 x expected.kg — it takes the input 'sp' — write sp, or drop kg"]),
    "a list for one number": ({"expected": {"usd_per_kg": [1, 2]}},
        ["f.json:1 x expected.usd_per_kg — it holds a list of 2, the inputs give one number — write one number for "
         "each value of the listed inputs"]),
    "no finite result": ({"inputs": {"earth": 1, "hw": 1, "kg": 0}},
        ["f.json:1 x expected.usd_per_kg — these inputs give no finite number — check the input 'kg', which is 0"]),
    "nothing expected": ({"expected": {}}, ["f.json:1 x expected — nothing is expected — write one of: usd_per_kg"]),
    "no expected": ({"expected": None},
        ["f.json:1 x expected — the expected results are missing — write {name: number, …} of model 'crossover'"]),
    "inputs as a list": ({"inputs": [1]},
        ["f.json:1 x inputs — the inputs are a list, not an object — write {name: number, …} of model 'crossover'"]),
    "a misspelt field": ({"rel_tol": None, "rel_tl": 1},
        ["f.json:1 x rel_tl — there is no such field — did you mean 'rel_tol'?",
         "f.json:1 x rel_tol — the tolerance is missing — write a relative tolerance, e.g. 1e-6"]),
    "a negative tolerance": ({"rel_tol": -1},
        ["f.json:1 x rel_tol — '-1' is not a tolerance — write a number of at least 0, e.g. 1e-6"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_case_that_is_wrong(tmp_path, name):
    changes, sentences = CASES[name]
    assert of_case(tmp_path, **changes) == sentences


def test_faults_of_all_cases_are_told_at_once(tmp_path):
    text = json.dumps([GOOD, GOOD | {"model": "nothing like it"}, 3])
    found = of_text(tmp_path, text)
    assert found[0] == "f.json:2 x — case 1 has this id too — give each case its own id"
    assert len(found) == 3


def test_a_key_that_stands_twice(tmp_path):
    text = json.dumps([GOOD]).replace('"hw": 1198', '"hw": 1198, "hw": 5')
    assert of_text(tmp_path, text) == ["f.json:1 x inputs.hw — the input stands twice — keep one of them"]


def test_hostile_names_are_shown_harmless(tmp_path):
    (sentence,) = of_case(tmp_path, model="\x1b[2J[red]")
    assert "\x1b" not in sentence


TRIPS = {
    "a missing column": (
        "a,b,lat_a,lon_a,lat_b,long_b,rtt_ms\n", "t.csv:1 lon_b — the column is missing — is it 'long_b'?"),
    "a column twice": (
        HEAD.replace("\n", ",a\n") + "x,y,1,2,3,4,5,z\n", "t.csv:1 a — the column stands twice — keep one of them"),
    "no rows": (HEAD, "t.csv — the file has no rows — write one measured round trip a row"),
    "empty": ("\n", "t.csv — the file is empty — write the header a,b,lat_a,lon_a,lat_b,lon_b,rtt_ms and rows"),
    "latitude": (HEAD + "x,y,91,2,3,4,5\n", "t.csv:2 lat_a — '91' is out of range — write degrees from -90 to 90"),
    "longitude": (
        HEAD + "x,y,1,2,3,-181,5\n", "t.csv:2 lon_b — '-181' is out of range — write degrees from -180 to 180"),
    "a word": (HEAD + "x,y,1,2,abc,4,5\n", "t.csv:2 lat_b — 'abc' is not a number — write degrees from -90 to 90"),
    "no number": (HEAD + "x,y,1,2,nan,4,5\n", "t.csv:2 lat_b — 'nan' is not a number — write degrees from -90 to 90"),
    "a missing time": (HEAD + "x,y,1,2,3,4,\n", f"t.csv:2 rtt_ms — the number is missing — {TIME}"),
    "no time at all": (HEAD + "x,y,1,2,3,4,0\n", f"t.csv:2 rtt_ms — '0' is no round trip — {TIME}"),
    "a negative time": (HEAD + "x,y,1,2,3,4,-5\n", f"t.csv:2 rtt_ms — '-5' is out of range — {TIME}"),
    "no name": (HEAD + ",y,1,2,3,4,5\n", "t.csv:2 a — the name is missing — write a name of the place"),
    "a short row": (HEAD + "x,y,1\n", "t.csv:2 — the row has 3 cells, the header 7 — write one cell for each column"),
    "an open quote": (
        HEAD + 'x,"y,1,2,3,4,5\n', "t.csv — it is not a CSV file (unexpected end of data) — quote no cell over lines"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRIPS)
def test_round_trips_that_are_wrong(tmp_path, name):
    text, sentence = TRIPS[name]
    assert of_text(tmp_path, text, "t.csv") == [sentence]


def test_all_rows_are_told_at_once_and_many_end_in_one_sentence(tmp_path):
    found = of_text(tmp_path, HEAD + "x,y,91,2,3,4,5\nx,y,1,2,3,4,0\n", "t.csv")
    assert [f.split(" — ")[0] for f in found] == ["t.csv:2 lat_a", "t.csv:3 rtt_ms"]
    found = of_text(tmp_path, HEAD + "x,y,91,2,3,4,5\n" * 600, "t.csv")
    assert "t.csv — there are more than 500 faults — mend these first" in found


def test_files_that_are_none(tmp_path):
    wanted = "give a JSON list of published results or a CSV of round trips"
    assert faults(tmp_path) == [f"{tmp_path} — it is not a file — {wanted}"]
    assert faults(tmp_path / "none.json") == [f"{tmp_path / 'none.json'} — the file cannot be read — {wanted}"]
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    assert faults(tmp_path / "b.json") == [f"{tmp_path / 'b.json'} — it is not a text file — {wanted}"]
    assert of_text(tmp_path, "hello", "f.txt") == [f"f.txt — it is neither JSON nor CSV — {wanted}"]


def test_the_command_ends_with_2_and_one_object(tmp_path):
    path = tmp_path / "f.json"
    path.write_text("[]", encoding="utf-8")
    result = CliRunner().invoke(app, ["validate", str(path), "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout.splitlines()[-1])["faults"] == [f"f.json — the list is empty — {SHAPE}"]
    result = CliRunner().invoke(app, ["validate", str(path), "--scenario", "world"])
    assert result.exit_code == 2


def test_published_results_need_no_scenario(tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps([GOOD]), encoding="utf-8")
    with pytest.raises(planner.InputError) as raised:
        planner.validate(path, "world")
    assert str(raised.value) == (
        "--scenario — published results need no scenario — leave it out, or give a CSV of round trips"
    )


def test_a_scenario_without_a_graph(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(HEAD + "x,y,1,2,3,4,5\n", encoding="utf-8")
    with pytest.raises(planner.InputError) as raised:
        planner.validate(path, "tiny")
    assert "this scenario has no hubs.csv: its round trips are by great circle" in str(raised.value)
