# SPDX-License-Identifier: GPL-3.0-or-later
"""The objectives, from their papers.

A score is one number a sample: D's output, or for auto-encoder critics the error of D's reconstruction. Losses take
scores of N samples and end in a mean over the batch.
"""
import torch
from torch.nn import functional as F

from settings import ReplayError


def softplus(x):
    """ln(1 + e^x) without a threshold: exact in both tails."""
    return torch.logaddexp(x, torch.zeros_like(x))


def cross_entropy(logits, target):
    """Mean of -t ln s(x) - (1 - t) ln(1 - s(x)), s the logistic function."""
    return (target * softplus(-logits) + (1 - target) * softplus(logits)).mean()


class Objective:
    """What a phase minimises. `state` is what a controller keeps from update to update."""

    needs_real = False  # G's loss needs D(x) as well

    def __init__(self, options, state):
        self.options, self.state = options, state

    def __getitem__(self, option):
        return self.options[option]

    def score(self, output, given):
        """One number a sample from D's output for `given`."""
        return output.flatten()

    def discriminator_loss(self, real, fake):
        raise NotImplementedError

    def generator_loss(self, fake, real):
        raise NotImplementedError

    def control(self, real, fake):
        """After an update of D: moves the controller; the columns it reports. Takes mean scores without a graph."""
        return {}


class NonSaturating(Objective):
    """Goodfellow et al. 2014, section 3. One-sided smoothing (Salimans et al. 2016) moves the targets of D alone: real
    1 - label_smoothing, generated fake_smoothing."""

    def discriminator_loss(self, real, fake):
        return (cross_entropy(real, torch.full_like(real, 1 - self["label_smoothing"]))
                + cross_entropy(fake, torch.full_like(fake, self["fake_smoothing"])))

    def generator_loss(self, fake, real):
        return cross_entropy(fake, torch.ones_like(fake))


class Minimax(NonSaturating):
    """Goodfellow et al. 2014, eq. 1: G minimises ln(1 - s(D(G))) = -softplus(D(G))."""

    def generator_loss(self, fake, real):
        return -softplus(fake).mean()


class Lsgan(Objective):
    """Mao et al. 2017, eq. 2; scale is its 1/2."""

    def discriminator_loss(self, real, fake):
        return self["scale"] * (((real - self["b"]) ** 2).mean() + ((fake - self["a"]) ** 2).mean())

    def generator_loss(self, fake, real):
        return self["scale"] * ((fake - self["c"]) ** 2).mean()


class Wgan(Objective):
    """Arjovsky et al. 2017, algorithm 1."""

    def discriminator_loss(self, real, fake):
        return fake.mean() - real.mean()

    def generator_loss(self, fake, real):
        return -fake.mean()

    def control(self, real, fake):
        return {"wasserstein": real - fake}  # the estimate of the distance, theorem 3


class Hinge(Objective):
    """Lim & Ye 2017; Miyato et al. 2018, eq. 16 and 17: a hinge of each sample, then the mean."""

    def discriminator_loss(self, real, fake):
        return F.relu(self["margin"] - real).mean() + F.relu(self["margin"] + fake).mean()

    def generator_loss(self, fake, real):
        return -fake.mean()


class Relativistic(Objective):
    """Jolicoeur-Martineau 2019, eq. 9 and 10, as Huang et al. 2024 use it: each real sample is paired with a generated
    one."""

    needs_real = True

    def discriminator_loss(self, real, fake):
        return softplus(-(real - fake)).mean()

    def generator_loss(self, fake, real):
        return softplus(-(fake - real)).mean()


def energy(kind, output, given):
    """The error of an auto-encoder for each sample, over all its pixels and channels."""
    difference = (output - given).flatten(1)
    if kind == "mean":  # mean squared error
        return (difference ** 2).mean(1)
    if kind == "sum":  # summed squares
        return (difference ** 2).sum(1)
    if kind == "norm":  # Euclidean length; its gradient at 0 is 0
        return torch.linalg.vector_norm(difference, dim=1)
    if kind == "absolute":  # mean absolute error
        return difference.abs().mean(1)
    raise ReplayError(f"objective.energy is {kind!r}, which the replay does not know")


class Ebgan(Objective):
    """Zhao et al. 2017, eq. 1 and 2: the hinge is of each sample's energy."""

    def score(self, output, given):
        return energy(self["energy"], output, given)

    def discriminator_loss(self, real, fake):
        return real.mean() + F.relu(self["margin"] - fake).mean()

    def generator_loss(self, fake, real):
        return fake.mean()


class Began(Objective):
    """Berthelot et al. 2017, section 3.4. The loss takes k as it was before the update, and k has no graph."""

    def score(self, output, given):
        return energy("absolute", output, given)

    def discriminator_loss(self, real, fake):
        return real.mean() - self.state["k"].item() * fake.mean()

    def generator_loss(self, fake, real):
        return fake.mean()

    def control(self, real, fake):
        k = self.state["k"].clone()
        balance = self["gamma"] * real - fake
        self.state["k"] = (k + self["lambda_k"] * balance).clamp(0, 1)
        return {"began_k": k, "began_measure": real + balance.abs()}


class Vae(Objective):
    """Kingma & Welling 2014, with the weight beta of Higgins et al. 2017: sums over pixels, means over the batch."""

    def reconstruction(self, output, given):
        """-ln p(x | z). Bernoulli: pixels of -1 .. 1 are taken as 0 .. 1, logarithms end at -100. Gaussian: without the
        part that depends on sigma alone."""
        if self["likelihood"] == "bernoulli":
            total = F.binary_cross_entropy((output + 1) / 2, (given + 1) / 2, reduction="sum")
        elif self["likelihood"] == "gaussian":
            total = ((given - output) ** 2).sum() / (2 * self["sigma"] ** 2)
        else:
            raise ReplayError(f"objective.likelihood is {self['likelihood']!r}, which the replay does not know")
        return total / len(given)

    def divergence(self, mean, log_variance):
        """KL(N(mean, variance) || N(0, 1)), appendix B."""
        return (-0.5 * (1 + log_variance - mean ** 2 - log_variance.exp())).sum(1).mean()


OBJECTIVES = {"minimax": Minimax, "non-saturating": NonSaturating, "lsgan": Lsgan, "wgan": Wgan, "hinge": Hinge,
              "ebgan": Ebgan, "began": Began, "relativistic": Relativistic, "vae": Vae}
