// SPDX-License-Identifier: GPL-3.0-or-later
// A run followed by its folder while it is written: nothing twice, nothing torn, nothing missed.
#include "core/runs/run_watch.h"

#include "tests/support/scratch.h"

#include <cmath>
#include <fstream>
#include <limits>

using namespace saddle;

namespace fs = std::filesystem;

namespace {

const std::vector<ColumnInfo> columns{{"d_loss", "D", "loss", "discriminator"}, {"g_loss", "G", "loss", "generator"}};

MetricRow row(std::int64_t step)
{
    const auto value = static_cast<double>(step);
    return {step, value / 10, step * 16, value / 4, {1 / value, std::numeric_limits<double>::quiet_NaN()}};
}

std::vector<std::int64_t> stepsOf(const RunWatch::News& news)
{
    std::vector<std::int64_t> steps;
    for (const MetricRow& each : news.rows)
        steps.push_back(each.step);
    return steps;
}

void append(const fs::path& file, const std::string& text)
{
    std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

} // namespace

class TestRunWatch : public QObject {
    Q_OBJECT

private slots:
    void follows();
    void tornLines();
    void goneOnWith();
    void otherColumns();
    void nothingThere();
};

void TestRunWatch::follows()
{
    const test::Scratch scratch;
    const fs::path folder = scratch.path("run");
    Result<std::unique_ptr<RunFolder>> run = RunFolder::create(folder, Json::object(), columns);
    QVERIFY_OK(run);
    QVERIFY_OK((*run)->appendRows({row(1), row(2)}));
    QVERIFY_OK((*run)->appendEvent({0, 0, "start", "Started", {{"seed", 3}}}));

    RunWatch watch(folder, {"d_loss", "g_loss"});
    RunWatch::News news = watch.look();
    QVERIFY(news.trained && !news.rewritten);
    QCOMPARE(stepsOf(news), (std::vector<std::int64_t>{1, 2}));
    QCOMPARE(news.rows[1].images, 32);
    QCOMPARE(news.rows[1].epoch, 0.2);
    QCOMPARE(news.rows[1].seconds, 0.5);
    QCOMPARE(news.rows[1].values[0], 0.5);
    QVERIFY(std::isnan(news.rows[1].values[1]));
    QCOMPARE(news.events.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(news.events[0].text), QStringLiteral("Started"));

    news = watch.look();
    QVERIFY(news.rows.empty() && news.events.empty());

    QVERIFY_OK((*run)->appendRows({row(3)}));
    run->reset();
    news = watch.look();
    QVERIFY(!news.trained);
    QCOMPARE(stepsOf(news), (std::vector<std::int64_t>{3}));
}

void TestRunWatch::tornLines()
{
    const test::Scratch scratch;
    const fs::path folder = scratch.path("run");
    fs::create_directories(folder);
    RunWatch watch(folder, {"d_loss"});
    append(folder / "metrics.csv", "step,epoch,ima");
    QVERIFY(watch.look().rows.empty());
    append(folder / "metrics.csv", "ges,seconds,d_loss\n1,0.1,16,0.2,0.7\n2,0.2,3");
    QCOMPARE(stepsOf(watch.look()), (std::vector<std::int64_t>{1}));
    append(folder / "metrics.csv", "2,0.4,0.6\n");
    const RunWatch::News news = watch.look();
    QCOMPARE(stepsOf(news), (std::vector<std::int64_t>{2}));
    QCOMPARE(news.rows[0].images, 32);
    QCOMPARE(news.rows[0].values, (std::vector<double>{0.6}));
    append(folder / "events.jsonl", R"({"step":2,"kind":"pau)");
    QVERIFY(watch.look().events.empty());
    append(folder / "events.jsonl", "se\",\"text\":\"Paused\"}\nno event\n");
    QCOMPARE(watch.look().events.size(), std::size_t{1});
}

void TestRunWatch::goneOnWith()
{
    const test::Scratch scratch;
    const fs::path folder = scratch.path("run");
    Result<std::unique_ptr<RunFolder>> run = RunFolder::create(folder, Json::object(), columns);
    QVERIFY_OK(run);
    QVERIFY_OK((*run)->appendRows({row(1), row(2), row(3)}));
    run->reset();
    RunWatch watch(folder, {"d_loss", "g_loss"});
    QCOMPARE(stepsOf(watch.look()), (std::vector<std::int64_t>{1, 2, 3}));
    // From step 1 on: what came after is set aside.
    run = RunFolder::resume(folder, 1, columns);
    QVERIFY_OK(run);
    // Even where it has grown beyond what was read before anybody looks.
    QVERIFY_OK((*run)->appendRows({row(2), row(3), row(4), row(5)}));
    QVERIFY(watch.look().rewritten);
}

void TestRunWatch::otherColumns()
{
    const test::Scratch scratch;
    const fs::path folder = scratch.path("run");
    fs::create_directories(folder);
    append(folder / "metrics.csv", "step,images,g_loss,new\n5,80,0.25,9\n");
    RunWatch watch(folder, {"d_loss", "g_loss"});
    const RunWatch::News news = watch.look();
    QCOMPARE(stepsOf(news), (std::vector<std::int64_t>{5}));
    QVERIFY(std::isnan(news.rows[0].epoch) && std::isnan(news.rows[0].values[0]));
    QCOMPARE(news.rows[0].values[1], 0.25);
}

void TestRunWatch::nothingThere()
{
    const test::Scratch scratch;
    RunWatch watch(scratch.path("nowhere"), {"d_loss"});
    const RunWatch::News news = watch.look();
    QVERIFY(news.rows.empty() && news.events.empty() && !news.trained && !news.rewritten);
}

QTEST_GUILESS_MAIN(TestRunWatch)
#include "run_watch.moc"
