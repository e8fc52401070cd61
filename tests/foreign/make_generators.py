#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/foreign/fixtures: generators as people have them, written by plain PyTorch, and the pixels it gives.

Run by hand with a Python that has torch, onnx, numpy and safetensors:  tests/foreign/make_generators.py
The weights follow from the seeds below. Bytes may differ from one release of PyTorch to the next; numbers do not beyond
the last digits.
"""
import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file
from torch import nn

OUT = Path(__file__).resolve().parent / "fixtures"
CLASSES = 10


class Mlp(nn.Module):
    """Linear layers only, as in most first tutorials: 784 numbers are an image of 28 x 28."""

    latent = 16

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(self.latent, 24), nn.LeakyReLU(0.2),
            nn.Linear(24, 16), nn.BatchNorm1d(16), nn.LeakyReLU(0.2),
            nn.Linear(16, 784), nn.Tanh())

    def forward(self, z):
        return self.model(z).view(z.size(0), 1, 28, 28)


class Dcgan28(nn.Module):
    """A first layer of 7 x 7, then two that double."""

    latent = (16, 1, 1)

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(16, 16, 7, 1, 0, bias=False), nn.BatchNorm2d(16), nn.ReLU(True),
            nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
            nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.main(z)


class Dcgan64(nn.Module):
    """The layers of Radford et al. 2016 at 64 x 64, narrow."""

    latent = (8, 1, 1)

    def __init__(self):
        super().__init__()
        widths = [24, 12, 8, 4]
        layers = [nn.ConvTranspose2d(8, widths[0], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(True)]
        for before, after in zip(widths, widths[1:]):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, z):
        return self.main(z)


class Upsampling(nn.Module):
    """A linear layer, then nearest neighbours and convolutions; two parts with names of their own."""

    latent = 16

    def __init__(self):
        super().__init__()
        self.l1 = nn.Sequential(nn.Linear(self.latent, 8 * 8 * 8))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(8),
            nn.Upsample(scale_factor=2), nn.Conv2d(8, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3, 1, 1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2),
            nn.Conv2d(4, 3, 3, 1, 1), nn.Tanh())

    def forward(self, z):
        return self.conv_blocks(self.l1(z).view(z.size(0), 8, 8, 8))


class Conditional(nn.Module):
    """The class is one-hot beside the latent; layers are attributes, not a list."""

    latent = 12

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(self.latent + CLASSES, 8 * 7 * 7)
        self.bn0 = nn.BatchNorm1d(8 * 7 * 7)
        self.deconv1 = nn.ConvTranspose2d(8, 8, 4, 2, 1)
        self.bn1 = nn.BatchNorm2d(8)
        self.deconv2 = nn.ConvTranspose2d(8, 1, 4, 2, 1)

    def forward(self, z, label):
        x = torch.relu(self.bn0(self.fc(torch.cat([z, label], 1)))).view(-1, 8, 7, 7)
        return torch.tanh(self.deconv2(torch.relu(self.bn1(self.deconv1(x)))))


class Classifier(nn.Module):
    """What no generator is: an image becomes ten numbers."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(4, 8, 4, 2, 1), nn.BatchNorm2d(8), nn.LeakyReLU(0.2))
        self.head = nn.Linear(8 * 7 * 7, CLASSES)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


