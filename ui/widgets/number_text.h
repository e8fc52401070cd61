// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocale>
#include <QString>

namespace saddle {

/// The user's locale with grouped thousands.
QLocale groupingLocale();

/// A whole number with its thousands grouped: "1,255,168".
QString groupedText(std::int64_t number);

} // namespace saddle
