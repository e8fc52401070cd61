// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/latent_panel.h"

#include "core/latent/latent_text.h"
#include "core/latent/latents_csv.h"
#include "core/runs/run_folder.h"
#include "ui/lab/canvas_panel.h"
#include "ui/lab/copying_pane.h"
#include "ui/lab/generator_export.h"
#include "ui/lab/generator_opener.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/run_follower.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/time_bar.h"
#include "ui/plots/plane_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/workbench.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QUndoStack>

#include <algorithm>
#include <limits>

namespace saddle {

namespace {

const std::string pictureKey = "picture";
const std::string seedKey = "seed";

} // namespace

QUndoStack* LatentPanel::undoStack() const
{
    return m_document->undoStack();
}

void LatentPanel::open(const QString& path)
{
    m_opener->open(path);
}

void LatentPanel::askForFile()
{
    const QString file = m_dialogs.openFile(
        this, tr("Open a generator"), tr("Generators (*.safetensors *.onnx *.pt *.pth *.ckpt);;All files (*)"));
    if (!file.isEmpty())
        open(file);
}

void LatentPanel::askForExport()
{
    if (!m_exporter->whyNot().isEmpty() || m_exporter->isBusy())
        return;
    GeneratorExportDialog dialog(
        tr("generator-step-%1").arg(m_lab->info()->step), m_lab->weightsSource() != nullptr, m_dialogs.saveFile, this);
    if (const std::optional<GeneratorExportRequest> request = dialog.ask())
        m_exporter->write(*request);
}

void LatentPanel::onOpenedByName(const QString& path)
{
    m_opened = path.toStdString();
    fillSources();
}

void LatentPanel::showNotes()
{
    const QString notes = m_opener->notes();
    if (!notes.isEmpty())
        m_banner->show(Banner::Kind::Information, notes, m_opener->offer());
}

void LatentPanel::followRun()
{
    m_opened.clear();
    m_follower->setFollowing(true);
    fillSources();
}

void LatentPanel::showCanvas()
{
    if (!m_follower->isFollowing())
        followRun();
    m_centre->setCurrentWidget(m_canvas);
    m_canvas->setFocus();
}

void LatentPanel::showTime()
{
    if (m_told == Told::Time) {
        m_told = Told::Nothing;
        m_banner->clear();
    }
    if (m_timeline->isLive()) {
        m_follower->setCheckpoint({});
    } else if (const RunTimeline::Moment* moment = m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint)) {
        m_follower->setCheckpoint(moment->checkpoint);
    } else if (m_follower->isFollowing()) {
        m_told = Told::Time;
        m_banner->show(Banner::Kind::Information,
            tr("No checkpoint was saved at or before step %L1: a later generator is shown.").arg(m_timeline->step()));
    }
    fillSources();
}

void LatentPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_timeline->look();
    fillSources();
    m_follower->setWatched(true);
}

void LatentPanel::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_follower->setWatched(false);
}

void LatentPanel::fillSources()
{
    const QSignalBlocker quiet(m_source);
    m_source->clear();
    m_source->addItem(tr("The run on the bench, live"), QString());
    const std::vector<RunTimeline::Moment>& moments = m_timeline->moments();
    for (auto newest = moments.rbegin(); newest != moments.rend(); ++newest) {
        if (!newest->checkpoint.empty())
            m_source->addItem(
                tr("Checkpoint at step %L1").arg(newest->step), QString::fromStdString(newest->checkpoint.string()));
    }
    m_time->setVisible(m_opened.empty());
    const std::filesystem::path& named = m_opened.empty() ? m_follower->checkpoint() : m_opened;
    if (!named.empty()) {
        const QString opened = QString::fromStdString(named.string());
        if (m_source->findData(opened) < 0)
            m_source->addItem(QFileInfo(opened).fileName(), opened);
        m_source->setCurrentIndex(m_source->findData(opened));
    }
    m_source->fitList();
}

void LatentPanel::chooseSource(int index)
{
    const std::filesystem::path path = m_source->itemData(index).toString().toStdString();
    const std::vector<RunTimeline::Moment>& moments = m_timeline->moments();
    const auto moment = std::find_if(moments.begin(), moments.end(),
        [&path](const RunTimeline::Moment& each) { return !path.empty() && each.checkpoint == path; });
    if (path.empty() || moment != moments.end()) {
        // A checkpoint of the run on the bench is a place in its time.
        followRun();
        m_timeline->goTo(path.empty() ? RunTimeline::live : moment->step);
    } else if (path != m_opened) {
        open(QString::fromStdString(path.string()));
    }
    fillSources();
}

