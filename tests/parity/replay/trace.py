# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a trace: one safetensors file a step (docs/trace.md)."""
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from settings import ReplayError


class Draws:
    """What went into a step, each to be taken exactly once."""

    def __init__(self, tensors):
        self.tensors, self.taken = tensors, set()

    def has(self, name):
        return name in self.tensors

    def take(self, name, shape=None):
        """A draw by its name. A shape that is given must be its shape."""
        if name not in self.tensors:
            raise ReplayError(f"draw/{name} is missing")
        if name in self.taken:
            raise ReplayError(f"draw/{name} is asked for twice")
        self.taken.add(name)
        tensor = self.tensors[name]
        if shape is not None and list(tensor.shape) != list(shape):
            raise ReplayError(f"draw/{name} has the shape {list(tensor.shape)} instead of {list(shape)}")
        return tensor.clone()

    def unused(self):
        return sorted(set(self.tensors) - self.taken)


class StepFile:
    """One step of a trace: `before`, `after`, `draws` and `metrics` by their names without the first word."""

    def __init__(self, tensors, metadata, name):
        self.name, self.tensors = name, tensors
        for key in ("step", "phases", "experiment"):
            if key not in metadata:
                raise ReplayError(f"{name}: its metadata have no {key}")
        self.step = int(metadata["step"])
        self.phases = [(entry["phase"], entry["update"]) for entry in json.loads(metadata["phases"])]
        self.experiment = json.loads(metadata["experiment"])
        self.classes = int(metadata.get("classes", 0))
        parts = {"before": {}, "after": {}, "draw": {}, "metric": {}}
        for key, tensor in tensors.items():
            part, _, rest = key.partition("/")
            if part not in parts or not rest:
                raise ReplayError(f"{name}: {key} is no name of a trace")
            parts[part][rest] = tensor.double() if tensor.is_floating_point() else tensor
        self.before, self.after, self.metrics = parts["before"], parts["after"], parts["metric"]
        self.draws = Draws(parts["draw"])

    @property
    def precision(self):
        """What the step was computed in: float64 or float32. Counts of updates may be in either."""
        states = [t for key, t in self.tensors.items() if key.startswith(("before/", "after/")) and "/step/" not in key]
        return torch.float32 if any(t.dtype == torch.float32 for t in states) else torch.float64


def read_step(path):
    try:
        with safe_open(path, framework="pt") as file:
            return StepFile({key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}, path.name)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ReplayError(f"{path.name} cannot be read: {error}") from error


def step_files(folder):
    files = sorted(Path(folder).glob("step-*.safetensors"))
    if not files:
        raise ReplayError(f"{folder} holds no step-*.safetensors")
    return files
