// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/samples_panel.h"

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "tests/support/scratch.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/time_slider.h"
#include "ui/plots/plane_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

#include <memory>

namespace saddle {
namespace {

std::shared_ptr<Samples> grid(std::int64_t step, int shade)
{
    auto samples = std::make_shared<Samples>();
    samples->step = step;
    samples->count = 6;
    samples->columns = 3;
    samples->height = 4;
    samples->width = 5;
    samples->channels = 1;
    for (int i = 0; i < 6 * 4 * 5; ++i)
        samples->pixels.push_back(static_cast<std::uint8_t>(shade + i));
    return samples;
}

std::shared_ptr<Samples> points(std::int64_t step)
{
    auto samples = std::make_shared<Samples>();
    samples->step = step;
    samples->count = 2;
    samples->points = {0, 0, 1, 1};
    samples->realPoints = {-1, 0, 1, 0};
    samples->heat = HeatMap{2, 2, -2, 2, {0.1F, 0.4F, 0.6F, 0.9F}};
    return samples;
}

std::string bytesOf(const std::filesystem::path& file)
{
    const Result<std::string> bytes = readFile(file, 1u << 20);
    return bytes ? *bytes : std::string();
}

} // namespace

class SamplesPanelTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<test::Scratch> m_scratch;
    std::unique_ptr<RunTimeline> m_timeline;
    std::unique_ptr<SamplesPanel> m_panel;

    template <typename T>
    T* part(const char* name) const
    {
        return m_panel->findChild<T*>(QLatin1String(name));
    }
    ImageView* view() const { return part<ImageView>("sampleView"); }
    TimeSlider* time() const { return part<TimeSlider>("timeSlider"); }
    QString title() const { return part<QLabel>("sampleTitle")->text(); }
    QString bannerText() const { return m_panel->findChild<Banner*>()->text(); }
    std::filesystem::path run() const { return m_scratch->path("run"); }

    void keep(const Samples& samples) const
    {
        std::filesystem::create_directories(run() / "samples");
        QVERIFY_OK(writePng(run() / "samples" / (stepName(samples.step) + ".png"), picture(samples)));
    }
    void keepSome() const
    {
        for (const int step : {100, 200, 300})
            keep(*grid(step, step / 100));
    }

private Q_SLOTS:
    void init()
    {
        m_scratch = std::make_unique<test::Scratch>();
        m_timeline = std::make_unique<RunTimeline>();
        m_panel = std::make_unique<SamplesPanel>(m_timeline.get());
        m_panel->resize(640, 700);
        m_panel->show();
    }
    void cleanup()
    {
        m_panel.reset();
        m_timeline.reset();
        m_scratch.reset();
    }

