# SPDX-License-Identifier: GPL-3.0-or-later
"""The command: traces on disk, what it finds in them, and what it says."""
import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import replay
import synthetic
from step import Step
from synthetic import NewDraws, before, experiment
from trace import read_step


def write_trace(folder, setup, steps=2, dtype=torch.float64, classes=0, rounds=1, rounding=0.0, fresh=False):
    """Made-up steps as a program would record them, computed in `dtype`, with gradients that are off by `rounding`.
    `fresh`: optimisers that have made no update yet."""
    torch.manual_seed(7)
    torch.set_default_dtype(dtype)
    try:
        state, counts = before(setup, classes=classes), {}
        if fresh:
            state = {key: t.zero_() if key.startswith("optimiser/") else t for key, t in state.items()}
        for number in range(1, steps + 1):
            order = ["vae"] if setup["objective"]["kind"] == "vae" else ["discriminator"] * rounds + ["generator"]
            phases = []
            for phase in order:
                phases.append((phase, counts.get(phase, 0)))
                counts[phase] = counts.get(phase, 0) + 1
            draws = NewDraws(classes=classes)
            step = Step(setup, state, draws, number, classes, rounding)
            step.random.manual_seed(99)
            step.run(phases)
            after = step.state.tensors()
            tensors = {f"before/{name}": tensor for name, tensor in state.items()}
            tensors |= {f"after/{name}": tensor for name, tensor in after.items()}
            tensors |= {f"draw/{name}": tensor for name, tensor in draws.tensors.items()}
            tensors |= {f"metric/{name}": torch.as_tensor(value, dtype=torch.float64)
                        for name, value in step.metrics.items()}
            metadata = {"step": str(number), "classes": str(classes), "experiment": json.dumps(setup),
                        "phases": json.dumps([{"phase": phase, "update": update} for phase, update in phases])}
            save_file({key: tensor.detach().clone().contiguous() for key, tensor in tensors.items()},
                      Path(folder) / f"step-{number:06}.safetensors", metadata)
            state = after
    finally:
        torch.set_default_dtype(torch.float64)


def change(folder, edit, number=1):
    """Rewrites a file after edit(tensors, metadata)."""
    path = Path(folder) / f"step-{number:06}.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    edit(tensors, metadata)
    save_file(tensors, path, metadata)