class TupleOut(nn.Module):
    """Gives its image and the features before it."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.last = nn.Linear(8, 16)

    def forward(self, z):
        features = torch.relu(self.first(z))
        return torch.tanh(self.last(features)).view(-1, 1, 4, 4), features


class Bad:
    """Unpickling it with Python would run a command."""

    def __reduce__(self):
        return os.system, ("touch /tmp/saddle-ran-a-command",)


def filled(network, seed):
    """Weights of sensible size, and statistics and scales of norms that are not those of a new network."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(tensor, low, high):
        with torch.no_grad():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            weight = module.weight
            inputs = weight[0].numel() if not isinstance(module, nn.ConvTranspose2d) else weight.shape[0] * 4
            with torch.no_grad():
                weight.copy_(torch.randn(weight.shape, generator=generator) * (1.6 / inputs) ** 0.5)
            if module.bias is not None:
                uniform(module.bias, -0.1, 0.1)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            uniform(module.weight, 0.6, 1.4)
            uniform(module.bias, -0.3, 0.3)
            uniform(module.running_mean, -0.3, 0.3)
            uniform(module.running_var, 0.5, 1.5)
            module.num_batches_tracked.fill_(1000)
    return network.eval()


def save_script(module, name):
    """TorchScript without the file names of this machine, which it keeps for error messages only."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(OUT / name, "w") as target:
        for entry in source.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry))
    torch.jit.load(OUT / name)


def save_onnx(network, inputs, name):
    names = ["input", "label"][: len(inputs)]
    axes = {key: {0: "batch"} for key in names}
    torch.onnx.export(network, inputs, OUT / name, opset_version=17, dynamo=False, input_names=names,
                      output_names=["output"], dynamic_axes=axes)


def save_all(name, network, count, script):
    generator = torch.Generator().manual_seed(7)
    latent = network.latent if isinstance(network.latent, tuple) else (network.latent,)
    tensors = {"input": torch.randn((count, *latent), generator=generator)}
    inputs = [tensors["input"]]
    if isinstance(network, Conditional):
        tensors["label"] = nn.functional.one_hot(torch.tensor([3, 0, 9][:count]), CLASSES).float()
        inputs.append(tensors["label"])
    with torch.no_grad():
        tensors["output"] = network(*inputs).contiguous()
    save_file(tensors, OUT / f"{name}.safetensors")
    torch.save(network.state_dict(), OUT / f"{name}.pt")
    with torch.no_grad():
        made = torch.jit.script(network) if script else torch.jit.trace(network, tuple(inputs))
    save_script(made, f"{name}_script.pt")
    save_onnx(network, tuple(inputs), f"{name}.onnx")


def prefixed(prefix, state):
    return OrderedDict((prefix + key, value) for key, value in state.items())


def perturbed(state):
    return OrderedDict((key, value + 0.01 if value.is_floating_point() else value) for key, value in state.items())


def save_variants(dcgan28, dcgan64, upsampling, classifier):
    torch.save(dcgan28.state_dict(), OUT / "dcgan28_old.pt", _use_new_zipfile_serialization=False)
    # As a training loop keeps them, with what DataParallel puts before the names and an optimiser's state.
    optimiser = torch.optim.Adam(classifier.parameters(), lr=2e-4, betas=(0.5, 0.999))
    torch.save({"epoch": 3, "generator": prefixed("module.", dcgan64.state_dict()),
                "discriminator": prefixed("module.", classifier.state_dict()), "d_optim": optimiser.state_dict(),
                "losses": [0.5, 0.25]}, OUT / "dcgan64_wrapped.ckpt")
    torch.save({"g": perturbed(upsampling.state_dict()), "g_ema": upsampling.state_dict(),
                "d": classifier.state_dict()}, OUT / "upsample_ema.pt")
    # One flat dictionary for two networks, as Lightning keeps them.
    both = prefixed("netG.", dcgan28.state_dict())
    both.update(prefixed("netD.", classifier.state_dict()))
    torch.save({"state_dict": both, "hyper_parameters": {"lr": 2e-4}}, OUT / "dcgan28_flat.ckpt")


def save_tensors():
    """Every element type, views, shared storages and what else stands beside tensors."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
    values = {
        "float64": torch.tensor([1.5, -2.25], dtype=torch.float64),
        "float16": torch.tensor([[0.5, -1.25], [3.0, 65504.0]], dtype=torch.float16),
        "bfloat16": torch.tensor([1.0, -0.15625, 3e38], dtype=torch.bfloat16),
        "int64": torch.tensor(-7, dtype=torch.int64),
        "int32": torch.tensor([1, -2, 3], dtype=torch.int32),
        "int16": torch.tensor([300, -300], dtype=torch.int16),
        "int8": torch.tensor([-128, 127], dtype=torch.int8),
        "uint8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "base": base,
        "transposed": base.t(),
        "part": base[1:3, ::2],
        "repeated": torch.tensor([2.5]).expand(3, 2),
        "empty": torch.zeros(0, 3),
    }
    save_file({key: value.contiguous().clone() for key, value in values.items()}, OUT / "tensors.safetensors")
    document = {"tensors": values, "parameter": nn.Parameter(torch.tensor([1.0, 2.0])), "size": base.shape,
                "device": torch.device("cpu"), "dtype": torch.float32, "none": None, "list": [1, 2.5, "three", True],
                7: "a number as a key"}
    torch.save(document, OUT / "tensors.pt")
    torch.save(document, OUT / "tensors_old.pt", _use_new_zipfile_serialization=False)
    torch.save(document, OUT / "tensors_protocol4.pt", pickle_protocol=4)


