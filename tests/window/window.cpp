// SPDX-License-Identifier: GPL-3.0-or-later
// Habits of the window: keys, closing, edits that wait, going on with a run, messages instead of modals.
#include "core/images/decoder.h"
#include "core/io/image.h"
#include "tests/support/ring_window.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/samples_panel.h"
#include "ui/plots/plots_panel.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/play_button.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QCheckBox>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QSettings>
#include <QStandardPaths>
#include <QTabWidget>
#include <QToolButton>
#include <QUndoStack>

using namespace saddle;

namespace {

using Fixture = test::RingWindow;
using test::patience;

} // namespace

class WindowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("window"));
        QSettings().clear();
    }

    void keys()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.window->setFocus();
        QTest::keyClick(f.window.get(), Qt::Key_Space);
        QVERIFY(f.reached(SessionState::Running));
        QTest::keyClick(f.window.get(), Qt::Key_Space);
        QVERIFY(f.reached(SessionState::Paused));
        QTest::keyClick(f.window.get(), Qt::Key_Escape);
        QVERIFY(f.window->isVisible()); // Esc never quits

        // A checkbox with the focus keeps Space for itself.
        auto* box = f.window->findChild<QCheckBox*>(QStringLiteral("edit_sampling.ema"));
        QVERIFY(box);
        const bool before = box->isChecked();
        f.window->activateWindow();
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Space);
        QCOMPARE(box->isChecked(), !before);
        QCOMPARE(f.bridge().state(), SessionState::Paused);
    }

    void spacePlaysFromTheStart()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(QTest::qWaitForWindowActive(f.window.get()));
        // Nothing was clicked: the key goes to whatever has the focus then.
        QWidget* focused = QApplication::focusWidget();
        QTest::keyClick(focused ? focused : f.window.get(), Qt::Key_Space);
        QVERIFY(f.reached(SessionState::Running));
    }

    void whatIsDroppedIsOpened()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        auto* banner = f.window->findChild<Banner*>(QStringLiteral("trainBanner"));
        const auto drop = [&f](const std::filesystem::path& path) {
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(QString::fromStdString(path.string()))});
            QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            static_cast<QObject*>(f.window.get())->event(&event); // no drag is under way that would bring it there
        };
        f.bench.step();
        QVERIFY(f.trained(1));
        f.bench.stop();
        QVERIFY(f.reached(SessionState::Finished));
        const std::filesystem::path run = f.bridge().now().runFolder;
        const std::filesystem::path file = f.scratch.path("mine.json");
        QVERIFY_OK(f.bench.document()->saveAs(QString::fromStdString(file.string())));

        drop(file);
        QVERIFY(f.reached(SessionState::Ready));
        QCOMPARE(f.bench.document()->name(), QString::fromStdString(file.string()));
        drop(run);
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.bridge().now().progress.step, std::int64_t{1});

        // What is neither leaves all as it is, and the window says what it takes.
        f.scratch.write("other/readme.txt", "nothing");
        drop(f.scratch.path("other/readme.txt"));
        QVERIFY(!banner->isHidden());
        QCOMPARE(f.bridge().state(), SessionState::Paused);
        if (!builtinCatalog().sources.find("image-folder")) {
            drop(f.scratch.path("other"));
            QVERIFY2(banner->text().contains(QStringLiteral("experiment")), qPrintable(banner->text()));
            QCOMPARE(f.bridge().state(), SessionState::Paused);
        }
    }

    void aFolderOfPicturesThatIsDroppedIsTheData()
    {
        if (!imageDecoder().decode)
            QSKIP("this build reads no folders of images");
        Fixture f;
        qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(f.scratch.path("cache").string()));
        QVERIFY(f.reached(SessionState::Ready));
        const std::filesystem::path folder = f.scratch.path("pictures");
        std::filesystem::create_directories(folder);
        for (int i = 0; i < 24; ++i) {
            Image picture{20, 16, 3, std::vector<std::uint8_t>(20 * 16 * 3, static_cast<std::uint8_t>(10 * i))};
            QVERIFY_OK(writePng(folder / (std::to_string(i) + ".png"), picture));
        }
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("generator.width"), 4));
        const Json before = f.bench.document()->json();

        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QString::fromStdString(folder.string()))});
        QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        static_cast<QObject*>(f.window.get())->event(&event);
        QCOMPARE(f.bench.document()->value(QStringLiteral("data.source")), Json("image-folder"));
        QCOMPARE(f.bench.document()->value(QStringLiteral("data.folder")), Json(folder.string()));
        auto* banner = f.window->findChild<Banner*>(QStringLiteral("trainBanner"));
        QVERIFY2(banner->isHidden(), qPrintable(banner->text()));

        // Nothing was trained: it is loaded at once, and can be trained on.
        QVERIFY(QTest::qWaitFor(
            [&f] {
                return f.bridge().now().info && f.bridge().now().info->dataShape == Shape{3, 64, 64};
            },
            patience));
        QVERIFY(f.reached(SessionState::Ready));
        QCOMPARE(f.bridge().now().info->dataCount, std::int64_t{24});
        f.bench.step();
        QVERIFY(f.trained(1));
        QVERIFY(!f.bridge().now().fault);

        // One drop is one step of undo.
        f.bench.document()->undoStack()->undo();
        QCOMPARE(f.bench.document()->json(), before);
        qunsetenv("XDG_CACHE_HOME");
    }

    void plotsThatWereSwitchedOffStayOff()
    {
        {
            Fixture f;
            QVERIFY(f.reached(SessionState::Ready));
            auto* entry = f.window->findChild<QAction*>(QStringLiteral("showPlot_noise"));
            QVERIFY(entry && entry->isChecked());
            entry->trigger();
            QVERIFY(f.window->close());
        }
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QTRY_VERIFY(f.window->findChild<QWidget*>(QStringLiteral("plot_noise")));
        QVERIFY(f.window->findChild<QWidget*>(QStringLiteral("plot_noise"))->isHidden());
        QVERIFY(!f.window->findChild<QWidget*>(QStringLiteral("plot_loss"))->isHidden());
        QSettings().clear();
    }

    void goesOnWhereItWasClosed()
    {
        test::Scratch kept;
        QString run;
        {
            Fixture f;
            f.bench.setRunsFolder(kept.path("runs"));
            f.bench.restart();
            QVERIFY(f.reached(SessionState::Ready));
            f.bench.step();
            QVERIFY(f.trained(1));
            QVERIFY(f.reached(SessionState::Paused));
            run = QString::fromStdString(f.bridge().now().runFolder.string());
            QVERIFY(f.window->close());
        }
        Fixture f;
        f.window->openLast();
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.bridge().now().progress.step, std::int64_t{1});
        QCOMPARE(QString::fromStdString(f.bridge().now().runFolder.string()), run);
        // A run that is gone is no reason for an empty window.
        QVERIFY(f.window->close());
        std::filesystem::remove_all(run.toStdString());
        Fixture again;
        again.window->openLast();
        QCOMPARE(again.bench.document()->name(), QStringLiteral("fashion-dcgan"));
        QSettings().clear();
    }

    void fitsASmallScreen()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.window->findChild<QTabWidget*>(QStringLiteral("tabs"))->setCurrentIndex(1);
        QVERIFY2(f.window->minimumSizeHint().width() <= 1024,
            qPrintable(QString::number(f.window->minimumSizeHint().width())));
        QVERIFY(f.window->minimumSizeHint().height() <= 600);
    }

    void stepKeyMakesOneStep()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QTest::keyClick(f.window.get(), Qt::Key_Period);
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.bridge().now().progress.step, std::int64_t{1});
        QTRY_COMPARE(f.bench.series().rowCount(), std::size_t{1});
    }

    void disabledButtonsSayWhy()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        auto* stop = f.window->findChild<QToolButton*>(QStringLiteral("stopButton"));
        QTRY_VERIFY(!stop->isEnabled());
        QCOMPARE(stop->toolTip(), QString::fromUtf8(whyNot(SessionState::Ready, SessionAction::Stop)));
    }

    void closingWhileTrainingAsksOnceAndSaves()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QVERIFY(f.trained(3));
        f.closeAnyway = false;
        QVERIFY(!f.window->close());
        QCOMPARE(f.asked, 1);
        QVERIFY(f.bench.isRunning());
        f.closeAnyway = true;
        const std::filesystem::path run = f.bridge().now().runFolder;
        QVERIFY(f.window->close());
        QCOMPARE(f.asked, 2);
        QVERIFY_OK(latestCheckpoint(run));
    }

    void editsBeforeTheFirstStepApplyAtOnce()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("training.batch_size"), 32));
        QTRY_COMPARE_WITH_TIMEOUT(f.inForce("training.batch_size"), Json(32), patience);
        QVERIFY(f.bench.waitingEdits().isEmpty());
    }

    void editsThatNeedARestartWaitForIt()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.step();
        QVERIFY(f.reached(SessionState::Paused));
        const std::filesystem::path first = f.bridge().now().runFolder;
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("training.batch_size"), 32));
        QCOMPARE(f.bench.waitingEdits().size(), 1);
        QCOMPARE(f.inForce("training.batch_size"), Json(16));
        f.bench.restart();
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(f.bench.waitingEdits().isEmpty());
        QCOMPARE(f.bridge().now().progress.step, std::int64_t{0});
        QVERIFY_OK(latestCheckpoint(first)); // what was trained is kept
    }

    void undoReachesTheRun()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        const QString path = QStringLiteral("optimisers.generator.learning_rate");
        const auto inForce = [&f] { return f.inForce("optimisers.generator.learning_rate"); };
        const Json before = inForce();
        QVERIFY_OK(f.bench.document()->set(path, 5e-5));
        QTRY_COMPARE(inForce(), Json(5e-5));
        f.bench.document()->undoStack()->undo();
        QTRY_COMPARE(inForce(), before);
    }

    void goesOnWithARun()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QVERIFY(f.trained(5));
        f.bench.stop();
        QVERIFY(f.reached(SessionState::Finished));
        const std::int64_t step = f.bridge().now().progress.step;
        const QString run = QString::fromStdString(f.bridge().now().runFolder.string());
        f.window->open(QStringLiteral("ring-gan"));
        QVERIFY(f.reached(SessionState::Ready));
        f.window->open(run);
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.bridge().now().progress.step, step);
        QCOMPARE(static_cast<std::int64_t>(f.bench.series().rowCount()), step);
        f.bench.step();
        QVERIFY(f.trained(step + 1));
    }

    void whatCannotBeOpenedIsSaidInTheWindow()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        auto* banner = f.window->findChild<Banner*>(QStringLiteral("trainBanner"));
        f.window->open(QStringLiteral("ring-gam"));
        QVERIFY(!banner->isHidden());
        QVERIFY2(banner->text().contains(QStringLiteral("ring-gan")), qPrintable(banner->text()));
        QCOMPARE(f.bridge().state(), SessionState::Ready); // what was there is still there
    }

    void aLossThatExplodesPausesAndSaysWhere()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("objective.kind"), "lsgan"));
        QVERIFY(QTest::qWaitFor(
            [&f] { return f.inForce("objective.kind") == "lsgan" && f.bridge().state() == SessionState::Ready; },
            patience));
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("optimisers.discriminator.learning_rate"), 10.0));
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("optimisers.generator.learning_rate"), 10.0));
        f.bench.togglePlay();
        QVERIFY(QTest::qWaitFor([&f] { return f.bridge().now().fault.has_value(); }, patience));
        QCOMPARE(f.bridge().state(), SessionState::Paused);
        auto* banner = f.window->findChild<Banner*>(QStringLiteral("trainBanner"));
        QTRY_VERIFY(!banner->isHidden());
        QVERIFY2(banner->text().contains(QStringLiteral("step ")), qPrintable(banner->text()));
        QVERIFY2(banner->text().contains(QStringLiteral("generator"))
                || banner->text().contains(QStringLiteral("discriminator")),
            qPrintable(banner->text()));
        QVERIFY(f.window->findChild<PlayButton*>(QStringLiteral("playButton"))->isEnabled());
    }

    void themesChangeAtOnce()
    {
        Fixture f;
        theme::apply(theme::Choice::Dark);
        QTRY_VERIFY(theme::isDark(f.window->palette()));
        theme::apply(theme::Choice::Light);
        QTRY_VERIFY(!theme::isDark(f.window->palette()));
    }
};

QTEST_MAIN(WindowTest)
#include "window.moc"
