"""McCalip's calculator in plain Python, from its printed equations: loops, no arrays, nothing shared with ours."""

from math import ceil, cos, pi

USUAL = {
    "years": 5, "targetGW": 1, "solarAbsorptivity": 0.92, "emissivityPV": 0.85, "emissivityRad": 0.90,
    "pvEfficiency": 0.22, "betaAngle": 90, "orbitalAltitudeKm": 550, "maxDieTempC": 85, "tempDropC": 10,
    "launchCostPerKg": 500, "satelliteCostPerW": 22, "specificPowerWPerKg": 36.5, "satellitePowerKW": 27,
    "sunFraction": 0.98, "cellDegradation": 2.5, "gpuFailureRate": 9, "nreCost": 1000, "gasTurbineCapexPerKW": 1800,
    "electricalCostPerW": 5.25, "mechanicalCostPerW": 3.0, "civilCostPerW": 2.5, "networkCostPerW": 1.75, "pue": 1.2,
    "gasPricePerMMBtu": 4.30, "heatRateBtuKwh": 6200, "capacityFactor": 0.85,
}  # fmt: skip

#: What the page lets a reader choose.
SLIDERS = {
    "years": (3, 10), "targetGW": (1, 1000), "solarAbsorptivity": (0.80, 0.98), "emissivityPV": (0.1, 0.95),
    "emissivityRad": (0.1, 0.98), "pvEfficiency": (0.20, 0.24), "betaAngle": (60, 90),
    "orbitalAltitudeKm": (400, 1200), "maxDieTempC": (60, 110), "tempDropC": (5, 30), "launchCostPerKg": (1, 2940),
    "satelliteCostPerW": (1, 40), "specificPowerWPerKg": (3, 500), "satellitePowerKW": (5, 500),
    "sunFraction": (0.55, 1.0), "cellDegradation": (0, 12), "gpuFailureRate": (0, 30), "nreCost": (0, 10000),
    "gasTurbineCapexPerKW": (1450, 2300), "electricalCostPerW": (3, 8), "mechanicalCostPerW": (1, 5),
    "civilCostPerW": (1, 4), "networkCostPerW": (0.5, 3), "pue": (1.1, 1.5), "gasPricePerMMBtu": (2, 15),
    "heatRateBtuKwh": (6000, 9000), "capacityFactor": (0.5, 1.0),
}  # fmt: skip


def _faces(s):
    """View factors of both faces, mean of the orbit."""
    nadir = (6371.0 / (6371.0 + s["orbitalAltitudeKm"])) ** 2
    front = back = 0.0
    for step in range(72):
        cosine = cos(s["betaAngle"] * pi / 180) * cos(2 * pi * step / 72)
        front += nadir * cosine if cosine > 0 else 0.05 * nadir
        back += nadir * -cosine if -cosine > 0 else 0.05 * nadir
    return front / 72, back / 72


def plain_mccalip(**inputs):
    s = USUAL | inputs
    target = s["targetGW"] * 1e9
    output = sum((1 - s["cellDegradation"] / 100) ** y for y in range(s["years"])) / s["years"]
    initial = target / (output * s["sunFraction"])
    sats = ceil(initial / (s["satellitePowerKW"] * 1000))
    power = sats * s["satellitePowerKW"] * 1000
    mass = power / s["specificPowerWPerKg"]
    hardware, launch = s["satelliteCostPerW"] * power, s["launchCostPerKg"] * mass
    ops, replaced = 0.01 * hardware * s["years"], s["gpuFailureRate"] / 100 * hardware * s["years"]
    orbital = hardware + launch + ops + replaced + s["nreCost"] * 1e6
    per_watt = s["gasTurbineCapexPerKW"] * s["pue"] / 1000 + sum(
        s[f"{part}CostPerW"] for part in ("electrical", "mechanical", "civil", "network")
    )
    energy = target / 1e6 * s["years"] * 8760 * s["capacityFactor"]
    fuel = s["heatRateBtuKwh"] * s["gasPricePerMMBtu"] / 1000 * energy * s["pue"]
    ground = per_watt * target + fuel
    area = sats * 116 * s["satellitePowerKW"] / 27
    front, back = _faces(s)
    flux = 1361 * s["solarAbsorptivity"] + 237 * (front * s["emissivityPV"] + back * s["emissivityRad"])
    flux += 1361 * 0.30 * front * cos(s["betaAngle"] * pi / 180) * s["solarAbsorptivity"]
    emissivity = 5.67e-8 * (s["emissivityPV"] + s["emissivityRad"])
    kelvin = (flux / emissivity + 3**4) ** 0.25
    panel = s["maxDieTempC"] - s["tempDropC"] + 273.15
    return {
        "cf": output, "p_init_w": initial, "sats": sats, "mass_kg": mass, "orbital_hw_usd": hardware,
        "orbital_launch_usd": launch, "orbital_ops_usd": ops, "orbital_repl_usd": replaced,
        "orbital_total_usd": orbital, "orbital_usd_per_w": orbital / target,
        "orbital_lcoe": orbital / (target / 1e6 * s["years"] * 8760), "array_m2": area,
        "starships": ceil(mass / 100e3), "terr_capex_usd": per_watt * target, "terr_fuel_usd": fuel,
        "terr_total_usd": ground, "terr_lcoe": ground / energy,
        "gas_bcf": energy * s["pue"] * 1000 * s["heatRateBtuKwh"] / 1000 / 1e9,
        "turbines": ceil(s["targetGW"] * 1000 * s["pue"] / 430),
        "breakeven_usd_per_kg": (ground - s["satelliteCostPerW"] * initial) / (initial / s["specificPowerWPerKg"]),
        "t_eq_k": kelvin, "t_eq_c": kelvin - 273.15, "margin_k": panel - kelvin, "vf_a": front, "vf_b": back,
        "area_required_m2": flux * area / (emissivity * (panel**4 - 3**4)),
    }  # fmt: skip
