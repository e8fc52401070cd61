// SPDX-License-Identifier: GPL-3.0-or-later
// What a diagnosis finds in numbers made here, and what it leaves unsaid.
#include "core/metrics/diagnosis.h"

#include "tests/support/scratch.h"

#include <QTest>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <numbers>
#include <random>

using namespace saddle;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

EngineInfo info()
{
    EngineInfo made;
    made.columns = {{"d_loss", "D loss", "loss", "discriminator"}, {"g_loss", "G loss", "loss", "generator"},
        {"d_real", "D(real)", "output", "real"}, {"d_fake", "D(fake)", "output", "generator"},
        {"began_k", "k", "control", "discriminator"}, {"d_grad_norm", "D gradient", "gradient", "discriminator"},
        {"g_grad_norm", "G gradient", "gradient", "generator"}};
    return made;
}

/// Cross entropy: 1.386 is guessing, 0 is certainty.
ObjectiveInfo crossEntropy()
{
    ObjectiveInfo made;
    made.lossRange = [](const Json&, double) { return LossRange{2 * std::numbers::ln2, 0}; };
    return made;
}

Json document()
{
    return {{"objective", Json::object()}, {"discriminator", Json::object()},
        {"instance_noise", {{"start", 0.0}, {"end", 0.0}, {"schedule", "constant"}}},
        {"optimisers", {{"generator", {{"learning_rate", 2e-4}}}, {"discriminator", {{"learning_rate", 4e-4}}}}}};
}

struct Numbers {
    double dLoss = 0.9;
    double gLoss = 1.1;
    double real = 0.8;
    double fake = -0.7;
    double k = none;
    double dGradient = 2;
    double gGradient = 1;
};

/// What training looks like: everything scatters, gradients by a factor of three either way.
class Course {
public:
    explicit Course(const ObjectiveInfo* objective, unsigned seed = 1)
        : m_random(seed)
    {
        diagnosis.begin(info(), objective);
    }

    double noise() { return m_normal(m_random); }

    /// Steps with numbers by the step.
    void go(int steps, const std::function<Numbers(std::int64_t)>& numbers)
    {
        std::vector<MetricRow> rows;
        for (int i = 0; i < steps; ++i) {
            const Numbers n = numbers(++step);
            MetricRow row;
            row.step = step;
            const double scatter = std::pow(10, 0.25 * noise());
            row.values = {n.dLoss * (1 + 0.1 * noise()), n.gLoss * (1 + 0.1 * noise()), n.real, n.fake, n.k,
                n.dGradient * scatter, n.gGradient * std::pow(10, 0.25 * noise())};
            rows.push_back(row);
            if (rows.size() == 10) { // as they come from an engine
                diagnosis.observe(rows, document());
                rows.clear();
            }
        }
        diagnosis.observe(rows, document());
        for (const Symptom& symptom : diagnosis.takeSymptoms())
            found.push_back(symptom);
    }
    void go(int steps, const Numbers& numbers)
    {
        go(steps, [&numbers](std::int64_t) { return numbers; });
    }

    QString kinds() const
    {
        QStringList names;
        for (const Symptom& symptom : found)
            names << QString::fromStdString(kindName(symptom.kind));
        return names.join(QLatin1Char(' '));
    }

    Diagnosis diagnosis;
    std::int64_t step = 0;
    std::vector<Symptom> found;

private:
    std::mt19937 m_random;
    std::normal_distribution<double> m_normal;
};

/// Images of so many pixels, each drawn around a grey level of its own image.
Samples images(std::int64_t step, int count, double betweenImages, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    Samples samples;
    samples.step = step;
    samples.count = count;
    samples.height = samples.width = 8;
    samples.channels = 1;
    for (int i = 0; i < count; ++i) {
        const double level = 128 + betweenImages * normal(random);
        for (int p = 0; p < 64; ++p)
            samples.pixels.push_back(static_cast<std::uint8_t>(std::clamp(level + 4 * normal(random), 0.0, 255.0)));
    }
    return samples;
}

