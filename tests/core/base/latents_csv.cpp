// SPDX-License-Identifier: GPL-3.0-or-later
// Latents as tables: every bit comes back, and what is no latent is refused with its place.
#include "core/latent/latents_csv.h"

#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <bit>
#include <limits>
#include <random>

using namespace saddle;
using namespace saddle::test;

class TestLatentsCsv : public QObject {
    Q_OBJECT

private slots:
    void everyBitComesBack();
    void asWritten();
    void byOthers();
    void refused_data();
    void refused();
    void rows();
    void nearestSides();

private:
    Scratch m_scratch;
};

void TestLatentsCsv::everyBitComesBack()
{
    std::mt19937 random(7);
    Latents latents;
    latents.dimensions = 3;
    for (const float value : {0.0f, -0.0f, 0.1f, 1.0f / 3, std::numeric_limits<float>::min(),
             std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()})
        latents.values.push_back(value);
    while (latents.values.size() < 30'000) {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (std::isfinite(value))
            latents.values.push_back(value);
    }
    const std::vector<std::string> names(10'000, "a, \"b\"");
    const auto path = m_scratch.path("bits.csv");
    QVERIFY_OK(writeLatents(path, latents, names));
    const Result<Latents> read = readLatents(path, 3);
    QVERIFY_OK(read);
    QCOMPARE(read->count(), std::int64_t{10'000});
    QVERIFY(read->labels.empty());
    for (std::size_t i = 0; i < latents.values.size(); ++i)
        QCOMPARE(std::bit_cast<std::uint32_t>(read->values[i]), std::bit_cast<std::uint32_t>(latents.values[i]));
}

void TestLatentsCsv::asWritten()
{
    const auto path = m_scratch.path("written.csv");
    QVERIFY_OK(writeLatents(path, {2, {0.5f, -1, 2, 0}, {1, 0}}, {"00000.png", "00001.png"}));
    QFile file(QString::fromStdString(path.string()));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("picture,label,z0,z1\n00000.png,1,0.5,-1\n00001.png,0,2,0\n"));
    const Result<Latents> read = readLatents(path, 2);
    QVERIFY_OK(read);
    QCOMPARE(read->labels, (std::vector<std::int64_t>{1, 0}));

    const auto points = m_scratch.path("points.csv");
    QVERIFY_OK(writePoints(points, {0.25f, 1, -3, 4}, {}));
    QFile plain(QString::fromStdString(points.string()));
    QVERIFY(plain.open(QIODevice::ReadOnly));
    QCOMPARE(plain.readAll(), QByteArray("x,y\n0.25,1\n-3,4\n"));
    SAYS(writeLatents(m_scratch.path("none/written.csv"), {1, {0}, {}}, {"a"}), "none");
}

/// Columns in any order, others beside them, other line ends, none at the end.
void TestLatentsCsv::byOthers()
{
    const auto path = m_scratch.write("others.csv", "note,z1,z0\r\n\"x,y\",2,1e0\r\n,4,3");
    const Result<Latents> read = readLatents(path, 2);
    QVERIFY_OK(read);
    QCOMPARE(read->values, (std::vector<float>{1, 2, 3, 4}));
}

void TestLatentsCsv::refused_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("words");
    QTest::addRow("empty") << ""
                           << "refused.csv";
    QTest::addRow("header alone") << "z0,z1\n"
                                  << "no latents";
    QTest::addRow("too few") << "z0\n1\n"
                             << "2 numbers";
    QTest::addRow("too many") << "z0,z1,z2\n1,2,3\n"
                              << "z0 to z1";
    QTest::addRow("a word") << "z0,z1\n1,2\n3,four\n"
                            << "row 2, z1";
    QTest::addRow("nothing") << "z0,z1\n1,\n"
                             << "row 1, z1";
    QTest::addRow("not finite") << "z0,z1\n1,inf\n"
                                << "finite";
    QTest::addRow("beyond float32") << "z0,z1\n1,1e39\n"
                                    << "finite";
    QTest::addRow("half a label") << "label,z0,z1\n0.5,1,2\n"
                                  << "row 1, label";
    QTest::addRow("ragged") << "z0,z1\n1,2,3\n"
                            << "refused.csv";
}

void TestLatentsCsv::refused()
{
    QFETCH(QString, text);
    QFETCH(QString, words);
    const Result<Latents> read = readLatents(m_scratch.write("refused.csv", text.toStdString()), 2);
    SAYS(read, words.toStdString(), "refused.csv");
}

void TestLatentsCsv::rows()
{
    const Latents latents{2, {0, 1, 2, 3, 4, 5}, {7, 8, 9}};
    QCOMPARE(latents.count(), std::int64_t{3});
    const Latents part = latents.rows(1, 2);
    QCOMPARE(part.values, (std::vector<float>{2, 3, 4, 5}));
    QCOMPARE(part.labels, (std::vector<std::int64_t>{8, 9}));
    QCOMPARE(Latents().count(), std::int64_t{0});
}

void TestLatentsCsv::nearestSides()
{
    QCOMPARE(nearestSide(1024, 32), std::int64_t{1024});
    QCOMPARE(nearestSide(1000, 64), std::int64_t{1024});
    QCOMPARE(nearestSide(990, 64), std::int64_t{960});
    QCOMPARE(nearestSide(-5, 28), std::int64_t{28});
    QCOMPARE(nearestSide(1'000'000, 28), std::int64_t{4088});
    QCOMPARE(nearestSide(1, 5000), std::int64_t{5000}); // one latent is the least there is
}

QTEST_GUILESS_MAIN(TestLatentsCsv)
#include "latents_csv.moc"
