#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens exported generators with PyTorch, safetensors and onnxruntime and holds their pixels against those expected.

    open_exports.py FOLDER

In it, for each NAME: NAME.expected.safetensors (latents, images and, where there are any, labels), NAME.safetensors,
NAME.pt and NAME.onnx. Exit status 1 where one is missing or differs by more than 1e-4, after a line that says which.
"""
import json
import sys
from pathlib import Path

import numpy
import onnxruntime
import torch
from safetensors import safe_open
from safetensors.numpy import load_file

TOLERANCE = 1e-4


def outputs(folder, name, expected):
    """What each program gives, by its name."""
    inputs = {"latent": expected["latents"]}
    if "labels" in expected:
        inputs["label"] = expected["labels"]
    tensors = {key: torch.from_numpy(value) for key, value in inputs.items()}
    module = torch.jit.load(str(folder / f"{name}.pt"))
    with torch.no_grad():
        yield "TorchScript", module(*tensors.values()).numpy()
        alone = [module(*(value[i:i + 1] for value in tensors.values())) for i in range(len(inputs["latent"]))]
        yield "TorchScript, one at a time", torch.cat(alone).numpy()
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    yield "onnxruntime", session.run(None, inputs)[0]
    alone = [session.run(None, {key: value[i:i + 1] for key, value in inputs.items()})[0]
             for i in range(len(inputs["latent"]))]
    yield "onnxruntime, one at a time", numpy.concatenate(alone)


def layers_and_weights(folder, name):
    """The layer list beside the weights, and that every weight belongs to a layer of it."""
    with safe_open(str(folder / f"{name}.safetensors"), framework="pt") as file:
        document = json.loads(file.metadata()["saddle.generator"])
        layers = {layer.get("id", str(number)) for number, layer in enumerate(document["layers"])}
        return [key for key in file.keys() if key.split(".")[0] not in layers or not file.get_tensor(key).isfinite().all()]


def main():
    folder = Path(sys.argv[1])
    wrong = 0
    names = sorted(path.name[:-len(".expected.safetensors")] for path in folder.glob("*.expected.safetensors"))
    for name in names:
        expected = load_file(folder / f"{name}.expected.safetensors")
        strays = layers_and_weights(folder, name)
        if strays:
            print(f"{name}: weights of no layer: {strays}")
            wrong += 1
        for program, images in outputs(folder, name, expected):
            same = images.shape == expected["images"].shape
            apart = float(numpy.abs(images - expected["images"]).max()) if same else float("inf")
            if not apart <= TOLERANCE:
                print(f"{name}, {program}: differs by {apart:.2g}, shape {images.shape}")
                wrong += 1
    print(f"{len(names)} generators, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
