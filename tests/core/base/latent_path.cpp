// SPDX-License-Identifier: GPL-3.0-or-later
// Paths over key frames: how many frames there are, where they are exact, and their files.
#include "core/latent/path.h"

#include "tests/support/says.h"
#include "tests/support/scratch.h"
#include "tests/support/small_disk.h"

#include <QFile>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace saddle;
using namespace saddle::test;

namespace {

LatentPath triangle(std::int64_t frames, bool loop)
{
    LatentPath path;
    path.options = {Interpolation::Linear, frames, 25, loop};
    path.keys = {{{0, 0}, 5, "a"}, {{4, 0}, 6, "b"}, {{4, 4}, 7, "c"}};
    return path;
}

QByteArray bytesOf(const std::filesystem::path& path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestLatentPath : public QObject {
    Q_OBJECT

private slots:
    void openPath();
    void closedPath();
    void alone();
    void lazily();
    void durations();
    void overLatents();
    void checks_data();
    void checks();
    void comesBack();
    void asWritten();
    void refusedFiles_data();
    void refusedFiles();
    void wholeOrNotAtAll();

private:
    Scratch m_scratch;
};

void TestLatentPath::openPath()
{
    const LatentPath path = triangle(4, false);
    QVERIFY_OK(path.check());
    QCOMPARE(path.frameCount(), std::int64_t{9});
    const Latents all = path.frames(0, 9);
    QCOMPARE(all.values, (std::vector<float>{0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 4, 1, 4, 2, 4, 3, 4, 4}));
    QCOMPARE(all.labels, (std::vector<std::int64_t>{5, 5, 6, 6, 6, 6, 7, 7, 7}));
    QCOMPARE(path.frame(8).values, (std::vector<float>{4, 4}));
    // As many as there can be: two segments of so many, and the last key frame.
    QVERIFY_OK(triangle(49'999, false).check());
    QCOMPARE(triangle(49'999, false).frameCount(), mostPathFrames - 1);
}

/// Back to the first, which does not come twice.
void TestLatentPath::closedPath()
{
    const LatentPath path = triangle(4, true);
    QCOMPARE(path.frameCount(), std::int64_t{12});
    QCOMPARE(path.frames(8, 4).values, (std::vector<float>{4, 4, 3, 3, 2, 2, 1, 1}));
    QCOMPARE(path.frames(8, 4).labels, (std::vector<std::int64_t>{7, 7, 5, 5}));
    LatentPath there = path;
    there.keys.pop_back();
    QCOMPARE(there.frameCount(), std::int64_t{8});
    QCOMPARE(there.frames(4, 4).values, (std::vector<float>{4, 0, 3, 0, 2, 0, 1, 0}));
}

void TestLatentPath::alone()
{
    LatentPath path = triangle(10, false);
    path.keys.resize(1);
    QVERIFY_OK(path.check());
    for (const bool loop : {false, true}) {
        path.options.loop = loop;
        QCOMPARE(path.frameCount(), std::int64_t{1});
        QCOMPARE(path.frame(0).values, (std::vector<float>{0, 0}));
        QCOMPARE(path.frame(0).labels, (std::vector<std::int64_t>{5}));
    }
    QCOMPARE(LatentPath().frameCount(), std::int64_t{0});
}

/// Key frames are exact, and a frame is the same whether asked for alone or with others.
void TestLatentPath::lazily()
{
    std::mt19937 random(3);
    std::normal_distribution<float> draw;
    LatentPath path;
    path.options = {Interpolation::Spherical, 7, 30, true};
    for (int key = 0; key < 5; ++key) {
        path.keys.emplace_back();
        for (int i = 0; i < 33; ++i)
            path.keys.back().latent.push_back(draw(random));
    }
    QVERIFY_OK(path.check());
    const Latents all = path.frames(0, path.frameCount());
    QVERIFY(all.labels.empty());
    for (std::int64_t i = 0; i < path.frameCount(); ++i) {
        QCOMPARE(path.frame(i).values, all.rows(i, 1).values);
        if (i % 7 == 0)
            QCOMPARE(path.frame(i).values, path.keys[static_cast<std::size_t>(i / 7)].latent);
    }
    QCOMPARE(path.frame(30).values,
        interpolate(Interpolation::Spherical, path.keys[4].latent, path.keys[0].latent, 2.0 / 7));
}

void TestLatentPath::durations()
{
    QCOMPARE(framesInSeconds(2, 25), std::int64_t{50});
    QCOMPARE(framesInSeconds(0.5, 29.97), std::int64_t{15});
    QCOMPARE(framesInSeconds(0, 25), std::int64_t{1});
    QCOMPARE(framesInSeconds(-3, 25), std::int64_t{1});
    QCOMPARE(framesInSeconds(std::numeric_limits<double>::quiet_NaN(), 25), std::int64_t{1});
    QCOMPARE(framesInSeconds(1e300, 25), mostPathFrames);
}

void TestLatentPath::overLatents()
{
    const LatentPath path = pathOver({2, {1, 2, 3, 4}, {8, 9}}, LatentDistribution::Uniform);
    QCOMPARE(path.options.interpolation, Interpolation::Linear);
    QVERIFY(path.keys == (std::vector<KeyFrame>{{{1, 2}, 8, "1"}, {{3, 4}, 9, "2"}}));
    QCOMPARE(pathOver({1, {1}, {}}, LatentDistribution::Normal).options.interpolation, Interpolation::Spherical);
}

void TestLatentPath::checks_data()
{
    QTest::addColumn<int>("change");
    QTest::addColumn<QString>("words");
    const char* const words[]{"a key frame", "keys.1.latent", "keys.2.latent", "keys.1.label", "keys.0.label",
        "frames_per_segment", "frames_per_second", "frames_per_second", "100,000", "keys.0.latent"};
    for (int i = 0; i < 10; ++i)
        QTest::addRow("%d: %s", i, words[i]) << i << words[i];
}

void TestLatentPath::checks()
{
    QFETCH(int, change);
    QFETCH(QString, words);
    LatentPath path = triangle(4, false);
    const std::function<void()> changes[]{[&] { path.keys.clear(); }, [&] { path.keys[1].latent.push_back(1); },
        [&] { path.keys[2].latent[1] = std::numeric_limits<float>::infinity(); }, [&] { path.keys[1].label.reset(); },
        [&] { path.keys[0].label = -1; }, [&] { path.options.framesPerSegment = 0; },
        [&] { path.options.framesPerSecond = 0; },
        [&] { path.options.framesPerSecond = std::numeric_limits<double>::quiet_NaN(); },
        [&] { path.options.framesPerSegment = 50'000; },
        [&] {
            for (KeyFrame& key : path.keys)
                key.latent.clear();
        }};
    changes[change]();
    SAYS(path.check(), words.toStdString());
    SAYS(writePath(m_scratch.path("checked.json"), path), words.toStdString(), "checked.json");
    QVERIFY(!QFile::exists(QString::fromStdString(m_scratch.path("checked.json").string())));
}

void TestLatentPath::comesBack()
{
    std::mt19937 random(11);
    LatentPath path;
    path.options = {Interpolation::Linear, 17, 29.97, true};
    for (int key = 0; key < 40; ++key) {
        path.keys.push_back(
            {{0.0f, -0.0f, 0.1f, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()},
                key * 1'000'000'007LL, key % 2 ? "" : "“seed” \"" + std::to_string(key)});
        while (path.keys.back().latent.size() < 300) {
            const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
            if (std::isfinite(value))
                path.keys.back().latent.push_back(value);
        }
    }
    const auto file = m_scratch.path("bits.json");
    QVERIFY_OK(writePath(file, path));
    const Result<LatentPath> read = readPath(file);
    QVERIFY_OK(read);
    QVERIFY(*read == path);
    for (std::size_t key = 0; key < path.keys.size(); ++key) {
        for (std::size_t i = 0; i < 300; ++i) {
            QCOMPARE(std::bit_cast<std::uint32_t>(read->keys[key].latent[i]),
                std::bit_cast<std::uint32_t>(path.keys[key].latent[i]));
        }
    }
    // Written again, it is the same file.
    QVERIFY_OK(writePath(m_scratch.path("again.json"), *read));
    QCOMPARE(bytesOf(m_scratch.path("again.json")), bytesOf(file));
}

void TestLatentPath::asWritten()
{
    const auto file = m_scratch.write("by-hand.json",
        R"({"format": "saddle-path-1", "keys": [{"latent": [1, -2.5]}, {"latent": [0, 1e-3], "name": "end"}]})");
    const Result<LatentPath> read = readPath(file);
    QVERIFY_OK(read);
    LatentPath expected;
    expected.keys = {{{1, -2.5f}}, {{0, 1e-3f}, {}, "end"}};
    QVERIFY(*read == expected);
    QVERIFY_OK(writePath(m_scratch.path("written.json"), *read));
    const QByteArray text = bytesOf(m_scratch.path("written.json"));
    for (const char* part : {"\"format\": \"saddle-path-1\"", "\"interpolation\": \"spherical\"",
             "\"frames_per_segment\": 50", "\"frames_per_second\": 25", "\"loop\": false", "\"name\": \"end\""})
        QVERIFY2(text.contains(part), part);
    QVERIFY(!text.contains("label"));
}

void TestLatentPath::refusedFiles_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("words");
    const auto with = [](const char* rest) {
        return QStringLiteral("{\"format\": \"saddle-path-1\", ") + QLatin1String(rest);
    };
    QTest::addRow("no JSON") << "{"
                             << "line 1";
    QTest::addRow("a list") << "[]"
                            << "no path";
    QTest::addRow("a number") << "3"
                              << "no path";
    QTest::addRow("another format") << R"({"format": "saddle-path-9", "keys": []})"
                                    << "saddle-path-1";
    QTest::addRow("no format") << R"({"keys": [{"latent": [1]}]})"
                               << "no path";
    QTest::addRow("no keys") << with("\"loop\": true}") << "keys";
    QTest::addRow("empty") << with("\"keys\": []}") << "key frame";
    QTest::addRow("keys of numbers") << with("\"keys\": [1]}") << "keys.0: this is no key frame";
    QTest::addRow("no latent") << with("\"keys\": [{\"name\": \"x\"}]}") << "keys.0.latent";
    QTest::addRow("a word") << with("\"keys\": [{\"latent\": [1]}, {\"latent\": [\"x\"]}]}") << "keys.1.latent.0";
    QTest::addRow("null") << with("\"keys\": [{\"latent\": [1, null]}]}") << "keys.0.latent.1";
    QTest::addRow("beyond float32") << with("\"keys\": [{\"latent\": [1, 1e39]}]}") << "keys.0.latent.1";
    QTest::addRow("half a label") << with("\"keys\": [{\"latent\": [1], \"label\": 0.5}]}") << "keys.0.label";
    QTest::addRow("a huge label") << with("\"keys\": [{\"latent\": [1], \"label\": 18446744073709551615}]}")
                                  << "keys.0.label";
    QTest::addRow("a number for a name") << with("\"keys\": [{\"latent\": [1], \"name\": 1}]}") << "keys.0.name";
    QTest::addRow("a wrong key") << with("\"keys\": [{\"latnt\": [1]}]}") << "“latent”";
    QTest::addRow("a wrong setting") << with("\"looop\": true, \"keys\": [{\"latent\": [1]}]}") << "“loop”";
    QTest::addRow("a wrong kind") << with("\"interpolation\": \"cubic\", \"keys\": [{\"latent\": [1]}]}")
                                  << "interpolation";
    QTest::addRow("ragged") << with("\"keys\": [{\"latent\": [1]}, {\"latent\": [1, 2]}]}") << "keys.1.latent";
}

void TestLatentPath::refusedFiles()
{
    QFETCH(QString, text);
    QFETCH(QString, words);
    SAYS(readPath(m_scratch.write("refused.json", text.toStdString())), words.toStdString(), "refused.json");
}

void TestLatentPath::wholeOrNotAtAll()
{
    SAYS(writePath(m_scratch.path("none/path.json"), triangle(1, false)), "none", "path.json");
    SAYS(readPath(m_scratch.path("missing.json")), "missing.json");
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("a small disk can only be mounted by root");
    const auto file = disk.path() / "path.json";
    QVERIFY_OK(writePath(file, triangle(1, false)));
    const QByteArray before = bytesOf(file);
    disk.fill();
    LatentPath large = triangle(2, true);
    for (KeyFrame& key : large.keys)
        key.latent.assign(5000, 0.1f);
    SAYS(writePath(file, large), "Free some space");
    QCOMPARE(bytesOf(file), before);
    QVERIFY(!std::filesystem::exists(disk.path() / "path.json.part"));
}

QTEST_GUILESS_MAIN(TestLatentPath)
#include "latent_path.moc"
