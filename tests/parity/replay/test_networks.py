# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers against closed forms, PyTorch's own modules and central differences."""
import unittest

import torch
from torch import nn

from networks import Network, Pass
from settings import ReplayError
from synthetic import network_tensors


def network(layers, shape, classes=0):
    torch.manual_seed(1)
    return Network("discriminator", layers, network_tensors(layers, shape, classes)[0], classes)


def uniform(layer, shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(5))


class Layers(unittest.TestCase):
    lists = {
        "conv": [{"kind": "conv", "out": 4, "kernel": 3, "groups": 2, "activation": "leaky_relu"}],
        "conv_transpose": [{"kind": "conv_transpose", "out": 4, "kernel": 3, "output_padding": 1, "activation": "elu"}],
        "batch norm": [{"kind": "conv", "out": 3, "norm": "batch", "activation": "tanh"}],
        "instance norm": [{"kind": "conv", "out": 3, "norm": "instance", "activation": "sigmoid"}],
        "layer norm": [{"kind": "norm", "norm": "layer"}],
        "activation first": [{"kind": "conv", "out": 3, "norm": "batch", "activation": "elu",
                              "order": "activation_first"}],
        "spectral conv": [{"kind": "conv", "out": 4, "spectral_norm": True}],
        "spectral conv_transpose": [{"kind": "conv_transpose", "out": 4, "spectral_norm": True}],
        "spectral linear": [{"kind": "flatten"}, {"kind": "linear", "out": 3, "spectral_norm": True}],
        "pooling": [{"kind": "max_pool", "size": 3, "stride": 2, "padding": 1}, {"kind": "average_pool", "size": 2}],
        "upsampling": [{"kind": "upsample", "factor": 2}, {"kind": "upsample", "factor": 2, "mode": "bilinear"}],
        "downsampling": [{"kind": "downsample"}],
        "basis": [{"kind": "flatten"}, {"kind": "basis", "out": 2, "size": 3}],
        "shuffle": [{"kind": "conv", "out": 8, "kernel": 3}, {"kind": "pixel_shuffle", "factor": 2}],
        "dropout": [{"kind": "dropout", "probability": 0.4},
                    {"kind": "dropout", "probability": 0.4, "per_channel": True}],
        "discrimination": [{"kind": "flatten"}, {"kind": "minibatch_discrimination", "features": 3, "kernel_dims": 2}],
        "discrimination map": [{"kind": "minibatch_discrimination", "mode": "map"}],
        "stddev": [{"kind": "minibatch_stddev", "group": 2}],
        "stddev of lists": [{"kind": "flatten"}, {"kind": "minibatch_stddev", "group": 0}],
        "skip": [{"kind": "conv", "out": 2, "kernel": 3, "stride": 1, "id": "a"}, {"kind": "activation"},
                 {"kind": "add", "inputs": ["a", "1", "input"]}, {"kind": "concat", "inputs": ["2", "a"]}],
        "labels": [{"kind": "label_map", "inputs": ["input", "label"]}, {"kind": "conv", "out": 2}],
    }

    def test_gradients(self):
        """First and second order, towards the input and every parameter."""
        for name, layers in self.lists.items():
            with self.subTest(name):
                made = network(layers, [4 if "conv" in name else 2, 6, 4], classes=3)
                x = torch.randn(4, 4 if "conv" in name else 2, 6, 4, requires_grad=True)
                made.set_learning(True)
                label = torch.tensor([0, 2, 1, 2])
                kept = {key: tensor.detach().clone() for key, tensor in made.tensors.items()}

                def run(x, *parameters):
                    tensors = dict(kept) | dict(zip(made.parameters, parameters))
                    tensors = {key: t if t.requires_grad else t.clone() for key, t in tensors.items()}
                    # Power iteration would move the constants between two evaluations.
                    training = "spectral" not in name
                    return Network("d", layers, tensors, 3)(x, label, Pass(training, uniform))

                inputs = (x, *made.parameters.values())
                self.assertTrue(torch.autograd.gradcheck(run, inputs))
                self.assertTrue(torch.autograd.gradgradcheck(run, inputs))

    def test_same_as_modules(self):
        torch.manual_seed(2)
        x = torch.randn(5, 4, 6, 8)
        conv, up = nn.Conv2d(4, 6, 3, 2, 1, groups=2), nn.ConvTranspose2d(6, 4, 4, 2, 1, bias=False)
        norm = nn.BatchNorm2d(4, momentum=0.3)
        layers = [{"kind": "conv", "out": 6, "kernel": 3, "groups": 2, "activation": "leaky_relu", "slope": 0.1},
                  {"kind": "conv_transpose", "out": 4, "bias": False, "norm": "batch",
                   "norm_momentum": 0.3, "activation": "relu"}]
        tensors = {f"0.{k}": v.detach().clone() for k, v in conv.state_dict().items()}
        tensors |= {f"1.{k}": v.detach().clone() for k, v in up.state_dict().items()}
        tensors |= {f"1.norm.{k}": v.clone() for k, v in norm.state_dict().items()}
        made = Network("d", layers, tensors)
        for training in (True, False):
            norm.train(training)
            expected = norm(up(nn.functional.leaky_relu(conv(x), 0.1))).relu()
            torch.testing.assert_close(made(x, None, Pass(training)), expected, rtol=1e-13, atol=1e-13)
        for key, value in norm.state_dict().items():
            torch.testing.assert_close(tensors[f"1.norm.{key}"], value, rtol=1e-13, atol=1e-13)

    def test_a_sample_does_not_depend_on_its_neighbours_outside_training(self):
        made = network([{"kind": "conv", "out": 3, "norm": "batch", "activation": "relu"}, {"kind": "dropout"}],
                       [2, 6, 6])
        x = torch.randn(4, 2, 6, 6)
        before = {key: tensor.clone() for key, tensor in made.tensors.items()}
        whole = made(x, None, Pass(False))
        torch.testing.assert_close(whole[1:2], made(x[1:2], None, Pass(False)), rtol=1e-14, atol=1e-14)
        for key, tensor in before.items():
            self.assertTrue(torch.equal(tensor, made.tensors[key]), key)

    def test_order_of_norm_and_activation(self):
        for order in ("norm_first", "activation_first"):
            made = network([{"kind": "norm", "norm": "batch", "activation": "relu", "order": order}], [2, 5, 5])
            y = made(torch.randn(4, 2, 5, 5), None, Pass(True))
            centred = (y.mean((0, 2, 3)) - made.tensors["0.norm.bias"]).abs().max().item() < 1e-12
            self.assertEqual(centred, order == "activation_first")
            self.assertEqual(y.min().item() < 0, order == "activation_first")

    def test_spectral_norm(self):
        """Many iterations end at the largest singular value; one is as PyTorch's hook makes it, to the last buffer."""
        for kind, axis in (("linear", 0), ("conv", 0), ("conv_transpose", 1)):
            torch.manual_seed(3)
            make = {"linear": nn.Linear, "conv": nn.Conv2d, "conv_transpose": nn.ConvTranspose2d}[kind]
            spectral = nn.utils.spectral_norm(make(4, 3) if kind == "linear" else make(4, 3, 3))
            x = torch.randn(5, 4) if kind == "linear" else torch.randn(5, 4, 6, 6)
            geometry = {} if kind == "linear" else {"kernel": 3, "stride": 1, "padding": 0}
            names = {"weight_orig": "weight", "bias": "bias", "weight_u": "weight_u", "weight_v": "weight_v"}
            tensors = {f"0.{names[k]}": v.detach().clone() for k, v in spectral.state_dict().items()}
            made = Network("d", [{"kind": kind, "out": 3, "spectral_norm": True, **geometry}], tensors)
            made.set_learning(True)
            for count in range(400):
                given, expected = made(x, None, Pass(True)), spectral(x)
                if count == 1:
                    torch.testing.assert_close(given, expected, rtol=1e-12, atol=1e-12)
                    for key, name in names.items():
                        torch.testing.assert_close(tensors[f"0.{name}"], spectral.state_dict()[key], msg=name)
                    given.sum().backward()
                    expected.sum().backward()
                    torch.testing.assert_close(tensors["0.weight"].grad, spectral.weight_orig.grad)
            weight = tensors["0.weight"].detach().transpose(0, axis).flatten(1)
            layer = made.layers[0]
            scaled = layer.weight(Pass(False), axis).detach().transpose(0, axis).flatten(1)
            torch.testing.assert_close(scaled, weight / torch.linalg.matrix_norm(weight, 2), rtol=1e-6, atol=1e-6)

    def test_power_iteration_once_an_update(self):
        layers = [{"kind": "linear", "out": 3, "spectral_norm": True, "spectral_update": "update"}]
        made = network(layers, [4])
        made(torch.randn(2, 4), None, Pass(True, first=True))
        u = made.tensors["0.weight_u"].clone()
        made(torch.randn(2, 4), None, Pass(True, first=False))
        self.assertTrue(torch.equal(u, made.tensors["0.weight_u"]))
        made(torch.randn(2, 4), None, Pass(True, first=True))
        self.assertFalse(torch.equal(u, made.tensors["0.weight_u"]))

    def test_dropout_keeps_where_the_draw_is_at_least_p(self):
        made = Network("d", [{"kind": "dropout", "probability": 0.25}], {})
        draws = torch.tensor([[0.0, 0.2499, 0.25, 0.9]])
        y = made(torch.full((1, 4), 3.0), None, Pass(True, lambda layer, shape: draws))
        self.assertEqual(y.tolist(), [[0.0, 0.0, 4.0, 4.0]])

    def test_minibatch_discrimination(self):
        """Two samples: each has the other alone, at a distance of |1| + |-2|."""
        layers = [{"kind": "minibatch_discrimination", "features": 1, "kernel_dims": 2}]
        made = Network("d", layers, {"0.weight": torch.eye(2)})
        y = made(torch.tensor([[1.0, 0.0], [0.0, 2.0]]), None, Pass(True))
        torch.testing.assert_close(y[:, 2], torch.exp(torch.tensor([-3.0, -3.0])))
        made = Network("d", [{"kind": "minibatch_discrimination", "mode": "map"}], {})
        x = torch.zeros(2, 1, 1, 2)
        x[1, 0, 0, 1] = 2
        y = made(x, None, Pass(True))
        near = (1 + torch.exp(torch.tensor(-2.0))).item() / 2
        torch.testing.assert_close(y[:, 1, 0], torch.tensor([[1.0, near], [1.0, near]]))

    def test_minibatch_stddev(self):
        """Groups of two are samples 0, 2 and 1, 3; half their distance is the deviation."""
        made = Network("d", [{"kind": "minibatch_stddev", "group": 2}], {})
        x = torch.tensor([0.0, 0.0, 2.0, 6.0]).view(4, 1, 1, 1).expand(4, 2, 3, 3)
        y = made(x, None, Pass(True))
        self.assertEqual(y.shape, (4, 3, 3, 3))
        torch.testing.assert_close(y[:, 2, 0, 0], torch.tensor([1.0, 3.0, 1.0, 3.0]), rtol=1e-7, atol=1e-7)

    def test_downsampling(self):
        """A convolution with [1 3 3 1] / 8 in both directions, and zeros beyond the edges."""
        made = Network("d", [{"kind": "downsample"}], {})
        x = torch.randn(2, 1, 10, 7)
        y = made(x, None, Pass(True))
        self.assertEqual(y.shape, (2, 1, 5, 3))
        line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        whole = torch.nn.functional.conv2d(x, line.outer(line)[None, None], stride=2, padding=1)
        torch.testing.assert_close(y, whole)
        ones = made(torch.ones(1, 1, 10, 7), None, Pass(True))
        torch.testing.assert_close(ones[0, 0, 1:4, 1:2], torch.ones(3, 1))
        self.assertAlmostEqual(ones[0, 0, 0, 0].item(), (7 / 8) ** 2)

    def test_what_is_not_known_is_told(self):
        linear = {"kind": "linear", "out": 2}
        tensors = {"0.weight": torch.zeros(2, 3), "0.bias": torch.zeros(2)}
        for layers, words in (([{"kind": "linnear"}], "no such kind"), ([{**linear, "dilation": 2}], "dilation"),
                              ([{**linear, "activation": "gelu"}], "gelu"), ([{**linear, "norm": "group"}], "group"),
                              ([{**linear, "norm": "layer"}], "norm.weight"),
                              ([{**linear, "inputs": ["x"]}], "input x"),
                              ([{**linear, "inputs": ["label"]}], "classes")):
            with self.subTest(words), self.assertRaisesRegex(ReplayError, words):
                Network("discriminator", layers, tensors)(torch.zeros(1, 3), None, Pass(True))
        made = Network("discriminator", [{**linear, "bias": False}], tensors)
        made(torch.zeros(1, 3), None, Pass(True))
        self.assertEqual(made.unused(), ["0.bias"])