void LatentPanel::refuse(const QString& why)
{
    m_told = Told::Refusal;
    m_banner->show(Banner::Kind::Error, why);
}

void LatentPanel::onOpened()
{
    m_shown.reset();
    m_wanted = {};
    if (!m_lab->info()) {
        m_view->clear();
        updateButtons();
        return;
    }
    // Why something else could not be opened is still to be read when the run on the bench opens by itself.
    if (m_told == Told::Nothing || !m_follower->isFollowing()) {
        m_told = Told::Nothing;
        m_banner->clear();
        showNotes();
    }
    const GeneratorInfo& info = *m_lab->info();
    if (m_opener->changedLayers()) {
        describe();
        requestPicture(m_document->latents());
        return updateButtons();
    }
    {
        const QSignalBlocker quiet(m_label);
        m_label->clear();
        for (const std::string& name : info.classes)
            m_label->addItem(QString::fromStdString(name));
        m_label->fitList();
    }
    m_label->setVisible(!info.classes.empty());
    m_labelName->setVisible(!info.classes.empty());
    const bool uniform = info.latent.distribution == LatentDistribution::Uniform;
    m_truncation->setRange(0, uniform ? 1 : 4);
    m_document->reset(info);
    const QSignalBlocker quiet(m_seed);
    m_seed->setValue(static_cast<int>(info.seed % std::numeric_limits<int>::max()));
    describe();
    drawSeed(info.seed);
    updateButtons();
}

void LatentPanel::onRefreshed()
{
    // Why something else could not be opened is still to be read.
    if (m_told == Told::RefusalOfRun)
        m_banner->clear();
    describe();
    // What was asked for last, not what is in view: that may be older, and its picture would come last.
    requestPicture(m_wanted.dimensions > 0 ? m_wanted : m_document->latents());
}

void LatentPanel::describe()
{
    const GeneratorInfo& info = *m_lab->info();
    QStringList parts;
    if (m_lab->weightsSource() || info.step > 0) {
        parts << tr("step %L1").arg(static_cast<qlonglong>(info.step))
              << (info.averaged ? tr("averaged weights") : tr("plain weights"));
    }
    parts << QString::fromStdString(info.device);
    m_weights->setEnabled(m_lab->weightsSource() != nullptr);
    m_about->setText(parts.join(QStringLiteral(" · ")));
    m_about->setToolTip(QString::fromStdString(info.origin.string()));
}

void LatentPanel::draw()
{
    drawSeed(static_cast<quint64>(m_seed->value()));
}

void LatentPanel::drawSeed(quint64 seed)
{
    if (!m_lab->info())
        return;
    LatentRequest request;
    request.seed = seed;
    request.count = 1;
    if (m_truncation->value() > 0)
        request.truncation = m_truncation->value();
    m_lab->ask<Latents>(
        seedKey, this, [request](LabNetworks& networks) { return networks.generator().draw(request); },
        [this, seed](const Result<Latents>& drawn) {
            if (!drawn)
                return refuse(QString::fromStdString(drawn.error().sentence()));
            m_document->setDrawn(*drawn, seed);
        });
}

void LatentPanel::randomise(bool lockedToo)
{
    if (lockedToo)
        m_document->unlockAll();
    const auto seed = static_cast<int>(QRandomGenerator::global()->bounded(std::numeric_limits<int>::max()));
    m_seed->setValue(seed); // which draws
}

void LatentPanel::requestPicture(const Latents& latents)
{
    if (!m_lab->info() || latents.dimensions != m_lab->info()->latent.dimensions)
        return;
    m_wanted = latents;
    m_lab->ask<Samples>(
        pictureKey, this, [latents](LabNetworks& networks) { return networks.generator().make(latents); },
        [this, latents](const Result<Samples>& samples) {
            if (samples)
                showPicture(latents, *samples);
            else
                refuse(QString::fromStdString(samples.error().sentence()));
        });
}

