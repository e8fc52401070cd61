#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference values of the objectives: losses and their gradients, written to losses.json.

Independent of the C++ code and of any tensor library: the derivatives below are taken by hand, evaluated with 60
decimal digits, and rounded once to the nearest double, so the output has the same bytes everywhere.

    python3 losses.py [folder]      # standard library only; the default folder is the one of this script

With sp(x) = ln(1 + e^x), s(x) = sp'(x) = 1/(1 + e^-x), all means over the batch:

    bce(x, t)        t sp(-x) + (1 - t) sp(x)                 derivative  s(x) - t
    discriminator    mean bce(D(x), 1 - a) + mean bce(D(G), b)   (minimax and non-saturating, smoothing a real, b fake)
    generator        minimax: -mean sp(D(G)); non-saturating: mean bce(D(G), 1)        (never smoothed)
    lsgan            scale (mean (D(x) - b)^2 + mean (D(G) - a)^2), generator: scale mean (D(G) - c)^2
    wgan             mean D(G) - mean D(x), generator: -mean D(G)
    hinge            mean max(0, m - D(x)) + mean max(0, m + D(G)), generator: -mean D(G)
    relativistic     mean sp(-(D(x) - D(G))), generator: mean sp(-(D(G) - D(x))): samples in pairs

Cases of the family "energy" are of auto-encoder critics. They have images and reconstructions, as lists in the order of
`shape`; gradients are with respect to the reconstruction, and for the generator also with respect to the image itself,
which is the generator's output. The energy of a sample, with d = reconstruction - image over its P pixels:

    mean             sum d^2 / P                              derivative  2 d / P
    sum              sum d^2                                              2 d
    norm             sqrt(sum d^2)                                        d / norm, 0 where the norm is 0
    absolute         sum |d| / P                                          sign(d) / P
    ebgan            mean E(x) + mean max(0, m - E(G)), generator: mean E(G)
    began            E absolute; mean E(x) - k mean E(G), generator: mean E(G);
                     k_after = k + lambda_k (gamma mean E(x) - mean E(G)) within 0 and 1,
                     measure = mean E(x) + |gamma mean E(x) - mean E(G)|