/// Measurements every `every` steps.
template <typename DiversityWatch>
QString firstTold(const std::vector<double>& course, std::int64_t every, std::int64_t* from = nullptr)
{
    DiversityWatch watch;
    for (std::size_t i = 0; i < course.size(); ++i) {
        watch.observe({static_cast<std::int64_t>(i) * every, course[i]});
        if (const std::optional<Symptom> symptom = watch.look()) {
            if (from)
                *from = symptom->from;
            return QString::number(static_cast<std::int64_t>(i) * every);
        }
    }
    return QStringLiteral("never");
}

} // namespace

class TestDiagnosis : public QObject {
    Q_OBJECT

private slots:
    void spreadIsTheMeanSquaredDistanceOfPairs();
    void spreadOfPointsAndOfLargeGrids();
    void diversityIsKeptInAFile();
    void collapse_data();
    void collapse();
    void collapseIsToldOnceUntilItIsOver();
    void scatter_data();
    void scatter();
    void healthyNoiseSaysNothing_data();
    void healthyNoiseSaysNothing();
    void aWonDiscriminator();
    void whatIsNoVictory();
    void aControllerAtItsEnd();
    void explodingGradients();
    void vanishingGradients();
    void oscillation();
    void gapsAndSinglePhasesAreNoSymptom();
    void faultsThatAreNotFinite();
    void toldOnceUntilItIsOver();
    void remedies();
    void dataOfAnEventIsReadBack();
    void damagedDataIsReadAsFarAsItGoes_data();
    void damagedDataIsReadAsFarAsItGoes();
};

void TestDiagnosis::spreadIsTheMeanSquaredDistanceOfPairs()
{
    const Samples samples = images(0, 9, 30, 5);
    double squares = 0;
    for (int i = 0; i < 9; ++i) {
        for (int j = 0; j < 9; ++j) {
            for (std::size_t p = 0; p < 64; ++p) {
                const double difference =
                    double(samples.pixels[std::size_t(i) * 64 + p]) - samples.pixels[std::size_t(j) * 64 + p];
                squares += difference * difference;
            }
        }
    }
    const std::optional<double> measured = spread(samples);
    QVERIFY(measured);
    QVERIFY2(
        std::abs(*measured - std::sqrt(squares / (9 * 8))) < 1e-9 * *measured, qPrintable(QString::number(*measured)));

    QVERIFY(!spread(images(0, 1, 30, 5)));
    QVERIFY(!spread(Samples()));
    Samples alike = samples;
    for (std::size_t i = 0; i < alike.pixels.size(); ++i)
        alike.pixels[i] = alike.pixels[i % 64];
    QCOMPARE(*spread(alike), 0.0);
}

void TestDiagnosis::spreadOfPointsAndOfLargeGrids()
{
    Samples points;
    points.points = {0, 0, 3, 4};
    points.realPoints = {0, 0, 0, 10, 0, 20};
    QCOMPARE(*spread(points), 5.0);
    QVERIFY(std::abs(*realSpread(points) - std::sqrt((100.0 + 100 + 400) / 3)) < 1e-12);
    points.points = {0, 0, std::numeric_limits<float>::infinity(), 4};
    QVERIFY(!spread(points));

    // 100 images of 256 x 256 in colour: 20 million numbers, of which a part is looked at.
    Samples large;
    large.count = 100;
    large.height = large.width = 256;
    large.channels = 3;
    const std::size_t each = std::size_t{256} * 256 * 3;
    large.pixels.resize(100 * each);
    std::minstd_rand random(1);
    for (std::uint8_t& pixel : large.pixels)
        pixel = static_cast<std::uint8_t>(random() >> 8U);
    // Independent and even over 0 .. 255: the variance of each is (256² - 1) / 12.
    const double wanted = std::sqrt(2 * static_cast<double>(each) * (65536.0 - 1) / 12);
    QVERIFY2(std::abs(*spread(large) / wanted - 1) < 0.01, qPrintable(QString::number(*spread(large) / wanted)));
}

