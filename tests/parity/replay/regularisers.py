# SPDX-License-Identifier: GPL-3.0-or-later
"""Regularisers, from their papers. `critic(x)` gives one score a sample."""
import math

import torch
from torch.nn import functional as F


def input_gradient(scores, x):
    """Each sample's gradient of its own score as one row, with a graph for the second derivative."""
    return torch.autograd.grad(scores.sum(), x, create_graph=True)[0].flatten(1)


def gradient_norm(critic, x, epsilon):
    """The length of each sample's gradient at x. The root of 0 has no derivative, hence the epsilon under it."""
    x = x.detach().requires_grad_(True)
    return (input_gradient(critic(x), x).square().sum(1) + epsilon).sqrt()


def gradient_penalty(critic, real, fake, mix, options):
    """Gulrajani et al. 2017, eq. 3; one-sided as in their footnote 6."""
    norm = gradient_norm(critic, mix * real + (1 - mix) * fake, options["epsilon"])
    excess = norm - options["target"]
    if options["one_sided"]:
        excess = F.relu(excess)
    return options["weight"] * (excess ** 2).mean()


def squared_gradient(scores, x, options):
    """R1 on real samples, R2 on generated ones: Mescheder et al. 2018, eq. 9 and 10."""
    return options["weight"] / 2 * input_gradient(scores, x).square().sum(1).mean()


def dragan(critic, real, perturb, perturb_mix, options):
    """Kodali et al. 2017: the gradient near the data. The deviation is one number, over all values of the batch."""
    delta = options["scale"] * real.std() * perturb
    if perturb_mix is not None:
        delta = perturb_mix * delta
    norm = gradient_norm(critic, real + delta, options["epsilon"])
    return options["weight"] * ((norm - 1) ** 2).mean()


def pull_away(code, options):
    """Zhao et al. 2017, eq. 6: the mean squared cosine between the codes of different samples."""
    direction = F.normalize(code.flatten(1), dim=1)
    squares = (direction @ direction.T) ** 2
    count = len(code)
    return options["weight"] * (squares.sum() - squares.diagonal().sum()) / (count * (count - 1))


def clip_weights(parameters, options):
    """Arjovsky et al. 2017, algorithm 1, line 7: every parameter, those of norms too."""
    for parameter in parameters:
        parameter.clamp_(-options["limit"], options["limit"])


def colour(x, take):
    """Brightness, saturation, contrast; a grey image is its own mean over channels, so saturation leaves it alone."""
    x = x + take("brightness", [len(x), 1, 1, 1]) - 0.5
    mean = x.mean(1, keepdim=True)
    x = mean + (x - mean) * 2 * take("saturation", [len(x), 1, 1, 1])
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + take("contrast", [len(x), 1, 1, 1]))


def translation(x, take):
    """Pixel (i, j) becomes pixel (i + a, j + b) of the image before, or 0 where that lies outside."""
    u = take("translate", [len(x), 2])
    height, width = x.shape[2:]
    moved = torch.zeros_like(x)
    for n in range(len(x)):
        ranges = []
        for axis, size in enumerate((height, width)):
            most = math.floor(size * 0.125 + 0.5)
            shift = math.floor(u[n, axis].item() * (2 * most + 1)) - most
            ranges.append((slice(max(0, -shift), size - max(0, shift)), slice(max(0, shift), size - max(0, -shift))))
        (to_rows, from_rows), (to_columns, from_columns) = ranges
        moved[n, :, to_rows, to_columns] = x[n, :, from_rows, from_columns]
    return moved


def cutout(x, take):
    """A rectangle of half the sides is set to 0; parts of it may lie outside the image."""
    u = take("cutout", [len(x), 2])
    kept = torch.ones(len(x), 1, *x.shape[2:], dtype=x.dtype)
    for n in range(len(x)):
        bounds = []
        for axis, size in enumerate(x.shape[2:]):
            side = math.floor(size * 0.5 + 0.5)
            start = math.floor(u[n, axis].item() * (size + 1 - side % 2)) - side // 2
            bounds.append(slice(max(0, start), min(size, start + side)))
        kept[n, :, bounds[0], bounds[1]] = 0
    return x * kept


def augment(x, take, options):
    """Differentiable augmentation, Zhao et al. 2020, in the order of their code."""
    if options["colour"]:
        x = colour(x, take)
    if options["translation"]:
        x = translation(x, take)
    if options["cutout"]:
        x = cutout(x, take)
    return x
