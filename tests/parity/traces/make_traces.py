#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the fixtures of trace_parity.cpp: what plain PyTorch computes for two steps of many small experiments.

    python3 make_traces.py SADDLE_CLI [NAME ...]    # needs torch and safetensors

For every experiment below, SADDLE_CLI writes a trace in float64, ../replay computes it again from that trace's inputs
alone, and what the replay computed is kept as NAME.safetensors. cases.json tells the test which experiments these are.
Each objective, regulariser, architecture, kind of layer and optimiser has at least one.
"""
import json
import math
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from safetensors.torch import load_file, save_file

HERE = Path(__file__).resolve().parent
STEPS = 2


def merged(base, change):
    """RFC 7396, as experiments extend each other."""
    if not isinstance(change, dict):
        return change
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def layer(kind, **options):
    return {"kind": kind, **options}


ADAM = {"kind": "adam", "learning_rate": 1e-3, "beta1": 0.5, "beta2": 0.9}
POINTS = {
    "data": {"source": "gaussians-8", "count": 40},
    "latent": {"dimensions": 3},
    "generator": {"architecture": "mlp", "width": 5, "depth": 1, "activation": "tanh", "initialisation": "default"},
    "discriminator": {"architecture": "mlp", "width": 5, "depth": 1, "activation": "tanh", "initialisation": "default"},
    "training": {"batch_size": 5, "threads": 1, "device": "cpu", "seed": 3},
    "optimisers": {"generator": ADAM, "discriminator": ADAM},
}
PAINTER = [
    layer("linear", out=48),
    layer("reshape", shape=[3, 4, 4]),
    layer("conv_transpose", out=1, activation="tanh"),
]
CRITIC = [
    layer("conv", out=3, activation="leaky_relu"),
    layer("flatten"),
    layer("linear", out=1),
]
CODER = [
    layer("conv", out=2, activation="elu"),
    layer("flatten"),
    layer("linear", out=5, id="code"),
    layer("linear", out=32, activation="elu"),
    layer("reshape", shape=[2, 4, 4]),
    layer("conv_transpose", out=1, activation="tanh"),
]
IMAGES = merged(POINTS, {
    "data": {"source": "idx", "count": None},
    "generator": {"layers": PAINTER, "architecture": None, "width": None, "depth": None, "activation": None},
    "discriminator": {"layers": CRITIC, "architecture": None, "width": None, "depth": None, "activation": None},
})


def generator(*layers):
    return merged(IMAGES, {"generator": {"layers": list(layers)}})


def discriminator(*layers):
    return merged(IMAGES, {"discriminator": {"layers": list(layers)}})


def on(**options):
    return {"enabled": True, **options}


def penalised(objective, **regularisers):
    return merged(IMAGES, {"objective": {"kind": objective}, "regularisers": regularisers})


def energies(objective, **regularisers):
    return merged(penalised("began", **regularisers), {"objective": objective, "discriminator": {"layers": CODER}})


VAE = merged(IMAGES, {
    "objective": {"kind": "vae", "beta": 0.5},
    "discriminator": None,
    "encoder": {"layers": [layer("conv", out=2, activation="relu"), layer("flatten"), layer("linear", out=6)],
                "initialisation": "default"},
    "optimisers": {"encoder": ADAM, "discriminator": None},
})
# 16 x 16: large enough for every architecture to have its blocks.
LARGE = merged(IMAGES, {"data": {"images": "large"}, "training": {"batch_size": 4}})
COLOUR = merged(IMAGES, {
    "data": {"source": "cifar-10"}, "training": {"batch_size": 4},
    "generator": {"layers": [layer("linear", out=16), layer("reshape", shape=[1, 4, 4]),
                             layer("upsample", factor=8), layer("conv", out=3, kernel=3, stride=1, activation="tanh")]},
    "discriminator": {"layers": [layer("average_pool", size=4), *CRITIC]},
})


def architecture(kind, objective="hinge", **options):
    network = {"architecture": kind, "layers": None, **options}
    return merged(LARGE, {"generator": network, "discriminator": network, "objective": {"kind": objective}})


LABELLED = {"training": {"conditional": True}}
HEAD = [layer("flatten"), layer("linear", out=1)]

CASES = {
    # objectives
    "minimax": penalised("minimax"),
    "non-saturating": merged(penalised("non-saturating"), {
        "objective": {"label_smoothing": 0.1, "fake_smoothing": 0.05}, "training": {"label_flipping": 0.3}}),
    "lsgan": merged(penalised("lsgan"), {"objective": {"a": -1, "b": 1, "c": 0, "scale": 1}}),
    "wgan": merged(penalised("wgan", weight_clipping=on(limit=0.1)), {
        "training": {"discriminator_steps": 3},
        "optimisers": {role: {"kind": "rmsprop", "learning_rate": 1e-2, "alpha": 0.9, "epsilon": 1e-6, "beta1": None,
                              "beta2": None} for role in ("generator", "discriminator")}}),
    "hinge": penalised("hinge"),
    "relativistic": merged(penalised("relativistic", r1=on(weight=0.5), r2=on(weight=0.7)), {
        "instance_noise": {"start": 0.2}, "training": {"ema_decay": 0.9},
        "schedules": {"anneal": "cosine", "anneal_steps": 3, "rate_factor": 0.25, "penalty_factor": 0.1,
                      "beta2_end": 0.99}}),
    "ebgan-mean": energies({"kind": "ebgan", "energy": "mean", "margin": 0.4}, pull_away=on(weight=0.5)),
    "ebgan-sum": energies({"kind": "ebgan", "energy": "sum", "margin": 20}, gradient_penalty=on()),
    "ebgan-norm": energies({"kind": "ebgan", "energy": "norm", "margin": 5}),
    "began": merged(energies({"kind": "began", "gamma": 0.7, "lambda_k": 0.5}), {"training": {"accumulate": 2}}),
    "vae": VAE,
    "vae-gaussian": merged(VAE, {"objective": {"likelihood": "gaussian", "sigma": 0.6}}),
    # regularisers
    "gradient-penalty": merged(penalised("wgan", gradient_penalty=on(weight=3)), {"instance_noise": {"start": 0.1}}),
    "gradient-penalty-one-sided": penalised("wgan", gradient_penalty=on(weight=3, one_sided=True, target=0.1)),
    "gradient-penalty-points": merged(POINTS, {"objective": {"kind": "wgan"},
                                               "regularisers": {"gradient_penalty": on()}}),
    "r1": penalised("non-saturating", r1=on(weight=2)),
    "r2": penalised("hinge", r2=on(weight=2)),
    "dragan": penalised("non-saturating", dragan=on()),
    "dragan-per-sample": penalised("non-saturating", dragan=on(per_sample=True, scale=0.8)),
    "pull-away": energies({"kind": "began"}, pull_away=on(weight=1)),
    "diffaugment": merged(COLOUR, {"objective": {"kind": "hinge"}, "instance_noise": {"start": 0.1},
                                   "regularisers": {"diffaugment": on(), "r1": on(weight=0.3)}}),
    "accumulation": merged(penalised("wgan", gradient_penalty=on()), {"training": {"accumulate": 3}}),
    # optimisers
    "rmsprop-inside": merged(POINTS, {"optimisers": {role: {
        "kind": "rmsprop", "learning_rate": 1e-3, "epsilon_inside": True, "epsilon": 1e-4, "beta1": None,
        "beta2": None} for role in ("generator", "discriminator")}}),
    "sgd": merged(POINTS, {"optimisers": {role: {
        "kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01, "beta1": None,
        "beta2": None} for role in ("generator", "discriminator")}}),
    "adam-decay": merged(POINTS, {"optimisers": {"generator": {"weight_decay": 0.1}},
                                  "schedules": {"halve_every": 1}}),
    # layers, norms and activations
    "batch-norm": generator(layer("linear", out=48, bias=False), layer("reshape", shape=[3, 4, 4]),
                            layer("norm", norm="batch", activation="relu"),
                            layer("conv_transpose", out=2, norm="batch", activation="elu", order="activation_first"),
                            layer("conv", out=1, kernel=3, stride=1, activation="tanh")),
    "instance-norm": discriminator(layer("conv", out=4, norm="instance", activation="leaky_relu", slope=0.1), *HEAD),
    "layer-norm": discriminator(layer("conv", out=2, norm="layer"), layer("activation", activation="sigmoid"), *HEAD),
    "groups": discriminator(layer("conv", out=4), layer("conv", out=6, groups=2, kernel=3, stride=1), *HEAD),
    "spectral-forward": merged(discriminator(
        layer("conv", out=3, spectral_norm=True, activation="leaky_relu"),
        layer("conv_transpose", out=2, spectral_norm=True, activation="leaky_relu"),
        layer("flatten"), layer("linear", out=1, spectral_norm=True)),
        {"objective": {"kind": "hinge"}, "training": {"discriminator_steps": 2}}),
    "spectral-update": discriminator(
        layer("conv", out=3, spectral_norm=True, spectral_update="update", activation="leaky_relu"), *HEAD),
    "pools": discriminator(layer("conv", out=3, stride=1, kernel=3), layer("max_pool", size=2),
                           layer("average_pool", size=2), *HEAD),
    "max-pool-strided": discriminator(layer("conv", out=3, stride=1, kernel=3),
                                      layer("max_pool", size=3, stride=2, padding=1), *HEAD),
    "dropout": merged(discriminator(layer("conv", out=3), layer("dropout", probability=0.3, per_channel=True),
                                    layer("flatten"), layer("dropout", probability=0.4), layer("linear", out=1)),
                      {"regularisers": {"r1": on()}}),
    "upsample": generator(layer("linear", out=32), layer("reshape", shape=[8, 2, 2]),
                          layer("upsample", factor=2), layer("conv", out=2, kernel=3, stride=1, activation="relu"),
                          layer("upsample", factor=2, mode="bilinear"),
                          layer("conv", out=1, kernel=3, stride=1, activation="tanh")),
    "pixel-shuffle": generator(layer("linear", out=64), layer("reshape", shape=[4, 4, 4]),
                               layer("conv", out=4, kernel=3, stride=1), layer("pixel_shuffle", factor=2),
                               layer("activation", activation="tanh")),
    "downsample": discriminator(layer("conv", out=3, kernel=3, stride=1), layer("downsample"), *HEAD),
    "basis": generator(layer("basis", out=3, size=4), layer("conv", out=3, kernel=1, stride=1, padding=0,
                                                            activation="leaky_relu"),
                       layer("upsample", mode="bilinear"), layer("conv", out=1, kernel=3, stride=1,
                                                                 activation="tanh")),
    "minibatch-tensor": discriminator(layer("conv", out=3), layer("flatten"),
                                      layer("minibatch_discrimination", features=3, kernel_dims=2),
                                      layer("linear", out=1)),
    "minibatch-map": discriminator(layer("conv", out=3), layer("minibatch_discrimination", mode="map"), *HEAD),
    "minibatch-stddev": merged(discriminator(layer("conv", out=3), layer("minibatch_stddev", group=3), *HEAD),
                               {"training": {"batch_size": 6}, "regularisers": {"r1": on()}}),
    "residual": discriminator(layer("conv", out=3, id="in"), layer("conv", out=3, kernel=3, stride=1, id="branch"),
                              layer("add", inputs=["in", "branch"]), layer("concat", inputs=["in", "2"]), *HEAD),
    "output-padding": generator(layer("linear", out=27), layer("reshape", shape=[3, 3, 3]),
                                layer("conv_transpose", out=2, kernel=3, output_padding=1, activation="relu"),
                                layer("conv_transpose", out=1, kernel=3, stride=1, padding=0, activation="tanh")),
    # architectures
    "dcgan": merged(architecture("dcgan", width=1), {
        "generator": {"dropout": 0.2}, "discriminator": {"minibatch": "map", "shrinking": "average"}}),
    "mlp": architecture("mlp", width=2, depth=2),
    # Its generator has 1,024 units wherever it stands: the same order of layers, narrower.
    "cs231n": merged(architecture("cs231n", width=1), {"generator": {"architecture": None, "width": None, "layers": [
        layer("linear", out=6, activation="relu", norm="batch", order="activation_first"),
        layer("linear", out=32, activation="relu", norm="batch", order="activation_first"),
        layer("reshape", shape=[2, 4, 4]),
        layer("conv_transpose", out=2, activation="relu", norm="batch", order="activation_first"),
        layer("conv_transpose", out=1, activation="tanh")]}}),
    "upsample-stages": architecture("upsample", width=1),
    "sub-pixel": architecture("subpixel", width=1),
    "sngan": architecture("sngan", width=1),
    "resnet": merged(architecture("resnet", width=2), {
        "regularisers": {"gradient_penalty": on()}, "discriminator": {"norm": "layer"}}),
    "resnet-spectral": architecture("resnet", width=2),
    "ebgan-coder": merged(architecture("ebgan", "ebgan", width=1, code=2), {"objective": {"margin": 0.3}}),
    "began-coder": architecture("began", "began", width=1, code=2),
    "r3gan": merged(architecture("r3gan", "relativistic", width=4, blocks=1), {
        "regularisers": {"r1": on(weight=0.5), "r2": on(weight=0.5)}}),
    "labels": merged(merged(generator(layer("concat", inputs=["input", "label"]), *PAINTER), LABELLED), {
        "discriminator": {"layers": [layer("label_map", inputs=["input", "label"]), *CRITIC]}}),
}


def waves(count, side, channels=1):
    """Soft waves, another in each image and channel: count x channels x side x side bytes."""
    return bytes(int(127.5 + 100 * math.sin((0.7 * x * (1 + i % 3) + 0.4 * y * (i % 5)) * 8 / side + i + 2 * channel))
                 for i in range(count) for channel in range(channels) for y in range(side) for x in range(side))


def write_data():
    """Images in three classes, as IDX files of 8 x 8 and 16 x 16 and as a binary batch of CIFAR-10."""
    count, few = 24, 8
    (HERE / "images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, 8, 8) + waves(count, 8))
    (HERE / "labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + bytes(i % 3 for i in range(count)))
    (HERE / "large-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, few, 16, 16) + waves(few, 16))
    pixels, record = waves(few, 32, 3), 3 * 32 * 32
    (HERE / "colour.bin").write_bytes(b"".join(bytes([i % 3]) + pixels[i * record:(i + 1) * record]
                                                     for i in range(few)))


def place_of_data(data):
    """What an experiment of cases.json leaves to whoever runs it: where the files are."""
    if data["source"] == "cifar-10":
        return {"folder": str(HERE / "colour.bin")}
    if data["source"] != "idx":
        return {}
    if data.get("images") == "large":
        return {"images": str(HERE / "large-idx3-ubyte")}
    return {"images": str(HERE / "images-idx3-ubyte"), "labels": str(HERE / "labels-idx1-ubyte")}


def main():
    write_data()
    cli, *wanted = sys.argv[1:]
    listed = {}
    for name, experiment in CASES.items():
        listed[name] = experiment
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "experiment.json"
            file.write_text(json.dumps(merged(experiment, {"data": place_of_data(experiment["data"])})))
            traced = Path(folder) / "trace"
            subprocess.run([cli, "trace", str(file), "--float64", "--steps", str(STEPS), "--out", str(traced)],
                           check=True, stdout=subprocess.DEVNULL)
            reference = Path(folder) / "reference.safetensors"
            replayed = subprocess.run([sys.executable, str(HERE.parent / "replay/replay.py"), str(traced),
                                       "--write-reference", str(reference)], capture_output=True, text=True)
            print(f"{name}: {'good' if replayed.returncode == 0 else replayed.stdout[-600:] + replayed.stderr[-600:]}",
                  flush=True)
            if not reference.exists():
                continue
            # The last step says it all: whatever went wrong earlier is in it.
            last = f"step-{STEPS:06}/"
            kept = {key.removeprefix(last): value for key, value in load_file(reference).items()
                    if key.startswith(last)}
            save_file(kept, HERE / f"{name}.safetensors")
    (HERE / "cases.json").write_text(json.dumps({"steps": STEPS, "cases": listed}, indent=1) + "\n")


if __name__ == "__main__":
    main()
