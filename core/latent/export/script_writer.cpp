// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/export/script_writer.h"

#include "core/io/csv.h"

#include <cctype>

namespace saddle {

namespace {

std::string list(const std::vector<std::int64_t>& numbers)
{
    std::string text = "[";
    for (const std::int64_t number : numbers)
        text += (text.size() > 1 ? ", " : "") + std::to_string(number);
    return text + "]";
}

std::string square(std::int64_t number)
{
    return list({number, number});
}

/// A number that reads as one with a point: "1" would be a whole one.
std::string real(double number)
{
    const std::string text = formatNumber(number);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string orNone(const GraphWriter::Value& value)
{
    return value.empty() ? "None" : value;
}

} // namespace

void ScriptWriter::beginLayer(const std::string& name)
{
    m_lines += "    # layer ";
    // An id may hold anything; a comment is one line of ASCII.
    for (const char c : name)
        m_lines += c >= ' ' && c <= '~' ? c : '?';
    m_lines += '\n';
}

GraphWriter::Value ScriptWriter::weight(const std::string& name, const HostTensor& tensor)
{
    std::string attribute = "layer";
    for (const char c : name)
        attribute += std::isalnum(static_cast<unsigned char>(c)) && c >= 0 ? c : '_';
    while (m_tensors.contains(attribute))
        attribute += '_';
    m_tensors.emplace(attribute, tensor);
    return "self." + attribute;
}

GraphWriter::Value ScriptWriter::set(const std::string& expression)
{
    const Value variable = "v" + std::to_string(m_variables++);
    m_lines += "    " + variable + " = " + expression + "\n";
    return variable;
}

GraphWriter::Value ScriptWriter::linear(const Value& x, const Value& weight, const Value& bias)
{
    return set("torch.linear(" + x + ", " + weight + ", " + orNone(bias) + ")");
}

GraphWriter::Value ScriptWriter::convolution(
    const Value& x, const Value& weight, const Value& bias, const Window& window)
{
    return set("torch.conv2d(" + x + ", " + weight + ", " + orNone(bias) + ", " + square(window.stride) + ", "
        + square(window.padding) + ", [1, 1], " + std::to_string(window.groups) + ")");
}

GraphWriter::Value ScriptWriter::transposedConvolution(
    const Value& x, const Value& weight, const Value& bias, const Window& window)
{
    return set("torch.conv_transpose2d(" + x + ", " + weight + ", " + orNone(bias) + ", " + square(window.stride) + ", "
        + square(window.padding) + ", " + square(window.outputPadding) + ")");
}

GraphWriter::Value ScriptWriter::batchNorm(
    const Value& x, const Value& scale, const Value& shift, const Value& mean, const Value& variance, double epsilon)
{
    return set("torch.batch_norm(" + x + ", " + scale + ", " + shift + ", " + mean + ", " + variance + ", False, 0.1, "
        + real(epsilon) + ", False)");
}

GraphWriter::Value ScriptWriter::instanceNorm(const Value& x, const Value& scale, const Value& shift, double epsilon)
{
    return set("torch.instance_norm(" + x + ", " + scale + ", " + shift + ", None, None, True, 0.0, " + real(epsilon)
        + ", False)");
}

GraphWriter::Value ScriptWriter::layerNorm(
    const Value& x, const Value& scale, const Value& shift, const Shape& shape, double epsilon)
{
    return set("torch.layer_norm(" + x + ", " + list(shape) + ", " + scale + ", " + shift + ", " + real(epsilon) + ")");
}

GraphWriter::Value ScriptWriter::activation(const Value& x, const std::string& kind, double slope)
{
    // PyTorch calls them by the same names.
    return set("torch." + kind + "(" + x + (kind == "leaky_relu" ? ", " + real(slope) : std::string()) + ")");
}

GraphWriter::Value ScriptWriter::reshape(const Value& x, const Shape& shape)
{
    std::vector<std::int64_t> sizes{-1};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    return set("torch.reshape(" + x + ", " + list(sizes) + ")");
}

GraphWriter::Value ScriptWriter::upsample(const Value& x, std::int64_t factor, const std::string& mode)
{
    const std::string by = " * " + std::to_string(factor);
    const std::string size = "[" + x + ".size(2)" + by + ", " + x + ".size(3)" + by + "]";
    return set("torch.upsample_" + mode + "2d(" + x + ", " + size + (mode == "bilinear" ? ", False)" : ")"));
}

GraphWriter::Value ScriptWriter::pixelShuffle(const Value& x, std::int64_t factor)
{
    return set("torch.pixel_shuffle(" + x + ", " + std::to_string(factor) + ")");
}

GraphWriter::Value ScriptWriter::averagePool(const Value& x, std::int64_t size)
{
    return set("torch.avg_pool2d(" + x + ", " + square(size) + ")");
}

GraphWriter::Value ScriptWriter::maxPool(const Value& x, const Window& window)
{
    return set("torch.max_pool2d(" + x + ", " + square(window.kernel) + ", " + square(window.stride) + ", "
        + square(window.padding) + ")");
}

GraphWriter::Value ScriptWriter::add(const Value& x, const Value& y)
{
    return set("torch.add(" + x + ", " + y + ")");
}

GraphWriter::Value ScriptWriter::multiply(const Value& x, const Value& y)
{
    return set("torch.mul(" + x + ", " + y + ")");
}

GraphWriter::Value ScriptWriter::spread(const Value& x, std::int64_t height, std::int64_t width)
{
    return set(x + ".expand(" + list({-1, -1, height, width}) + ")");
}

GraphWriter::Value ScriptWriter::concat(const std::vector<Value>& values)
{
    std::string all;
    for (const Value& value : values)
        all += (all.empty() ? "" : ", ") + value;
    return set("torch.cat([" + all + "], 1)");
}

Result<ScriptText> writeScript(const GeneratorModel& model, const Catalog& catalog)
{
    ScriptWriter writer;
    const bool labels = !model.head.classes.empty();
    const Result<GraphWriter::Value> output = writeGraph(model, catalog, writer, "latent", labels ? "label" : "");
    if (!output)
        return output.error();
    ScriptText script;
    script.source = std::string("def forward(self, latent: Tensor") + (labels ? ", label: Tensor" : "")
        + ") -> Tensor:\n" + writer.lines() + "    return " + *output + "\n";
    script.tensors = writer.takeTensors();
    return script;
}

} // namespace saddle
