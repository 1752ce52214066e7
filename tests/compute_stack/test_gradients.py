"""First and second derivatives of every public function against central differences; proof that none was left out."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ordinary_points import ARGUMENTS

import compute_stack

#: Means of shares that begin with an infinite slope: their gradient is a sum over cells and bends inside a step.
SHARP = {"contact_share": 0.05, "yearly_eclipse_fraction": 2e-3}


def _public(module):
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name for name, f in functions if f.__module__ == module.__name__ and not name.startswith("_")}


def test_every_public_function_is_checked():
    for module in compute_stack.__all__:
        assert _public(getattr(compute_stack, module)) == set(ARGUMENTS[module]), module


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_every_public_docstring_states_unit_source_and_range(module):
    for name in _public(getattr(compute_stack, module)):
        if name.endswith("_design"):
            continue
        text = inspect.getdoc(getattr(getattr(compute_stack, module), name))
        assert "[" in text, name
        assert "Source" in text, name
        assert "Holds" in text or "hold" in text, name


def _scalar(module, name):
    """The function as one number of one vector, that vector, and the steps that suit its entries."""
    function = getattr(getattr(compute_stack, module), name)
    leaves, structure = jax.tree.flatten(ARGUMENTS[module][name])
    moving = [leaf for leaf in map(np.asarray, leaves) if leaf.dtype.kind == "f"]
    point = np.concatenate([leaf.ravel() for leaf in moving])
    ends = np.cumsum([leaf.size for leaf in moving])

    def weighted(vector):
        pieces = jnp.split(vector, ends[:-1])
        floats = iter(piece.reshape(leaf.shape) for piece, leaf in zip(pieces, moving, strict=True))
        args = [next(floats) if np.asarray(leaf).dtype.kind == "f" else leaf for leaf in leaves]
        parts = jnp.concatenate([jnp.ravel(part) for part in jax.tree.leaves(function(*structure.unflatten(args)))])
        return jnp.sum(parts * (1.0 + 0.1 * np.arange(parts.size)))

    # A shorter step keeps the whole number of satellites on one side of its jump.
    step = (1e-7 if module == "mccalip" else 1e-5) * np.where(point == 0.0, 1.0, np.abs(point))
    return weighted, point, step


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_gradients_match_central_differences(module):
    scalars = {name: _scalar(module, name) for name, args in ARGUMENTS[module].items() if args}

    @jax.jit
    def compared(places):
        return {name: jax.vmap(jax.value_and_grad(scalars[name][0]))(places[name]) for name in scalars}

    places = {
        name: point + np.concatenate([np.zeros((1, point.size)), np.diag(step), -np.diag(step)])
        for name, (_, point, step) in scalars.items()
    }
    for name, (values, slopes) in compared(places).items():
        value, slope, step = float(values[0]), np.asarray(slopes[0]), scalars[name][2]
        above, below = np.split(np.asarray(values)[1:], 2)
        assert np.all(np.isfinite(slope)), name
        expected = (above - below) / 2.0
        np.testing.assert_allclose(slope * step, expected, rtol=1e-5, atol=1e-11 * abs(value), err_msg=name)


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_curvature_along_a_line_matches_central_differences_of_the_gradient(module):
    """Hessian times direction, forward over reverse, against the gradient at both ends of a short line.

    Entries are scaled by their steps, so that they share a unit. At their ordinary points all functions are smooth,
    those with kinks too (`test_limits.KINKS` says where those lie); integers and `mccalip.satellites` are constant.
    """
    scalars = {name: _scalar(module, name) for name, args in ARGUMENTS[module].items() if args}
    lines = {
        name: step * np.where(np.arange(point.size) % 2 == 0, 1.0, -0.7) * (1.0 + 0.3 * np.sin(np.arange(point.size)))
        for name, (_, point, step) in scalars.items()
    }

    def curved(name):
        weighted, point, _ = scalars[name]
        slope, line = jax.grad(weighted), lines[name]
        return jax.vmap(lambda place: jax.jvp(slope, (place,), (line,)))(jnp.stack([point, point + line, point - line]))

    for name, (slopes, bends) in jax.jit(lambda: {each: curved(each) for each in scalars})().items():
        (slope, above, below), bend, step = slopes, bends[0], scalars[name][2]
        assert np.all(np.isfinite(bend)), name
        # A gradient is known to about 1e-14 of its largest entry, a bend is 1e-5 of the gradient where curved at all.
        known = 1e-12 * np.max(np.abs(slope * step))
        expected = (above - below) / 2.0 * step
        np.testing.assert_allclose(bend * step, expected, rtol=SHARP.get(name, 1e-4), atol=known, err_msg=name)