def command(*arguments):
    """Exit status, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["replay.py", *map(str, arguments)]), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = replay.main()
    return status, out.getvalue(), err.getvalue()


# Everything at once: every draw that a trace may have.
FULL = {
    "generator": [{**synthetic.GENERATOR[0], "norm": "batch"}, {"kind": "dropout", "probability": 0.3},
                  *synthetic.GENERATOR[1:]],
    "discriminator": [{"kind": "label_map", "inputs": ["input", "label"]},
                      {**synthetic.CRITIC[0], "norm": "batch", "spectral_norm": True},
                      {"kind": "minibatch_stddev"}, {"kind": "dropout", "probability": 0.2, "per_channel": True},
                      *synthetic.CRITIC[1:]],
}


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name)

    def trace(self, **more):
        setup = experiment("hinge", synthetic.ADAM, training={"ema_decay": 0.9}, noise=0.1)
        write_trace(self.path, setup, **more)

    def test_agrees_with_itself(self):
        setups = [experiment(kind, synthetic.ADAM) for kind in synthetic.OBJECTIVES]
        setups.append(experiment(
            "relativistic", synthetic.RMSPROP, noise=0.2,
            regularisers={name: {} for name in synthetic.REGULARISERS if name != "pull_away"},
            training={"ema_decay": 0.9, "label_flipping": 0.3, "accumulate": 2}, **FULL))
        for setup in setups:
            with self.subTest(setup["objective"]["kind"]):
                write_trace(self.path, setup, classes=3, rounds=2)
                status, out, err = command(self.path)
                self.assertEqual((status, err), (0, ""))
                self.assertEqual(out.count("step-00000"), 2)
                self.assertIn("0.0e+00", out)

    def test_every_tensor_and_column_is_held_against_the_trace(self):
        self.trace(steps=1)
        path = self.path / "step-000001.safetensors"
        names = [name for name in load_file(path) if name.startswith(("after/", "metric/"))]
        self.assertGreater(len(names), 50)
        original = path.read_bytes()
        for name in names:
            def edit(tensors, metadata):
                tensor = tensors[name]
                if tensor.is_floating_point():
                    tensors[name] = tensor + 1e-6 * max(1e-3, tensor.abs().max().item())
                else:
                    tensors[name] = tensor + 1
            change(self.path, edit)
            status, _, err = command(self.path)
            self.assertEqual(status, 1, name)
            self.assertIn(name.partition("/")[2], err)
            path.write_bytes(original)

    def test_every_draw_and_state_matters(self):
        """Another draw or state gives another step: nothing is read in vain."""
        self.trace(steps=1)
        path = self.path / "step-000001.safetensors"
        original = path.read_bytes()
        for name in [name for name in load_file(path) if name.startswith(("draw/", "before/"))]:
            def edit(tensors, metadata):
                tensors[name] = tensors[name] + (0.01 if tensors[name].is_floating_point() else 1)
            change(self.path, edit)
            self.assertEqual(command(self.path)[0], 1, name)
            path.write_bytes(original)

    def test_what_is_missing_or_too_much_is_named(self):
        latent = "draw/discriminator/0/latent"

        def without(name):
            return lambda tensors, metadata: tensors.pop(name)

        def more(name):
            return lambda tensors, metadata: tensors.update({name: torch.zeros(2)})

        def described(key, value):
            return lambda tensors, metadata: metadata.update({key: value})

        cases = [(without(latent), latent), (more("draw/generator/0/mix"), "draw/generator/0/mix"),
                 (more("after/generator/9.weight"), "generator/9.weight"),
                 (without("after/ema/0.weight"), "ema/0.weight"),
                 (more("before/generator/9.weight"), "9.weight"), (without("before/generator/0.bias"), "bias"),
                 (without("before/optimiser/generator/exp_avg/0.bias"), "exp_avg/0.bias"),
                 (without("before/ema/0.bias"), "ema/0.bias"), (without("metric/d_loss"), "d_loss"),
                 (more("elsewhere/x"), "elsewhere/x"), (more("before/optimiser/x"), "before/optimiser/x"),
                 (lambda tensors, metadata: tensors.update({"metric/r1": torch.tensor(0.1)}), "r1"),
                 (described("phases", '[{"phase": "critic", "update": 0}]'), "critic"),
                 (described("experiment", "{"), "cannot be read"),
                 (described("phases", '[{"phase": "generator"}]'), "cannot be read"),
                 (described("experiment", "{}"), "training"),
                 (lambda tensors, metadata: metadata.pop("phases"), "phases"),
                 (lambda tensors, metadata: tensors.update({latent: torch.zeros(4, 9)}), "layer 0"),
                 (lambda tensors, metadata: tensors.update({"draw/generator/0/noise_fake": torch.zeros(3)}), "shape")]
        for edit, words in cases:
            with self.subTest(words):
                self.trace(steps=1)
                change(self.path, edit)
                status, out, err = command(self.path)
                self.assertEqual(status, 1)
                self.assertIn(words, out + err)
                self.assertNotIn("Traceback", err)

    def test_steps_follow_each_other(self):
        self.trace()
        change(self.path, lambda tensors, metadata: tensors["before/ema/0.bias"].add_(1e-12), 2)
        status, _, err = command(self.path)
        self.assertEqual(status, 1)
        self.assertIn("before/ema/0.bias is not what the step before it left", err)

    def test_what_rounding_explains(self):
        """The gradient of a bias in front of batch norm is 0 but for rounding, of which Adam's first update makes a
        number of the order of its rate. That is no difference, and hides none."""
        generator = [{**synthetic.GENERATOR[0], "norm": "batch"}, *synthetic.GENERATOR[1:]]
        sensitive, name = {**synthetic.ADAM, "epsilon": 1e-16}, "generator/0.bias"
        setup = experiment("hinge", sensitive, generator=generator)
        write_trace(self.path, setup, steps=1, rounding=1e-16, fresh=True)
        file = read_step(self.path / "step-000001.safetensors")
        computed, _ = replay.replay(file)
        self.assertGreater((computed[name] - file.after[name]).norm().item(), 1e-6)
        self.assertEqual(command(self.path)[0], 0)
        for other in ("generator/0.weight", "generator/1.bias"):
            change(self.path, lambda tensors, metadata: tensors[f"after/{other}"].add_(1e-8))
            status, _, err = command(self.path)
            self.assertEqual(status, 1)
            self.assertIn(other, err)
            change(self.path, lambda tensors, metadata: tensors[f"after/{other}"].sub_(1e-8))
        change(self.path, lambda tensors, metadata: tensors[f"after/{name}"].add_(0.1))
        self.assertIn(name, command(self.path)[2])

    def test_an_empty_folder_or_a_broken_file(self):
        self.assertEqual(command(self.path)[0], 1)
        (self.path / "step-000001.safetensors").write_bytes(b"nothing of the kind")
        status, _, err = command(self.path)
        self.assertEqual(status, 1)
        self.assertIn("step-000001.safetensors", err)

    def test_other_columns_are_not_recomputed(self):
        self.trace(steps=1)
        change(self.path, lambda tensors, metadata: tensors.update({"metric/seconds": torch.tensor(1.5)}))
        status, out, _ = command(self.path)
        self.assertEqual(status, 0)
        self.assertIn("not recomputed: seconds", out)

    def test_reference(self):
        self.trace()
        # What is written is the replay's own, also where the trace says otherwise.
        change(self.path, lambda tensors, metadata: tensors["after/generator/0.bias"].zero_(), 2)
        target = self.path / "reference.safetensors"
        self.assertEqual(command(self.path, "--write-reference", target)[0], 1)
        reference = load_file(target)
        self.assertGreater(reference["step-000002/after/generator/0.bias"].abs().max().item(), 0)
        self.assertEqual(reference["step-000001/metric/d_loss"].dtype, torch.float64)
        recorded = load_file(self.path / "step-000001.safetensors")
        for name in [name for name in recorded if name.startswith(("after/", "metric/"))]:
            torch.testing.assert_close(reference[f"step-000001/{name}"], recorded[name], rtol=1e-12, atol=1e-15)

    def test_float32_is_held_to_a_looser_tolerance(self):
        self.trace(dtype=torch.float32)
        status, out, err = command(self.path)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(command(self.path, "--tolerance", "1e-9")[0], 1)
