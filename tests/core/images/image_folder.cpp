// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_cache.h"
#include "core/data/sources.h"
#include "core/images/decoder.h"
#include "core/io/image.h"
#include "tests/core/base/data_options.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const fs::path fixtures = fs::path(SADDLE_TEST_DATA) / "fixtures";

std::string png(int width, int height, std::uint8_t value, int channels = 3)
{
    const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    return *encodePng(
        {width, height, channels, std::vector<std::uint8_t>(size * static_cast<std::size_t>(channels), value)});
}

std::string bigEndian(std::uint32_t value)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

/// A PNG whose header says another size than it has.
std::string lying(std::string bytes, std::uint32_t width, std::uint32_t height)
{
    return bytes.replace(16, 8, bigEndian(width) + bigEndian(height));
}

/// A lossy WebP picture of 8000 × 8000 pixels in a few bytes.
std::string lyingWebp()
{
    const std::string frame = std::string("\x10\0\0\x9d\x01\x2a\x40\x1f\x40\x1f", 10) + std::string(40, '\0');
    return std::string("RIFF\x3e\0\0\0WEBPVP8 \x32\0\0\0", 20) + frame;
}

/// A JPEG without the segment that says whose four colours they are.
std::string withoutAdobe(std::string bytes)
{
    const std::size_t mark = bytes.find(std::string("\xff\xee\0\x0e"
                                                    "Adobe",
        9));
    return mark == std::string::npos ? bytes : bytes.erase(mark, 16);
}

using Quarters = std::array<std::array<int, 3>, 4>;

constexpr Quarters colours{{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}}};
constexpr Quarters greys{{{10, 10, 10}, {90, 90, 90}, {170, 170, 170}, {250, 250, 250}}};

/// Values of alpha 0, 85, 170, 255 over a background.
Quarters over(const Quarters& quarters, int background)
{
    Quarters result{};
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            const double alpha = static_cast<double>(i) / 3;
            result[i][c] = static_cast<int>(std::lround(quarters[i][c] * alpha + background * (1 - alpha)));
        }
    }
    return result;
}

} // namespace

Q_DECLARE_METATYPE(Quarters)

class TestImageFolder : public QObject {
    Q_OBJECT

private slots:
    void init();
    void formats_data();
    void formats();
    void cropAndResize();
    void grey();
    void orderAndSubfolders();
    void classes();
    void badFilesAreSkipped();
    void nothingReadable();
    void options();
    void unreadableFolders();
    void loops();
    void cancelled();
    void cacheIsUsed();
    void anotherDecoderMakesItAnew();
    void cacheIsMadeAnew_data();
    void cacheIsMadeAnew();
    void cacheCannotBeWritten();
    void oldCachesGo();
    void buildWithoutDecoder();

private:
    Result<Dataset> load(const Json& given) { return m_source.load(resolved(m_source, given), unwatched); }
    /// The one file of the cache.
    fs::path cacheFile() const
    {
        for (const auto& entry : fs::directory_iterator(m_scratch->path("cache/saddle/images"))) {
            if (entry.path().extension() == ".images")
                return entry.path();
        }
        return {};
    }
    std::string folder() const { return m_scratch->path("in").string(); }

    const SourceInfo m_source = imageFolderSource(imageDecoder());
    std::unique_ptr<Scratch> m_scratch;
};

void TestImageFolder::init()
{
    m_scratch = std::make_unique<Scratch>();
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(m_scratch->path("cache").string()));
    fs::create_directories(folder());
}

