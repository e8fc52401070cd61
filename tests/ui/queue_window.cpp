// SPDX-License-Identifier: GPL-3.0-or-later
// The queue in the real window, with engines that cost nothing: lined up, moved, run one after another, stopped, gone
// on with; and no edit is lost to it.
#include "core/io/csv.h"
#include "core/runs/run_folder.h"
#include "tests/support/session_reader.h"
#include "tests/support/small_disk.h"
#include "ui/main_window.h"
#include "ui/models/queue_list_model.h"
#include "ui/panels/preset_list.h"
#include "ui/panels/queue_panel.h"
#include "ui/queue_player.h"
#include "ui/widgets/banner.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabWidget>
#include <QToolButton>
#include <QTreeView>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

struct Fixture {
    /// A window of its own, or the next one over the same files; on another disk, where one is named.
    explicit Fixture(std::shared_ptr<Scratch> files = std::make_shared<Scratch>(), const fs::path& disk = {})
        : scratch(std::move(files))
    {
        broken->faultAtStep = 3;
        bench.setRunsFolder((disk.empty() ? scratch->path() : disk) / "runs");
        WindowDialogs dialogs = systemDialogs();
        dialogs.confirmClose = [this](QWidget*) {
            ++asked;
            return true;
        };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        window->resize(1280, 800);
        window->open(QStringLiteral("ring-gan"));
        window->show();
        child<QTabWidget>("tabs")->setCurrentWidget(child<QWidget>("queuePanel"));
    }
    ~Fixture()
    {
        probe->openGate();
        broken->openGate();
    }

