// SPDX-License-Identifier: GPL-3.0-or-later
// The time slider: moments of a run and of the one it began from, by mouse, keys and menu.
#include "ui/panels/time_bar.h"

#include "core/base/files.h"
#include "tests/support/scratch.h"
#include "ui/models/run_series.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/time_slider.h"

#include <QAction>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

#include <memory>

namespace saddle {

class TimeBarTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<test::Scratch> m_scratch;
    std::unique_ptr<RunTimeline> m_timeline;
    std::unique_ptr<TimeBar> m_bar;

    void keepGrid(const std::string& run, int step) const
    {
        m_scratch->write(run + "/samples/" + stepName(step) + ".png", "a picture");
    }
    void keepCheckpoint(const std::string& run, int step) const
    {
        const std::string folder = run + "/checkpoints/" + stepName(step);
        m_scratch->write(folder + "/state.json", "{}");
        m_scratch->write(folder + "/tensors.safetensors", "weights");
    }
    TimeSlider* slider() const { return m_bar->findChild<TimeSlider*>(QStringLiteral("timeSlider")); }
    QPushButton* button(const char* name) const { return m_bar->findChild<QPushButton*>(QLatin1String(name)); }
    QString words() const { return m_bar->findChild<QLabel*>(QStringLiteral("timeStep"))->text(); }
    void click(double x) const
    {
        QTest::mouseClick(slider(), Qt::LeftButton, {}, {static_cast<int>(std::lround(x)), slider()->height() / 2});
    }

private Q_SLOTS:
    /// A run forked at step 200 of another: grids at 0, 100 ... 200 | 300, 400; checkpoints at 100 and 200 | 400.
    void init()
    {
        m_scratch = std::make_unique<test::Scratch>();
        for (const int step : {0, 100, 200, 300})
            keepGrid("old", step);
        for (const int step : {100, 200, 300})
            keepCheckpoint("old", step);
        for (const int step : {300, 400})
            keepGrid("new", step);
        keepCheckpoint("new", 400);
        QVERIFY_OK(writeOrigin(m_scratch->path("new"), {"", "", RunParent{"old", 200, RunParent::How::Fork}}));
        m_timeline = std::make_unique<RunTimeline>();
        m_bar = std::make_unique<TimeBar>(m_timeline.get());
        m_bar->resize(600, m_bar->sizeHint().height());
        m_bar->show();
        const Lineage lineage = lineageOf(m_scratch->path("new"));
        m_timeline->setRun(lineage);
        m_timeline->setMarkers(markersOf(lineage, {{150, 0, "edit", "rate <b>halved</b>", {}}}));
    }
    void cleanup()
    {
        m_bar.reset();
        m_timeline.reset();
        m_scratch.reset();
    }

    void nothingIsKeptYet()
    {
        m_timeline->setRun(std::nullopt);
        QVERIFY(!slider()->isEnabled());
        QVERIFY(!button("timeLive")->isEnabled());
        QVERIFY(!button("timeRewind")->isEnabled());
        QVERIFY(!button("timeFork")->isEnabled());
        QVERIFY(!button("timeFork")->toolTip().isEmpty());
        click(slider()->width() / 2.0);
        QVERIFY(m_timeline->isLive());
    }

    void theMouseGoesToTheNearestMoment()
    {
        QSignalSpy moved(m_timeline.get(), &RunTimeline::moved);
        click(slider()->xOf(290));
        QCOMPARE(moved.size(), 1);
        QCOMPARE(m_timeline->step(), 300);
        QCOMPARE(slider()->value(), 300);
        // A drag passes moments and says each once.
        const int y = slider()->height() / 2;
        const auto place = [&](qint64 step) { return QPoint(static_cast<int>(std::lround(slider()->xOf(step))), y); };
        QTest::mousePress(slider(), Qt::LeftButton, {}, place(300));
        for (const int step : {280, 240, 210, 190, 110, 90})
            QTest::mouseMove(slider(), place(step));
        QCOMPARE(m_timeline->step(), 100);
        QTest::mouseRelease(slider(), Qt::LeftButton, {}, place(90));
        QCOMPARE(moved.size(), 3);
        click(slider()->width() - 3);
        QVERIFY(m_timeline->isLive());
        QCOMPARE(slider()->value(), slider()->maximum());
    }

