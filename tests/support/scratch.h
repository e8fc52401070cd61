// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <string>
#include <string_view>

namespace saddle::test {

/// A folder of a test's own that goes with it.
class Scratch {
public:
    std::filesystem::path path(const std::string& name = {}) const;
    /// Writes a file there, as it is.
    std::filesystem::path write(const std::string& name, std::string_view bytes) const;

private:
    QTemporaryDir m_folder;
};

} // namespace saddle::test

/// Fails the test with the error's own words when a Result is not ok.
#define QVERIFY_OK(result)                                                                                             \
    do {                                                                                                               \
        const auto& checked_ = (result);                                                                               \
        if (!checked_.ok())                                                                                            \
            QFAIL(checked_.error().sentence().c_str());                                                                \
    } while (false)
