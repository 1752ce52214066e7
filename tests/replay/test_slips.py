"""Sampled slips: marginals against SciPy, correlations as asked, streams that stay their own."""

import shutil

import numpy as np
import pytest
from scipy import stats

from planner import InputError, read_scenario, read_tables, slips
from planner.scenario import datasets_folder

COUNT = 4000
MIXES = [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.4, 0.6), (1.0, 0.0)]


def world(*sets, region=None, layer=None):
    extra = [] if region is None else [f"stages.*.correlation={region}"]
    extra += [] if layer is None else [f"scenario.layer_correlation={layer}"]
    return read_tables(read_scenario("world", (), (*sets, *extra)))


@pytest.fixture(scope="module")
def base():
    return world()


@pytest.fixture
def tables(base):
    """World with other correlations, without reading it again."""
    stages, settings = dict(base.numbers["stages"]), dict(base.settings)

    def mixed(region, layer):
        base.numbers["stages"]["correlation"] = np.full_like(stages["correlation"], region)
        base.settings["layer_correlation"] = layer
        return base

    yield mixed
    base.numbers["stages"].update(stages)
    base.settings.update(settings)


def few(tables, count=12):
    """Phases of every source and stage, some of one territory."""
    source, stage = tables.index("phases", "source"), tables.index("phases", "stage")
    kinds = {(int(a), int(b)): i for i, (a, b) in enumerate(zip(source, stage, strict=True))}
    return np.array(sorted({*kinds.values(), *range(count)}))


def quartiles(tables):
    """What each phase's own lead distribution is, from the tables alone."""
    stage, site = tables.index("phases", "stage"), tables.index("phases", "site")
    s = tables.numbers["stages"]
    wait = tables.numbers["sites"]["time_to_power"][site]
    return s["lead_fixed"][stage] + s["lead_per_time_to_power"][stage] * wait, s["sigma"][stage], s["odds"][stage]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("region", "layer"), MIXES)
def test_marginals_do_not_depend_on_any_correlation(tables, region, layer, seed):
    read = tables(region, layer)
    which = few(read)
    found = slips.phase_slips(read, which, COUNT, seed)
    median, sigma, odds = quartiles(read)
    for k, i in enumerate(which):
        lead = stats.lognorm(sigma[i], scale=median[i])
        assert stats.kstest(found.lead[:, k], lead.cdf).pvalue > 1e-4, read.keys("phases")[i]
        assert abs(found.success[:, k].mean() - odds[i]) < 4.5 * np.sqrt(odds[i] * (1 - odds[i]) / COUNT) + 1e-12
    np.testing.assert_allclose(found.planned, stats.lognorm(sigma[which], scale=median[which]).ppf(0.8), rtol=1e-9)


@pytest.mark.parametrize(("region", "layer"), MIXES)
def test_phases_correlate_as_asked(tables, region, layer):
    read = tables(region, layer)
    which = few(read, 40)
    site, source = read.index("phases", "site")[which], read.index("phases", "source")[which]
    territory = read.index("sites", "territory")[site]
    bills = read.frames["bills"]
    parts = [set(bills["layer"][(bills["of"] == "generation") & (bills["item"] == s)]) for s in read.keys("generation")]
    draws = slips.phase_draws(read, which, COUNT, 3)
    for part in (0, 1):
        found = np.corrcoef(draws[:, :, part].T)
        for a in range(len(which)):
            for b in range(a):
                mine, other = parts[source[a]], parts[source[b]]
                asked = region * (territory[a] == territory[b])
                asked += layer * len(mine & other) / np.sqrt(len(mine) * len(other))
                assert abs(found[a, b] - asked) <= 5.5 * (1 - asked**2) / np.sqrt(COUNT) + 1e-9
    success, delay = draws[:, :, 0], draws[:, :, 1]
    apart = np.array([np.corrcoef(success[:, k], delay[:, k])[0, 1] for k in range(len(which))])
    assert np.abs(apart).max() < 5 / np.sqrt(COUNT)


def test_a_correlation_of_one_is_one_draw_for_a_region(tables):
    read = tables(1.0, 0.0)
    draws = slips.phase_draws(read, np.arange(len(read.keys("phases"))), 50, 0)
    territory = read.index("sites", "territory")[read.index("phases", "site")]
    for t in np.unique(territory):
        mine = draws[:, territory == t]
        np.testing.assert_array_equal(mine, np.broadcast_to(mine[:, :1], mine.shape))


def test_jurisdictions_can_be_the_regions(base):
    base.settings["slip_region"] = "jurisdiction"
    try:
        which = np.arange(len(base.keys("phases")))
        draws = slips.phase_draws(base, which, COUNT, 0)[:, :, 1]
    finally:
        base.settings["slip_region"] = "territory"
    law = base.index("zones", "jurisdiction")[base.index("sites", "zone")][base.index("phases", "site")]
    first = np.nonzero(law == law[0])[0]
    found = np.corrcoef(draws[:, first].T)
    apart = found[np.triu_indices(len(first), 1)]
    np.testing.assert_allclose(apart.mean(), 0.5, atol=0.05)
    assert np.abs(apart - 0.5).max() < 0.08
    away = np.corrcoef(draws[:, first[0]], draws[:, np.nonzero(law != law[0])[0][0]])[0, 1]
    assert abs(away) < 0.08


