// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include "core/base/json.h"
#include "core/base/shared_bytes.h"
#include "core/base/text.h"
#include "tests/core/base/crafted.h"

#include <cerrno>
#include <filesystem>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

std::size_t entries(const fs::path& folder)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

class TestFiles : public QObject {
    Q_OBJECT

private slots:
    void sentences();
    void groupsOfThousands();
    void readsWhatIsThere();
    void refusesToRead();
    void writesWholeFiles();
    void failedWritesLeaveTheOldFile();
    void remedies();
    void userFolders();
    void jsonComesBack();
    void jsonErrorsNameTheLine();
    void jsonFiles();
    void jsonPaths();
    void mappedFiles();
    void numbersInWords();
};

void TestFiles::sentences()
{
    QCOMPARE((Error{"it is cut off", "a.json", "use another copy"}.sentence()),
        std::string("a.json: it is cut off. Use another copy."));
    QCOMPARE((Error{"it is cut off", {}, {}}.sentence()), std::string("it is cut off."));
    QCOMPARE((Error{"why?", {}, {}}.sentence()), std::string("why?"));
    QCOMPARE((Error{"bad", "width", {}}.in("a.json").where), std::string("a.json: width"));
    QCOMPARE((Error{"bad", {}, {}}.in("a.json").where), std::string("a.json"));
}

void TestFiles::groupsOfThousands()
{
    const std::pair<std::int64_t, const char*> numbers[]{{0, "0"}, {999, "999"}, {1000, "1,000"}, {-999, "-999"},
        {-1000, "-1,000"}, {1234567, "1,234,567"},
        {std::numeric_limits<std::int64_t>::min(), "-9,223,372,036,854,775,808"}};
    for (const auto& [number, text] : numbers)
        QCOMPARE(grouped(number), std::string(text));
}