void TestDiagnosis::diversityIsKeptInAFile()
{
    const test::Scratch scratch;
    const std::filesystem::path run = scratch.path("run");
    std::filesystem::create_directories(run);
    QVERIFY(readDiversity(run).empty());
    for (const DiversityPoint& point : std::vector<DiversityPoint>{{0, 0.1}, {100, 0.5}, {200, 0.75}, {300, 0.9}})
        QVERIFY_OK(appendDiversity(run, point));
    // Resumed from step 150.
    QVERIFY_OK(appendDiversity(run, {180, 0.25}));
    std::vector<DiversityPoint> points = readDiversity(run);
    QCOMPARE(points.size(), std::size_t{3});
    QCOMPARE(points.back().step, 180);
    QCOMPARE(points.back().diversity, 0.25);
    QCOMPARE(points[1].diversity, 0.5);

    std::ofstream(run / "diversity.csv", std::ios::app) << "nonsense\n-5,1\n400,inf\n1e3,1\n500,0.5";
    points = readDiversity(run);
    QCOMPARE(points.size(), std::size_t{4});
    QCOMPARE(points.back().step, 500);

    const Status nowhere = appendDiversity(scratch.path("no such folder"), {1, 1});
    QVERIFY(!nowhere);
    QVERIFY(nowhere.error().sentence().find("diversity.csv") != std::string::npos);
}

void TestDiagnosis::collapse_data()
{
    QTest::addColumn<QList<double>>("course");
    QTest::addColumn<int>("every");
    QTest::addColumn<QString>("at");
    QTest::newRow("rises and stays") << QList<double>{.01, .1, .3, .6, .8, .9, .85, .9, .88} << 100 << "never";
    QTest::newRow("rises and falls") << QList<double>{.01, .1, .3, .6, .8, .8, .8, .2, .1, .1, .1} << 100 << "900";
    QTest::newRow("one odd grid") << QList<double>{.5, .6, .7, .8, .8, .01, .8, .8, .01, .8} << 100 << "never";
    QTest::newRow("first shapes are alike") << QList<double>{.9, .5, .1, .1, .2, .4, .6, .7, .8} << 100 << "never";
    QTest::newRow("half the variety is not a collapse")
        << QList<double>{.9, .9, .9, .9, .45, .45, .45, .45, .45, .45} << 100 << "never";
    QTest::newRow("a slow start") << QList<double>{.01, .01, .01, .01, .01, .02, .1, .3, .5, .6} << 300 << "never";
    QTest::newRow("never was diverse") << QList<double>(10, .01) << 300 << "2100";
    QTest::newRow("flung apart, then well") << QList<double>{9, 9, 9, 5, 2, 1, .9, .9, .9} << 100 << "never";
    QList<double> brief(300, .9);
    for (int i = 250; i < 260; ++i)
        brief[i] = .05;
    QTest::newRow("low for ten steps only") << brief << 1 << "never";
}

void TestDiagnosis::collapse()
{
    QFETCH(QList<double>, course);
    QFETCH(int, every);
    QTEST(firstTold<CollapseWatch>({course.begin(), course.end()}, every), "at");
}

void TestDiagnosis::collapseIsToldOnceUntilItIsOver()
{
    Course course(nullptr);
    course.diagnosis.setReal(images(0, 64, 40, 1));
    const auto measure = [&course](double between, int times) {
        int told = 0;
        for (int i = 0; i < times; ++i) {
            course.go(100, Numbers());
            course.diagnosis.observe(images(course.step, 64, between, static_cast<unsigned>(i)));
            for (const Symptom& symptom : course.diagnosis.takeSymptoms())
                told += symptom.kind == Symptom::Kind::Collapse;
        }
        return told;
    };
    QCOMPARE(measure(38, 8), 0);
    QCOMPARE(measure(1, 20), 1);
    QCOMPARE(measure(38, 12), 0);
    QCOMPARE(measure(1, 20), 1);
}

void TestDiagnosis::scatter_data()
{
    QTest::addColumn<QList<double>>("course");
    QTest::addColumn<int>("every");
    QTest::addColumn<QString>("at");
    QTest::newRow("somewhat wide") << QList<double>(20, 1.9) << 100 << "never";
    QTest::newRow("wide at first") << QList<double>{9, 9, 9, 9, 1.2, 1, .9, .9} << 60 << "never";
    QTest::newRow("one odd grid") << QList<double>{1, 1, 1, 1, 7, 1, 1, 7, 1, 1} << 200 << "never";
    QTest::newRow("flies apart") << QList<double>{1, 1, 1, 1.2, 2.2, 2.5, 2.8, 3} << 100 << "600";
    QTest::newRow("and nearly comes back") << QList<double>{1, 1, 1, 2.2, 1.6, 1.6, 1.6} << 100 << "500";
    QTest::newRow("comes back") << QList<double>{1, 1, 1, 2.2, 1.4, 1.6, 1.6, 1.6, 1.6} << 100 << "never";
    QTest::newRow("seldom measured") << QList<double>{1, 5, 5, 5} << 1000 << "3000";
}

