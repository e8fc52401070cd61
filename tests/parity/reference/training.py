#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole training steps in plain PyTorch (float64, CPU) to compare the trainer with.

    python3 training.py [folder]    # needs torch and safetensors; the default folder is the one of this script

training.json says per setup what was trained (layer lists, input shapes, options) and the scalars of each step. A step
is `d_updates` discriminator updates, then one generator update; d_loss, d_real, d_fake and d_grad_norm are those of the
last discriminator update. training.safetensors holds everything random, and all weights (in PyTorch's layout):

    {setup}/init/{role}/{layer}.{name}           before the first step; name: weight, bias, norm.weight, norm.bias,
                                                 norm.running_mean, norm.running_var, norm.num_batches_tracked (int64)
    {setup}/step{n}/d{k}/real, latent            what discriminator update k of step n gets; n and k count from 0
    {setup}/step{n}/d{k}/noise_real, noise_fake  standard normal, to be scaled by `instance_noise` (absent if that is 0)
    {setup}/step{n}/g/latent, noise_fake         the same for the generator update
    {setup}/step{n}/after/{role}/{layer}.{name}  after step n; roles: generator, discriminator, ema (of the generator)

Rules: real and fake go through the discriminator as two batches, real first. Fakes for the discriminator are made in
training mode without a graph, so the generator's running statistics move then too. In the generator update the
discriminator is in training mode (its running statistics move) and its weights ask for no gradient. The EMA starts as
the initial weights and follows each generator update: parameters by d * ema + (1 - d) * w, buffers by copy.

The same machine and versions give the same bytes again; others may differ in the last digits.
"""
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F

STEPS, BATCH = 3, 8
ADAM = {"kind": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8}
RMSPROP = {"kind": "rmsprop", "lr": 5e-4, "alpha": 0.99, "eps": 1e-8}


def conv(kind, out, bias, **more):
    return {"kind": kind, "out": out, "kernel": 4, "stride": 2, "padding": 1, "bias": bias, **more}


SETUPS = {
    "mlp": {
        "generator": {"input": [4], "layers": [
            {"kind": "linear", "out": 16, "activation": "relu"}, {"kind": "linear", "out": 2}]},
        "discriminator": {"input": [2], "layers": [
            {"kind": "linear", "out": 16, "activation": "leaky_relu", "slope": 0.2}, {"kind": "linear", "out": 1}]},
        "options": {
            "objective": "non-saturating", "label_smoothing": 0.1, "batch": BATCH, "d_updates": 1,
            "instance_noise": 0.1, "ema_decay": 0.9, "d_optimizer": ADAM, "g_optimizer": ADAM},
    },
    "dcgan": {
        "generator": {"input": [6], "layers": [
            {"kind": "linear", "out": 72, "bias": False},
            {"kind": "reshape", "shape": [8, 3, 3]},
            {"kind": "norm", "norm": "batch", "activation": "relu"},
            conv("conv_transpose", 4, False, norm="batch", activation="relu"),
            conv("conv_transpose", 1, True, activation="tanh")]},
        "discriminator": {"input": [1, 12, 12], "layers": [
            conv("conv", 4, True, activation="leaky_relu", slope=0.2),
            conv("conv", 8, False, norm="batch", activation="leaky_relu", slope=0.2),
            {"kind": "flatten"},
            {"kind": "linear", "out": 1}]},
        "options": {
            "objective": "lsgan", "a": 0.0, "b": 1.0, "c": 1.0, "scale": 0.5, "batch": BATCH, "d_updates": 2,
            "instance_noise": 0.0, "ema_decay": 0.9, "d_optimizer": RMSPROP, "g_optimizer": ADAM},
    },
}


class Layer(nn.Module):
    """One entry of a layer list: an operation, then a norm, then an activation, each if present."""

    def __init__(self, spec, shape):
        super().__init__()
        self.spec, kind, bias = spec, spec["kind"], spec.get("bias", True)
        if kind == "linear":
            self.op, shape = nn.Linear(shape[0], spec["out"], bias=bias), [spec["out"]]
        elif kind in ("conv", "conv_transpose"):
            make = nn.Conv2d if kind == "conv" else nn.ConvTranspose2d
            self.op = make(shape[0], spec["out"], spec["kernel"], spec["stride"], spec["padding"], bias=bias)
            side = shape[1] // 2 if kind == "conv" else shape[1] * 2
            shape = [spec["out"], side, side]
        elif kind == "reshape":
            self.op, shape = nn.Unflatten(1, spec["shape"]), spec["shape"]
        elif kind == "flatten":
            self.op, shape = nn.Flatten(), [math.prod(shape)]
        else:
            self.op = nn.Identity()
        if "norm" in spec:
            self.norm = nn.BatchNorm2d(shape[0])  # PyTorch's defaults: eps 1e-5, momentum 0.1
            nn.init.normal_(self.norm.weight, 1.0, 0.2)
            nn.init.normal_(self.norm.bias, 0.0, 0.2)
        self.shape = shape

    def forward(self, x):
        x = self.op(x)
        if "norm" in self.spec:
            x = self.norm(x)
        activation = self.spec.get("activation")
        if activation == "leaky_relu":
            return F.leaky_relu(x, self.spec["slope"])
        return x if activation is None else getattr(torch, activation)(x)


def network(description):
    layers, shape = [], description["input"]
    for spec in description["layers"]:
        layers.append(Layer(spec, shape))
        shape = layers[-1].shape
    return nn.Sequential(*layers)


def optimizer(options, parameters):
    if options["kind"] == "adam":
        return torch.optim.Adam(parameters, options["lr"], (options["beta1"], options["beta2"]), options["eps"])
    return torch.optim.RMSprop(parameters, options["lr"], options["alpha"], options["eps"])


def real_batch(shape):
    if len(shape) == 1:  # points on a ring
        angle = 2 * math.pi * torch.randint(8, (BATCH,)) / 8
        return torch.stack([angle.cos(), angle.sin()], 1) + 0.02 * torch.randn(BATCH, 2)
    return torch.tanh(F.interpolate(torch.randn(BATCH, 1, 3, 3), scale_factor=4, mode="bilinear"))  # soft blobs


def d_loss(options, real, fake):
    if options["objective"] == "lsgan":
        return options["scale"] * (((real - options["b"]) ** 2).mean() + ((fake - options["a"]) ** 2).mean())
    target = torch.full_like(real, 1 - options["label_smoothing"])
    return (F.binary_cross_entropy_with_logits(real, target)
            + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)))


def g_loss(options, fake):
    if options["objective"] == "lsgan":
        return options["scale"] * ((fake - options["c"]) ** 2).mean()
    return F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def grad_norm(module):
    return math.sqrt(sum((p.grad ** 2).sum().item() for p in module.parameters()))


def train(name, setup, tensors):
    options = setup["options"]
    generator, discriminator = network(setup["generator"]), network(setup["discriminator"])
    ema = network(setup["generator"])
    ema.load_state_dict(generator.state_dict())
    d_optimizer = optimizer(options["d_optimizer"], discriminator.parameters())
    g_optimizer = optimizer(options["g_optimizer"], generator.parameters())

    def keep(prefix, **networks):
        for role, module in networks.items():
            for key, value in module.state_dict().items():
                tensors[f"{name}/{prefix}/{role}/{key.replace('.op.', '.')}"] = value.detach().clone()

    def store(prefix, key, value):
        tensors[f"{name}/{prefix}/{key}"] = value
        return value

    def noisy(prefix, key, x):
        if options["instance_noise"] == 0:
            return x
        return x + options["instance_noise"] * store(prefix, "noise_" + key, torch.randn(x.shape))

    def step(n):
        for k in range(options["d_updates"]):
            prefix = f"step{n}/d{k}"
            real = store(prefix, "real", real_batch(setup["discriminator"]["input"]))
            latent = store(prefix, "latent", torch.randn(BATCH, *setup["generator"]["input"]))
            with torch.no_grad():
                fake = generator(latent)
            d_optimizer.zero_grad()
            on_real = discriminator(noisy(prefix, "real", real))
            on_fake = discriminator(noisy(prefix, "fake", fake))
            loss_d = d_loss(options, on_real, on_fake)
            loss_d.backward()
            d_norm = grad_norm(discriminator)
            d_optimizer.step()

        discriminator.requires_grad_(False)
        prefix = f"step{n}/g"
        fake = generator(store(prefix, "latent", torch.randn(BATCH, *setup["generator"]["input"])))
        g_optimizer.zero_grad()
        loss_g = g_loss(options, discriminator(noisy(prefix, "fake", fake)))
        loss_g.backward()
        g_norm = grad_norm(generator)
        g_optimizer.step()
        discriminator.requires_grad_(True)

        with torch.no_grad():
            for average, value in zip(ema.parameters(), generator.parameters()):
                average.copy_(options["ema_decay"] * average + (1 - options["ema_decay"]) * value)
            for average, value in zip(ema.buffers(), generator.buffers()):
                average.copy_(value)
        keep(f"step{n}/after", generator=generator, discriminator=discriminator, ema=ema)
        return {"d_loss": loss_d.item(), "g_loss": loss_g.item(), "d_real": on_real.mean().item(),
                "d_fake": on_fake.mean().item(), "d_grad_norm": d_norm, "g_grad_norm": g_norm}

    keep("init", generator=generator, discriminator=discriminator)
    return [step(n) for n in range(STEPS)]


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(20240229)
    tensors = {}
    result = {"torch": torch.__version__.split("+")[0], "dtype": "float64", "setups": {}}
    for name, setup in SETUPS.items():
        result["setups"][name] = {**setup, "steps": train(name, setup, tensors)}
    (folder / "training.safetensors").write_bytes(save({key: value.contiguous() for key, value in tensors.items()}))
    (folder / "training.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