def save_pickles():
    shared = ["seen", "twice"]
    value = {"none": None, "true": True, "false": False, "small": 7, "byte": 200, "short": 60000, "minus": -5,
             "large": 2**40, "huge": 2**100, "float": -0.125, "text": "zwölf\n'", "bytes": b"\x00\xff", "empty": {},
             "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], "first": shared, "second": shared,
             "ordered": OrderedDict([("b", 1), ("a", 2)]), "set": {5}, "frozen": frozenset({6}), "long": "x" * 300,
             "array": bytearray(b"ab"), "list": list(range(3)), "numpy": numpy.float64(0.5)}
    for protocol in range(6):
        (OUT / "pickles" / f"{protocol}.pkl").write_bytes(pickle.dumps(value, protocol=protocol))


def save_wrong(mlp, classifier):
    (OUT / "wrong_text.pt").write_text("These are not the weights of a network.\n")
    whole = (OUT / "mlp.pt").read_bytes()
    (OUT / "wrong_truncated.pt").write_bytes(whole[: len(whole) // 2])
    torch.save(classifier.state_dict(), OUT / "wrong_classifier.pt")
    image = torch.zeros(1, 1, 28, 28)
    save_script(torch.jit.trace(classifier, image), "wrong_classifier_script.pt")
    save_onnx(classifier, (image,), "wrong_classifier.onnx")
    pair = filled(TupleOut(), 6)
    save_script(torch.jit.trace(pair, torch.zeros(1, 4)), "wrong_tuple_script.pt")
    torch.onnx.export(pair, torch.zeros(1, 4), OUT / "wrong_tuple.onnx", opset_version=17, dynamo=False,
                      input_names=["input"], output_names=["image", "features"])
    torch.save(pair, OUT / "wrong_module.pt")
    torch.save({"generator": Bad()}, OUT / "wrong_system.pt")


def main():
    torch.set_num_threads(1)
    (OUT / "pickles").mkdir(parents=True, exist_ok=True)
    mlp, dcgan28, dcgan64 = filled(Mlp(), 1), filled(Dcgan28(), 2), filled(Dcgan64(), 3)
    upsampling, conditional, classifier = filled(Upsampling(), 4), filled(Conditional(), 5), filled(Classifier(), 8)
    save_all("mlp", mlp, 3, script=True)
    save_all("dcgan28", dcgan28, 3, script=False)
    save_all("dcgan64", dcgan64, 2, script=False)
    save_all("upsample", upsampling, 3, script=False)
    save_all("conditional", conditional, 3, script=True)
    save_variants(dcgan28, dcgan64, upsampling, classifier)
    save_tensors()
    save_pickles()
    save_wrong(mlp, classifier)


if __name__ == "__main__":
    main()