void TestDiagnosis::scatter()
{
    QFETCH(QList<double>, course);
    QFETCH(int, every);
    QTEST(firstTold<ScatterWatch>({course.begin(), course.end()}, every), "at");
}

void TestDiagnosis::healthyNoiseSaysNothing_data()
{
    QTest::addColumn<int>("course");
    const QStringList names{"steady", "rates fall tenfold at once", "losses drift", "gradients drift by a hundred",
        "G starts from zeroed layers", "spikes", "D wins the first 90 steps", "noise with memory", "a fading swing",
        "a small steady swing"};
    for (int i = 0; i < names.size(); ++i)
        QTest::addRow("%s", qPrintable(names[i])) << i;
}

void TestDiagnosis::healthyNoiseSaysNothing()
{
    QFETCH(int, course);
    const ObjectiveInfo objective = crossEntropy();
    for (const unsigned seed : {1U, 2U, 3U}) {
        Course run(&objective, seed);
        double memory = 0;
        run.go(6000, [&](std::int64_t step) {
            Numbers n;
            const auto t = static_cast<double>(step);
            memory = 0.98 * memory + 0.05 * run.noise();
            switch (course) {
            case 1:
                if (step > 3000)
                    n = {1.2, 0.8, 0.2, -0.1, none, 0.2, 0.1};
                break;
            case 2:
                n.dLoss = 0.2 + std::exp(-t / 2000);
                n.gLoss = 4 - 3 * std::exp(-t / 2000);
                break;
            case 3:
                n.dGradient = 0.05 * std::pow(100, t / 6000);
                n.gGradient = 5 * std::pow(0.01, t / 6000);
                break;
            case 4:
                n.gGradient = std::min(1.0, 1e-6 * std::pow(10, t / 20));
                break;
            case 5:
                if (step % 400 == 0)
                    n = {60, 40, 8, 5, none, 1e5, 1e5};
                break;
            case 6:
                if (step < 90)
                    n.dLoss = 0.005;
                break;
            case 7:
                n.dLoss += memory;
                n.gLoss -= memory;
                break;
            case 8:
                n.dLoss += std::exp(-t / 400) * std::sin(t / 6);
                break;
            case 9:
                n.dLoss += 0.05 * std::sin(t / 6);
                break;
            default:
                break;
            }
            return n;
        });
        QCOMPARE(run.kinds(), QString());
    }
}

void TestDiagnosis::aWonDiscriminator()
{
    const ObjectiveInfo objective = crossEntropy();
    Course run(&objective);
    run.go(1000, Numbers());
    // The gradient of D fades with its loss; that is no finding of its own.
    run.go(400, {0.004, 6, 7.2, -8.1, none, 1e-4, 1});
    QCOMPARE(run.kinds(), QStringLiteral("discriminator-won"));
    const Symptom& symptom = run.found.front();
    QCOMPARE(symptom.role, std::string("discriminator"));
    QVERIFY2(symptom.from >= 980 && symptom.from <= 1030, qPrintable(QString::number(symptom.from)));
    QVERIFY(symptom.to >= symptom.from + 190);
    for (const char* part : {"D has won", "0.0277", "1.39", "7.2", "-8.1"})
        QVERIFY2(symptom.text.find(part) != std::string::npos, symptom.text.c_str());
    QCOMPARE(symptom.columns.front(), std::string("d_loss"));
}

