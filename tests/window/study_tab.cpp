// SPDX-License-Identifier: GPL-3.0-or-later
// The Study tab of the real window with the real engine: a study is chosen, trained, stopped, gone on with, and shown.
#include "core/training/builtin.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/page_view.h"

#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTableWidget>

using namespace saddle;

namespace fs = std::filesystem;

namespace {

constexpr int patience = 60000;

struct Fixture {
    test::Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    WindowDialogs dialogs = systemDialogs();
    QString fileToOpen;
    QString folderToOpen;
    QStringList shown;
    std::unique_ptr<MainWindow> window;

    Fixture()
    {
        bench.setRunsFolder(scratch.path("runs"));
        dialogs.openFile = [this](QWidget*, const QString&, const QString&) { return fileToOpen; };
        dialogs.openFolder = [this](QWidget*, const QString&) { return folderToOpen; };
        dialogs.showFile = [this](const QString& path) { shown << path; };
        dialogs.confirmClose = [](QWidget*) { return true; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        window->open(QStringLiteral("ring-gan"));
        window->show();
        // Two small methods on the ring.
        const Json small{{"generator.width", 8}, {"discriminator.width", 8}, {"training.batch_size", 16},
            {"training.threads", 1}, {"training.device", "cpu"}, {"data.count", 300}, {"sampling.points", 50},
            {"sampling.keep_every", 20}, {"training.steps", 40}};
        const Json study{{"title", "Rings"}, {"set", small},
            {"methods", {{{"preset", "ring-gan"}, {"label", "GAN"}}, {{"preset", "ring-r3gan"}, {"label", "R3GAN"}}}}};
        fileToOpen = QString::fromStdString(scratch.write("rings.json", study.dump()).string());
    }

    template <typename T>
    T* child(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    void click(const char* name) { QTest::mouseClick(child<QPushButton>(name), Qt::LeftButton); }
    QString cell(int row, int column) { return child<QTableWidget>("studyRuns")->item(row, column)->text(); }
    const StudyProgress& now() { return bench.studyBridge()->now(); }
    bool over()
    {
        return QTest::qWaitFor([this] { return now().over; }, patience);
    }
};

} // namespace

class StudyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("study"));
        QSettings().clear();
    }

    void aStudyIsTrainedAndItsPageShown()
    {
        Fixture f;
        f.child<QAction>("compareMethods")->trigger();
        QCOMPARE(f.child<QTabWidget>("tabs")->currentWidget()->objectName(), QStringLiteral("studyPanel"));
        QCOMPARE(f.child<QTableWidget>("studyRuns")->rowCount(), 6); // five-gans, waiting
        f.click("studyOpenFile");
        QCOMPARE(f.child<QTableWidget>("studyRuns")->rowCount(), 2);
        QCOMPARE(f.cell(1, 0), QStringLiteral("R3GAN"));
        QVERIFY(!f.child<QPushButton>("studyOpenPage")->isEnabled());
        f.child<QSpinBox>("studySteps")->setValue(30);
        f.child<QLineEdit>("studySeeds")->setText(QStringLiteral("1, 4"));
        f.click("studyStart");
        QVERIFY(!f.child<QPushButton>("studyStart")->isVisible());
        QVERIFY(f.over());
        QVERIFY2(!f.now().error, f.now().error ? f.now().error->sentence().c_str() : "");
        QCOMPARE(f.child<QTableWidget>("studyRuns")->rowCount(), 4);
        QTRY_COMPARE(f.cell(3, 2), QStringLiteral("done"));
        QCOMPARE(f.cell(3, 1), QStringLiteral("4"));
        QCOMPARE(f.cell(3, 3), QStringLiteral("30 of 30"));
        QVERIFY(f.child<QPushButton>("studyStart")->isVisible());
        const fs::path folder = f.now().page.parent_path();
        QCOMPARE(folder.parent_path(), f.scratch.path("studies"));
        QVERIFY(fs::exists(folder / "runs/r3gan-seed-4/metrics.csv"));
        f.click("studyOpenPage");
        f.click("studyShowFolder");
        QCOMPARE(f.shown,
            (QStringList{QString::fromStdString(f.now().page.string()), QString::fromStdString(folder.string())}));
        if (!f.now().picture.empty()) {
            const Result<Image> page = readPng(f.now().picture);
            QVERIFY_OK(page);
            auto* shown = f.child<PageView>("studyPage");
            QCOMPARE(shown->page(), *page);
            QVERIFY(shown->isVisible());
            // From its top, in its whole width.
            QCOMPARE(shown->verticalScrollBar()->value(), 0);
            QVERIFY(shown->widget()->width() <= shown->viewport()->width());
        }
    }

    void theWindowsDataIsTaken()
    {
        Fixture f;
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("data.radius"), 2));
        f.click("studyOpenFile");
        auto* data = f.child<QComboBox>("studyData");
        QVERIFY(data->itemText(1).contains(QStringLiteral("Ring of Gaussians")));
        data->setCurrentIndex(1);
        f.click("studyStart");
        QVERIFY(f.over());
        const Result<Json> record = readJson(f.now().page.parent_path() / "study.json");
        QVERIFY_OK(record);
        QCOMPARE(*findPath((*record)["methods"][1], "experiment.data.radius"), Json(2));
    }

    void aStoppedStudyGoesOn()
    {
        Fixture f;
        f.click("studyOpenFile");
        f.child<QSpinBox>("studySteps")->setValue(1'000'000);
        f.child<QLineEdit>("studyFolder")->setText(QString::fromStdString(f.scratch.path("mine").string()));
        f.click("studyStart");
        QVERIFY(QTest::qWaitFor([&f] { return !f.now().runs.empty() && f.now().runs[0].step > 20; }, patience));
        QVERIFY(!f.child<QPushButton>("studyStop")->isHidden());
        f.click("studyStop");
        QVERIFY(f.over());
        QCOMPARE(f.cell(0, 2), QStringLiteral("stopped"));
        QCOMPARE(f.cell(1, 2), QStringLiteral("waiting"));
        const std::int64_t before = f.now().runs[0].step;
        QVERIFY(f.child<Banner>("studyBanner")->text().contains(QStringLiteral("Go on")));
        f.folderToOpen = QString::fromStdString(f.scratch.path("mine").string());
        f.click("studyGoOn");
        QVERIFY(QTest::qWaitFor([&] { return f.now().runs[0].step > before + 20; }, patience));
        f.window->close(); // what is under way is ended in order
    }

    void trainingInTheWindowGivesWay()
    {
        Fixture f;
        QVERIFY(QTest::qWaitFor([&f] { return f.bench.bridge()->state() == SessionState::Ready; }, patience));
        f.bench.togglePlay();
        QVERIFY(QTest::qWaitFor([&f] { return f.bench.isRunning(); }, patience));
        f.click("studyOpenFile");
        f.click("studyStart");
        QVERIFY(QTest::qWaitFor([&f] { return f.bench.bridge()->state() == SessionState::Paused; }, patience));
        QVERIFY(f.over());
    }

    void whatCannotBeDoneIsSaid()
    {
        Fixture f;
        auto* banner = f.child<Banner>("studyBanner");
        f.click("studyStart"); // five-gans without pictures
        QVERIFY2(banner->text().contains(QStringLiteral("fashion-mnist")), qPrintable(banner->text()));
        f.child<QLineEdit>("studySeeds")->setText(QStringLiteral("1, x"));
        f.click("studyStart");
        QVERIFY(banner->text().contains(QStringLiteral("x")));
        f.folderToOpen = QString::fromStdString(f.scratch.path("nothing").string());
        f.click("studyGoOn");
        QVERIFY(banner->text().contains(QStringLiteral("no study")));
        f.fileToOpen = QString::fromStdString(f.scratch.write("bad.json", "{").string());
        const int before = f.child<QComboBox>("studyChoice")->count();
        f.click("studyOpenFile");
        QVERIFY(banner->text().contains(QStringLiteral("bad.json")));
        QCOMPARE(f.child<QComboBox>("studyChoice")->count(), before);
        QVERIFY(!f.bench.studyBridge()->isRunning());
    }
};

QTEST_MAIN(StudyTest)
#include "study_tab.moc"
