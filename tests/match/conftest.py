"""A market of eight places and twelve requests, in numbers so round that every reason is known before it is solved.

A PFLOP/s takes a kW of IT and 20,000 USD of rack, of which 4 years of 10 are paid: 0.228 USD/PFLOP-h. PUE is 1.2
everywhere (see the SOURCE.md of `tiny`), so power at 20 USD/MWh adds 0.024. Nothing else costs anything.
"""

import pytest

import planner

FILES = {
    "scenario.toml": """[scenario]
title = "Planted"
start = 2030
period = 1.0
periods = 4
currency_year = 2026
discount_rate = 0.0
planning_quantile = 0.5
construction_upkeep = 0.0
""",
    "jurisdictions.csv": "jurisdiction\naa\nbb\ncc\ndd\n",
    "regions.csv": "region,jurisdiction,latitude [deg],longitude [deg],utc_offset [h]\ncity,aa,0,0,0\n",
    "profiles.csv": "profile,precision,flop_per_byte [FLOP/B],compute_efficiency [1],memory_efficiency [1]\n"
    "infer,fp8,1000,0.5,0.5\n",
    "classes.csv": "class,market,kind,profile,orbit,demand [PFLOP/s],price [USD/PFLOP/h]\n"
    "work,inference-grid,rate,infer,no,1000,10\nsecret,inference-grid,rate,infer,no,1000,10\n",
    "tranches.csv": "tranche,share [1]\nall,1\n",
    "workloads.csv": "workload,class,region,share [1],price_factor [1],offtake,window_start [yr],window_end [yr],"
    "contract,one_zone,density [kW IT],max_rtt [ms],jurisdictions\n"
    "near_law,work,city,1,1,yes,,,,yes,,50,aa\n"
    "dense,work,city,1,1,yes,,,,yes,80,,aa\n"
    "denser,work,city,1,1,yes,2031,,,yes,90,50,aa\n"
    "secret,secret,city,1,1,yes,,,,yes,,,*\n"
    "anywhere,work,city,1,1,yes,,,,yes,,,*\n"
    "window,work,city,1,1,yes,2031,2033,,yes,,,aa\n"
    "grow_1,work,city,1,1,yes,,,grow,yes,,,aa\n"
    "grow_2,work,city,1,1,yes,2031,,grow,yes,,,aa\n"
    "split,work,city,1,1,yes,,,,no,,,aa\n"
    "poor,work,city,1,0.001,yes,,,,yes,,,aa\n"
    "best,work,city,1,1,yes,,,,yes,,,dd\n"
    "second,work,city,1,0.5,yes,,,,yes,,,dd\n"
    "third,work,city,1,0.4,yes,,,,yes,,,dd\n",
    "zones.csv": "zone,kind,jurisdiction,min_rtt [ms],max_density [kW IT]\n"
    "near,ground,aa,0,\nfar,ground,aa,100,\nlow,ground,aa,0,60\nlate,ground,aa,0,\ndear,ground,aa,0,\n"
    "abroad,ground,bb,0,\nbarred,ground,cc,0,\nsmall,ground,dd,0,\n",
    "territories.csv": "territory\ngrid\n",
    "sites.csv": "site,zone,territory,latitude [deg],longitude [deg],energised [MW facility],power_price [USD/MWh],"
    "carbon [kg/MWh],time_to_power [yr],wet_bulb [degC],dry_bulb [degC],construction [USD/W IT]\n"
    + "".join(
        f"{zone},{zone},grid,0,0,0,{price},0,1,28,30,0\n"
        for zone, price in (
            *(("near", 20), ("far", 25), ("low", 30), ("late", 10), ("dear", 2000)),
            *(("abroad", 40), ("barred", 10), ("small", 20)),
        )
    ),
    "stages.csv": "stage,odds [1],lead_fixed [yr]\nready,1,0\nslow,1,2\n",
    "generation.csv": "source,kind,capex [USD/W facility],site_price_factor [1]\ngrid,grid,0,1\n",
    "phases.csv": "phase,site,source,stage,power [MW facility]\n"
    + "".join(f"{zone}1,{zone},grid,ready,20\n" for zone in ("near", "far", "low", "dear", "abroad", "barred"))
    + "late1,late,grid,slow,20\nsmall1,small,grid,ready,1.5\n",
    "cooling.csv": "technology,coolant,max_density [kW],supply_temperature [degC],liquid_fraction [1],"
    "electrical_overhead [1],fan_overhead [1],chiller_cop [1]\nplate,liquid,200,27,1,0.065,0.03,5\n",
    "hardware.csv": "hardware,container,coolant,power [kW IT],chips [1],peak_bf16 [PFLOP/s],peak_fp8 [PFLOP/s],"
    "memory [GB],bandwidth [TB/s],price [M USD],maintenance [1/yr],life [yr],availability [1]\n"
    "thin,rack,liquid,50,50,1,2,100,100,1,0,10,1\nthick,rack,liquid,100,100,1,2,100,100,2,0,10,1\n",
    "residency.csv": "rule,jurisdiction,classes,inside [1],allowed\nhome_data,aa,secret,1,aa\n",
    "export.csv": "rule,hardware,jurisdictions\nban,*,cc\n",
}


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """Folder of the planted scenario."""
    folder = tmp_path_factory.mktemp("planted") / "planted"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="session")
def plan(market):
    """Its plan."""
    return planner.solve(market, gap=1e-6)


@pytest.fixture(scope="session")
def bundle(plan, tmp_path_factory):
    """Its bundle."""
    return planner.write_bundle(plan, tmp_path_factory.mktemp("bundles") / "planted")
