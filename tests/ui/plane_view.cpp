// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plane_view.h"

#include "core/io/scatter.h"
#include "tests/support/scratch.h"
#include "ui/plots/qcp.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFile>
#include <QMenu>
#include <QSignalSpy>
#include <QXmlStreamReader>
#include <QtTest>

#include <cmath>
#include <memory>

namespace saddle {
namespace {

/// A dot lets some of what is behind it through.
constexpr int nearDot = 170;

/// D believes the right half, the lower left cell least; one real and one generated point.
Samples plane()
{
    Samples samples;
    samples.step = 7;
    samples.count = 1;
    samples.realPoints = {1, 1};
    samples.points = {-1, -1};
    HeatMap heat{4, 4, -2, 2, {}};
    for (int i = 0; i < 16; ++i)
        heat.values.push_back(i % 4 < 2 ? 0.25F : 0.9F);
    heat.values[0] = 0;
    samples.heat = heat;
    return samples;
}

QPointF pixelOf(PlaneView& view, double x, double y)
{
    return {view.canvas()->xAxis->coordToPixel(x), view.canvas()->yAxis->coordToPixel(y)};
}

QColor colourAt(PlaneView& view, double x, double y)
{
    const QPointF at = pixelOf(view, x, y);
    return view.image(1).pixel(at.toPoint());
}

int distance(const QColor& a, const QColor& b)
{
    return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue());
}

QColor heat(double value)
{
    const auto colour = heatColour(value);
    return {colour[0], colour[1], colour[2]};
}

} // namespace

class PlaneViewTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<PlaneView> m_view;

    void draw() { m_view->canvas()->replot(QCustomPlot::rpImmediateRefresh); }

