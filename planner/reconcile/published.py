"""The inputs of eight published models as fields of a `Case`, and the figures that their authors print."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from compute_stack import comparison, mccalip
from compute_stack.boundaries import Case, Chips, Ground, Orbital
from planner.reconcile.walk import replaced, scalar

#: A case in which nothing costs anything: what a model leaves out stays so.
NOTHING = Case(
    Orbital(1.0, 0.0, 0.0, 5.0),
    Ground(0.0, 5.0, 0.0, 1.0),
    Chips(0.0, 0.0, 5.0),
)


@dataclass(frozen=True)
class Model:
    """One published model: title, source, grade of its figures, and what it states, as fields of a case.

    also: stated, but outside of the figures that are walked; apart: boxes that its figures cannot fill.
    """

    key: str
    title: str
    source: str
    grade: str
    states: dict[str, float]
    note: str = ""
    also: dict[str, float] = dataclasses.field(default_factory=dict)
    apart: tuple[str, ...] = ()

    @property
    def alone(self) -> Case:
        """Only what the model counts."""
        return replaced(NOTHING, self.states)

    def completed(self, ours: Case) -> Case:
        """What the model states, and ours where it is silent."""
        return replaced(ours, {**self.states, **self.also})


def mccalip_states(case: mccalip.McCalipCase) -> dict[str, float]:
    """The fields of a case that say the same as a McCalip case; whole satellites, engineering cost in the satellite."""
    kilowatts = scalar(case.target_power) / 1e3
    hardware = scalar(mccalip.hardware_cost(case)) / kilowatts
    shell = case.turbine_price * case.usage_effectiveness + case.electrical_price + case.mechanical_price
    return {
        "orbital.specific_mass": scalar(mccalip.launched_mass(case)) / kilowatts,
        "orbital.launch_price": scalar(case.launch_price),
        "orbital.bus_price": hardware + scalar(case.engineering_cost) / kilowatts,
        "orbital.life": scalar(case.years),
        "orbital.operations": (0.01 + scalar(case.chip_failure)) * hardware,
        "ground.facility_price": 1e3 * scalar(shell + case.civil_price + case.network_price),
        "ground.facility_life": scalar(case.years),
        "ground.electricity_price": scalar(case.heat_rate) * scalar(case.gas_price) / 1e6,
        "ground.usage_effectiveness": scalar(case.usage_effectiveness),
        "ground.load": scalar(case.capacity_factor),
        "cycle": scalar(case.years),
    }


def effective_rate(nominal: float) -> float:
    """Yearly rate that compounds to what a nominal rate paid by the month does [1/yr]."""
    return (1.0 + nominal / 12.0) ** 12 - 1.0


#: Losses of a model that pays for them in operations or spares are not counted again.
LOSSES_ELSEWHERE = {"orbital.loss_rate": 0.0, "chips.orbital_attrition": 0.0}

MCCALIP = Model(
    "mccalip",
    "McCalip",
    "McCalip, Economics of Orbital vs Terrestrial Data Centers, code of 15 Dec 2025, "
    "https://github.com/andrewmccalip/thoughts",
    "A",
    mccalip_states(mccalip.McCalipCase()),
    "NRE is counted with the satellite; gas turbines on site stand in the facility, gas in the electricity.",
    LOSSES_ELSEWHERE,
)

#: Table 1, Starlink v2 mini (optimised) at 200 USD/kg, and the low end of the ground side.
SUNCATCHER = Model(
    "suncatcher",
    "Suncatcher",
    "Aguera y Arcas et al., Google (2025), arXiv:2511.19468v2",
    "A",
    {
        "orbital.specific_mass": 575.0 / 28.0,
        "orbital.launch_price": 200.0,
        "orbital.life": 5.0,
        "ground.electricity_price": 0.06,
        "ground.usage_effectiveness": 1.09,
    },
)

#: Base case: 40 kg/kW against the low end of 10,000 to 40,000 USD/kW; loss 0.10 a year.
TURYSHEV = Model(
    "turyshev",
    "Turyshev",
    "Turyshev, JPL (2026), arXiv:2604.27197; floor from doi:10.48577/jpl.HHDDG7",
    "A",
    {
        "orbital.specific_mass": 40.0,
        "orbital.life": 5.0,
        "ground.facility_price": 10000.0,
    },
    "One-time costs, so both lives are taken as one in the walk.",
    {"orbital.loss_rate": 0.10, "chips.orbital_attrition": 0.0},
)

STARCLOUD_KW, STARCLOUD_YEARS = 40e3, 10.0
#: Table 1: array 2 M, launch 5 M (100 t), shield 1 kg/kW at 30 USD/kg; energy 0.04 USD/kWh, cooling 5 %, backup 20 M.
STARCLOUD = Model(
    "starcloud",
    "Starcloud",
    "Feilden, Oltean, Johnston, Starcloud (2024), Why we should train AI in space, v1.03, Table 1",
    "B",
    {
        "orbital.specific_mass": 100e3 / STARCLOUD_KW + 1.0,
        "orbital.launch_price": (5e6 + 1.0 * STARCLOUD_KW * 30.0) / (100e3 + 1.0 * STARCLOUD_KW),
        "orbital.bus_price": 2e6 / STARCLOUD_KW,
        "orbital.life": STARCLOUD_YEARS,
        "ground.facility_price": 20e6 / STARCLOUD_KW,
        "ground.facility_life": STARCLOUD_YEARS,
        "ground.electricity_price": 0.04,
        "ground.usage_effectiveness": 1.05,
        "cycle": STARCLOUD_YEARS,
    },
    "Its launch of 5 M USD is one flight of 100 t; cooling, 5 % of energy, is read as a PUE of 1.05.",
)

#: Starlink V3-class array (S1) against solar with gas; chips 25.6 B USD/GW in every scenario.
FORETHOUGHT = Model(
    "forethought",
    "Forethought",
    "Parrack et al., Forethought (2026), Will we really put data centers in space?",
    "A",
    {
        "orbital.specific_mass": 17.56,
        "orbital.launch_price": 250.0,
        "orbital.bus_price": 1198.0,
        "orbital.life": 5.0,
        "ground.facility_price": 5590.0,
        "ground.facility_life": 5.0,
    },
    "Array against power plant, both as one-time costs; its totals per cycle are printed without their inputs.",
    {
        "orbital.loss_rate": 0.0,
        "chips.orbital_price": 25600.0,
        "chips.ground_price": 25600.0,
        "chips.orbital_attrition": -math.log1p(-0.09),
    },
)

_GPUS, _KW = 16.0, 30.5


def _semianalysis_states() -> dict[str, float]:
    """16 B300 in 30.5 kW. Running costs are what the monthly totals leave beside capital and, on the ground, energy."""
    capital = comparison.gpu_hour_capital
    flown = scalar(capital(980882.0, 0.15, 5.0, _GPUS) + capital(3.1e6, 0.15, 5.0, _GPUS))
    stood = scalar(capital(986158.0, 0.103, 5.0, _GPUS) + capital(382e3, 0.103, 15.0, _GPUS))
    per_hour = 8760.0 * _GPUS / _KW
    energy = 8760.0 * 1.35 * 0.8 * 0.087
    return {
        "orbital.specific_mass": 0.0,
        "orbital.launch_price": 1750.0,
        "orbital.bus_price": 3.1e6 / _KW,
        "orbital.life": 5.0,
        "orbital.operations": (100925.0 / (730.0 * _GPUS) - flown) * per_hour,
        "orbital.spares": 0.20,
        "orbital.availability": 0.95,
        "orbital.rate": effective_rate(0.15),
        "ground.facility_price": 382e3 / _KW,
        "ground.facility_life": 15.0,
        "ground.electricity_price": 0.087,
        "ground.usage_effectiveness": 1.35,
        "ground.load": 0.8,
        "ground.operations": (27724.0 / (730.0 * _GPUS) - stood) * per_hour - energy,
        "ground.spares": 0.05,
        "ground.rate": effective_rate(0.103),
        "chips.orbital_price": 980882.0 / _KW,
        "chips.ground_price": 986158.0 / _KW,
        "chips.ground_life": 5.0,
        "chips.per_kw": _GPUS / _KW,
    }


SEMIANALYSIS = Model(
    "semianalysis",
    "SemiAnalysis",
    "Nishball et al., SemiAnalysis (3 Jun 2026), To Boldly Go: The Case for Space Datacenters",
    "A",
    _semianalysis_states(),
    "Its satellite price holds the launch (no mass is given); running costs are what its totals leave beside capital.",
    {**LOSSES_ELSEWHERE, "chips.ground_attrition": 0.0, "chips.maintenance": 0.0},
    ("launch_against_electricity",),
)

#: Central case of 2026: mass formula and effective lifetime.
VIEWER = Model(
    "viewer",
    "research-viewer",
    "Orbital AI Data Centers: Economic Competitiveness Timeline, open research site (2026), research-viewer.pages.dev",
    "A",
    {
        "orbital.specific_mass": (1000.0 * 1.05 / 150.0 + 1000.0 / 77.0 + 6.0 + 0.6) * 1.25,
        "orbital.life": 4.6,
        "orbital.loss_rate": -math.log1p(-0.01),
        "orbital.availability": 1.0 - 0.013,
        "chips.orbital_attrition": -math.log1p(-0.068),
    },
    "Battery of 0.6 kg/kW and a life of 4.6 yr are inferred; yearly totals are printed without their inputs.",
)

MDAO_KW = 1008.0
#: 64 satellites x 18 H100 at 650 km, text inference (1e-8 bit/FLOP): the breakdown that version 0.4.2 prints.
_MDAO_BUILD = {
    "solar": 102.04432,
    "battery": 0.83395,
    "radiator": 7.17169,
    "bus": 128.0,
    "links": 32.0,
    "ground": 20.0,
}
MDAO = Model(
    "mdao",
    "spacedc-mdao",
    "jman4162/spacedc-mdao 0.4.2 (2026), https://github.com/jman4162/spacedc-mdao, text-inference example, code run",
    "A",
    {
        "orbital.specific_mass": 237774746.404 / 3000.0 / MDAO_KW,
        "orbital.launch_price": 3000.0,
        "orbital.bus_price": sum(_MDAO_BUILD.values()) * 1e6 / MDAO_KW,
        "orbital.life": 5.0,
        "orbital.operations": (5e6 + 16113520.548 / 5.0) / MDAO_KW,
        "orbital.availability": 0.8179548679592988,
        "orbital.network_utilisation": 0.75,
        "orbital.rate": 0.08,
        "ground.facility_price": 12000.0,
        "ground.facility_life": 5.0,
        "ground.electricity_price": 0.06,
        "ground.usage_effectiveness": 1.10,
        "ground.load": 0.85,
        "ground.operations": 0.05 * 12000.0,
        "ground.availability": 0.995,
        "ground.rate": 0.08,
        "chips.orbital_price": 28.8e6 / MDAO_KW,
        "chips.ground_price": 28.8e6 / MDAO_KW,
        "chips.ground_life": 5.0,
        "chips.maintenance": 0.05,
        "chips.per_kw": 1152.0 / MDAO_KW,
    },
    "Replaced chips and their launch are in operations; failures lower availability.",
    {**LOSSES_ELSEWHERE, "chips.ground_attrition": 0.0},
)
#: [PFLOP/s per H100] dense bf16, times sustained share and utilisation.
MDAO_PFLOPS = 0.989 * 0.55 * 0.85

MODELS = (MCCALIP, SUNCATCHER, TURYSHEV, STARCLOUD, FORETHOUGHT, SEMIANALYSIS, VIEWER, MDAO)
