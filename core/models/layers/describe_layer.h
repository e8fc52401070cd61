// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/layer.h"
#include "core/models/network.h"
#include "core/params/describe.h"

namespace saddle {

/// Describes a layer kind by its options struct and three functions of it.
template <typename Options>
class LayerDescriber : public Description<LayerDescriber<Options>, LayerInfo, Options> {
public:
    using Description<LayerDescriber<Options>, LayerInfo, Options>::Description;

    LayerDescriber& inputs(int least, int most)
    {
        this->m_info.minInputs = least;
        this->m_info.maxInputs = most;
        return *this;
    }

    LayerDescriber& takesLabel()
    {
        this->m_info.takesLabel = true;
        return *this;
    }

    template <typename Title, typename Infer, typename Build>
    LayerInfo build(Title title, Infer infer, Build build)
    {
        const auto read = this->reader();
        this->m_info.title = [read, title](const Json& json) -> std::string { return title(read(json)); };
        this->m_info.infer = [read, infer](const Json& json, const std::vector<Shape>& shapes) -> Result<LayerShape> {
            return infer(read(json), shapes);
        };
        this->m_info.build = [read, build](
                                 const Json& json, const std::vector<Shape>& shapes) -> std::unique_ptr<Layer> {
            return build(read(json), shapes);
        };
        return this->finish();
    }
};

template <typename Options>
LayerDescriber<Options> describeLayer(std::string kind, std::string label)
{
    return {std::move(kind), std::move(label)};
}

} // namespace saddle