private Q_SLOTS:
    void init()
    {
        m_view = std::make_unique<PlaneView>();
        m_view->resize(460, 420);
        m_view->show();
    }
    void cleanup() { m_view.reset(); }

    void heatMapAndPoints()
    {
        m_view->setSamples(plane());
        draw();
        const QCPAxisRect* rect = m_view->canvas()->axisRect();
        QCOMPARE(rect->width(), rect->height());
        QCOMPARE(m_view->canvas()->xAxis->range(), QCPRange(-2, 2));
        QCOMPARE(m_view->canvas()->yAxis->range(), QCPRange(-2, 2));
        // The corners of the map, each where it belongs, and one colour for one value with the kept pictures.
        QVERIFY(distance(colourAt(*m_view, -1.9, -1.9), heat(0)) < 12);
        QVERIFY(distance(colourAt(*m_view, -1.9, 1.9), heat(0.25)) < 12);
        QVERIFY(distance(colourAt(*m_view, 1.9, -1.9), heat(0.9)) < 12);
        QVERIFY(distance(colourAt(*m_view, 1, 1), QColor(20, 120, 50)) < nearDot);
        QVERIFY(distance(colourAt(*m_view, -1, -1), QColor(130, 50, 170)) < nearDot);
        QCOMPARE(m_view->legend(), QStringLiteral("Real, Generated"));
    }

    void saysWhatLiesOutside()
    {
        Samples samples = plane();
        samples.points = {0, 0, 5, 0, std::nanf(""), 0, 1, -9};
        m_view->setSamples(samples);
        QCOMPARE(m_view->legend(), QStringLiteral("Real, Generated, 3 outside"));
        draw();
    }

    void realPointsAlone()
    {
        Samples real;
        real.real = true;
        real.realPoints = {2, 0, -2, 0, 0, 2, 0, -2};
        m_view->setRealOnly(real);
        draw();
        QCOMPARE(m_view->legend(), QStringLiteral("Real"));
        QVERIFY(m_view->square().high > 2);
        QCOMPARE(m_view->square().low, -m_view->square().high);
        // Without D's opinion the plane is a plot like others, in the colours of the window.
        for (const bool dark : {false, true}) {
            QPalette colours = m_view->palette();
            colours.setColor(QPalette::Base, dark ? QColor(26, 28, 33) : Qt::white);
            colours.setColor(QPalette::Window, dark ? QColor(34, 37, 43) : QColor(244, 245, 247));
            m_view->setPalette(colours);
            draw();
            QVERIFY(distance(colourAt(*m_view, 2, 0), theme::roleColour(QStringLiteral("real"), m_view->palette()))
                < nearDot);
            QVERIFY(distance(colourAt(*m_view, 1, 1), colours.color(QPalette::Base)) < 12);
        }
    }

    void zoomStaysUntilFitted()
    {
        m_view->setSamples(plane());
        draw();
        QVERIFY(m_view->isFitted());
        QTest::keyClick(m_view.get(), Qt::Key_Plus);
        QVERIFY(!m_view->isFitted());
        const QCPRange zoomed = m_view->canvas()->xAxis->range();
        QVERIFY(zoomed.size() < 4);
        m_view->setSamples(plane());
        draw();
        QCOMPARE(m_view->canvas()->xAxis->range(), zoomed);
        QTest::mouseDClick(m_view->canvas(), Qt::LeftButton, {}, m_view->canvas()->axisRect()->center());
        draw();
        QVERIFY(m_view->isFitted());
        QCOMPARE(m_view->canvas()->xAxis->range(), QCPRange(-2, 2));

        const QPointF middle = pixelOf(*m_view, 0, 0);
        QWheelEvent event(
            middle, m_view->canvas()->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, {}, Qt::NoScrollPhase, false);
        QApplication::sendEvent(m_view->canvas(), &event);
        QVERIFY(!m_view->isFitted());
        QCOMPARE(m_view->canvas()->xAxis->range().size(), m_view->canvas()->yAxis->range().size());
    }

    void aKeptPictureTakesThePlace()
    {
        m_view->setSamples(plane());
        const Image kept = scatter(plane());
        m_view->setPicture(kept);
        draw();
        QVERIFY(m_view->showsPicture());
        QCOMPARE(m_view->canvas()->xAxis->range(), QCPRange(-2, 2));
        QVERIFY(distance(colourAt(*m_view, -1.7, -1.7), heat(0)) < 12);
        QVERIFY(distance(colourAt(*m_view, 1.9, -1.9), heat(0.9)) < 12);
        m_view->setSamples(plane());
        QVERIFY(!m_view->showsPicture());
        m_view->setPicture({});
        QVERIFY(!m_view->showsPicture());
        draw();
    }

    void brokenHeatMapsAreLeftOut()
    {
        Samples samples = plane();
        samples.heat->values.resize(3);
        m_view->setSamples(samples);
        draw();
        QVERIFY(distance(colourAt(*m_view, 1.9, -1.9), m_view->palette().color(QPalette::Base)) < 12);
    }

    void copiesAndSaves()
    {
        const test::Scratch scratch;
        m_view->setSamples(plane());
        QString file;
        m_view->setSaveDialog([&](QWidget*, const QString&, const QString& name, const QString&) {
            file = QString::fromStdString(scratch.path(name.toStdString()).string());
            return file;
        });
        m_view->setSuggestedName(QStringLiteral("ring"));
        const std::unique_ptr<QMenu> menu(m_view->makeMenu());
        menu->findChild<QAction*>(QStringLiteral("planeSavePng"))->trigger();
        QVERIFY(file.endsWith(QStringLiteral("ring.png")));
        QCOMPARE(QImage(file).size(), m_view->canvas()->size() * 2);
        menu->findChild<QAction*>(QStringLiteral("planeSaveSvg"))->trigger();
        QFile svg(file);
        QVERIFY(svg.open(QIODevice::ReadOnly));
        QXmlStreamReader reader(&svg);
        while (!reader.atEnd())
            reader.readNext();
        QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
        menu->findChild<QAction*>(QStringLiteral("planeCopy"))->trigger();
        QVERIFY(!QApplication::clipboard()->image().isNull());

        m_view->setSaveDialog([](QWidget*, const QString&, const QString&, const QString&) {
            return QStringLiteral("/nowhere/at/all.svg");
        });
        QSignalSpy problem(m_view.get(), &PlaneView::problem);
        const std::unique_ptr<QMenu> again(m_view->makeMenu());
        again->findChild<QAction*>(QStringLiteral("planeSaveSvg"))->trigger();
        QCOMPARE(problem.size(), 1);
    }

    void aRightClickOpensTheMenu()
    {
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        QWidget* canvas = m_view->canvas();
        const QPoint middle = canvas->rect().center();
        QContextMenuEvent event(QContextMenuEvent::Mouse, middle, canvas->mapToGlobal(middle));
        QApplication::sendEvent(canvas, &event);
        QTRY_VERIFY(QApplication::activePopupWidget());
        QVERIFY(QApplication::activePopupWidget()->findChild<QAction*>(QStringLiteral("planeCopy")));
        QApplication::activePopupWidget()->close();
    }

    void thousandsOfPoints()
    {
        Samples samples = plane();
        samples.points.clear();
        for (int i = 0; i < 10'000; ++i) {
            samples.points.push_back(static_cast<float>(std::cos(i) * i / 6000));
            samples.points.push_back(static_cast<float>(std::sin(i) * i / 6000));
        }
        samples.realPoints = samples.points;
        QElapsedTimer clock;
        clock.start();
        m_view->setSamples(samples);
        draw();
        // Some ten milliseconds; the limit is for a slow machine under a sanitizer.
        QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
    }
};

} // namespace saddle

QTEST_MAIN(saddle::PlaneViewTest)
#include "plane_view.moc"
