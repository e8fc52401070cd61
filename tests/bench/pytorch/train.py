#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A preset of Saddle's as a careful ordinary user of PyTorch would write it: public API, float32, on the CPU.

    python3 train.py PRESET [--steps 30] [--threads 2] [--compile]
    python3 train.py PRESET --check TRACE

Prints one JSON object. The yardstick for `saddle-cli bench PRESET`: the same networks, batch, optimisers and work per
step. The images are made up and stay in memory, ready for the networks. --check takes the weights and the draws of a
folder that `saddle-cli trace` wrote, trains the same steps, and fails where a loss is not that of the trace.
"""
import argparse
import json
import statistics
import time
from pathlib import Path

import torch

from methods import METHODS


class Drawn:
    """Batches and latents at random."""

    def __init__(self, method):
        self.method = method
        self.images = torch.rand(1024, *method.image) * 2 - 1
        self.batches = self.shuffled()

    def shuffled(self):
        size = self.method.batch
        while True:
            order = torch.randperm(len(self.images))
            for start in range(0, len(self.images) - size + 1, size):
                batch = self.images[order[start:start + size]]
                if self.method.flip:
                    batch = torch.where(torch.rand(size, 1, 1, 1) < 0.5, batch.flip(3), batch)
                yield batch

    def real(self):
        return next(self.batches)

    def latent(self, phase):
        if self.method.uniform:
            return torch.rand(self.method.batch, self.method.latent) * 2 - 1
        return torch.randn(self.method.batch, self.method.latent)

    def mix(self):
        return torch.rand(self.method.batch, 1, 1, 1)


class Recorded:
    """What a trace drew."""

    def __init__(self, tensors):
        self.tensors = tensors
        self.updates = {"discriminator": -1, "generator": -1}

    def real(self):
        self.updates["discriminator"] += 1
        return self.taken("discriminator", "real")

    def latent(self, phase):
        if phase == "generator":
            self.updates[phase] += 1
        return self.taken(phase, "latent")

    def mix(self):
        return self.taken("discriminator", "mix")

    def taken(self, phase, name):
        return self.tensors.get(f"draw/{phase}/{self.updates[phase]}/{name}")


class Training:
    def __init__(self, method, draws):
        self.method, self.draws = method, draws
        self.d_optimizer = torch.optim.Adam(method.discriminator.parameters(), lr=method.rate, betas=method.betas)
        self.g_optimizer = torch.optim.Adam(method.generator.parameters(), lr=method.rate, betas=method.betas)
        self.average = [p.detach().clone() for p in method.generator.parameters()] if method.decay else []

    def step(self):
        """The losses of its updates, in their order."""
        method, draws, losses = self.method, self.draws, []
        for _ in range(method.discriminator_steps):
            real = draws.real()
            self.d_optimizer.zero_grad()
            loss, penalty = method.discriminator_loss(real, draws.latent("discriminator"), draws.mix())
            (loss if penalty is None else loss + penalty).backward()
            self.d_optimizer.step()
            losses += [loss.detach()] if penalty is None else [loss.detach(), penalty.detach()]
        self.g_optimizer.zero_grad()
        loss = method.generator_loss(draws.latent("generator"), real)
        loss.backward()
        self.g_optimizer.step()
        if self.average:
            with torch.no_grad():
                for average, parameter in zip(self.average, method.generator.parameters()):
                    average.lerp_(parameter, 1 - method.decay)
        return losses + [loss.detach()]


def load_weights(module, layers, tensors, role):
    """Saddle names parameters by layers in the order that data pass them; modules are declared in the same order, their
    own parameters before those of what they hold."""
    names = {layer.get("id") or str(number): number for number, layer in enumerate(layers)}
    parts = ("basis", "weight", "bias", "norm.weight", "norm.bias")
    found = []
    for key, tensor in tensors.items():
        layer, _, part = key.removeprefix(f"before/{role}/").partition(".")
        if key.startswith(f"before/{role}/") and part in parts:
            found.append(((names[layer], parts.index(part)), tensor))
    found = [tensor for _, tensor in sorted(found, key=lambda entry: entry[0])]
    own = list(module.parameters())
    if [p.shape for p in own] != [p.shape for p in found]:
        raise SystemExit(f"the {role}'s parameters are {[list(p.shape) for p in own]} here, "
                         f"{[list(p.shape) for p in found]} in the trace")
    with torch.no_grad():
        for parameter, tensor in zip(own, found):
            parameter.copy_(tensor)


def check(method, folder):
    """Trains the steps of a trace; every loss here and there, by its name."""
    from safetensors.torch import load_file
    experiment = json.loads((folder / "experiment.json").read_text())
    steps = [load_file(path) for path in sorted(folder.glob("step-*.safetensors"))]
    for role in ("generator", "discriminator"):
        load_weights(getattr(method, role), experiment[role]["layers"], steps[0], role)
    training = Training(method, Recorded({name: tensor for step in steps for name, tensor in step.items()}))
    rows = {}
    for number, step in enumerate(steps):
        own = training.step()
        theirs = []
        for update in range(number * method.discriminator_steps, (number + 1) * method.discriminator_steps):
            place = f"metric/discriminator/{update}/"
            theirs.append((place + "d_loss", step[place + "d_loss"]))
            penalties = [step[place + kind] for kind in ("gradient_penalty", "r1", "r2") if place + kind in step]
            if penalties:
                theirs.append((place + "penalties", sum(penalties)))
        theirs.append((f"metric/generator/{number}/g_loss", step[f"metric/generator/{number}/g_loss"]))
        if len(own) != len(theirs):
            raise SystemExit(f"a step has {len(own)} losses here and {len(theirs)} in the trace")
        rows |= {name: (loss.item(), value.item()) for loss, (name, value) in zip(own, theirs)}
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preset", choices=METHODS)
    parser.add_argument("--steps", type=int, default=30, help="steps timed")
    parser.add_argument("--warmup", type=int, default=5, help="steps before the timed ones")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--width", type=int)
    parser.add_argument("--size", type=int, help="side of the images")
    parser.add_argument("--compile", action="store_true", help="torch.compile what is differentiated once")
    parser.add_argument("--check", type=Path, metavar="TRACE", help="compute traced steps again")
    options = parser.parse_args()

    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    method = METHODS[options.preset](options.batch, options.width, options.size)
    if options.check:
        rows = check(method, options.check)
        # A float32 away from each other: sums are taken in another order, and Adam's first steps enlarge that.
        wrong = {name: pair for name, pair in rows.items() if abs(pair[0] - pair[1]) > 2e-3 * max(1, abs(pair[1]))}
        print(json.dumps({"losses": rows, "wrong": wrong}))
        raise SystemExit(1 if wrong else 0)
    if options.compile:
        method.compile()
    training = Training(method, Drawn(method))
    for _ in range(options.warmup):
        training.step()
    times, processor_times = [], []
    for _ in range(options.steps):
        start, processor_start = time.perf_counter(), time.process_time()
        training.step()
        times.append(1000 * (time.perf_counter() - start))
        processor_times.append(1000 * (time.process_time() - processor_start))
    median = statistics.median(times)
    print(json.dumps({
        "median_ms": median, "min_ms": min(times), "max_ms": max(times), "steps": options.steps,
        "processor_ms": statistics.median(processor_times),
        "images_per_second": 1000 * method.batch * method.discriminator_steps / median,
        "batch": method.batch, "image": list(method.image), "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "parameters": {role: sum(p.numel() for p in getattr(method, role).parameters())
                       for role in ("generator", "discriminator")}}))


if __name__ == "__main__":
    main()
