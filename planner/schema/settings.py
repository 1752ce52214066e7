"""Settings of a scenario (`[scenario]` in scenario.toml)."""

from __future__ import annotations

from planner.schema.columns import Column, choice, num, text

SETTINGS: tuple[Column, ...] = (
    text("title", "name shown"),
    text("description", "what the scenario is"),
    num("start", "yr", "calendar year at which the plan starts", low=1900, high=2200),
    num("period", "yr", "length of a period", 0.5, low=1 / 12, high=5),
    num("periods", "1", "periods shown", low=1, high=400),
    num("tail", "1", "periods planned and hidden after the last one shown", 0.0, high=40),
    num("blocks", "1", "UTC blocks of the day: 1, 4 or 6", 1.0, low=1, high=24),
    num("currency_year", "yr", "year of the money", low=1990, high=2100),
    num("discount_rate", "1/yr", "the one discount rate", 0.08, high=1),
    choice(
        "delivery",
        "dependable expected",
        "dependable: quantile of the lead; expected: mean (joins everything)",
        "dependable",
    ),
    num("planning_quantile", "1", "quantile of lead times under dependable delivery", 0.8, low=0.01, high=0.99),
    num("construction_life", "yr", "economic life of shells", 20.0, low=0.5),
    num("construction_upkeep", "1/yr", "yearly upkeep per construction cost", 0.03, high=1),
    num("launch_life", "yr", "years over which a launch is paid, as the satellites it carries", 5.0, low=0.5),
    num("carbon_price", "USD/t", "price of emissions", 0.0),
    num("debt_share", "1", "share of capital borrowed (debt limit)", 0.7, high=1),
    choice(
        "slip_region",
        "territory jurisdiction",
        "sampled futures: sites that share bad luck in queues (how much: stages.correlation)",
        "territory",
    ),
    num(
        "layer_correlation",
        "1",
        "sampled futures: part of success and delay shared by phases that draw on the same supply layers; with "
        "stages.correlation at most 1",
        0.0,
        high=1,
    ),
    num(
        "make_time_sigma",
        "1",
        "sampled futures: log-normal spread of make-times; late orders hold up what is built of them; 0: on time",
        0.0,
        high=3,
    ),
    num(
        "make_time_correlation",
        "1",
        "sampled futures: part of the delay of orders shared by the doors of a layer",
        0.5,
        high=1,
    ),
)