void TestFiles::readsWhatIsThere()
{
    const Scratch scratch;
    const std::string bytes("some\0bytes\n", 11);
    const auto read = readFile(scratch.write("file", bytes), bytes.size());
    QVERIFY_OK(read);
    QCOMPARE(*read, bytes);
    const auto empty = readFile(scratch.write("empty", ""), 0);
    QVERIFY_OK(empty);
    QVERIFY(empty->empty());
    const std::string large(200'000, 'x'); // more than one block
    const auto all = readFile(scratch.write("large", large), large.size());
    QVERIFY_OK(all);
    QVERIFY(*all == large);
}

void TestFiles::refusesToRead()
{
    const Scratch scratch;
    REFUSED(readFile(scratch.path("missing"), 10), "cannot be opened");
    REFUSED(readFile(scratch.path("missing"), 10), scratch.path("missing").string());
    REFUSED(readFile(scratch.path(), 10), "this is a folder");
    REFUSED(readFile(scratch.write("file", "01234567890"), 10), "the file is larger");
    REFUSED(readFile(scratch.path("file") / "inside", 10), "cannot be opened");
    // A file without an end is cut off at the limit.
    REFUSED(readFile("/dev/zero", 1u << 20), "the file is larger than 1 MiB");
}

void TestFiles::writesWholeFiles()
{
    const Scratch scratch;
    const fs::path file = scratch.path("file");
    for (const std::string& bytes : {std::string("first"), std::string("\0second", 7), std::string()}) {
        QVERIFY_OK(writeFileWhole(file, bytes));
        const auto read = readFile(file, 100);
        QVERIFY_OK(read);
        QCOMPARE(*read, bytes);
        QCOMPARE(entries(scratch.path()), std::size_t{1});
    }
    // What an earlier crash left does not disturb.
    scratch.write("file.part", "half of something longer");
    QVERIFY_OK(writeFileWhole(file, "third"));
    QCOMPARE(*readFile(file, 100), std::string("third"));
    QCOMPARE(entries(scratch.path()), std::size_t{1});
}

void TestFiles::failedWritesLeaveTheOldFile()
{
    const Scratch scratch;
    const fs::path file = scratch.write("file", "old");
    REFUSED(writeFileWhole(file / "inside", "new"), "cannot be written");
    REFUSED(writeFileWhole(scratch.path("missing") / "file", "new"), "cannot be written");
    QVERIFY(!fs::exists(scratch.path("missing")));

    // The temporary name leads to a disk that is full.
    if (fs::exists("/dev/full")) {
        fs::create_symlink("/dev/full", scratch.path("file.part"));
        REFUSED(writeFileWhole(file, "new"), "Free some space");
        QVERIFY(!fs::is_symlink(scratch.path("file.part")));
    }

    // A folder cannot be replaced by a file.
    fs::create_directories(scratch.path("folder/full"));
    REFUSED(writeFileWhole(scratch.path("folder"), "new"), scratch.path("folder").string());
    QVERIFY(!fs::exists(scratch.path("folder.part")));

    QCOMPARE(*readFile(file, 100), std::string("old"));
}

void TestFiles::remedies()
{
    for (const int code : {ENOSPC, EDQUOT, EACCES, EPERM, EROFS, ENOENT, EISDIR}) {
        const Error error = systemError(code, "it failed", "a/file");
        QVERIFY(!error.remedy.empty());
        QCOMPARE(error.where, std::string("a/file"));
        QVERIFY(error.what.starts_with("it failed ("));
    }
    QVERIFY(systemError(EIO, "it failed", "a/file").remedy.empty());
}

void TestFiles::userFolders()
{
    qputenv("HOME", "/home/someone");
    qputenv("XDG_CACHE_HOME", "/var/cache/someone");
    qputenv("XDG_CONFIG_HOME", "not/absolute");
    qunsetenv("XDG_DATA_HOME");
    QCOMPARE(userDataFolder(), fs::path("/home/someone/.local/share/saddle"));
    QCOMPARE(userCacheFolder(), fs::path("/var/cache/someone/saddle"));
    QCOMPARE(userConfigFolder(), fs::path("/home/someone/.config/saddle"));
}

void TestFiles::jsonComesBack()
{
    const std::string text = "{\n  \"z\": 1,\n  \"a\": [\n    0.1,\n    \"x\"\n  ]\n}\n";
    const auto json = parseJson(text, "text");
    QVERIFY_OK(json);
    QCOMPARE(prettyJson(*json), text); // keys in their own order, one final newline
    QVERIFY(!prettyJson(Json("\xff")).empty()); // no exception for what is not UTF-8
    const std::string deep(100'000, '[');
    QVERIFY_OK(parseJson(deep + std::string(100'000, ']'), "deep"));
}

void TestFiles::jsonErrorsNameTheLine()
{
    REFUSED(parseJson("", "a.json"), "a.json, line 1, column 1");
    REFUSED(parseJson("{\n  \"a\": 1,\n  \"b\" 2\n}", "a.json"), "a.json, line 3, column 7");
    REFUSED(parseJson("{} {}", "a.json"), "a.json, line 1");
    REFUSED(parseJson(std::string(100'000, '['), "a.json"), "not valid JSON");
    REFUSED(parseJson("\"\xff\"", "a.json"), "not valid JSON");
    REFUSED(parseJson("1e999", "a.json"), "not valid JSON");
}

void TestFiles::jsonFiles()
{
    const Scratch scratch;
    const auto json = readJson(scratch.write("a.json", "{\"a\": 1}"));
    QVERIFY_OK(json);
    QCOMPARE(json->at("a").get<int>(), 1);
    REFUSED(readJson(scratch.path("missing.json")), scratch.path("missing.json").string());
    REFUSED(readJson(scratch.write("bad.json", "{\"a\"")), scratch.path("bad.json").string() + ", line 1");
    REFUSED(readJson(scratch.write("large.json", std::string((16u << 20) + 1, ' '))), "larger than 16 MiB");
}

void TestFiles::jsonPaths()
{
    Json json = Json::parse(R"({"a": {"b": {"c": 1}}, "list": [1]})");
    QVERIFY(findPath(json, "a.b.c") != nullptr);
    QCOMPARE(findPath(json, "a.b.c")->get<int>(), 1);
    QVERIFY(findPath(json, "") == &json);
    for (const char* path : {"a.x", "a.b.c.d", "list.0", "x"})
        QVERIFY2(findPath(json, path) == nullptr, path);
    setPath(json, "a.b.c", 2);
    setPath(json, "new.one", "x");
    setPath(json, "list.one", true); // what was no object becomes one
    QCOMPARE(json.dump(), std::string(R"({"a":{"b":{"c":2}},"list":{"one":true},"new":{"one":"x"}})"));
}

void TestFiles::mappedFiles()
{
    const Scratch scratch;
    SharedBytes part;
    {
        const Result<SharedBytes> file = mapFile(scratch.write("mapped", "0123456789"));
        QVERIFY_OK(file);
        QCOMPARE(std::string(file->begin(), file->end()), std::string("0123456789"));
        part = file->part(3, 4);
    }
    // The file may go, and the whole too: what is still held stays readable.
    fs::remove(scratch.path("mapped"));
    QCOMPARE(std::string(part.begin(), part.end()), std::string("3456"));
    const Result<SharedBytes> empty = mapFile(scratch.write("nothing", ""));
    QVERIFY_OK(empty);
    QVERIFY(empty->empty());
    REFUSED(mapFile(scratch.path("missing")), "cannot be opened");
    REFUSED(mapFile(scratch.path()), "not a regular file");
}

void TestFiles::numbersInWords()
{
    QCOMPARE(grouped(0), std::string("0"));
    QCOMPARE(grouped(999), std::string("999"));
    QCOMPARE(grouped(1000), std::string("1,000"));
    QCOMPARE(grouped(-123), std::string("-123"));
    QCOMPARE(grouped(-1234567), std::string("-1,234,567"));
    QCOMPARE(counted(1, "image"), std::string("1 image"));
    QCOMPARE(counted(0, "image"), std::string("0 images"));
}

QTEST_GUILESS_MAIN(TestFiles)
#include "files.moc"