void TestDiagnosis::whatIsNoVictory()
{
    // A critic's value has no ends: whatever it is, it says nothing of who wins.
    ObjectiveInfo critic;
    Course wasserstein(&critic);
    wasserstein.go(1500, {1e-5, -40, 60, 20, none, 2, 1});
    QCOMPARE(wasserstein.kinds(), QString());
    // A margin of 0 leaves nothing to be won.
    ObjectiveInfo flat;
    flat.lossRange = [](const Json&, double) { return LossRange{0, 0}; };
    Course margin(&flat);
    margin.go(1500, {-1, 1, 1, 1, none, 2, 1});
    QCOMPARE(margin.kinds(), QString());
    // Strong, not sure.
    const ObjectiveInfo objective = crossEntropy();
    Course strong(&objective);
    strong.go(1500, {0.06, 4, 4, -4, none, 2, 1});
    QCOMPARE(strong.kinds(), QString());
    // Sure in nine batches of ten.
    Course nine(&objective);
    nine.go(1500, [](std::int64_t step) {
        Numbers n;
        n.dLoss = step % 10 == 0 ? 0.5 : 0.005;
        return n;
    });
    QCOMPARE(nine.kinds(), QString());
    // Far ahead for a thousand steps, until G catches up; nor is its fading gradient told.
    Course late(&objective);
    late.go(100, Numbers());
    late.go(1000, {0.004, 6, 7.2, -8.1, none, 1e-4, 1});
    late.go(600, Numbers());
    QCOMPARE(late.kinds(), QString());
}

void TestDiagnosis::aControllerAtItsEnd()
{
    ObjectiveInfo began;
    began.controller = "began_k";
    const auto k = [](double value) { return Numbers{0.05, 0.02, 0.06, 0.03, value, 2, 1}; };
    Course healthy(&began);
    healthy.go(400, k(0));
    healthy.go(3000, [&](std::int64_t step) { return k(std::min(0.6, 0.0002 * static_cast<double>(step))); });
    QCOMPARE(healthy.kinds(), QString());

    Course low(&began);
    low.go(800, k(0.3));
    low.go(700, k(0));
    QCOMPARE(low.kinds(), QStringLiteral("discriminator-won"));
    QVERIFY2(low.found[0].text.find("k has been at 0") != std::string::npos, low.found[0].text.c_str());

    Course high(&began);
    high.go(800, k(0.7));
    high.go(700, k(1));
    QCOMPARE(high.kinds(), QStringLiteral("generator-won"));
    QCOMPARE(high.found[0].columns.front(), std::string("began_k"));

    Course never(&began);
    never.go(1400, k(0));
    QCOMPARE(never.kinds(), QString());
    never.go(400, k(0));
    QCOMPARE(never.kinds(), QStringLiteral("discriminator-won"));
}

void TestDiagnosis::explodingGradients()
{
    Course later(nullptr);
    later.go(1000, Numbers());
    later.go(60, {30, 20, 0, 0, none, 2e4, 1});
    QCOMPARE(later.kinds(), QStringLiteral("exploding-gradient"));
    const Symptom& symptom = later.found[0];
    QCOMPARE(symptom.role, std::string("discriminator"));
    QVERIFY2(std::abs(symptom.from - 1000) <= 20, qPrintable(QString::number(symptom.from)));
    QVERIFY2(symptom.text.find("D's gradient has exploded") == 0, symptom.text.c_str());
    QCOMPARE(symptom.columns.front(), std::string("d_grad_norm"));

    // From the first steps on, when nothing is known yet but the first of all.
    Course atOnce(nullptr);
    atOnce.go(100, [](std::int64_t step) {
        Numbers n;
        n.gGradient = step < 3 ? 0.5 : 1e5;
        return n;
    });
    QCOMPARE(atOnce.kinds(), QStringLiteral("exploding-gradient"));
    QCOMPARE(atOnce.found[0].role, std::string("generator"));

    // Little by little, without an end.
    Course creeping(nullptr);
    creeping.go(3000, [](std::int64_t step) {
        Numbers n;
        n.dGradient = 0.1 * std::pow(10, static_cast<double>(step) / 200);
        return n;
    });
    QVERIFY(creeping.kinds().startsWith(QStringLiteral("exploding-gradient")));
}

void TestDiagnosis::vanishingGradients()
{
    Course run(nullptr);
    run.go(1000, Numbers());
    run.go(500, {0.9, 1.1, 0.8, -0.7, none, 2, 1e-5});
    QCOMPARE(run.kinds(), QStringLiteral("vanishing-gradient"));
    QCOMPARE(run.found[0].role, std::string("generator"));
    QVERIFY2(run.found[0].text.find("G's gradient has vanished") == 0, run.found[0].text.c_str());

    Course dead(nullptr);
    dead.go(350, {0.9, 1.1, 0.8, -0.7, none, 2, 0});
    QCOMPARE(dead.kinds(), QStringLiteral("vanishing-gradient"));
    QVERIFY2(dead.found[0].text.find("its norm is 0 since") != std::string::npos, dead.found[0].text.c_str());
}

