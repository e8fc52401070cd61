// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "tests/support/small_checkpoints.h"
#include "ui/lab/latent_panel.h"
#include "ui/main_window.h"

#include <QTabWidget>

#include <memory>

namespace saddle::test {

/// A window with its Latent tab in front, and a small checkpoint to open there. File dialogs answer as a test says.
struct CheckpointWindow {
    Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    WindowDialogs dialogs = systemDialogs();
    QString saveTo;
    QString fileToOpen;
    std::unique_ptr<MainWindow> window;
    std::unique_ptr<Generator> direct; ///< the checkpoint's generator, asked without the window
    std::filesystem::path checkpoint;

    explicit CheckpointWindow(const Json& document)
    {
        at::set_num_threads(1);
        const std::unique_ptr<OpenTrainer> trainer = makeOpenTrainer(document);
        trainSteps(*trainer, 2);
        checkpoint = addCheckpoint(scratch.path("run"), *trainer, document);
        direct = good(openGenerator(checkpoint, builtinCatalog()));
        bench.setRunsFolder(scratch.path("runs"));
        bench.setLatentTools(latentTools());
        dialogs.saveFile = [this](QWidget*, const QString&, const QString&, const QString&) { return saveTo; };
        dialogs.openFile = [this](QWidget*, const QString&, const QString&) { return fileToOpen; };
        dialogs.confirmClose = [](QWidget*) { return true; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        window->resize(1280, 800);
        window->show();
        child<QTabWidget>("tabs")->setCurrentWidget(lab());
    }

    LatentPanel* lab() { return window->latent(); }
    template <typename T>
    T* child(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
};

} // namespace saddle::test
