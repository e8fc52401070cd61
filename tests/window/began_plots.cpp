// SPDX-License-Identifier: GPL-3.0-or-later
// BEGAN in the window: k and M are live beside the losses, in the plots and in the run's table, and k stays in [0, 1].
#include "core/io/csv.h"
#include "tests/support/ring_window.h"
#include "ui/plots/plots_panel.h"

#include <QSettings>
#include <QStandardPaths>

using namespace saddle;
using namespace saddle::test;

class BeganPlots : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("began-plots"));
        QSettings().clear();
    }

    void controllerIsLive()
    {
        RingWindow f;
        ExperimentDocument& document = *f.bench.document();
        QVERIFY_OK(document.set(QStringLiteral("objective.kind"), "began"));
        for (const char* path : {"instance_noise.start", "instance_noise.end"})
            QVERIFY_OK(document.set(QString::fromLatin1(path), 0));
        QVERIFY_OK(document.set(QStringLiteral("objective.gamma"), 1));
        // A step that large moves k from one bound to the other within a few updates.
        QVERIFY_OK(document.set(QStringLiteral("objective.lambda_k"), 0.5));
        QVERIFY_OK(document.set(QStringLiteral("training.steps"), 60));
        f.bench.restart();
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QVERIFY(f.trained(60));
        QVERIFY(f.reached(SessionState::Finished));

        const SeriesStore& series = f.bench.series();
        QTRY_COMPARE_WITH_TIMEOUT(series.rowCount(), std::size_t{60}, patience);
        const auto k = series.columnIndex("began_k");
        const auto m = series.columnIndex("began_measure");
        QVERIFY(k && m);
        double lowest = 1, highest = 0;
        for (std::size_t row = 0; row < series.rowCount(); ++row) {
            lowest = std::min(lowest, series.value(*k, row));
            highest = std::max(highest, series.value(*k, row));
            QVERIFY(series.value(*m, row) > 0);
        }
        QVERIFY2(lowest >= 0 && highest <= 1, qPrintable(QStringLiteral("%1 %2").arg(lowest).arg(highest)));
        QVERIFY(highest > lowest); // it is at work

        // Loss, k and M are plots that show.
        for (const char* id : {"plot_loss", "plot_control", "plot_measure"}) {
            const auto* plot = f.window->findChild<CurvePlot*>(QLatin1String(id));
            QVERIFY2(plot && !plot->isHidden(), id);
        }
        const Result<CsvTable> table = readCsv(f.bridge().now().runFolder / "metrics.csv");
        QVERIFY_OK(table);
        const auto column = table->column("began_k");
        QVERIFY(column && table->column("began_measure"));
        for (std::size_t row = 0; row < table->rows.size(); ++row)
            QCOMPARE(parseNumber(table->rows[row][*column]).value_or(-1), series.value(*k, row));
    }
};

QTEST_MAIN(BeganPlots)
#include "began_plots.moc"
