// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures are decoded side by side, but only as many as memory is set aside for.
#include "core/data/image_pipeline.h"
#include "core/data/memory_budget.h"

#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <QTest>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace saddle;
using namespace saddle::test;

namespace {

/// A BMP header of an old kind, compressed, so that its bytes say nothing of its pixels: 24 bits, `side` × `side`.
std::string bmpOf(int side)
{
    std::string bytes = "BM" + std::string(52, '\0');
    const auto put = [&bytes](std::size_t at, int value) {
        for (std::size_t i = 0; i < 4; ++i)
            bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
    };
    put(14, 40);
    put(18, side);
    put(22, side);
    bytes[28] = 8;
    put(30, 1); // run lengths
    return bytes;
}

/// How many threads are inside at once. Each stays until as many as are expected have been, and then a little longer,
/// for one too many to come.
class Crowd {
public:
    explicit Crowd(int expected)
        : m_expected(expected)
    {
    }

    void pass()
    {
        std::unique_lock lock(m_mutex);
        m_most = std::max(m_most, ++m_inside);
        m_changed.notify_all();
        m_changed.wait_for(lock, std::chrono::seconds(20), [&] { return m_most >= m_expected; });
        m_changed.wait_for(lock, std::chrono::milliseconds(30), [&] { return m_most > m_expected; });
        --m_inside;
    }
    int most() const { return m_most; }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_expected;
    int m_inside = 0;
    int m_most = 0;
};

} // namespace

class TestImagePipeline : public QObject {
    Q_OBJECT

private slots:
    void sharesWaitForRoom();
    void sharesNeverWaitForEver();
    void fewLargePicturesAtOnce_data();
    void fewLargePicturesAtOnce();
};

void TestImagePipeline::sharesWaitForRoom()
{
    MemoryBudget budget(100);
    std::atomic<int> got{0};
    std::atomic<bool> freed{false};
    std::atomic<bool> waited{false};
    std::jthread other;
    {
        const MemoryBudget::Share first(budget, 60);
        other = std::jthread([&] {
            {
                const MemoryBudget::Share fits(budget, 40);
                ++got;
            }
            const MemoryBudget::Share doesNot(budget, 41);
            waited = freed.load();
            ++got;
        });
        QTRY_COMPARE(got.load(), 1);
        freed = true;
    }
    QTRY_COMPARE(got.load(), 2);
    QVERIFY(waited);
}

void TestImagePipeline::sharesNeverWaitForEver()
{
    MemoryBudget budget(100);
    { // More than all of it, for one alone.
        MemoryBudget::Share share(budget, 1000);
        share.grow(1000);
    }
    // Each holds half and wants as much again.
    std::atomic<int> done{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            MemoryBudget::Share share(budget, 50);
            share.grow(50);
            ++done;
        });
    }
    QTRY_COMPARE(done.load(), 8);
}

void TestImagePipeline::fewLargePicturesAtOnce_data()
{
    QTest::addColumn<int>("side");
    QTest::addColumn<int>("atOnce");
    QTest::newRow("small") << 100 << 6; // 80 KB each: as many as there are threads
    QTest::newRow("large") << 1000 << 2; // 8 MB each
    QTest::newRow("larger than all") << 3000 << 1;
}

void TestImagePipeline::fewLargePicturesAtOnce()
{
    QFETCH(int, side);
    QFETCH(int, atOnce);
    const Scratch scratch;
    std::vector<ImageFile> files;
    for (int i = 0; i < 12; ++i) {
        const std::string name = std::to_string(i) + ".bmp";
        const std::string bytes = bmpOf(side);
        scratch.write(name, bytes);
        files.push_back({name, static_cast<std::int64_t>(bytes.size())});
    }
    Crowd crowd(atOnce);
    const ImageDecoder decoder{"none",
        [&](std::string_view, const ImageHeader&, const DecodeSettings&, const std::string&, std::uint8_t*) -> Status {
            crowd.pass();
            return {};
        }};
    int taken = 0;
    std::vector<SkippedFile> skipped;
    QVERIFY_OK(decodeInOrder(scratch.path("."), files, decoder, {.size = 4}, unwatched,
        [&taken](const ImageFile&, std::span<const std::uint8_t>) -> Status {
            ++taken;
            return {};
        },
        skipped, {.workers = 6, .memory = 20'000'000}));
    QCOMPARE(taken, 12);
    QVERIFY(skipped.empty());
    QCOMPARE(crowd.most(), atOnce);
}

QTEST_GUILESS_MAIN(TestImagePipeline)
#include "image_pipeline.moc"
