// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/image.h"

#include "tests/core/base/crafted.h"

#include <filesystem>
#include <initializer_list>
#include <limits>

using namespace saddle;
using namespace saddle::test;

namespace {

const std::string signature = "\x89PNG\r\n\x1a\n";

std::string chunk(const std::string& type, const std::string& data)
{
    return bigEndian(static_cast<std::uint32_t>(data.size())) + type + data + bigEndian(checksum(type + data));
}

std::string imageHeader(std::uint32_t width, std::uint32_t height, char depth, char colour, char interlace = 0)
{
    return signature + chunk("IHDR", bigEndian(width) + bigEndian(height) + depth + colour + '\0' + '\0' + interlace);
}

/// A PNG made without libpng: `rows` are the bytes of the rows, each with its filter byte in front.
std::string crafted(const std::string& header, const std::string& rows, const std::string& between = {})
{
    return header + between + chunk("IDAT", deflated(rows)) + chunk("IEND", {});
}

/// Sets every chunk's checksum right, as far as the chunks go.
std::string withChecksums(std::string bytes)
{
    std::size_t at = signature.size();
    while (at + 12 <= bytes.size()) {
        std::uint32_t size = 0;
        for (std::size_t i = 0; i < 4; ++i)
            size = size << 8 | static_cast<unsigned char>(bytes[at + i]);
        if (size > bytes.size() - at - 12)
            break;
        bytes.replace(at + 8 + size, 4, bigEndian(checksum(std::string_view(bytes).substr(at + 4, size + 4))));
        at += 12 + size;
    }
    return bytes;
}

Image pattern(int width, int height, int channels)
{
    Image image{width, height, channels, {}};
    for (int i = 0; i < width * height * channels; ++i)
        image.pixels.push_back(static_cast<std::uint8_t>(i * 37 + i / 7));
    return image;
}

using Pixels = std::vector<std::uint8_t>;

} // namespace

class TestImage : public QObject {
    Q_OBJECT

private slots:
    void roundTrips();
    void sameBytesEveryTime();
    void text();
    void refusesToEncode();
    void writesWholeFiles();
    void otherKindsOfPng();
    void refusesToRead();
    void headersThatLie();
    void anyDamageIsSurvived();
    void tiles();
    void tilesThatMakeNoSense();
    void scalesUp();

private:
    Scratch m_scratch;
};

void TestImage::roundTrips()
{
    for (const int channels : {1, 3}) {
        for (const auto& [width, height] : {std::pair(1, 1), std::pair(7, 3), std::pair(64, 200)}) {
            const Image image = pattern(width, height, channels);
            QVERIFY_OK(writePng(m_scratch.path("a.png"), image));
            const auto read = readPng(m_scratch.path("a.png"));
            QVERIFY_OK(read);
            QVERIFY(*read == image);
        }
    }
}

void TestImage::sameBytesEveryTime()
{
    const Image image = pattern(31, 17, 3);
    const auto first = encodePng(image, {{"seed", "7"}});
    const auto second = encodePng(image, {{"seed", "7"}});
    QVERIFY_OK(first);
    QVERIFY_OK(second);
    QVERIFY(*first == *second);
    QVERIFY(first->find("tIME") == std::string::npos);
    QVERIFY(*encodePng(image) != *first);
}

void TestImage::text()
{
    const auto bytes = encodePng(pattern(2, 2, 1), {{"Software", "Saddle"}, {"Title", "Übung"}, {"Empty", ""}});
    QVERIFY_OK(bytes);
    QVERIFY(bytes->find(chunk("tEXt", std::string("Software\0Saddle", 15))) != std::string::npos);
    QVERIFY(bytes->find(chunk("tEXt", std::string("Empty\0", 6))) != std::string::npos);
    QVERIFY(bytes->find(chunk("iTXt", std::string("Title\0\0\0\0\0", 10) + "Übung")) != std::string::npos);
    QVERIFY_OK(decodePng(*bytes, "a.png"));

    for (const std::string& key : {std::string(), std::string(80, 'k'), std::string(" k"), std::string("k "),
             std::string("a  b"), std::string("k\n"), std::string("k\0k", 3), std::string("ü")}) {
        const auto refused = encodePng(pattern(2, 2, 1), {{key, "value"}});
        QVERIFY(!refused.ok());
        QVERIFY(!refused.error().remedy.empty());
    }
    QVERIFY(!encodePng(pattern(2, 2, 1), {{"key", std::string("a\0b", 3)}}).ok());
    QVERIFY_OK(encodePng(pattern(2, 2, 1), {{std::string(79, 'k'), "value"}}));
}