    template <typename T>
    T* child(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    QueuePlayer& player() { return *window->queuePlayer(); }
    QueuePanel& panel() { return *child<QueuePanel>("queuePanel"); }
    QTreeView* table() { return child<QTreeView>("queueTable"); }
    QString text(int row, int column) { return table()->model()->index(row, column).data().toString(); }
    void click(const char* name) { QTest::mouseClick(child<QPushButton>(name), Qt::LeftButton); }
    void choose(int row)
    {
        table()->selectionModel()->setCurrentIndex(
            table()->model()->index(row, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    }
    /// The names in the list, each by its last letter.
    QString order()
    {
        QString letters;
        for (const QueueEntry& entry : player().entries())
            letters += QLatin1Char(entry.name.back());
        return letters;
    }
    QueueState state(int row) { return player().entries()[static_cast<std::size_t>(row)].state; }
    const QueueEntry& entry(int row) { return player().entries()[static_cast<std::size_t>(row)]; }
    static Json small(const std::string& title, int steps)
    {
        return documentWith(
            Json{{"title", title}, {"data", {{"source", "fake-images"}}}, {"training", {{"steps", steps}}}}.dump());
    }
    void line(std::initializer_list<const char*> titles, int steps = 30)
    {
        for (const char* title : titles)
            panel().add(small(title, steps));
    }
    /// A run of the bench's experiment that somebody else has, for as long as it is kept.
    Result<std::unique_ptr<RunFolder>> trainedElsewhere()
    {
        return RunFolder::create(scratch->path("watched"), bench.document()->json(), fakeColumns());
    }
    bool reached(SessionState state)
    {
        return QTest::qWaitFor([this, state] { return bench.bridge()->state() == state; }, longWait);
    }
    bool over()
    {
        return QTest::qWaitFor([this] { return !player().isPlaying(); }, longWait);
    }

    std::shared_ptr<Scratch> scratch;
    std::shared_ptr<FakeEngineProbe> probe = std::make_shared<FakeEngineProbe>();
    std::shared_ptr<FakeEngineProbe> broken = std::make_shared<FakeEngineProbe>(); ///< of experiments called so
    Workbench bench{fakeCatalog(), [this](const Json& document, const LoadMonitor& monitor) {
                        const bool breaks = document.value("title", std::string()).starts_with("Broken");
                        return fakeEngineFactory(breaks ? broken : probe)(document, monitor);
                    }};
    int asked = 0; ///< times that closing was asked about
    std::unique_ptr<MainWindow> window;
};

std::size_t rowsOf(const fs::path& run)
{
    const Result<CsvTable> table = readCsv(run / "metrics.csv");
    return table ? table->rows.size() : 0;
}

} // namespace

class QueueTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("queue"));
    }
    void init() { QSettings().clear(); }

    void twoRunOneAfterTheOther()
    {
        Fixture f;
        QAbstractItemModelTester tester(f.table()->model());
        QVERIFY(f.child<QWidget>("queueEmpty")->isVisible());
        auto* start = f.child<QPushButton>("queueStart");
        QVERIFY(!start->isEnabled());
        QCOMPARE(start->toolTip(), QStringLiteral("Nothing waits in the queue"));
        QVERIFY(f.child<QToolButton>("statusQueue")->isHidden());

        // The experiment of the window as it is edited now, and as it is edited then.
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("training.steps"), 40));
        f.child<QAction>("addToQueue")->trigger();
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("training.batch_size"), 32));
        f.click("queueAdd");
        QCOMPARE(f.table()->model()->rowCount(), 2);
        QVERIFY(f.table()->isVisible());
        QCOMPARE(f.text(1, QueueListModel::EndColumn), QStringLiteral("40 steps"));
        QCOMPARE(f.text(1, QueueListModel::StateColumn), QStringLiteral("waiting"));
        QVERIFY(f.table()
                    ->model()
                    ->index(1, 0)
                    .data(QueueListModel::NoteRole)
                    .toString()
                    .contains(QStringLiteral("Batch size 32")));
        QCOMPARE(f.child<QToolButton>("statusQueue")->text(), QStringLiteral("Queue: 2 wait"));

        f.probe->closeGate();
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        QCOMPARE(f.child<QToolButton>("statusQueue")->text(), QStringLiteral("Queue: 1 of 2"));
        QVERIFY(!start->isEnabled());
        QCOMPARE(start->toolTip(), QStringLiteral("The queue is running"));
        QVERIFY(f.state(0) == QueueState::Running);
        f.choose(0);
        QVERIFY(!f.child<QPushButton>("queueRemoveButton")->isEnabled());
        QVERIFY(f.child<QPushButton>("queueRemoveButton")->toolTip().contains(QStringLiteral("running")));
        const QModelIndex first = f.table()->model()->index(0, QueueListModel::StateColumn);
        QTRY_VERIFY_WITH_TIMEOUT(
            (f.probe->permit(2), first.data(QueueListModel::ProgressRole).toDouble() > 0.1), longWait);
        f.probe->openGate();
        QVERIFY(f.over());
        for (const int row : {0, 1}) {
            QVERIFY(f.state(row) == QueueState::Done);
            QCOMPARE(rowsOf(f.entry(row).run), std::size_t{40});
            QCOMPARE(f.entry(row).step, std::int64_t{40});
        }
        QCOMPARE(findPath(*readExperiment(f.entry(1).run), "training.batch_size")->get<int>(), 32);
        QVERIFY(f.entry(0).run != f.entry(1).run);
        // The last is on the bench, to be looked at.
        QCOMPARE(f.bench.bridge()->now().runFolder, f.entry(1).run);
        QVERIFY(f.child<Banner>("queueBanner")->text().contains(QStringLiteral("2 of 2")));
        QCOMPARE(f.asked, 0);
    }

    void oneThatFailsIsNoted()
    {
        Fixture f;
        f.line({"A", "Broken B", "C"});
        QStringList order;
        connect(f.bench.document(), &ExperimentDocument::loaded, this,
            [&] { order << headText(f.bench.document()->json(), "title"); });
        f.click("queueStart");
        QVERIFY(f.over());
        QCOMPARE(order, (QStringList{"A", "Broken B", "C"}));
        QVERIFY(f.state(0) == QueueState::Done);
        QVERIFY(f.state(1) == QueueState::Failed);
        QVERIFY(f.state(2) == QueueState::Done);
        QVERIFY2(!f.entry(1).failure.empty(), "it says why");
        QCOMPARE(f.table()->model()->index(1, 0).data(QueueListModel::NoteRole).toString(),
            QString::fromStdString(f.entry(1).failure));
        QVERIFY(f.child<Banner>("queueBanner")->text().contains(QStringLiteral("1 failed")));
        // Again: anew, in another run.
        const fs::path first = f.entry(1).run;
        f.broken->faultAtStep = 0;
        f.choose(1);
        f.click("queueAgainButton");
        QVERIFY(f.state(1) == QueueState::Waiting);
        f.click("queueStart");
        QVERIFY(f.over());
        QVERIFY(f.state(1) == QueueState::Done);
        QVERIFY(f.entry(1).run != first);
        QVERIFY(fs::exists(first));
    }

    void afterThisOneItStops()
    {
        Fixture f;
        f.line({"A", "B"});
        f.probe->closeGate();
        QVERIFY(!f.child<QPushButton>("queueStopAfter")->isEnabled());
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        f.click("queueStopAfter");
        QVERIFY(f.child<QPushButton>("queueStopAfter")->isChecked());
        f.probe->openGate();
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Done);
        QVERIFY(f.state(1) == QueueState::Waiting);
        QVERIFY(f.entry(1).run.empty());
    }

    void whatIsSkippedGoesOnLater()
    {
        Fixture f;
        f.line({"A", "B"});
        f.probe->closeGate();
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        QTRY_VERIFY_WITH_TIMEOUT((f.probe->permit(2), f.bench.bridge()->now().progress.step >= 3), longWait);
        f.click("queueSkip");
        f.probe->openGate();
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Stopped);
        QVERIFY(f.state(1) == QueueState::Done);
        const fs::path run = f.entry(0).run;
        QVERIFY(rowsOf(run) < 30);
        f.choose(0);
        f.click("queueAgainButton");
        QVERIFY(f.text(0, QueueListModel::StateColumn).startsWith(QStringLiteral("goes on")));
        f.click("queueStart");
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Done);
        QCOMPARE(f.entry(0).run, run);
        QCOMPARE(rowsOf(run), std::size_t{30});
    }

    void stopEndsTheQueueToo()
    {
        Fixture f;
        f.line({"A", "B"});
        f.probe->closeGate();
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        f.bench.stop();
        f.probe->openGate();
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Stopped);
        QVERIFY(f.state(1) == QueueState::Waiting);
        QVERIFY(f.reached(SessionState::Finished));
    }

    void movedByKeysAndByMouse()
    {
        Fixture f;
        f.line({"A", "B", "C", "D"});
        QVERIFY(QTest::qWaitForWindowActive(f.window.get()));
        f.choose(2);
        f.table()->setFocus();
        QTest::keyClick(f.table(), Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(f.order(), QStringLiteral("ACBD"));
        QCOMPARE(f.table()->currentIndex().row(), 1); // it stays chosen
        QTest::keyClick(f.table(), Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(f.order(), QStringLiteral("CABD"));
        QVERIFY(!f.child<QPushButton>("queueUpButton")->isEnabled());
        QTest::keyClick(f.table(), Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(f.order(), QStringLiteral("ACBD"));
        // What a drag does to the list.
        QAbstractItemModel* model = f.table()->model();
        const std::unique_ptr<QMimeData> dragged(model->mimeData({model->index(3, 0), model->index(3, 1)}));
        QVERIFY(model->dropMimeData(dragged.get(), Qt::MoveAction, 0, 0, {}));
        QTRY_COMPARE(f.order(), QStringLiteral("DACB"));
        const std::unique_ptr<QMimeData> first(model->mimeData({model->index(0, 0)}));
        QVERIFY(model->dropMimeData(first.get(), Qt::MoveAction, -1, -1, {}));
        QTRY_COMPARE(f.order(), QStringLiteral("ACBD"));
    }

    void whatWasRemovedComesBack()
    {
        Fixture f;
        f.line({"A", "B", "C"});
        QVERIFY(QTest::qWaitForWindowActive(f.window.get()));
        f.table()->selectionModel()->select(
            QItemSelection(f.table()->model()->index(0, 0), f.table()->model()->index(1, 2)),
            QItemSelectionModel::ClearAndSelect);
        f.table()->setFocus();
        QTest::keyClick(f.table(), Qt::Key_Delete);
        QCOMPARE(f.order(), QStringLiteral("C"));
        auto* banner = f.child<Banner>("queueBanner");
        QVERIFY(banner->isVisible());
        QTest::mouseClick(banner->findChild<QPushButton*>(), Qt::LeftButton);
        QCOMPARE(f.order(), QStringLiteral("ABC"));
        QVERIFY(!banner->isVisible());
    }

    void noEditIsLost()
    {
        Fixture f;
        f.line({"A"});
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("training.batch_size"), 17));
        const Json edited = f.bench.document()->json();
        f.click("queueStart");
        QVERIFY(f.over());
        QCOMPARE(f.player().entries().size(), std::size_t{2});
        QVERIFY(f.state(1) == QueueState::Aside);
        QVERIFY(f.bench.document()->json() != edited);
        // It has no end, and so does not run.
        f.choose(1);
        f.click("queueAgainButton");
        QVERIFY(f.state(1) == QueueState::Aside);
        QVERIFY(f.child<Banner>("queueBanner")->text().contains(QStringLiteral("no end")));
        auto* note = f.child<Banner>("queueNote");
        QVERIFY(!note->isHidden());
        f.child<QTabWidget>("tabs")->setCurrentIndex(0);
        QTest::mouseClick(note->findChild<QPushButton*>(), Qt::LeftButton);
        QCOMPARE(f.bench.document()->json(), edited);
        QVERIFY(f.bench.document()->isModified());
        QVERIFY(f.bench.document()->isChanged(QStringLiteral("training.batch_size")));
        QCOMPARE(f.player().entries().size(), std::size_t{1});
        // What a run has is not put aside.
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.step();
        QTRY_VERIFY(f.bench.hasBegun() && !f.bench.bridge()->now().runFolder.empty());
        QVERIFY(!f.bench.hasUnsavedEdits());
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("generator.width"), 9)); // waits for a restart
        QVERIFY(f.bench.hasUnsavedEdits());
    }

    void editsBesideAWatchedRunAreKeptToo()
    {
        Fixture f;
        const Result<std::unique_ptr<RunFolder>> elsewhere = f.trainedElsewhere();
        QVERIFY_OK(elsewhere);
        QVERIFY_OK((*elsewhere)->appendRows({MetricRow{.step = 1, .images = 4, .values = {1, 1, 0}}}));
        QVERIFY_OK(f.bench.openRun(QString::fromStdString((*elsewhere)->path().string())));
        QVERIFY(f.bench.bridge()->state() == SessionState::Watching);
        QVERIFY(!f.bench.hasUnsavedEdits());
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("optimisers.generator.learning_rate"), 0.01));
        QVERIFY(f.bench.hasUnsavedEdits()); // nobody's run has it
        const Json edited = f.bench.document()->json();
        f.line({"A"});
        f.click("queueStart");
        QVERIFY(f.over());
        QCOMPARE(f.player().entries().size(), std::size_t{2});
        QVERIFY(f.state(0) == QueueState::Done);
        QVERIFY(f.state(1) == QueueState::Aside);
        QCOMPARE(f.entry(1).document, edited);
    }

    void watchingARunEndsTheTurn()
    {
        Fixture f;
        const Result<std::unique_ptr<RunFolder>> elsewhere = f.trainedElsewhere();
        QVERIFY_OK(elsewhere);
        f.line({"A", "B"});
        f.probe->closeGate();
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        f.probe->openGate(); // a phase that waits would keep the bench from closing
        QVERIFY_OK(f.bench.openRun(QString::fromStdString((*elsewhere)->path().string())));
        QVERIFY(f.over());
        QVERIFY(f.bench.bridge()->state() == SessionState::Watching);
        QCOMPARE(f.bench.bridge()->now().runFolder, (*elsewhere)->path());
    }

    void whoCallsItOffBeforeItBegan()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.probe->closeGate();
        f.bench.togglePlay();
        QVERIFY(f.reached(SessionState::Running));
        f.line({"A"});
        f.click("queueStart");
        QVERIFY(f.player().awaitsBench());
        f.player().setStopsAfterThis(true);
        QVERIFY(!f.player().isPlaying());
        QVERIFY(f.bench.isRunning()); // one's own run goes on
        QVERIFY(f.state(0) == QueueState::Waiting);
        f.probe->openGate();
    }

    void aRunOfOnesOwnHasTheBench()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.probe->closeGate();
        f.bench.togglePlay();
        QVERIFY(f.reached(SessionState::Running));
        f.line({"A"});
        f.click("queueStart");
        QVERIFY(f.player().awaitsBench());
        QCOMPARE(f.child<QToolButton>("statusQueue")->text(), QStringLiteral("Queue: begins after this run"));
        QVERIFY(f.bench.isRunning());
        f.bench.togglePlay();
        f.probe->openGate();
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Done);
    }

    void anotherExperimentTakesTheBench()
    {
        Fixture f;
        f.line({"A", "B"});
        f.probe->closeGate();
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        f.probe->openGate();
        QVERIFY(f.window->open(QStringLiteral("fashion-dcgan")));
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Stopped || f.state(0) == QueueState::Done);
        QCOMPARE(f.bench.document()->name(), QStringLiteral("fashion-dcgan"));
        QVERIFY(f.state(1) == QueueState::Waiting);
    }

    void theNextWindowGoesOn()
    {
        const auto files = std::make_shared<Scratch>();
        fs::path run;
        {
            Fixture f(files);
            f.line({"A", "B"}, 20000);
            f.probe->closeGate();
            f.click("queueStart");
            QVERIFY(f.reached(SessionState::Running));
            QTRY_VERIFY_WITH_TIMEOUT((f.probe->permit(2), f.bench.bridge()->now().progress.step >= 3), longWait);
            run = f.entry(0).run;
            f.probe->openGate(); // a phase that waits would keep the window from closing
            f.window->close();
            QCOMPARE(f.asked, 1);
        }
        Fixture f(files);
        QVERIFY(f.state(0) == QueueState::Waiting);
        QCOMPARE(f.entry(0).run, run);
        QCOMPARE(f.panel().selectedEntries(), std::vector<std::int64_t>{f.entry(0).id});
        auto* note = f.child<Banner>("queueNote");
        QVERIFY(note->text().contains(QStringLiteral("“A”")));
        f.child<QTabWidget>("tabs")->setCurrentIndex(0);
        QTest::mouseClick(note->findChild<QPushButton*>(), Qt::LeftButton);
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Done);
        QVERIFY(f.state(1) == QueueState::Done);
        QCOMPARE(f.entry(0).run, run);
        QCOMPARE(rowsOf(run), std::size_t{20000});
        QVERIFY(note->text().contains(QStringLiteral("2 of 2")));
    }

    void anotherProcessHasIt()
    {
        Fixture f;
        f.line({"A"});
        Queue queue(f.scratch->path("queue.json"));
        {
            const Result<FileLock> lock = queue.takeToRun();
            QVERIFY_OK(lock);
            f.player().reload();
            QVERIFY(!f.child<QPushButton>("queueStart")->isEnabled());
            QVERIFY(f.child<QPushButton>("queueStart")->toolTip().contains(QStringLiteral("Another Saddle")));
            // What others put into it is seen.
            QVERIFY_OK(queue.add(*makeEntry(Fixture::small("B", 5), {}, fakeCatalog())));
            QTRY_COMPARE(f.order(), QStringLiteral("AB"));
        }
        QTRY_VERIFY_WITH_TIMEOUT(f.child<QPushButton>("queueStart")->isEnabled(), longWait); // nobody says so
    }

    void presetsAreAddedOneByOne()
    {
        Fixture f;
        f.child<QSpinBox>("queueSteps")->setValue(123);
        f.click("queueAddPresets");
        auto* popup = f.panel().findChild<PresetList*>();
        QVERIFY(popup->isVisible());
        auto* filter = popup->findChild<QLineEdit*>(QStringLiteral("presetFilter"));
        QTest::keyClicks(filter, "fashion-dcgan");
        QTest::keyClick(filter, Qt::Key_Return);
        QVERIFY(popup->isVisible());
        filter->clear();
        QTest::keyClicks(filter, "ring-gan");
        QTest::keyClick(filter, Qt::Key_Return);
        popup->close();
        QCOMPARE(f.player().entries().size(), std::size_t{2});
        // They set no end of their own.
        QCOMPARE(f.text(1, QueueListModel::EndColumn), QStringLiteral("123 steps"));
        QCOMPARE(f.bench.document()->name(), QStringLiteral("ring-gan")); // which stays on the bench
    }

    void aFullDiskIsWaitedFor()
    {
        const SmallDisk disk;
        if (!disk.mounted())
            QSKIP("no small disk can be mounted here");
        Fixture f(std::make_shared<Scratch>(), disk.path());
        f.line({"A"}, 200);
        f.probe->closeGate();
        // Not even what runs can be noted.
        disk.fill();
        f.click("queueStart");
        QVERIFY(f.player().isPlaying());
        QVERIFY(f.player().awaitsDisk());
        QVERIFY(f.child<Banner>("queueBanner")->text().contains(QStringLiteral("space")));
        disk.free();
        QVERIFY(f.reached(SessionState::Running));
        QVERIFY(!f.player().awaitsDisk());
        // And in the middle.
        QTRY_VERIFY_WITH_TIMEOUT((f.probe->permit(2), f.bench.bridge()->now().progress.step > 10), longWait);
        disk.fill();
        QTRY_VERIFY_WITH_TIMEOUT((f.probe->permit(2), f.bench.bridge()->now().awaitsDisk), longWait);
        QTRY_COMPARE(f.text(0, QueueListModel::StateColumn), QStringLiteral("waits for the disk"));
        disk.free();
        f.probe->openGate();
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Done);
        QCOMPARE(rowsOf(f.entry(0).run), std::size_t{200});
    }

    void whoPausesOnAFullDiskPlaysAgain()
    {
        const SmallDisk disk;
        if (!disk.mounted())
            QSKIP("no small disk can be mounted here");
        Fixture f(std::make_shared<Scratch>(), disk.path());
        f.line({"A"}, 200);
        f.probe->closeGate();
        f.click("queueStart");
        QVERIFY(f.reached(SessionState::Running));
        QTRY_VERIFY_WITH_TIMEOUT((f.probe->permit(2), f.bench.bridge()->now().progress.step > 3), longWait);
        disk.fill();
        f.bench.togglePlay();
        f.probe->permit(2);
        QVERIFY(f.reached(SessionState::Paused));
        QTRY_VERIFY_WITH_TIMEOUT(f.bench.bridge()->now().fault, longWait); // its checkpoint has no room
        QVERIFY(!f.player().awaitsDisk());
        disk.free();
        QVERIFY(f.player().isPlaying());
        f.bench.togglePlay();
        f.probe->openGate();
        QVERIFY(f.over());
        QVERIFY(f.state(0) == QueueState::Done);
    }

    void damageIsTold()
    {
        const auto files = std::make_shared<Scratch>();
        files->write("queue.json", "{ broken");
        Fixture f(files);
        QVERIFY(f.player().entries().empty());
        QVERIFY(fs::exists(files->path("queue-damaged-1.json")));
        QVERIFY(f.child<Banner>("queueBanner")->text().contains(QStringLiteral("queue-damaged-1.json")));
    }
};

QTEST_MAIN(QueueTest)
#include "queue_window.moc"
