// SPDX-License-Identifier: GPL-3.0-or-later
// When a run ends by itself.
#include "core/session/stop_rules.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace saddle;

namespace {

Json document(const Json& training)
{
    return {{"training", training}};
}

EngineProgress progress(std::int64_t step, std::int64_t images)
{
    EngineProgress made;
    made.step = step;
    made.images = images;
    return made;
}

/// Rows with one value each, from `first` on.
std::vector<MetricRow> rows(std::int64_t first, const std::vector<double>& values)
{
    std::vector<MetricRow> made;
    for (const double value : values) {
        MetricRow row;
        row.step = first++;
        row.values = {value};
        made.push_back(row);
    }
    return made;
}

std::string path(const std::optional<StopRules::Reason>& reason)
{
    return reason ? reason->path : std::string();
}

} // namespace

class TestStopRules : public QObject {
    Q_OBJECT

private slots:
    void nothingIsALimitUntilItIsSet();
    void limits_data();
    void limits();
    void patienceWaitsForTheMeasure();
    void aNoisyMeasureIsJudgedByItsMean();
    void anEstimateMayRiseFirst();
    void anEstimateThatRisesAgainIsNoBetter();
};

void TestStopRules::nothingIsALimitUntilItIsSet()
{
    StopRules rules;
    rules.observe(rows(1, std::vector<double>(5000, 1.0)), 0);
    const Json none = document({{"steps", 0}, {"images", 0}, {"minutes", 0}, {"patience", 0}});
    QVERIFY(!rules.reached(none, progress(1000000, 1000000000), 1e9));
    QVERIFY(!rules.reached(Json::object(), progress(1000000, 1000000000), 1e9));
}

void TestStopRules::limits_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::addRow("steps") << "steps" << 100.0 << "100 steps";
    QTest::addRow("images") << "images" << 6400.0 << "6400 images";
    QTest::addRow("minutes") << "minutes" << 1.5 << "1.5 minutes";
}

void TestStopRules::limits()
{
    QFETCH(QString, key);
    QFETCH(double, value);
    QFETCH(QString, text);
    const StopRules rules;
    const Json settings = document({{key.toStdString(), value}});
    QVERIFY(!rules.reached(settings, progress(99, 6399), 89.9));
    const std::optional<StopRules::Reason> reason = rules.reached(settings, progress(100, 6400), 90);
    QCOMPARE(path(reason), "training." + key.toStdString());
    QCOMPARE(QString::fromStdString(reason->text), text);
}

void TestStopRules::patienceWaitsForTheMeasure()
{
    StopRules rules;
    const Json settings = document({{"patience", 500}});
    // Falls for a thousand steps, then stays.
    std::vector<double> falling;
    for (int i = 0; i < 1000; ++i)
        falling.push_back(10 - 0.009 * i);
    rules.observe(rows(1, falling), 0);
    QVERIFY(!rules.reached(settings, progress(1000, 0), 0));
    rules.observe(rows(1001, std::vector<double>(450, 1.0)), 0);
    QVERIFY(!rules.reached(settings, progress(1450, 0), 0)); // its mean still fell after step 1,000
    rules.observe(rows(1451, std::vector<double>(2000, 1.0)), 0);
    QCOMPARE(path(rules.reached(settings, progress(3450, 0), 0)), std::string("training.patience"));
    rules.restart();
    QVERIFY(!rules.reached(settings, progress(3450, 0), 0));
}

void TestStopRules::aNoisyMeasureIsJudgedByItsMean()
{
    StopRules rules;
    const Json settings = document({{"patience", 1500}});
    // One lucky value early on must not end a run that gets better on the whole; empty cells count for nothing.
    std::vector<double> values{0.0};
    for (int i = 0; i < 6000; ++i)
        values.push_back(10 - 0.001 * i + (i % 2 ? 3 : -3));
    values.push_back(std::numeric_limits<double>::quiet_NaN());
    std::int64_t step = 1;
    for (const double value : values) {
        rules.observe(rows(step, {value}), 0);
        ++step;
        if (step > 2500)
            QVERIFY(!rules.reached(settings, progress(step, 0), 0));
    }
}

/// A critic that knows nothing estimates about 0; what it learns is no setback.
void TestStopRules::anEstimateMayRiseFirst()
{
    const Json settings = document({{"patience", 600}});
    StopRules rules;
    StopRules falling;
    std::int64_t step = 0;
    const auto observe = [&](double value) {
        ++step;
        value *= step % 2 ? 1.2 : 0.8;
        rules.observe(rows(step, {value}), 0, MeasureCourse::RisesFirst);
        falling.observe(rows(step, {value}), 0);
        return rules.reached(settings, progress(step, 0), 0);
    };
    for (int i = 0; i < 3000; ++i) // from -0.1 to 5, with a dip of a tenth on the way
        QVERIFY(!observe(-0.1 + 5.1 * i / 3000 * (i > 1000 && i < 1200 ? 0.9 : 1)));
    QCOMPARE(path(falling.reached(settings, progress(step, 0), 0)), std::string("training.patience"));
    for (int i = 0; i < 8000; ++i) // to 1
        QVERIFY(!observe(5 - 4.0 * i / 8000));
    for (int i = 0; i < 500; ++i)
        QVERIFY(!observe(1));
    for (int i = 0; i < 1000; ++i)
        observe(1);
    QCOMPARE(path(rules.reached(settings, progress(step, 0), 0)), std::string("training.patience"));
}

/// Once it has fallen, a new height is a run that comes apart; and one that stays up is not better for it.
void TestStopRules::anEstimateThatRisesAgainIsNoBetter()
{
    const Json settings = document({{"patience", 600}});
    StopRules apart;
    std::vector<double> values;
    for (int i = 0; i < 4000; ++i)
        values.push_back(i < 1000 ? 0.004 * i : i < 2000 ? 4 - 0.003 * (i - 1000) : 1 + 0.01 * (i - 2000));
    apart.observe(rows(1, values), 0, MeasureCourse::RisesFirst);
    QCOMPARE(path(apart.reached(settings, progress(4000, 0), 0)), std::string("training.patience"));
    StopRules flat;
    values.assign(2000, 3);
    flat.observe(rows(1, values), 0, MeasureCourse::RisesFirst);
    QCOMPARE(path(flat.reached(settings, progress(2000, 0), 0)), std::string("training.patience"));
}

QTEST_GUILESS_MAIN(TestStopRules)
#include "stop_rules.moc"
