// SPDX-License-Identifier: GPL-3.0-or-later
// Runs laid side by side: one store for all, plots, grids, the wipe, the table of settings, and what is saved of it.
#include "ui/panels/compare_panel.h"

#include "core/base/files.h"
#include "core/io/csv.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "ui/panels/compare_pictures.h"
#include "ui/plots/plots_panel.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/wipe_view.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTableWidget>
#include <QToolButton>
#include <QXmlStreamReader>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

namespace saddle {
namespace {

Json experiment(const std::string& optimiser, double rate, const std::string& architecture = "dcgan")
{
    return {{"data", {{"source", "fake-images"}}}, {"generator", {{"architecture", architecture}}},
        {"discriminator", {{"architecture", "dcgan"}}}, {"objective", {{"kind", "non-saturating"}}},
        {"optimisers", {{"generator", {{"kind", optimiser}, {"learning_rate", rate}}}}}};
}

Image grid(int shade)
{
    return {4, 3, 1, std::vector<std::uint8_t>(12, static_cast<std::uint8_t>(shade))};
}

} // namespace

class CompareTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<test::Scratch> m_scratch;
    std::unique_ptr<CompareWindow> m_window;
    QString m_saveTo;

    QString path(const std::string& name) const { return QString::fromStdString(m_scratch->path(name).string()); }
    template <typename T>
    T* part(const char* name) const
    {
        return m_window->findChild<T*>(QLatin1String(name));
    }
    QString bannerText() const { return part<Banner>("compareBanner")->text(); }
    std::shared_ptr<SeriesStore> store(XAxis axis) const
    {
        auto made = std::make_shared<SeriesStore>();
        m_window->runs().fill(*made, axis);
        return made;
    }

    /// Rows at every `every` steps, of batches of so many images, at one step a second; losses that tell runs apart.
    void addRun(const std::string& name, const Json& document, int every, int last, int batch, double loss) const
    {
        std::string rows = "step,epoch,images,seconds,d_loss,g_loss,d_real\n";
        for (int step = every; step <= last; step += every) {
            rows += std::to_string(step) + ",0," + std::to_string(step * batch) + "," + std::to_string(step) + ","
                + formatNumber(loss) + "," + formatNumber(loss + 1) + ",0.5\n";
        }
        m_scratch->write(name + "/experiment.json", document.dump());
        m_scratch->write(name + "/metrics.csv", rows);
    }
    void addGrid(const std::string& name, int step, int shade) const
    {
        std::filesystem::create_directories(m_scratch->path(name) / "samples");
        QVERIFY_OK(writePng(m_scratch->path(name) / "samples" / (stepName(step) + ".png"), grid(shade)));
    }
    QStringList cellsOf(const QString& label) const
    {
        const auto* table = part<QTableWidget>("compareSettings");
        QStringList cells;
        for (int row = 0; row < table->rowCount(); ++row) {
            for (int column = 2; table->item(row, 1)->text() == label && column < table->columnCount(); ++column)
                cells << table->item(row, column)->text();
        }
        return cells;
    }

private Q_SLOTS:
    void init()
    {
        m_scratch = std::make_unique<test::Scratch>();
        addRun("one", experiment("adam", 0.0002), 10, 30, 64, 1);
        addRun("two", experiment("adam", 0.0001), 15, 45, 32, 2);
        addGrid("one", 10, 100);
        addGrid("one", 30, 101);
        addGrid("two", 15, 200);
        addGrid("two", 45, 201);
        m_window = std::make_unique<CompareWindow>(
            test::fakeCatalog(), [this](QWidget*, const QString&) { return path("three"); },
            [this](QWidget*, const QString&, const QString&, const QString&) { return m_saveTo; });
        m_window->resize(1000, 700);
        m_window->show();
    }
    void cleanup()
    {
        m_window.reset();
        m_scratch.reset();
    }

    void rowsOfAllRunsRiseTogether()
    {
        m_window->addRuns({path("one"), path("two")});
        QVERIFY2(bannerText().isEmpty(), qPrintable(bannerText()));
        const auto bySteps = store(XAxis::Step);
        QCOMPARE(bySteps->rowCount(), std::size_t{5}); // 10, 15, 20, 30 of both, 45
        const std::size_t x = *bySteps->columnIndex("step");
        QVERIFY(bySteps->column(x).isMonotone());
        const std::size_t one = *bySteps->columnIndex("one/d_loss");
        const std::size_t two = *bySteps->columnIndex("two/d_loss");
        QCOMPARE(bySteps->value(x, 3), 30.0);
        QCOMPARE(bySteps->value(one, 3), 1.0);
        QCOMPARE(bySteps->value(two, 3), 2.0);
        QVERIFY(std::isnan(bySteps->value(two, 0)));
        QVERIFY(std::isnan(bySteps->value(one, 4)));
        // By images: 640, 1280, 1920 and 480, 960, 1440.
        const auto byImages = store(XAxis::Images);
        QCOMPARE(byImages->rowCount(), std::size_t{6});
        QCOMPARE(byImages->value(*byImages->columnIndex("images"), 0), 480.0);
        QCOMPARE(byImages->value(*byImages->columnIndex("two/step"), 0), 15.0);
        QCOMPARE(store(XAxis::Time)->rowCount(), std::size_t{5});
    }

