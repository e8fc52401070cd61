#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the steps of a trace again in plain PyTorch, from its files alone, and compares (docs/trace.md).

    python3 replay.py DIR [--tolerance 1e-9] [--write-reference FILE.safetensors]

Needs torch and safetensors. Exit status: 0 all agree, 1 something differs or cannot be replayed, 2 wrong usage.
"""
import argparse
import sys

import torch
from safetensors.torch import save_file

from networks import is_buffer
from settings import ReplayError
from step import Step
from trace import read_step, step_files

# What is left of two implementations: sums in another order, and in float32 the rounding of every operation, which
# Adam's first steps enlarge.
TOLERANCES = {torch.float64: 1e-9, torch.float32: 1e-3}
# A tensor that is small beside all others of its group is held against this share of them.
FLOOR = 1e-2
# A difference counts so far as it is more than so many times the most that rounding makes of the step in a few tries:
# the gradient of a bias in front of batch norm, say, is 0 but for rounding, and Adam makes an update of a rate's size
# of it.
EXPLAINED, TRIES = 10, 3
# Columns that are there whichever phases ran, and may be left out; and all those that the replay knows.
ALWAYS = {"noise_std", "d_lr", "g_lr", "e_lr"}
COLUMNS = ALWAYS | {
    "d_loss", "g_loss", "d_real", "d_fake", "d_grad_norm", "g_grad_norm", "gradient_penalty", "r1", "r2", "dragan",
    "pull_away", "wasserstein", "began_k", "began_measure", "reconstruction", "kl"}


def is_known(column):
    """A column, or the same of one update: discriminator/3/d_loss."""
    return column.rpartition("/")[2] in COLUMNS


def group_of(name):
    """generator, generator buffers, optimiser/generator/exp_avg, objective ..."""
    group, _, last = name.rpartition("/")
    return group + " buffers" if is_buffer(last) else group


def compare_states(computed, recorded, nudged):
    """Yields (group, name, relative difference) of every tensor; a difference of None: it is in one of the two only.

    The relative difference is |computed - recorded| / |recorded| in Euclidean norm; counts must be the same. `nudged`:
    what else was computed, with gradients that are off by rounding.
    """
    totals = {}
    for name, tensor in recorded.items():
        if tensor.is_floating_point():
            totals[group_of(name)] = totals.get(group_of(name), 0.0) + tensor.square().sum().item()
    for name in sorted(set(computed) | set(recorded)):
        group = group_of(name)
        if name not in computed or name not in recorded or computed[name].shape != recorded[name].shape:
            yield group, name, None
            continue
        given, expected = computed[name], recorded[name]
        if not expected.is_floating_point():
            yield group, name, 0.0 if torch.equal(given, expected) else float("inf")
            continue
        scale = max(expected.norm().item(), FLOOR * totals[group] ** 0.5)
        noise = EXPLAINED * max(((given - other[name]).norm().item() for other in nudged), default=0.0)
        yield group, name, ratio((given - expected).norm().item(), noise, scale)


def compare_metrics(computed, recorded, nudged):
    """As compare_states, for the columns that the replay knows."""
    for name in sorted(set(computed) | set(filter(is_known, recorded))):
        if name not in recorded and name in ALWAYS:
            continue
        if name not in computed or name not in recorded:
            yield "metric", name, None
            continue
        given, expected = float(computed[name]), recorded[name].item()
        noise = EXPLAINED * max((abs(given - float(other[name])) for other in nudged), default=0.0)
        yield "metric", name, ratio(abs(given - expected), noise, max(abs(expected), 1e-3))


def ratio(difference, noise, scale):
    if difference <= noise:
        return 0.0
    return (difference - noise) / scale if scale > 0 else float("inf")


def replay(file, rounding=0.0, seed=0):
    """The step of a file: its after-state and its columns. Everything that was recorded must have been used."""
    file.draws.taken.clear()
    step = Step(file.experiment, file.before, file.draws, file.step, file.classes, rounding, seed)
    step.run(file.phases)
    for role, network in step.networks.items():
        if unused := network.unused():
            raise ReplayError(f"no layer of the {role} uses {unused[0]}")
    if unused := file.draws.unused():
        raise ReplayError(f"draw/{unused[0]} is not used by anything")
    return step.state.tensors(), step.metrics


def compare(file, tensors, metrics, nudged):
    return [*compare_states(tensors, file.after, [other for other, _ in nudged]),
            *compare_metrics(metrics, file.metrics, [other for _, other in nudged])]


def report(file, differences, tolerance):
    """Prints a step's largest difference a group. The worst offender, or None."""
    largest, worst = {}, None
    for group, name, difference in differences:
        if difference is None:
            print(f"{file.name}: {group}: {name} is on one side only, or of another shape")
            return name, float("inf")
        # Not-a-number is worse than any number.
        if not difference <= largest.get(group, -1.0):
            largest[group] = difference
        if not difference <= tolerance and (worst is None or not difference <= worst[1]):
            worst = (name, difference)
    print(f"{file.name}: " + ", ".join(f"{group} {value:.1e}" for group, value in sorted(largest.items())))
    if others := sorted({name for name in file.metrics if not is_known(name)}):
        print(f"{file.name}: not recomputed: " + ", ".join(others))
    return worst


def check_start(file, left):
    """A step starts from what the one before it left."""
    for name, tensor in left.items():
        if name not in file.before or not torch.equal(file.before[name], tensor):
            raise ReplayError(f"before/{name} is not what the step before it left")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", help="folder with step-*.safetensors")
    parser.add_argument("--tolerance", type=float,
                        help="largest relative difference (default 1e-9, for traces in float32 1e-3)")
    parser.add_argument("--write-reference", metavar="FILE.safetensors", help="write what the replay computed itself")
    options = parser.parse_args()

    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    reference, previous, failed = {}, None, False
    place = options.folder
    try:
        for path in step_files(options.folder):
            place = path.name
            file = read_step(path)
            if previous and previous.step + 1 == file.step:
                check_start(file, previous.after)
            tensors, metrics = replay(file)
            tolerance = options.tolerance or TOLERANCES[file.precision]
            differences = compare(file, tensors, metrics, [])
            if any(difference is not None and not difference <= tolerance for _, _, difference in differences):
                nudged = [replay(file, torch.finfo(file.precision).eps, seed) for seed in range(TRIES)]
                differences = compare(file, tensors, metrics, nudged)
            if worst := report(file, differences, tolerance):
                print(f"{file.name}: {worst[0]} differs by {worst[1]:.2e}, more than {tolerance:.0e}", file=sys.stderr)
                failed = True
            prefix = path.stem
            reference |= {f"{prefix}/after/{name}": tensor.contiguous() for name, tensor in tensors.items()}
            reference |= {f"{prefix}/metric/{name}": torch.as_tensor(value, dtype=torch.float64).clone()
                          for name, value in metrics.items()}
            previous = file
    except ReplayError as error:
        print(f"{place}: {error}", file=sys.stderr)
        return 1
    if options.write_reference:
        save_file(reference, options.write_reference, {"torch": torch.__version__.split("+")[0]})
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
