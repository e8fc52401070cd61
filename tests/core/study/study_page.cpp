// SPDX-License-Identifier: GPL-3.0-or-later
// What the page of a study says, held against runs written by hand.
#include "core/study/study_page.h"
#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/runs/run_folder.h"
#include "core/study/study_chart.h"

#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"

#include <clocale>
#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

constexpr int steps = 1000;

StudyMethod method(const char* label, const Json& changes = Json::object())
{
    Json given = {{"data", {{"source", "gaussians-8"}}}, {"training", {{"steps", steps}}}};
    given.merge_patch(changes);
    const Result<Json> document = resolveDocument(given, fakeCatalog());
    return {label, "preset", document.ok() ? *document : Json()};
}

Image plain(int side, std::uint8_t value)
{
    return {side, side, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side, value)};
}

bool holds(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestStudyPage : public QObject {
    Q_OBJECT

private:
    Scratch m_scratch;
    Study m_study;
    StudyProgress m_progress;

    /// A run of which everything is known: D loss is its step, but 5,000 at step 500; every step takes 2 ms, but step
    /// 300 took ten seconds.
    fs::path writeRun()
    {
        const fs::path folder = m_scratch.path("run");
        std::string rows = "step,epoch,images,seconds,d_loss,g_loss\n";
        double seconds = 0;
        for (int step = 1; step <= steps; ++step) {
            seconds += step == 300 ? 10 : 0.002;
            rows += std::to_string(step) + ",0," + std::to_string(64 * step) + "," + formatNumber(seconds) + ","
                + std::to_string(step == 500 ? 5000 : step) + "," + (step > 500 ? "1" : "") + "\n";
        }
        fs::create_directories(folder / "samples");
        QTest::qVerify(writeFileWhole(folder / "metrics.csv", rows).ok(), "metrics", "", __FILE__, __LINE__);
        for (const int step : {0, 500, 1000}) {
            const Image grid = plain(20, static_cast<std::uint8_t>(step / 10));
            QTest::qVerify(
                writePng(folder / "samples" / (stepName(step) + ".png"), grid).ok(), "grid", "", __FILE__, __LINE__);
        }
        return folder;
    }

    Result<StudyReport> report() { return readStudyReport(m_study, fakeCatalog(), m_progress, plain(8, 9)); }

private Q_SLOTS:
    void init()
    {
        m_study = {};
        m_study.title = "Title <1>";
        m_study.seeds = {1};
        m_study.methods = {method("One"), method("Two", {{"training", {{"batch_size", 32}}}})};
        m_progress = {};
        m_progress.data = "Points";
        m_progress.device = "CPU";
        m_progress.runs = {{{0, 1}, StudyRunState::Done, {}, steps, 2, writeRun(), {}},
            {{1, 1}, StudyRunState::Failed, {}, 0, 0, m_scratch.path("none"), "no room"}};
    }

    void timesAreMedians()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        const StudyEntry& entry = made->entries[0];
        QCOMPARE(entry.steps, std::int64_t{steps});
        QCOMPARE(entry.images, std::int64_t{64 * steps});
        QVERIFY(std::abs(entry.millisecondsPerStep - 2) < 1e-6);
        QVERIFY(std::abs(entry.seconds - (10 + 0.002 * (steps - 1))) < 1e-6);
        QCOMPARE(entry.summary, std::string("2.00 ms a step · 1,000 steps · 11 s"));
        const auto row = std::find_if(made->results.begin(), made->results.end(),
            [](const StudyRow& result) { return result.label == "Real images per second"; });
        QVERIFY(row != made->results.end());
        QCOMPARE(row->values[0], std::string("32,000"));
        QCOMPARE(row->values[1], std::string());
    }

    void aSpikeStaysInTheCurve()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        const StudyChart& losses = made->entries[0].charts.at(0);
        QCOMPARE(losses.curves.size(), std::size_t{2});
        const std::vector<StudyCurve::Stretch>& stretches = losses.curves[0].stretches;
        double high = 0, low = INFINITY, sum = 0;
        for (const StudyCurve::Stretch& stretch : stretches) {
            high = std::max(high, stretch.high);
            low = std::min(low, stretch.low);
            sum += stretch.mean;
        }
        QCOMPARE(high, 5000.0);
        QCOMPARE(low, 1.0);
        QVERIFY(std::abs(sum / static_cast<double>(stretches.size()) - (500500 + 4500) / 1000.0) < 3);
        // G's cells are empty up to the middle.
        const std::vector<StudyCurve::Stretch>& late = losses.curves[1].stretches;
        QVERIFY(std::isnan(late[late.size() / 2 - 2].mean));
        QCOMPARE(late[late.size() / 2 + 2].mean, 1.0);
    }

    void theLastGridIsShown()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        QCOMPARE(made->entries[0].grid, plain(20, 100));
        QVERIFY(made->entries[1].grid.empty());
    }

    void settingsAreSortedByWhetherTheyDiffer()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        std::vector<std::string> differing;
        for (const StudyRow& row : made->settings) {
            if (row.differs())
                differing.push_back(row.label + " " + row.values[0] + " " + row.values[1]);
        }
        QCOMPARE(differing, (std::vector<std::string>{"Batch size 64 32"}));
    }

    void htmlIsWholeAndEscaped()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        const Result<std::string> html = studyHtml(*made);
        QVERIFY_OK(html);
        for (const char* wanted : {"<h1>Title &lt;1&gt;</h1>", "It failed: no room", "Batch size</th><td>64</td><td>32",
                 "Points · CPU · seed 1", "Real samples"})
            QVERIFY2(holds(*html, wanted), wanted);
        const Result<std::string> address = pictureAddress(plain(20, 100));
        QVERIFY_OK(address);
        QVERIFY(holds(*html, *address));
        // Every element that is opened is closed.
        for (const char* element : {"section", "table", "tbody", "details", "svg", "div", "p", "h2", "h3", "tr"}) {
            const QString text = QString::fromStdString(*html);
            const int opened = static_cast<int>(text.count(QStringLiteral("<%1>").arg(QLatin1String(element)))
                + text.count(QStringLiteral("<%1 ").arg(QLatin1String(element))));
            QVERIFY2(opened > 0, element);
            QCOMPARE(static_cast<int>(text.count(QStringLiteral("</%1>").arg(QLatin1String(element)))), opened);
        }
    }

    void numbersAreTheSameInAnyLocale()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        const Result<std::string> before = studyHtml(*made);
        const std::string chart = chartElements(made->entries[0].charts[0], 400, 150);
        const std::string old = std::setlocale(LC_ALL, nullptr);
        const char* german = nullptr;
        for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"}) {
            if (!german)
                german = std::setlocale(LC_ALL, name);
        }
        if (!german)
            QSKIP("no locale with a decimal comma is installed");
        const Result<StudyReport> again = report();
        const Result<std::string> after = again ? studyHtml(*again) : again.error();
        const std::string other = again ? chartElements(again->entries[0].charts[0], 400, 150) : std::string();
        std::setlocale(LC_ALL, old.c_str());
        QVERIFY_OK(after);
        QCOMPARE(*after, *before);
        QCOMPARE(other, chart);
    }

    void pictureShowsGridAndReal()
    {
        const Result<StudyReport> made = report();
        QVERIFY_OK(made);
        Result<std::optional<Image>> drawn = studyPicture(*made);
        QVERIFY_OK(drawn);
        if (!*drawn)
            QSKIP("built without librsvg");
        const Image& page = **drawn;
        QCOMPARE(page.channels, 3);
        QCOMPARE(int(page.pixels[0]), 0xf4); // the page's colour in its corner
        // Each grid is shown at 400 pixels, every pixel of one value.
        for (const int value : {100, 9}) {
            const auto count = std::count(page.pixels.begin(), page.pixels.end(), static_cast<std::uint8_t>(value));
            QVERIFY2(count >= 3 * 398 * 398, qPrintable(QString::number(count)));
        }
    }

    void textIsMadeSafe()
    {
        QCOMPARE(escaped("a<b & \"c\">"), std::string("a&lt;b &amp; &quot;c&quot;&gt;"));
        QCOMPARE(escaped("γ 0.5 – 😀"), std::string("γ 0.5 – 😀"));
        QCOMPARE(escaped("\x01\xff\xc3"), std::string("???"));
        QCOMPARE(escaped("\xc0\xaf \xed\xa0\x80 \xef\xbf\xbe"), std::string("?? ??? ???"));
        QCOMPARE(escaped("\xe2\x82"), std::string("??"));
        QCOMPARE(escaped(""), std::string());
    }

    void ticksAreRound_data()
    {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<int>("most");
        QTest::addColumn<QList<double>>("ticks");
        QTest::newRow("unit") << 0.0 << 1.0 << 5 << QList<double>{0, 0.2, 0.4, 0.6, 0.8, 1};
        QTest::newRow("steps") << 0.0 << 20000.0 << 4 << QList<double>{0, 5000, 10000, 15000, 20000};
        QTest::newRow("around zero") << -1.5 << 2.5 << 5 << QList<double>{-1, 0, 1, 2};
        QTest::newRow("small") << 0.0012 << 0.0019 << 4 << QList<double>{0.0012, 0.0014, 0.0016, 0.0018};
        QTest::newRow("nothing") << 1.0 << 1.0 << 5 << QList<double>{};
        QTest::newRow("not a number") << double(NAN) << 1.0 << 5 << QList<double>{};
    }
    void ticksAreRound()
    {
        QFETCH(double, low);
        QFETCH(double, high);
        QFETCH(int, most);
        QFETCH(QList<double>, ticks);
        const std::vector<double> made = roundTicks(low, high, most);
        QCOMPARE(static_cast<qsizetype>(made.size()), ticks.size());
        for (qsizetype i = 0; i < ticks.size(); ++i)
            QVERIFY2(std::abs(made[static_cast<std::size_t>(i)] - ticks[i]) < 1e-9 * std::max(1.0, std::abs(high)),
                qPrintable(QString::number(made[static_cast<std::size_t>(i)])));
    }

    void aSingleValueIsDrawn()
    {
        const StudyChart chart{"Losses", 1, {{"D loss", "discriminator", {{2, 2, 2}}}}};
        const std::string drawn = chartElements(chart, 400, 150);
        QVERIFY(!holds(drawn, "nan") && !holds(drawn, "inf"));
        QVERIFY(holds(drawn, "D loss"));
    }

    void whatIsNotSvgIsRefused()
    {
        const Result<std::optional<Image>> drawn = drawSvg("no svg");
        QVERIFY(!drawn.ok() || !*drawn);
        const Result<std::optional<Image>> huge =
            drawSvg("<svg xmlns='http://www.w3.org/2000/svg' width='100000' height='100000'/>");
        QVERIFY(!huge.ok() || !*huge);
    }
};

QTEST_GUILESS_MAIN(TestStudyPage)
#include "study_page.moc"