    void keysGoThroughGridsAndCheckpoints()
    {
        const auto press = [this](Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
            QTest::keyClick(slider(), key, modifiers);
            return m_timeline->step();
        };
        QCOMPARE(press(Qt::Key_Right), RunTimeline::live);
        QCOMPARE(press(Qt::Key_Left), 400);
        QCOMPARE(press(Qt::Key_Left), 300);
        QCOMPARE(press(Qt::Key_Left, Qt::ControlModifier), 200);
        QCOMPARE(press(Qt::Key_Left, Qt::ControlModifier), 100);
        QCOMPARE(press(Qt::Key_Left, Qt::ControlModifier), 100);
        QCOMPARE(press(Qt::Key_Home), 0);
        QCOMPARE(press(Qt::Key_Right, Qt::ControlModifier), 100);
        QCOMPARE(press(Qt::Key_Right, Qt::ControlModifier), 200);
        QCOMPARE(press(Qt::Key_Right, Qt::ControlModifier), 400);
        QCOMPARE(press(Qt::Key_Right, Qt::ControlModifier), RunTimeline::live);
        QCOMPARE(press(Qt::Key_Home), 0);
        QCOMPARE(press(Qt::Key_End), RunTimeline::live);
        QTest::keyClick(slider(), Qt::Key_PageUp); // means nothing here
        QVERIFY(m_timeline->isLive());
    }

    void everyMomentIsOfTheRunThatLeftIt()
    {
        const auto folderAt = [this](qint64 step) {
            m_timeline->goTo(step);
            return m_timeline->nearestGrid()->grid.parent_path().parent_path();
        };
        QCOMPARE(folderAt(200), m_scratch->path("old"));
        QCOMPARE(folderAt(300), m_scratch->path("new"));
        QCOMPARE(m_timeline->atOrBefore(RunTimeline::Stop::Checkpoint)->step, 200);
        QCOMPARE(m_timeline->count(RunTimeline::Stop::Grid), std::size_t{5});
        QCOMPARE(m_timeline->count(RunTimeline::Stop::Checkpoint), std::size_t{3});
    }

    void wordsSayStepTimeAndCheckpoint()
    {
        QVERIFY2(words().contains(QStringLiteral("5 grids kept")), qPrintable(words()));
        m_timeline->setClock([](qint64 step) { return static_cast<double>(step) * 2; });
        m_timeline->goTo(300);
        QVERIFY2(words().startsWith(QStringLiteral("Step 300")), qPrintable(words()));
        QVERIFY2(words().contains(QStringLiteral("10:00 of training")), qPrintable(words()));
        QVERIFY2(words().contains(QStringLiteral("checkpoint at 200")), qPrintable(words()));
        m_timeline->goTo(400);
        QVERIFY2(words().contains(QStringLiteral("checkpoint here")), qPrintable(words()));
        m_timeline->goTo(0);
        QVERIFY2(words().contains(QStringLiteral("no checkpoint before")), qPrintable(words()));
        QVERIFY(!button("timeRewind")->isEnabled());
    }

    void goesOnFromTheCheckpointAtOrBefore()
    {
        QSignalSpy rewind(m_bar.get(), &TimeBar::rewindRequested);
        QSignalSpy fork(m_bar.get(), &TimeBar::forkRequested);
        QVERIFY(!button("timeRewind")->isEnabled()); // live: there is nothing to go back to
        button("timeFork")->click();
        QCOMPARE(fork.takeFirst()[0].toLongLong(), 400);
        m_timeline->goTo(300);
        QVERIFY(button("timeRewind")->toolTip().contains(QStringLiteral("200")));
        button("timeRewind")->click();
        QCOMPARE(rewind.takeFirst()[0].toLongLong(), 200);
    }

    void marksAreToldOf()
    {
        QVERIFY2(slider()->textAt(slider()->xOf(200)).contains(QStringLiteral("forked from old at step 200")),
            qPrintable(slider()->textAt(slider()->xOf(200))));
        QVERIFY(slider()->textAt(slider()->xOf(200)).contains(QStringLiteral("kept grid and checkpoint")));
        QVERIFY(slider()->textAt(slider()->xOf(150)).contains(QStringLiteral("<b>halved")));
        QVERIFY(slider()->textAt(slider()->xOf(50)).isEmpty());
        QVERIFY(slider()->textAt(slider()->width() - 2).startsWith(QStringLiteral("Live")));
    }

    void aMenuForEveryMoment()
    {
        QSignalSpy fork(m_bar.get(), &TimeBar::forkRequested);
        Q_EMIT slider()->menuRequested(105, m_bar->mapToGlobal(QPoint(1, 1)));
        auto* menu = m_bar->findChild<QMenu*>();
        QVERIFY(menu);
        menu->findChild<QAction*>(QStringLiteral("momentGo"))->trigger();
        QCOMPARE(m_timeline->step(), 100);
        menu->findChild<QAction*>(QStringLiteral("momentFork"))->trigger();
        QCOMPARE(fork.takeFirst()[0].toLongLong(), 100);
        menu->close();
    }

    void whatWasTakenAwayIsNoLongerLookedAt()
    {
        m_timeline->goTo(400);
        QSignalSpy moved(m_timeline.get(), &RunTimeline::moved);
        std::filesystem::remove_all(m_scratch->path("new"));
        m_timeline->look();
        QCOMPARE(m_timeline->step(), 200);
        QCOMPARE(moved.size(), 1);
        QVERIFY(slider()->isEnabled());
    }
};

} // namespace saddle

QTEST_MAIN(saddle::TimeBarTest)
#include "time_bar.moc"
