# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of the presets that are measured: networks, losses and penalties as a careful user of PyTorch writes
them. Nothing is frozen, nothing is fused by hand: public API, one optimiser a network.
"""
import torch
from torch.nn import functional as F

import networks


class Method:
    """A preset's networks and what a step does with them.

    Batch, width and the side of the images may differ from the preset's. Losses take what was drawn, so that a
    recorded step can be computed again.
    """

    latent, uniform, batch, width, image, discriminator_steps = 100, False, 64, 64, (1, 28, 28), 1
    betas, rate, decay = (0.5, 0.999), 2e-4, 0.0
    flip = False

    def __init__(self, batch=None, width=None, size=None):
        self.batch = batch or self.batch
        self.width = width or self.width
        self.image = (self.image[0], size, size) if size else self.image
        self.build()
        self.g, self.d = self.generator, self.discriminator  # what forward passes call: compiled, if asked for

    def build(self):
        raise NotImplementedError

    def compile(self):
        self.g, self.d = torch.compile(self.generator), torch.compile(self.discriminator)

    def discriminator_loss(self, real, latent, mix):
        """The loss and, apart from it, the penalty or None. `mix`: one number of (0, 1) a sample."""
        raise NotImplementedError

    def generator_loss(self, latent, real):
        """`real` is what D saw last."""
        raise NotImplementedError

    def fakes(self, latent):
        with torch.no_grad():
            return self.g(latent)


class Dcgan(Method):
    """Cross entropy, non-saturating (Goodfellow et al. 2014)."""

    def build(self):
        self.generator = networks.dcgan_generator(self.latent, self.width, self.image)
        self.discriminator = networks.dcgan_discriminator(self.width, self.image)
        self.generator.apply(networks.initialise_normal)
        self.discriminator.apply(networks.initialise_normal)

    def discriminator_loss(self, real, latent, mix):
        real_logits, fake_logits = self.d(real), self.d(self.fakes(latent))
        return (F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
                + F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))), None

    def generator_loss(self, latent, real):
        logits = self.d(self.g(latent))
        return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


class CelebaDcgan(Dcgan):
    latent, uniform, batch, image, rate = 64, True, 16, (3, 64, 64), 1e-4

    def build(self):
        self.generator = networks.began_decoder(self.latent, self.width, self.image)
        self.discriminator = networks.began_encoder(self.width, self.image, 1)


class CelebaBegan(CelebaDcgan):
    """Boundary equilibrium (Berthelot et al. 2017)."""

    gamma, gain = 0.5, 0.002

    def build(self):
        self.generator = networks.began_decoder(self.latent, self.width, self.image)
        self.discriminator = networks.began_autoencoder(self.width, self.image, 64)
        self.k = torch.zeros(())

    def error(self, x):
        return F.l1_loss(self.d(x), x)

    def discriminator_loss(self, real, latent, mix):
        fake = self.fakes(latent)
        real_error, fake_error = self.error(real), self.error(fake)
        loss = real_error - self.k * fake_error
        with torch.no_grad():
            self.k = (self.k + self.gain * (self.gamma * real_error - fake_error)).clamp(0, 1)
        return loss, None

    def generator_loss(self, latent, real):
        return self.error(self.g(latent))


class WganGp(Method):
    """Gulrajani et al. 2017, algorithm 1."""

    latent, width, image, discriminator_steps, weight = 128, 128, (3, 32, 32), 5, 10.0
    betas, rate = (0.0, 0.9), 1e-4

    def build(self):
        self.generator = networks.resnet_generator(self.latent, self.width, self.image)
        self.discriminator = networks.resnet_discriminator(self.width, self.image)

    def discriminator_loss(self, real, latent, mix):
        fake = self.fakes(latent)
        between = (mix * real + (1 - mix) * fake).requires_grad_(True)
        # The module itself: what torch.compile makes cannot be differentiated twice.
        gradient, = torch.autograd.grad(self.discriminator(between).sum(), between, create_graph=True)
        penalty = ((gradient.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
        return self.d(fake).mean() - self.d(real).mean(), self.weight * penalty

    def generator_loss(self, latent, real):
        return -self.d(self.g(latent)).mean()


class R3gan(Method):
    """Huang et al. 2024: relativistic pairing with R1 and R2, an average of the generator's weights."""

    latent, width, image, weight = 64, 128, (3, 32, 32), 0.05
    betas, decay, flip = (0.0, 0.9), 0.999, True

    def build(self):
        self.generator = networks.r3gan_generator(self.latent, self.width, self.image)
        self.discriminator = networks.r3gan_discriminator(self.width, self.image)

    def discriminator_loss(self, real, latent, mix):
        real = real.detach().requires_grad_(True)
        fake = self.fakes(latent).requires_grad_(True)
        # Both penalties go through these passes, and compiled modules cannot be differentiated twice.
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        penalties = []
        for logits, images in ((real_logits, real), (fake_logits, fake)):
            gradient, = torch.autograd.grad(logits.sum(), images, create_graph=True)
            penalties.append(gradient.square().sum([1, 2, 3]).mean())
        return F.softplus(fake_logits - real_logits).mean(), self.weight / 2 * (penalties[0] + penalties[1])

    def generator_loss(self, latent, real):
        return F.softplus(self.d(real) - self.d(self.g(latent))).mean()


METHODS = {"fashion-dcgan": Dcgan, "celeba-dcgan": CelebaDcgan, "celeba-began-05": CelebaBegan, "wgan-gp": WganGp,
           "r3gan-32": R3gan}