void TestImageFolder::formats_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<Quarters>("wanted");
    QTest::addColumn<QString>("background");
    QTest::addColumn<int>("tolerance");
    const auto row = [](const char* file, const Quarters& wanted, int tolerance, const char* background = "black") {
        QTest::addRow("%s on %s", file, background) << file << wanted << background << tolerance;
    };
    for (int number = 1; number <= 8; ++number) {
        const std::string file = "turned_" + std::to_string(number);
        row((file + ".jpg").c_str(), colours, 3);
        if (number == 6 || number == 7) {
            for (const char* ending : {".png", ".webp", ".tif"})
                row((file + ending).c_str(), colours, 0);
        }
    }
    for (const char* file : {"palette.png", "palette.bmp", "plain.bmp", "plain.webp", "rgb16.png", "lzw.tif",
             "unused.bmp", "cmyk.tif", "unused.tif", "unused16.tif", "planes.tif"})
        row(file, colours, 0);
    for (const char* file : {"alpha.png", "alpha.webp", "alpha.tif", "palette_alpha.png", "rgba16.png", "alpha16.tif",
             "multiplied.tif", "multiplied16.tif", "alpha.bmp"}) {
        row(file, over(colours, 0), 1);
        row(file, over(colours, 255), 1, "white");
        row(file, over(colours, 128), 1, "grey");
    }
    for (const char* file : {"grey_alpha.png", "grey_alpha16.png"}) {
        row(file, over(greys, 0), 1);
        row(file, over(greys, 255), 1, "white");
        row(file, over(greys, 128), 1, "grey");
    }
    const auto clear = [](Quarters quarters, int background) {
        quarters[1] = {background, background, background};
        return quarters;
    };
    for (const char* file : {"rgb_clear.png", "grey_clear.png", "grey16_clear.png"}) {
        const Quarters& plain = std::string_view(file).starts_with("rgb") ? colours : greys;
        row(file, clear(plain, 0), 0);
        row(file, clear(plain, 128), 0, "grey");
    }
    row("bits_clear.png", {{{0, 0, 0}, {128, 128, 128}, {128, 128, 128}, {0, 0, 0}}}, 0, "grey");
    row("grey.png", greys, 0);
    row("grey.jpg", greys, 3);
    row("grey16.png", greys, 0);
    row("grey16.tif", greys, 0);
    row("white_is_0.tif", greys, 0);
    for (const char* file : {"unused.tif", "unused.bmp"}) // what means nothing is no alpha
        row(file, colours, 0, "white");
    for (const char* file : {"bits.png", "bits.tif", "bits_white_is_0.tif"})
        row(file, {{{0, 0, 0}, {255, 255, 255}, {255, 255, 255}, {0, 0, 0}}}, 0);
    row("cmyk.jpg", colours, 6);
    row("ycck.jpg", colours, 6);
    row("progressive.jpg", colours, 3);
}

void TestImageFolder::formats()
{
    QFETCH(QString, file);
    QFETCH(Quarters, wanted);
    QFETCH(QString, background);
    QFETCH(int, tolerance);
    fs::copy(fixtures / file.toStdString(), folder());
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 16}, {"background", background.toStdString()}});
    QVERIFY_OK(data);
    QCOMPARE(data->count, 1);
    QCOMPARE(data->shape, (Shape{3, 16, 16}));
    for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t y = 0; y < 16; ++y) {
            for (std::size_t x = 0; x < 16; ++x) {
                // At the seams of a JPEG's quarters other values are right as well.
                if (tolerance > 1 && (x == 7 || x == 8 || y == 7 || y == 8))
                    continue;
                const int found = data->pixels[(c * 16 + y) * 16 + x];
                const int expected = wanted[y / 8 * 2 + x / 8][c];
                QVERIFY2(std::abs(found - expected) <= tolerance,
                    qPrintable(QStringLiteral("channel %1 at %2, %3: %4 instead of %5")
                                   .arg(c)
                                   .arg(x)
                                   .arg(y)
                                   .arg(found)
                                   .arg(expected)));
            }
        }
    }
}

