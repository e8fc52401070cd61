// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/io/torch_file.h"
#include "core/latent/foreign/foreign_proposal.h"
#include "core/latent/latent_tools.h"
#include "ui/widgets/save_file.h"

#include <QDialog>

#include <filesystem>
#include <memory>
#include <optional>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace saddle {

class Banner;
class ElidingCombo;
class ImageView;
class LayerEditor;
class PlaneView;
class QuestionForm;

/// Weights of PyTorch become a generator: which network of the file, what its names and shapes leave open, its layers
/// as they are proposed, and samples of them at once. Everything that takes time is done on a thread of its own. It
/// reads first and shows itself when there is something to show; else `refused` says why not, and it is gone.
///
/// A generator that is known already comes with its layers, and only these are edited.
class ImportDialog : public QDialog {
    Q_OBJECT

public:
    ImportDialog(const Catalog& catalog, LatentTools tools, std::filesystem::path file, SaveDialog saveFile,
        QWidget* parent = nullptr);
    /// The layers of `generator`, each of which has a name (withNamedLayers), as they were edited before.
    ImportDialog(const Catalog& catalog, LatentTools tools, const GeneratorModel& generator, NetworkDescription edited,
        SaveDialog saveFile, QWidget* parent = nullptr);
    ~ImportDialog() override;

    LayerEditor* layers() const { return m_layers; }
    QuestionForm* questions() const { return m_questions; }
    ImageView* samples() const { return m_samples; }
    /// The generator as it is now, whether it fits or not.
    const GeneratorModel& model() const { return m_model; }
    /// Samples of the model of now are in view.
    bool isShowingSamples() const { return m_showing && !m_proposing; }

Q_SIGNALS:
    void chosen(const saddle::GeneratorModel& model);
    void refused(const QString& why);
    void saved(const QString& file);

private:
    enum class Of { Weights, Generator };
    struct Proposed;

    ImportDialog(const Catalog& catalog, LatentTools tools, std::filesystem::path file, SaveDialog saveFile,
        QWidget* parent, Of of);
    QWidget* makeSide();
    QWidget* makeSamples();
    void makeButtons(QVBoxLayout* column);
    void fillNetworks();

    template <typename Value>
    void post(const char* key, std::function<Result<Value>()> work, std::function<void(const Result<Value>&)> done);
    void read();
    void chooseNetwork(int index);
    void propose(std::size_t network, const ForeignAnswers& answers);
    void take(const Proposed& proposed);
    void answer(const QString& key, const QString& value);
    void edit(const NetworkDescription& network);
    /// Checks the layers of now, marks the one at fault, and asks for samples where all is well.
    void check();
    void requestSamples();
    void showSamples(const Samples& samples);
    void takeBack();
    void save();
    void updateButtons();

    const Of m_of;
    const Catalog& m_catalog;
    LatentTools m_tools;
    std::filesystem::path m_file;
    SaveDialog m_saveFile;
    std::shared_ptr<const TorchFile> m_read;
    std::size_t m_network = 0;
    std::shared_ptr<const StateDict> m_state; ///< of that network
    ForeignAnswers m_answers;
    std::shared_ptr<const ForeignProposal> m_proposal;
    GeneratorModel m_model;
    bool m_edited = false; ///< the layers are no longer those proposed
    std::optional<std::pair<ForeignAnswers, NetworkDescription>> m_before; ///< edits that an answer undid
    std::optional<NetworkDescription> m_restore; ///< to be put back with the next proposal
    bool m_fits = false;
    bool m_showing = false;
    bool m_proposing = false; ///< other layers are on their way
    std::uint64_t m_asked = 0; ///< counts models, so that samples of an older one are known

    Banner* m_banner;
    QLabel* m_networkName;
    ElidingCombo* m_networks;
    QuestionForm* m_questions;
    QLabel* m_guesses;
    QLabel* m_unknown;
    QLabel* m_unknownTitle;
    LayerEditor* m_layers;
    QPushButton* m_anew;
    ImageView* m_samples;
    PlaneView* m_points;
    QLabel* m_about;
    QPushButton* m_open;
    QPushButton* m_save;
    JobThread m_work; ///< last: joins before the rest goes
};

} // namespace saddle
