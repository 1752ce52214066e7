"""The derivative of every public function against central differences, and proof that none was left out."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ordinary_points import ARGUMENTS

import compute_stack


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


def _moved(module, name):
    """The scalar function, its point first and then each argument moved up and down, and the steps."""
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
    return weighted, point + np.concatenate([np.zeros((1, point.size)), np.diag(step), -np.diag(step)]), step


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_gradients_match_central_differences(module):
    moved = {name: _moved(module, name) for name, args in ARGUMENTS[module].items() if args}

    @jax.jit
    def compared(places):
        return {name: jax.vmap(jax.value_and_grad(moved[name][0]))(places[name]) for name in moved}

    results = compared({name: places for name, (_, places, _) in moved.items()})
    for name, (values, slopes) in results.items():
        value, slope, step = float(values[0]), np.asarray(slopes[0]), moved[name][2]
        above, below = np.split(np.asarray(values)[1:], 2)
        assert np.all(np.isfinite(slope)), name
        expected = (above - below) / 2.0
        np.testing.assert_allclose(slope * step, expected, rtol=1e-5, atol=1e-11 * abs(value), err_msg=name)
