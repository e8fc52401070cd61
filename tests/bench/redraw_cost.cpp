// SPDX-License-Identifier: GPL-3.0-or-later
// How long the window's plot of two losses, raw and smoothed, takes to take in 100 new rows and be drawn again, by the
// number of rows recorded before. Prints one JSON object: {"ROWS": MILLISECONDS, ...}.
//     saddle_redraw_cost [--most ROWS]
#include "core/base/json.h"
#include "core/base/statistics.h"
#include "ui/plots/curve_plot.h"
#include "ui/plots/qcp.h"
#include "ui/plots/series_store.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>

#include <cmath>
#include <cstdio>

using namespace saddle;

namespace {

constexpr int frames = 41;
constexpr std::size_t newRows = 100;

void append(SeriesStore& store, std::size_t rows)
{
    std::vector<double> cells;
    cells.reserve(rows * store.columnCount());
    for (std::size_t i = 0; i < rows; ++i) {
        const auto step = static_cast<double>(store.rowCount() + i);
        const double wobble = 0.1 * std::sin(step * 12.9898) * std::cos(step * 78.233);
        for (const double cell : {step, step * 64, step * 0.1, 0.5 + wobble, 1.5 - wobble})
            cells.push_back(cell);
    }
    store.appendCells(cells);
}

double redraw(std::size_t rows)
{
    SeriesStore store({"step", "images", "seconds", "d_loss", "g_loss"});
    CurvePlot plot;
    plot.setStore(&store);
    plot.setSeries({{"d_loss", QStringLiteral("D loss"), SeriesColour::Discriminator},
        {"g_loss", QStringLiteral("G loss"), SeriesColour::Generator}});
    plot.setSmoothing(0.99);
    plot.resize(600, 180);
    plot.show();
    append(store, rows);
    plot.dataAppended();
    plot.canvas()->replot(QCustomPlot::rpQueuedRefresh);
    while (plot.isSmoothingPending())
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    std::vector<double> times;
    for (int frame = 0; frame < frames; ++frame) {
        QElapsedTimer timer;
        timer.start();
        append(store, newRows);
        plot.dataAppended();
        plot.canvas()->replot(QCustomPlot::rpQueuedRefresh);
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    return median(std::move(times));
}

} // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QCommandLineParser parser;
    const QCommandLineOption most(QStringLiteral("most"), QStringLiteral("The largest number of rows"),
        QStringLiteral("ROWS"), QStringLiteral("10000000"));
    parser.addHelpOption();
    parser.addOption(most);
    parser.process(application);
    Json result = Json::object();
    for (std::size_t rows = 1000; rows <= parser.value(most).toULongLong(); rows *= 10)
        result[std::to_string(rows)] = redraw(rows);
    std::printf("%s\n", result.dump().c_str());
    return 0;
}
