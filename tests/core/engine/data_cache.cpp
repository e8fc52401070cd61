// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef Q_MOC_RUN
#include "core/training/data_cache.h"

#include "core/base/philox.h"
#endif

#include <QtTest>

#include <algorithm>
#include <set>

using namespace saddle;

namespace {

/// Images of 1 × 2 × 3 pixels in which every pixel is told from every other; labels are 3 i.
Dataset numbered(std::int64_t count, bool flip = false)
{
    Dataset data;
    data.shape = {1, 2, 3};
    data.count = count;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 6);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<std::uint8_t>(i);
    data.pixels = std::move(pixels);
    for (int i = 0; i < count; ++i)
        data.labels.push_back(3 * i);
    data.flip = flip;
    return data;
}

DataCache cacheOf(const Dataset& data, DataCache::Place place, std::int64_t recent = 1)
{
    return {data, torch::kCPU, torch::kFloat, torch::MemoryFormat::Contiguous, recent, place};
}

bool same(const torch::Tensor& one, const torch::Tensor& other)
{
    return one.sizes() == other.sizes() && one.scalar_type() == other.scalar_type() && at::equal(one, other);
}

} // namespace

class TestDataCache : public QObject {
    Q_OBJECT

private slots:
    void batchesGoThroughEpochs();
    void mirrors();
    void streamingIsTheSame_data();
    void streamingIsTheSame();
    void streamingSurvivesFailure();
    void batchesAreGatheredOnce_data();
    void batchesAreGatheredOnce();
    void pointsHaveNoImagesOptions();
};

void TestDataCache::batchesGoThroughEpochs()
{
    DataCache cache = cacheOf(numbered(10), DataCache::Place::Automatic);
    QVERIFY(!cache.streams());
    const RandomStreams streams(5, torch::kCPU);
    std::vector<std::int64_t> seen;
    for (std::int64_t number = 0; number < 5; ++number) { // 20 samples: two epochs, a batch across them
        const Batch batch = cache.batch(streams, number, 4);
        QCOMPARE(batch.data.sizes().vec(), (std::vector<std::int64_t>{4, 1, 2, 3}));
        for (std::int64_t i = 0; i < 4; ++i) {
            const auto index = batch.index[i].item<std::int64_t>();
            seen.push_back(index);
            QCOMPARE(batch.labels[i].item<std::int64_t>(), 3 * index);
            for (std::int64_t pixel = 0; pixel < 6; ++pixel) {
                const float value = batch.data[i].flatten()[pixel].item<float>();
                QVERIFY(std::abs(value - (static_cast<float>(index * 6 + pixel) / 127.5f - 1)) < 1e-6f);
            }
        }
    }
    QCOMPARE(std::set<std::int64_t>(seen.begin(), seen.begin() + 10).size(), std::size_t{10});
    QCOMPARE(std::set<std::int64_t>(seen.begin() + 10, seen.end()).size(), std::size_t{10});
}

void TestDataCache::mirrors()
{
    DataCache plain = cacheOf(numbered(40), DataCache::Place::Automatic);
    DataCache mirroring = cacheOf(numbered(40, true), DataCache::Place::Automatic);
    const RandomStreams streams(9, torch::kCPU);
    const PhiloxKey key = philoxKey(9, "flip");
    int mirrored = 0;
    for (std::int64_t number : {0, 1, 2, 7, 1}) { // in any order, and again
        const Batch one = plain.batch(streams, number, 32);
        const Batch other = mirroring.batch(streams, number, 32);
        QVERIFY(same(one.index, other.index));
        for (std::int64_t i = 0; i < 32; ++i) {
            // A sample's draw is the first lane of the block of its place in the batch.
            const PhiloxBlock bits =
                philox({0, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(number), 0}, key);
            const bool wanted = philoxUniform(bits[0]) < 0.5f;
            mirrored += wanted ? 1 : 0;
            QVERIFY(same(other.data[i], wanted ? one.data[i].flip({2}) : one.data[i]));
        }
    }
    QVERIFY(std::abs(mirrored - 80) < 32); // 160 draws of ½: 5 deviations
}

