// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/runs_panel.h"

#include "core/runs/presets.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_lock.h"
#include "core/runs/run_origin.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/fake_engine.h"
#include "tests/support/scratch.h"
#include "ui/models/run_list_model.h"
#include "ui/panels/run_details_pane.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTreeView>

#include <fstream>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int patience = 20000;

/// A run as training leaves it: its last step, losses and state.
void makeRun(const fs::path& folder, std::int64_t step, double discriminator, const char* lastEvent,
    const std::string& preset = "fashion-dcgan")
{
    Result<Json> experiment = loadExperiment(preset, fakeCatalog());
    if (!experiment)
        qFatal("%s", experiment.error().sentence().c_str());
    (*experiment)["training"]["steps"] = 5000;
    (*experiment)["sampling"]["rows"] = (*experiment)["sampling"]["columns"] = 2;
    const Result<std::unique_ptr<RunFolder>> run = RunFolder::create(folder, *experiment, fakeColumns());
    if (!run)
        qFatal("%s", run.error().sentence().c_str());
    Samples samples;
    samples.step = step;
    samples.count = 4;
    samples.width = samples.height = 32;
    samples.channels = 1;
    samples.columns = 2;
    samples.pixels.assign(4 * 32 * 32, static_cast<std::uint8_t>(step % 256));
    const MetricRow row{step, 1, step * 64, static_cast<double>(step) / 50, {discriminator, 2 * discriminator, 0.1}};
    for (const Status& done : {(*run)->appendRows({row}), (*run)->appendEvent({0, 0, "start", "Started", {}}),
             (*run)->appendEvent({step, 1, lastEvent, "", {}}), (*run)->writeSamples(samples)}) {
        if (!done)
            qFatal("%s", done.error().sentence().c_str());
    }
    for (const std::int64_t at : {step / 2, step}) {
        if (const auto saved = writeCheckpoint(folder, at, {}); !saved)
            qFatal("%s", saved.error().sentence().c_str());
    }
}

/// One row more, after the first run's.
void makeStep(const fs::path& folder)
{
    std::ofstream(folder / "metrics.csv", std::ios::app) << "101,1,6464,2.02,0.5,1,0.1\n";
}

/// Four runs, one of them a branch, and two folders that are none or broken.
struct Fixture {
    Scratch scratch;
    QString folderToOpen;
    QStringList shown;
    QStringList thrown;
    bool trashWorks = true;
    bool systemsTrash;
    std::unique_ptr<RunsPanel> panel;

    explicit Fixture(bool withRuns = true, bool withSystemsTrash = false)
        : systemsTrash(withSystemsTrash)
    {
        QSettings().clear();
        if (withRuns) {
            makeRun(runs() / "alpha", 100, 0.5, "pause");
            makeRun(runs() / "beta", 3000, 0.25, "finish");
            makeRun(runs() / "gamma", 20, 4, "checkpoint", "ring-gan"); // died while it trained
            makeRun(runs() / "delta", 50, 1, "pause");
            check(writeOrigin(runs() / "delta", originNow(RunParent{"beta", 1500, RunParent::How::Fork})));
            check(writeMarks(runs() / "beta", {"Best so far", "sharp shirts", false, {1500}}));
            scratch.write("runs/broken/experiment.json", "{");
            scratch.write("runs/pictures/cat.png", "x");
        }
        panel = makePanel();
        panel->resize(1200, 640);
        panel->show();
        if (!QTest::qWaitForWindowActive(panel.get()))
            qFatal("no window");
    }

    static void check(const Status& done)
    {
        if (!done)
            qFatal("%s", done.error().sentence().c_str());
    }

    std::unique_ptr<RunsPanel> makePanel()
    {
        RunsDialogs dialogs;
        dialogs.openFolder = [this](QWidget*, const QString&) { return folderToOpen; };
        dialogs.showFile = [this](const QString& path) { shown << path; };
        dialogs.moveToTrash = [this](const QString& path) -> Result<QString> {
            if (!trashWorks)
                return Error{"it cannot be moved to the trash", path.toStdString(), "delete it"};
            thrown << path;
            fs::create_directories(scratch.path("trash/files"));
            fs::create_directories(scratch.path("trash/info"));
            const fs::path from = path.toStdString();
            const fs::path place = scratch.path("trash/files") / from.filename();
            fs::rename(from, place);
            scratch.write("trash/info/" + from.filename().string() + ".trashinfo", "[Trash Info]\n");
            return QString::fromStdString(place.string());
        };
        if (systemsTrash)
            dialogs.moveToTrash = systemMoveToTrash;
        auto made = std::make_unique<RunsPanel>(fakeCatalog(), dialogs);
        made->setRunsFolder(runs());
        return made;
    }

