# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks as functions of a layer list and of named tensors.

The tensors come from a trace, so nothing is initialised here and every shape is the trace's own. An option that is not
known, a tensor that is missing and a tensor that no layer uses are errors: what is not understood is never skipped.
"""
import torch
from torch.nn import functional as F

from settings import ReplayError

TAIL = {"norm": "none", "activation": "none", "slope": 0.2, "norm_epsilon": 1e-5, "norm_momentum": 0.1,
        "order": "norm_first"}
SPECTRAL = {"spectral_norm": False, "spectral_update": "forward"}
CONV = {"out": 64, "kernel": 4, "stride": 2, "padding": 1, "bias": True, **SPECTRAL, **TAIL}

# Every kind with all its options and what they are where a list leaves them out.
OPTIONS = {
    "linear": {"out": 64, "bias": True, **SPECTRAL, **TAIL},
    "conv": {**CONV, "groups": 1},
    "conv_transpose": {**CONV, "output_padding": 0},
    "norm": {**TAIL, "norm": "batch"},
    "activation": {"activation": "relu", "slope": 0.2},
    "reshape": {"shape": [64, 7, 7]},
    "flatten": {},
    "upsample": {"factor": 2, "mode": "nearest"},
    "downsample": {},
    "average_pool": {"size": 2},
    "max_pool": {"size": 2, "stride": 0, "padding": 0},
    "pixel_shuffle": {"factor": 2},
    "dropout": {"probability": 0.5, "per_channel": False},
    "minibatch_discrimination": {"mode": "tensor", "features": 100, "kernel_dims": 5},
    "minibatch_stddev": {"group": 4},
    "basis": {"out": 256, "size": 4},
    "label_map": {},
    "add": {},
    "concat": {},
}
CHOICES = {
    "norm": ("none", "batch", "instance", "layer"),
    "activation": ("none", "relu", "leaky_relu", "elu", "tanh", "sigmoid"),
    "order": ("norm_first", "activation_first"),
    "spectral_update": ("forward", "update"),
}
MODES = {"upsample": ("nearest", "bilinear"), "minibatch_discrimination": ("tensor", "map")}
# Of no consequence to a forward pass: how weights were first drawn, and how the list is shown.
ASIDE = {"kind", "id", "inputs", "initial", "gain", "block"}
BUFFERS = ("norm.running_mean", "norm.running_var", "norm.num_batches_tracked", "weight_u", "weight_v")


def is_buffer(name):
    """Whether LAYER.NAME is followed rather than learned."""
    return name.partition(".")[2] in BUFFERS


class Pass:
    """One forward pass: its mode, where dropout's numbers come from, whether it is the network's first in an update.

    uniform(layer, shape) gives numbers of [0, 1).
    """

    def __init__(self, training, uniform=None, first=True):
        self.training, self.uniform, self.first = training, uniform, first


class Layer:
    def __init__(self, role, number, entry, tensors):
        kind = entry.get("kind")
        self.name = entry.get("id") or str(number)
        self.place = f"{role}, layer {self.name} ({kind})"
        if kind not in OPTIONS:
            raise ReplayError(f"{self.place}: the replay knows no such kind of layer")
        unknown = sorted(set(entry) - set(OPTIONS[kind]) - ASIDE)
        if unknown:
            raise ReplayError(f"{self.place}: the replay knows no option {unknown[0]}")
        self.kind, self.inputs = kind, [str(name) for name in entry.get("inputs", [])]
        self.options = {**OPTIONS[kind], **{key: entry[key] for key in OPTIONS[kind] if key in entry}}
        for option, known in {**CHOICES, "mode": MODES.get(kind)}.items():
            if option in self.options and self[option] not in known:
                raise ReplayError(f"{self.place}: {option} is {self[option]!r}, which the replay does not know")
        prefix = self.name + "."
        self.tensors = {key[len(prefix):]: value for key, value in tensors.items() if key.startswith(prefix)}
        self.used = set()

    def __getitem__(self, option):
        return self.options[option]

    def tensor(self, name):
        if name not in self.tensors:
            raise ReplayError(f"{self.place}: the trace holds no {name} of this layer")
        self.used.add(name)
        return self.tensors[name]

    def bias(self):
        return self.tensor("bias") if self["bias"] else None

    def weight(self, run, output_axis=0):
        """The weight, by its largest singular value where spectral norm is on (Miyato et al. 2018, algorithm 1).

        One power iteration v <- W'u / |W'u|, u <- Wv / |Wv| in each training pass, or in the first of an update. The
        vectors are constants to the gradient, which does flow through W in sigma = u'Wv.
        """
        weight = self.tensor("weight")
        if not self["spectral_norm"]:
            return weight
        matrix = weight.transpose(0, output_axis).flatten(1)
        u, v = self.tensor("weight_u"), self.tensor("weight_v")
        if run.training and (run.first or self["spectral_update"] == "forward"):
            with torch.no_grad():
                v.copy_(F.normalize(matrix.T @ u, dim=0))
                u.copy_(F.normalize(matrix @ v, dim=0))
        # Copies: the next pass moves the vectors while this one's graph still needs them.
        return weight / (u.clone() @ matrix @ v.clone())

    def norm(self, x, run):
        norm = self["norm"]
        if norm == "none":
            return x
        scale, shift, epsilon = self.tensor("norm.weight"), self.tensor("norm.bias"), self["norm_epsilon"]
        if norm == "layer":
            return F.layer_norm(x, scale.shape, scale, shift, epsilon)
        if norm == "instance":
            return F.instance_norm(x, None, None, scale, shift, True, 0.0, epsilon)
        batches = self.tensor("norm.num_batches_tracked")
        if run.training:
            batches += 1
        return F.batch_norm(x, self.tensor("norm.running_mean"), self.tensor("norm.running_var"), scale, shift,
                            run.training, self["norm_momentum"], epsilon)

    def activation(self, x):
        functions = {"none": lambda x: x, "relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, self["slope"]),
                     "elu": F.elu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
        return functions[self["activation"]](x)

    def tail(self, x, run):
        if "norm" not in self.options:
            return self.activation(x)
        if self["order"] == "norm_first":
            return self.activation(self.norm(x, run))
        return self.norm(self.activation(x), run)

    def __call__(self, inputs, run):
        try:
            body = BODIES[self.kind](self, inputs, run)
            return self.tail(body, run) if "activation" in self.options else body
        except (RuntimeError, ValueError) as error:  # shapes that do not go together
            raise ReplayError(f"{self.place}: {str(error).splitlines()[0]}") from error


def linear(layer, inputs, run):
    return F.linear(inputs[0], layer.weight(run), layer.bias())


def conv(layer, inputs, run):
    return F.conv2d(inputs[0], layer.weight(run), layer.bias(), layer["stride"], layer["padding"],
                    groups=layer["groups"])


def conv_transpose(layer, inputs, run):
    return F.conv_transpose2d(inputs[0], layer.weight(run, output_axis=1), layer.bias(), layer["stride"],
                              layer["padding"], layer["output_padding"])


def upsample(layer, inputs, run):
    bilinear = {"align_corners": False} if layer["mode"] == "bilinear" else {}
    return F.interpolate(inputs[0], scale_factor=layer["factor"], mode=layer["mode"], **bilinear)


def halving(size, dtype):
    """The matrix that halves an axis by the filter [1 3 3 1] / 8, zeros beyond the edges."""
    matrix = torch.zeros(size // 2, size, dtype=dtype)
    for i in range(size // 2):
        for offset, weight in enumerate((1, 3, 3, 1)):
            if 0 <= 2 * i - 1 + offset < size:
                matrix[i, 2 * i - 1 + offset] = weight / 8
    return matrix


def downsample(layer, inputs, run):
    """Anti-aliased halving (Zhang 2019)."""
    x = inputs[0]
    return halving(x.shape[2], x.dtype) @ x @ halving(x.shape[3], x.dtype).T


def max_pool(layer, inputs, run):
    return F.max_pool2d(inputs[0], layer["size"], layer["stride"] or layer["size"], layer["padding"])


def dropout(layer, inputs, run):
    """Kept where the draw is at least p, and scaled so that the mean stays (Srivastava et al. 2014, inverted)."""
    x, p = inputs[0], layer["probability"]
    if not run.training or p == 0:
        return x
    shape = list(x.shape[:2]) + [1] * (x.dim() - 2) if layer["per_channel"] else list(x.shape)
    return x * (run.uniform(layer.name, shape) >= p).to(x.dtype) / (1 - p)


def minibatch_discrimination(layer, inputs, run):
    """How near the other samples of the batch are.

    tensor: Salimans et al. 2016, eq. 3.2: M = xT as B rows of C numbers, o_b(x_i) = sum_{j != i} exp(-|M_ib - M_jb|_1),
    B numbers appended to the vector. map: at each pixel exp(-|x_i - x_j|), averaged over all samples j of the batch (i
    itself among them) and over the channels, appended as one feature map.
    """
    x = inputs[0]
    if layer["mode"] == "map":
        near = torch.stack([torch.exp(-(x - other).abs()).mean(1) for other in x]).mean(0)
        return torch.cat([x, near.unsqueeze(1)], 1)
    rows = (x @ layer.tensor("weight")).view(len(x), layer["features"], layer["kernel_dims"])
    near = torch.exp(-(rows.unsqueeze(0) - rows.unsqueeze(1)).abs().sum(3))
    others = 1 - torch.eye(len(x), dtype=x.dtype)
    return torch.cat([x, (near * others.unsqueeze(2)).sum(1)], 1)


def minibatch_stddev(layer, inputs, run):
    """Karras et al. 2018, section 3: one map (or number, beside a vector) of the mean over all features and pixels of
    the standard deviation within a group. Groups are of the largest size g up to the one asked for that divides the
    batch; group m holds the samples m, m + N/g, m + 2N/g ...; variances are divided by g, 1e-8 is under the root.
    """
    x = inputs[0]
    size = min(layer["group"], len(x)) or len(x)
    while len(x) % size:
        size -= 1
    groups = x.view(size, len(x) // size, *x.shape[1:])
    deviation = (groups.var(0, unbiased=False) + 1e-8).sqrt().flatten(1).mean(1)
    appended = deviation.repeat(size).view([-1] + [1] * (x.dim() - 1))
    return torch.cat([x, appended.expand(-1, 1, *x.shape[2:])], 1)


def basis(layer, inputs, run):
    """Huang et al. 2024: each channel is a learned map times a weighted sum of the input."""
    return F.linear(inputs[0], layer.tensor("weight"))[:, :, None, None] * layer.tensor("basis")


def label_map(layer, inputs, run):
    """The image, and behind its channels one map a class that is 1 for the sample's class and 0 for the others."""
    image, label = inputs
    return torch.cat([image, label.view(*label.shape, 1, 1).expand(-1, -1, *image.shape[2:])], 1)