    void diversityIsACurveOfRunsThatHaveIt()
    {
        m_scratch->write("one/diversity.csv", "step,diversity\n12,0.5\n30,0.25\n");
        m_window->addRuns({path("one"), path("two")});
        const auto made = store(XAxis::Step);
        const std::size_t diversity = *made->columnIndex("one/diversity");
        QVERIFY(std::isnan(made->value(diversity, 0)));
        QCOMPARE(made->value(diversity, 2), 0.5); // step 20, the first row after it was measured
        QCOMPARE(made->value(diversity, 3), 0.25);
        const std::vector<PlotGroup> groups = m_window->runs().groups({true, true});
        const auto found = std::find_if(groups.begin(), groups.end(),
            [](const PlotGroup& group) { return group.id == QStringLiteral("diversity"); });
        QVERIFY(found != groups.end());
        QCOMPARE(found->series.size(), std::size_t{1});
        QCOMPARE(found->series[0].column, std::string("one/diversity"));
    }

    void rowsThatGoBackAreLeftOut()
    {
        m_scratch->write("odd/experiment.json", experiment("adam", 0.0002).dump());
        m_scratch->write(
            "odd/metrics.csv", "step,epoch,images,seconds,d_loss\n5,0,5,1,1\n3,0,3,2,2\nx,0,4,3,3\n6,0,6,4,4\n");
        m_window->addRuns({path("odd")});
        const auto made = store(XAxis::Step);
        QCOMPARE(made->rowCount(), std::size_t{2});
        QCOMPARE(made->value(*made->columnIndex("odd/d_loss"), 1), 4.0);
    }

    void onePlotForEachGroupAndOneColourForEachRun()
    {
        m_window->addRuns({path("one"), path("two")});
        const auto& plots = m_window->plots()->plots();
        QCOMPARE(plots.size(), std::size_t{2}); // losses, outputs
        QCOMPARE(plots[0]->objectName(), QStringLiteral("plot_loss"));
        const std::vector<SeriesSpec>& series = plots[0]->series();
        QCOMPARE(series.size(), std::size_t{4});
        QVERIFY(series[0].colour == series[1].colour);
        QVERIFY(series[0].colour != series[2].colour);
        QVERIFY(series[0].style == LineStyle::Solid && series[1].style == LineStyle::Dashed);
        QCOMPARE(series[2].label, QStringLiteral("B D loss"));
        QCOMPARE(plots[1]->series()[0].label, QStringLiteral("A"));

        // Hidden above, gone from the plots and the pictures; its colour stays its own.
        part<QCheckBox>("compareShow_A")->setChecked(false);
        QCOMPARE(m_window->plots()->plots()[0]->series().size(), std::size_t{2});
        QVERIFY(m_window->plots()->plots()[0]->series()[0].colour == m_window->runs().runs()[1].colour);
        QVERIFY(!m_window->findChild<ImageView*>(QStringLiteral("compareGrid_A")));
    }

    void theXAxisIsChosenAmongAll()
    {
        m_window->addRuns({path("one"), path("two")});
        auto* plot = m_window->plots()->plots()[0];
        m_window->plots()->setXAxis(XAxis::Images);
        QCOMPARE(plot->xAxis(), XAxis::Images);
        plot->setCrosshair(1920);
        QVERIFY2(plot->readout().startsWith(QStringLiteral("1,920")), qPrintable(plot->readout()));
        m_window->plots()->setXAxis(XAxis::Step);
        plot->setCrosshair(30);
        QVERIFY2(plot->readout().contains(QStringLiteral("A D loss 1.000; A G loss 2.000; B D loss 2.000")),
            qPrintable(plot->readout()));
    }