    fs::path runs() const { return scratch.path("runs"); }
    QString path(const char* run) const { return QString::fromStdString((runs() / run).string()); }
    template <typename T>
    T* child(const char* name) const
    {
        return panel->findChild<T*>(QLatin1String(name));
    }
    QTreeView* table() const { return child<QTreeView>("runsTable"); }
    QAbstractItemModel* model() const { return table()->model(); }
    QString cell(int row, int column) const { return model()->index(row, column).data().toString(); }
    QString names() const
    {
        QStringList all;
        for (int row = 0; row < model()->rowCount(); ++row)
            all << cell(row, 0);
        return all.join(QStringLiteral(", "));
    }
    bool loaded(int count) const
    {
        return QTest::qWaitFor([this, count] { return model()->rowCount() == count; }, patience);
    }
    int rowOf(const QString& name) const
    {
        for (int row = 0; row < model()->rowCount(); ++row) {
            if (cell(row, 0) == name)
                return row;
        }
        return -1;
    }
    QPoint middle(const QString& name) const { return table()->visualRect(model()->index(rowOf(name), 0)).center(); }
    void click(const QString& name, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::mouseClick(table()->viewport(), Qt::LeftButton, modifiers, middle(name));
    }
    void sortBy(int column, Qt::SortOrder order) const { table()->sortByColumn(column, order); }
};

} // namespace

class RunsPanelTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("runs"));
    }

    void theModelKeepsItsPromises()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        RunListModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const Result<std::vector<RunSummary>> runs = scanRuns(f.runs());
        QVERIFY_OK(runs);
        model.setRuns(*runs);
        QCOMPARE(model.rowCount(), 6);
        RunFilterModel filtered(&model);
        const QAbstractItemModelTester filterTester(&filtered, QAbstractItemModelTester::FailureReportingMode::QtTest);
        filtered.sort(RunListModel::StepsColumn);
        model.setTree(true);
        QCOMPARE(model.rowCount(), 5);
        const QModelIndex branch = model.indexOf(f.runs() / "delta");
        QCOMPARE(branch.parent().data().toString(), QStringLiteral("Best so far"));
        // A branch that is found keeps the run it stands below.
        filtered.setWords(QStringLiteral("delta"));
        QCOMPARE(filtered.rowCount(), 1);
        QCOMPARE(filtered.rowCount(filtered.index(0, 0)), 1);
        filtered.setWords({});
        QVERIFY(model.setData(branch, QStringLiteral("renamed")));
        model.setRuns(*scanRuns(f.runs()));
        QCOMPARE(model.indexOf(f.runs() / "delta").data().toString(), QStringLiteral("renamed"));
        model.setRuns({});
        QCOMPARE(filtered.rowCount(), 0);
    }

    void runsThatAreEachOthersParents()
    {
        const Fixture f(false);
        for (const char* name : {"one", "two", "three"})
            makeRun(f.runs() / name, 10, 1, "pause");
        for (const auto& [run, parent] : {std::pair("one", "two"), {"two", "one"}, {"three", "one"}})
            Fixture::check(writeOrigin(f.runs() / run, originNow(RunParent{parent, 5, RunParent::How::Rewind})));
        RunListModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTree(true);
        model.setRuns(*scanRuns(f.runs()));
        QVERIFY(!model.indexOf(f.runs() / "one").parent().isValid());
        QVERIFY(!model.indexOf(f.runs() / "two").parent().isValid());
        QVERIFY(model.indexOf(f.runs() / "one").isValid());
    }

    void cells()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        const int row = f.rowOf(QStringLiteral("Best so far"));
        QCOMPARE(f.cell(row, RunListModel::PresetColumn), QStringLiteral("fashion-dcgan"));
        QCOMPARE(f.cell(row, RunListModel::StateColumn), QStringLiteral("Stopped"));
        QCOMPARE(f.cell(row, RunListModel::StepsColumn), QStringLiteral("3,000 of 5,000"));
        QCOMPARE(f.cell(row, RunListModel::TimeColumn), QStringLiteral("1 min 00 s"));
        QCOMPARE(f.cell(row, RunListModel::DiscriminatorColumn), QStringLiteral("0.25"));
        QCOMPARE(f.cell(row, RunListModel::GeneratorColumn), QStringLiteral("0.5"));
        QCOMPARE(f.cell(f.rowOf(QStringLiteral("gamma")), RunListModel::StateColumn), QStringLiteral("Interrupted"));
        QVERIFY(f.child<QLabel>("runsFooter")->text().startsWith(QStringLiteral("5 runs, ")));
        QVERIFY(f.child<QLabel>("runsFooter")->text().endsWith(QString::fromStdString(f.runs().string())));
        // The first two pictures of a grid of four, 32 pixels each.
        const QModelIndex first = f.model()->index(row, 0);
        QTRY_VERIFY(!first.data(RunListModel::ThumbnailRole).value<QImage>().isNull());
        QCOMPARE(first.data(RunListModel::ThumbnailRole).value<QImage>().size(), QSize(66, 66)); // 2 between them
    }

    void whatIsNoRunIsGreyAndHarmless()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        for (const auto& [name, words] : {std::pair("broken", "experiment.json"), {"pictures", "no run"}}) {
            const QModelIndex index = f.model()->index(f.rowOf(QLatin1String(name)), 0);
            QVERIFY(index.data(RunListModel::QuietRole).toBool());
            QVERIFY2(index.data(Qt::ToolTipRole).toString().contains(QLatin1String(words)),
                qPrintable(index.data(Qt::ToolTipRole).toString()));
        }
        f.click(QStringLiteral("pictures"));
        for (const char* name : {"runOpen", "runRename", "runPin", "runExport", "runDelete", "runNoteEdit"})
            QVERIFY2(!f.child<QAction>(name)->isEnabled(), name);
        QVERIFY(f.child<QAction>("runShowFolder")->isEnabled());
        QSignalSpy opened(f.panel.get(), &RunsPanel::openRequested);
        QTest::keyClick(f.table(), Qt::Key_Return);
        f.click(QStringLiteral("broken"));
        QTest::keyClick(f.table(), Qt::Key_Return);
        QTest::keyClick(f.table(), Qt::Key_F2);
        QCOMPARE(opened.count(), 0);
    }

    void filtering()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        auto* filter = f.child<QLineEdit>("runsFilter");
        f.sortBy(RunListModel::NameColumn, Qt::AscendingOrder);
        QTest::keyClicks(filter, QStringLiteral("SHIRTS best"));
        QCOMPARE(f.names(), QStringLiteral("Best so far"));
        filter->setText(QStringLiteral("ring-gan"));
        QCOMPARE(f.names(), QStringLiteral("gamma"));
        filter->setText(QStringLiteral("paused"));
        QCOMPARE(f.names(), QStringLiteral("alpha, delta"));
        filter->setText(QStringLiteral("nothing has this"));
        QCOMPARE(f.names(), QString());
        QVERIFY(f.child<QLabel>("runsEmpty")->isVisible());
        filter->clear();
        QVERIFY(f.table()->isVisible());
        QCOMPARE(f.model()->rowCount(), 6);
    }

    void sortingKeepsPinnedOnesFirst()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        f.child<QLineEdit>("runsFilter")->setText(QStringLiteral("fashion")); // without the two that are none
        f.sortBy(RunListModel::StepsColumn, Qt::AscendingOrder);
        QCOMPARE(f.names(), QStringLiteral("delta, alpha, Best so far"));
        // A click on the header turns the order round.
        QHeaderView* header = f.table()->header();
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
            QPoint(header->sectionViewportPosition(RunListModel::StepsColumn) + 20, header->height() / 2));
        QCOMPARE(f.names(), QStringLiteral("Best so far, alpha, delta"));
        f.click(QStringLiteral("alpha"));
        QTest::keyClick(f.table(), Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(f.names(), QStringLiteral("alpha, Best so far, delta"));
        f.sortBy(RunListModel::StepsColumn, Qt::AscendingOrder);
        QCOMPARE(f.names(), QStringLiteral("alpha, delta, Best so far"));
        QVERIFY(readMarks(f.runs() / "alpha").pinned);
        f.child<QAction>("runPin")->trigger();
        QVERIFY(!readMarks(f.runs() / "alpha").pinned);
    }

    void renaming()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        f.click(QStringLiteral("alpha"));
        QTest::keyClick(f.table(), Qt::Key_F2);
        auto* editor = f.table()->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor);
        QCOMPARE(editor->text(), QStringLiteral("alpha"));
        editor->selectAll();
        QTest::keyClicks(editor, QStringLiteral("First "));
        // The run goes on meanwhile.
        makeStep(f.runs() / "alpha");
        f.panel->refresh();
        QTRY_COMPARE(
            f.cell(f.rowOf(QStringLiteral("alpha")), RunListModel::StepsColumn), QStringLiteral("101 of 5,000"));
        QTest::keyClicks(editor, QStringLiteral("try"));
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_VERIFY(f.rowOf(QStringLiteral("First try")) >= 0);
        QCOMPARE(readMarks(f.runs() / "alpha").name, "First try");
        QCOMPARE(f.child<QLabel>("runTitle")->text(), QStringLiteral("First try"));
        // An empty name gives the folder's back.
        QTRY_VERIFY(!f.table()->viewport()->findChild<QLineEdit*>());
        f.child<QAction>("runRename")->trigger();
        editor = f.table()->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor);
        editor->selectAll();
        QTest::keyClick(editor, Qt::Key_Delete);
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_VERIFY(f.rowOf(QStringLiteral("alpha")) >= 0);
        QCOMPARE(readMarks(f.runs() / "alpha").name, "");
    }

    void marksThatCannotBeWritten()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        f.scratch.write("runs/alpha/marks.json", R"({"schema": 9})");
        f.click(QStringLiteral("alpha"));
        f.child<QAction>("runPin")->trigger();
        QVERIFY(f.child<Banner>("runsBanner")->text().contains(QStringLiteral("newer")));
    }

    void notesAndCheckpoints()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        f.click(QStringLiteral("Best so far"));
        auto* note = f.child<QPlainTextEdit>("runNote");
        QCOMPARE(note->toPlainText(), QStringLiteral("sharp shirts"));
        QTest::keyClick(f.table(), Qt::Key_F4);
        QVERIFY(note->hasFocus());
        QTest::keyClicks(note, QStringLiteral(", soft shoes"));
        f.click(QStringLiteral("gamma")); // leaving it hands it over
        QCOMPARE(readMarks(f.runs() / "beta").note, "sharp shirts, soft shoes");
        QCOMPARE(note->toPlainText(), QString());
        f.click(QStringLiteral("Best so far"));
        auto* checkpoints = f.child<QListWidget>("runCheckpoints");
        QTRY_COMPARE(checkpoints->count(), 2);
        QVERIFY(checkpoints->item(0)->text().startsWith(QStringLiteral("Step 3,000")));
        QCOMPARE(checkpoints->item(1)->checkState(), Qt::Checked);
        checkpoints->item(0)->setCheckState(Qt::Checked);
        checkpoints->item(1)->setCheckState(Qt::Unchecked);
        const RunMarks expected{"Best so far", "sharp shirts, soft shoes", false, {3000}};
        QVERIFY(readMarks(f.runs() / "beta") == expected);
    }

    void detailsOfARun()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        f.click(QStringLiteral("delta"));
        QVERIFY(f.child<QLabel>("runFacts")->text().contains(QStringLiteral("Branched off beta at step 1,500")));
        QTRY_COMPARE(f.child<ImageView>("runGrid")->image().width, 66);
        auto* changes = f.child<QTableWidget>("runChanges");
        QTRY_VERIFY(changes->rowCount() > 0);
        QStringList rows;
        for (int row = 0; row < changes->rowCount(); ++row)
            rows << changes->item(row, 0)->text() + QStringLiteral(" = ") + changes->item(row, 1)->text();
        const QString all = rows.join(QLatin1Char('\n'));
        QVERIFY2(all.contains(QStringLiteral("→ 5000")), qPrintable(all));
        f.click(QStringLiteral("pictures"));
        QCOMPARE(f.child<QListWidget>("runCheckpoints")->count(), 0);
    }

    void throwingAwayAndBack()
    {
        Fixture f;
        QVERIFY(f.loaded(6));
        f.click(QStringLiteral("alpha"));
        f.click(QStringLiteral("gamma"), Qt::ControlModifier);
        QTest::keyClick(f.table(), Qt::Key_Delete);
        QCOMPARE(f.thrown.size(), 2);
        QVERIFY(f.loaded(4));
        QVERIFY(!fs::exists(f.runs() / "alpha"));
        auto* banner = f.child<Banner>("runsBanner");
        QVERIFY(banner->text().contains(QStringLiteral("2 runs")));
        Q_EMIT banner->actionTriggered();
        QVERIFY(f.loaded(6));
        QVERIFY(fs::exists(f.runs() / "alpha/metrics.csv"));
        QVERIFY(fs::is_empty(f.scratch.path("trash/info")));
        QVERIFY(!banner->isVisible());
        f.trashWorks = false;
        f.click(QStringLiteral("alpha"));
        f.child<QPushButton>("runsDelete")->click();
        QVERIFY(banner->text().contains(QStringLiteral("alpha")));
        QVERIFY(fs::exists(f.runs() / "alpha"));
    }

    void theSystemsTrash()
    {
        const Scratch home;
        const QByteArray homeBefore = qgetenv("HOME");
        qputenv("HOME", home.path().c_str());
        const fs::path trash =
            QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation).toStdString() + "/Trash";
        const Fixture f(false, true);
        makeRun(f.runs() / "alpha", 100, 0.5, "pause");
        f.panel->refresh();
        QVERIFY(f.loaded(1));
        f.click(QStringLiteral("alpha"));
        QTest::keyClick(f.table(), Qt::Key_Delete);
        QVERIFY(f.loaded(0));
        QVERIFY(!fs::exists(f.runs() / "alpha"));
        QVERIFY(fs::exists(trash / "files/alpha/metrics.csv"));
        QVERIFY(fs::exists(trash / "info/alpha.trashinfo"));
        Q_EMIT f.child<Banner>("runsBanner")->actionTriggered();
        QVERIFY(f.loaded(1));
        QVERIFY(fs::exists(f.runs() / "alpha/metrics.csv"));
        QVERIFY(fs::is_empty(trash / "files"));
        QVERIFY(fs::is_empty(trash / "info"));
        qputenv("HOME", homeBefore);
    }

    void whatTrainsStays()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        const Result<RunLock> lock = RunLock::take(f.runs() / "gamma");
        QVERIFY_OK(lock);
        f.click(QStringLiteral("gamma"));
        f.child<QAction>("runDelete")->trigger();
        auto* banner = f.child<Banner>("runsBanner");
        QVERIFY2(banner->text().contains(QStringLiteral("another")), qPrintable(banner->text()));
        f.panel->refresh();
        QTRY_COMPARE(
            f.cell(f.rowOf(QStringLiteral("gamma")), RunListModel::StateColumn), QStringLiteral("Running elsewhere"));
        f.panel->setOpenRun(f.runs() / "gamma");
        QCOMPARE(f.cell(f.rowOf(QStringLiteral("gamma")), RunListModel::StateColumn), QStringLiteral("Running"));
        f.child<QAction>("runDelete")->trigger();
        QVERIFY(banner->text().contains(QStringLiteral("this window")));
        QVERIFY(f.thrown.isEmpty());
        QVERIFY(fs::exists(f.runs() / "gamma"));
    }

    void whatIsAskedOfTheWindow()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        QSignalSpy opened(f.panel.get(), &RunsPanel::openRequested);
        QSignalSpy compared(f.panel.get(), &RunsPanel::compareRequested);
        QSignalSpy exported(f.panel.get(), &RunsPanel::exportRequested);
        f.sortBy(RunListModel::NameColumn, Qt::AscendingOrder);
        f.click(QStringLiteral("alpha"));
        QVERIFY(!f.child<QPushButton>("runsCompare")->isEnabled());
        QTest::keyClick(f.table(), Qt::Key_Return);
        f.click(QStringLiteral("gamma"));
        QTest::mouseDClick(f.table()->viewport(), Qt::LeftButton, {}, f.middle(QStringLiteral("gamma")));
        QCOMPARE(opened.count(), 2);
        QCOMPARE(opened[0][0].toString(), f.path("alpha"));
        QCOMPARE(opened[1][0].toString(), f.path("gamma"));
        f.child<QPushButton>("runsExport")->click();
        QCOMPARE(exported.first()[0].toString(), f.path("gamma"));
        f.click(QStringLiteral("alpha"), Qt::ControlModifier);
        QVERIFY(!f.child<QPushButton>("runsOpen")->isEnabled());
        f.child<QPushButton>("runsCompare")->click();
        QCOMPARE(compared.first()[0].toStringList(), (QStringList{f.path("alpha"), f.path("gamma")}));
        QTest::keyClick(f.table(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), f.path("alpha") + QLatin1Char('\n') + f.path("gamma"));
        f.click(QStringLiteral("alpha"));
        f.child<QAction>("runShowFolder")->trigger();
        QCOMPARE(f.shown, QStringList{f.path("alpha")});
        Q_EMIT f.table()->customContextMenuRequested(f.middle(QStringLiteral("alpha")));
        auto* menu = f.child<QMenu>("runsMenu");
        QVERIFY(menu && menu->actions().contains(f.child<QAction>("runDelete")));
        menu->close();
    }

    void branchesAsATree()
    {
        Fixture f;
        QVERIFY(f.loaded(6));
        f.click(QStringLiteral("delta"));
        f.child<QCheckBox>("runsTree")->click();
        QCOMPARE(f.model()->rowCount(), 5);
        const QModelIndex parent = f.model()->index(f.rowOf(QStringLiteral("Best so far")), 0);
        QCOMPARE(f.model()->rowCount(parent), 1);
        QVERIFY(f.table()->isExpanded(parent));
        QCOMPARE(f.panel->selectedRuns(), QStringList{f.path("delta")});
        // It is remembered.
        f.panel = f.makePanel();
        f.panel->show();
        QVERIFY(f.loaded(5));
        QVERIFY(f.child<QCheckBox>("runsTree")->isChecked());
    }

    void newRunsAppearAndWhatIsChosenStays()
    {
        const Fixture f;
        QVERIFY(f.loaded(6));
        f.click(QStringLiteral("alpha"));
        makeRun(f.runs() / "epsilon", 1, 1, "start"); // the folder is watched
        QVERIFY(f.loaded(7));
        QCOMPARE(f.panel->selectedRuns(), QStringList{f.path("alpha")});
        fs::remove_all(f.runs() / "epsilon");
        QTest::keyClick(f.table(), Qt::Key_F5, Qt::ShiftModifier);
        QVERIFY(f.loaded(6));
    }

    void anEmptyFolderSaysWhatToDo()
    {
        Fixture f(false);
        auto* words = f.child<QLabel>("runsEmpty");
        QTRY_VERIFY(words->isVisible());
        QVERIFY(words->text().contains(QStringLiteral("Space")));
        QVERIFY(words->text().contains(QString::fromStdString(f.runs().string())));
        // Another folder, and one that cannot be read.
        makeRun(f.scratch.path("others/zeta"), 5, 1, "pause");
        f.folderToOpen = QString::fromStdString(f.scratch.path("others").string());
        QSignalSpy chosen(f.panel.get(), &RunsPanel::runsFolderChosen);
        f.child<QPushButton>("runsChooseFolder")->click();
        QVERIFY(f.loaded(1));
        QCOMPARE(f.names(), QStringLiteral("zeta"));
        QCOMPARE(chosen.first()[0].toString(), f.folderToOpen);
        f.panel->setRunsFolder(f.scratch.write("file", ""));
        QTRY_VERIFY(f.child<Banner>("runsBanner")->isVisible());
        QVERIFY(f.child<Banner>("runsBanner")->text().contains(QStringLiteral("file")));
    }
};

QTEST_MAIN(RunsPanelTest)
#include "runs_panel.moc"
