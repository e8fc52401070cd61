// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/curve_plot.h"

#include "tests/support/scratch.h"
#include "ui/models/run_series.h"
#include "ui/plots/csv_export.h"
#include "ui/plots/plot_layers.h"
#include "ui/plots/plots_panel.h"
#include "ui/plots/qcp.h"
#include "ui/plots/tick_labels.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <QWheelEvent>
#include <QXmlStreamReader>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace saddle {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

SeriesStore makeStore()
{
    return SeriesStore({"step", "images", "seconds", "d_loss", "g_loss"});
}

void append(SeriesStore& store, std::size_t rows, double scale = 1)
{
    std::mt19937 random(static_cast<unsigned>(store.rowCount()));
    std::uniform_real_distribution<double> wobble(0, 0.2);
    std::vector<double> cells;
    cells.reserve(rows * 5);
    for (std::size_t i = 0; i < rows; ++i) {
        const auto step = static_cast<double>(store.rowCount() + i);
        for (const double cell : {step, step * 64, step * 0.1, scale * (0.5 + wobble(random)), 1.5 + wobble(random)})
            cells.push_back(cell);
    }
    store.appendCells(cells);
}

std::vector<SeriesSpec> losses()
{
    return {{"d_loss", QStringLiteral("D loss"), SeriesColour::Discriminator},
        {"g_loss", QStringLiteral("G loss"), SeriesColour::Generator}};
}

/// Draws now what is queued.
void draw(CurvePlot& plot)
{
    plot.canvas()->replot(QCustomPlot::rpQueuedRefresh);
}

