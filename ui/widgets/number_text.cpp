// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_text.h"

namespace saddle {

QLocale groupingLocale()
{
    QLocale locale;
    locale.setNumberOptions(QLocale::DefaultNumberOptions);
    if (locale.language() == QLocale::C)
        locale = QLocale(QLocale::English, QLocale::UnitedStates);
    return locale;
}

QString groupedText(std::int64_t number)
{
    return groupingLocale().toString(static_cast<qlonglong>(number));
}

} // namespace saddle
