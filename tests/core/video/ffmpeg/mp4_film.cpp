// SPDX-License-Identifier: GPL-3.0-or-later
// MP4s, opened again: likeness and colours, odd sizes, what players need, and nothing left of what fails.
#include "core/video/encoders.h"
#include "core/video/film.h"

#include "tests/support/film_frames.h"
#include "tests/support/film_reader.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const FrameSource soft = [](std::int64_t number) -> Result<Image> { return waves(number, 64, 48, 3); };

bool hasH264()
{
    return avcodec_find_encoder_by_name("libx264") != nullptr;
}

} // namespace

class TestMp4Film : public QObject {
    Q_OBJECT

private slots:
    void likeness_data();
    void likeness();
    void evenSizes_data();
    void evenSizes();
    void colours_data();
    void colours();
    void rates_data();
    void rates();
    void indexFirst();
    void sameBytes();
    void otherEncoder();
    void nothingIsLeft_data();
    void nothingIsLeft();
    void fullDisk();

private:
    FilmRequest request(const std::string& name, std::int64_t frames) const
    {
        return {.path = m_scratch.path(name), .format = FilmFormat::Mp4, .frames = frames};
    }

    Scratch m_scratch;
};

void TestMp4Film::likeness_data()
{
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("zoom");
    QTest::addColumn<double>("atLeast");
    // Half of the rows and columns of colour are left out; greys have none, and squares of one colour keep theirs.
    QTest::addRow("colour") << 3 << 1 << 37.0;
    QTest::addRow("grey") << 1 << 1 << 42.0;
    QTest::addRow("zoomed") << 3 << 4 << 36.0;
}

void TestMp4Film::likeness()
{
    QFETCH(int, channels);
    QFETCH(int, zoom);
    QFETCH(double, atLeast);
    FilmRequest asked = request("like.mp4", 60);
    asked.zoom = zoom;
    const auto source = [channels](std::int64_t i) -> Result<Image> { return waves(i, 64, 48, channels); };
    const Result<Film> film = makeFilm(asked, source, {});
    QVERIFY_OK(film);
    QCOMPARE(film->codec, std::string(hasH264() ? "libx264" : "mpeg4"));
    QCOMPARE(film->notes.empty(), hasH264());
    const ReadFilm read = readFilm(asked.path);
    QCOMPARE(read.codec, std::string(hasH264() ? "h264" : "mpeg4"));
    QCOMPARE(read.pixelFormat, std::string("yuv420p"));
    QCOMPARE(read.frames.size(), std::size_t{60});
    for (std::int64_t i = 0; i < 60; ++i) {
        const double like = psnr(read.frames[static_cast<std::size_t>(i)], scaleUp(coloured(*source(i)), zoom));
        QVERIFY2(like > atLeast, qPrintable(QStringLiteral("frame %1: %2 dB").arg(i).arg(like)));
    }
}

void TestMp4Film::evenSizes_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("channels");
    for (const auto& [width, height, channels] :
        {std::array{28, 28, 1}, {33, 20, 3}, {20, 33, 3}, {7, 5, 3}, {1, 1, 3}})
        QTest::addRow("%d × %d × %d", width, height, channels) << width << height << channels;
}

/// An odd last row or column comes twice.
void TestMp4Film::evenSizes()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, channels);
    const auto source = [=](std::int64_t i) -> Result<Image> { return waves(i, width, height, channels); };
    const FilmRequest asked = request("even.mp4", 9);
    const Result<Film> film = makeFilm(asked, source, {});
    QVERIFY_OK(film);
    QCOMPARE(film->width, width + width % 2);
    QCOMPARE(film->height, height + height % 2);
    const ReadFilm read = readFilm(asked.path);
    QCOMPARE(read.frames.size(), std::size_t{9});
    for (std::int64_t i = 0; i < 9; ++i) {
        const Image given = coloured(*source(i));
        Image padded{film->width, film->height, 3, {}};
        for (int y = 0; y < padded.height; ++y) {
            for (int x = 0; x < padded.width; ++x) {
                const int from = 3 * (std::min(y, height - 1) * width + std::min(x, width - 1));
                padded.pixels.insert(padded.pixels.end(), given.pixels.begin() + from, given.pixels.begin() + from + 3);
            }
        }
        const double like = psnr(read.frames[static_cast<std::size_t>(i)], padded);
        QVERIFY2(like > 31, qPrintable(QStringLiteral("frame %1: %2 dB").arg(i).arg(like)));
    }
}

void TestMp4Film::colours_data()
{
    QTest::addColumn<int>("red");
    QTest::addColumn<int>("green");
    QTest::addColumn<int>("blue");
    for (const auto& [r, g, b] :
        {std::array{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}, {0, 0, 0}, {90, 140, 200}})
        QTest::addRow("%d %d %d", r, g, b) << r << g << b;
}

/// BT.709 in 16 to 235, as its own formulas have it.
void TestMp4Film::colours()
{
    QFETCH(int, red);
    QFETCH(int, green);
    QFETCH(int, blue);
    const auto source = [=](std::int64_t) -> Result<Image> {
        Image image{16, 16, 3, {}};
        for (int i = 0; i < 256; ++i) {
            for (const int value : {red, green, blue})
                image.pixels.push_back(static_cast<std::uint8_t>(value));
        }
        return image;
    };
    const FilmRequest asked = request("colour.mp4", 3);
    QVERIFY_OK(makeFilm(asked, source, {}));
    const double luma = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
    const double expected[]{
        16 + 219 * luma, 128 + 224 * (blue / 255.0 - luma) / 1.8556, 128 + 224 * (red / 255.0 - luma) / 1.5748};
    const ReadFilm read = readFilm(asked.path);
    for (std::size_t plane = 0; plane < 3; ++plane) {
        QVERIFY2(std::abs(read.firstPixel[plane] - expected[plane]) <= 1.5,
            qPrintable(
                QStringLiteral("plane %1: %2, not %3").arg(plane).arg(read.firstPixel[plane]).arg(expected[plane])));
    }
}

