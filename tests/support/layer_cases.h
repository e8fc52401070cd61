// SPDX-License-Identifier: GPL-3.0-or-later
// One small generator, or more, around every kind of layer that can be exported.
#pragma once

#include "tests/support/generator_models.h"

#include <string>
#include <vector>

namespace saddle::test {

struct LayerCase {
    const char* name;
    std::int64_t classes;
    const char* layers; ///< JSON
};

inline const std::vector<LayerCase>& layerCases()
{
    static const std::vector<LayerCase> cases{
        {"linear", 0, R"([{"kind": "linear", "out": 48, "activation": "tanh"},
            {"kind": "reshape", "shape": [3, 4, 4]}])"},
        {"linear, spectral, batch norm", 0,
            R"([{"kind": "linear", "out": 16, "bias": false, "spectral_norm": true, "norm": "batch",
                "norm_epsilon": 0.001, "activation": "leaky_relu", "slope": 0.3},
                {"kind": "reshape", "shape": [1, 4, 4]}])"},
        {"linear, layer norm behind ELU", 0,
            R"([{"kind": "linear", "out": 16, "norm": "layer", "activation": "elu", "order": "activation_first"},
                {"kind": "reshape", "shape": [1, 4, 4]}])"},
        {"convolution in groups", 0,
            R"([{"kind": "linear", "out": 100}, {"kind": "reshape", "shape": [4, 5, 5]},
                {"kind": "conv", "out": 6, "kernel": 3, "stride": 2, "padding": 1, "groups": 2, "spectral_norm": true,
                 "norm": "instance", "activation": "relu"},
                {"kind": "conv", "out": 3, "kernel": 1, "stride": 1, "padding": 0}])"},
        {"convolution, layer norm", 0,
            R"([{"kind": "linear", "out": 32}, {"kind": "reshape", "shape": [2, 4, 4]},
                {"kind": "conv", "out": 3, "kernel": 3, "stride": 1, "padding": 1, "norm": "layer",
                 "activation": "sigmoid"}])"},
        {"transposed convolution", 0,
            R"([{"kind": "reshape", "shape": [4, 1, 1]},
                {"kind": "conv_transpose", "out": 6, "kernel": 4, "stride": 1, "padding": 0, "bias": false,
                 "norm": "batch", "activation": "relu"},
                {"kind": "conv_transpose", "out": 5, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1,
                 "spectral_norm": true, "norm": "batch", "activation": "relu", "order": "activation_first"},
                {"kind": "conv_transpose", "out": 3, "kernel": 4, "stride": 2, "padding": 1, "activation": "tanh"}])"},
        {"norms", 0,
            R"([{"kind": "linear", "out": 48}, {"kind": "reshape", "shape": [3, 4, 4]},
                {"kind": "norm", "norm": "batch", "activation": "relu"}, {"kind": "norm", "norm": "instance"},
                {"kind": "norm", "norm": "layer", "activation": "leaky_relu"}, {"kind": "norm", "norm": "none"}])"},
        {"activations", 0,
            R"([{"kind": "linear", "out": 48}, {"kind": "activation", "activation": "elu"},
                {"kind": "activation", "activation": "leaky_relu", "slope": 0.01}, {"kind": "reshape", "shape": [3, 4, 4]},
                {"kind": "activation", "activation": "sigmoid"}, {"kind": "activation", "activation": "relu"},
                {"kind": "activation", "activation": "none"}, {"kind": "activation", "activation": "tanh"}])"},
        {"upsampling", 0,
            R"([{"kind": "linear", "out": 12}, {"kind": "reshape", "shape": [3, 2, 2]},
                {"kind": "upsample", "factor": 3}, {"kind": "upsample", "factor": 2, "mode": "bilinear"}])"},
        {"downsampling", 0,
            R"([{"kind": "linear", "out": 189}, {"kind": "reshape", "shape": [3, 9, 7]}, {"kind": "downsample"}])"},
        {"pixel shuffle", 0,
            R"([{"kind": "linear", "out": 48}, {"kind": "reshape", "shape": [12, 2, 2]},
                {"kind": "pixel_shuffle", "factor": 2}])"},
        {"average pool", 0,
            R"([{"kind": "linear", "out": 75}, {"kind": "reshape", "shape": [3, 5, 5]},
                {"kind": "average_pool", "size": 2}])"},
        {"max pool", 0,
            R"([{"kind": "linear", "out": 147}, {"kind": "reshape", "shape": [3, 7, 7]},
                {"kind": "max_pool", "size": 3, "stride": 1, "padding": 1}, {"kind": "max_pool", "size": 2}])"},
        {"dropout", 0,
            R"([{"kind": "linear", "out": 48}, {"kind": "dropout", "probability": 0.5},
                {"kind": "reshape", "shape": [3, 4, 4]}])"},
        {"basis", 0,
            R"([{"kind": "linear", "out": 8}, {"kind": "basis", "out": 6, "size": 4},
                {"kind": "conv", "out": 3, "kernel": 3, "stride": 1, "padding": 1}])"},
        {"flatten", 0,
            R"([{"kind": "linear", "out": 12}, {"kind": "reshape", "shape": [3, 2, 2]},
                {"kind": "upsample", "factor": 2}, {"kind": "flatten"}, {"kind": "linear", "out": 16},
                {"kind": "reshape", "shape": [1, 4, 4]}])"},
        {"sums", 0,
            R"([{"kind": "linear", "out": 48}, {"kind": "reshape", "shape": [3, 4, 4], "id": "trunk"},
                {"kind": "conv", "out": 3, "kernel": 3, "stride": 1, "padding": 1, "activation": "relu", "id": "branch"},
                {"kind": "add", "inputs": ["trunk", "branch", "trunk"]}])"},
        {"joined", 3,
            R"([{"kind": "concat", "inputs": ["input", "label"]}, {"kind": "linear", "out": 32},
                {"kind": "reshape", "shape": [2, 4, 4], "id": "a"}, {"kind": "activation", "activation": "tanh"},
                {"kind": "concat", "inputs": ["3", "a"]},
                {"kind": "conv", "out": 1, "kernel": 3, "stride": 1, "padding": 1}])"},
        {"label maps", 3,
            R"([{"kind": "linear", "out": 32}, {"kind": "reshape", "shape": [2, 4, 4]},
                {"kind": "label_map", "inputs": ["1", "label"]},
                {"kind": "conv", "out": 3, "kernel": 3, "stride": 1, "padding": 1}])"},
        {"points", 0, R"([{"kind": "linear", "out": 8, "activation": "relu"}, {"kind": "linear", "out": 2}])"},
    };
    return cases;
}

inline GeneratorModel modelOfCase(const LayerCase& layerCase)
{
    return modelOfLayers(Json::parse(layerCase.layers), 4, layerCase.classes);
}

} // namespace saddle::test