void TestImageFolder::cropAndResize()
{
    // 178 × 218 as CelebA has it: the value says where a pixel was.
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < 218; ++y) {
        for (int x = 0; x < 178; ++x)
            pixels.insert(pixels.end(), {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 7});
    }
    m_scratch->write("in/face.png", *encodePng({178, 218, 3, pixels}));
    const Result<Dataset> cut = load({{"folder", folder()}, {"crop", 128}, {"size", 128}});
    QVERIFY_OK(cut);
    QCOMPARE(int{cut->pixels[0]}, 25);
    QCOMPARE(int{cut->pixels[128 * 128]}, 45);
    QCOMPARE(int{cut->pixels[2 * 128 * 128]}, 7);
    // Halved by averaging over 2 × 2 pixels: 25 and 26 give 25.5.
    const Result<Dataset> half = load({{"folder", folder()}, {"crop", 128}, {"size", 64}});
    QVERIFY_OK(half);
    for (std::size_t x = 0; x < 64; ++x)
        QVERIFY(std::abs(half->pixels[x] - (25.5 + 2 * static_cast<double>(x))) <= 0.5);
    // No crop: the largest square, 178 of 218 from row 20 on.
    const Result<Dataset> whole = load({{"folder", folder()}, {"size", 178}});
    QVERIFY_OK(whole);
    QCOMPARE(int{whole->pixels[0]}, 0);
    QCOMPARE(int{whole->pixels[178 * 178]}, 20);
    // A crop larger than the picture is that square too, and enlarging keeps the range.
    const Result<Dataset> large = load({{"folder", folder()}, {"crop", 500}, {"size", 356}});
    QVERIFY_OK(large);
    QVERIFY(large->pixels[356 * 356] <= 21);
}

void TestImageFolder::grey()
{
    fs::copy(fixtures / "turned_1.jpg", folder());
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 16}, {"colour", "grey"}, {"flip", true}});
    QVERIFY_OK(data);
    QCOMPARE(data->shape, (Shape{1, 16, 16}));
    QCOMPARE(data->pixels.size(), std::size_t{256});
    QVERIFY(data->flip);
    // ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B.
    QVERIFY(std::abs(data->pixels[2 * 16 + 2] - 76) <= 3);
    QVERIFY(std::abs(data->pixels[2 * 16 + 13] - 150) <= 3);
    QVERIFY(std::abs(data->pixels[13 * 16 + 2] - 29) <= 3);
}

void TestImageFolder::orderAndSubfolders()
{
    m_scratch->write("in/b.PNG", png(8, 8, 20));
    m_scratch->write("in/a/z.png", png(8, 8, 10));
    m_scratch->write("in/c/d/e/f.png", png(8, 8, 30));
    m_scratch->write("in/readme.txt", "no picture");
    m_scratch->write("in/.hidden/x.png", png(8, 8, 99));
    m_scratch->write("in/._b.png", "left by another system");
    m_scratch->write("in/wrong.jpg", png(8, 8, 40)); // its name does not matter
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 8}});
    QVERIFY_OK(data);
    QCOMPARE(data->count, 4);
    for (std::size_t i = 0; i < 4; ++i)
        QCOMPARE(int{data->pixels[i * 192]}, static_cast<int>(10 * (i + 1)));
    QVERIFY(data->skipped.empty());
    QVERIFY(data->labels.empty());
    QCOMPARE(data->description, std::string("in, 4 images"));
}

