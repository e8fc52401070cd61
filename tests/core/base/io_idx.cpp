// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/idx.h"

#include "tests/core/base/crafted.h"

using namespace saddle;
using namespace saddle::test;

namespace {

std::string imagesHeader(std::uint32_t count, std::uint32_t height, std::uint32_t width)
{
    return bigEndian(0x803) + bigEndian(count) + bigEndian(height) + bigEndian(width);
}

/// Two images of 2 x 3 pixels.
std::string images()
{
    return imagesHeader(2, 2, 3) + "abcdefghijkl";
}
std::string labels()
{
    return bigEndian(0x801) + bigEndian(3) + "\x07\x02\x09";
}

} // namespace

class TestIdx : public QObject {
    Q_OBJECT

private slots:
    void plainImages();
    void gzippedImages();
    void severalGzipMembers();
    void manyImages();
    void labelsBothWays();
    void filesThatAreNone();
    void wrongKinds();
    void brokenGzip();
    void wrongSizes();
    void headersThatLie();
    void counts();
    void anyDamageIsSurvived();

private:
    Scratch m_scratch;
};

void TestIdx::plainImages()
{
    const auto read = readIdxImages(m_scratch.write("images", images()));
    QVERIFY_OK(read);
    QCOMPARE(read->count, std::int64_t{2});
    QCOMPARE(read->height, 2);
    QCOMPARE(read->width, 3);
    QCOMPARE(std::string(read->pixels.begin(), read->pixels.end()), std::string("abcdefghijkl"));
}

void TestIdx::gzippedImages()
{
    // The name does not matter, what is in the file does.
    for (const char* name : {"images.gz", "images-idx3-ubyte"}) {
        const auto read = readIdxImages(m_scratch.write(name, gzip(images())));
        QVERIFY_OK(read);
        QCOMPARE(std::string(read->pixels.begin(), read->pixels.end()), std::string("abcdefghijkl"));
    }
}

void TestIdx::severalGzipMembers()
{
    const std::string bytes = images();
    const auto read = readIdxImages(m_scratch.write("two", gzip(bytes.substr(0, 20)) + gzip(bytes.substr(20))));
    QVERIFY_OK(read);
    QCOMPARE(read->pixels.size(), std::size_t{12});
}

void TestIdx::manyImages()
{
    // More than one block of the file and more than one step of growth.
    std::string body(5'000'000, '\0');
    std::uint32_t state = 1;
    for (char& byte : body) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    const std::string bytes = imagesHeader(5000, 25, 40) + body;
    for (const std::string& file : {bytes, gzip(bytes)}) {
        const auto read = readIdxImages(m_scratch.write("many", file));
        QVERIFY_OK(read);
        QCOMPARE(read->count, std::int64_t{5000});
        QVERIFY(std::string(read->pixels.begin(), read->pixels.end()) == body);
    }
}

void TestIdx::labelsBothWays()
{
    for (const std::string& bytes : {labels(), gzip(labels())}) {
        const auto read = readIdxLabels(m_scratch.write("labels", bytes));
        QVERIFY_OK(read);
        QCOMPARE(*read, (std::vector<std::uint8_t>{7, 2, 9}));
    }
}

void TestIdx::filesThatAreNone()
{
    REFUSED(readIdxImages(m_scratch.path("missing")), "cannot be opened");
    REFUSED(readIdxImages(m_scratch.path("missing")), m_scratch.path("missing").string());
    REFUSED(readIdxImages(m_scratch.path()), "this is a folder");
    REFUSED(readIdxImages(m_scratch.write("empty", "")), "the file is empty");
    REFUSED(readIdxImages(m_scratch.write("empty.gz", gzip(""))), "the file is empty once unpacked");
    REFUSED(readIdxLabels(m_scratch.path("missing")), "cannot be opened");
    REFUSED(readIdxLabels(m_scratch.path()), "this is a folder");
    REFUSED(readIdxLabels(m_scratch.write("empty", "")), "the file is empty");
    REFUSED(readIdxLabels(m_scratch.write("through", "x") / "inside"), "cannot be opened");
}

void TestIdx::wrongKinds()
{
    REFUSED(readIdxImages(m_scratch.write("labels", labels())), "this is an IDX label file");
    REFUSED(readIdxLabels(m_scratch.write("images", images())), "this is an IDX image file");
    REFUSED(readIdxLabels(m_scratch.write("images.gz", gzip(images()))), "this is an IDX image file");
    REFUSED(readIdxImages(m_scratch.write("colour", bigEndian(0x804) + images())), "unsigned bytes in 4 dimensions");
    REFUSED(readIdxImages(m_scratch.write("floats", bigEndian(0xd03) + images())), "32-bit floats in 3 dimensions");
    REFUSED(readIdxImages(m_scratch.write("page", "<!DOCTYPE html>")), "this is a web page");
    REFUSED(readIdxImages(m_scratch.write("zip", "PK\3\4and more")), "this is a ZIP archive");
    REFUSED(readIdxImages(m_scratch.write("png", "\x89PNG\r\n\x1a\n")), "it begins with 89 50 4e 47");
    REFUSED(readIdxLabels(m_scratch.write("png", "\x89PNG\r\n\x1a\n")), "labels-idx1");
}