void TestDataCache::streamingIsTheSame_data()
{
    QTest::addColumn<bool>("flip");
    QTest::newRow("as they are") << false;
    QTest::newRow("mirrored") << true;
}

void TestDataCache::streamingIsTheSame()
{
    QFETCH(bool, flip);
    const Dataset data = numbered(41, flip);
    DataCache resident = cacheOf(data, DataCache::Place::OnDevice);
    DataCache streaming = cacheOf(data, DataCache::Place::OnHost);
    QVERIFY(!resident.streams());
    QVERIFY(streaming.streams());
    const RandomStreams streams(3, torch::kCPU);
    const RandomStreams others(4, torch::kCPU);
    const auto agree = [&](const RandomStreams& from, std::int64_t number, std::int64_t size) {
        const Batch one = resident.batch(from, number, size);
        const Batch other = streaming.batch(from, number, size);
        return same(one.data, other.data) && same(one.labels, other.labels) && same(one.index, other.index);
    };
    for (std::int64_t number = 0; number < 50; ++number)
        QVERIFY(agree(streams, number, 8));
    // Back, ahead, another size, another seed: what was made ahead is of no use then.
    QVERIFY(agree(streams, 0, 8));
    QVERIFY(agree(streams, 1000, 8));
    QVERIFY(agree(streams, 1001, 100)); // more than an epoch
    QVERIFY(agree(others, 1002, 100));
    QVERIFY(same(resident.first(5), streaming.first(5)));
}

void TestDataCache::streamingSurvivesFailure()
{
    DataCache streaming = cacheOf(numbered(10), DataCache::Place::OnHost);
    const RandomStreams streams(3, torch::kCPU);
    QVERIFY_THROWS_EXCEPTION(std::exception, streaming.batch(streams, 0, 0));
    QCOMPARE(streaming.batch(streams, 0, 4).data.size(0), 4);
}

void TestDataCache::batchesAreGatheredOnce_data()
{
    QTest::addColumn<int>("accumulate");
    QTest::addColumn<int>("critics");
    QTest::newRow("plain") << 1 << 1;
    QTest::newRow("accumulated") << 3 << 1;
    QTest::newRow("several steps of D") << 2 << 4;
}

/// Relativistic losses ask for the last batches of D again in the phase of G.
void TestDataCache::batchesAreGatheredOnce()
{
    QFETCH(int, accumulate);
    QFETCH(int, critics);
    const Dataset data = numbered(41);
    DataCache resident = cacheOf(data, DataCache::Place::OnDevice);
    DataCache streaming = cacheOf(data, DataCache::Place::OnHost, accumulate);
    const RandomStreams streams(3, torch::kCPU);
    const auto agree = [&](std::int64_t number) {
        return same(resident.batch(streams, number, 8).data, streaming.batch(streams, number, 8).data);
    };
    std::int64_t batches = 0;
    for (int step = 0; step < 6; ++step) {
        for (int i = 0; i < critics * accumulate; ++i)
            QVERIFY(agree(batches++));
        for (int part = 0; part < accumulate; ++part)
            QVERIFY(agree(batches - accumulate + part));
    }
    QCOMPARE(streaming.gathered(), batches);
    QCOMPARE(resident.gathered(), 0);
}

void TestDataCache::pointsHaveNoImagesOptions()
{
    Dataset data;
    data.shape = {2};
    data.count = 2;
    data.values = {1, -2, 3, 0.5f};
    DataCache cache = cacheOf(data, DataCache::Place::OnHost);
    QVERIFY(!cache.streams());
    QCOMPARE(cache.reach(), 3.0);
    const RandomStreams streams(1, torch::kCPU);
    QVERIFY(!cache.batch(streams, 0, 2).labels.defined());
}

QTEST_GUILESS_MAIN(TestDataCache)
#include "data_cache.moc"
