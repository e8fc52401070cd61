// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/layer_list.h"

namespace saddle {

NetworkTask taskOf(const NetworkFit& fit)
{
    if (fit.role == "generator" || fit.role == "decoder")
        return NetworkTask::Generate;
    // An encoder may happen to give as many numbers as a point has.
    return fit.role != "encoder" && fit.output == fit.input ? NetworkTask::Rebuild : NetworkTask::Judge;
}

Error noAutoEncoder(const std::string& architecture)
{
    return {"this objective wants a discriminator that rebuilds its input, and " + architecture + " has none", "",
        "choose EBGAN, BEGAN or the fully-connected network"};
}

Result<int> halvings(const std::string& architecture, const Shape& image, std::int64_t largest)
{
    if (image.size() != 3 || image[1] != image[2]) {
        return Error{architecture + " needs square images, but the data are " + shapeText(image), "",
            image.size() == 1 ? "choose the fully-connected network for points" : "crop the images to squares"};
    }
    std::int64_t side = image[1];
    int count = 0;
    while (side % 2 == 0 && side > largest) {
        side /= 2;
        ++count;
    }
    if (count < 1 || side < 3) {
        return Error{architecture + " halves the image down to 4 to " + std::to_string(largest) + " pixels, which "
                + std::to_string(image[1]) + " pixels do not allow",
            "", "use images of 28, 32, 64 or 128 pixels"};
    }
    return count;
}

LayerList::LayerList(const NetworkFit& fit)
{
    if (fit.classes > 0)
        add(fit.input.size() == 1 ? "concat" : "label_map", Json::object(), {"input", "label"});
}

LayerList& LayerList::add(const char* kind, Json options, const std::vector<std::string>& inputs)
{
    Json layer = std::move(options);
    layer["kind"] = kind;
    if (!inputs.empty())
        layer["inputs"] = inputs;
    if (!m_block.empty())
        layer["block"] = m_block;
    m_layers.push_back(std::move(layer));
    return *this;
}

LayerList& LayerList::called(const char* id)
{
    m_layers.back()["id"] = id;
    return *this;
}

LayerList& LayerList::block(std::string name)
{
    m_block = std::move(name);
    return *this;
}

std::string LayerList::last() const
{
    if (m_layers.empty())
        return "input";
    return m_layers.back().value("id", std::to_string(m_layers.size() - 1));
}

Json sameConv(std::int64_t out, std::int64_t kernel)
{
    return {{"out", out}, {"kernel", kernel}, {"stride", 1}, {"padding", (kernel - 1) / 2}};
}

Json halvingConv(std::int64_t out)
{
    return {{"out", out}, {"kernel", 4}, {"stride", 2}, {"padding", 1}};
}

Json with(Json options, const Json& more)
{
    options.update(more);
    return options;
}

} // namespace saddle
