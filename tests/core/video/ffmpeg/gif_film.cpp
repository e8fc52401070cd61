// SPDX-License-Identifier: GPL-3.0-or-later
// GIFs, opened again: every pixel where there are 256 colours, times, loops, and nothing left of what fails.
#include "core/video/film.h"

#include "tests/support/film_frames.h"
#include "tests/support/film_reader.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestGifFilm : public QObject {
    Q_OBJECT

private slots:
    void exact_data();
    void exact();
    void frozen();
    void manyColours();
    void times_data();
    void times();
    void loops();
    void zoomed();
    void sameBytes();
    void asksTwice();
    void nothingIsLeft_data();
    void nothingIsLeft();
    void refused();
    void fullDisk();

private:
    FilmRequest request(const std::string& name, std::int64_t frames) const
    {
        return {.path = m_scratch.path(name), .format = FilmFormat::Gif, .frames = frames};
    }

    Scratch m_scratch;
};

void TestGifFilm::exact_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("colours");
    QTest::addColumn<int>("frames");
    QTest::addRow("two greys") << 16 << 16 << 1 << 2 << 9;
    QTest::addRow("as many colours as there can be") << 28 << 20 << 3 << 256 << 30;
    QTest::addRow("odd sizes") << 17 << 9 << 3 << 40 << 5;
    QTest::addRow("one frame") << 8 << 8 << 3 << 64 << 1;
    QTest::addRow("one pixel") << 1 << 1 << 3 << 5 << 8;
    QTest::addRow("one row") << 50 << 1 << 1 << 50 << 4;
    QTest::addRow("one colour") << 6 << 6 << 3 << 1 << 3;
}

void TestGifFilm::exact()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, channels);
    QFETCH(int, colours);
    QFETCH(int, frames);
    const auto source = [=](std::int64_t number) -> Result<Image> {
        return noise(number, width, height, channels, static_cast<unsigned>(colours));
    };
    const Result<Film> film = makeFilm(request("exact.gif", frames), source, {});
    QVERIFY_OK(film);
    QCOMPARE(film->width, width);
    QCOMPARE(film->height, height);
    QCOMPARE(film->codec, std::string("gif"));
    const ReadFilm read = readFilm(m_scratch.path("exact.gif"));
    QCOMPARE(read.frames.size(), static_cast<std::size_t>(frames));
    for (int i = 0; i < frames; ++i)
        QVERIFY2(read.frames[static_cast<std::size_t>(i)] == coloured(*source(i)), qPrintable(QString::number(i)));
}

/// All 256 greys, and frames like the one before: none is dropped.
void TestGifFilm::frozen()
{
    Image ramp{16, 16, 1, {}};
    for (int i = 0; i < 256; ++i)
        ramp.pixels.push_back(static_cast<std::uint8_t>(i));
    QVERIFY_OK(makeFilm(request("frozen.gif", 7), [&ramp](std::int64_t) -> Result<Image> { return ramp; }, {}));
    const ReadFilm read = readFilm(m_scratch.path("frozen.gif"));
    QCOMPARE(read.frames.size(), std::size_t{7});
    for (const Image& frame : read.frames)
        QVERIFY(frame == coloured(ramp));
}

void TestGifFilm::manyColours()
{
    QVERIFY_OK(
        makeFilm(request("many.gif", 12), [](std::int64_t i) -> Result<Image> { return waves(i, 64, 64, 3); }, {}));
    const ReadFilm read = readFilm(m_scratch.path("many.gif"));
    QCOMPARE(read.frames.size(), std::size_t{12});
    for (std::int64_t i = 0; i < 12; ++i) {
        const double likeness = psnr(read.frames[static_cast<std::size_t>(i)], waves(i, 64, 64, 3));
        QVERIFY2(likeness > 27, qPrintable(QString::number(likeness)));
    }
}

void TestGifFilm::times_data()
{
    QTest::addColumn<double>("rate");
    for (const double rate : {0.5, 10.0, 25.0, 30.0, 29.97, 50.0})
        QTest::addRow("%g", rate) << rate;
}

/// A frame begins at most half of a hundredth from its time, so that the rate holds over the film.
void TestGifFilm::times()
{
    QFETCH(double, rate);
    FilmRequest asked = request("times.gif", 31);
    asked.framesPerSecond = rate;
    QVERIFY_OK(makeFilm(asked, [](std::int64_t i) -> Result<Image> { return noise(i, 4, 4, 1, 9); }, {}));
    const ReadFilm read = readFilm(m_scratch.path("times.gif"));
    QCOMPARE(read.times.size(), std::size_t{31});
    for (std::size_t i = 0; i < read.times.size(); ++i) {
        const double off = std::abs(read.times[i] - static_cast<double>(i) / rate);
        QVERIFY2(off <= 0.0051, qPrintable(QStringLiteral("frame %1: %2 s").arg(i).arg(off)));
    }
    QVERIFY(std::abs(read.seconds - 31 / rate) <= 0.0101);
}

