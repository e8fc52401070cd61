// SPDX-License-Identifier: GPL-3.0-or-later
// The Runs tab of the real window with the real engine: what is trained is listed, held and opened again.
#include "core/training/builtin.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"
#include "ui/panels/runs_panel.h"
#include "ui/widgets/banner.h"

#include <QAction>
#include <QDockWidget>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTreeView>

using namespace saddle;

namespace {

constexpr int patience = 60000;

struct Fixture {
    test::Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    WindowDialogs dialogs = systemDialogs();
    QString folderToOpen;
    std::unique_ptr<MainWindow> window;

    Fixture()
    {
        bench.setRunsFolder(scratch.path("runs"));
        dialogs.openFolder = [this](QWidget*, const QString&) { return folderToOpen; };
        dialogs.moveToTrash = [](const QString& path) -> Result<QString> {
            return Error{"there is no trash", path.toStdString(), ""};
        };
        dialogs.confirmClose = [](QWidget*) { return true; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        window->open(QStringLiteral("ring-gan"));
        window->show();
    }

    template <typename T>
    T* child(const char* name) const
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    bool is(SessionState state)
    {
        return QTest::qWaitFor([this, state] { return bench.bridge()->state() == state; }, patience);
    }
    bool trainOneStep()
    {
        const std::int64_t before = bench.bridge()->now().progress.step;
        bench.step();
        return QTest::qWaitFor(
            [this, before] { return bench.bridge()->now().progress.step > before && !folder().isEmpty(); }, patience);
    }
    QString folder() { return QString::fromStdString(bench.bridge()->now().runFolder.string()); }
    QAbstractItemModel* runs() const { return child<QTreeView>("runsTable")->model(); }
};

} // namespace

class RunsTabTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("runs-tab"));
        QSettings().clear();
    }

    void whatIsTrainedIsListedAndOpenedAgain()
    {
        Fixture f;
        auto* tabs = f.child<QTabWidget>("tabs");
        QVERIFY(f.is(SessionState::Ready));
        f.child<QAction>("showRuns")->trigger();
        QCOMPARE(tabs->currentWidget()->objectName(), QStringLiteral("runsPanel"));
        QVERIFY(f.child<QDockWidget>("plotsDock")->isHidden());
        QTRY_VERIFY(f.child<QWidget>("runsEmpty")->isVisible());
        QVERIFY(f.trainOneStep());
        QTRY_COMPARE_WITH_TIMEOUT(f.runs()->rowCount(), 1, patience);
        const QString first = f.folder();
        auto* panel = f.child<RunsPanel>("runsPanel");
        QCOMPARE(panel->selectedRuns(), QStringList{first});
        f.child<QAction>("runDelete")->trigger();
        QVERIFY(f.child<Banner>("runsBanner")->text().contains(QStringLiteral("open in this window")));
        // A second run; then back to the first.
        f.bench.restart();
        QVERIFY(f.is(SessionState::Ready));
        QVERIFY(f.trainOneStep());
        QVERIFY(f.folder() != first);
        QTRY_COMPARE_WITH_TIMEOUT(f.runs()->rowCount(), 2, patience);
        QCOMPARE(panel->selectedRuns(), QStringList{first});
        f.child<QPushButton>("runsOpen")->click();
        QCOMPARE(tabs->currentIndex(), 0);
        QVERIFY(!f.child<QDockWidget>("plotsDock")->isHidden());
        QVERIFY(f.is(SessionState::Paused));
        QCOMPARE(f.folder(), first);
        // It is there already: nothing is loaded anew.
        f.child<QAction>("showRuns")->trigger();
        f.child<QPushButton>("runsOpen")->click();
        QCOMPARE(tabs->currentIndex(), 0);
        QCOMPARE(f.bench.bridge()->state(), SessionState::Paused);
        f.window->close();
    }

    void anotherFolderIsRemembered()
    {
        Fixture f;
        f.folderToOpen = QString::fromStdString(f.scratch.path("others").string());
        f.child<QPushButton>("runsChooseFolder")->click();
        QCOMPARE(f.bench.runsFolder(), f.scratch.path("others"));
        QCOMPARE(QSettings().value(QStringLiteral("runsFolder")).toString(), f.folderToOpen);
        QSettings().clear();
        f.window->close();
    }
};

QTEST_MAIN(RunsTabTest)
#include "runs_tab.moc"
