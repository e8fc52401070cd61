# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of the presets that are measured, as ordinary modules of PyTorch.

Modules are declared in the order in which data pass them, so that parameters come in the order of Saddle's layers.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


def conv3(channels, out, **more):
    return nn.Conv2d(channels, out, 3, padding=1, **more)


# DCGAN, 28 x 28 (Radford et al. 2016)

def dcgan_generator(latent, width, image):
    side = image[1] // 4
    return nn.Sequential(
        nn.Linear(latent, 2 * width * side * side, bias=False), nn.Unflatten(1, (2 * width, side, side)),
        nn.BatchNorm2d(2 * width), nn.ReLU(True),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
        nn.ConvTranspose2d(width, image[0], 4, 2, 1), nn.Tanh())


def dcgan_discriminator(width, image):
    side = image[1] // 4
    return nn.Sequential(
        nn.Conv2d(image[0], width, 4, 2, 1), nn.LeakyReLU(0.2, True),
        nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2, True),
        nn.Flatten(), nn.Linear(2 * width * side * side, 1))


# BEGAN (Berthelot et al. 2017)

def halvings(side, largest):
    return int(math.log2(side // largest))


def began_decoder(numbers, width, image):
    count = halvings(image[1], 8)
    side = image[1] >> count
    layers = [nn.Linear(numbers, width * side * side), nn.Unflatten(1, (width, side, side))]
    for i in range(count + 1):
        if i:
            layers.append(nn.Upsample(scale_factor=2))
        layers += [conv3(width, width), nn.ELU(True), conv3(width, width), nn.ELU(True)]
    return nn.Sequential(*layers, conv3(width, image[0]))


def began_encoder(width, image, numbers):
    count = halvings(image[1], 8)
    layers = [conv3(image[0], width), nn.ELU(True)]
    for i in range(1, count + 2):
        layers += [conv3(i * width, i * width), nn.ELU(True), conv3(i * width, i * width), nn.ELU(True)]
        if i <= count:
            layers += [conv3(i * width, (i + 1) * width, stride=2), nn.ELU(True)]
    side = image[1] >> count
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear((count + 1) * width * side * side, numbers))


def began_autoencoder(width, image, code):
    return nn.Sequential(began_encoder(width, image, code), began_decoder(code, width, image))


# Residual networks of WGAN-GP (Gulrajani et al. 2017), 32 x 32

class Residual(nn.Module):
    """x -> conv(ReLU(n(conv(ReLU(n(x)))))) + x, with the two resized by `resize`: "up", "down" or nothing."""

    def __init__(self, channels, width, norm, side, resize="", first=False):
        super().__init__()
        inner = side * 2 if resize == "up" else side
        between = nn.ReLU(True) if first else nn.Sequential(norm(width, inner), nn.ReLU(True))
        before = [] if first else [norm(channels, side), nn.ReLU(True)]
        up = [nn.Upsample(scale_factor=2)] if resize == "up" else []
        down = [nn.AvgPool2d(2)] if resize == "down" else []
        self.branch = nn.Sequential(*before, *up, conv3(channels, width), between, conv3(width, width), *down)
        self.skip = nn.Sequential(*up, *down, nn.Conv2d(channels, width, 1)) if resize else nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.skip(x)


def batch_norm(channels, side):
    return nn.BatchNorm2d(channels)


def layer_norm(channels, side):
    return nn.LayerNorm([channels, side, side])


def resnet_generator(latent, width, image):
    return nn.Sequential(
        nn.Linear(latent, width * 4 * 4), nn.Unflatten(1, (width, 4, 4)),
        *[Residual(width, width, batch_norm, side, "up") for side in (4, 8, 16)],
        nn.BatchNorm2d(width), nn.ReLU(True), conv3(width, image[0]), nn.Tanh())


def resnet_discriminator(width, image):
    return nn.Sequential(
        Residual(image[0], width, layer_norm, 32, "down", first=True), Residual(width, width, layer_norm, 16, "down"),
        Residual(width, width, layer_norm, 8), Residual(width, width, layer_norm, 8),
        nn.ReLU(True), nn.AvgPool2d(8), nn.Flatten(), nn.Linear(width, 1))


# R3GAN (Huang et al. 2024), 32 x 32

class Basis(nn.Module):
    def __init__(self, latent, width, side):
        super().__init__()
        self.linear = nn.Linear(latent, width, bias=False)
        self.basis = nn.Parameter(torch.randn(width, side, side))

    def forward(self, latent):
        return self.linear(latent)[:, :, None, None] * self.basis


class ModernBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        inside = 2 * width
        self.branch = nn.Sequential(
            nn.Conv2d(width, inside, 1), nn.LeakyReLU(0.2, True),
            conv3(inside, inside, groups=inside // 16), nn.LeakyReLU(0.2, True),
            nn.Conv2d(inside, width, 1, bias=False))

    def forward(self, x):
        return x + self.branch(x)


class Downsample(nn.Module):
    """Halves by the filter [1 3 3 1] / 8."""

    def __init__(self, channels):
        super().__init__()
        row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("filter", torch.outer(row, row).expand(channels, 1, 4, 4).contiguous())

    def forward(self, x):
        return F.conv2d(x, self.filter, stride=2, padding=1, groups=x.shape[1])


def r3gan_generator(latent, width, image):
    layers = [Basis(latent, width, 4), ModernBlock(width), ModernBlock(width)]
    for _ in range(halvings(image[1], 4)):
        layers += [nn.Upsample(scale_factor=2, mode="bilinear"), ModernBlock(width), ModernBlock(width)]
    return nn.Sequential(*layers, nn.Conv2d(width, image[0], 1, bias=False))


def r3gan_discriminator(width, image):
    layers = [nn.Conv2d(image[0], width, 1, bias=False), ModernBlock(width), ModernBlock(width)]
    for _ in range(halvings(image[1], 4)):
        layers += [Downsample(width), ModernBlock(width), ModernBlock(width)]
    return nn.Sequential(*layers, nn.Conv2d(width, width, 4, groups=width, bias=False), nn.Flatten(),
                         nn.Linear(width, 1, bias=False))


def initialise_normal(module):
    """Radford et al. 2016: N(0, 0.02), scales N(1, 0.02), biases 0."""
    if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
