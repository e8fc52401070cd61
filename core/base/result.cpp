// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

namespace saddle {

std::string Error::sentence() const
{
    std::string text = where.empty() ? what : where + ": " + what;
    if (!remedy.empty()) {
        if (!text.empty() && text.back() != '.')
            text += '.';
        text += ' ';
        std::string tail = remedy;
        if (tail.front() >= 'a' && tail.front() <= 'z')
            tail.front() = static_cast<char>(tail.front() - 'a' + 'A');
        text += tail;
    }
    if (!text.empty() && text.back() != '.' && text.back() != '?' && text.back() != '!')
        text += '.';
    return text;
}

Error Error::in(const std::string& place) const
{
    return {what, where.empty() ? place : place + ": " + where, remedy};
}

} // namespace saddle
