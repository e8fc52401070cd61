// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/script_generator.h"

#include "core/latent/generator_file.h"
#include "core/latent/image_shape.h"
#include "core/latent/network/generate.h"
#include "core/latent/network/latent_rows.h"
#include "core/latent/network/opened_network.h"
#include "core/training/devices.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <optional>
#include <set>

namespace saddle {

namespace {

/// How a generator wants its inputs.
struct Form {
    std::int64_t latents = 0;
    std::int64_t classes = 0; ///< 0: it reads no label
    bool latentMap = false; ///< N × Z × 1 × 1
    bool labelMap = false;

    bool operator==(const Form&) const = default;
};

/// What came of one try.
struct Outcome {
    bool ran = false;
    bool tensor = false;
    Shape output; ///< of one sample
    Shape image; ///< empty: it is none
};

torch::jit::IValue call(torch::jit::Module& module, const Form& form, const NetworkInput& input)
{
    const torch::NoGradGuard guard;
    // Without it the code is compiled anew after some calls, and the last digits change.
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    const auto shaped = [](const torch::Tensor& rows, bool map) {
        return map ? rows.reshape({rows.size(0), -1, 1, 1}) : rows;
    };
    std::vector<torch::jit::IValue> inputs{shaped(input.data, form.latentMap)};
    if (form.classes > 0)
        inputs.emplace_back(shaped(input.label, form.labelMap));
    return module.forward(std::move(inputs));
}

NetworkInput inputFor(const Form& form, const torch::Tensor& latents)
{
    NetworkInput input(latents);
    if (form.classes > 0)
        input.label = oneHot(at::zeros({latents.size(0)}, torch::kLong), form.classes, torch::kFloat);
    return input;
}

Outcome tryForm(torch::jit::Module& module, const Form& form)
{
    Outcome outcome;
    try {
        const torch::jit::IValue value = call(module, form, inputFor(form, at::zeros({1, form.latents})));
        outcome.ran = true;
        outcome.tensor = value.isTensor();
        if (!outcome.tensor)
            return outcome;
        const torch::Tensor made = value.toTensor();
        if (made.dim() < 2 || made.size(0) != 1 || !made.is_floating_point())
            return outcome;
        outcome.output = {made.sizes().begin() + 1, made.sizes().end()};
        outcome.image = imageShape(outcome.output);
    } catch (const std::exception&) {
        outcome.ran = false;
    }
    return outcome;
}

/// Sides of the first weights: among them are the numbers of a latent and of a label.
std::vector<std::int64_t> sidesOf(const torch::jit::Module& module)
{
    constexpr std::size_t firstWeights = 6;
    constexpr std::int64_t largest = 4096;
    std::vector<std::int64_t> sides;
    std::size_t weights = 0;
    const auto add = [&](std::int64_t side) {
        if (side <= largest && std::find(sides.begin(), sides.end(), side) == sides.end())
            sides.push_back(side);
    };
    for (const torch::Tensor& tensor : module.parameters()) {
        if (tensor.dim() < 2 || ++weights > firstWeights)
            continue;
        add(tensor.size(1)); // a matrix, or a convolution
        add(tensor.size(0)); // a transposed one
    }
    return sides;
}

/// Pairs of a latent and a label that might be meant. Where both are joined, one side is their sum.
std::vector<Form> formsOf(const std::vector<std::int64_t>& sides, bool labels, const ScriptHints& hints)
{
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    std::vector<Form> forms;
    const auto add = [&](std::int64_t latents, std::int64_t classes) {
        if (latents < 1 || (labels && classes < 1) || (hints.latents > 0 && latents != hints.latents)
            || (labels && hints.classes > 0 && classes != hints.classes) || !seen.emplace(latents, classes).second)
            return;
        for (const bool latentMap : {false, true}) {
            for (const bool labelMap : {false, true}) {
                if (labels ? latentMap || !labelMap : !labelMap)
                    forms.push_back({latents, labels ? classes : 0, latentMap, labelMap});
            }
        }
    };
    std::vector<std::int64_t> all = sides;
    if (hints.latents > 0)
        all.push_back(hints.latents);
    for (const std::int64_t side : all) {
        if (!labels) {
            add(side, 0);
            continue;
        }
        for (const std::int64_t other : sides)
            add(side, other);
        add(side, hints.classes);
        add(side - hints.classes, hints.classes);
        add(hints.latents, side - hints.latents);
        // Two ways to split it, of which either none or both run: then nobody but a person knows.
        add(side - 10, 10);
        add(side - 9, 9);
    }
    return forms;
}

Error nothingFits(const std::vector<Outcome>& outcomes, const std::string& where)
{
    for (const Outcome& outcome : outcomes) {
        if (outcome.ran && !outcome.tensor)
            return {"it gives a tuple or a list instead of one image", where,
                "save a generator whose only output is its image"};
    }
    for (const Outcome& outcome : outcomes) {
        if (outcome.ran)
            return {
                "it gives " + shapeText(outcome.output) + ", which is no image", where, "open a generator of images"};
    }
    return {"no latent of the shapes that its weights suggest makes an image", where,
        "open a generator that takes N × Z or N × Z × 1 × 1, or say how many numbers its latent has"};
}

/// The one form that makes an image.
Result<std::pair<Form, Outcome>> findForm(
    torch::jit::Module& module, bool labels, const ScriptHints& hints, const std::string& where)
{
    std::vector<Outcome> outcomes;
    std::optional<std::pair<Form, Outcome>> found;
    for (const Form& form : formsOf(sidesOf(module), labels, hints)) {
        Outcome outcome = tryForm(module, form);
        if (!outcome.image.empty()) {
            if (!found) {
                found.emplace(form, outcome);
            } else if (found->first.latents != form.latents || found->first.classes != form.classes) {
                if (labels)
                    return Error{
                        "it takes a label beside its latent, and does not say of how many classes", where, hintsRemedy};
                return Error{"it does not say how many numbers its latent has", where, hintsRemedy};
            }
        }
        outcomes.push_back(std::move(outcome));
    }
    if (found)
        return *std::move(found);
    return nothingFits(outcomes, where);
}

class ScriptGenerator : public Generator {
public:
    ScriptGenerator(GeneratorInfo info, torch::jit::Module module, const Form& form)
        : m_info(std::move(info))
        , m_module(std::move(module))
        , m_form(form)
    {
    }