void TestImageFolder::classes()
{
    m_scratch->write("in/dogs/1.png", png(8, 8, 50));
    m_scratch->write("in/cats/deep/2.png", png(8, 8, 60));
    m_scratch->write("in/cats/1.png", png(8, 8, 70));
    m_scratch->write("in/loose.png", png(8, 8, 80));
    fs::create_directories(m_scratch->path("in/empty"));
    fs::create_directory_symlink(folder(), m_scratch->path("in/dogs/back"));
    const Json options = resolved(m_source, {{"folder", folder()}, {"size", 8}, {"labels", true}});
    QCOMPARE(m_source.header(options)->classes, 3);
    const Result<Dataset> data = m_source.load(options, unwatched);
    QVERIFY_OK(data);
    QCOMPARE(data->classNames, (std::vector<std::string>{"cats", "dogs", "empty"}));
    QCOMPARE(data->classes, 3);
    QCOMPARE(data->labels, (std::vector<std::int32_t>{0, 0, 1}));
    QCOMPARE(data->skipped.size(), std::size_t{2});
    QCOMPARE(data->skipped[0].path, std::string("empty"));
    QCOMPARE(data->skipped[1].path, std::string("loose.png"));
    // Without labels everything counts.
    QCOMPARE(load({{"folder", folder()}, {"size", 8}})->count, 4);
    SAYS(m_source.header(resolved(m_source, {{"folder", m_scratch->path("in/cats/deep").string()}, {"labels", true}})),
        "no sub-folders", "data.labels");
}

void TestImageFolder::badFilesAreSkipped()
{
    const std::string good = png(8, 8, 5);
    const auto fixture = [](const char* name) {
        std::ifstream file(fixtures / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string jpeg = fixture("turned_1.jpg");
    m_scratch->write("in/good.png", good);
    const std::vector<std::tuple<std::string, std::string, std::string>> bad{
        {"cut.png", good.substr(0, good.size() - 20), "ends early"},
        {"empty.png", "", "empty"},
        {"huge.png", lying(good, 60000, 60000), "60000 × 60000"},
        {"bomb.png", lying(good, 7000, 7000), "more than its bytes can hold"},
        {"small.png", lying(good, 30000, 30000), "megapixels"},
        {"none.png", lying(good, 0, 8), "no pixels"},
        {"text.png", "this is a text", "not a PNG"},
        {"cut.jpg", jpeg.substr(0, jpeg.size() - 30), "ends early"},
        {"head.jpg", jpeg.substr(0, 40), "ends before its pixels"},
        {"bomb.webp", lyingWebp(), "more pixels than its bytes can hold"},
        {"cut.webp", fixture("plain.webp").substr(0, 40), "ends early"},
        {"cut.bmp", fixture("plain.bmp").substr(0, 300), "ends early"},
        {"cut.tif", fixture("alpha.tif").substr(0, 20), "TIFF picture ends"},
        // OpenCV would show these wrongly.
        {"cmyk.jpg", withoutAdobe(fixture("cmyk.jpg")), "without Adobe's mark"},
        {"grey_alpha.tif", fixture("grey_alpha.tif"), "grey levels with transparency"},
        {"planes16.tif", fixture("planes16.tif"), "each colour apart"},
        {"white_is_0_16.tif", fixture("white_is_0_16.tif"), "other colours"},
        {"cmyk16.tif", fixture("cmyk16.tif"), "other colours"},
        {"rotten.png", std::string(good).replace(45, 6, "rotten"), "cannot be decoded"},
    };
    for (const auto& [name, bytes, reason] : bad)
        m_scratch->write("in/" + name, bytes);
    QCOMPARE(::mkfifo(m_scratch->path("in/pipe.png").c_str(), 0600), 0);
    fs::create_symlink("nowhere", m_scratch->path("in/torn.png"));
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 8}});
    QVERIFY_OK(data);
    QCOMPARE(data->count, 1);
    const auto reasonOf = [&](const std::string& name) {
        for (const SkippedFile& file : data->skipped) {
            if (file.path == name)
                return file.reason;
        }
        return std::string("it was not skipped");
    };
    for (const auto& [name, bytes, reason] : bad)
        QVERIFY2(reasonOf(name).find(reason) != std::string::npos,
            qPrintable(QString::fromStdString(name + ": " + reasonOf(name))));
    QCOMPARE(reasonOf("pipe.png"), std::string("this is not a regular file"));
    QVERIFY(reasonOf("torn.png").find("No such file") != std::string::npos);
    QCOMPARE(data->skipped.size(), bad.size() + 2);
}

