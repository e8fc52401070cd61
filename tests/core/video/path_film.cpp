// SPDX-License-Identifier: GPL-3.0-or-later
// What a generator shows along a path, and sheets, with a generator that paints its latent.
#include "core/video/path_film.h"

#include "core/latent/latents_csv.h"
#include "core/runs/run_folder.h"

#include "tests/support/film_frames.h"
#include "tests/support/says.h"

#include <algorithm>
#include <cmath>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// Three grey pixels, one for each number of the latent; the label darkens them.
class PaintingGenerator : public Generator {
public:
    explicit PaintingGenerator(std::vector<std::string> classes = {})
    {
        m_info.latent = {3, LatentDistribution::Normal};
        m_info.shape = {1, 1, 3};
        m_info.classes = std::move(classes);
        m_info.step = 12;
    }

    const GeneratorInfo& info() const override { return m_info; }
    Result<Latents> draw(const LatentRequest&) const override { return Error{"it draws nothing", "", ""}; }
    Result<Image> paint(const CanvasRequest&, const PaintMonitor&) override
    {
        return Error{"it paints nothing", "", ""};
    }
    Result<Samples> make(const Latents& latents) override
    {
        if (failing)
            return Error{"the generator broke", "there", ""};
        Samples samples;
        samples.count = latents.count();
        samples.height = 1;
        samples.width = 3;
        samples.channels = 1;
        for (std::size_t i = 0; i < latents.values.size(); ++i) {
            const auto dark = latents.labels.empty() ? 0.0 : 10.0 * static_cast<double>(latents.labels[i / 3]);
            samples.pixels.push_back(static_cast<std::uint8_t>(
                std::clamp<long>(std::lround(100 + 30 * static_cast<double>(latents.values[i]) - dark), 0, 255)));
        }
        return samples;
    }

    bool failing = false;

private:
    GeneratorInfo m_info;
};

LatentPath corner(bool labelled)
{
    LatentPath path;
    path.options = {Interpolation::Spherical, 5, 20, false};
    path.keys = {{{1, 0, 0}}, {{0, 2, 0}}, {{0, 0, -3}}};
    for (std::size_t i = 0; labelled && i < path.keys.size(); ++i)
        path.keys[i].label = static_cast<std::int64_t>(i);
    return path;
}

} // namespace

class TestPathFilm : public QObject {
    Q_OBJECT

private slots:
    void everyFrame_data();
    void everyFrame();
    void closed();
    void refused();
    void sheets();
    void refusedSheets();

private:
    Scratch m_scratch;
};

void TestPathFilm::everyFrame_data()
{
    QTest::addColumn<bool>("labelled");
    QTest::addRow("without labels") << false;
    QTest::addRow("with labels") << true;
}

/// Each picture is that of its latent, and the table makes it again.
void TestPathFilm::everyFrame()
{
    QFETCH(bool, labelled);
    PaintingGenerator generator(labelled ? std::vector<std::string>{"a", "b", "c"} : std::vector<std::string>());
    const LatentPath path = corner(labelled);
    const fs::path folder = m_scratch.path(labelled ? "labelled" : "plain");
    const Result<Film> film =
        makePathFilm(generator, path, {.path = folder, .format = FilmFormat::Pngs, .zoom = 2}, {});
    QVERIFY_OK(film);
    QCOMPARE(film->width, 6);
    QCOMPARE(namesIn(folder).size(), 12);
    const Result<Latents> table = readLatents(folder / "latents.csv", 3);
    QVERIFY_OK(table);
    QCOMPARE(table->values, path.frames(0, 11).values);
    QCOMPARE(table->labels, path.frames(0, 11).labels);
    for (std::int64_t i = 0; i < 11; ++i) {
        const Samples alone = *generator.make(table->rows(i, 1));
        const Image expected = scaleUp(Image{3, 1, 1, alone.pixels}, 2);
        const Result<Image> image = readPng(folder / framePngName(i));
        QVERIFY_OK(image);
        QVERIFY(*image == expected);
    }
    QVERIFY(bytesOf(folder / "frame-00001.png").contains("step 12"));
    QVERIFY(bytesOf(folder / "latents.csv").contains("\nframe-00011.png,"));
}