    void eightRunsAndNoMore()
    {
        QStringList folders;
        for (int i = 0; i < 9; ++i) {
            const std::string name = "run" + std::to_string(i);
            addRun(name, experiment("adam", 0.0002), 10, 20, 64, i);
            folders << path(name);
        }
        m_window->addRuns(folders);
        QCOMPARE(m_window->runs().runs().size(), std::size_t{8});
        QVERIFY2(bannerText().contains(QStringLiteral("run8")), qPrintable(bannerText()));
        std::set<SeriesColour> colours;
        for (const ComparedRun& run : m_window->runs().runs())
            colours.insert(run.colour);
        QCOMPARE(colours.size(), std::size_t{8});
        // One that is taken away leaves its colour and room for another.
        const SeriesColour free = m_window->runs().runs()[2].colour;
        part<QToolButton>("compareRemove_C")->click();
        QTRY_COMPARE(m_window->runs().runs().size(), std::size_t{7});
        addRun("three", experiment("adam", 0.0002), 10, 20, 64, 3);
        part<QPushButton>("compareAdd")->click();
        QCOMPARE(m_window->runs().runs().back().name, QStringLiteral("three"));
        QVERIFY(m_window->runs().runs().back().colour == free);
    }

    void whatIsNoRunIsSaid()
    {
        std::filesystem::create_directories(m_scratch->path("nothing"));
        m_scratch->write("broken/experiment.json", "{ no json");
        m_window->addRuns({path("nothing"), path("broken"), path("one"), path("one"), path("missing")});
        QCOMPARE(m_window->runs().runs().size(), std::size_t{1});
        for (const char* name : {"nothing", "broken", "here already", "missing"})
            QVERIFY2(bannerText().contains(QLatin1String(name)), qPrintable(bannerText()));
    }

    void aRunWithUnknownSettingsIsComparedWithoutThem()
    {
        Json document = experiment("adam", 0.0002);
        document["objective"]["from_the_future"] = 1;
        addRun("newer", document, 10, 30, 64, 5);
        m_window->addRuns({path("one"), path("newer")});
        QCOMPARE(m_window->runs().runs().size(), std::size_t{2});
        QVERIFY2(bannerText().contains(QStringLiteral("from_the_future")), qPrintable(bannerText()));
        const auto made = store(XAxis::Step);
        QCOMPARE(made->value(*made->columnIndex("newer/d_loss"), 0), 5.0);
        const QStringList cells = cellsOf(QStringLiteral("Batch size"));
        QCOMPARE(cells.size(), 2);
        QCOMPARE(cells[1], QStringLiteral("\u2013"));
    }

    void gridsAtOneStepOrEachAtItsOwn()
    {
        m_window->addRuns({path("one"), path("two")});
        auto* time = part<QSlider>("compareTime");
        QCOMPARE(time->maximum(), 3); // 10, 15, 30, 45
        auto* first = part<ImageView>("compareGrid_A");
        auto* second = part<ImageView>("compareGrid_B");
        QVERIFY(first->image() == grid(101) && second->image() == grid(201));
        time->setValue(2); // step 30: the second run's last grid by then is of step 15
        QTRY_VERIFY(second->image() == grid(200));
        QVERIFY(first->image() == grid(101));
        QCOMPARE(part<QLabel>("compareTimeText")->text(), QStringLiteral("Step 30"));
        time->setValue(0);
        QTRY_VERIFY(first->image() == grid(100));
        part<QCheckBox>("compareTogether")->setChecked(false);
        auto* own = part<QSlider>("compareTime_B");
        QCOMPARE(own->value(), 0);
        own->setValue(1);
        QTRY_VERIFY(second->image() == grid(201));
        QVERIFY(first->image() == grid(100));
        first->setZoom(4);
        QCOMPARE(second->zoom(), 4);
    }

    void theWipeIsDraggedAndMovedByKeys()
    {
        m_window->addRuns({path("one"), path("two")});
        part<QTabWidget>("compareTabs")->setCurrentIndex(1);
        part<QPushButton>("compareWipe")->click();
        WipeView* wipe = m_window->pictures()->wipe();
        QTRY_VERIFY(wipe->isVisible());
        QVERIFY(wipe->leftView()->image() == grid(101));
        QVERIFY(wipe->rightView()->image() == grid(201));
        QCOMPARE(wipe->divider(), 0.5);
        QTest::mouseClick(wipe->leftView(), Qt::LeftButton, {}, {wipe->width() / 4, wipe->height() / 2});
        QVERIFY(std::abs(wipe->divider() - 0.25) < 0.01);
        auto* handle = wipe->findChild<QWidget*>(QStringLiteral("wipeHandle"));
        QTest::mousePress(handle, Qt::LeftButton, {}, handle->rect().center());
        QTest::mouseMove(handle, handle->rect().center() + QPoint(wipe->width() / 2, 0));
        QTest::mouseRelease(handle, Qt::LeftButton, {}, handle->rect().center());
        QVERIFY(wipe->divider() > 0.7);
        // Left of the divider the pixels are the first run's, right of it the second's.
        wipe->setDivider(0.5);
        const QImage shot = wipe->grab().toImage();
        const auto shade = [&shot](double x) {
            return shot.pixelColor(static_cast<int>(x * shot.width()), shot.height() / 4).red();
        };
        QCOMPARE(shade(0.4), 101);
        QCOMPARE(shade(0.6), 201);
        QTest::keyClick(wipe, Qt::Key_Left);
        QVERIFY(std::abs(wipe->divider() - 0.49) < 1e-9);
        QTest::keyClick(wipe, Qt::Key_End);
        QCOMPARE(wipe->divider(), 1.0);
        QTest::keyClick(wipe, Qt::Key_Home);
        QCOMPARE(wipe->divider(), 0.0);

        part<QComboBox>("wipeSecond")->setCurrentIndex(0);
        QTRY_VERIFY(wipe->rightView()->image() == grid(101));
    }

