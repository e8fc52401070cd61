// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QtTest>

#include <initializer_list>
#include <string_view>

namespace saddle::test {

/// Empty when there is an error and its sentence holds every one of the texts, else what is wrong.
template <typename T>
QString unsaid(const Result<T>& result, std::initializer_list<std::string_view> texts)
{
    if (result.ok())
        return QStringLiteral("it was not refused");
    const std::string sentence = result.error().sentence();
    for (const std::string_view text : texts) {
        if (sentence.find(text) == std::string::npos)
            return QString::fromStdString("no “" + std::string(text) + "” in: " + sentence);
    }
    return {};
}

} // namespace saddle::test

/// Fails the test unless the result is an Error whose sentence holds every one of the texts.
#define SAYS(result, ...)                                                                                              \
    do {                                                                                                               \
        const QString unsaid_ = saddle::test::unsaid(result, {__VA_ARGS__});                                           \
        QVERIFY2(unsaid_.isEmpty(), qPrintable(unsaid_));                                                              \
    } while (false)
