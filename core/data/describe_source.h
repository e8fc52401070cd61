// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/params/describe.h"

namespace saddle {

template <typename Options>
class SourceDescriber : public Description<SourceDescriber<Options>, SourceInfo, Options> {
public:
    using Description<SourceDescriber<Options>, SourceInfo, Options>::Description;

    template <typename HeaderOf, typename Load>
    SourceInfo build(HeaderOf header, Load load)
    {
        const auto read = this->reader();
        this->m_info.header = [read, header](const Json& json) -> Result<DataHeader> { return header(read(json)); };
        this->m_info.load = [read, load](const Json& json, const LoadMonitor& monitor) -> Result<Dataset> {
            return load(read(json), monitor);
        };
        return this->finish();
    }
};

/// An option of every source of images.
struct FlipOptions {
    bool flip = false;
};

template <typename Options>
void flipOption(Schema<Options>& schema)
{
    schema.parameter("flip", &FlipOptions::flip,
        {.label = "Mirror", .help = "Each image a batch takes is mirrored, left to right, with probability ½"});
}

template <typename Options>
SourceDescriber<Options> describeSource(std::string kind, std::string label)
{
    return {std::move(kind), std::move(label)};
}

} // namespace saddle
