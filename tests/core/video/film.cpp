// SPDX-License-Identifier: GPL-3.0-or-later
// Films as folders of PNGs, and what holds for every format. Encoded ones are tested beside, where FFmpeg is.
#include "core/video/film.h"

#include "core/base/files.h"

#include "tests/support/film_frames.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const FrameSource soft = [](std::int64_t number) -> Result<Image> { return waves(number, 10, 7, 3); };

} // namespace

class TestFilm : public QObject {
    Q_OBJECT

private slots:
    void formats();
    void numberedPngs();
    void zoomTextAndMore();
    void monitored();
    void emptyFolders();
    void nothingIsLeft_data();
    void nothingIsLeft();
    void refused_data();
    void refused();
    void oddFrames();
    void fullDisk();
    void withoutEncoders();

private:
    FilmRequest request(const std::string& name, std::int64_t frames = 12) const
    {
        return {.path = m_scratch.path(name), .format = FilmFormat::Pngs, .frames = frames};
    }

    Scratch m_scratch;
};

void TestFilm::formats()
{
    QCOMPARE(*filmFormatOf("a/b.gif"), FilmFormat::Gif);
    QCOMPARE(*filmFormatOf("b.MP4"), FilmFormat::Mp4);
    QCOMPARE(*filmFormatOf("folder"), FilmFormat::Pngs);
    QCOMPARE(*filmFormatOf("folder.2/"), FilmFormat::Pngs);
    SAYS(filmFormatOf("a.avi"), ".avi", "a.avi", ".mp4");
    QCOMPARE(framePngName(0), std::string("frame-00001.png"));
    QCOMPARE(framePngName(123'455), std::string("frame-123456.png"));
    QVERIFY_OK(filmFormatUsable(FilmFormat::Pngs));
}

void TestFilm::numberedPngs()
{
    const Result<Film> film = makeFilm(request("pngs"), soft, {});
    QVERIFY_OK(film);
    QCOMPARE(film->width, 10);
    QCOMPARE(film->height, 7);
    QCOMPARE(film->codec, std::string("png"));
    QVERIFY(film->notes.empty());
    QCOMPARE(namesIn(m_scratch.path("pngs")).size(), 12);
    for (std::int64_t i = 0; i < 12; ++i) {
        const Result<Image> image = readPng(m_scratch.path("pngs") / framePngName(i));
        QVERIFY_OK(image);
        QVERIFY(*image == waves(i, 10, 7, 3));
    }
    // A folder in a folder that is not there yet, with a slash at its end.
    FilmRequest deep = request("new/deep");
    deep.path += "/";
    QVERIFY_OK(makeFilm(deep, soft, {}));
    QCOMPARE(namesIn(m_scratch.path("new")), QStringList{"deep"});
}

void TestFilm::zoomTextAndMore()
{
    FilmRequest larger = request("zoomed", 2);
    larger.zoom = 3;
    larger.text = {{"Title", "step 5"}};
    larger.addFiles = [](const fs::path& folder) { return writeFileWhole(folder / "notes.txt", "beside"); };
    const Result<Film> film = makeFilm(larger, soft, {});
    QVERIFY_OK(film);
    QCOMPARE(film->width, 30);
    QCOMPARE(film->height, 21);
    QVERIFY(*readPng(m_scratch.path("zoomed/frame-00002.png")) == scaleUp(waves(1, 10, 7, 3), 3));
    QVERIFY(bytesOf(m_scratch.path("zoomed/frame-00001.png")).contains("step 5"));
    QCOMPARE(bytesOf(m_scratch.path("zoomed/notes.txt")), QByteArray("beside"));
}

void TestFilm::monitored()
{
    std::vector<std::int64_t> seen;
    const auto monitor = [&seen](std::int64_t done, std::int64_t total) {
        seen.push_back(done);
        return total == 4;
    };
    QVERIFY_OK(makeFilm(request("seen", 4), soft, monitor));
    QCOMPARE(seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

void TestFilm::emptyFolders()
{
    fs::create_directory(m_scratch.path("empty"));
    QVERIFY_OK(makeFilm(request("empty", 1), soft, {}));
    QCOMPARE(namesIn(m_scratch.path("empty")), QStringList{"frame-00001.png"});
    SAYS(makeFilm(request("empty", 1), soft, {}), "something here", "empty");
    SAYS(makeFilm({m_scratch.write("file", "x"), FilmFormat::Pngs, 1}, soft, {}), "a file, not a folder");
    // What a crash left beside it is in nobody's way.
    m_scratch.write("crashed.part", "x");
    QVERIFY_OK(makeFilm(request("crashed", 1), soft, {}));
    QCOMPARE(namesIn(m_scratch.path("crashed")), QStringList{"frame-00001.png"});
}

void TestFilm::nothingIsLeft_data()
{
    QTest::addColumn<QString>("name");
    QTest::addRow("new") << "left/new";
    QTest::addRow("empty") << "left/empty";
}

void TestFilm::nothingIsLeft()
{
    QFETCH(QString, name);
    fs::create_directories(m_scratch.path("left/empty"));
    const FilmRequest asked = request(name.toStdString());
    const FilmMonitor untilFive = [](std::int64_t done, std::int64_t) { return done < 5; };
    SAYS(makeFilm(asked, soft, untilFive), "cancelled");
    const FrameSource breaking = [](std::int64_t number) -> Result<Image> {
        return number < 3 ? Result<Image>(waves(number, 4, 4, 1)) : Error{"the generator broke", "there", "mend it"};
    };
    SAYS(makeFilm(asked, breaking, {}), "there: the generator broke. Mend it.");
    FilmRequest failing = asked;
    failing.addFiles = [](const fs::path& folder) {
        return Status(Error{"no table", (folder / "x.csv").string(), ""});
    };
    // Under the name that a person knows.
    SAYS(makeFilm(failing, soft, {}), asked.path.string() + "/x.csv: no table");
    QCOMPARE(namesIn(m_scratch.path("left")), QStringList{"empty"});
    QVERIFY(fs::is_empty(m_scratch.path("left/empty")));
}

void TestFilm::refused_data()
{
    QTest::addColumn<int>("change");
    QTest::addColumn<QString>("words");
    const char* const words[]{
        "0 frames", "1,000,000", "zoom of 0", "zoom of 65", "0.1 to 240", "0.1 to 240", "0.1 to 240"};
    for (int i = 0; i < 7; ++i)
        QTest::addRow("%d: %s", i, words[i]) << i << words[i];
}

void TestFilm::refused()
{
    QFETCH(int, change);
    QFETCH(QString, words);
    FilmRequest wrong = request("refused");
    const std::function<void()> changes[]{[&] { wrong.frames = 0; }, [&] { wrong.frames = 1'000'001; },
        [&] { wrong.zoom = 0; }, [&] { wrong.zoom = 65; }, [&] { wrong.framesPerSecond = 0; },
        [&] { wrong.framesPerSecond = 241; }, [&] { wrong.framesPerSecond = std::nan(""); }};
    changes[change]();
    SAYS(checkFilm(wrong), words.toStdString(), "refused");
    bool asked = false;
    const auto never = [&asked](std::int64_t) -> Result<Image> {
        asked = true;
        return Image();
    };
    SAYS(makeFilm(wrong, never, {}), words.toStdString());
    QVERIFY(!asked && !fs::exists(m_scratch.path("refused")));
}

void TestFilm::oddFrames()
{
    const auto second = [](Image image) {
        return [image = std::move(image)](
                   std::int64_t number) -> Result<Image> { return number == 0 ? waves(0, 4, 4, 3) : image; };
    };
    SAYS(makeFilm(request("odd"), second(waves(1, 4, 5, 3)), {}), "frame 2", "another size");
    SAYS(makeFilm(request("odd"), second(waves(1, 4, 4, 1)), {}), "frame 2", "another size");
    for (const Image& image : {Image(), Image{2, 2, 1, {1, 2, 3}}, Image{1, 1, 2, {1, 2}}, Image{-1, -1, 1, {1}}}) {
        SAYS(makeFilm(request("odd"), [&image](std::int64_t) -> Result<Image> { return image; }, {}), "no picture",
            "frame 1");
    }
    FilmRequest huge = request("odd");
    huge.zoom = 64;
    SAYS(makeFilm(huge, [](std::int64_t) -> Result<Image> { return waves(0, 129, 1, 1); }, {}), "8192", "129 × 1");
    QVERIFY(!fs::exists(m_scratch.path("odd")));
}

void TestFilm::fullDisk()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("a small disk can only be mounted by root");
    const auto large = [](std::int64_t number) -> Result<Image> { return noise(number, 200, 200, 3, 1000); };
    SAYS(makeFilm({disk.path() / "film", FilmFormat::Pngs, 100}, large, {}), "Free some space", "film/frame-");
    QVERIFY(fs::is_empty(disk.path()));
}

/// Where FFmpeg is not: which package brings it, and what works without.
void TestFilm::withoutEncoders()
{
    if (filmFormatUsable(FilmFormat::Gif))
        QSKIP("built with FFmpeg's libraries");
    for (const FilmFormat format : {FilmFormat::Gif, FilmFormat::Mp4}) {
        SAYS(makeFilm({m_scratch.path("film"), format, 3}, soft, {}), "libavfilter-dev", "folder",
            format == FilmFormat::Gif ? "GIF" : "MP4");
    }
    QVERIFY(!fs::exists(m_scratch.path("film")));
}

QTEST_GUILESS_MAIN(TestFilm)
#include "film.moc"