void TestImage::refusesToEncode()
{
    for (const Image& image : {Image{}, Image{2, 2, 1, {1, 2, 3}}, Image{1, 1, 2, {1, 2}}, Image{1, 1, 4, {1, 2, 3, 4}},
             Image{-1, -1, 1, {1}}, Image{0, 5, 1, {}}, Image{100'000, 100'000, 3, {}}}) {
        const auto refused = encodePng(image);
        QVERIFY(!refused.ok());
        QVERIFY(!refused.error().remedy.empty());
    }
    REFUSED(writePng(m_scratch.path("none.png"), Image{}), m_scratch.path("none.png").string());
    QVERIFY(!std::filesystem::exists(m_scratch.path("none.png")));
}

void TestImage::writesWholeFiles()
{
    const Image image = pattern(3, 3, 3);
    QVERIFY_OK(writePng(m_scratch.path("kept.png"), image));
    REFUSED(writePng(m_scratch.path("kept.png") / "inside.png", image), "cannot be written");
    REFUSED(writePng(m_scratch.path("missing") / "a.png", image), "cannot be written");
    if (std::filesystem::exists("/dev/full")) {
        std::filesystem::create_symlink("/dev/full", m_scratch.path("kept.png.part"));
        REFUSED(writePng(m_scratch.path("kept.png"), pattern(5, 5, 3)), "Free some space");
    }
    const auto read = readPng(m_scratch.path("kept.png"));
    QVERIFY_OK(read);
    QVERIFY(*read == image);
}

void TestImage::otherKindsOfPng()
{
    const auto decoded = [](const std::string& bytes) {
        const auto image = decodePng(bytes, "crafted");
        if (!image)
            qWarning("%s", image.error().sentence().c_str());
        return image ? *image : Image{};
    };
    const auto raw = [](std::initializer_list<int> values) {
        std::string bytes;
        for (const int value : values)
            bytes += static_cast<char>(value);
        return bytes;
    };
    // 8-bit grey, 1-bit grey, 2-bit grey
    QVERIFY((decoded(crafted(imageHeader(2, 1, 8, 0), raw({0, 5, 250}))) == Image{2, 1, 1, {5, 250}}));
    QVERIFY((decoded(crafted(imageHeader(3, 1, 1, 0), raw({0, 0xa0}))) == Image{3, 1, 1, {255, 0, 255}}));
    QVERIFY((decoded(crafted(imageHeader(4, 1, 2, 0), raw({0, 0x1b}))) == Image{4, 1, 1, {0, 85, 170, 255}}));
    // 16-bit grey, with alpha, RGB with alpha
    QVERIFY((decoded(crafted(imageHeader(1, 1, 16, 0), raw({0, 0x80, 0x80}))) == Image{1, 1, 1, {0x80}}));
    QVERIFY((decoded(crafted(imageHeader(1, 2, 8, 4), raw({0, 9, 128, 0, 8, 0}))) == Image{1, 2, 1, {9, 8}}));
    QVERIFY((decoded(crafted(imageHeader(1, 1, 8, 6), raw({0, 1, 2, 3, 128}))) == Image{1, 1, 3, {1, 2, 3}}));
    QVERIFY(
        (decoded(crafted(imageHeader(1, 1, 16, 6), raw({0, 1, 1, 2, 2, 3, 3, 0, 0}))) == Image{1, 1, 3, {1, 2, 3}}));
    // A palette, with transparent entries too
    const std::string palette = chunk("PLTE", raw({10, 20, 30, 40, 50, 60}));
    const Image colours{2, 1, 3, {40, 50, 60, 10, 20, 30}};
    QVERIFY(decoded(crafted(imageHeader(2, 1, 8, 3), raw({0, 1, 0}), palette)) == colours);
    QVERIFY(decoded(crafted(imageHeader(2, 1, 1, 3), raw({0, 0x80}), palette)) == colours);
    QVERIFY(decoded(crafted(imageHeader(2, 1, 8, 3), raw({0, 1, 0}), palette + chunk("tRNS", raw({0})))) == colours);
    // Transparent colours without a palette
    QVERIFY(
        (decoded(crafted(imageHeader(1, 1, 8, 0), raw({0, 7}), chunk("tRNS", raw({0, 7})))) == Image{1, 1, 1, {7}}));
    QVERIFY((decoded(crafted(imageHeader(1, 1, 8, 2), raw({0, 1, 2, 3}), chunk("tRNS", raw({0, 1, 0, 2, 0, 3}))))
        == Image{1, 1, 3, {1, 2, 3}}));
    // Interlaced: passes 1, 6 and 7
    QVERIFY((decoded(crafted(imageHeader(2, 2, 8, 0, 1), raw({0, 1, 0, 2, 0, 3, 4}))) == Image{2, 2, 1, {1, 2, 3, 4}}));
    // A gamma changes nothing: the bytes are what a network is shown.
    QVERIFY((decoded(crafted(imageHeader(1, 1, 8, 0), raw({0, 99}), chunk("gAMA", bigEndian(10000))))
        == Image{1, 1, 1, {99}}));
}