    void neverBlank()
    {
        QVERIFY(part<QLabel>("sampleWaitingText")->isVisible());
        QVERIFY(!part<QProgressBar>("sampleWaitingBar")->isVisible());
        QVERIFY(!part<QPushButton>("sampleExport")->isEnabled());
        m_panel->setLoading(QStringLiteral("Reading pictures"), 0.5);
        QCOMPARE(part<QLabel>("sampleWaitingText")->text(), QStringLiteral("Reading pictures"));
        auto* bar = part<QProgressBar>("sampleWaitingBar");
        QVERIFY(bar->isVisible());
        QCOMPARE(bar->value() * 2, bar->maximum());
        m_panel->setLoading(QStringLiteral("Building networks"), -1);
        QCOMPARE(bar->maximum(), 0);

        const auto real = grid(0, 90);
        m_panel->setRealSamples(real);
        QVERIFY(view()->isVisible());
        QVERIFY(view()->image() == picture(*real));
        QCOMPARE(title(), QStringLiteral("Real images"));
        const auto labels = m_panel->findChildren<QLabel*>();
        QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
            return label->isVisible() && label->text().contains(QStringLiteral("nothing is trained yet"));
        }));
        m_panel->clear();
        QVERIFY(part<QLabel>("sampleWaitingText")->isVisible());
        QVERIFY(!bar->isVisible());
    }

    void live()
    {
        auto samples = grid(12345, 10);
        samples->ema = true;
        m_panel->setSamples(samples);
        QVERIFY(view()->image() == picture(*samples));
        QVERIFY(title().startsWith(QStringLiteral("Samples at step 12")));
        QVERIFY(part<QLabel>("sampleAverage")->isVisible());
        QCOMPARE(part<QLabel>("sampleState")->text(), QStringLiteral("live"));
        QVERIFY(!part<QPushButton>("timeLive")->isEnabled());
        m_panel->setSamples(grid(12346, 11));
        QVERIFY(!part<QLabel>("sampleAverage")->isVisible());
        QVERIFY(view()->image() == picture(*grid(12346, 11)));
    }

    void realImagesBeside()
    {
        auto* realView = part<ImageView>("realView");
        auto* show = part<QCheckBox>("showReal");
        QVERIFY(!show->isEnabled());
        m_panel->setRealSamples(grid(0, 90));
        QVERIFY(!show->isEnabled()); // they are all there is
        m_panel->setSamples(grid(5, 10));
        QVERIFY(show->isEnabled());
        QVERIFY(!realView->isVisible());
        show->setChecked(true);
        QVERIFY(realView->isVisible());
        QVERIFY(realView->image() == picture(*grid(0, 90)));

        // One zoom and one place for both.
        auto* zoom = part<QComboBox>("sampleZoom");
        zoom->setCurrentIndex(zoom->findData(8));
        QCOMPARE(view()->zoom(), 8);
        QCOMPARE(realView->zoom(), 8);
        realView->zoomIn();
        QCOMPARE(view()->zoom(), 12);
        QCOMPARE(zoom->currentData().toInt(), 12);
        QVERIFY(zoom->currentText().startsWith(QStringLiteral("12")));
        view()->setZoom(ImageView::maximumZoom);
        QTest::keyClick(view(), Qt::Key_Right);
        QCOMPARE(realView->centre(), view()->centre());
    }

    void scrubsWhileLiveOnesArrive()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        m_panel->setSamples(grid(400, 40));
        QSignalSpy scrubbed(m_timeline.get(), &RunTimeline::moved);
        QCOMPARE(time()->value(), time()->maximum());

        time()->setValue(190); // the nearest moment is meant
        QCOMPARE(scrubbed.size(), 1);
        QCOMPARE(scrubbed.takeFirst()[0].toLongLong(), 200);
        QTRY_VERIFY(view()->image() == picture(*grid(200, 2)));
        QVERIFY(title().contains(QStringLiteral("200")));
        QCOMPARE(part<QLabel>("sampleState")->text(), QStringLiteral("kept"));
        QVERIFY(part<QLabel>("timeStep")->text().contains(QStringLiteral("200")));

        keep(*grid(500, 5));
        m_panel->setSamples(grid(500, 50));
        m_timeline->look();
        QCOMPARE(time()->maximum(), 501);
        QCOMPARE(time()->value(), 200);
        QVERIFY(view()->image() == picture(*grid(200, 2)));
        QVERIFY(scrubbed.isEmpty());
        QCOMPARE(m_timeline->step(), 200);

        part<QPushButton>("timeLive")->click();
        QCOMPARE(scrubbed.takeFirst()[0].toLongLong(), -1);
        QVERIFY(view()->image() == picture(*grid(500, 50)));
        QCOMPARE(time()->value(), time()->maximum());
    }

    void scrubsByKeys()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        m_panel->setSamples(grid(400, 40));
        // The picture fits, so it leaves these keys to the slider.
        QTest::keyClick(view(), Qt::Key_Left);
        QCOMPARE(m_timeline->step(), 300);
        QTest::keyClick(time(), Qt::Key_Home);
        QCOMPARE(m_timeline->step(), 100);
        QTest::keyClick(view(), Qt::Key_Right);
        QCOMPARE(m_timeline->step(), 200);
        QTRY_VERIFY(view()->image() == picture(*grid(200, 2)));
        QTest::keyClick(view(), Qt::Key_End);
        QCOMPARE(m_timeline->step(), -1);
        QVERIFY(view()->image() == picture(*grid(400, 40)));
    }

    void showsTheNearestStep()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        m_panel->setSamples(grid(400, 40));
        m_timeline->goTo(240);
        QCOMPARE(m_timeline->step(), 200);
        m_timeline->goTo(9000);
        QCOMPARE(m_timeline->step(), 300);
        m_timeline->goTo(-1);
        QCOMPARE(m_timeline->step(), -1);
    }

    void anOpenedRunShowsItsLastGrid()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        m_panel->setRealSamples(grid(0, 90));
        QVERIFY(view()->image() == picture(*grid(300, 3)));
        QCOMPARE(m_timeline->step(), -1);
        m_panel->setSamples(grid(300, 60));
        QVERIFY(view()->image() == picture(*grid(300, 60)));
    }

    void looksForNewGridsByItself()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        keep(*grid(400, 4));
        m_panel->setSamples(grid(400, 40));
        QTRY_COMPARE(m_timeline->count(RunTimeline::Stop::Grid), std::size_t{4});
    }

    void aRemovedRunGoesBackToLive()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        m_panel->setSamples(grid(400, 40));
        m_timeline->goTo(100);
        std::filesystem::remove_all(run());
        m_timeline->look();
        QCOMPARE(m_timeline->step(), -1);
        QVERIFY(!time()->isEnabled());
        QVERIFY(view()->image() == picture(*grid(400, 40)));
    }

    void aDamagedGridIsSaid()
    {
        keepSome();
        m_scratch->write("run/samples/00000200.png", "not a picture");
        m_timeline->setRun(lineageOf(run()));
        m_panel->setSamples(grid(400, 40));
        QSignalSpy problem(m_panel.get(), &SamplesPanel::problem);
        m_timeline->goTo(200);
        QTRY_COMPARE(problem.size(), 1);
        QVERIFY(m_panel->findChild<Banner*>()->isVisible());
        QVERIFY(bannerText().contains(QStringLiteral("00000200.png")));
        QVERIFY(!m_panel->exportGrid(QString::fromStdString(m_scratch->path("x.png").string())));
        m_timeline->goTo(300);
        QTRY_VERIFY(view()->image() == picture(*grid(300, 3)));
    }

    void savesWhatIsShown()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        const auto samples = grid(400, 40);
        m_panel->setSamples(samples);
        const std::filesystem::path file = m_scratch->path("grid.png");
        QString suggested;
        m_panel->setSaveDialog([&](QWidget*, const QString&, const QString& name, const QString&) {
            suggested = name;
            return QString::fromStdString(file.string());
        });
        part<QAction>("exportGrid")->trigger();
        QCOMPARE(suggested, QStringLiteral("run-00000400.png"));
        const Result<Image> saved = readPng(file);
        QVERIFY_OK(saved);
        QVERIFY(*saved == picture(*samples));

        m_timeline->goTo(100);
        QTRY_VERIFY(view()->image() == picture(*grid(100, 1)));
        part<QAction>("exportGrid")->trigger();
        QCOMPARE(bytesOf(file), bytesOf(run() / "samples" / "00000100.png"));

        QVERIFY(!m_panel->exportGrid(QStringLiteral("/nowhere/at/all.png")));
        QVERIFY(bannerText().contains(QStringLiteral("/nowhere/at")));
    }

    void savingNeverReplacesWhatTheDialogDidNotAskAbout()
    {
        m_panel->setSamples(grid(400, 40));
        m_scratch->write("mine.png", "precious");
        m_panel->setSaveDialog([&](QWidget*, const QString&, const QString&, const QString&) {
            return QString::fromStdString(m_scratch->path("mine").string());
        });
        part<QAction>("exportGrid")->trigger();
        QCOMPARE(bytesOf(m_scratch->path("mine.png")), std::string("precious"));
        QVERIFY(!bannerText().isEmpty());
    }

    void savesAllGridsBesideOthers()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        // One that is there already, and one name that something else has.
        m_scratch->write("out/00000100.png", bytesOf(run() / "samples" / "00000100.png"));
        m_scratch->write("out/00000200.png", "something else");
        const QString folder = QString::fromStdString(m_scratch->path("out").string());
        m_panel->setFolderDialog([&](QWidget*, const QString&) { return folder; });
        part<QAction>("exportAllGrids")->trigger();
        QVERIFY(m_panel->isExporting());
        QVERIFY(part<QProgressBar>("exportProgress")->isVisible());
        QTRY_VERIFY(!m_panel->isExporting());
        QVERIFY(!part<QProgressBar>("exportProgress")->isVisible());
        QCOMPARE(bytesOf(m_scratch->path("out/00000200.png")), std::string("something else"));
        QCOMPARE(bytesOf(m_scratch->path("out/00000200-2.png")), bytesOf(run() / "samples" / "00000200.png"));
        QCOMPARE(bytesOf(m_scratch->path("out/00000300.png")), bytesOf(run() / "samples" / "00000300.png"));
        QVERIFY(!std::filesystem::exists(m_scratch->path("out/00000100-2.png")));
        QVERIFY(bannerText().contains(QStringLiteral("2 grids")));

        // Again: everything is there.
        m_panel->exportAllGrids(folder);
        QTRY_VERIFY(bannerText().startsWith(QStringLiteral("Nothing to save")));
        QVERIFY(!std::filesystem::exists(m_scratch->path("out/00000200-3.png")));
    }

    void savingAllCanBeCancelledAndFail()
    {
        keepSome();
        m_timeline->setRun(lineageOf(run()));
        std::filesystem::create_directories(m_scratch->path("out"));
        m_panel->exportAllGrids(QString::fromStdString(m_scratch->path("out").string()));
        part<QPushButton>("exportCancel")->click();
        QVERIFY(!m_panel->isExporting());
        QVERIFY(std::filesystem::is_empty(m_scratch->path("out")));

        QSignalSpy problem(m_panel.get(), &SamplesPanel::problem);
        m_panel->exportAllGrids(QStringLiteral("/nowhere/at/all"));
        QTRY_COMPARE(problem.size(), 1);
        QVERIFY(bannerText().contains(QStringLiteral("/nowhere/at/all")));
    }

    void pointsOfThePlane()
    {
        auto* plane = part<PlaneView>("planeView");
        auto real = points(0);
        real->points.clear();
        m_panel->setRealSamples(real);
        QVERIFY(plane->isVisible());
        QVERIFY(title().contains(QStringLiteral("nothing is trained yet")));
        m_panel->setSamples(points(50));
        QCOMPARE(plane->legend(), QStringLiteral("Real, Generated"));
        QVERIFY(!part<QComboBox>("sampleZoom")->isVisible());
        QVERIFY(!part<QCheckBox>("showReal")->isVisible());

        keep(*points(20));
        m_timeline->setRun(lineageOf(run()));
        m_timeline->goTo(20);
        QTRY_VERIFY(plane->showsPicture());
        m_panel->setSamples(points(60));
        QVERIFY(plane->showsPicture());
        m_timeline->goTo(-1);
        QVERIFY(!plane->showsPicture());

        const std::filesystem::path file = m_scratch->path("plane.png");
        QVERIFY(m_panel->exportGrid(QString::fromStdString(file.string())));
        const Result<Image> saved = readPng(file);
        QVERIFY_OK(saved);
        QVERIFY(*saved == picture(*points(60)));
    }
};

} // namespace saddle

QTEST_MAIN(saddle::SamplesPanelTest)
#include "samples_panel.moc"