void TestImageFolder::nothingReadable()
{
    SAYS(load({{"folder", folder()}}), folder(), "no images");
    m_scratch->write("in/a.png", "");
    m_scratch->write("in/b.jpg", "text");
    SAYS(load({{"folder", folder()}}), folder(), "none of its 2 files", "a.png (the file is empty)", "b.jpg");
    QVERIFY(cacheFile().empty());
}

void TestImageFolder::options()
{
    SAYS(m_source.header(resolved(m_source, Json::object())), "data.folder", "no folder");
    SAYS(m_source.header(resolved(m_source, {{"folder", m_scratch->path("nowhere").string()}})), "no such folder");
    const fs::path file = m_scratch->write("file", "x");
    SAYS(m_source.load(resolved(m_source, {{"folder", file.string()}}), unwatched), file.string(), "not a folder");
    const Json options = resolved(m_source, {{"folder", folder()}, {"size", 32}, {"colour", "grey"}});
    QCOMPARE(m_source.header(options)->shape, (Shape{1, 32, 32}));
}

/// Runs as somebody who may not read everything, for root may.
class Unprivileged {
public:
    Unprivileged()
        : m_changed(::geteuid() == 0 && ::seteuid(nobody) == 0)
    {
    }
    ~Unprivileged()
    {
        if (m_changed && ::seteuid(0) != 0)
            std::abort();
    }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

    static bool mayRead(const fs::path& folder)
    {
        std::error_code error;
        fs::directory_iterator(folder, error);
        return !error;
    }

private:
    static constexpr uid_t nobody = 65534;
    bool m_changed;
};

void TestImageFolder::unreadableFolders()
{
    m_scratch->write("in/a.png", png(8, 8, 1));
    m_scratch->write("in/locked/b.png", png(8, 8, 2));
    m_scratch->write("in/locked/deep/c.png", png(8, 8, 3));
    fs::permissions(m_scratch->path(""), fs::perms::all);
    fs::permissions(m_scratch->path("in/locked"), fs::perms::none);
    {
        const Unprivileged user;
        if (!Unprivileged::mayRead(m_scratch->path("in")) || Unprivileged::mayRead(m_scratch->path("in/locked")))
            QSKIP("this user may read everything, or nothing here");
        const Result<Dataset> data = load({{"folder", folder()}, {"size", 8}});
        QVERIFY_OK(data);
        QCOMPARE(data->count, 1);
        QCOMPARE(data->skipped.size(), std::size_t{1});
        QCOMPARE(data->skipped[0].path, std::string("locked"));
        QCOMPARE(data->skipped[0].reason, std::string("the folder cannot be read: Permission denied"));
        // The folder itself, and one that lies in such a one: neither is missing or empty.
        for (const char* place : {"in/locked", "in/locked/deep"}) {
            const Json options = resolved(m_source, {{"folder", m_scratch->path(place).string()}});
            SAYS(m_source.header(options), m_scratch->path(place).string(), "cannot be read", "ermission");
            SAYS(m_source.load(options, unwatched), "cannot be read", "ermission");
        }
    }
    fs::permissions(m_scratch->path("in/locked"), fs::perms::owner_all);
    // Nor is one whose path leads in a circle.
    const fs::path circle = m_scratch->path("circle");
    fs::create_directory_symlink(circle, circle);
    SAYS(m_source.header(resolved(m_source, {{"folder", circle.string()}})), circle.string(), "symbolic links");
}

void TestImageFolder::loops()
{
    m_scratch->write("in/a/1.png", png(8, 8, 1));
    fs::create_directory_symlink(folder(), m_scratch->path("in/a/up"));
    fs::create_directory_symlink(m_scratch->path("in/b"), m_scratch->path("in/b"));
    m_scratch->write("elsewhere/2.png", png(8, 8, 2));
    fs::create_directory_symlink(m_scratch->path("elsewhere"), m_scratch->path("in/c"));
    fs::create_directory_symlink(m_scratch->path("elsewhere"), m_scratch->path("in/d"));
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 8}});
    QVERIFY_OK(data);
    QCOMPARE(data->count, 2);
}

