// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/latent_tools.h"
#include "core/queue/queued_experiment.h"
#include "core/runs/lineage.h"
#include "core/runs/resume.h"
#include "ui/bridge/bridge.h"
#include "ui/bridge/study_bridge.h"
#include "ui/models/experiment_document.h"
#include "ui/plots/series_store.h"

#include <QObject>
#include <QTimer>

#include <filesystem>

namespace saddle {

/// The experiment on the bench: the document being edited, the session that trains it, and what it has recorded. Knows
/// what an edit means while training; panels only show and ask.
class Workbench : public QObject {
    Q_OBJECT

public:
    Workbench(const Catalog& catalog, EngineFactory factory, QObject* parent = nullptr);
    ~Workbench() override;

    ExperimentDocument* document() { return &m_document; }
    Bridge* bridge() { return &m_bridge; }
    StudyBridge* studyBridge() { return &m_studyBridge; }
    const SeriesStore& series() const { return m_series; }
    const std::vector<RunEvent>& events() const { return m_events; }

    /// A preset or an experiment's file, loaded and shown; what trained before is ended and kept.
    Status openExperiment(const QString& presetOrFile);
    /// A run folder, to go on from its last checkpoint; while another process trains it, to watch.
    Status openRun(const QString& folder);
    /// Makes a folder of pictures the data of the experiment, where this program can read one.
    Status useFolderAsData(const QString& folder);
    /// Puts an experiment of the queue on the bench and plays it as soon as it is loaded.
    void playTurn(QueueTurn turn);
    /// An experiment that was put aside with its edits, ready to be trained from step 0.
    void openEdited(Json document, Json base);
    /// The experiment as it is edited now, from step 0, as a run of its own.
    void restart();
    /// The same, from where the run on the bench began: step 0, or another run's checkpoint.
    void reopen();
    /// Goes on from a checkpoint, of this run or of another, in a new run beside that one, whose parent it is. What
    /// trained before is ended and kept; where it was training, the new run plays.
    Status rewindTo(const std::filesystem::path& checkpoint);
    /// Puts the experiment of a checkpoint on the bench, to go on from there with other settings. Until the first step
    /// all may be changed that leave the networks as they are.
    Status forkFrom(const std::filesystem::path& checkpoint);
    /// The run that the one on the bench begins from, as long as nothing has been trained of it.
    std::optional<RunParent> beginsFrom() const;
    /// Whether the run on the bench has begun, so that an edit that needs a restart waits for one.
    bool hasBegun() const;
    /// Whether the experiment has edits that no run on disk has, so that they would be lost with it.
    bool hasUnsavedEdits() const;
    /// The life of the run on the bench, whose folder may not exist yet; nothing where none is kept.
    const std::optional<Lineage>& lineage() const { return m_lineage; }
    void close();

    bool isRunning() const { return m_bridge.state() == SessionState::Running; }
    void togglePlay();
    /// Plays as soon as the experiment is loaded.
    void playWhenReady();
    void step(const QString& phase = {});
    /// Trains one step and lays it open in a folder (docs/trace.md): in this one if it is empty, else in a new one
    /// inside.
    void trace(const QString& folder);
    void stop();
    void saveCheckpoint();
    /// Changes what a remedy changes, as one edit that can be undone, or asks for its checkpoint.
    void apply(const Remedy& remedy);
    void setNoise(double level);
    void releaseNoise();
    /// Noise by hand or by schedule, and the level in force.
    bool noiseIsManual() const;
    double noiseLevel() const;

    /// Bytes that training the loaded experiment takes at least, data included; 0 while nothing is loaded.
    std::int64_t memoryEstimate() const { return m_memoryEstimate; }

    /// What opens generators for use beside training; without it there is nothing to explore.
    void setLatentTools(LatentTools tools) { m_latentTools = std::move(tools); }
    const LatentTools& latentTools() const { return m_latentTools; }
    /// Why the loaded experiment's generator paints no images larger than it learns, in words for a tooltip; empty when
    /// it can.
    QString whyNoPainting() const;

    /// What is unusual about the loaded experiment, a sentence each.
    const QStringList& warnings() const { return m_warnings; }

    /// Labels of edits that wait for a restart.
    const QStringList& waitingEdits() const { return m_waitingEdits; }

    /// Where runs are kept; empty keeps none (tests).
    void setRunsFolder(const std::filesystem::path& folder) { m_runsFolder = folder; }
    const std::filesystem::path& runsFolder() const { return m_runsFolder; }
    /// Where the queue is kept, if not beside the runs; empty where neither is.
    void setQueueFile(const std::filesystem::path& file) { m_queueFile = file; }
    std::filesystem::path queueFile() const;

Q_SIGNALS:
    /// Another experiment or a new run is on the bench: plots and samples start anew.
    void runChanged();
    void rowsAppended();
    void eventHappened(const saddle::RunEvent& event);
    void waitingEditsChanged();
    /// The run is to be gone back to a checkpoint.
    void goBackRequested(qint64 step);
    /// Something could not be done, in words for a person.
    void problem(const QString& text);

private:
    void openSession(const std::filesystem::path& runFolder, Beginning beginning);
    Status watch(const std::filesystem::path& run);
    /// Forgets what was recorded of the run on the bench before.
    void clearRecord();
    Status goOnFrom(const std::filesystem::path& checkpoint, RunParent::How how);
    void onDocumentChanged(const QString& path);
    void onRows(const std::vector<MetricRow>& rows);
    void onEvents(const std::vector<RunEvent>& events);
    void onState();
    void findWaitingEdits(const std::vector<ChangedSetting>& changed);
    /// The settings that differ from what the session has; none while it has nothing.
    std::vector<ChangedSetting> changedSettings() const;
    std::filesystem::path freshRunFolder() const;
    void loadPast();

    ExperimentDocument m_document;
    Bridge m_bridge;
    StudyBridge m_studyBridge;
    SeriesStore m_series;
    std::vector<DiversityPoint> m_diversity; ///< that no row has come for
    std::vector<RunEvent> m_events;
    std::shared_ptr<const EngineInfo> m_info;
    std::int64_t m_memoryEstimate = 0;
    LatentTools m_latentTools;
    Result<CanvasPlan> m_canvas = Error{};
    QStringList m_warnings;
    QStringList m_waitingEdits;
    std::filesystem::path m_runsFolder;
    std::filesystem::path m_queueFile;
    Beginning m_beginning; ///< of the session
    std::filesystem::path m_parentsFolder; ///< in which the run stands that it begins from; empty without one
    std::optional<Lineage> m_lineage;
    QTimer m_reopen;
};

} // namespace saddle