void TestMp4Film::rates_data()
{
    QTest::addColumn<double>("rate");
    for (const double rate : {0.1, 12.5, 25.0, 29.97, 60.0, 240.0})
        QTest::addRow("%g", rate) << rate;
}

void TestMp4Film::rates()
{
    QFETCH(double, rate);
    FilmRequest asked = request("rate.mp4", 21);
    asked.framesPerSecond = rate;
    QVERIFY_OK(makeFilm(asked, soft, {}));
    const ReadFilm read = readFilm(asked.path);
    QCOMPARE(read.times.size(), std::size_t{21});
    for (std::size_t i = 0; i < read.times.size(); ++i)
        QVERIFY(std::abs(read.times[i] - read.times[0] - static_cast<double>(i) / rate) < 0.001);
    QVERIFY2(std::abs(read.seconds - 21 / rate) < 0.002, qPrintable(QString::number(read.seconds)));
}

/// A browser may begin before it has all.
void TestMp4Film::indexFirst()
{
    QVERIFY_OK(makeFilm(request("index.mp4", 5), soft, {}));
    const QByteArray bytes = bytesOf(m_scratch.path("index.mp4"));
    QVERIFY(bytes.indexOf("moov") > 0 && bytes.indexOf("moov") < bytes.indexOf("mdat"));
}

void TestMp4Film::sameBytes()
{
    QVERIFY_OK(makeFilm(request("one.mp4", 40), soft, {}));
    QVERIFY_OK(makeFilm(request("two.mp4", 40), soft, {}));
    QCOMPARE(bytesOf(m_scratch.path("one.mp4")), bytesOf(m_scratch.path("two.mp4")));
    QCOMPARE(namesIn(m_scratch.path()).filter("part"), QStringList());
}

/// Where libx264 is not: another, with a note; and where there is none, a sentence.
void TestMp4Film::otherEncoder()
{
    const FilmRequest asked = request("other.mp4", 20);
    const std::array<const char*, 2> names{"none-such", "mpeg4"};
    const Result<Film> film = encodeMp4(asked, asked.path, soft, names);
    QVERIFY_OK(film);
    QCOMPARE(film->codec, std::string("mpeg4"));
    QCOMPARE(film->notes.size(), std::size_t{1});
    QVERIFY(film->notes[0].find("libx264") != std::string::npos);
    const ReadFilm read = readFilm(asked.path);
    QCOMPARE(read.codec, std::string("mpeg4"));
    QCOMPARE(read.frames.size(), std::size_t{20});
    for (std::int64_t i = 0; i < 20; ++i) {
        const double like = psnr(read.frames[static_cast<std::size_t>(i)], waves(i, 64, 48, 3));
        QVERIFY2(like > 36, qPrintable(QString::number(like)));
    }
    SAYS(encodeMp4(asked, asked.path, soft, std::span(names).first(1)), "other.mp4", "another format");
}

void TestMp4Film::nothingIsLeft_data()
{
    QTest::addColumn<int>("end");
    QTest::addRow("before the first") << 0;
    QTest::addRow("after some") << 4;
    QTest::addRow("when some are written") << 70;
}

void TestMp4Film::nothingIsLeft()
{
    QFETCH(int, end);
    fs::create_directories(m_scratch.path("left"));
    m_scratch.write("left/film.mp4", "the film before");
    SAYS(makeFilm(request("left/film.mp4", 80), soft, [end](std::int64_t done, std::int64_t) { return done < end; }),
        "cancelled");
    const auto breaking = [end](std::int64_t number) -> Result<Image> {
        return number < end ? soft(number) : Error{"the generator broke", "", ""};
    };
    SAYS(makeFilm(request("left/film.mp4", 80), breaking, {}), "the generator broke");
    QCOMPARE(namesIn(m_scratch.path("left")), QStringList{"film.mp4"});
    QCOMPARE(bytesOf(m_scratch.path("left/film.mp4")), QByteArray("the film before"));
}

void TestMp4Film::fullDisk()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("a small disk can only be mounted by root");
    const auto large = [](std::int64_t number) -> Result<Image> { return noise(number, 200, 200, 3, 256); };
    SAYS(makeFilm({disk.path() / "film.mp4", FilmFormat::Mp4, 60}, large, {}), "Free some space", "film.mp4:");
    QVERIFY(fs::is_empty(disk.path()));
    // Also where only the end of the file finds no room.
    disk.fill(4096);
    const auto small = [](std::int64_t number) -> Result<Image> { return noise(number, 64, 64, 3, 256); };
    SAYS(makeFilm({disk.path() / "film.mp4", FilmFormat::Mp4, 2}, small, {}), "Free some space", "film.mp4:");
    disk.free();
    QVERIFY(fs::is_empty(disk.path()));
}

QTEST_GUILESS_MAIN(TestMp4Film)
#include "mp4_film.moc"