void wheel(CurvePlot& plot, const QPointF& at, int delta, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    QWheelEvent event(
        at, plot.canvas()->mapToGlobal(at), {}, {0, delta}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QApplication::sendEvent(plot.canvas(), &event);
}

QPointF middleOf(CurvePlot& plot)
{
    return QRectF(plot.canvas()->axisRect()->rect()).center();
}

void hover(CurvePlot& plot, const QPointF& at)
{
    QMouseEvent event(QEvent::MouseMove, at, plot.canvas()->mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
    QApplication::sendEvent(plot.canvas(), &event);
}

} // namespace

class CurvePlotTest : public QObject {
    Q_OBJECT

private:
    SeriesStore m_store = makeStore();
    std::unique_ptr<CurvePlot> m_plot;

private Q_SLOTS:
    void init()
    {
        m_store.reset({"step", "images", "seconds", "d_loss", "g_loss"});
        m_plot = std::make_unique<CurvePlot>();
        m_plot->setTitle(QStringLiteral("Losses"), QStringLiteral("nats"));
        m_plot->setStore(&m_store);
        m_plot->setSeries(losses());
        m_plot->resize(600, 180);
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
    }
    void cleanup() { m_plot.reset(); }

    void followsUntilZoomedAndZoomSurvives()
    {
        append(m_store, 1000);
        m_plot->dataAppended();
        draw(*m_plot);
        QVERIFY(m_plot->isFollowing());
        QVERIFY(m_plot->xView().high >= 999);
        append(m_store, 1000);
        m_plot->dataAppended();
        draw(*m_plot);
        QVERIFY(m_plot->xView().high >= 1999);

        QSignalSpy changed(m_plot.get(), &CurvePlot::viewChanged);
        wheel(*m_plot, middleOf(*m_plot), 240);
        QCOMPARE(changed.count(), 1);
        QVERIFY(!m_plot->isFollowing());
        const CurvePlot::Span view = m_plot->xView();
        QVERIFY(view.high - view.low < 1400);
        append(m_store, 5000);
        m_plot->dataAppended();
        draw(*m_plot);
        QCOMPARE(m_plot->xView().low, view.low);
        QCOMPARE(m_plot->xView().high, view.high);

        auto* follow = m_plot->findChild<QToolButton*>(QStringLiteral("plotFollow"));
        QVERIFY(follow->isVisible());
        QSignalSpy fitted(m_plot.get(), &CurvePlot::fitted);
        QTest::mouseClick(follow, Qt::LeftButton);
        draw(*m_plot);
        QCOMPARE(fitted.count(), 1);
        QVERIFY(m_plot->isFollowing());
        QVERIFY(!follow->isVisible());
        QVERIFY(m_plot->xView().high >= 6999);
    }

    void zoomingOutToEverythingFollowsAgain()
    {
        append(m_store, 1000);
        m_plot->dataAppended();
        draw(*m_plot);
        wheel(*m_plot, middleOf(*m_plot), 120);
        QVERIFY(!m_plot->isFollowing());
        wheel(*m_plot, middleOf(*m_plot), -1200);
        QVERIFY(m_plot->isFollowing());
    }

    void dragPansAndStaysOnTheData()
    {
        append(m_store, 1000);
        m_plot->setView(400, 600);
        draw(*m_plot);
        const QPoint from = middleOf(*m_plot).toPoint();
        QTest::mousePress(m_plot->canvas(), Qt::LeftButton, {}, from);
        QMouseEvent move(QEvent::MouseMove, from + QPointF(100, 0),
            m_plot->canvas()->mapToGlobal(from + QPointF(100, 0)), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(m_plot->canvas(), &move);
        QTest::mouseRelease(m_plot->canvas(), Qt::LeftButton, {}, from + QPoint(100, 0));
        const double width = m_plot->canvas()->axisRect()->width();
        QVERIFY(std::abs(m_plot->xView().low - (400 - 200 * 100 / width)) < 1e-6);
        for (int i = 0; i < 50; ++i)
            QTest::keyClick(m_plot.get(), Qt::Key_Left);
        QVERIFY(m_plot->xView().low >= -6 && m_plot->xView().low <= 0);
        QVERIFY(std::abs(m_plot->xView().high - m_plot->xView().low - 200) < 1e-6);
    }

    void zoomOfValuesStaysUntilFit()
    {
        append(m_store, 1000);
        m_plot->dataAppended();
        draw(*m_plot);
        wheel(*m_plot, middleOf(*m_plot), 120, Qt::ControlModifier);
        const CurvePlot::Span values = m_plot->yView();
        QVERIFY(m_plot->isFollowing());
        append(m_store, 1000, 50);
        m_plot->dataAppended();
        draw(*m_plot);
        QCOMPARE(m_plot->yView().high, values.high);
        wheel(*m_plot, QPointF(5, middleOf(*m_plot).y()), -120);
        QVERIFY(m_plot->yView().high > values.high);
        QTest::mouseDClick(m_plot->canvas(), Qt::LeftButton, {}, middleOf(*m_plot).toPoint());
        draw(*m_plot);
        QVERIFY(m_plot->yView().high > 30);
    }

    void keysZoomAndFit()
    {
        append(m_store, 1000);
        m_plot->dataAppended();
        draw(*m_plot);
        QTest::keyClick(m_plot.get(), Qt::Key_Plus);
        QVERIFY(!m_plot->isFollowing());
        QTest::keyClick(m_plot.get(), Qt::Key_Minus);
        QTest::keyClick(m_plot.get(), Qt::Key_Home);
        QVERIFY(m_plot->isFollowing());
        draw(*m_plot);
        QCOMPARE(m_plot->accessibleName(), QStringLiteral("Losses plot in nats"));
        QTest::keyClick(m_plot.get(), Qt::Key_Right, Qt::ControlModifier);
        QVERIFY2(m_plot->readout().startsWith(QStringLiteral("1; D loss")), qPrintable(m_plot->readout()));
    }

    void fitsFlatLinesAndSinglePoints()
    {
        draw(*m_plot); // nothing at all
        m_store.appendRows(std::vector<SeriesStore::Row>{{0, 0, 0, 2, nan}});
        m_plot->dataAppended();
        draw(*m_plot);
        QVERIFY(m_plot->yView().low < 2 && m_plot->yView().high > 2);
        QVERIFY(m_plot->xView().low < 0 && m_plot->xView().high > 0);
        QVERIFY(m_plot->drawnPoints() >= 2); // on the line, and as a dot
        for (int i = 1; i < 100; ++i)
            m_store.appendRows(std::vector<SeriesStore::Row>{{double(i), 0, 0, 2, nan}});
        m_plot->dataAppended();
        draw(*m_plot);
        QVERIFY(m_plot->yView().high - m_plot->yView().low > 0.1);
        m_plot->setLogarithmic(true);
        draw(*m_plot);
        QVERIFY(m_plot->yView().low > 0 && m_plot->yView().low < 2 && m_plot->yView().high > 2);
    }

    void logarithmicAxisLeavesOutWhatIsNotPositive()
    {
        for (int i = 0; i < 100; ++i)
            m_store.appendRows(std::vector<SeriesStore::Row>{{double(i), 0, 0, i % 2 ? 100.0 : -3.0, 0.01}});
        m_plot->setLogarithmic(true);
        draw(*m_plot);
        QVERIFY(m_plot->yView().low > 0.001 && m_plot->yView().low < 0.01);
        QVERIFY(m_plot->yView().high > 100 && m_plot->yView().high < 1000);
    }

    void fitsALineThatOnlyPassesThrough()
    {
        m_plot->setSeries(
            {{"d_loss", QStringLiteral("score"), SeriesColour::Teal, ValueAxis::Left, LineStyle::Solid, Gaps::Join}});
        for (int i = 0; i < 1000; ++i)
            m_store.appendRows(std::vector<SeriesStore::Row>{{double(i), 0, 0, i % 100 ? nan : 40.0 + i / 100, 0}});
        m_plot->setView(520, 580);
        draw(*m_plot);
        QVERIFY(m_plot->yView().low <= 45 && m_plot->yView().high >= 46 && m_plot->yView().high < 60);
    }

    void crosshairReadsTheNearestValues()
    {
        for (int i = 0; i < 2000; ++i)
            m_store.appendRows(
                std::vector<SeriesStore::Row>{{i * 10.0, i * 640.0, i * 1.0, i * 0.001, i % 500 ? nan : 7.0}});
        m_plot->dataAppended();
        draw(*m_plot);
        QCOMPARE(m_plot->readout(), QStringLiteral("D loss 1.999; G loss 7.000"));
        QSignalSpy hovered(m_plot.get(), &CurvePlot::hovered);
        hover(*m_plot, middleOf(*m_plot));
        QCOMPARE(hovered.count(), 1);
        const double x = hovered.first().first().toDouble();
        QVERIFY(std::abs(x - 10000) < 100);
        QVERIFY(m_plot->readout().contains(QStringLiteral("G loss 7.000"))); // near enough: row 1000
        m_plot->setCrosshair(12344);
        QCOMPARE(m_plot->readout(), QStringLiteral("12,340; D loss 1.234; G loss \u2013"));
        m_plot->setCrosshair(nan);
        QCOMPARE(m_plot->readout(), QStringLiteral("D loss 1.999; G loss 7.000"));
        m_plot->setXAxis(XAxis::Time);
        draw(*m_plot);
        m_plot->setCrosshair(1234.4);
        QVERIFY(m_plot->readout().startsWith(QStringLiteral("20:34; D loss 1.234")));
    }

    void zoomShowsTheSameRowsOnAnotherAxis()
    {
        append(m_store, 1000);
        m_plot->setView(200, 400);
        m_plot->setXAxis(XAxis::Images);
        QCOMPARE(m_plot->xView().low, 200.0 * 64);
        QCOMPARE(m_plot->xView().high, 400.0 * 64);
        QVERIFY(!m_plot->isFollowing());
    }

    void markersAnswer()
    {
        append(m_store, 1000);
        m_plot->addMarker({500, QStringLiteral("learning rate 0.0001 <b>"), MarkerKind::Edit});
        m_plot->addMarker({100, QStringLiteral("checkpoint"), MarkerKind::Checkpoint});
        m_plot->addMarker({2000, QStringLiteral("still to come"), MarkerKind::Problem});
        draw(*m_plot);
        QCOMPARE(m_plot->drawnMarkers(), 3);
        const auto pixel = [this](double step) { return m_plot->canvas()->xAxis->coordToPixel(step); };
        QCOMPARE(m_plot->markerText(pixel(500) + 2), QStringLiteral("Step 500: learning rate 0.0001 <b>"));
        QCOMPARE(m_plot->markerText(pixel(300)), QString());
        m_plot->setXAxis(XAxis::Images);
        append(m_store, 3000);
        draw(*m_plot);
        QCOMPARE(m_plot->markerText(pixel(500 * 64)), QStringLiteral("Step 500: learning rate 0.0001 <b>"));
        QCOMPARE(m_plot->markerText(pixel(2000 * 64)), QStringLiteral("Step 2,000: still to come"));

        qRegisterMetaType<Marker>();
        QSignalSpy clicked(m_plot.get(), &CurvePlot::markerClicked);
        QTest::mouseClick(m_plot->canvas(), Qt::LeftButton, {},
            QPoint(static_cast<int>(pixel(100 * 64)), static_cast<int>(middleOf(*m_plot).y())));
        QCOMPARE(clicked.count(), 1);
        QCOMPARE(clicked.first().first().value<Marker>().step, 100.0);
    }

    void thousandsOfMarkersDrawAsManyLinesAsPixels()
    {
        append(m_store, 20000);
        for (int i = 0; i < 20000; ++i)
            m_plot->addMarker({double(i), QStringLiteral("edit"), MarkerKind::Edit});
        draw(*m_plot);
        QVERIFY(m_plot->drawnMarkers() <= m_plot->width());
        QVERIFY(m_plot->markerText(middleOf(*m_plot).x()).contains(QStringLiteral("more")));
    }

    void savesPictures()
    {
        test::Scratch scratch;
        append(m_store, 1000);
        m_plot->addMarker({500, QStringLiteral("learning rate"), MarkerKind::Edit});
        m_plot->dataAppended();
        const auto path = [&scratch](const char* name) { return QString::fromStdString(scratch.path(name).string()); };
        QVERIFY_OK(m_plot->savePng(path("plot.png")));
        const QImage png(path("plot.png"));
        QCOMPARE(png.size(), m_plot->canvas()->size() * 2);
        QSet<QRgb> colours;
        for (int y = 0; y < png.height(); ++y) {
            for (int x = 0; x < png.width(); ++x)
                colours.insert(png.pixel(x, y));
        }
        QVERIFY(colours.contains(seriesColour(SeriesColour::Discriminator, m_plot->palette()).rgb()));
        QVERIFY_OK(m_plot->saveSvg(path("plot.svg")));
        QFile svg(path("plot.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        QXmlStreamReader reader(&svg);
        QString box;
        int lines = 0;
        while (!reader.atEnd()) {
            reader.readNext();
            if (reader.isStartElement() && reader.name() == QStringLiteral("svg"))
                box = reader.attributes().value(QStringLiteral("viewBox")).toString();
            if (reader.isStartElement() && reader.name() == QStringLiteral("polyline"))
                ++lines;
        }
        QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
        const QSize size = m_plot->canvas()->size();
        QCOMPARE(box, QStringLiteral("0 0 %1 %2").arg(size.width()).arg(size.height()));
        QVERIFY(lines >= 2);
    }

    void menuSavesAndReportsProblems()
    {
        test::Scratch scratch;
        append(m_store, 10);
        QString answer = QString::fromStdString(scratch.path("chosen").string());
        QString suggested;
        m_plot->setSaveDialog([&](QWidget*, const QString&, const QString& name, const QString&) {
            suggested = name;
            return answer;
        });
        QSignalSpy problem(m_plot.get(), &CurvePlot::problem);
        const std::unique_ptr<QMenu> menu(m_plot->makeMenu());
        const auto trigger = [&menu](const char* name) {
            auto* action = menu->findChild<QAction*>(QLatin1String(name));
            QVERIFY2(action, name);
            action->trigger();
        };
        trigger("plotSavePng");
        QCOMPARE(suggested, QStringLiteral("Losses.png"));
        QVERIFY(QFile::exists(answer + QStringLiteral(".png")));
        trigger("plotSaveSvg");
        QVERIFY(QFile::exists(answer + QStringLiteral(".svg")));
        QSignalSpy csv(m_plot.get(), &CurvePlot::csvRequested);
        trigger("plotSaveCsv");
        QCOMPARE(csv.count(), 1);
        QCOMPARE(csv.first().first().toString(), answer + QStringLiteral(".csv"));
        QStringList names;
        for (const std::size_t column : m_plot->csvColumns())
            names << QString::fromStdString(m_store.column(column).name());
        QCOMPARE(names.join(QLatin1Char(',')), QStringLiteral("step,images,seconds,d_loss,g_loss"));
        QCOMPARE(problem.count(), 0);
        // What the dialog did not ask about is not replaced.
        trigger("plotSavePng");
        QCOMPARE(problem.count(), 1);
        QVERIFY(problem.takeFirst().first().toString().contains(QStringLiteral("chosen.png")));
        answer = QString::fromStdString(scratch.path("no/such/folder/x.png").string());
        trigger("plotSavePng");
        QCOMPARE(problem.count(), 1);
        QVERIFY(problem.first().first().toString().contains(QStringLiteral("x.png")));
        answer.clear();
        trigger("plotSaveCsv");
        QCOMPARE(problem.count(), 1);
        trigger("plotLogAxis");
        QVERIFY(m_plot->isLogarithmic());
        trigger("plotCopy");
        QVERIFY(!QApplication::clipboard()->image().isNull());
    }

    void aRightClickOpensTheMenu()
    {
        append(m_store, 10);
        QWidget* canvas = m_plot->canvas();
        const QPoint middle = canvas->rect().center();
        QContextMenuEvent event(QContextMenuEvent::Mouse, middle, canvas->mapToGlobal(middle));
        QApplication::sendEvent(canvas, &event);
        QTRY_VERIFY(QApplication::activePopupWidget());
        QVERIFY(QApplication::activePopupWidget()->findChild<QAction*>(QStringLiteral("plotSaveCsv")));
        QApplication::activePopupWidget()->close();
    }

    void followsThePalette()
    {
        append(m_store, 100);
        QPalette dark;
        dark.setColor(QPalette::Base, QColor(0x1e1f22));
        dark.setColor(QPalette::Text, QColor(0xe6e6e6));
        m_plot->applyPalette(dark);
        draw(*m_plot);
        QCOMPARE(m_plot->image(1).pixelColor(2, m_plot->canvas()->height() / 2), QColor(0x1e1f22));
        m_plot->applyPalette(QPalette(Qt::white));
        draw(*m_plot);
        QVERIFY(m_plot->image(1).pixelColor(2, m_plot->canvas()->height() / 2).lightness() > 200);
    }

    void survivesAResetOfTheStore()
    {
        append(m_store, 1000);
        m_plot->setSmoothing(0.9);
        m_plot->dataAppended();
        draw(*m_plot);
        m_store.reset({"step", "g_loss"});
        m_plot->setCrosshair(3);
        m_plot->setSmoothing(0.5);
        m_store.appendRows(std::vector<SeriesStore::Row>{{0, 1}, {1, 2}});
        m_plot->dataAppended();
        draw(*m_plot);
        m_plot->setCrosshair(nan);
        QVERIFY(m_plot->readout().startsWith(QStringLiteral("G loss")));
        m_plot->setStore(nullptr);
        draw(*m_plot);
    }

    void labelsAreShort()
    {
        const auto labels = [](QCPAxisTicker& ticker, double low, double high) {
            QVector<double> ticks;
            QVector<QString> texts;
            ticker.generate({low, high}, QLocale(), QLatin1Char('g'), 6, ticks, nullptr, &texts);
            return QStringList(texts.begin(), texts.end());
        };
        CompactTicker compact;
        QVERIFY(labels(compact, 0, 20000).contains(QStringLiteral("10k")));
        QVERIFY(labels(compact, 0, 8000).contains(QStringLiteral("2,000")));
        QVERIFY(labels(compact, 0, 3e6).contains(QStringLiteral("1.0M")));
        QVERIFY(labels(compact, 0, 1).contains(QStringLiteral("0.2")));
        QVERIFY(labels(compact, 1234560, 1234570).contains(QStringLiteral("1,234,564")));
        DurationTicker duration;
        QVERIFY(labels(duration, 0, 7200).contains(QStringLiteral("30:00")));
        QVERIFY(labels(duration, 0, 7200).contains(QStringLiteral("1:00:00")));
        LogTicker logarithmic;
        QCOMPARE(labels(logarithmic, 0.01, 100).size(), 5);
        QVERIFY(labels(logarithmic, 0.6, 0.9).size() >= 3);
        QCOMPARE(compactNumber(0.69314), QStringLiteral("0.6931"));
        QCOMPARE(compactNumber(1234.4), QStringLiteral("1,234"));
        QCOMPARE(compactNumber(12345), QStringLiteral("12.35k"));
        QCOMPARE(compactNumber(999999), QStringLiteral("1.00M"));
        QCOMPARE(compactNumber(-0.00001234), QStringLiteral("-1.23e-5"));
    }

    void panelLinksItsPlots()
    {
        PlotsPanel panel;
        panel.setGroups({{QStringLiteral("loss"), QStringLiteral("Losses"), {}, losses()},
            {QStringLiteral("g"), QStringLiteral("Generator"), {}, {losses()[1]}},
            {QStringLiteral("began"), QStringLiteral("BEGAN"), {}, {{"began_k", QStringLiteral("k")}}}});
        panel.setStore(&m_store);
        append(m_store, 1000);
        panel.dataAppended();
        panel.addMarker({500, QStringLiteral("learning rate"), MarkerKind::Edit});
        panel.resize(600, 700);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        auto* loss = panel.findChild<CurvePlot*>(QStringLiteral("plot_loss"));
        auto* generator = panel.findChild<CurvePlot*>(QStringLiteral("plot_g"));
        QVERIFY(panel.findChild<CurvePlot*>(QStringLiteral("plot_began"))->isHidden());
        draw(*loss);
        draw(*generator);
        wheel(*loss, middleOf(*loss), 240);
        QCOMPARE(generator->xView().low, loss->xView().low);
        hover(*generator, middleOf(*generator));
        QVERIFY(loss->readout().startsWith(generator->readout().section(QLatin1Char(';'), 0, 0)));
        auto* axis = panel.findChild<QComboBox*>(QStringLiteral("plotXAxis"));
        axis->setCurrentIndex(1);
        QCOMPARE(loss->xAxis(), XAxis::Images);
        QCOMPARE(generator->xAxis(), XAxis::Images);
        QTest::mouseClick(panel.findChild<QPushButton*>(QStringLiteral("plotFit")), Qt::LeftButton);
        QVERIFY(loss->isFollowing() && generator->isFollowing());
        panel.findChild<QCheckBox*>(QStringLiteral("plotLog"))->setChecked(true);
        QVERIFY(generator->isLogarithmic());
        auto* slider = panel.findChild<QSlider*>(QStringLiteral("plotSmoothing"));
        slider->setValue(100);
        QCOMPARE(panel.smoothing(), 0.9);
        QCOMPARE(loss->smoothing(), 0.9);
        slider->setValue(slider->maximum());
        QCOMPARE(loss->smoothing(), 0.999);
        panel.setSmoothing(0.95);
        QCOMPARE(generator->smoothing(), 0.95);

        test::Scratch scratch;
        const QString path = QString::fromStdString(scratch.path("all.csv").string());
        panel.setSaveDialog([&path](QWidget*, const QString&, const QString&, const QString&) { return path; });
        QTest::mouseClick(panel.findChild<QPushButton*>(QStringLiteral("plotExportCsv")), Qt::LeftButton);
        QFile csv(path);
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(csv.readAll().count('\n'), 1001);
        QSignalSpy problem(&panel, &PlotsPanel::problem);
        panel.exportCsv(QStringLiteral("/no/such/folder/x.csv"));
        QCOMPARE(problem.count(), 1);
        QVERIFY(problem.takeFirst().first().toString().contains(QStringLiteral("x.csv")));
        panel.clear();
        draw(*loss);
        QCOMPARE(loss->drawnMarkers(), 0);
        panel.resize(250, 500); // wraps its controls rather than refuse
        QVERIFY(panel.minimumSizeHint().width() <= 320);
    }

    void panelShowsTheChosenPlots()
    {
        PlotsPanel panel;
        panel.setHiddenPlots({QStringLiteral("g"), QStringLiteral("of another run")});
        panel.setStore(&m_store);
        panel.setGroups({{QStringLiteral("loss"), QStringLiteral("Losses"), {}, losses()},
            {QStringLiteral("g"), QStringLiteral("Generator"), {}, {losses()[1]}}});
        const auto* loss = panel.findChild<CurvePlot*>(QStringLiteral("plot_loss"));
        const auto* generator = panel.findChild<CurvePlot*>(QStringLiteral("plot_g"));
        auto* entry = panel.findChild<QAction*>(QStringLiteral("showPlot_g"));
        QVERIFY(!loss->isHidden() && generator->isHidden() && !entry->isChecked());
        entry->trigger();
        QVERIFY(!generator->isHidden());
        panel.findChild<QAction*>(QStringLiteral("showPlot_loss"))->trigger();
        QVERIFY(loss->isHidden());
        QCOMPARE(panel.hiddenPlots(), (QStringList{QStringLiteral("of another run"), QStringLiteral("loss")}));
        // A new run keeps the choice.
        panel.setGroups({{QStringLiteral("loss"), QStringLiteral("Losses"), {}, losses()}});
        QVERIFY(panel.findChild<CurvePlot*>(QStringLiteral("plot_loss"))->isHidden());
    }

    void longTablesAreWrittenLittleByLittle()
    {
        test::Scratch scratch;
        const auto path = [&scratch](const char* name) { return QString::fromStdString(scratch.path(name).string()); };
        const auto linesOf = [](const QString& name) {
            QFile file(name);
            return file.open(QIODevice::ReadOnly) ? file.readAll().count('\n') : -1;
        };
        const int rows = 3 * static_cast<int>(CsvExport::rowsAtOnce) + 5;
        append(m_store, rows);
        PlotsPanel panel;
        panel.setStore(&m_store);
        panel.setGroups({{QStringLiteral("loss"), QStringLiteral("Losses"), {}, losses()}});
        panel.show();
        QSignalSpy saved(&panel, &PlotsPanel::saved);
        QSignalSpy problem(&panel, &PlotsPanel::problem);
        panel.exportCsv(path("whole.csv"));
        QVERIFY(panel.isExporting());
        auto* bar = panel.findChild<QProgressBar*>(QStringLiteral("plotExportProgress"));
        QVERIFY(bar->isVisible());
        QCOMPARE(bar->maximum(), rows);
        append(m_store, 10); // training goes on: the table is of what there was
        QTRY_VERIFY(!panel.isExporting());
        QVERIFY(bar->isHidden() || !bar->isVisible());
        QCOMPARE(saved.count(), 1);
        QCOMPARE(linesOf(path("whole.csv")), rows + 1);

        panel.exportCsv(path("cancelled.csv"));
        panel.findChild<QPushButton*>(QStringLiteral("plotExportCancel"))->click();
        QVERIFY(!panel.isExporting());
        QVERIFY(!QFile::exists(path("cancelled.csv")));
        panel.exportCsv(path("replaced.csv"));
        QVERIFY(panel.isExporting());
        m_store.reset({"step"});
        QTRY_VERIFY(!panel.isExporting());
        QVERIFY(!QFile::exists(path("replaced.csv")));
        QCOMPARE(saved.count(), 1);
        QCOMPARE(problem.count(), 1);
    }

    void everyCurveOfAPlotLooksDifferent()
    {
        std::vector<ColumnInfo> columns{{"d", "D", "penalty", "discriminator"}, {"g", "G", "penalty", "generator"},
            {"e", "E", "penalty", "encoder"}, {"d2", "D again", "penalty", "discriminator"},
            {"d3", "D once more", "penalty", "discriminator"}};
        for (int i = 0; i < 7; ++i)
            columns.push_back({"free" + std::to_string(i), "Free", "penalty", ""});
        const std::vector<PlotGroup> groups = plotGroups(columns);
        QCOMPARE(groups.size(), std::size_t{2});
        QCOMPARE(groups[0].title, QStringLiteral("Penalties"));
        QCOMPARE(groups[1].id, QStringLiteral("diversity")); // of every run, and not among its columns
        const std::vector<SeriesSpec>& series = groups[0].series;
        QCOMPARE(series.size(), std::size_t{12});
        QVERIFY(series[0].colour == SeriesColour::Discriminator && series[0].style == LineStyle::Solid);
        QVERIFY(series[1].colour == SeriesColour::Generator && series[2].colour == SeriesColour::Teal);
        QVERIFY(series[3].colour == SeriesColour::Discriminator && series[3].style == LineStyle::Dashed);
        std::set<std::pair<int, int>> looks;
        for (const SeriesSpec& one : series)
            looks.emplace(static_cast<int>(one.colour), static_cast<int>(one.style));
        QCOMPARE(looks.size(), series.size());
    }

    void manyChangesMakeOneDrawing()
    {
        append(m_store, 1000);
        QCoreApplication::processEvents();
        QSignalSpy drawings(m_plot->canvas(), &QCustomPlot::afterReplot);
        for (int i = 0; i < 100; ++i)
            m_plot->dataAppended();
        QTRY_VERIFY(drawings.count() > 0);
        QCoreApplication::processEvents();
        QCOMPARE(drawings.count(), 1);
    }

    /// A wide line of thousands of points takes ten times as long to draw as a thin one.
    void denseLinesAreThin()
    {
        const auto widest = [this] {
            draw(*m_plot);
            double width = 0;
            for (int i = 0; i < m_plot->canvas()->graphCount(); ++i) {
                const QCPGraph* graph = m_plot->canvas()->graph(i);
                if (graph->lineStyle() != QCPGraph::lsNone && graph->dataCount() > 0)
                    width = std::max(width, graph->pen().widthF());
            }
            return width;
        };
        append(m_store, 50);
        m_plot->dataAppended();
        QVERIFY(widest() > 1.2);
        append(m_store, 5000);
        m_plot->dataAppended();
        QVERIFY(widest() <= 1 / m_plot->devicePixelRatioF());
    }

    void drawsTenMillionRowsWithinAFrame()
    {
        append(m_store, 10'000'000);
        m_plot->setSmoothing(0.99);
        draw(*m_plot);
        QTRY_VERIFY_WITH_TIMEOUT(!m_plot->isSmoothingPending(), 30000);
        std::vector<double> times;
        for (int frame = 0; frame < 41; ++frame) {
            QElapsedTimer timer;
            timer.start();
            append(m_store, 100);
            m_plot->dataAppended();
            draw(*m_plot);
            times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        }
        std::sort(times.begin(), times.end());
        const double median = times[times.size() / 2];
        qInfo("10,000,000 rows, two series and their smoothing: median frame %.1f ms, best %.1f ms, %zu points", median,
            times.front(), m_plot->drawnPoints());
        // Two series, raw and smoothed, at most four points a pixel column.
        const auto pixels = static_cast<std::size_t>(m_plot->width() * m_plot->devicePixelRatio());
        QVERIFY(m_plot->drawnPoints() > pixels);
        QVERIFY(m_plot->drawnPoints() <= 2 * 2 * (4 * pixels + 2));
        QVERIFY(median < 100);

        // Moving the slider: no frame waits for all rows.
        double longest = 0;
        for (int i = 0; i < 5; ++i) {
            QElapsedTimer timer;
            timer.start();
            m_plot->setSmoothing(0.9 + i * 0.01);
            draw(*m_plot);
            longest = std::max(longest, static_cast<double>(timer.nsecsElapsed()) / 1e6);
        }
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(!m_plot->isSmoothingPending(), 30000);
        qInfo("new smoothing of 10,000,000 rows: longest frame %.1f ms, complete after %lld ms", longest,
            static_cast<long long>(timer.elapsed()));
        QVERIFY(longest < 150);
    }

    void theTimeCursorStaysWhileTheMouseMoves()
    {
        SeriesStore store = makeStore();
        append(store, 101);
        PlotsPanel panel;
        panel.setStore(&store);
        panel.setGroups({{QStringLiteral("loss"), QStringLiteral("Loss"), {}, losses()}});
        panel.resize(500, 300);
        panel.show();
        CurvePlot* plot = panel.plots()[0];
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        panel.setTimeCursor(40);
        QVERIFY2(plot->readout().startsWith(QStringLiteral("40; D loss")), qPrintable(plot->readout()));
        plot->setCrosshair(70);
        QVERIFY(plot->readout().startsWith(QStringLiteral("70; D loss")));
        plot->setCrosshair(nan);
        QVERIFY(plot->readout().startsWith(QStringLiteral("40; D loss")));
        panel.setXAxis(XAxis::Images);
        QTRY_VERIFY2(plot->readout().startsWith(QStringLiteral("2,560; D loss")), qPrintable(plot->readout()));
        // Plots made later have it too.
        panel.setGroups({{QStringLiteral("loss"), QStringLiteral("Loss"), {}, losses()}});
        QCOMPARE(panel.plots()[0]->timeCursor(), 40.0);
        panel.setTimeCursor(nan);
        QVERIFY(!panel.plots()[0]->readout().startsWith(QStringLiteral("2,560")));
    }

    void aMenuAtAMarkerBeginsWithWhatOthersAdd()
    {
        SeriesStore store = makeStore();
        append(store, 101);
        CurvePlot plot;
        plot.setStore(&store);
        plot.setSeries(losses());
        plot.addMarker({50, QStringLiteral("halved"), MarkerKind::Edit});
        plot.addMarker({50, QStringLiteral("saved"), MarkerKind::Checkpoint});
        plot.resize(500, 200);
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        QTRY_VERIFY(plot.drawnMarkers() > 0);
        QString told;
        connect(&plot, &CurvePlot::markerMenu, &plot, [&told](const Marker& marker, QMenu* menu) {
            told = marker.text;
            menu->addAction(QStringLiteral("go there"));
        });
        const std::unique_ptr<QMenu> at(plot.makeMenu(plot.canvas()->xAxis->coordToPixel(50)));
        QCOMPARE(told, QStringLiteral("saved"));
        QCOMPARE(at->actions().constFirst()->text(), QStringLiteral("go there"));
        told.clear();
        const std::unique_ptr<QMenu> elsewhere(plot.makeMenu(plot.canvas()->xAxis->coordToPixel(80)));
        QVERIFY(told.isEmpty());
    }
};

} // namespace saddle

QTEST_MAIN(saddle::CurvePlotTest)
#include "curve_plot.moc"
