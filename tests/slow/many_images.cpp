// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of 10,000 pictures, as many as a small set of faces has: only the first start decodes them.
#include "core/data/sources.h"
#include "core/images/decoder.h"
#include "core/io/image.h"
#include "core/params/schema.h"

#include "tests/support/scratch.h"

#include <atomic>
#include <filesystem>

using namespace saddle;
using namespace saddle::test;

class TestManyImages : public QObject {
    Q_OBJECT

private slots:
    void secondStart();
};

void TestManyImages::secondStart()
{
    constexpr int count = 10'000;
    const ImageDecoder real = imageDecoder();
    if (!real.decode)
        QSKIP("this build cannot decode images");
    const Scratch scratch;
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(scratch.path("cache").string()));
    for (int i = 0; i < count; ++i) {
        Image picture{16, 16, 3, std::vector<std::uint8_t>(16 * 16 * 3, static_cast<std::uint8_t>(i % 251))};
        picture.pixels[0] = static_cast<std::uint8_t>(i / 251);
        scratch.write("faces/" + std::to_string(100'000 + i) + ".png", *encodePng(picture));
    }
    std::atomic<int> decoded = 0;
    const auto counting = [&](std::string_view bytes, const ImageHeader& header, const DecodeSettings& settings,
                              const std::string& where, std::uint8_t* pixels) {
        ++decoded;
        return real.decode(bytes, header, settings, where, pixels);
    };
    const SourceInfo source = imageFolderSource({real.name, counting});
    const Result<Json> options = resolveParameters(
        source.parameters, {{"folder", scratch.path("faces").string()}, {"size", 64}}, "data", {"source"});
    QVERIFY_OK(options);
    const auto watch = [](double, const std::string&) { return true; };
    const auto start = [&] {
        QElapsedTimer timer;
        timer.start();
        Result<Dataset> data = source.load(*options, watch);
        return std::pair(std::move(data), timer.elapsed());
    };

    const auto [first, firstTime] = start();
    QVERIFY_OK(first);
    QCOMPARE(first->count, count);
    QCOMPARE(decoded.exchange(0), count);
    const auto [second, secondTime] = start();
    QVERIFY_OK(second);
    QCOMPARE(decoded.load(), 0);
    QCOMPARE(second->count, count);
    for (const int i : {0, 1, 4321, count - 1}) {
        const auto at = static_cast<std::size_t>(i) * 3 * 64 * 64;
        QCOMPARE(int{second->pixels[at + 64 * 64 - 1]}, i % 251);
        QVERIFY(std::equal(first->pixels.begin() + static_cast<std::ptrdiff_t>(at),
            first->pixels.begin() + static_cast<std::ptrdiff_t>(at + 3 * 64 * 64),
            second->pixels.begin() + static_cast<std::ptrdiff_t>(at)));
    }
    qInfo("%d pictures: ready after %lld ms at the first start, %lld ms at the second", count,
        static_cast<long long>(firstTime), static_cast<long long>(secondTime));
    QVERIFY2(secondTime < 3000, "one second is wanted; three are allowed for a busy machine");
}

QTEST_GUILESS_MAIN(TestManyImages)
#include "many_images.moc"
