// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/registry.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

class Layer;

/// The shape of one sample, without the batch: [C, H, W] for images, [N] for vectors; any rank.
using Shape = std::vector<std::int64_t>;

/// "64 × 14 × 14"
std::string shapeText(const Shape& shape);

/// The product of the sizes, or the largest number there is when it does not fit.
std::int64_t elementCount(const Shape& shape);

/// One layer of a network as data: what files hold and the editor edits.
struct LayerDescription {
    std::string kind;
    std::string id; ///< optional, without dots, slashes, quotes, commas and spaces; else the layer's number names it
    std::vector<std::string>
        inputs; ///< ids or numbers of earlier layers, "input" and "label" for the network's own; empty: the one before
    Json options = Json::object(); ///< resolved against the kind's parameters
    std::string block = {}; ///< optional: the part of the network it belongs to, "residual 64 → 128"
};

/// A network as data. From this one list come the torch module, the shape check, the counts and the picture.
struct NetworkDescription {
    std::vector<LayerDescription> layers;
};

/// What stands for a layer's number where the input is none.
constexpr int networkInput = -1;
constexpr int networkLabel = -2;

/// How a layer that takes maps of any height and width treats them.
struct Spread {
    std::int64_t growth = 1; ///< output pixels per input pixel
    std::int64_t reach = 0; ///< output pixels next to an edge that depend on what lies beyond it
};

/// When a sample's output depends on the others of its batch.
enum class Mixing { Never, WhileTraining, Always };

/// What a layer makes of its inputs.
struct LayerShape {
    Shape output;
    std::int64_t parameters = 0; ///< trainable numbers
    std::int64_t flops = 0; ///< multiplications and additions, forward, one sample
    Mixing mixing = Mixing::Never;
    std::optional<Spread> spread = {}; ///< none: the layer is bound to one size, or each pixel depends on all
};

/// One kind of layer: its options, its arithmetic of shapes and its torch module.
struct LayerInfo : InfoBase {
    std::function<Result<LayerShape>(const Json& options, const std::vector<Shape>& inputs)> infer;
    /// Called only with options and inputs that `infer` has accepted.
    std::function<std::unique_ptr<Layer>(const Json& options, const std::vector<Shape>& inputs)> build;
    /// How the layer reads in a list: "conv 4×4 /2".
    std::function<std::string(const Json& options)> title;
    int minInputs = 1;
    int maxInputs = 1;
    bool takesLabel = false; ///< its last input is meant for the label
};

/// What an architecture is asked to fit.
struct NetworkFit {
    std::string role; ///< "generator", "discriminator", ...
    Shape input;
    Shape output;
    int classes = 0; ///< above 0, the network may read "label", as many numbers, one of which is 1
};

/// A named network: a function from a few options to a list of layers.
struct ArchitectureInfo : InfoBase {
    std::function<Result<NetworkDescription>(const Json& options, const NetworkFit& fit)> expand;
};

/// One row of the picture of a network.
struct LayerReport {
    std::string name; ///< id or number
    std::string kind;
    std::string title;
    std::vector<int> inputs; ///< layer numbers, or networkInput or networkLabel
    LayerShape shape;
    std::string block = {}; ///< as in the description; neighbours with the same name belong together
};

struct NetworkReport {
    Shape input;
    int classes = 0;
    Shape output;
    std::vector<LayerReport> layers;
    std::int64_t parameters = 0;
    std::int64_t flops = 0;
    std::int64_t activations = 0; ///< numbers held for the backward pass, one sample

    /// The shape behind a number in LayerReport::inputs.
    Shape shapeOf(int number) const;
    /// The first layer that reads "label", or -1.
    int labelReader() const;
    /// The first layer that mixes samples, at least as often as said, or -1.
    int mixer(Mixing least = Mixing::WhileTraining) const;
    /// The first layer that no later one takes, the last apart, whose output is the network's; or -1.
    int untaken() const;
};

/// Runs the shapes through a network before anything is built. The error names the layer: "layer 3, conv 4×4: …".
Result<NetworkReport> inspectNetwork(const Registry<LayerInfo>& layers, const NetworkDescription& network,
    const Shape& input, const std::string& where, int classes = 0);

/// Refuses a layer that is not taken: nothing comes of it, and its weights would never learn.
Status checkAllTaken(const NetworkReport& network, const std::string& where);

/// The "layers" array of an experiment to a description and back. Reading resolves every option.
Result<NetworkDescription> networkFromJson(
    const Registry<LayerInfo>& layers, const Json& json, const std::string& where);
Json networkToJson(const NetworkDescription& network);

} // namespace saddle