void TestPathFilm::closed()
{
    PaintingGenerator generator;
    LatentPath path = corner(false);
    path.options.loop = true;
    std::int64_t last = 0;
    const auto monitor = [&last](std::int64_t done, std::int64_t total) {
        last = done;
        return total == 15;
    };
    QVERIFY_OK(makePathFilm(
        generator, path, {.path = m_scratch.path("closed"), .format = FilmFormat::Pngs, .frames = 3}, monitor));
    QCOMPARE(last, std::int64_t{15});
    QCOMPARE(namesIn(m_scratch.path("closed")).size(), 16);
}

void TestPathFilm::refused()
{
    PaintingGenerator plain;
    PaintingGenerator labelled({"a", "b"});
    const FilmRequest request{.path = m_scratch.path("refused"), .format = FilmFormat::Pngs};
    LatentPath longer = corner(false);
    for (KeyFrame& key : longer.keys)
        key.latent.push_back(0);
    SAYS(makePathFilm(plain, longer, request, {}), "4 numbers", "this generator's 3");
    SAYS(makePathFilm(plain, corner(true), request, {}), "keys.0.label", "reads no labels");
    SAYS(makePathFilm(labelled, corner(false), request, {}), "keys.0.label", "reads labels");
    SAYS(makePathFilm(labelled, corner(true), request, {}), "keys.2.label", "no label 2", "0 to 1");
    SAYS(makePathFilm(plain, {}, request, {}), "key frame");
    LatentPath fast = corner(false);
    fast.options.framesPerSecond = 1000;
    SAYS(makePathFilm(plain, fast, request, {}), "frames_per_second");
    plain.failing = true;
    SAYS(makePathFilm(plain, corner(false), request, {}), "there: the generator broke");
    QVERIFY(!fs::exists(m_scratch.path("refused")));
}

void TestPathFilm::sheets()
{
    PaintingGenerator generator;
    const Latents corners{3, {0, 0, 0, 4, 0, 0, 0, 2, 0, 4, 2, 0}, {}};
    const Result<Latents> sheet = latentSheet(corners, 3, 5, Interpolation::Linear);
    QVERIFY_OK(sheet);
    std::vector<std::int64_t> done;
    const Result<Image> image = makeSheetPicture(generator, *sheet, 5, 1, [&done](std::int64_t count, std::int64_t) {
        done.push_back(count);
        return true;
    });
    QVERIFY_OK(image);
    QCOMPARE(image->width, 5 * 3 + 4 * 2);
    QCOMPARE(image->height, 3 * 1 + 2 * 2);
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 5; ++column) {
            const auto first = static_cast<std::size_t>(row * 3 * image->width + column * 5);
            QCOMPARE(static_cast<int>(image->pixels[first]), 100 + 30 * column);
            QCOMPARE(static_cast<int>(image->pixels[first + 1]), 100 + 30 * row);
        }
    }
    QCOMPARE(done, (std::vector<std::int64_t>{0, 5, 10, 15}));
    const Result<Image> zoomed = makeSheetPicture(generator, *sheet, 5, 3, {});
    QVERIFY_OK(zoomed);
    QVERIFY(*zoomed == scaleUp(*image, 3));
}

void TestPathFilm::refusedSheets()
{
    PaintingGenerator generator;
    const Latents rows{3, std::vector<float>(300, 0.0f), {}};
    SAYS(makeSheetPicture(generator, rows, 10, 1, [](std::int64_t done, std::int64_t) { return done < 20; }),
        "cancelled");
    SAYS(makeSheetPicture(generator, rows, 0, 1, {}), "at least one");
    SAYS(makeSheetPicture(generator, {}, 3, 1, {}), "at least one");
    SAYS(makeSheetPicture(generator, rows, 10, 1000, {}), "zoom less");
    generator.failing = true;
    SAYS(makeSheetPicture(generator, rows, 10, 1, {}), "the generator broke");
}

QTEST_GUILESS_MAIN(TestPathFilm)
#include "path_film.moc"