void TestGifFilm::loops()
{
    const FrameSource source = [](std::int64_t i) -> Result<Image> { return noise(i, 4, 4, 1, 9); };
    FilmRequest asked = request("loop.gif", 3);
    QVERIFY_OK(makeFilm(asked, source, {}));
    const QByteArray looped = bytesOf(asked.path);
    const qsizetype place = looped.indexOf("NETSCAPE2.0");
    QVERIFY(place > 0);
    QCOMPARE(looped.mid(place + 11, 5), QByteArray("\x03\x01\x00\x00\x00", 5)); // for ever
    asked.loop = false;
    QVERIFY_OK(makeFilm(asked, source, {}));
    QVERIFY(!bytesOf(asked.path).contains("NETSCAPE"));
}

void TestGifFilm::zoomed()
{
    FilmRequest asked = request("zoomed.gif", 2);
    asked.zoom = 4;
    const Result<Film> film =
        makeFilm(asked, [](std::int64_t i) -> Result<Image> { return noise(i, 5, 3, 3, 30); }, {});
    QVERIFY_OK(film);
    QCOMPARE(film->width, 20);
    QVERIFY(readFilm(asked.path).frames[1] == scaleUp(noise(1, 5, 3, 3, 30), 4));
}

void TestGifFilm::sameBytes()
{
    const FrameSource source = [](std::int64_t i) -> Result<Image> { return waves(i, 32, 32, 3); };
    QVERIFY_OK(makeFilm(request("one.gif", 10), source, {}));
    QVERIFY_OK(makeFilm(request("two.gif", 10), source, {}));
    QCOMPARE(bytesOf(m_scratch.path("one.gif")), bytesOf(m_scratch.path("two.gif")));
}

/// Each frame once for the colours and once for the pictures, in order, and the monitor counts both.
void TestGifFilm::asksTwice()
{
    std::vector<std::int64_t> asked;
    std::vector<std::int64_t> done;
    const auto source = [&asked](std::int64_t number) -> Result<Image> {
        asked.push_back(number);
        return noise(number, 4, 4, 3, 20);
    };
    const auto monitor = [&done](std::int64_t count, std::int64_t total) {
        done.push_back(count);
        return total == 6;
    };
    QVERIFY_OK(makeFilm(request("twice.gif", 3), source, monitor));
    QCOMPARE(asked, (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}));
    QCOMPARE(done, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
}

void TestGifFilm::nothingIsLeft_data()
{
    QTest::addColumn<int>("end");
    QTest::addRow("before the first") << 0;
    QTest::addRow("in the first pass") << 4;
    QTest::addRow("in the second") << 15;
}

/// What was in its place stays.
void TestGifFilm::nothingIsLeft()
{
    QFETCH(int, end);
    fs::create_directories(m_scratch.path("left"));
    m_scratch.write("left/film.gif", "the film before");
    const FrameSource source = [](std::int64_t i) -> Result<Image> { return noise(i, 40, 40, 3, 300); };
    const auto stop = [end](std::int64_t done, std::int64_t) { return done < end; };
    SAYS(makeFilm(request("left/film.gif", 10), source, stop), "cancelled");
    std::int64_t pulls = 0;
    const auto breaking = [&](std::int64_t number) -> Result<Image> {
        return pulls++ < end ? source(number) : Error{"the generator broke", "", ""};
    };
    SAYS(makeFilm(request("left/film.gif", 10), breaking, {}), "the generator broke");
    QCOMPARE(namesIn(m_scratch.path("left")), QStringList{"film.gif"});
    QCOMPARE(bytesOf(m_scratch.path("left/film.gif")), QByteArray("the film before"));
}

void TestGifFilm::refused()
{
    FilmRequest asked = request("none/film.gif", 3);
    const FrameSource source = [](std::int64_t i) -> Result<Image> { return noise(i, 4, 4, 3, 20); };
    SAYS(makeFilm(asked, source, {}), "none/film.gif", "Check the path");
    asked = request("fast.gif", 3);
    asked.framesPerSecond = 60;
    SAYS(makeFilm(asked, source, {}), "fast.gif", "0.1 to 50");
    // The second pass is checked like the first.
    std::int64_t pulls = 0;
    const auto growing = [&pulls](std::int64_t i) -> Result<Image> { return noise(i, pulls++ < 4 ? 4 : 5, 4, 3, 20); };
    SAYS(makeFilm(request("growing.gif", 3), growing, {}), "frame 2", "another size");
}

void TestGifFilm::fullDisk()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("a small disk can only be mounted by root");
    const auto large = [](std::int64_t number) -> Result<Image> { return noise(number, 200, 200, 3, 256); };
    SAYS(makeFilm({disk.path() / "film.gif", FilmFormat::Gif, 60}, large, {}), "Free some space", "film.gif:");
    QVERIFY(fs::is_empty(disk.path()));
}

QTEST_GUILESS_MAIN(TestGifFilm)
#include "gif_film.moc"
