// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/params/describe.h"

namespace saddle {

template <typename Options>
class SourceDescriber : public Description<SourceDescriber<Options>, SourceInfo, Options> {
public:
    using Description<SourceDescriber<Options>, SourceInfo, Options>::Description;

    template <typename ShapeOf, typename Load>
    SourceInfo build(ShapeOf shape, Load load)
    {
        const auto read = this->reader();
        this->m_info.shape = [read, shape](const Json& json) -> Result<Shape> { return shape(read(json)); };
        this->m_info.load = [read, load](const Json& json) -> Result<Dataset> { return load(read(json)); };
        return this->finish();
    }
};

template <typename Options>
SourceDescriber<Options> describeSource(std::string kind, std::string label)
{
    return {std::move(kind), std::move(label)};
}

} // namespace saddle
