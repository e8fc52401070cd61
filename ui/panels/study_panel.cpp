// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/study_panel.h"

#include "core/runs/run_folder.h"
#include "ui/bridge/study_bridge.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/page_view.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTableWidget>

namespace saddle {

namespace fs = std::filesystem;

namespace {

enum Column { Method, Seed, State, Steps, Speed, ColumnCount };

QString stateText(const StudyRunProgress& run)
{
    switch (run.state) {
    case StudyRunState::Waiting:
        return StudyPanel::tr("waiting");
    case StudyRunState::Loading:
        return run.loading.empty() ? StudyPanel::tr("loading") : fromUtf8(run.loading);
    case StudyRunState::Training:
        return run.refusal.empty() ? StudyPanel::tr("training") : StudyPanel::tr("waits for the disk");
    case StudyRunState::Done:
        return StudyPanel::tr("done");
    case StudyRunState::Stopped:
        return StudyPanel::tr("stopped");
    case StudyRunState::Failed:
        return StudyPanel::tr("failed");
    }
    return {};
}

QString stepsText(const Study& study, const StudyRunProgress& run)
{
    const auto limit = study.methods[run.run.method].document["training"]["steps"].get<qint64>();
    const QString done = QLocale().toString(static_cast<qint64>(run.step));
    return limit > 0 ? StudyPanel::tr("%1 of %2").arg(done, QLocale().toString(limit)) : done;
}

} // namespace

void StudyPanel::setWindowData(const Json& section, const QString& name)
{
    m_windowData = section;
    m_data->setItemText(1, tr("As in the window: %1").arg(name));
    m_data->fitList();
}

void StudyPanel::setStudiesFolder(const fs::path& folder)
{
    m_studiesFolder = folder;
    chooseStudy(m_study->currentIndex());
}

void StudyPanel::chooseStudy(int index)
{
    const Result<Study> study = loadStudy(m_study->itemData(index).toString().toStdString(), m_bridge->catalog());
    m_start->setEnabled(study.ok() && !m_bridge->isRunning());
    if (!study) {
        m_description->clear();
        refuse(study.error());
        return;
    }
    m_banner->clear();
    QStringList methods;
    for (const StudyMethod& method : study->methods)
        methods << fromUtf8(method.label);
    const QString words = fromUtf8(study->description);
    m_description->setText(
        words + (words.isEmpty() ? QString() : QStringLiteral("\n")) + methods.join(QStringLiteral(" · ")));
    // What is going to be done.
    std::vector<StudyRunProgress> waiting;
    for (const StudyRun& run : studyRuns(*study))
        waiting.push_back({run, StudyRunState::Waiting, {}, 0, 0, {}, {}});
    showRuns(*study, waiting);
    QStringList seeds;
    for (const std::int64_t seed : study->seeds)
        seeds << QString::number(seed);
    m_seeds->setText(seeds.join(QStringLiteral(", ")));
    m_folder->setPlaceholderText(
        m_studiesFolder.empty() ? tr("Choose a folder") : QString::fromStdString(chosenFolder(study->name).string()));
}

void StudyPanel::openStudyFile()
{
    const QString file = m_dialogs.openFile(this, tr("Open a study"), tr("Studies (*.json)"));
    if (file.isEmpty())
        return;
    const Result<Study> study = loadStudy(file.toStdString(), m_bridge->catalog());
    if (!study) {
        refuse(study.error());
        return;
    }
    m_study->addItem(fromUtf8(study->title), file);
    m_study->setItemData(m_study->count() - 1, file, Qt::ToolTipRole);
    m_study->fitList();
    m_study->setCurrentIndex(m_study->count() - 1);
}

void StudyPanel::chooseFolder()
{
    const QString folder = m_dialogs.openFolder(this, tr("Folder for the study"));
    if (!folder.isEmpty())
        m_folder->setText(folder);
}

fs::path StudyPanel::chosenFolder(const std::string& name) const
{
    const QString typed = m_folder->text().trimmed();
    return typed.isEmpty() ? newRunFolder(m_studiesFolder, name) : fs::path(typed.toStdString());
}

Result<std::vector<std::int64_t>> StudyPanel::chosenSeeds() const
{
    std::vector<std::int64_t> seeds;
    for (const QString& word : m_seeds->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        bool good = false;
        seeds.push_back(word.trimmed().toLongLong(&good));
        if (!good)
            return Error{tr("“%1” is no seed").arg(word.trimmed()).toStdString(), tr("Seeds").toStdString(),
                tr("write whole numbers with commas between them: 1, 2, 3").toStdString()};
    }
    return seeds;
}

Result<Study> StudyPanel::chosenStudy() const
{
    StudyChanges changes;
    Result<std::vector<std::int64_t>> seeds = chosenSeeds();
    if (!seeds)
        return seeds.error();
    changes.seeds = *std::move(seeds);
    if (m_data->currentIndex() == 1 && m_windowData.contains("source")) {
        // The kind first: its settings are known only then.
        changes.settings.push_back({"data.source", m_windowData["source"]});
        for (const auto& [key, value] : m_windowData.items()) {
            if (key != "source")
                changes.settings.push_back({"data." + key, value});
        }
    }
    if (m_steps->value() > 0)
        changes.settings.push_back({"training.steps", m_steps->value()});
    return loadStudy(m_study->currentData().toString().toStdString(), m_bridge->catalog(), changes);
}

void StudyPanel::start()
{
    Result<Study> study = chosenStudy();
    if (!study) {
        refuse(study.error());
        return;
    }
    const fs::path folder = chosenFolder(study->name);
    if (m_studiesFolder.empty() && m_folder->text().trimmed().isEmpty())
        return chooseFolder();
    begin(*std::move(study), folder);
}

void StudyPanel::goOn()
{
    const QString folder = m_dialogs.openFolder(this, tr("Go on with a study"));
    if (folder.isEmpty())
        return;
    Result<Study> study = readStudyRecord(folder.toStdString(), m_bridge->catalog());
    if (!study)
        refuse(study.error());
    else
        begin(*std::move(study), folder.toStdString());
}

void StudyPanel::begin(Study study, const fs::path& folder)
{
    const Catalog& catalog = m_bridge->catalog();
    for (const Status& good : {checkStudy(study, catalog), StudyRunner::check(study, folder, catalog)}) {
        if (!good)
            return refuse(good.error());
    }
    m_banner->clear();
    Q_EMIT aboutToStart();
    m_pageShown = false;
    m_picture->clear();
    m_shown->setCurrentWidget(m_picture);
    m_bridge->start(std::move(study), folder);
}

void StudyPanel::refuse(const Error& error)
{
    m_banner->show(Banner::Kind::Error, fromUtf8(error.sentence()));
}

void StudyPanel::showProgress()
{
    const StudyProgress& now = m_bridge->now();
    const bool running = m_bridge->isRunning();
    m_setup->setEnabled(!running);
    m_start->setVisible(!running);
    m_goOn->setVisible(!running);
    m_stop->setVisible(running);
    m_openPage->setEnabled(!now.page.empty());
    m_openPage->setToolTip(now.page.empty() ? tr("The page is written when the first run is done")
                                            : tr("Opens %1").arg(QString::fromStdString(now.page.string())));
    m_showFolder->setEnabled(!now.runs.empty());
    if (!now.runs.empty())
        showRuns(m_bridge->study(), now.runs);
    if (now.error)
        refuse(*now.error);
    else if (now.over && now.stopped)
        m_banner->show(Banner::Kind::Information,
            tr("Stopped, and everything is kept. “Go on with…” takes it up again from %1.").arg(studyFolder()));
    if (now.over && now.picture.empty() && !now.page.empty())
        say(tr("The page of the study is ready: “Open page” shows it in the browser."));
    if (now.over && !now.picture.empty() && !m_pageShown)
        showPage();
}

void StudyPanel::showRuns(const Study& study, const std::vector<StudyRunProgress>& runs)
{
    m_runs->setRowCount(static_cast<int>(runs.size()));
    for (int row = 0; row < m_runs->rowCount(); ++row) {
        const StudyRunProgress& run = runs[static_cast<std::size_t>(row)];
        const QStringList texts{fromUtf8(study.methods[run.run.method].label), QString::number(run.run.seed),
            stateText(run), stepsText(study, run),
            run.millisecondsPerStep > 0 ? QLocale().toString(run.millisecondsPerStep, 'f', 1) : QString()};
        for (int column = 0; column < ColumnCount; ++column) {
            QTableWidgetItem* item = m_runs->item(row, column);
            if (!item) {
                item = new QTableWidgetItem;
                item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
                item->setTextAlignment(
                    Qt::AlignVCenter | (column == Method || column == State ? Qt::AlignLeft : Qt::AlignRight));
                m_runs->setItem(row, column, item);
            }
            item->setText(texts[column]);
            const std::string& reason = run.refusal.empty() ? run.failure : run.refusal;
            item->setToolTip(reason.empty() ? texts[column] : fromUtf8(reason));
        }
        if (run.state == StudyRunState::Training && !m_pageShown)
            say(tr("Samples of %1, refreshed while it trains").arg(texts[Method]));
    }
}

QString StudyPanel::studyFolder() const
{
    return QString::fromStdString(m_bridge->now().folder.string());
}

void StudyPanel::say(const QString& caption)
{
    m_caption->setText(caption);
    m_caption->show();
}

void StudyPanel::showPage()
{
    m_pageShown = true;
    Result<Image> page = readPng(m_bridge->now().picture);
    if (!page) {
        refuse(page.error());
        return;
    }
    say(tr("The page of the study; “Open page” shows it in the browser."));
    m_page->setPage(*std::move(page));
    m_shown->setCurrentWidget(m_page);
}

void StudyPanel::showSamples(const Samples& samples)
{
    if (!m_pageShown)
        m_picture->setImage(picture(samples));
}

} // namespace saddle
