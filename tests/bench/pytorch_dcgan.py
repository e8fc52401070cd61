#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preset `fashion-dcgan` as a careful ordinary PyTorch user would write it: public API, eager, on the CPU.

    python3 pytorch_dcgan.py --steps 30 --threads 2 --json

The yardstick for `saddle-cli bench fashion-dcgan`: the same networks, batch, optimizers and work per step (one
discriminator update on fakes made without a graph, one generator update on fresh latents). The images are decoded once
and stay in memory. --freeze and --compile are what a user may add; --reuse-fakes makes one generator pass serve both
updates, as in the PyTorch tutorial, which is less work than the preset does.
"""
import argparse
import gzip
import json
import statistics
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F


def load_images(folder):
    """The training images of an MNIST-like folder as floats in [-1, 1], shape [N, 1, 28, 28]."""
    path = Path(folder) / "train-images-idx3-ubyte"
    raw = path.read_bytes() if path.exists() else gzip.decompress(path.with_suffix(".gz").read_bytes())
    magic, count, height, width = (int.from_bytes(raw[i:i + 4], "big") for i in range(0, 16, 4))
    if magic != 0x803:
        raise SystemExit(f"{path}: not an IDX file of images")
    pixels = torch.frombuffer(bytearray(raw), dtype=torch.uint8, offset=16)
    return pixels.view(count, 1, height, width).float() / 127.5 - 1


def make_generator(width, latent):
    return nn.Sequential(
        nn.Linear(latent, 2 * width * 7 * 7, bias=False),
        nn.Unflatten(1, (2 * width, 7, 7)),
        nn.BatchNorm2d(2 * width), nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width), nn.ReLU(),
        nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Tanh())


def make_discriminator(width):
    return nn.Sequential(
        nn.Conv2d(1, width, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(2 * width * 7 * 7, 1))


def initialise(module):
    if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def batches(images, size):
    """Shuffled full batches, epoch after epoch."""
    while True:
        order = torch.randperm(len(images))
        for start in range(0, len(images) - size + 1, size):
            yield images[order[start:start + size]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="folder of the IDX files")
    parser.add_argument("--steps", type=int, default=30, help="steps timed")
    parser.add_argument("--warmup", type=int, default=5, help="steps before the timed ones")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--latent", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--freeze", action="store_true", help="no weight gradients for D in the generator update")
    parser.add_argument("--reuse-fakes", action="store_true", help="the generator update reuses D's fakes")
    parser.add_argument("--compile", action="store_true", help="torch.compile both networks")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()

    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    real_batches = batches(load_images(options.data), options.batch)
    generator = make_generator(options.width, options.latent).apply(initialise)
    discriminator = make_discriminator(options.width).apply(initialise)
    if options.compile:
        generator, discriminator = torch.compile(generator), torch.compile(discriminator)
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    ones, zeros = torch.ones(options.batch, 1), torch.zeros(options.batch, 1)

    def step():
        real = next(real_batches)
        latent = torch.randn(options.batch, options.latent)
        if options.reuse_fakes:
            fake = generator(latent)
        else:
            with torch.no_grad():
                fake = generator(latent)
        d_optimizer.zero_grad()
        d_loss = (F.binary_cross_entropy_with_logits(discriminator(real), ones)
                  + F.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros))
        d_loss.backward()
        d_optimizer.step()

        if options.freeze:
            discriminator.requires_grad_(False)
        if not options.reuse_fakes:
            fake = generator(torch.randn(options.batch, options.latent))
        g_optimizer.zero_grad()
        g_loss = F.binary_cross_entropy_with_logits(discriminator(fake), ones)
        g_loss.backward()
        g_optimizer.step()
        if options.freeze:
            discriminator.requires_grad_(True)
        return d_loss, g_loss

    for _ in range(options.warmup):
        step()
    times = []
    for _ in range(options.steps):
        start = time.perf_counter()
        d_loss, g_loss = step()
        times.append(1000 * (time.perf_counter() - start))

    median = statistics.median(times)
    result = {"median_ms": median, "images_per_second": 1000 * options.batch / median, "steps": options.steps,
              "torch": torch.__version__, "threads": torch.get_num_threads()}
    if options.json:
        print(json.dumps(result))
    else:
        print(f"{median:.1f} ms a step (min {min(times):.1f}, max {max(times):.1f}),"
              f" {result['images_per_second']:.0f} images/s,"
              f" {result['threads']} threads, torch {torch.__version__};"
              f" last losses D {d_loss.item():.3f}, G {g_loss.item():.3f}")


if __name__ == "__main__":
    main()
