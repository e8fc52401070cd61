// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "ui/lab/generator_dialogs.h"
#include "ui/widgets/save_file.h"

#include <QObject>
#include <QPointer>
#include <QString>

#include <memory>

namespace saddle {

class ImportDialog;
class Lab;
class RunFollower;
struct GeneratorModel;

/// Opens in the lab what a person names, by what it holds: a run, a checkpoint, a generator's file; TorchScript once
/// its code is trusted; weights of PyTorch by way of a dialog that proposes their layers. What cannot be opened leaves
/// the lab as it was.
class GeneratorOpener : public QObject {
    Q_OBJECT

public:
    /// `window` is the parent of its dialogs.
    GeneratorOpener(Lab* lab, RunFollower* follower, GeneratorDialogs dialogs, SaveDialog saveFile, QWidget* window);

    void open(const QString& path);
    /// Why the layers of the generator that is open cannot be edited; empty when they can.
    QString whyNoLayers() const;
    /// Opens the dialog that edits them; what it ends with is opened in place of the generator.
    void editLayers();
    /// Whether what was opened last is what was open before, but for its layers: its latents mean the same.
    bool changedLayers() const { return m_layers.changed; }
    /// What was taken to be so of the generator that is open, in words; empty where all is known.
    QString notes() const;
    /// What can be done about it: the words of a button, empty for none, and the deed.
    QString offer() const;
    void takeOffer();
    /// The dialog that imports weights or edits layers; null while none is open.
    ImportDialog* importDialog() const;

Q_SIGNALS:
    void opened(const QString& path);
    void refused(const QString& why);
    /// The dialog of an import wrote a generator's file.
    void saved(const QString& file);

private:
    void openScript(const QString& path, const ScriptHints& hints, bool asked);
    /// How what is open came about.
    struct Layers {
        bool changed = false; ///< it is the generator that was open before, but for its layers
        std::shared_ptr<const GeneratorModel> unedited = {}; ///< what it was before they were edited; null: it is that
    };
    void openModel(const QString& path, const GeneratorModel& model, const Layers& layers);
    void import(const QString& path);
    void connectDialog();
    void changeFacts();
    /// Tells how an opening ended; until then the lab stops following the run on the bench.
    std::function<void(const Status&)> ending(const QString& path, std::function<bool(const Error&)> again = {});

    Lab* m_lab;
    RunFollower* m_follower;
    GeneratorDialogs m_dialogs;
    SaveDialog m_saveFile;
    QWidget* m_window;
    QPointer<ImportDialog> m_import;
    Layers m_layers;
    Layers m_opening; ///< those of what is about to be open
    ScriptHints m_hints; ///< of the TorchScript file that was opened last
};

} // namespace saddle
