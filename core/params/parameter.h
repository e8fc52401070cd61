// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"

#include <limits>
#include <string>
#include <vector>

namespace saddle {

/// When a changed value takes effect in a running experiment.
enum class Applies {
    Live, ///< at the next step
    Epoch, ///< when the next epoch begins
    Restart, ///< when the experiment is started anew
};

enum class Scale { Linear, Log };

enum class ParameterType { Boolean, Integer, Real, Choice, Text, Path, Sizes, Points };

/// Sizes are lists of whole numbers from 1 to this.
constexpr std::int64_t largestSize = 1 << 20;

/// Points are at most this many pairs [x, y] of the plane, each coordinate in the parameter's range.
constexpr std::size_t mostPoints = 20'000;

/// One item of a Choice: the word written in files and the words shown to people.
struct ChoiceItem {
    std::string value;
    std::string label;
    std::string help = {};
};

/// Shown only while another parameter of the same section has one of these values (as JSON text without quotes).
struct VisibleWhen {
    std::string key = {};
    std::vector<std::string> values = {};
};

/// What a declaration says beside key and member: all that forms, files, the command line and the docs need.
struct ParameterTraits {
    std::string label = {};
    std::string help = {};
    std::string unit = {};
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    Scale scale = Scale::Linear;
    std::vector<ChoiceItem> choices = {};
    VisibleWhen visibleWhen = {};
    Applies applies = Applies::Restart;
};

/// One declared parameter, with its C++ type erased.
struct Parameter : ParameterTraits {
    std::string key;
    ParameterType type = ParameterType::Real;
    Json defaultValue;

    /// The value as it is stored, or why it is refused ("2 is outside 0 to 1"). Integers given as 3.0 are accepted.
    Result<Json> check(const Json& value, const std::string& where) const;

    /// "0 to 10", "at least 1", or empty when there is no bound.
    std::string rangeText() const;

    /// Whether this parameter matters while its section holds `section`.
    bool visibleIn(const Json& section) const;
};

/// What a value given as text on a command line means: JSON where it parses as such, else a string.
Json valueFromText(const std::string& text);

const char* appliesName(Applies applies);

/// Sizes as people write them: "128x7x7", and back. Empty when the text is not of that form.
std::string sizesText(const Json& sizes);
Json sizesFromText(const std::string& text);

/// The known word nearest to `word` by edit distance, or empty when nothing is near.
std::string nearestWord(const std::string& word, const std::vector<std::string>& known);

} // namespace saddle
