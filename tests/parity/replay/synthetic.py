# SPDX-License-Identifier: GPL-3.0-or-later
"""Small made-up experiments, states and draws for the tests of the replay."""
import copy

import torch

from networks import Layer, Pass, is_buffer
from trace import Draws

ADAM = {"kind": "adam", "learning_rate": 1e-3, "beta1": 0.5, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0}
# With these the change of a parameter is minus its gradient.
PLAIN = {"kind": "sgd", "learning_rate": 1.0, "momentum": 0.0, "weight_decay": 0.0}
RMSPROP = {"kind": "rmsprop", "learning_rate": 1e-3, "alpha": 0.9, "epsilon": 1e-8, "epsilon_inside": False}

OBJECTIVES = {
    "minimax": {"label_smoothing": 0.1, "fake_smoothing": 0.05},
    "non-saturating": {"label_smoothing": 0.1, "fake_smoothing": 0.05},
    "lsgan": {"a": -1.0, "b": 1.0, "c": 0.0, "scale": 0.5},
    "wgan": {},
    "hinge": {"margin": 1.0},
    "ebgan": {"margin": 1.0, "energy": "mean"},
    "began": {"gamma": 0.5, "lambda_k": 0.1},
    "relativistic": {},
    "vae": {"likelihood": "bernoulli", "sigma": 0.5, "beta": 0.7},
}
REGULARISERS = {
    "gradient_penalty": {"weight": 10.0, "target": 1.0, "epsilon": 1e-12, "one_sided": False},
    "r1": {"weight": 2.0},
    "r2": {"weight": 3.0},
    "dragan": {"weight": 10.0, "scale": 0.5, "epsilon": 1e-12, "per_sample": False},
    "pull_away": {"weight": 0.1},
    "weight_clipping": {"limit": 0.01},
    "diffaugment": {"translation": True, "colour": True, "cutout": True},
}

LATENT, BATCH = 3, 4
IMAGE = [2, 6, 5]

GENERATOR = [
    {"kind": "linear", "out": 8, "activation": "elu"},
    {"kind": "linear", "out": 60, "activation": "tanh"},
    {"kind": "reshape", "shape": IMAGE},
]
CRITIC = [
    {"kind": "conv", "out": 3, "kernel": 3, "stride": 2, "activation": "tanh", "norm": "layer"},
    {"kind": "flatten"},
    {"kind": "linear", "out": 1},
]
AUTOENCODER = [
    {"kind": "flatten"},
    {"kind": "linear", "out": 4, "activation": "tanh", "id": "code"},
    {"kind": "linear", "out": 60, "activation": "tanh"},
    {"kind": "reshape", "shape": IMAGE},
]
ENCODER = [
    {"kind": "flatten"},
    {"kind": "linear", "out": 7, "activation": "elu"},
    {"kind": "linear", "out": 2 * LATENT},
]


def experiment(objective, optimiser=PLAIN, options=None, regularisers=None, training=None, noise=0.0, **networks):
    """A resolved experiment. Regularisers by name with what differs from their usual options; networks by role."""
    chosen = copy.deepcopy({name: {"enabled": False, **values} for name, values in REGULARISERS.items()})
    for name, values in (regularisers or {}).items():
        chosen[name] |= {"enabled": True, **values}
    critic = AUTOENCODER if objective in ("ebgan", "began") else CRITIC
    lists = {"generator": GENERATOR, **({"encoder": ENCODER} if objective == "vae" else {"discriminator": critic})}
    lists |= networks
    return {
        "objective": {"kind": objective, **OBJECTIVES[objective], **(options or {})},
        "regularisers": chosen,
        "instance_noise": {"schedule": "constant", "start": noise, "end": 0.0, "steps": 100, "manual": False,
                           "level": 0.0},
        "training": {"batch_size": BATCH, "discriminator_steps": 1, "generator_steps": 1, "accumulate": 1,
                     "label_flipping": 0.0, "ema_decay": 0.0, **(training or {})},
        "optimisers": {role: optimiser for role in lists},
        "schedules": {"halve_every": 0, "minimum": 1e-6, "anneal": "none", "anneal_steps": 10, "rate_factor": 1.0,
                      "penalty_factor": 1.0, "beta2_end": 0.0},
        **{role: {"layers": layers} for role, layers in lists.items()},
    }