    const GeneratorInfo& info() const override { return m_info; }
    Result<Latents> draw(const LatentRequest& request) const override { return drawFor(m_info, request); }
    Result<Samples> make(const Latents& latents) override;
    Result<Image> paint(const CanvasRequest&, const PaintMonitor&) override { return m_info.canvas.error(); }

private:
    GeneratorInfo m_info;
    torch::jit::Module m_module;
    Form m_form;
};

Result<Samples> ScriptGenerator::make(const Latents& latents)
{
    if (Status sane = checkLatents(latents, m_info); !sane)
        return sane.error();
    try {
        const NetworkInput input = latentInput(latents, m_info, torch::kCPU);
        std::vector<std::int64_t> sizes{1};
        sizes.insert(sizes.end(), m_info.shape.begin(), m_info.shape.end());
        std::vector<torch::Tensor> made;
        // One at a time: a sample may not depend on those beside it, to the last bit.
        for (std::int64_t i = 0; i < latents.count(); ++i) {
            NetworkInput one(input.data.narrow(0, i, 1));
            if (input.label.defined())
                one.label = input.label.narrow(0, i, 1);
            made.push_back(call(m_module, m_form, one).toTensor().to(torch::kFloat).reshape(sizes));
        }
        Samples samples;
        samples.step = m_info.step;
        samples.ema = m_info.averaged;
        putSamples(samples, at::cat(made), m_info.range);
        return samples;
    } catch (const std::exception& thrown) {
        return torchError(thrown, "the pictures could not be made", m_info.origin.string(), "open another generator");
    }
}

/// Between which numbers pictures lie, by a look at some.
OutputRange rangeOf(torch::jit::Module& module, const Form& form)
{
    const torch::Tensor latents = RandomStreams(0, torch::kCPU).normal("range", 0, {8, form.latents});
    const torch::Tensor made = call(module, form, inputFor(form, latents)).toTensor();
    return made.min().item<double>() >= 0 && made.max().item<double>() <= 1 ? OutputRange{0, 1} : OutputRange{};
}

Result<std::unique_ptr<Generator>> open(const std::filesystem::path& path, const ScriptHints& hints)
{
    const std::string where = path.string();
    TrainingOptions options;
    options.device = Device::Cpu;
    options.threads = at::get_num_threads(); // as many as this thread has
    const Result<ChosenDevice> device = chooseDevice(options);
    if (!device)
        return device.error();
    torch::jit::ExtraFilesMap extra{{generatorKey, ""}};
    torch::jit::Module module = torch::jit::load(path.string(), torch::kCPU, extra);
    module.eval();
    const auto method = module.find_method("forward");
    if (!method)
        return Error{"there is no forward() in it", where, "save a module whose forward() makes images"};
    const std::vector<c10::Argument>& arguments = method->function().getSchema().arguments();
    const auto wanted = std::count_if(arguments.begin() + 1, arguments.end(),
        [](const c10::Argument& argument) { return !argument.default_value(); });
    if (wanted < 1 || wanted > 2) {
        return Error{"its forward() takes " + std::to_string(wanted) + " inputs", where,
            "a generator takes a latent, and perhaps a label as a one-hot vector"};
    }
    GeneratorInfo info;
    Form form;
    if (!extra[generatorKey].empty()) {
        const Result<Json> json = parseJson(extra[generatorKey], where, documentDepth);
        Result<GeneratorHead> head = json ? headFromJson(*json, where) : Result<GeneratorHead>(json.error());
        if (!head)
            return head.error();
        static_cast<GeneratorHead&>(info) = *std::move(head);
        form.latents = info.latent.dimensions;
        form.classes = static_cast<std::int64_t>(info.classes.size());
        if (tryForm(module, form).output != info.shape)
            return Error{"its code does not make what it says of itself", where, "use another copy"};
    } else {
        Result<std::pair<Form, Outcome>> found = findForm(module, wanted == 2, hints, where);
        if (!found)
            return found.error();
        form = found->first;
        info.latent.dimensions = form.latents;
        for (std::int64_t i = 0; i < form.classes; ++i)
            info.classes.push_back(std::to_string(i));
        info.shape = found->second.image;
        info.range = hints.range ? *hints.range : rangeOf(module, form);
        info.latent.distribution = hints.distribution.value_or(LatentDistribution::Normal);
        if (!hints.distribution)
            info.notes.push_back("The file does not say how latents are drawn: normal ones are taken.");
        if (!hints.range) {
            info.notes.push_back("The file does not say which numbers are black and white: "
                + std::string(info.range.low < 0 ? "−1 and 1" : "0 and 1") + " are taken.");
        }
        if (info.shape != found->second.output) {
            info.notes.push_back("Its " + shapeText(found->second.output) + " numbers are taken for an image of "
                + shapeText(info.shape) + ".");
        }
    }
    info.origin = path;
    info.device = device->name;
    info.canvas = Error{"of a TorchScript generator the layers are not known", where, "open it as ONNX to paint"};
    return std::unique_ptr<Generator>(std::make_unique<ScriptGenerator>(std::move(info), std::move(module), form));
}

} // namespace

Result<std::unique_ptr<Generator>> openScript(const std::filesystem::path& path, const ScriptHints& hints)
{
    try {
        return open(path, hints);
    } catch (const std::exception& thrown) {
        return torchError(thrown, "this TorchScript cannot be opened", path.string(),
            "use another copy, or a file that this version of LibTorch reads");
    }
}

} // namespace saddle
