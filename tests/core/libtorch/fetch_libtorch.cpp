// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/libtorch/fetch_words.h"
#include "core/libtorch/find.h"
#include "tests/support/says.h"
#include "tests/support/small_disk.h"
#include "tests/support/small_libtorch.h"
#include "tests/support/wheel_server.h"

#include <atomic>
#include <cstdlib>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const FetchMonitor onward = [](const FetchProgress&) { return true; };

/// Fetches on a thread while this one serves.
Result<Ended> fetchWhileServing(const FetchRequest& request, const FetchMonitor& monitor = onward)
{
    std::optional<Result<Ended>> result;
    std::atomic<bool> ended = false;
    std::thread thread([&] {
        result = fetchLibtorch(request, monitor);
        ended = true;
    });
    while (!ended)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
    thread.join();
    return *result;
}

std::string contents(const fs::path& path)
{
    const Result<std::string> text = readFile(path, 1 << 20);
    return text ? *text : std::string();
}

bool isEmptyOrMissing(const fs::path& folder)
{
    std::error_code error;
    return !fs::exists(folder, error) || fs::is_empty(folder, error);
}

} // namespace

class TestFetchLibtorch : public QObject {
    Q_OBJECT

private slots:
    void init();

    void shippedLists();
    void listsThatAreNone_data();
    void listsThatAreNone();
    void theWholeIsPutInPlace();
    void aSecondStartFetchesNothing();
    void filesOfThisMachine();
    void anotherHashIsRefused();
    void aDamagedRestIsFetchedAnew();
    void aWholeRestIsUsed();
    void aCutConnectionGoesOn();
    void aServerWithoutRangesBeginsAnew();
    void aServerThatAlwaysCuts();
    void cancelledAndGoneOnWith();
    void offline();
    void anIndexWithoutTheFile();
    void aPageDoesNotLeadToFilesOfThisMachine();
    void namesThatLeadOut();
    void noRoom();
    void diskFull();
    void anotherStartIsWaitedFor();
    void librariesOfAFolder();
    void words();

private:
    void serve(const SmallLibtorch& libtorch);
    FetchRequest request() const { return m_libtorch.request(*m_scratch, m_server->url() + "/simple"); }
    fs::path cache() const { return m_scratch->path("cache/libtorch"); }
    fs::path folder() const { return cache() / "2.11.0-cpu"; }
    fs::path rest() const { return cache() / "partial/wheels" / (SmallLibtorch::sha256(m_libtorch.torch) + ".whl"); }

    SmallLibtorch m_libtorch;
    std::unique_ptr<Scratch> m_scratch;
    std::unique_ptr<WheelServer> m_server;
};

void TestFetchLibtorch::init()
{
    ::setenv("no_proxy", "127.0.0.1", 1);
    m_scratch = std::make_unique<Scratch>();
    m_server = std::make_unique<WheelServer>();
    serve(m_libtorch);
}

void TestFetchLibtorch::serve(const SmallLibtorch& libtorch)
{
    m_server->files = {
        {"/simple/torch/", SmallLibtorch::page("../../files/torch.whl", SmallLibtorch::sha256(libtorch.torch))},
        {"/simple/nvidia-cuda-runtime/",
            SmallLibtorch::page(m_server->url() + "/files/runtime.whl", SmallLibtorch::sha256(libtorch.runtime))},
        {"/files/torch.whl", libtorch.torch}, {"/files/runtime.whl", libtorch.runtime}};
}

void TestFetchLibtorch::shippedLists()
{
    for (const auto& [set, count] : {std::pair{"cpu", 4}, std::pair{"cuda", 18}}) {
        const Result<WheelList> list = shippedWheelList(set);
        QVERIFY_OK(list);
        QCOMPARE(list->wheels.size(), static_cast<std::size_t>(count));
        QCOMPARE(list->wheels.front().name, std::string("torch"));
        QCOMPARE(list->version(), std::string("2.11.0"));
        QVERIFY(list->downloadBytes > 500'000'000);
        QVERIFY(list->diskBytes > list->downloadBytes);
    }
    QCOMPARE(shippedWheelList("cpu")->wheels[3].sha256,
        std::string("7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"));
    SAYS(shippedWheelList("rocm"), "rocm", "cpu or cuda");
}