def layer_tensors(entry, options, inputs):
    """Random tensors for a layer, in the names and shapes of a trace."""
    kind, shape = entry["kind"], inputs[0].shape
    made = {}
    if kind in ("linear", "conv", "conv_transpose"):
        groups, out = options.get("groups", 1), options["out"]
        side = [options["kernel"]] * 2 if kind != "linear" else []
        sizes = [shape[1], out] if kind == "conv_transpose" else [out, shape[1] // groups]
        made["weight"] = torch.randn(sizes + side) / (shape[1] ** 0.5 * (side[0] if side else 1))
        if options["bias"]:
            made["bias"] = 0.1 * torch.randn(out)
        if options["spectral_norm"]:
            rest = made["weight"].numel() // out
            made |= {name: torch.nn.functional.normalize(torch.randn(size), dim=0)
                     for name, size in (("weight_u", out), ("weight_v", rest))}
    if kind == "minibatch_discrimination" and options["mode"] == "tensor":
        made["weight"] = 0.3 * torch.randn(shape[1], options["features"] * options["kernel_dims"])
    if kind == "basis":
        made["weight"] = torch.randn(options["out"], shape[1]) / shape[1] ** 0.5
        made["basis"] = torch.randn(options["out"], options["size"], options["size"])
    return made


def norm_tensors(options, shape):
    sizes = list(shape) if options["norm"] == "layer" else [shape[0]]
    made = {"norm.weight": 1 + 0.2 * torch.randn(sizes), "norm.bias": 0.2 * torch.randn(sizes)}
    if options["norm"] == "batch":
        made |= {"norm.running_mean": 0.1 * torch.randn(sizes), "norm.running_var": 1 + 0.1 * torch.rand(sizes),
                 "norm.num_batches_tracked": torch.tensor(3)}
    return made


def network_tensors(layers, shape, classes=0):
    """Random tensors for a whole network, and the shape of what it gives."""
    outputs, last, tensors = {"input": torch.zeros(2, *shape), "label": torch.zeros(2, classes)}, "input", {}
    for number, entry in enumerate(layers):
        name = entry.get("id") or str(number)
        inputs = [outputs[key] for key in entry.get("inputs") or [last]]
        options = Layer("", number, entry, {}).options
        made = layer_tensors(entry, options, inputs)

        def run(entry):
            return Layer("", number, entry, {f"{name}.{key}": t for key, t in made.items()})(inputs, Pass(False))

        if options.get("norm", "none") != "none":
            made |= norm_tensors(options, run({**entry, "norm": "none"}).shape[1:])
        outputs[name], last = run(entry), name
        tensors |= {f"{name}.{key}": tensor for key, tensor in made.items()}
    return tensors, list(outputs[last].shape[1:])


def before(setup, shape=IMAGE, latent=LATENT, classes=0):
    """A random state to start from. The discriminator and the encoder take data, the generator latents."""
    state = {}
    for role in ("generator", "discriminator", "encoder"):
        if role not in setup:
            continue
        tensors, _ = network_tensors(setup[role]["layers"], [latent] if role == "generator" else shape, classes)
        state |= {f"{role}/{name}": tensor for name, tensor in tensors.items()}
        kind = setup["optimisers"][role]["kind"]
        for name, tensor in tensors.items():
            if not is_buffer(name):
                state |= {f"optimiser/{role}/{moment}/{name}": value for moment, value in moments(kind, tensor).items()}
    if setup["training"]["ema_decay"] > 0:
        state |= {name.replace("generator/", "ema/"): tensor + (0.1 if tensor.is_floating_point() else 1)
                  for name, tensor in state.items() if name.startswith("generator/")}
    if setup["objective"]["kind"] == "began":
        state["objective/k"] = torch.tensor(0.3)
    return state


def moments(kind, parameter):
    """Optimiser state as if some updates had been made."""
    if kind == "adam":
        return {"exp_avg": 0.1 * torch.randn_like(parameter), "exp_avg_sq": 0.01 * torch.rand_like(parameter),
                "step": torch.tensor(5.0)}
    if kind == "rmsprop":
        return {"square_avg": 0.01 * torch.rand_like(parameter)}
    return {"momentum": 0.1 * torch.randn_like(parameter)}


class NewDraws(Draws):
    """Makes each draw when it is first asked for."""

    def __init__(self, shape=IMAGE, latent=LATENT, batch=BATCH, classes=0):
        super().__init__({})
        self.shapes = {"real": [batch, *shape], "latent": [batch, latent]}
        self.batch, self.classes = batch, classes

    def has(self, name):
        return self.classes > 0 if name.endswith("_label") else super().has(name)

    def take(self, name, shape=None):
        last = name.rpartition("/")[2]
        if name not in self.tensors:
            if last.endswith("_label"):
                drawn = torch.randint(self.classes, [self.batch])
            elif last == "real":
                drawn = 1.8 * torch.rand(self.shapes["real"]) - 0.9
            elif last in ("latent", "noise_real", "noise_fake", "posterior"):
                drawn = torch.randn(shape or self.shapes[last])
            else:
                drawn = torch.rand(shape)
            self.tensors[name] = drawn
        return super().take(name, shape)
