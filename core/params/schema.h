// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/parameter.h"

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace saddle {

/// Checks a JSON object against declared parameters: fills defaults, refuses unknown keys (naming the nearest known
/// one), wrong types and numbers out of range. `where` is the path put before a key in errors; keys in `others` belong
/// to someone else and are passed over.
Result<Json> resolveParameters(const std::vector<Parameter>& parameters, const Json& given, const std::string& where,
    const std::vector<std::string>& others = {});

/// The parameters of one options struct, each declared once: key, member and traits. The default is the struct's
/// initialiser. From this one list come forms, JSON in and out, the command line and the reference tables.
template <typename Options>
class Schema {
public:
    /// The member may belong to a base of Options: parts shared by several options structs are declared once.
    template <typename Member, typename Owner>
    requires std::is_base_of_v<Owner, Options> Schema& parameter(
        const std::string& key, Member Owner::*member, ParameterTraits traits)
    {
        Parameter declared;
        static_cast<ParameterTraits&>(declared) = std::move(traits);
        declared.key = key;
        declared.type = typeOf<Member>(declared);
        for (const Parameter& other : m_parameters) {
            if (other.key == key)
                throw std::logic_error("parameter declared twice: " + key);
        }
        const std::vector<ChoiceItem> choices = declared.choices;
        Field field{
            [member, choices](const Options& options) { return toJson(options.*member, choices); },
            [member, choices](Options& options, const Json& value) { fromJson(options.*member, value, choices); },
        };
        declared.defaultValue = field.read(Options());
        m_parameters.push_back(std::move(declared));
        m_fields.push_back(std::move(field));
        return *this;
    }

    const std::vector<Parameter>& parameters() const { return m_parameters; }

    Json write(const Options& options) const
    {
        Json json = Json::object();
        for (std::size_t i = 0; i < m_fields.size(); ++i)
            json[m_parameters[i].key] = m_fields[i].read(options);
        return json;
    }

    /// Options from JSON that resolveParameters has passed; missing keys keep their defaults.
    Options read(const Json& json) const
    {
        Options options;
        for (std::size_t i = 0; i < m_fields.size(); ++i) {
            const auto found = json.find(m_parameters[i].key);
            if (found != json.end())
                m_fields[i].write(options, *found);
        }
        return options;
    }

private:
    struct Field {
        std::function<Json(const Options&)> read;
        std::function<void(Options&, const Json&)> write;
    };

    template <typename Member>
    static ParameterType typeOf(const Parameter& declared)
    {
        if constexpr (std::is_same_v<Member, bool>)
            return ParameterType::Boolean;
        else if constexpr (std::is_enum_v<Member>)
            return ParameterType::Choice;
        else if constexpr (std::is_integral_v<Member>)
            return ParameterType::Integer;
        else if constexpr (std::is_floating_point_v<Member>)
            return ParameterType::Real;
        else if constexpr (std::is_same_v<Member, std::filesystem::path>)
            return ParameterType::Path;
        else if constexpr (std::is_same_v<Member, std::vector<std::int64_t>>)
            return ParameterType::Sizes;
        else if constexpr (std::is_same_v<Member, std::vector<std::array<double, 2>>>)
            return ParameterType::Points;
        else
            return declared.choices.empty() ? ParameterType::Text : ParameterType::Choice;
    }

    /// Enumerators are numbered from 0 in the order of the declared choices.
    template <typename Member>
    static Json toJson(const Member& value, const std::vector<ChoiceItem>& choices)
    {
        if constexpr (std::is_enum_v<Member>)
            return choices.at(static_cast<std::size_t>(value)).value;
        else if constexpr (std::is_same_v<Member, std::filesystem::path>)
            return value.string();
        else
            return value;
    }

    template <typename Member>
    static void fromJson(Member& member, const Json& value, const std::vector<ChoiceItem>& choices)
    {
        if constexpr (std::is_enum_v<Member>) {
            for (std::size_t i = 0; i < choices.size(); ++i) {
                if (choices[i].value == value.get<std::string>())
                    member = static_cast<Member>(i);
            }
        } else if constexpr (std::is_same_v<Member, std::filesystem::path>) {
            member = value.get<std::string>();
        } else {
            member = value.get<Member>();
        }
    }

    std::vector<Parameter> m_parameters;
    std::vector<Field> m_fields;
};

} // namespace saddle
