// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/builtin.h"
#include "tests/support/patience.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"

#include <memory>

namespace saddle::test {

/// A window on the ring of Gaussians, small, in a folder of its own.
struct RingWindow {
    Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    bool closeAnyway = true;
    int asked = 0;
    QString chosenFolder; ///< what the folder dialog answers
    int foldersAsked = 0;
    WindowDialogs dialogs;
    std::unique_ptr<MainWindow> window;

    /// `runs`: their folder in that of the test.
    explicit RingWindow(const char* runs = "runs")
    {
        bench.setRunsFolder(scratch.path(runs));
        dialogs = systemDialogs();
        dialogs.confirmClose = [this](QWidget*) {
            ++asked;
            return closeAnyway;
        };
        dialogs.openFolder = [this](QWidget*, const QString&) {
            ++foldersAsked;
            return chosenFolder;
        };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        ExperimentDocument& document = *bench.document();
        [[maybe_unused]] const Status loaded = document.load(QStringLiteral("ring-gan"));
        for (const auto& [path, value] : std::initializer_list<std::pair<const char*, Json>>{{"generator.width", 8},
                 {"discriminator.width", 8}, {"training.batch_size", 16}, {"training.threads", 1},
                 {"training.device", "cpu"}, {"data.count", 500}, {"sampling.points", 100}}) {
            [[maybe_unused]] const Status set = document.set(QString::fromLatin1(path), value);
        }
        bench.restart();
        window->show();
    }

    Bridge& bridge() { return *bench.bridge(); }
    /// A setting as the session has it; null while one is being opened.
    Json inForce(const char* path)
    {
        const Json* value = bridge().now().document ? findPath(*bridge().now().document, path) : nullptr;
        return value ? *value : Json();
    }
    bool reached(SessionState state)
    {
        return QTest::qWaitFor([this, state] { return bridge().state() == state; }, patience);
    }
    bool trained(std::int64_t steps)
    {
        return QTest::qWaitFor([this, steps] { return bridge().now().progress.step >= steps; }, patience);
    }
};

} // namespace saddle::test
