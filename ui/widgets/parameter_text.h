// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/parameter.h"

#include <QString>

namespace saddle {

/// A number as people write it: 0.0002, 2e-6, 50000.
QString plainNumber(double value);
/// The next value up (or down) for so many steps of a key or the wheel, inside the bounds.
double steppedValue(const Parameter& parameter, double value, int steps);
/// What a text means as a number: an integer, a real, or the text itself where it is neither.
Json numberFromText(const QString& text, ParameterType type);
/// Any value as its editor shows it.
QString parameterText(const Parameter& parameter, const Json& value);

} // namespace saddle
