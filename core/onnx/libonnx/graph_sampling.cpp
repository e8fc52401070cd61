// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that make maps larger or smaller.
#include "core/onnx/libonnx/graph_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace saddle {

GraphValue GraphReader::readResize(const Node& node)
{
    const Feature input = image(node, 0);
    if (m_error)
        return {};
    const bool old = node.proto.op_type() == "Upsample" || node.inputs.size() == 2; // Resize was so once
    std::vector<double> factors;
    if (given(node, 3)) {
        const Integers sizes = integers(node, 3);
        for (std::size_t i = 0; !m_error && i < sizes.values.size(); ++i) {
            const double before = i == 0 ? 1 : static_cast<double>(input.shape[std::min<std::size_t>(i, 3) - 1]);
            factors.push_back(i == 0 ? 1 : static_cast<double>(sizes.values[i]) / before);
        }
    } else {
        const HostTensor scales = constant(node, old ? 1 : 2);
        for (std::size_t i = 0; !m_error && i < scales.data.size() / sizeof(float); ++i) {
            float scale = 0;
            std::memcpy(&scale, scales.data.data() + i * sizeof(float), sizeof scale);
            factors.push_back(static_cast<double>(scale));
        }
    }
    const bool whole = factors.size() == 4 && factors[0] == 1 && factors[1] == 1 && factors[2] == factors[3]
        && factors[2] == std::floor(factors[2]) && factors[2] >= 1 && factors[2] <= 32;
    if (!whole) {
        refuse("“" + node.proto.op_type() + "” by other than one whole factor has no layer here");
        return {};
    }
    const std::string mode = node.attributes.text("mode", "nearest");
    const std::string coordinates =
        node.attributes.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    const std::string rounding = node.attributes.text("nearest_mode", old ? "floor" : "round_prefer_floor");
    node.attributes.passOver("cubic_coeff_a");
    node.attributes.passOver("exclude_outside");
    node.attributes.passOver("extrapolation_value");
    const double factor = factors[2];
    bool known = false;
    if (mode == "nearest") // where a pixel's middle comes from is never a tie, where its edge does is one for 2
        known = coordinates == "asymmetric" ? rounding == "floor" || (factor == 2 && rounding == "round_prefer_floor")
                                            : coordinates.find("half_pixel") != std::string::npos
                && (rounding == "round_prefer_floor" || rounding == "round_prefer_ceil");
    else
        known = mode == "linear" && (coordinates == "half_pixel" || coordinates == "pytorch_half_pixel");
    if (!known)
        refuse("“" + node.proto.op_type() + "” with mode “" + mode + "”, coordinate_transformation_mode “" + coordinates
            + "” and nearest_mode “" + rounding + "” has no layer here");
    return addLayer("upsample",
        {{"factor", static_cast<std::int64_t>(factor)}, {"mode", mode == "nearest" ? "nearest" : "bilinear"}}, {input});
}

GraphValue GraphReader::readDepthToSpace(const Node& node)
{
    const Feature input = image(node, 0);
    const std::int64_t factor = node.attributes.integer("blocksize", 0);
    if (node.attributes.text("mode", "DCR") != "CRD")
        refuse("“DepthToSpace” in the order DCR has no layer here");
    return addLayer("pixel_shuffle", {{"factor", factor}}, {input});
}

GraphValue GraphReader::readAveragePool(const Node& node)
{
    const Feature input = image(node, 0);
    const std::vector<std::int64_t> kernel = node.attributes.integers("kernel_shape");
    const std::int64_t size = kernel.empty() ? 0 : kernel.front();
    const std::vector<std::int64_t> strides = node.attributes.integers("strides");
    node.attributes.passOver("count_include_pad"); // nothing is padded
    const bool plain = kernel.size() == 2 && allAre(kernel, size) && strides.size() == 2 && allAre(strides, size)
        && allAre(node.attributes.integers("pads"), 0) && node.attributes.integer("ceil_mode", 0) == 0
        && node.attributes.text("auto_pad", "NOTSET") != "SAME_UPPER"
        && node.attributes.text("auto_pad", "NOTSET") != "SAME_LOWER";
    if (!plain)
        refuse("“AveragePool” over other than squares side by side has no layer here");
    return addLayer("average_pool", {{"size", size}}, {input});
}

GraphValue GraphReader::readMaxPool(const Node& node)
{
    const Feature input = image(node, 0);
    const std::vector<std::int64_t> kernel = node.attributes.integers("kernel_shape");
    std::vector<std::int64_t> strides = node.attributes.integers("strides");
    std::vector<std::int64_t> pads = node.attributes.integers("pads");
    strides.resize(std::max<std::size_t>(strides.size(), 1), 1);
    pads.resize(std::max<std::size_t>(pads.size(), 1), 0);
    const bool plain = kernel.size() == 2 && allAre(kernel, kernel.front()) && allAre(strides, strides.front())
        && allAre(pads, pads.front()) && node.attributes.integer("ceil_mode", 0) == 0
        && allAre(node.attributes.integers("dilations"), 1) && node.attributes.integer("storage_order", 0) == 0
        && node.attributes.text("auto_pad", "NOTSET") == "NOTSET";
    if (!plain) {
        refuse("“MaxPool” over other than squares has no layer here");
        return {};
    }
    return addLayer(
        "max_pool", {{"size", kernel.front()}, {"stride", strides.front()}, {"padding", pads.front()}}, {input});
}

} // namespace saddle
