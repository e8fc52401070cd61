// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/models/network.h"
#include "core/params/describe.h"

namespace saddle {

template <typename Options>
class ArchitectureDescriber : public Description<ArchitectureDescriber<Options>, ArchitectureInfo, Options> {
public:
    using Description<ArchitectureDescriber<Options>, ArchitectureInfo, Options>::Description;

    /// `expand` writes the layers as JSON, as a file would hold them; defaults are filled in from the layer kinds.
    template <typename Expand>
    ArchitectureInfo build(const Registry<LayerInfo>& layers, Expand expand)
    {
        const auto read = this->reader();
        this->m_info.expand = [read, expand, &layers](
                                  const Json& json, const NetworkFit& fit) -> Result<NetworkDescription> {
            Result<Json> list = expand(read(json), fit);
            if (!list)
                return list.error();
            return networkFromJson(layers, *list, "layers");
        };
        return this->finish();
    }
};

template <typename Options>
ArchitectureDescriber<Options> describeArchitecture(std::string kind, std::string label)
{
    return {std::move(kind), std::move(label)};
}

} // namespace saddle