    void settingsThatDifferStandInTheTable()
    {
        addRun("three", experiment("rmsprop", 0.0001, "mlp"), 10, 20, 64, 3);
        // Changed on the way: its last checkpoint says how it is now.
        Json edited = experiment("adam", 0.0002);
        edited["optimisers"]["generator"]["learning_rate"] = 0.00005;
        const Json state = {{"schema", 1}, {"step", 30}, {"experiment", edited}};
        m_scratch->write("one/checkpoints/00000030/state.json", state.dump());
        m_scratch->write("one/checkpoints/00000030/tensors.safetensors", "weights");
        m_window->addRuns({path("one"), path("two"), path("three")});
        QCOMPARE(cellsOf(QStringLiteral("Steps trained")), (QStringList{"30", "45", "20"}));
        QCOMPARE(cellsOf(QStringLiteral("Learning rate")),
            (QStringList{QStringLiteral("2e-4 \u2192 5e-5"), "1e-4", "1e-4"}));
        bool architecture = false;
        auto* table = part<QTableWidget>("compareSettings");
        for (int row = 0; row < table->rowCount(); ++row) {
            architecture = architecture
                || (table->item(row, 2)->text() == QStringLiteral("DCGAN")
                    && table->item(row, 4)->text() == QStringLiteral("Fully-connected"));
        }
        QVERIFY(architecture);
        QVERIFY(cellsOf(QStringLiteral("Batch size")).isEmpty());
        const int differing = table->rowCount();
        part<QCheckBox>("compareOnlyDiffering")->setChecked(false);
        QVERIFY(table->rowCount() > differing);
        QCOMPARE(cellsOf(QStringLiteral("Batch size")).size(), 3);
    }

    void savesPictureDrawingAndTable()
    {
        m_window->addRuns({path("one"), path("two")});
        QSignalSpy saved(m_window.get(), &CompareWindow::saved);
        m_saveTo = path("curves.png");
        part<QAction>("compareSavePng")->trigger();
        QCOMPARE(saved.size(), 1);
        const QImage image(m_saveTo);
        QVERIFY(image.width() > 600 && image.height() > 200);
        m_saveTo = path("curves.svg");
        part<QAction>("compareSaveSvg")->trigger();
        const Result<std::string> svg = readFile(m_saveTo.toStdString(), 8u << 20);
        QVERIFY_OK(svg);
        QXmlStreamReader xml(QByteArray::fromStdString(*svg));
        QStringList texts;
        while (!xml.atEnd()) {
            if (xml.readNext() == QXmlStreamReader::Characters && !xml.isWhitespace())
                texts << xml.text().toString();
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QVERIFY(texts.contains(QStringLiteral("A  one")));
        QVERIFY(texts.contains(QStringLiteral("B  two")));
        m_saveTo = path("values.csv");
        part<QAction>("compareSaveCsv")->trigger();
        QTRY_COMPARE(saved.size(), 3);
        const Result<CsvTable> table = readCsv(m_saveTo.toStdString());
        QVERIFY_OK(table);
        QCOMPARE(table->rows.size(), std::size_t{5});
        QCOMPARE(table->rows[3][*table->column("two/g_loss")], std::string("3"));
        QVERIFY(table->rows[0][*table->column("two/g_loss")].empty());
    }

    void reloadSeesWhatCameSince()
    {
        m_window->addRuns({path("one")});
        addRun("one", experiment("adam", 0.0002), 10, 60, 64, 1);
        part<QPushButton>("compareReload")->click();
        QCOMPARE(store(XAxis::Step)->rowCount(), std::size_t{6});
    }
};

} // namespace saddle

QTEST_MAIN(saddle::CompareTest)
#include "compare.moc"
