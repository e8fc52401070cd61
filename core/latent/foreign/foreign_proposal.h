// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/torch_file.h"
#include "core/latent/generator_model.h"

#include <map>
#include <string>
#include <vector>

namespace saddle {

/// Something that names and shapes of tensors do not say and a person is asked for.
struct ForeignQuestion {
    std::string key; ///< in ForeignAnswers: "image"
    std::string words; ///< "Which size do its images have?"
    std::vector<ChoiceItem> choices; ///< the likely answers, likeliest first; others may be given where `open`
    bool open = false; ///< a number or text beside the choices is an answer too
    std::string answer; ///< what the proposal goes by: the answer given, else the likeliest; empty: one is needed
};

/// Answers by key, each a choice's value. The keys:
/// - "image": size of the images, "3x64x64", or "2" for points of the plane
/// - "classes": how many classes it reads, "0" for none
/// - "label_order": "latent_first" or "label_first": which comes first where the label stands beside the latent
/// - "distribution": "normal" or "uniform"
/// - "activation": of hidden layers: "relu", "leaky_relu", "leaky_relu_0.01", "elu", "tanh", "sigmoid" or "none"
/// - "output": the last activation: "tanh", "sigmoid" or "none"
/// - "range": what the output's black and white are, "-1 to 1"
/// - "norm_epsilon": of batch norms, "1e-05"
/// - "upsampling": "nearest" or "bilinear"
using ForeignAnswers = std::map<std::string, std::string>;

/// A generator as its state dict lets it be seen.
struct ForeignProposal {
    GeneratorModel model; ///< its layers are empty as long as a question without a likely answer is open
    std::vector<ForeignQuestion> questions;
    std::vector<std::string> guesses; ///< what was taken to be so, in sentences for a person to confirm
    std::vector<std::string> unknown; ///< tensors that are part of no layer proposed, each with the reason

    bool complete() const { return !model.network.layers.empty(); }
};

/// A layer list from the names and shapes of a state dict, whose layers are taken to run in its order. Layers are named
/// after their modules, "main.0" becoming "main_0", and tensors after their layers. Strides, paddings and enlargements
/// are proposed so that the sizes work out. float16, bfloat16 and float64 become float32.
///
/// An Error says that this is no generator (a discriminator, a classifier, an encoder), which layers do not follow one
/// another, or which answer cannot be. `where` names the file.
Result<ForeignProposal> proposeGenerator(const StateDict& state, const std::filesystem::path& where,
    const ForeignAnswers& answers, const Registry<LayerInfo>& layers);

/// Runs the shapes through a model's layers and holds each tensor against what its layer needs, as after an edit. The
/// Error names the layer, and the tensor that is missing or does not fit.
Result<NetworkReport> checkProposal(const GeneratorModel& model, const Registry<LayerInfo>& layers);

/// The first layer whose tensors are not what it needs, where the shapes run through: what checkProposal's error is
/// about. Else -1.
int layerWithoutTensors(const GeneratorModel& model, const Registry<LayerInfo>& layers);

} // namespace saddle