BODIES = {
    "linear": linear,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "norm": lambda layer, inputs, run: inputs[0],
    "activation": lambda layer, inputs, run: inputs[0],
    "reshape": lambda layer, inputs, run: inputs[0].reshape(-1, *layer["shape"]),
    "flatten": lambda layer, inputs, run: inputs[0].flatten(1),
    "upsample": upsample,
    "downsample": downsample,
    "average_pool": lambda layer, inputs, run: F.avg_pool2d(inputs[0], layer["size"]),
    "max_pool": max_pool,
    "pixel_shuffle": lambda layer, inputs, run: F.pixel_shuffle(inputs[0], layer["factor"]),
    "dropout": dropout,
    "minibatch_discrimination": minibatch_discrimination,
    "minibatch_stddev": minibatch_stddev,
    "basis": basis,
    "label_map": label_map,
    "add": lambda layer, inputs, run: sum(inputs[1:], inputs[0]),
    "concat": lambda layer, inputs, run: torch.cat(inputs, 1),
}


class Network:
    """A network of one role. `tensors` are taken over: a pass moves the buffers among them, an update the rest."""

    def __init__(self, role, layers, tensors, classes=0):
        self.role, self.tensors, self.classes = role, tensors, classes
        self.layers = [Layer(role, number, entry, tensors) for number, entry in enumerate(layers)]
        self.reads_labels = any("label" in layer.inputs for layer in self.layers)
        if self.reads_labels and classes < 1:
            raise ReplayError(f"the {role} reads labels, but the trace does not say how many classes there are")

    @property
    def parameters(self):
        return {name: tensor for name, tensor in self.tensors.items() if not is_buffer(name)}

    def set_learning(self, learning):
        for tensor in self.parameters.values():
            tensor.requires_grad_(learning)

    def __call__(self, x, label, run, keep=None):
        """The last layer's output. `keep`: a dictionary that takes every layer's output by its name."""
        outputs = {} if keep is None else keep
        outputs["input"], last = x, "input"
        if self.reads_labels and label is not None:
            outputs["label"] = F.one_hot(label, self.classes).to(x.dtype)
        for layer in self.layers:
            names = layer.inputs or [last]
            for name in names:
                if name not in outputs:
                    raise ReplayError(f"{layer.place}: there is no input {name}")
            outputs[layer.name] = layer([outputs[name] for name in names], run)
            last = layer.name
        return outputs[last]

    def unused(self):
        """Tensors that no layer has asked for."""
        used = {f"{layer.name}.{name}" for layer in self.layers for name in layer.used}
        return sorted(set(self.tensors) - used)