@pytest.mark.parametrize("seed", [0, 7])
def test_streams_are_standard_normal_and_independent(seed):
    draws = slips.normals(seed, "phase", [f"p{i}" for i in range(30)], COUNT)
    flat = draws.reshape(COUNT, 60)
    assert min(stats.kstest(column, "norm").pvalue for column in flat.T) > 1e-4
    found = np.corrcoef(flat.T) - np.eye(60)
    assert np.abs(found).max() < 5.5 / np.sqrt(COUNT)
    assert np.abs(np.corrcoef(flat[1:, 0], flat[:-1, 0])[0, 1]) < 5 / np.sqrt(COUNT)


def test_draws_are_seeded_and_belong_to_names(base):
    names = ["a", "b", "c"]
    whole = slips.normals(5, "phase", names, 100)
    np.testing.assert_array_equal(whole, slips.normals(5, "phase", names, 100))
    np.testing.assert_array_equal(whole[:, [2, 0]], slips.normals(5, "phase", ["c", "a"], 100))
    np.testing.assert_array_equal(whole[:60], slips.normals(5, "phase", names, 60))
    for other in (slips.normals(6, "phase", names, 100), slips.normals(5, "door", names, 100)):
        assert np.abs(whole - other).min() > 0
    which = np.arange(len(base.keys("phases")))
    every = slips.phase_slips(base, which, 20, 1)
    some = slips.phase_slips(base, which[5:80:3], 20, 1)
    np.testing.assert_array_equal(every.lead[:, 5:80:3], some.lead)
    np.testing.assert_array_equal(every.success[:, 5:80:3], some.success)


def test_one_more_site_changes_nobody_elses_draws(tmp_path):
    def read(folder):
        return read_tables(
            read_scenario(folder, (), ("scenario.layer_correlation=0.3", "scenario.make_time_sigma=0.4"))
        )

    before = read("tiny")
    shutil.copytree(datasets_folder() / "tiny", tmp_path / "wider")
    for name, row in (
        ("territories", "aa_grid,Grid of land A,0.1"),
        ("sites", "new,New,AA,town,aa_grid,0,0,5,60,500,3,28,30,,10,,0,0"),
        ("phases", "new1,new,grid,study,20,"),
        ("doors", "gamma,Foundry Gamma,wafer,,aa,10,0,9000,1,no,0,0,10"),
    ):
        path = tmp_path / "wider" / f"{name}.csv"
        header, rest = path.read_text().split("\n", 1)
        path.write_text(f"{header}\n{row}\n{rest}")
    after = read(tmp_path / "wider")
    assert after.keys("phases") == ["new1", *before.keys("phases")]
    old, new = (slips.phase_slips(t, np.arange(len(t.keys("phases"))), 64, 9) for t in (before, after))
    np.testing.assert_array_equal(old.lead, new.lead[:, 1:])
    np.testing.assert_array_equal(old.success, new.success[:, 1:])
    np.testing.assert_array_equal(slips.order_lateness(before, 64, 9), slips.order_lateness(after, 64, 9)[:, 1:])


@pytest.mark.parametrize("shared", [0.0, 0.6, 1.0])
def test_orders_are_late_as_the_log_normal_says_and_together_as_asked(base, shared):
    base.settings.update(make_time_sigma=0.5, make_time_correlation=shared)
    try:
        late = slips.order_lateness(base, COUNT, 2)
    finally:
        base.settings.update(make_time_sigma=0.0, make_time_correlation=0.5)
    layer, make = base.index("doors", "layer"), base.numbers["doors"]["make_time"]
    timed = np.nonzero((layer >= 0) & (make > 0))[0]
    assert not late[:, (layer < 0) | (make == 0)].any()
    latent = np.log1p(late / np.where(make > 0, make, 1.0)) / 0.5
    for d in timed[:8]:
        behind = late[late[:, d] > 0, d]
        assert abs(len(behind) / COUNT - 0.5) < 4.5 * 0.5 / np.sqrt(COUNT)
        lead = stats.lognorm(0.5, scale=make[d])
        assert stats.kstest(behind + make[d], lambda x, lead=lead: 2 * lead.cdf(x) - 1).pvalue > 1e-4
    one = next(k for k in np.unique(layer[timed]) if (layer[timed] == k).sum() > 1)
    a, b = timed[layer[timed] == one][:2]
    both = ((latent[:, a] > 0) & (latent[:, b] > 0)).mean()
    np.testing.assert_allclose(both, 0.25 + np.arcsin(shared) / (2 * np.pi), atol=0.035)
    assert not slips.order_lateness(base, 10, 2).any()


def test_correlation_widens_what_stands(tables):
    read = tables(0.0, 0.0)
    which = np.arange(len(read.keys("phases")))
    size, when = read.numbers["phases"]["power"] * 1e-3, np.zeros(len(which))
    width, mean = [], []
    for region, layer in ((0.0, 0.0), (0.3, 0.0), (0.3, 0.4), (0.3, 0.7)):
        found = slips.phase_slips(tables(region, layer), which, 2000, 0)
        standing = slips.standing_share(found, when, 9, 0.5) @ size
        low, high = np.quantile(standing, [0.1, 0.9])
        width.append(high - low)
        mean.append(standing.mean())
    assert np.all(np.diff(width) > 0.1 * width[0])
    np.testing.assert_allclose(mean, mean[0], rtol=0.05)


def test_correlations_that_add_to_more_than_one_are_a_fault():
    with pytest.raises(InputError) as error:
        world(region=0.5, layer=0.6)
    sentences = str(error.value)
    assert "adds to 1.1" in sentences
    assert "make the two add to at most 1" in sentences