void TestIdx::brokenGzip()
{
    const std::string whole = gzip(images());
    for (std::size_t length = 2; length < whole.size(); ++length)
        REFUSED(readIdxImages(m_scratch.write("cut", whole.substr(0, length))), "the gzip data ends early");

    std::string badSum = whole;
    badSum[badSum.size() - 8] = static_cast<char>(badSum[badSum.size() - 8] ^ 1);
    REFUSED(readIdxImages(m_scratch.write("sum", badSum)), "the gzip data is corrupted");

    std::string badLength = whole;
    badLength.back() = static_cast<char>(badLength.back() ^ 1);
    REFUSED(readIdxImages(m_scratch.write("length", badLength)), "the gzip data is corrupted");

    REFUSED(readIdxImages(m_scratch.write("tail", whole + "tail")), "further bytes behind the gzip data");
    REFUSED(readIdxImages(m_scratch.write("noise", "\x1f\x8b then noise, noise")), "the gzip data is corrupted");
}

void TestIdx::wrongSizes()
{
    const std::string whole = images();
    for (std::size_t length = 1; length < 16; ++length)
        REFUSED(readIdxImages(m_scratch.write("cut", whole.substr(0, length))), "the file ends inside its header");
    for (std::size_t length = 16; length < whole.size(); ++length) {
        REFUSED(readIdxImages(m_scratch.write("cut", whole.substr(0, length))),
            "promises 12 bytes of data, but there are only " + std::to_string(length - 16));
    }
    REFUSED(readIdxImages(m_scratch.write("more", whole + "m")), "further bytes behind the 12");
    REFUSED(readIdxImages(m_scratch.write("more.gz", gzip(whole + "m"))), "further bytes behind the 12");
    REFUSED(readIdxImages(m_scratch.write("none", imagesHeader(0, 2, 3))), "the file holds no images");
    REFUSED(readIdxLabels(m_scratch.write("none", bigEndian(0x801) + bigEndian(0))), "the file holds no labels");
    REFUSED(readIdxLabels(m_scratch.write("cut", labels().substr(0, 10))), "there are only 2");
    REFUSED(readIdxLabels(m_scratch.write("more", labels() + "m")), "further bytes behind the 3");
}

void TestIdx::headersThatLie()
{
    largestAllocation = 0;
    REFUSED(readIdxImages(m_scratch.write("zero", imagesHeader(1, 0, 3) + "abc")), "images of 3x0 pixels");
    REFUSED(readIdxImages(m_scratch.write("wide", imagesHeader(1, 1, 4097) + "abc")), "images of 4097x1 pixels");
    REFUSED(readIdxImages(m_scratch.write("huge", imagesHeader(0xffffffff, 0xffffffff, 0xffffffff))), "each side");
    REFUSED(readIdxImages(m_scratch.write("many", imagesHeader(0xffffffff, 4096, 4096) + "abc")), "at most 8192 MiB");
    REFUSED(readIdxImages(m_scratch.write("some", imagesHeader(400, 4096, 1024) + "abc")), "there are only 3");
    REFUSED(readIdxImages(m_scratch.write("some.gz", gzip(imagesHeader(400, 4096, 1024) + "abc"))), "there are only 3");
    REFUSED(readIdxLabels(m_scratch.write("labels", bigEndian(0x801) + bigEndian(0xffffffff) + "abc")), "only 3");
    QVERIFY(largestAllocation < modestAllocation);
}

void TestIdx::counts()
{
    const auto pictures = readIdxImages(m_scratch.write("images", images()));
    QVERIFY_OK(pictures);
    QVERIFY_OK(checkCounts(*pictures, "images.gz", {1, 2}, "labels.gz"));
    REFUSED(checkCounts(*pictures, "images.gz", {1, 2, 3}, "labels.gz"), "2 images but 3 labels");
    REFUSED(checkCounts(*pictures, "images.gz", {1, 2, 3}, "labels.gz"), "images.gz and labels.gz");
}

void TestIdx::anyDamageIsSurvived()
{
    largestAllocation = 0;
    for (const std::string& whole : {images(), gzip(images())}) {
        for (std::size_t i = 0; i < whole.size(); ++i) {
            for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
                std::string bytes = whole;
                bytes[i] = static_cast<char>(bytes[i] ^ flip);
                const auto file = m_scratch.write("damaged", bytes);
                const auto read = readIdxImages(file);
                if (read)
                    QCOMPARE(read->pixels.size(), static_cast<std::size_t>(read->count * read->height * read->width));
                else
                    REFUSED(read, file.string());
                QVERIFY(!readIdxLabels(file).ok());
            }
            REFUSED(readIdxImages(m_scratch.write("cut", whole.substr(0, i))), m_scratch.path("cut").string());
        }
    }
    QVERIFY(largestAllocation < modestAllocation);
}

QTEST_GUILESS_MAIN(TestIdx)
#include "io_idx.moc"
