"""Every public function on arrays: broadcasting, compilation and mapping give what a plain loop gives."""

import jax
import numpy as np
import pytest
from ordinary_points import ARGUMENTS

import compute_stack

#: Functions of samples or tables, whose array arguments have axes of their own (the text of each names them): they are
#: compiled and mapped over their other arguments, but not stretched.
AXES = {
    "mean_arc_share",
    "share_above_zero",
    "trim_share_of_hours",
    "net_present_value",
    "discounted_levelised_cost",
    "hub_graph_rtt",
    "chain_odds",
    "chain_lead",
    "chain_shares",
    "growing_queue_shares",
    "cohort_energised_share",
    "shortest_rtt",
    "block_shape",
    "pooling_peak",
    "separate_peak",
    "diurnal_load",
    "metro_compute",
}
FIRST, SECOND = 1.0 + 1e-3 * np.arange(3.0), 1.0 - 1e-3 * np.arange(2.0)


def _parts(value):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(value)]


def _function(module, name):
    return getattr(getattr(compute_stack, module), name)


def _scaled(module, name):
    """The function of two factors, which multiply its scalar arguments in turn."""
    leaves, structure = jax.tree.flatten(ARGUMENTS[module][name])
    scalar = [k for k, leaf in enumerate(leaves) if np.asarray(leaf).dtype.kind == "f" and np.ndim(leaf) == 0]

    def scaled(first, second):
        moved = list(leaves)
        for turn, k in enumerate(scalar):
            moved[k] = leaves[k] * (second if turn % 2 else first)
        return _function(module, name)(*structure.unflatten(moved))

    return scaled if scalar else None


@pytest.mark.slow
@pytest.mark.parametrize("module", compute_stack.__all__)
def test_compiled_mapped_and_stretched_equal_the_loop(module):
    every = {name: scaled for name in ARGUMENTS[module] if (scaled := _scaled(module, name))}
    single = jax.jit(lambda a, b: {name: scaled(a, b) for name, scaled in every.items()})
    pairs = [(a, b) for a in FIRST for b in SECOND]
    loop = [single(a, b) for a, b in pairs]
    mapped = jax.jit(jax.vmap(single))(*np.array(pairs).T)
    table = jax.jit(lambda a, b: {name: f(a, b) for name, f in every.items() if name not in AXES})(
        FIRST[:, None], SECOND
    )
    for name, scaled in every.items():
        for part, plain in enumerate(_parts(scaled(1.0, 1.0))):
            close = {"rtol": 1e-10, "atol": 1e-12, "err_msg": f"{name}, part {part}"}
            rows = np.stack([_parts(each[name])[part] for each in loop])
            np.testing.assert_allclose(plain, rows[0], **close)
            np.testing.assert_allclose(_parts(mapped[name])[part], rows, **close)
            if name not in AXES:
                stretched = np.broadcast_to(_parts(table[name])[part], (3, 2))
                np.testing.assert_allclose(stretched, rows.reshape(3, 2), **close)


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_whole_numbers_may_be_written_without_a_point(module):
    written, expected = {}, {}
    for name, arguments in ARGUMENTS[module].items():
        leaves, structure = jax.tree.flatten(arguments)
        whole = [isinstance(leaf, float) and leaf.is_integer() and abs(leaf) < 2**31 for leaf in leaves]
        if any(whole):
            written[name] = structure.unflatten([int(x) if w else x for x, w in zip(leaves, whole, strict=True)])
            expected[name] = arguments
    got = jax.jit(lambda: {name: _function(module, name)(*args) for name, args in written.items()})()
    meant = jax.jit(lambda: {name: _function(module, name)(*args) for name, args in expected.items()})()
    for name in written:
        for ours, floats in zip(_parts(got[name]), _parts(meant[name]), strict=True):
            np.testing.assert_allclose(ours, floats, rtol=1e-12, err_msg=name)