void TestImage::refusesToRead()
{
    REFUSED(readPng(m_scratch.path("missing.png")), m_scratch.path("missing.png").string());
    REFUSED(readPng(m_scratch.path()), "this is a folder");
    REFUSED(readPng(m_scratch.write("empty.png", "")), "the file is empty");
    REFUSED(readPng(m_scratch.write("jpeg.png", "\xff\xd8\xff\xe0 JFIF")), "this is not a PNG picture");
    REFUSED(readPng(m_scratch.write("short.png", "\x89PNG")), "this is not a PNG picture");
    const std::string whole = *encodePng(pattern(5, 4, 3));
    std::string badSum = whole;
    badSum[badSum.size() - 14] = static_cast<char>(badSum[badSum.size() - 14] ^ 1);
    REFUSED(decodePng(badSum, "sum.png"), "sum.png: the PNG picture cannot be read");
    REFUSED(decodePng(imageHeader(1, 1, 8, 0) + chunk("IEND", {}), "a.png"), "cannot be read");
    REFUSED(decodePng(crafted(imageHeader(2, 2, 8, 0), std::string("\0\1\2", 3)), "a.png"), "cannot be read");
    REFUSED(decodePng(crafted(imageHeader(0, 1, 8, 0), std::string(2, '\0')), "a.png"), "cannot be read");
    REFUSED(decodePng(crafted(imageHeader(1, 1, 8, 3), std::string(2, '\0')), "a.png"), "cannot be read");
    REFUSED(decodePng(crafted(imageHeader(1, 1, 7, 0), std::string(2, '\0')), "a.png"), "cannot be read");
}

void TestImage::headersThatLie()
{
    largestAllocation = 0;
    const std::string rows(1000, '\0');
    REFUSED(decodePng(crafted(imageHeader(8001, 8000, 8, 2), rows), "a.png"), "more than 64 megapixels");
    REFUSED(decodePng(crafted(imageHeader(0x7fffffff, 0x7fffffff, 16, 6), rows), "a.png"), "cannot be read");
    REFUSED(decodePng(crafted(imageHeader(0xffffffff, 1, 8, 0), rows), "a.png"), "cannot be read");
    REFUSED(decodePng(crafted(imageHeader(8000, 8000, 8, 2), rows), "a.png"), "it ends early");
    REFUSED(decodePng(crafted(imageHeader(8000, 8000, 1, 0, 1), rows), "a.png"), "it ends early");
    QVERIFY(largestAllocation < modestAllocation);
}

