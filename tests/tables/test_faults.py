"""One bad file per fault, with its exact sentence: ``file:row column — what is wrong — what to write instead``."""

import shutil
from pathlib import Path

import pytest

from planner import InputError, read_scenario, read_tables

SCENARIO = Path(__file__).parent / "scenario"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SCENARIO, tmp_path / "s"))


def faults(folder, overrides=(), sets=()):
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(folder, overrides, sets))
    lines = str(caught.value).splitlines()
    assert lines == [str(f) for f in sorted(caught.value.faults)]
    return lines


def edit(folder, file, old, new):
    path = folder / file
    text = path.read_text()
    assert old in text, (file, old)
    path.write_text(text.replace(old, new, 1))


def test_the_scenario_itself_has_no_fault(folder):
    tables = read_tables(read_scenario(folder, ("cheap_power", "short")))
    assert tables.horizon == 2
    assert tables.numbers["sites"]["power_price"].tolist() == [[30.0, 30.0], [25.0, 25.0]]
    assert tables.numbers["vehicles"]["price"][0] == pytest.approx([40 - 20 / 6, 40 - 20 / 2])
    assert not tables.frames["limits"].loc["ms", "on"]


# name: (file, old text, new text, sentence)
CELLS = {
    # headers
    "unit missing": (
        "sites.csv", "energised [MW facility]", "energised",
        "sites.csv:1 energised — the unit is missing — write 'energised [MW facility]'",
    ),
    "unit unknown": (
        "sites.csv", "energised [MW facility]", "energised [MegaWatt]",
        "sites.csv:1 energised — 'MegaWatt' is not a unit of MW facility — write 'energised [MW facility]'",
    ),
    "unit of another dimension": (
        "sites.csv", "power_price [USD/MWh]", "power_price [USD/MW]",
        "sites.csv:1 power_price — 'USD/MW' is not a unit of USD/MWh — write 'power_price [USD/MWh]'",
    ),
    "IT watts for facility watts": (
        "sites.csv", "energised [MW facility]", "energised [MW IT]",
        "sites.csv:1 energised — 'MW IT' is not a unit of MW facility — write 'energised [MW facility]'",
    ),
    "facility watts for IT watts": (
        "halls.csv", "capacity [MW IT]", "capacity [MW facility]",
        "halls.csv:1 capacity — 'MW facility' is not a unit of MW IT — write 'capacity [MW IT]'",
    ),
    "bare watts": (
        "hardware.csv", "power [kW IT]", "power [kW]",
        "hardware.csv:1 power — 'kW' is not a unit of kW IT — write 'power [kW IT]'",
    ),
    "another currency": (
        "doors.csv", "price [USD]", "price [EUR]",
        "doors.csv:1 price — 'EUR' is not a unit of USD — write 'price [USD]'",
    ),
    "a tower of powers": (
        "sites.csv", "energised [MW facility]", "energised [W^9^9^9^9]",
        "sites.csv:1 energised — 'W^9^9^9^9' is not a unit of MW facility — write 'energised [MW facility]'",
    ),
    "a unit on a name": (
        "sites.csv", "country", "country [1]", "sites.csv:1 country — this column has no unit — write 'country'",
    ),
    "unknown column": (
        "generation.csv", "deposit [USD", "deposits [USD",
        "generation.csv:1 deposits — unknown column — did you mean 'deposit'?",
    ),
    "column twice": (
        "stock.csv", "age [yr]", "units [1]", "stock.csv:1 units — the column stands twice — delete one",
    ),
    "column missing": (
        "halls.csv", "hall,site,technology,capacity [MW IT]\nh1,s1,air,80", "hall,site,technology\nh1,s1,air",
        "halls.csv:1 capacity — the column is missing — add a column 'capacity [MW IT]'",
    ),
    "key column missing": (
        "territories.csv", "territory,title", "operator,title",
        "territories.csv:1 operator — unknown column — write one of: territory, throughput, title\nterritories.csv:1 territory — the column is missing — add a column 'territory'",
    ),
    # rows
    "row cut off": (
        "halls.csv", "h1,s1,air,80", "h1,s1,air",
        "halls.csv:2 — the row has 3 cells, the header 4 — complete the row",
    ),
    "row too long": (
        "stock.csv", "k1,usz,old,1900,2", "k1,usz,old,1,900,2",
        "stock.csv:2 — the row has 6 cells, the header 5 — quote the cell that holds a comma",
    ),
    "key twice": (
        "tranches.csv", "b,0.3", "a,0.3", "tranches.csv:3 tranche — 'a' stands twice (first in row 2) — rename or delete one",
    ),
    "key in upper case": (
        "vehicles.csv", "ship,Ship", "Ship,Ship",
        "vehicles.csv:2 vehicle — 'Ship' is not a name — write lower-case letters, digits, _ - .",
    ),
    "key with a space": (
        "halls.csv", "h1,", "hall one,", "halls.csv:2 hall — 'hall one' is not a name — write lower-case letters, digits, _ - .",
    ),
    "key with a control character": (
        "halls.csv", "h1,", "h\x1b[31m1,", "halls.csv:2 hall — 'h?[31m1' is not a name — write lower-case letters, digits, _ - .",
    ),
    "key like a path": (
        "halls.csv", "h1,", "../h1,", "halls.csv:2 hall — '../h1' is not a name — write lower-case letters, digits, _ - .",
    ),
    "key like html": (
        "halls.csv", "h1,", "<b>h1</b>,", "halls.csv:2 hall — '<b>h1</b>' is not a name — write lower-case letters, digits, _ - .",
    ),
    "key empty": (
        "halls.csv", "h1,", ",", "halls.csv:2 hall — '' is not a name — write lower-case letters, digits, _ - .",
    ),
    # cells
    "unknown name": (
        "halls.csv", "h1,s1,air", "h1,s1,aire", "halls.csv:2 technology — 'aire' is not in cooling.csv — did you mean 'air'?",
    ),
    "unknown name far from all": (
        "sites.csv", "US,usz,pjm,40", "US,usz,caiso,40", "sites.csv:2 territory — 'caiso' is not in territories.csv — write one of: pjm",
    ),
    "unknown name in a list": (
        "fleets.csv", "ai5,control", "ai5,control;chta",
        "fleets.csv:2 classes — 'chta' is not in classes.csv — did you mean 'chat'?",
    ),
    "star beside names": (
        "fleets.csv", "ai5,control", "ai5,control;*",
        "fleets.csv:2 classes — '*' stands beside names — write * alone, or the names alone",
    ),
    "negative": (
        "halls.csv", "air,80", "air,-80", "halls.csv:2 capacity — -80 is below 0 — write a number of at least 0 in MW IT",
    ),
    "odds above one": (
        "stages.csv", "Construction,0.85", "Construction,85", "stages.csv:2 odds — 85 is above 1 — write a number from 0 to 1",
    ),
    "latitude off the globe": (
        "regions.csv", "us,40,", "us,400,", "regions.csv:2 latitude — 400 is above 90 — write a number from -90 to 90 in deg",
    ),
    "not a number": (
        "halls.csv", "air,80", "air,eighty", "halls.csv:2 capacity — 'eighty' is not a number — write a number in MW IT",
    ),
    "nan": ("halls.csv", "air,80", "air,nan", "halls.csv:2 capacity — 'nan' is not a number — write a number in MW IT"),
    "infinite": (
        "halls.csv", "air,80", "air,inf", "halls.csv:2 capacity — 'inf' is not finite — write a number of at least 0 in MW IT",
    ),
    "infinite where blank is no limit": (
        "classes.csv", "serve,100,no", "serve,-inf,no", "classes.csv:2 max_rtt — '-inf' is not finite — leave it blank for no limit",
    ),
    "underscore": (
        "halls.csv", "air,80", "air,8_0", "halls.csv:2 capacity — '8_0' is not a number — write a number in MW IT",
    ),
    "digits of another script": (
        "halls.csv", "air,80", "air,\u0668\u0660",
        "halls.csv:2 capacity — '\u0668\u0660' is not a number — write a number in MW IT",
    ),
    "huge": (
        "halls.csv", "air,80", "air,1e308",
        "halls.csv:2 capacity — '1e308' is larger than any real value — write a number below 1e+15 in MW IT",
    ),
    "beyond floats": (
        "halls.csv", "air,80", "air,1e999",
        "halls.csv:2 capacity — '1e999' is larger than any real value — write a number below 1e+15 in MW IT",
    ),
    "number empty": ("halls.csv", "air,80", "air,", "halls.csv:2 capacity — the cell is empty — write a number in MW IT"),
    "name empty": ("halls.csv", "h1,s1", "h1,", "halls.csv:2 site — the cell is empty — write a name"),
    "bad flag": (
        "limits.csv", "10,yes", "10,true", "limits.csv:2 on — 'true' is not a flag — write yes or no",
    ),
    "bad choice": (
        "hardware.csv", "rack,liquid", "rack,liqid", "hardware.csv:3 coolant — 'liqid' is not a choice — did you mean 'liquid'?",
    ),
    "text too long": (
        "regions.csv", "east,East", "east," + "x" * 201,
        "regions.csv:2 title — the text is long or not printable — write one line of at most 200 characters",
    ),
    "text with a line break": (
        "regions.csv", "east,East", 'east,"Ea\nst"',
        "regions.csv:3 title — the text is long or not printable — write one line of at most 200 characters",
    ),
    # rules across tables
    "tranches": (
        "tranches.csv", "c,0.4", "c,0.5", "tranches.csv share — the shares add to 1.1 — make them add to 1",
    ),
    "zone of the wrong kind": (
        "shells.csv", "ss,leo", "ss,usz", "shells.csv:2 zone — 'usz' is a zone of kind ground — name a zone of kind orbit",
    ),
    "two fleets in a zone": (
        "fleets.csv", "\ncarsf,", "\nvans,Vans,cars,ai5,control,1,0\ncarsf,",
        "fleets.csv:3 zone — 'cars' is the zone of 'vans' — give each fleet its own zone",
    ),
    "racks in a satellite": (
        "satellites.csv", "cen,tray", "cen,vr",
        "satellites.csv:2 hardware — 'vr' is counted in racks — name hardware with container satellite",
    ),
    "endpoints in stock on the ground": (
        "stock.csv", "usz,old", "usz,ai5", "stock.csv:2 hardware — 'ai5' is counted in endpoints — name hardware with container rack",
    ),
    "control without a fleet": (
        "fleets.csv", "ai5,control", "ai5,chat",
        "classes.csv:5 max_rtt — no fleet runs 'control' on the device — name it in fleets.csv classes, or give a round trip above 0",
    ),
    "phases in a circle": (
        "phases.csv", "build,200,", "build,200,p2", (
            "phases.csv:2 after — the phases wait for each other — break the circle\n"
            "phases.csv:3 after — the phases wait for each other — break the circle"
        ),
    ),
    "phase after itself": (
        "phases.csv", "build,200,", "build,200,p1", "phases.csv:2 after — the phases wait for each other — break the circle",
    ),
    "phase after another site": (
        "phases.csv", "new,250,", "new,250,p1", "phases.csv:4 after — 'p1' is at another site — name a phase of the same site",
    ),
    "no grid": (
        "generation.csv", "Grid,grid", "Grid,other", "generation.csv kind — sites are energised but no source is of kind grid — add a source of kind grid",
    ),
    "bill of an unknown item": (
        "bills.csv", "hardware,vr,", "hardware,vt,", "bills.csv:2 item — 'vt' is not in hardware.csv — write one of: ai5, old, tray, vr",
    ),
    "bill of construction by name": (
        "bills.csv", "construction,*", "construction,s1", "bills.csv:5 item — 's1' is not '*' — write * for construction",
    ),
    "bill of a door that is not own": (
        "bills.csv", "generation,gas", "doors,tsmc", "bills.csv:4 item — 'tsmc' is not an own door — only own doors draw from layers",
    ),
    "door with a layer and a vehicle": (
        "doors.csv", "TSMC,wafer,,", "TSMC,wafer,ship,", "doors.csv:2 layer — a door supplies a layer or a vehicle — fill exactly one of layer and vehicle",
    ),
    "door with neither": (
        "doors.csv", "TSMC,wafer,,", "TSMC,,,", "doors.csv:2 layer — a door supplies a layer or a vehicle — fill exactly one of layer and vehicle",
    ),
    "pad that is not own": (
        "doors.csv", "0,0,yes,1000", "0,0,no,1000", "doors.csv:4 own — a pad that is not own is the vehicle's cadence — write yes, or raise vehicles.csv cadence",
    ),
    "limit of an unknown subject": (
        "limits.csv", "bud,budget,*", "bud,door_share,wafr", "limits.csv:2 subject — 'wafr' is not in layers.csv — did you mean 'wafer'?",
    ),
    "limit with a subject it has not": (
        "limits.csv", "bud,budget,*", "bud,budget,s1", "limits.csv:2 subject — a limit of kind budget has no subject — write *",
    ),
    "idle work with the profile of control": (
        "classes.csv", "class,title,market,kind,profile,max_rtt [ms],orbit,demand [PFLOP/s],price [USD/PFLOP/h],gang\nchat,Chat,inference-grid,rate,serve,100,no,100000,4,no\nbatch,Batch,orbital-throughput,rate,serve,,yes,50000,2,no\ntrain,Training,training-factory,job,serve,,no,100000,3,yes\ncontrol,Control,on-device,rate,edge,0,no,1000,50,no",
        "class,title,market,kind,profile,max_rtt [ms],orbit,demand [PFLOP/s],price [USD/PFLOP/h],gang,fleet\nchat,Chat,inference-grid,rate,serve,100,no,100000,4,no,no\nbatch,Batch,orbital-throughput,rate,edge,,yes,50000,2,no,yes\ntrain,Training,training-factory,job,serve,,no,100000,3,yes,no\ncontrol,Control,on-device,rate,edge,0,no,1000,50,no,no",
        "classes.csv:3 profile — 'edge' is the profile of control work on the fleets — give work sold to idle endpoints another profile",
    ),
    "window that ends before it starts": (
        "workloads.csv", "share [1]\nchat_e,chat,east,1\nbatch_e,batch,east,1\ntrain_e,train,east,1\ncontrol_e,control,east,1",
        "share [1],window_start [yr],window_end [yr]\nchat_e,chat,east,1,,\nbatch_e,batch,east,1,,\ntrain_e,train,east,1,2029,2028\ncontrol_e,control,east,1,,",
        "workloads.csv:4 window_end — the window ends before it starts — write a later date",
    ),
    # demand that no place may serve
    "latency": (
        "classes.csv", "rate,serve,100,no", "rate,serve,1,no",
        "workloads.csv:2 chat_e — no place may serve it (latency: 11 ms over 1 ms) — relax the rule 'latency' or add a place",
    ),
    "residency": (
        "regions.csv", "East,us", "East,eu", (
            "workloads.csv:2 chat_e — no place may serve it (residency: its data may not be served there) — "
            "relax the rule 'residency' or add a place\n"
            "workloads.csv:3 batch_e — no place may serve it (residency: its data may not be served there) — "
            "relax the rule 'residency' or add a place"
        ),
    ),
    "hardware": (
        "profiles.csv", "memory_efficiency [1]\nserve,Serve,fp8,300,0.4,0.7\nedge,Edge,fp8,1000,0.5,0.7",
        "memory_efficiency [1],memory_need [GB]\nserve,Serve,fp8,300,0.4,0.7,9999\nedge,Edge,fp8,1000,0.5,0.7,", "\n".join(
            f"workloads.csv:{row} {name} — no place may serve it (hardware: none that stands there can take it) — "
            "relax the rule 'hardware' or add a place"
            for row, name in ((2, "chat_e"), (3, "batch_e"), (4, "train_e"))
        ),
    ),
    "class": (
        "classes.csv", "price [USD/PFLOP/h],gang\nchat,Chat,inference-grid,rate,serve,100,no,100000,4,no\n",
        "price [USD/PFLOP/h],ground\nchat,Chat,inference-grid,rate,serve,100,no,100000,4,no\n", (
            "workloads.csv:2 chat_e — no place may serve it (class: does not run at ground sites) — "
            "relax the rule 'class' or add a place"
        ),
    ),
    "too few hubs": (
        "hubs.csv", "sea,47.6,-122.3\n", "", "hub_edges.csv:4 b — 'sea' is not in hubs.csv — write one of: chi, dal, nyc",
    ),
    # series
    "series: header": (
        "series.csv", "table,row", "table,key", "series.csv:1 — the header is wrong — write table,row,column,unit,year,value",
    ),
    "series: row cut off": (
        "series.csv", "2027,100000", "2027", "series.csv:2 — the row has 5 cells, the header 6 — complete the row",
    ),
    "series: table": (
        "series.csv", "classes,chat", "class,chat", "series.csv:2 table — 'class' is not a table — did you mean 'classes'?",
    ),
    "series: row": (
        "series.csv", "classes,chat", "classes,chta", "series.csv:2 row — 'chta' is not in classes.csv — did you mean 'chat'?",
    ),
    "series: column": (
        "series.csv", "chat,demand", "chat,demnd", "series.csv:2 column — 'demnd' cannot follow a series — did you mean 'demand'?",
    ),
    "series: not by year": (
        "series.csv", "chat,demand", "chat,traffic", "series.csv:2 column — 'traffic' cannot follow a series — write one of: demand, price",
    ),
    "series: years": (
        "series.csv", "PFLOP/s,2030", "PFLOP/s,2026", "series.csv:3 year — the years of a series do not increase — sort them, one value a year",
    ),
    "series: year far away": (
        "series.csv", "PFLOP/s,2027", "PFLOP/s,27", "series.csv:2 year — '27' is not a year of a plan — write a year from 1900 to 2300",
    ),
    "series: unit": (
        "series.csv", "demand,PFLOP/s,2027", "demand,PFLOP,2027", "series.csv:2 unit — 'PFLOP' is not a unit of PFLOP/s — write 'PFLOP/s'",
    ),
    "series: value": (
        "series.csv", "2027,100000", "2027,1e5x", "series.csv:2 demand — year or value is not a number — write a year and a number in PFLOP/s",
    ),
    "series: range": (
        "series.csv", "2027,100000", "2027,-1", "series.csv:2 demand — '-1' is out of range — write a number of at least 0 in PFLOP/s",
    ),
    # provenance
    "provenance: header": (
        "provenance.csv", "table,row", "table,key",
        "provenance.csv:1 — the header is wrong — write table,row,column,source,year,confidence,low,high,note",
    ),
    "provenance: source": (
        "provenance.csv", "demand,REPORT", "demand,REPORTS", "provenance.csv:3 source — 'REPORTS' is not in sources.csv — did you mean 'REPORT'?",
    ),
    "provenance: grade": (
        "provenance.csv", "2025,A", "2025,D", "provenance.csv:3 confidence — 'D' is not a grade — write A, B or C",
    ),
    "provenance: range": (
        "provenance.csv", "90000,110000", "110000,90000", "provenance.csv:3 low — low 110000 is above high 90000 — swap them",
    ),
    "provenance: not a number": (
        "provenance.csv", "90000,110000", "some,more", "provenance.csv:3 low — low or high is not a number — write numbers or leave them blank",
    ),
    "provenance: row": (
        "provenance.csv", "classes,chat", "classes,chta", "provenance.csv:3 row — 'chta' is not in classes.csv — did you mean 'chat'?",
    ),
    "provenance: column": (
        "provenance.csv", "chat,demand", "chat,demnd", "provenance.csv:3 column — 'demnd' is not in classes.csv — did you mean 'demand'?",
    ),
    "provenance: table": (
        "provenance.csv", "classes,chat", "class,chat", "provenance.csv:3 table — 'class' is not a table — did you mean 'classes'?",
    ),
    "sources: key twice": (
        "sources.csv", "ESTIMATE,", "REPORT,", (
            "provenance.csv:2 source — 'ESTIMATE' is not in sources.csv — write one of: REPORT\n"
            "sources.csv:3 key — 'REPORT' stands twice — rename or delete one"
        ),
    ),
    "sources: row cut off": (
        "sources.csv", ",,2026", ",2026", (
            "provenance.csv:2 source — 'ESTIMATE' is not in sources.csv — write one of: REPORT\n"
            "sources.csv:3 — the row has 4 cells, the header 5 — complete the row"
        ),
    ),
    "sources: header": (
        "sources.csv", "key,author", "source,author", (
            "provenance.csv:2 source — 'ESTIMATE' is not in sources.csv — write it into sources.csv\n"
            "provenance.csv:3 source — 'REPORT' is not in sources.csv — write it into sources.csv\n"
            "sources.csv:1 — the header is wrong — write key,author,title,url,year"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_file_has_its_sentence(folder, name):
    file, old, new, sentence = CELLS[name]
    edit(folder, file, old, new)
    assert "\n".join(faults(folder)) == sentence


# name: (what to append to or replace in scenario.toml, sentence)
TOML = {
    "unknown section": ("", "\n[scenarios]\n", "scenario.toml 'scenarios' — unknown section — did you mean 'scenario'?"),
    "unknown setting": (
        'title = "smoke"', "titel = 1", "scenario.toml 'titel' — unknown setting — did you mean 'title'?",
    ),
    "setting missing": (
        "start = 2027\n", "", "scenario.toml start — the setting is missing — write start = a number in yr",
    ),
    "setting of text": ("start = 2027", 'start = "2027"', "scenario.toml start — '2027' is not a number — write a number in yr"),
    "setting of truth": ("tail = 0", "tail = false", "scenario.toml tail — 'False' is not a number — write a number"),
    "setting of a date": (
        "start = 2027", "start = 2027-01-01", "scenario.toml start — '2027-01-01' is not a number — write a number in yr",
    ),
    "title of a number": ('"smoke"', "1", "scenario.toml title — '1' is not text — write it in quotes"),
    "title with an escape": (
        '"smoke"', '"\\u001b[2J"', "scenario.toml title — the text is long or not printable — write at most 4000 characters",
    ),
    "setting out of range": (
        "discount_rate = 0.08", "discount_rate = 8",
        "scenario.toml discount_rate — 8 is out of range — write a number from 0 to 1 in 1/yr",
    ),
    "setting nan": (
        "discount_rate = 0.08", "discount_rate = nan",
        "scenario.toml discount_rate — nan is out of range — write a number from 0 to 1 in 1/yr",
    ),
    "setting inf": ("periods = 4", "periods = inf", "scenario.toml periods — inf is out of range — write a number from 1 to 400"),
    "setting beyond floats": (
        "periods = 4", "periods = 1" + 400 * "0",
        "scenario.toml periods — a number of 1329 bits is out of range — write a number from 1 to 400",
    ),
    "periods not whole": ("periods = 4", "periods = 4.5", "scenario.toml periods — 4.5 is not whole — write a whole number"),
    "blocks": (
        "tail = 0", "blocks = 7", "scenario.toml blocks — the blocks do not divide the day — write 1, 2, 3, 4, 6, 8, 12 or 24",
    ),
    "setting not a choice": (
        "tail = 0", 'delivery = "dependible"',
        "scenario.toml delivery — 'dependible' is not a choice — did you mean 'dependable'?",
    ),
    "not TOML": (
        "start = 2027", "start 2027",
        "scenario.toml:3 — it is not TOML (Expected '=' after a key in a key/value pair) — write valid TOML",
    ),
    "a number beyond Python": (
        "start = 2027", "start = " + 5000 * "9", "scenario.toml — it is not TOML (a value is too large) — write valid TOML",
    ),
    "nested beyond Python": (
        "start = 2027", "start = " + 5000 * "[", "scenario.toml — it is not TOML (a value is too large) — write valid TOML",
    ),
    "NUL": ("smoke", "smo\0ke", "scenario.toml:2 — it is not TOML (Illegal character '\\x00') — write valid TOML"),
    "sections that are values": (
        "", "", "scenario.toml — scenario and overrides are sections — write [scenario] and [overrides.NAME]",
    ),
    "override without a set": (
        "[overrides.short]", "[overrides.bad]\nsets = {}\n[overrides.short]",
        "scenario.toml overrides.'bad' — an override has a 'set' table and a description — write set = { ... }",
    ),
    "override with an odd name": (
        "[overrides.short]", '[overrides."\\u001b"]\nset = 1\n[overrides.short]',
        "scenario.toml overrides.'?' — an override has a 'set' table and a description — write set = { ... }",
    ),
    "override described by a number": (
        '"Grid energy at half the price."', "1",
        "scenario.toml overrides.'cheap_power' — the description is not text — write it in quotes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOML)
def test_a_bad_scenario_file_has_its_sentence(folder, name):
    old, new, sentence = TOML[name]
    if old:
        edit(folder, "scenario.toml", old, new)
    elif name == "sections that are values":
        (folder / "scenario.toml").write_text("scenario = 1")
    else:
        with (folder / "scenario.toml").open("a") as file:
            file.write(new)
    assert "\n".join(faults(folder)) == sentence


# name: (value of --set, sentence)
SETS = {
    "no equals": ("sites.s1.energised", "--set 'sites.s1.energised' — no '=' in it — write table.row.column=value"),
    "no path": ("energised=1", "--set 'energised' — it is not table.row.column — write one of: arcs, bills, classes, cooling, doors, export, fleets, generation, ..."),
    "short path": ("sites.s1=1", "--set 'sites.s1' — it is not table.row.column — write table.row.column"),
    "table": ("site.s1.energised=1", "--set 'site.s1.energised' — it is not table.row.column — did you mean 'sites'?"),
    "row": ("sites.s3.energised=1", "--set 'sites.s3.energised' — no row has this name — write one of: s1, s2"),
    "pattern": ("sites.t*.energised=1", "--set 'sites.t*.energised' — no row has this name — write one of: s1, s2"),
    "column": ("sites.s1.energized=1", "--set 'sites.s1.energized' — unknown column — did you mean 'energised'?"),
    "key": ("sites.s1.site=s2", "--set 'sites.s1.site' — unknown column — did you mean 'title'?"),
    "setting": ("scenario.rate=1", "--set 'scenario.rate' — unknown setting — write one of: blocks, carbon_price, construction_life, construction_upkeep, currency_year, debt_share, delivery, description, ..."),
    "value": ("sites.s1.energised=much", "--set 'sites.s1.energised' — 'much' is not a value — write a number in MW facility, x2, +1"),
    "unit": ("sites.s1.energised=5 MW IT", "--set 'sites.s1.energised' — '5 MW IT' is not a value — write a number in MW facility, x2, +1"),
    "scaled with a unit": ("sites.s1.energised=x5 MW facility", "--set 'sites.s1.energised' — 'x5 MW facility' is not a value — write a number in MW facility, x2, +1"),
    "two scales": ("sites.s1.energised=xx5", "--set 'sites.s1.energised' — 'xx5' is not a value — write a number in MW facility, x2, +1"),
    "none where a number stands": ("sites.s1.energised=none", "--set 'sites.s1.energised' — 'none' is not a value — write a number in MW facility, x2, +1"),
    "inf": ("zones.usz.link_capacity=inf", "--set 'zones.usz.link_capacity' — 'inf' is not a value — write a number in Gb/s, x2, +1 or none"),
    "huge": ("sites.s1.energised=x1e15", "--set 'sites.s1.energised' — 'x1e15' makes it larger than any real value — stay below 1e+15"),
    "range": ("sites.s1.energised=-5", "--set sites.s1.energised — -5 is below 0 — write a number of at least 0 in MW facility"),
    "range of a setting": ("scenario.discount_rate=x100", "override discount_rate — 8 is out of range — write a number from 0 to 1 in 1/yr"),
    "flag": ("limits.bud.on=1", "--set 'limits.bud.on' — '1' is not a flag — write yes or no"),
    "choice": ("scenario.delivery=sure", "override delivery — 'sure' is not a choice — write one of: dependable, expected"),
    "name": ("sites.s1.zone=us", "--set 'sites.s1.zone' — 'us' is not in zones.csv — did you mean 'usz'?"),
    "names": ("fleets.carsf.classes=control;chta", "--set 'fleets.carsf.classes' — 'chta' is not in classes.csv — did you mean 'chat'?"),
    "rule": ("sites.s1.zone=leo", "--set sites.s1.zone — 'leo' is a zone of kind orbit — name a zone of kind ground"),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_a_bad_change_has_its_sentence(folder, name):
    value, sentence = SETS[name]
    assert "\n".join(faults(folder, sets=(value,))) == sentence


def test_an_unknown_override_has_its_sentence(folder):
    sentence = "--override 'cheap_pwer' — the scenario has no such override — did you mean 'cheap_power'?"
    assert faults(folder, ("cheap_pwer",)) == [sentence]


def test_an_override_that_sets_what_it_cannot_has_its_sentence(folder):
    edit(folder, "scenario.toml", '"limits.ms.on" = false', '"limits.ms.on" = [1], "phases.p1.power" = 1979-05-27')
    assert faults(folder, ("short",)) == [
        "override short 'limits.ms.on' — '[1]' is not a flag — write yes or no",
        "override short 'phases.p1.power' — '1979-05-27' is not a value — write a number in MW facility, x2, +1",
    ]


# name: (file, bytes or None for deleted, sentence)
FILES = {
    "missing": ("zones.csv", None, "zones.csv — the file is missing — write it with a column 'zone'"),
    "empty": ("zones.csv", b"", "zones.csv — the file is empty — write a header and rows, or delete an optional table"),
    "blank lines": (
        "zones.csv", b"\n , ,\n\n", "zones.csv — the file is empty — write a header and rows, or delete an optional table",
    ),
    "header only": (
        "territories.csv", b"territory,title,throughput [GW facility/yr]\n", (
            "sites.csv:2 territory — 'pjm' is not in territories.csv — remove it\n"
            "sites.csv:3 territory — 'pjm' is not in territories.csv — remove it\n"
            "territories.csv — the table has no rows — write at least one territory"
        ),
    ),
    "no table": ("zoness.csv", b"zone\n", "zoness.csv — no table has this name — did you mean 'zones'?"),
    "name that a terminal acts on": ("\x1b[2J.csv", b"zone\n", "?[2J.csv — no table has this name — write one of: arcs, bills, classes, cooling, doors, export, fleets, generation, ..."),
    "not UTF-8": ("zones.csv", b"zone,title\nus\xffz,", "zones.csv — it is not a UTF-8 csv file — save it as UTF-8 csv"),
    "NUL in it": ("zones.csv", b"zone,title\nu\0sz,", "zones.csv — it is not a UTF-8 csv file — save it as UTF-8 csv"),
    "open quote": ("zones.csv", b'zone,title\n"usz,US\n', "zones.csv:2 — a quote is not closed or a cell is too long — check the quotes"),
    "cell too long": ("zones.csv", b"zone\n" + 200_000 * b"x", "zones.csv:2 — a quote is not closed or a cell is too long — check the quotes"),
    "a folder": ("halls.csv", "folder", "halls.csv — it is not a file — write a csv file, or delete it"),
    "scenario.toml not UTF-8": ("scenario.toml", b"title = '\xff'", "scenario.toml — it is not a UTF-8 text file — save it as UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_as_a_whole_has_its_sentence(folder, name):
    file, content, sentence = FILES[name]
    path = folder / file
    path.unlink(missing_ok=True)
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    assert "\n".join(faults(folder)) == sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("wrld", "wrld — no dataset and no folder of this name — did you mean 'world'?"),
        ("a\0b", "a?b — no dataset and no folder of this name — write one of: "),
        (999 * "x", f"'{80 * 'x'}…' — no dataset and no folder of this name — write one of: "),
        ("../no/where", "../no/where — no dataset and no folder of this name — write one of: "),
    ],
)
def test_a_scenario_that_is_nowhere_has_its_sentence(name, sentence):
    with pytest.raises(InputError) as caught:
        read_scenario(name)
    assert str(caught.value).startswith(sentence)


def test_folders_and_files_that_are_no_scenario(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"— this folder has no scenario\.toml — give a scenario folder"):
        read_scenario(tmp_path)
    with pytest.raises(InputError, match="— it is a file — give the folder it stands in"):
        read_scenario(tmp_path / "file")


def test_byte_order_marks_and_windows_line_ends_are_read(folder):
    plain = read_tables(read_scenario(folder))
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    marked = read_tables(read_scenario(folder))
    for table, columns in plain.numbers.items():
        assert marked.frames[table].equals(plain.frames[table])
        for column, values in columns.items():
            assert (marked.numbers[table][column] == values).all()


def test_columns_may_stand_in_any_order(folder):
    (folder / "halls.csv").write_text("technology,capacity [MW IT],hall,site\nair,80,h1,s9\n")
    assert faults(folder) == ["halls.csv:2 site — 's9' is not in sites.csv — write one of: s1, s2"]


def test_all_faults_of_several_files_come_at_once_and_sorted(folder):
    edit(folder, "scenario.toml", "discount_rate = 0.08", "discount_rate = 8")
    edit(folder, "scenario.toml", "tail = 0", "tial = 0")
    edit(folder, "sites.csv", "energised [MW facility]", "energised")
    edit(folder, "halls.csv", "air,80", "aire,-80")
    edit(folder, "series.csv", "2027,100000", "2027,-1")
    edit(folder, "provenance.csv", "2025,A", "2025,D")
    assert faults(folder, ("none",), ("phases.p1.power=0", "oops")) == [
        "--override 'none' — the scenario has no such override — write one of: cheap_power, short",
        "--set 'oops' — no '=' in it — write table.row.column=value",
        "--set phases.p1.power — 0 is below 1e-09 — write a number of at least 1e-09 in MW facility",
        "halls.csv:2 capacity — -80 is below 0 — write a number of at least 0 in MW IT",
        "halls.csv:2 technology — 'aire' is not in cooling.csv — did you mean 'air'?",
        "provenance.csv:3 confidence — 'D' is not a grade — write A, B or C",
        "scenario.toml 'tial' — unknown setting — did you mean 'tail'?",
        "scenario.toml discount_rate — 8 is out of range — write a number from 0 to 1 in 1/yr",
        "series.csv:2 demand — '-1' is out of range — write a number of at least 0 in PFLOP/s",
        "sites.csv:1 energised — the unit is missing — write 'energised [MW facility]'",
    ]


def test_changes_compose_in_order(folder):
    def price(*sets, overrides=()):
        return read_tables(read_scenario(folder, overrides, sets)).numbers["sites"]["power_price"][:, 0].tolist()

    assert price("sites.*.power_price=+10", "sites.s1.power_price=x2") == [140.0, 60.0]
    assert price("sites.s1.power_price=x2", "sites.*.power_price=+10") == [130.0, 60.0]
    assert price("sites.s1.power_price=0.09 USD/kWh") == pytest.approx([90.0, 50.0])
    assert price("sites.*.power_price=+-10", overrides=("cheap_power",)) == [20.0, 15.0]