void TestDiagnosis::oscillation()
{
    Course run(nullptr);
    run.go(1000, Numbers());
    run.go(1600, [](std::int64_t step) {
        Numbers n;
        const auto t = static_cast<double>(step - 1000);
        n.dLoss += 0.02 * std::exp(t / 350) * std::sin(2 * std::numbers::pi * t / 60);
        return n;
    });
    QCOMPARE(run.kinds(), QStringLiteral("oscillation"));
    const std::string& text = run.found[0].text;
    QVERIFY2(text.find("D loss swings every") == 0, text.c_str());
    const int period = QString::fromStdString(text).section(QLatin1Char(' '), 4, 4).toInt();
    QVERIFY2(std::abs(period - 60) <= 3, text.c_str());
}

void TestDiagnosis::gapsAndSinglePhasesAreNoSymptom()
{
    const ObjectiveInfo objective = crossEntropy();
    Course run(&objective);
    run.go(500, Numbers());
    run.go(2000, {none, none, none, none, none, none, none});
    run.go(500, Numbers());
    QCOMPARE(run.kinds(), QString());
    // One row, whatever is in it, is nothing; nor are columns that are not there.
    Course one(&objective);
    one.go(1, {0, 1e9, 1e9, -1e9, 1, 1e30, 0});
    Diagnosis bare;
    bare.begin(EngineInfo(), &objective);
    bare.observe(std::vector<MetricRow>(1000), document());
    QCOMPARE(one.kinds(), QString());
    QVERIFY(bare.takeSymptoms().empty());
}

void TestDiagnosis::faultsThatAreNotFinite()
{
    Course run(nullptr);
    run.go(300, Numbers());
    run.diagnosis.observe(Fault{Fault::Kind::Disk, 300, {"the disk is full", "", ""}});
    QVERIFY(run.diagnosis.takeSymptoms().empty());
    run.diagnosis.observe(
        Fault{Fault::Kind::NonFinite, 301, {"the loss of the generator is not finite", "step 301", ""}});
    const std::vector<Symptom> found = run.diagnosis.takeSymptoms();
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(found[0].from, 201);
    QCOMPARE(found[0].to, 301);
    QCOMPARE(found[0].text, std::string("Training stopped at step 301: the loss of the generator is not finite."));
    const std::vector<std::string> columns{"d_loss", "g_loss", "d_grad_norm", "g_grad_norm"};
    QVERIFY(found[0].columns == columns);
}

void TestDiagnosis::toldOnceUntilItIsOver()
{
    const ObjectiveInfo objective = crossEntropy();
    Course run(&objective);
    const Numbers won{0.004, 6, 7, -8, none, 2, 1};
    run.go(500, Numbers());
    run.go(3000, won);
    QCOMPARE(run.found.size(), std::size_t{1});
    run.go(100, Numbers());
    run.go(1000, won);
    QCOMPARE(run.found.size(), std::size_t{1});
    run.go(1000, Numbers());
    run.go(1000, won);
    QCOMPARE(run.found.size(), std::size_t{2});
}