"""
import json
import sys
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60

# "tails" lies where softplus(x) and x differ by 1e-7 to 1e-13: what switches to x too early shows there.
INPUTS = {
    "moderate": ([0.3, -1.2, 2.5, 0.0, -0.7, 1.1, 4.0], [-0.4, 0.9, -2.2, 0.05, 1.7, -3.5, 0.6]),
    "tails": ([16.0, 20.5, 25.0, 30.0, -16.0, -20.5, -25.0], [18.0, 21.0, 24.5, -30.0, -18.0, -21.0, 28.0]),
    "extreme": ([40.0, -40.0, 800.0, -800.0, 0.5, -0.5, 3.0], [-40.0, 40.0, -800.0, 800.0, 0.0, 1.5, -2.0]),
}


def sp(x):
    return max(x, Decimal(0)) + (1 + (-abs(x)).exp()).ln()


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def bce(target):
    """Value and derivative of binary cross-entropy with logits."""
    return lambda x: (target * sp(-x) + (1 - target) * sp(x), sigmoid(x) - target)


def square(target, scale):
    return lambda x: (scale * (x - target) ** 2, 2 * scale * (x - target))


def line(slope):
    return lambda x: (slope * x, Decimal(slope))


def hinge(margin, sign):
    """max(0, m + sign x)."""
    return lambda x: (margin + sign * x, Decimal(sign)) if margin + sign * x > 0 else (Decimal(0), Decimal(0))


def mean(term, logits):
    """The mean of a term over the batch, and its gradient with respect to each logit."""
    values = [term(Decimal(x)) for x in logits]
    count = len(values)
    return sum(v for v, _ in values) / count, [d / count for _, d in values]


def terms(objective, o):
    """What is averaged over D(x), over D(G) for the discriminator, and over D(G) for the generator."""
    if objective == "lsgan":
        return tuple(square(o[key], o["scale"]) for key in "bac")
    if objective == "wgan":
        return line(-1), line(1), line(-1)
    if objective == "hinge":
        return hinge(o["margin"], -1), hinge(o["margin"], 1), line(-1)
    generator = bce(Decimal(1)) if objective == "non-saturating" else lambda x: (-sp(x), -sigmoid(x))
    return bce(1 - o["label_smoothing"]), bce(o.get("fake_smoothing", Decimal(0))), generator


def relativistic(real, fake):
    """Losses and gradients from the difference of each pair."""
    differences = [Decimal(x) - Decimal(y) for x, y in zip(real, fake)]
    d_loss, slopes = mean(lambda x: (sp(-x), -sigmoid(-x)), differences)
    g_loss, g_slopes = mean(lambda x: (sp(x), sigmoid(x)), differences)
    return d_loss, slopes, [-v for v in slopes], g_loss, [-v for v in g_slopes]


def floats(values):
    return [float(v) for v in values]


def case(objective, options, name):
    real, fake = INPUTS[name]
    if objective == "relativistic":
        d_loss, real_grad, fake_grad, g_loss, g_grad = relativistic(real, fake)
    else:
        on_real, on_fake, generator = terms(objective, {key: Decimal(value) for key, value in options.items()})
        real_loss, real_grad = mean(on_real, real)
        fake_loss, fake_grad = mean(on_fake, fake)
        d_loss = real_loss + fake_loss
        g_loss, g_grad = mean(generator, fake)
    return {
        "objective": objective, "options": options, "inputs": name, "real": real, "fake": fake,
        "d_loss": float(d_loss), "d_grad_real": floats(real_grad), "d_grad_fake": floats(fake_grad),
        "g_loss": float(g_loss), "g_grad_fake": floats(g_grad),
    }


# Images and their reconstructions, real and generated. In "perfect" the first of each is reconstructed to the last bit.
SHAPE = [3, 1, 2, 2]
IMAGES = {
    "moderate": (
        ([0.3, -0.9, 0.55, 1.0, -0.2, 0.7, -1.0, 0.1, 0.0, -0.45, 0.8, -0.6],
         [0.1, -0.75, 0.6, 0.9, -0.85, 0.2, -0.3, 0.4, 0.25, -0.5, 0.95, -0.1]),
        ([-0.5, 0.65, 1.0, -0.35, 0.9, -1.0, 0.15, 0.45, -0.7, 0.05, -0.8, 0.6],
         [0.75, -0.4, -0.2, 0.85, 0.7, -0.9, 0.3, 0.4, -0.1, 0.95, 0.5, -0.55])),
    "perfect": (
        ([0.25, -0.5, 1.0, -1.0, 0.4, -0.3, 0.9, 0.2, -0.65, 0.5, 0.1, -0.95],
         [0.25, -0.5, 1.0, -1.0, 0.1, -0.7, 0.95, -0.4, -0.6, 0.3, 0.8, -0.2]),
        ([0.0, 0.75, -0.25, 0.5, -0.1, 0.35, 0.6, -0.85, 0.45, -0.15, -0.9, 0.7],
         [0.0, 0.75, -0.25, 0.5, 0.9, -0.8, -0.5, 0.65, 0.4, -0.05, -0.6, 0.55])),
}
# Generated images that D reconstructs better than real ones: BEGAN's k rises.
IMAGES["swapped"] = IMAGES["moderate"][::-1]


def energy(kind, image, reconstruction):
    """The energy of one sample and its gradient with respect to the reconstruction."""
    d = [Decimal(y) - Decimal(x) for x, y in zip(image, reconstruction)]
    total, pixels = sum(v * v for v in d), len(d)
    if kind == "mean":
        return total / pixels, [2 * v / pixels for v in d]
    if kind == "sum":
        return total, [2 * v for v in d]
    if kind == "norm":
        root = total.sqrt()
        return root, [v / root if root else Decimal(0) for v in d]
    return sum(abs(v) for v in d) / pixels, [Decimal((v > 0) - (v < 0)) / pixels for v in d]


def energies(kind, pair):
    """Of a whole batch: values, and one list of gradients a sample."""
    size = len(pair[0]) // SHAPE[0]
    parts = [slice(n * size, (n + 1) * size) for n in range(SHAPE[0])]
    both = [energy(kind, pair[0][part], pair[1][part]) for part in parts]
    return [value for value, _ in both], [gradient for _, gradient in both]


def chain(slopes, gradients):
    """The gradient of a loss with these slopes towards the energies, as one list."""
    return [slope * v for slope, gradient in zip(slopes, gradients) for v in gradient]


def energy_case(objective, options, name, k=None):
    real, fake = IMAGES[name]
    kind = options.get("energy", "absolute")
    real_energy, real_gradients = energies(kind, real)
    fake_energy, fake_gradients = energies(kind, fake)
    o = {key: Decimal(value) for key, value in options.items() if key != "energy"}
    real_loss, real_slopes = mean(line(1), real_energy)
    g_loss, g_slopes = mean(line(1), fake_energy)
    fake_loss, fake_slopes = mean(hinge(o["margin"], -1) if objective == "ebgan" else line(-Decimal(k)), fake_energy)
    g_grad = chain(g_slopes, fake_gradients)
    values = {
        "family": "energy", "objective": objective, "options": options, "inputs": name, "shape": SHAPE,
        "real": {"input": real[0], "reconstruction": real[1]}, "fake": {"input": fake[0], "reconstruction": fake[1]},
        "real_energy": floats(real_energy), "fake_energy": floats(fake_energy),
        "d_loss": float(real_loss + fake_loss), "d_grad_real": floats(chain(real_slopes, real_gradients)),
        "d_grad_fake": floats(chain(fake_slopes, fake_gradients)),
        "g_loss": float(g_loss), "g_grad_fake": floats(g_grad), "g_grad_fake_input": floats(-v for v in g_grad),
    }
    if objective == "began":
        balance = o["gamma"] * real_loss - g_loss
        after = min(max(Decimal(k) + o["lambda_k"] * balance, Decimal(0)), Decimal(1))
        values |= {"k": k, "k_after": float(after), "measure": float(real_loss + abs(balance))}
    return values


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    entropies = ("minimax", "non-saturating")
    settings = [(name, {"label_smoothing": a}) for name in entropies for a in (0.0, 0.1, 0.3)]
    settings += [("lsgan", {"a": a, "b": b, "c": c, "scale": scale})
                 for a, b, c in ((0.0, 1.0, 1.0), (-1.0, 1.0, 0.0)) for scale in (0.5, 1.0)]
    settings += [(name, {"label_smoothing": a, "fake_smoothing": b})
                 for name in entropies for a, b in ((0.0, 0.1), (0.1, 0.3))]
    settings += [("wgan", {}), ("hinge", {"margin": 1.0}), ("hinge", {"margin": 1.75}), ("relativistic", {})]
    cases = [case(objective, options, name) for objective, options in settings for name in INPUTS]
    # Margins between the energies of the samples: some hinges are on, some off.
    for kind, margins in (("mean", (0.1, 0.75)), ("sum", (0.5, 3.0)), ("norm", (0.4, 1.75))):
        cases += [energy_case("ebgan", {"energy": kind, "margin": margin}, name)
                  for margin in margins for name in IMAGES]
    # The last rate would carry k beyond 0 and, with the swapped images, beyond 1.
    for gamma, rate, k in ((0.5, 0.001, 0.0), (0.75, 0.002, 0.4), (1.0, 20.0, 0.9)):
        cases += [energy_case("began", {"gamma": gamma, "lambda_k": rate}, name, k) for name in IMAGES]
    lines = ",\n".join(json.dumps(c) for c in cases)
    (folder / "losses.json").write_text('{"cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