void TestImageFolder::cancelled()
{
    for (int i = 0; i < 300; ++i)
        m_scratch->write("in/" + std::to_string(i) + ".png", png(200, 200, static_cast<std::uint8_t>(i)));
    int calls = 0;
    const Json options = resolved(m_source, {{"folder", folder()}, {"size", 256}});
    const auto begin = std::chrono::steady_clock::now();
    SAYS(m_source.load(options, [&](double, const std::string&) { return ++calls < 2; }), "cancelled");
    QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)); // a busy machine; else 0.1 s
    QVERIFY(cacheFile().empty());
    // Progress goes up and says what it is at.
    double before = 0;
    QVERIFY_OK(m_source.load(options, [&](double fraction, const std::string& what) {
        const bool good = fraction >= before && fraction <= 1 && !what.empty();
        before = fraction;
        return good;
    }));
}

void TestImageFolder::cacheIsUsed()
{
    m_scratch->write("in/x/a.png", png(8, 8, 11));
    m_scratch->write("in/x/b.png", "bad");
    m_scratch->write("in/y/c.png", png(8, 8, 12));
    const Json given{{"folder", folder()}, {"size", 8}, {"labels", true}};
    const Result<Dataset> first = load(given);
    QVERIFY_OK(first);
    // If it were decoded again, this would be noticed: the source's decoder writes other pixels.
    ImageDecoder other{imageDecoder().name,
        [](std::string_view, const ImageHeader&, const DecodeSettings& settings, const std::string&, std::uint8_t* to) {
            std::fill_n(to, settings.bytes(), std::uint8_t{77});
            return Status();
        }};
    const SourceInfo fake = imageFolderSource(other);
    const Result<Dataset> second = fake.load(resolved(fake, given), unwatched);
    QVERIFY_OK(second);
    QVERIFY(std::equal(first->pixels.begin(), first->pixels.end(), second->pixels.begin(), second->pixels.end()));
    QCOMPARE(second->labels, first->labels);
    QCOMPARE(second->classNames, first->classNames);
    QCOMPARE(second->classes, 2);
    QCOMPARE(second->description, first->description);
    QCOMPARE(second->skipped.size(), std::size_t{1});
    QCOMPARE(second->skipped[0].reason, first->skipped[0].reason);
    QVERIFY(second->notes.empty());
    // Other settings or other files are another matter.
    const auto decodedAnew = [&](const Json& changed) {
        return fake.load(resolved(fake, changed), unwatched)->pixels[0] == 77;
    };
    QVERIFY(decodedAnew({{"folder", folder()}, {"size", 9}, {"labels", true}}));
    QVERIFY(decodedAnew({{"folder", folder()}, {"size", 8}, {"labels", false}}));
    QVERIFY(decodedAnew({{"folder", folder()}, {"size", 8}, {"labels", true}, {"background", "white"}}));
    fs::last_write_time(m_scratch->path("in/x/a.png"), fs::file_time_type::clock::now() + std::chrono::seconds(3));
    QVERIFY(decodedAnew(given));
}

void TestImageFolder::anotherDecoderMakesItAnew()
{
    m_scratch->write("in/a.png", png(8, 8, 11));
    int decoded = 0;
    const auto loadBy = [&](const std::string& name) {
        ImageDecoder decoder = imageDecoder();
        decoder.name = name;
        decoder.decode = [&decoded](std::string_view, const ImageHeader&, const DecodeSettings& settings,
                             const std::string&, std::uint8_t* pixels) -> Status {
            ++decoded;
            std::fill_n(pixels, settings.bytes(), std::uint8_t{1});
            return {};
        };
        const SourceInfo source = imageFolderSource(decoder);
        return source.load(resolved(source, {{"folder", folder()}, {"size", 8}}), unwatched);
    };
    for (const char* name : {"one", "one", "two"})
        QVERIFY_OK(loadBy(name));
    QCOMPARE(decoded, 2);
    // The library's version says nothing of what is made of its pixels here.
    QVERIFY(imageDecoder().name.find(", decoding ") != std::string::npos);
}