void TestDiagnosis::remedies()
{
    const std::vector<std::int64_t> checkpoints{500, 1000, 1500};
    const auto labels = [](const std::vector<Remedy>& remedies) {
        QStringList list;
        for (const Remedy& remedy : remedies)
            list << QString::fromStdString(remedy.label);
        return list.join(QStringLiteral("; "));
    };
    Symptom symptom{Symptom::Kind::DiscriminatorWon, "discriminator", "", {}, 1200, 1400};
    std::vector<Remedy> remedies = remediesFor(symptom, document(), checkpoints);
    QCOMPARE(labels(remedies),
        QStringLiteral("Go back to checkpoint 1,000; Set instance noise to σ 0.1; Halve D's learning rate"));
    QCOMPARE(*remedies[0].checkpoint, 1000);
    QCOMPARE(remedies[1].changes.size(), std::size_t{2});
    QCOMPARE(remedies[2].changes[0].path, std::string("optimisers.discriminator.learning_rate"));
    QCOMPARE(remedies[2].changes[0].value.get<double>(), 2e-4);

    // Evidence from before the first checkpoint: there is nothing to go back to.
    symptom = {Symptom::Kind::Collapse, "generator", "", {}, 500, 900};
    QCOMPARE(labels(remediesFor(symptom, document(), checkpoints)),
        QStringLiteral("Set instance noise to σ 0.1; Halve G's learning rate"));
    symptom.kind = Symptom::Kind::Oscillation;
    QCOMPARE(labels(remediesFor(symptom, document(), {})), QStringLiteral("Halve both learning rates"));
    symptom.kind = Symptom::Kind::ExplodingGradient;
    remedies = remediesFor(symptom, document(), {100});
    QCOMPARE(labels(remedies), QStringLiteral("Go back to checkpoint 100; Divide both learning rates by 10"));
    QVERIFY(std::abs(remedies[1].changes[0].value.get<double>() - 2e-5) < 1e-18);

    Json noisy = document();
    noisy["instance_noise"]["start"] = 0.12;
    symptom.kind = Symptom::Kind::Collapse;
    QCOMPARE(labels(remediesFor(symptom, noisy, {})),
        QStringLiteral("Set instance noise to σ 0.24; Halve G's learning rate"));
    noisy["instance_noise"]["start"] = 0.6; // more would hide the data
    QCOMPARE(labels(remediesFor(symptom, noisy, {})), QStringLiteral("Halve G's learning rate"));
    noisy.erase("discriminator"); // nobody to show noise to
    noisy["instance_noise"]["start"] = 0;
    QCOMPARE(labels(remediesFor(symptom, noisy, {})), QStringLiteral("Halve G's learning rate"));
    QVERIFY(remediesFor(symptom, Json::object(), {}).empty());
}

void TestDiagnosis::dataOfAnEventIsReadBack()
{
    Finding finding{{Symptom::Kind::Collapse, "generator", "Alike.", {"diversity", "g_loss"}, 300, 900}, {}};
    finding.remedies = remediesFor(finding.symptom, document(), {100});
    const Json data = findingData(finding);
    const std::optional<Finding> read = findingFrom("Alike.", Json::parse(data.dump()));
    QVERIFY(read);
    QCOMPARE(findingData(*read).dump(), data.dump());
    QCOMPARE(read->symptom.text, std::string("Alike."));
    QCOMPARE(*read->remedies[0].checkpoint, 100);
    QCOMPARE(read->remedies[2].changes[0].path, std::string("optimisers.generator.learning_rate"));
}

void TestDiagnosis::damagedDataIsReadAsFarAsItGoes_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<bool>("read");
    QTest::newRow("nothing") << "null" << false;
    QTest::newRow("a list") << "[1, 2]" << false;
    QTest::newRow("unknown kind") << R"({"kind": "boredom"})" << false;
    QTest::newRow("kind of another type") << R"({"kind": 5})" << false;
    QTest::newRow("kind alone") << R"({"kind": "collapse"})" << true;
    QTest::newRow("wrong types") << R"({"kind": "collapse", "role": [], "evidence": 5, "remedies": {"a": 1}})" << true;
    QTest::newRow("odd members")
        << R"({"kind": "oscillation", "evidence": {"columns": [1, null], "from": -7, "to": "x"},
        "remedies": [3, {"label": 4}, {"label": "a", "changes": [], "checkpoint": 1.5}]})"
        << true;
}

void TestDiagnosis::damagedDataIsReadAsFarAsItGoes()
{
    QFETCH(QString, json);
    const std::optional<Finding> read = findingFrom("text", Json::parse(json.toStdString()));
    QTEST(read.has_value(), "read");
    if (!read)
        return;
    QVERIFY(read->symptom.columns.empty());
    QVERIFY(read->symptom.from >= 0 && read->symptom.to >= 0);
    QVERIFY(read->remedies.size() <= 1);
    for (const Remedy& remedy : read->remedies)
        QVERIFY(remedy.changes.empty() && !remedy.checkpoint);
}

QTEST_GUILESS_MAIN(TestDiagnosis)
#include "diagnosis.moc"
