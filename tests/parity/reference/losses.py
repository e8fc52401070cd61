#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference values of the logit objectives: losses and their gradients, written to losses.json.

Independent of the C++ code and of any tensor library: the derivatives below are taken by hand, evaluated with 60
decimal digits, and rounded once to the nearest double, so the output has the same bytes everywhere.

    python3 losses.py [folder]      # standard library only; the default folder is the one of this script

With sp(x) = ln(1 + e^x), s(x) = sp'(x) = 1/(1 + e^-x), all means over the batch:

    bce(x, t)        t sp(-x) + (1 - t) sp(x)                 derivative  s(x) - t
    discriminator    mean bce(D(x), 1 - a) + mean bce(D(G), 0)            (minimax and non-saturating, smoothing a)
    generator        minimax: -mean sp(D(G)); non-saturating: mean bce(D(G), 1)        (never smoothed)
    lsgan            scale (mean (D(x) - b)^2 + mean (D(G) - a)^2), generator: scale mean (D(G) - c)^2
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


def mean(term, logits):
    """The mean of a term over the batch, and its gradient with respect to each logit."""
    values = [term(Decimal(x)) for x in logits]
    count = len(values)
    return sum(v for v, _ in values) / count, [d / count for _, d in values]


def case(objective, options, name):
    real, fake = INPUTS[name]
    o = {key: Decimal(value) for key, value in options.items()}
    if objective == "lsgan":
        on_real, on_fake, generator = (square(o[key], o["scale"]) for key in "bac")
    else:
        on_real, on_fake = bce(1 - o["label_smoothing"]), bce(Decimal(0))
        generator = bce(Decimal(1)) if objective == "non-saturating" else lambda x: (-sp(x), -sigmoid(x))
    real_loss, real_grad = mean(on_real, real)
    fake_loss, fake_grad = mean(on_fake, fake)
    g_loss, g_grad = mean(generator, fake)
    return {
        "objective": objective, "options": options, "inputs": name, "real": real, "fake": fake,
        "d_loss": float(real_loss + fake_loss),
        "d_grad_real": [float(v) for v in real_grad], "d_grad_fake": [float(v) for v in fake_grad],
        "g_loss": float(g_loss), "g_grad_fake": [float(v) for v in g_grad],
    }


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    settings = [(name, {"label_smoothing": a}) for name in ("minimax", "non-saturating") for a in (0.0, 0.1, 0.3)]
    settings += [("lsgan", {"a": a, "b": b, "c": c, "scale": scale})
                 for a, b, c in ((0.0, 1.0, 1.0), (-1.0, 1.0, 0.0)) for scale in (0.5, 1.0)]
    cases = [case(objective, options, name) for objective, options in settings for name in INPUTS]
    lines = ",\n".join(json.dumps(c) for c in cases)
    (folder / "losses.json").write_text('{"cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
