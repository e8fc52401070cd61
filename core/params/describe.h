// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/registry.h"
#include "core/params/schema.h"

#include <memory>
#include <utility>

namespace saddle {

/// The part of a description that objectives, layers, sources, architectures and optimisers share. `Self` is the
/// description itself, so that calls chain.
template <typename Self, typename Info, typename Options>
class Description {
public:
    Description(std::string kind, std::string label)
    {
        m_info.kind = std::move(kind);
        m_info.label = std::move(label);
    }

    Self& help(std::string text)
    {
        m_info.help = std::move(text);
        return self();
    }
    Self& source(std::string text)
    {
        m_info.source = std::move(text);
        return self();
    }
    template <typename Member, typename Owner>
    Self& parameter(const std::string& key, Member Owner::*member, ParameterTraits traits)
    {
        m_schema.parameter(key, member, std::move(traits));
        return self();
    }
    /// Parameters declared elsewhere once for several kinds.
    Self& with(void (*declare)(Schema<Options>&))
    {
        declare(m_schema);
        return self();
    }

protected:
    Self& self() { return static_cast<Self&>(*this); }

    /// Reads resolved JSON into the options struct.
    std::function<Options(const Json&)> reader() const
    {
        return [schema = std::make_shared<const Schema<Options>>(m_schema)](
                   const Json& json) { return schema->read(json); };
    }

    Info finish()
    {
        m_info.parameters = m_schema.parameters();
        return std::move(m_info);
    }

    Info m_info;
    Schema<Options> m_schema;
};

} // namespace saddle
