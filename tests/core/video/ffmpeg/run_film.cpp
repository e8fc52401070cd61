// SPDX-License-Identifier: GPL-3.0-or-later
// The kept grids of a run as a film, opened again.
#include "core/video/run_film.h"

#include "core/base/files.h"
#include "tests/support/film_reader.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"
#include "tests/support/written_run.h"

#include <QTest>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestRunFilm : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { writtenRun(m_run = m_scratch.path("run")); }
    void everyGridIsAFrame_data();
    void everyGridIsAFrame();
    void gridsOfOtherSizes();
    void refused();

private:
    FilmRequest request(const std::string& name, FilmFormat format = FilmFormat::Gif) const
    {
        return {.path = m_scratch.path(name), .format = format, .framesPerSecond = 10};
    }

    Scratch m_scratch;
    fs::path m_run;
};

void TestRunFilm::everyGridIsAFrame_data()
{
    QTest::addColumn<bool>("gif");
    QTest::addRow("gif") << true;
    QTest::addRow("mp4") << false;
}

void TestRunFilm::everyGridIsAFrame()
{
    QFETCH(bool, gif);
    const FilmRequest wanted = request(gif ? "run.gif" : "run.mp4", gif ? FilmFormat::Gif : FilmFormat::Mp4);
    if (const Status usable = filmFormatUsable(wanted.format); !usable)
        QSKIP(usable.error().sentence().c_str());
    const Result<Film> made = makeRunFilm(m_run, wanted, {});
    QVERIFY_OK(made);
    const ReadFilm film = readFilm(wanted.path);
    QCOMPARE(film.frames.size(), std::size_t{4});
    QVERIFY(std::abs(film.times[3] - 0.3) < 1e-6);
    for (std::size_t i = 0; i < film.frames.size(); ++i) {
        const Image grid = coloured(picture(writtenGrid(5 * static_cast<std::int64_t>(i + 1))));
        QCOMPARE(film.frames[i].width, grid.width);
        if (gif)
            QVERIFY(film.frames[i] == grid);
        else
            QVERIFY(psnr(film.frames[i], grid) > 30);
    }
}

void TestRunFilm::gridsOfOtherSizes()
{
    const fs::path run = m_scratch.path("other sizes");
    writtenRun(run);
    const Image wide = picture(writtenGrid(12, 4, 3));
    QVERIFY_OK(writePng(run / "samples" / "00000012.png", wide));
    QVERIFY_OK(makeRunFilm(run, request("sizes.gif"), {}));
    const ReadFilm film = readFilm(m_scratch.path("sizes.gif"));
    QCOMPARE(film.frames.size(), std::size_t{5});
    const Image narrow = picture(writtenGrid(5));
    for (const Image& frame : film.frames) {
        QCOMPARE(frame.width, std::max(wide.width, narrow.width));
        QCOMPARE(frame.height, std::max(wide.height, narrow.height));
    }
    const auto pixel = [&film](std::size_t frame, int x, int y) {
        const Image& image = film.frames[frame];
        return image.pixels[static_cast<std::size_t>(3 * (y * image.width + x))];
    };
    QCOMPARE(pixel(0, 0, 0), std::uint8_t{50}); // the grid of step 5
    QCOMPARE(pixel(0, film.frames[0].width - 1, 0), std::uint8_t{0}); // beside it
    QCOMPARE(pixel(2, 0, 0), std::uint8_t{120}); // the wide one of step 12
    QCOMPARE(pixel(2, wide.width - 1, 0), std::uint8_t{120});
    QCOMPARE(pixel(2, 0, film.frames[2].height - 1), std::uint8_t{0}); // below it
}

void TestRunFilm::refused()
{
    const fs::path run = m_scratch.path("bare");
    writtenRun(run, 4);
    SAYS(makeRunFilm(run, request("bare.gif"), {}), "kept no samples");
    fs::create_symlink(m_run / "samples" / "00000005.png", run / "samples" / "00000002.png");
    SAYS(makeRunFilm(run, request("bare.gif"), {}), "kept no samples"); // what a link leads to is none of the run's
    QVERIFY_OK(writeFileWhole(run / "samples" / "00000003.png", "no picture"));
    SAYS(makeRunFilm(run, request("bare.gif"), {}), "00000003.png");
    SAYS(
        makeRunFilm(m_run, request("bare.gif"), [](std::int64_t done, std::int64_t) { return done < 3; }), "cancelled");
    QVERIFY(!fs::exists(m_scratch.path("bare.gif")));
}

QTEST_GUILESS_MAIN(TestRunFilm)
#include "run_film.moc"