void TestImage::anyDamageIsSurvived()
{
    largestAllocation = 0;
    const std::string palette = chunk("PLTE", "abcdef") + chunk("tRNS", "x") + chunk("tEXt", std::string("k\0v", 3));
    for (const std::string& whole : {*encodePng(pattern(5, 4, 3), {{"key", "value"}}),
             crafted(imageHeader(3, 2, 8, 3, 1), std::string(11, '\0'), palette)}) {
        QVERIFY_OK(decodePng(whole, "whole"));
        for (std::size_t i = 0; i < whole.size(); ++i) {
            QVERIFY(!decodePng(whole.substr(0, i), "cut").ok());
            for (int value = 0; value < 256; ++value) {
                std::string bytes = whole;
                bytes[i] = static_cast<char>(value);
                for (const std::string& damaged : {bytes, withChecksums(bytes)}) {
                    const auto read = decodePng(damaged, "damaged");
                    if (read) {
                        QCOMPARE(
                            read->pixels.size(), static_cast<std::size_t>(read->width * read->height * read->channels));
                    }
                }
            }
        }
    }
    QVERIFY(largestAllocation < modestAllocation);
}

void TestImage::tiles()
{
    const Pixels pixels{1, 2, 3, 4, 5, 6}; // three pictures of one row and two columns
    QVERIFY((tile(pixels, 3, 1, 2, 1, 2, 1, 9) == Image{5, 3, 1, {1, 2, 9, 3, 4, 9, 9, 9, 9, 9, 5, 6, 9, 9, 9}}));
    QVERIFY((tile(pixels, 3, 1, 2, 1, 1, 0, 9) == Image{2, 3, 1, {1, 2, 3, 4, 5, 6}}));
    QVERIFY((tile(pixels, 3, 1, 2, 1, 100, 0) == Image{6, 1, 1, {1, 2, 3, 4, 5, 6}}));
    QVERIFY((tile(pixels, 2, 1, 1, 3, 2, 1, 7) == Image{3, 1, 3, {1, 2, 3, 7, 7, 7, 4, 5, 6}}));
    QVERIFY((tile(pixels, 1, 2, 1, 3, 1) == Image{1, 2, 3, pixels}));
    QVERIFY((tile(pixels, 2, 1, 1, 1, 1, 2) == Image{1, 4, 1, {1, 0, 0, 2}})); // more pixels than are asked for
}

void TestImage::tilesThatMakeNoSense()
{
    const Pixels pixels(12);
    QVERIFY(tile(pixels, 0, 1, 1, 1, 1).empty());
    QVERIFY(tile(pixels, 1, 0, 1, 1, 1).empty());
    QVERIFY(tile(pixels, 1, 1, 0, 1, 1).empty());
    QVERIFY(tile(pixels, 1, 1, 1, 2, 1).empty());
    QVERIFY(tile(pixels, 1, 1, 1, 1, 0).empty());
    QVERIFY(tile(pixels, 1, 1, 1, 1, 1, -1).empty());
    QVERIFY(tile(pixels, 13, 1, 1, 1, 1).empty());
    const int large = std::numeric_limits<int>::max();
    QVERIFY(tile(pixels, large, large, large, 3, large, large).empty());
    QVERIFY(tile(pixels, large, 1, 1, 1, 1, 0).empty());
    QVERIFY(tile(pixels, 2, 1, 1, 1, 2, large).empty());
}

void TestImage::scalesUp()
{
    const Image image{2, 1, 3, {1, 2, 3, 4, 5, 6}};
    QVERIFY((
        scaleUp(image, 2) == Image{4, 2, 3, {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}}));
    QVERIFY(
        (scaleUp(Image{1, 2, 1, {7, 8}}, 3) == Image{3, 6, 1, {7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8}}));
    QVERIFY(scaleUp(image, 1) == image);
    QVERIFY(scaleUp(image, -4) == image);
    QVERIFY(scaleUp(image, std::numeric_limits<int>::max()).empty());
    QVERIFY(scaleUp(Image{2, 2, 1, {1}}, 2).empty());
}

QTEST_GUILESS_MAIN(TestImage)
#include "io_image.moc"