void TestImageFolder::cacheIsMadeAnew_data()
{
    QTest::addColumn<int>("damage");
    QTest::newRow("cut by a byte") << 0;
    QTest::newRow("cut to nothing") << 1;
    QTest::newRow("longer by a byte") << 2;
    QTest::newRow("a flipped bit in the text") << 3;
    QTest::newRow("a flipped bit in the trailer") << 4;
    QTest::newRow("cut by a picture") << 5;
}

void TestImageFolder::cacheIsMadeAnew()
{
    QFETCH(int, damage);
    for (const char* name : {"in/a.png", "in/b.png"})
        m_scratch->write(name, png(8, 8, 11));
    QVERIFY_OK(load({{"folder", folder()}, {"size", 8}}));
    const fs::path file = cacheFile();
    std::string bytes;
    {
        std::ifstream in(file, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    const std::string whole = bytes;
    switch (damage) {
    case 0:
        bytes.pop_back();
        break;
    case 1:
        bytes.clear();
        break;
    case 2:
        bytes += 'x';
        break;
    case 3:
        bytes[bytes.size() - 60] ^= 4;
        break;
    case 4:
        bytes[bytes.size() - 30] ^= 1;
        break;
    default:
        bytes.erase(0, 192);
    }
    // As another file: the first may still be mapped.
    fs::remove(file);
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 8}});
    QVERIFY_OK(data);
    QCOMPARE(data->count, 2);
    QCOMPARE(int{data->pixels[383]}, 11);
    std::ifstream in(file, std::ios::binary);
    QVERIFY(std::string(std::istreambuf_iterator<char>(in), {}) == whole);
}

void TestImageFolder::cacheCannotBeWritten()
{
    m_scratch->write("in/a.png", png(8, 8, 11));
    m_scratch->write("cache", "a file where the folder should be");
    const Result<Dataset> data = load({{"folder", folder()}, {"size", 8}});
    QVERIFY_OK(data);
    QCOMPARE(int{data->pixels[0]}, 11);
    QCOMPARE(notesOn(*data).size(), std::size_t{1});
    QVERIFY(notesOn(*data)[0].find("could not be kept") != std::string::npos);
}

void TestImageFolder::oldCachesGo()
{
    const fs::path folder = m_scratch->path("caches");
    const ImageCache cache(folder);
    const auto now = fs::file_time_type::clock::now();
    for (int i = 0; i < 4; ++i) {
        const fs::path file =
            m_scratch->write("caches/" + std::string(1, static_cast<char>('a' + i)) + ".images", std::string(100, 'x'));
        fs::last_write_time(file, now - std::chrono::hours(10 * (4 - i)));
    }
    m_scratch->write("caches/other.txt", std::string(1000, 'x'));
    cache.prune("a", 400);
    QVERIFY(fs::exists(folder / "b.images"));
    cache.prune("a", 250); // the oldest, but it is kept
    QVERIFY(fs::exists(folder / "a.images"));
    QVERIFY(!fs::exists(folder / "b.images"));
    QVERIFY(!fs::exists(folder / "c.images"));
    QVERIFY(fs::exists(folder / "d.images"));
    QVERIFY(fs::exists(folder / "other.txt"));
}

void TestImageFolder::buildWithoutDecoder()
{
    const SourceInfo without = imageFolderSource({});
    const Json options = resolved(without, {{"folder", folder()}});
    SAYS(without.header(options), "data.source=image-folder", "this build cannot decode images", "fashion-mnist");
    SAYS(without.load(options, unwatched), "this build cannot decode images");
}

QTEST_GUILESS_MAIN(TestImageFolder)
#include "image_folder.moc"