void LatentPanel::showPicture(const Latents& latents, const Samples& samples)
{
    m_shown = std::make_shared<const LatentPicture>(LatentPicture{latents, samples});
    if (samples.isPoints()) {
        Samples shown = samples;
        if (m_realPoints && m_follower->isFollowing())
            shown.realPoints = m_realPoints->realPoints;
        m_plane->setSamples(shown);
        m_stack->setCurrentWidget(m_plane);
    } else {
        m_view->setImage(picture(samples));
        m_view->setPngText(pictureText(*m_lab->info()));
        m_view->setSuggestedName(tr("seed-%1").arg(m_document->state().seed));
        m_stack->setCurrentWidget(m_view);
    }
    Q_EMIT pictureChanged();
}

void LatentPanel::copyLatent()
{
    QApplication::clipboard()->setText(QString::fromStdString(latentText(m_document->latents())));
}

void LatentPanel::pasteLatent()
{
    const QString text = QApplication::clipboard()->text();
    const Result<Latents> latents = latentFromText(text.toStdString(), m_document->dimensions());
    if (!latents)
        return refuse(tr("No latent was pasted: %1").arg(QString::fromStdString(latents.error().sentence())));
    m_banner->clear();
    m_document->setLatents(*latents, tr("Pasting of a latent"));
}

void LatentPanel::save()
{
    if (!m_shown)
        return;
    const QString stem = tr("step-%1-seed-%2").arg(m_lab->info()->step).arg(m_document->state().seed);
    const Latents latents = m_shown->latents;
    const Result<QString> file = saveAs(this, m_dialogs.saveFile, tr("Save the picture and its latent"), stem,
        SaveFormat::Png, [this, &latents](const QString& path) -> Status {
            // The numbers beside the picture, so that it can be made again.
            const QFileInfo picture(path);
            const QString csv = picture.dir().filePath(picture.completeBaseName() + QStringLiteral(".csv"));
            if (Status written = writeLatents(csv.toStdString(), latents, {picture.fileName().toStdString()}); !written)
                return written;
            return m_shown->samples.isPoints() ? m_plane->savePng(path) : m_view->savePng(path);
        });
    if (!file)
        refuse(QString::fromStdString(file.error().sentence()));
    else if (!file->isEmpty())
        Q_EMIT saved(*file);
}

Result<RealData> LatentPanel::realData() const
{
    const Catalog& catalog = m_workbench->document()->catalog();
    if (!m_lab->info())
        return Error{"no generator is open", "", "open one"};
    if (m_follower->isFollowing()) {
        // The run in training may have no checkpoint yet.
        const std::shared_ptr<const Json>& document = m_workbench->bridge()->now().document;
        if (!document)
            return Error{"the run on the bench is not loaded", "", "wait until it is"};
        const Json options = (*document)["data"];
        return RealData{options.dump(), [&catalog, options](const LoadMonitor& monitor) {
                            return catalog.sources.find(options["source"])->load(options, monitor);
                        }};
    }
    const std::filesystem::path origin = m_lab->info()->origin;
    return RealData{origin.string(),
        [&catalog, origin](const LoadMonitor& monitor) { return loadDataOf(origin, catalog, monitor); }};
}

void LatentPanel::updateButtons()
{
    const bool open = m_lab->info() != nullptr;
    for (QWidget* widget : std::initializer_list<QWidget*>{
             m_seed, m_seedBack, m_seedForward, m_random, m_truncation, m_label, m_reset, m_copy, m_paste, m_steering})
        widget->setEnabled(open);
    m_save->setEnabled(m_shown != nullptr);
    const QString whyNoExport = m_exporter->isBusy() ? tr("A file is being written") : m_exporter->whyNot();
    m_export->setEnabled(whyNoExport.isEmpty());
    m_export->setToolTip(
        whyNoExport.isEmpty() ? tr("Write the generator to a file: for here, PyTorch or onnxruntime") : whyNoExport);
    const QString whyNoLayers = m_opener->whyNoLayers();
    m_layers->setEnabled(whyNoLayers.isEmpty());
    m_layers->setToolTip(whyNoLayers.isEmpty() ? tr("Look into the generator and edit its layers") : whyNoLayers);
    const QUndoStack* undo = m_document->undoStack();
    m_undo->setEnabled(undo->canUndo());
    m_redo->setEnabled(undo->canRedo());
    m_undo->setToolTip(undo->canUndo() ? tr("Undo: %1 (Ctrl+Z)").arg(undo->undoText()) : tr("Nothing to undo"));
    m_redo->setToolTip(undo->canRedo() ? tr("Redo: %1 (Ctrl+Shift+Z)").arg(undo->redoText()) : tr("Nothing to redo"));
}

} // namespace saddle