void TestFetchLibtorch::listsThatAreNone_data()
{
    const QByteArray hash = "--hash=sha256:" + QByteArray(64, 'a') + "\n";
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("where");
    QTest::newRow("empty") << QByteArray() << QByteArray("ends before");
    QTest::newRow("no hash") << QByteArray("torch==2.11.0\n") << QByteArray("ends before");
    QTest::newRow("short hash") << QByteArray("torch==2.11.0\n--hash=sha256:abc\n") << QByteArray("line 2");
    QTest::newRow("hash of nothing") << hash << QByteArray("line 1");
    QTest::newRow("two hashes") << "torch==2.11.0\n" + hash + hash << QByteArray("line 3");
    QTest::newRow("no version") << "torch>=2\n" + hash << QByteArray("line 1");
    QTest::newRow("a name that is a path") << "../torch==2.11.0\n" + hash << QByteArray("line 1");
    QTest::newRow("a size that is none") << "# Megabytes on disk: many\ntorch==2.11.0\n" + hash << QByteArray("line 1");
}

void TestFetchLibtorch::listsThatAreNone()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, where);
    SAYS(parseWheelList(text.toStdString(), "list.txt"), "list.txt", where.toStdString());
}

void TestFetchLibtorch::theWholeIsPutInPlace()
{
    const Result<Ended> ended = fetchWhileServing(request());
    QVERIFY_OK(ended);
    QCOMPARE(*ended, Ended::Done);
    QVERIFY(fs::exists(folder() / ".saddle-complete")); // as packaging/setup.sh calls it
    QCOMPARE(contents(folder() / "torch/lib/libtorch_cpu.so"), std::string(200'000, 'c'));
    QCOMPARE(contents(folder() / "nvidia/cu13/lib/libcudart.so.13"), std::string("cudart"));
    const Result<fs::path> libraries = libtorchLibraries(folder(), SmallLibtorch::version);
    QVERIFY_OK(libraries);
    QCOMPARE(*libraries, fs::canonical(folder() / "torch/lib"));
    QVERIFY(isEmptyOrMissing(cache() / "partial/wheels"));
    QVERIFY(!fs::exists(cache() / "partial/cpu"));
}

void TestFetchLibtorch::aSecondStartFetchesNothing()
{
    QVERIFY_OK(fetchWhileServing(request()));
    const std::size_t before = m_server->requests.size();
    QCOMPARE(before, std::size_t{4}); // two pages and two files
    const Result<Ended> again = fetchWhileServing(request());
    QVERIFY_OK(again);
    QCOMPARE(*again, Ended::Done);
    QCOMPARE(m_server->requests.size(), before);
}

void TestFetchLibtorch::filesOfThisMachine()
{
    const FetchRequest request = m_libtorch.request(*m_scratch, m_libtorch.writeIndex(*m_scratch));
    QVERIFY_OK(fetchLibtorch(request, onward));
    QCOMPARE(contents(folder() / "torch/lib/libc10.so"), std::string("c10"));
}

void TestFetchLibtorch::anotherHashIsRefused()
{
    std::string other = m_libtorch.torch;
    other[100] ^= 1; // of the same length, as a forger's would be
    m_server->files["/files/torch.whl"] = other;
    SAYS(fetchWhileServing(request()), "127.0.0.1", "torch 2.11.0", SmallLibtorch::sha256(other),
        SmallLibtorch::sha256(m_libtorch.torch), "do not trust");
    QVERIFY(!fs::exists(folder()));
    QVERIFY(!fs::exists(rest()));

    serve(m_libtorch);
    QVERIFY_OK(fetchWhileServing(request()));
}

void TestFetchLibtorch::aDamagedRestIsFetchedAnew()
{
    fs::create_directories(rest().parent_path());
    QVERIFY_OK(writeFileWhole(rest(), std::string(1000, 'x')));
    QVERIFY_OK(fetchWhileServing(request()));
    QCOMPARE(m_server->offsets, (std::vector<qsizetype>{1000, 0, 0}));
    QVERIFY(fs::exists(folder() / libtorchStamp));
}

void TestFetchLibtorch::aWholeRestIsUsed()
{
    fs::create_directories(rest().parent_path());
    QVERIFY_OK(writeFileWhole(rest(), m_libtorch.torch));
    QVERIFY_OK(fetchWhileServing(request()));
    QVERIFY(fs::exists(folder() / libtorchStamp));
}

void TestFetchLibtorch::aCutConnectionGoesOn()
{
    m_server->cutAfter = 50'000;
    m_server->cuts = 3;
    QVERIFY_OK(fetchWhileServing(request()));
    // Every attempt begins where the one before ended.
    QCOMPARE(m_server->offsets, (std::vector<qsizetype>{0, 50'000, 100'000, 150'000, 0}));
    QCOMPARE(contents(folder() / "torch/lib/libtorch_cpu.so"), std::string(200'000, 'c'));
}

void TestFetchLibtorch::aServerWithoutRangesBeginsAnew()
{
    m_server->ranges = false;
    m_server->cutAfter = 50'000;
    m_server->cuts = 1;
    QVERIFY_OK(fetchWhileServing(request()));
    QCOMPARE(contents(folder() / "torch/lib/libtorch_cpu.so"), std::string(200'000, 'c'));
}

void TestFetchLibtorch::aServerThatAlwaysCuts()
{
    m_server->cuts = 1000;
    SAYS(fetchWhileServing(request()), "127.0.0.1", "torch.whl cannot be fetched", "connection");
    QCOMPARE(m_server->offsets.size(), std::size_t{4}); // as many as the policy says
    QVERIFY(!fs::exists(folder()));
}

void TestFetchLibtorch::cancelledAndGoneOnWith()
{
    m_server->cutAfter = 50'000;
    m_server->cuts = 1;
    const Result<Ended> cancelled =
        fetchWhileServing(request(), [this](const FetchProgress&) { return m_server->cuts > 0; });
    QVERIFY_OK(cancelled);
    QCOMPARE(*cancelled, Ended::Cancelled);
    QVERIFY(!fs::exists(folder()));

    const Result<Ended> unpacking = fetchWhileServing(
        request(), [](const FetchProgress& progress) { return !progress.what.starts_with("Unpacking"); });
    QVERIFY_OK(unpacking);
    QCOMPARE(*unpacking, Ended::Cancelled);
    QVERIFY(!fs::exists(folder()));
    QVERIFY(!fs::exists(cache() / "partial/cpu"));
    QCOMPARE(fs::file_size(rest()), m_libtorch.torch.size());

    QVERIFY_OK(fetchWhileServing(request()));
    QVERIFY(fs::exists(folder() / libtorchStamp));
}

void TestFetchLibtorch::offline()
{
    const FetchRequest request = m_libtorch.request(*m_scratch, "http://user:secret@127.0.0.1:1/simple");
    const Result<Ended> ended = fetchLibtorch(request, onward);
    SAYS(ended, "127.0.0.1", "files of torch cannot be fetched", "heck the connection");
    QVERIFY(ended.error().sentence().find("secret") == std::string::npos);
}

void TestFetchLibtorch::anIndexWithoutTheFile()
{
    m_server->files["/simple/torch/"] = SmallLibtorch::page("torch.whl", std::string(64, '2'));
    SAYS(fetchWhileServing(request()), "has no torch 2.11.0", "PIP_INDEX_URL");
    m_server->files.erase("/simple/torch/");
    SAYS(fetchWhileServing(request()), "127.0.0.1", "404");
}

void TestFetchLibtorch::aPageDoesNotLeadToFilesOfThisMachine()
{
    const fs::path file = m_scratch->write("torch.whl", m_libtorch.torch);
    m_server->files["/simple/torch/"] =
        SmallLibtorch::page("file://" + file.string(), SmallLibtorch::sha256(m_libtorch.torch));
    SAYS(fetchWhileServing(request()), "address that is none");
}

void TestFetchLibtorch::namesThatLeadOut()
{
    for (const std::string name : {"../../escaped", "/tmp/saddle-escaped", "torch/../../../escaped", "a\\..\\b"}) {
        m_libtorch.torch = zipped({{"torch/lib/libtorch_cpu.so", "c"}, {name, "out"}});
        serve(m_libtorch);
        SAYS(fetchWhileServing(request()), "leads out");
        QVERIFY(!fs::exists(cache() / "escaped"));
        QVERIFY(!fs::exists("/tmp/saddle-escaped"));
        QVERIFY(!fs::exists(folder()));
    }
    m_libtorch = {};
}

void TestFetchLibtorch::noRoom()
{
    FetchRequest large = request();
    large.list.diskBytes = std::uint64_t{1} << 60;
    SAYS(fetchWhileServing(large), cache().string(), "GB on this disk", "XDG_CACHE_HOME");
    QVERIFY(m_server->requests.empty());
}

void TestFetchLibtorch::diskFull()
{
    const SmallDisk disk;
    if (!disk.mounted())
        QSKIP("no file system can be mounted here");
    FetchRequest small = request();
    small.cache = disk.path() / "libtorch";
    disk.fill(100'000);
    SAYS(fetchWhileServing(small), "No space left", "ree some space");
    QVERIFY(!fs::exists(libtorchFolder(small)));

    disk.free();
    QVERIFY_OK(fetchWhileServing(small));
    QVERIFY(m_server->offsets.at(1) > 0); // what had room was kept
    QCOMPARE(fs::file_size(libtorchFolder(small) / "torch/lib/libtorch_cpu.so"), std::uintmax_t{200'000});
}

void TestFetchLibtorch::anotherStartIsWaitedFor()
{
    fs::create_directories(cache());
    const int lock = ::open((cache() / ".lock").c_str(), O_RDWR | O_CREAT, 0644);
    QCOMPARE(::flock(lock, LOCK_EX), 0);
    std::string said;
    const Result<Ended> ended = fetchLibtorch(request(), [&said](const FetchProgress& progress) {
        said = progress.what;
        return false;
    });
    QVERIFY_OK(ended);
    QCOMPARE(*ended, Ended::Cancelled);
    QVERIFY(said.starts_with("Waiting for another start"));
    ::close(lock);
    QVERIFY_OK(fetchWhileServing(request()));
}

void TestFetchLibtorch::librariesOfAFolder()
{
    // The archive for C++ has lib where the wheel has torch/lib.
    fs::create_directories(m_scratch->path("own/lib"));
    fs::create_directories(m_scratch->path("own/include/torch/headeronly"));
    m_scratch->write("own/lib/libtorch_cpu.so", "c");
    SAYS(libtorchLibraries(m_scratch->path("own"), "2.11.0"), "no LibTorch here", "own");
    m_scratch->write("own/lib/libc10.so", "c");
    QVERIFY_OK(libtorchLibraries(m_scratch->path("own"), "2.11.0"));
    m_scratch->write(
        "own/include/torch/headeronly/version.h", "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 1\n");
    SAYS(libtorchLibraries(m_scratch->path("own"), "2.11.0"), "LibTorch 2.1,", "2.11.0");
    QVERIFY_OK(libtorchLibraries(m_scratch->path("own"), "2.1.3"));
}

void TestFetchLibtorch::words()
{
    using namespace std::chrono_literals;
    FetchWords words;
    const FetchWords::Clock::time_point start{};
    QCOMPARE(words.figures({"a", 0, 0}, start), std::string());
    QCOMPARE(words.figures({"a", 100'000'000, 500'000'000}, start), std::string("100 of 500 MB"));
    // What was there before counts for no speed.
    QCOMPARE(words.figures({"a", 120'000'000, 500'000'000}, start + 4s),
        std::string("120 of 500 MB, 5.0 MB/s, 1 min 16 s left"));
    QCOMPARE(words.figures({"b", 10, 2'000'000}, start + 5s), std::string("0.0 of 2.0 MB"));
    QCOMPARE(sizeWords(*shippedWheelList("cpu")), std::string("0.5 GB to download, 1.2 GB on disk"));
}

QTEST_GUILESS_MAIN(TestFetchLibtorch)
#include "fetch_libtorch.moc"
