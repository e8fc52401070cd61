// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli as people and scripts meet it: exit statuses, messages, and what lies on the disk afterwards.
#include "core/base/json.h"
#include "core/io/safetensors.h"

#include "tests/support/cli_process.h"

#include <map>

#include <csignal>
#include <unistd.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

QString text(const fs::path& path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QByteArray bytes(const fs::path& path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Every file under a folder with what it holds.
std::map<std::string, QByteArray> contents(const fs::path& folder)
{
    std::map<std::string, QByteArray> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            files[entry.path().string()] = bytes(entry.path());
    }
    return files;
}

QStringList lines(const fs::path& path)
{
    const QString all = text(path);
    return all.endsWith(QLatin1Char('\n')) ? all.chopped(1).split(QLatin1Char('\n'))
                                           : QStringList{QStringLiteral("torn")};
}

/// The lines of a metrics.csv without the column of seconds.
QStringList withoutSeconds(const fs::path& path)
{
    QStringList kept;
    for (const QString& line : lines(path)) {
        QStringList cells = line.split(QLatin1Char(','));
        if (cells.size() > 3)
            cells.removeAt(3);
        kept << cells.join(QLatin1Char(','));
    }
    return kept;
}

std::string bigEndian(std::uint32_t value)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xff);
    return out;
}

std::string idxImages(std::uint32_t count, std::uint32_t side, std::uint32_t magic = 0x803)
{
    std::string file = bigEndian(magic) + bigEndian(count) + bigEndian(side) + bigEndian(side);
    for (std::uint32_t i = 0; i < count * side * side; ++i)
        file += static_cast<char>(i * 37 + i / side);
    return file;
}

const char* const pointsText = R"({
    "data": { "source": "gaussians-8", "count": 200 },
    "latent": { "dimensions": 4 },
    "generator": { "architecture": "mlp", "width": 8, "depth": 1, "initialisation": "default" },
    "discriminator": { "architecture": "mlp", "width": 8, "depth": 1, "initialisation": "default" },
    "training": { "batch_size": 16, "threads": 1, "device": "cpu", "ema_decay": 0.9 },
    "instance_noise": { "schedule": "linear", "start": 0.4, "end": 0, "steps": 25 },
    "schedules": { "halve_every": 11 }
})";

} // namespace

class TestCli : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void lists_data();
    void lists();
    void usage_data();
    void usage();
    void helpAndVersion();
    void presetsAreGood();
    void refused_data();
    void refused();
    void refusedSettings();
    void outputFolders();
    void readOnlyFolder();
    void runFolder();
    void sameSeedSameNumbers();
    void goesOn_data();
    void goesOn();
    void settingsOfARunThatGoesOn();
    void nothingToGoOnWith();
    void interrupted();
    void notFinite();
    void bench();
    void benchTellsWhereTheTimeGoes();
    void tune();

private:
    Run cli(const QStringList& arguments) const { return runCli(QStringLiteral(SADDLE_CLI), arguments, m_scratch); }
    QString path(const std::string& name) const { return QString::fromStdString(m_scratch.path(name).string()); }
    Run train(const QStringList& more, const std::string& out) const
    {
        return cli(QStringList{QStringLiteral("train"), m_points, QStringLiteral("--out"), path(out)} + more);
    }

    Scratch m_scratch;
    QString m_points;
    QString m_images;
};

/// One line, "saddle-cli: what: where: remedy", that holds the words.
#define TELLS(run, words)                                                                                              \
    do {                                                                                                               \
        QVERIFY2((run).err.startsWith(QStringLiteral("saddle-cli: ")) && (run).err.endsWith(QLatin1Char('\n')),        \
            qPrintable((run).err));                                                                                    \
        QVERIFY2((run).err.count(QLatin1Char('\n')) == 1, qPrintable((run).err));                                      \
        QVERIFY2((run).err.contains(words), qPrintable((run).err));                                                    \
    } while (false)

void TestCli::initTestCase()
{
    m_points = QString::fromStdString(m_scratch.write("points.json", pointsText).string());
    Json images = Json::parse(pointsText);
    images["data"] = {{"source", "idx"}, {"images", m_scratch.write("images-idx3", idxImages(30, 16)).string()}};
    for (const char* role : {"generator", "discriminator"})
        images[role] = {{"architecture", "dcgan"}, {"width", 4}};
    images["training"]["batch_size"] = 8;
    m_images = QString::fromStdString(m_scratch.write("images.json", images.dump()).string());
}

void TestCli::lists_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("member");
    QTest::addRow("presets") << "presets"
                             << "ring-gan";
    QTest::addRow("objectives") << "objectives"
                                << "lsgan";
    QTest::addRow("networks") << "networks"
                              << "dcgan";
    QTest::addRow("sources") << "sources"
                             << "idx";
}

void TestCli::lists()
{
    QFETCH(QString, what);
    QFETCH(QString, member);
    const Run plain = cli({"list", what});
    QCOMPARE(plain.status, 0);
    QVERIFY(plain.err.isEmpty());
    QVERIFY(plain.out.contains(member));
    const Run json = cli({"list", what, "--json"});
    QCOMPARE(json.status, 0);
    const Result<Json> parsed = parseJson(json.out.toStdString(), "list");
    QVERIFY_OK(parsed);
    QVERIFY(parsed->is_array() && !parsed->empty());
    bool found = false;
    for (const Json& item : *parsed) {
        QVERIFY(!item.at("kind").get<std::string>().empty() && !item.at("label").get<std::string>().empty());
        found = found || item["kind"] == member.toStdString();
        if (what != QStringLiteral("presets"))
            QVERIFY(item.at("parameters").is_array());
        if (what == QStringLiteral("objectives"))
            QVERIFY(!item.at("discriminator_loss").get<std::string>().empty());
    }
    QVERIFY(found);
}

void TestCli::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addRow("nothing") << QStringList{};
    QTest::addRow("unknown command") << QStringList{"fly"};
    QTest::addRow("unknown list") << QStringList{"list", "flowers"};
    QTest::addRow("unknown option") << QStringList{"list", "presets", "--yaml"};
    QTest::addRow("no experiment") << QStringList{"train"};
    QTest::addRow("no folder") << QStringList{"train", "ring-gan"};
    QTest::addRow("words for a number") << QStringList{"train", "ring-gan", "--out", "x", "--steps", "many"};
    QTest::addRow("both") << QStringList{"train", "ring-gan", "--resume", "x"};
    QTest::addRow("nothing to validate") << QStringList{"validate"};
    QTest::addRow("nothing to measure") << QStringList{"bench", "ring-gan", "--steps", "0"};
    QTest::addRow("nothing to tune by") << QStringList{"tune", "ring-gan", "--steps", "0"};
    QTest::addRow("less than no warm-up") << QStringList{"bench", "ring-gan", "--warmup", "-1"};
}

void TestCli::usage()
{
    QFETCH(QStringList, arguments);
    const Run run = cli(arguments);
    QCOMPARE(run.status, 2);
    TELLS(run, QStringLiteral("saddle-cli"));
    QVERIFY(run.out.isEmpty());
}

void TestCli::helpAndVersion()
{
    const Run version = cli({"--version"});
    QCOMPARE(version.status, 0);
    QVERIFY(version.out.startsWith(QStringLiteral("saddle-cli ")));
    for (const QStringList& arguments : {QStringList{"--help"}, QStringList{"train", "--help"}}) {
        const Run help = cli(arguments);
        QCOMPARE(help.status, 0);
        QVERIFY(help.out.contains(QStringLiteral("train")));
    }
}

void TestCli::presetsAreGood()
{
    for (const QString& file : {QStringLiteral("ring-gan"), m_points, m_images}) {
        const Run run = cli({"validate", file});
        QVERIFY2(run.status == 0, qPrintable(run.err));
        QVERIFY(run.err.isEmpty());
        QVERIFY(run.out.contains(QStringLiteral("good")) && run.out.contains(QStringLiteral("parameters")));
    }
}

void TestCli::refused_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("words");
    QTest::addColumn<bool>("foundByValidate");
    const auto row = [](const char* name, const QString& file, const char* words, bool foundByValidate = true) {
        QTest::addRow("%s", name) << file << QString::fromUtf8(words) << foundByValidate;
    };
    const auto written = [this](const std::string& name, const Json& change, const QString& base) {
        Json json = Json::parse(text(base.toStdString()).toStdString());
        json.merge_patch(change);
        return QString::fromStdString(m_scratch.write("bad/" + name + ".json", json.dump()).string());
    };
    const auto data = [&](const std::string& name, const std::string& images, const std::string& labels = {}) {
        Json section = {{"source", "idx"}, {"images", m_scratch.write("bad/" + name + ".idx", images).string()}};
        if (!labels.empty())
            section["labels"] = m_scratch.write("bad/" + name + ".labels", labels).string();
        return written(name, {{"data", section}}, m_images);
    };
    row("missing file", path("bad/none.json"), "none.json");
    row("unknown preset", QStringLiteral("ring-gun"), "ring-gan");
    row("a folder", QString::fromStdString(m_scratch.path().string()), "folder");
    row("not JSON", QString::fromStdString(m_scratch.write("bad/torn.json", "{ \"latent\": { ").string()), "line 1");
    row("a list", QString::fromStdString(m_scratch.write("bad/list.json", "[1, 2]").string()), "object");
    row("unknown key", written("key", {{"trianing", Json::object()}}, m_points), "training");
    row("unknown key within", written("within", {{"training", {{"bach_size", 3}}}}, m_points), "training.bach_size");
    row("unknown option of a network", written("network", {{"generator", {{"widht", 3}}}}, m_points),
        "generator.widht");
    row("wrong type", written("type", {{"training", {{"batch_size", "lots"}}}}, m_points), "training.batch_size");
    row("out of range", written("range", {{"training", {{"batch_size", 0}}}}, m_points), "training.batch_size");
    row("fraction of a sample", written("fraction", {{"training", {{"batch_size", 1.5}}}}, m_points),
        "training.batch_size");
    row("unknown objective", written("objective", {{"objective", {{"kind", "lsgun"}}}}, m_points), "lsgan");
    row("a network that cannot be built",
        written("dcgan", {{"generator", {{"architecture", "dcgan"}, {"depth", nullptr}, {"initialisation", nullptr}}}},
            m_points),
        "generator");
    row("a layer that cannot be built",
        written("layer",
            {{"discriminator",
                {{"architecture", nullptr}, {"width", nullptr},
                    {"layers", Json::array({{{"kind", "conv"}}, {{"kind", "conv"}, {"kernel", 20}}})}}}},
            m_images),
        "layer 1");
    row("another shape than the data",
        written("shape",
            {{"generator",
                {{"architecture", nullptr}, {"width", nullptr},
                    {"layers", Json::array({{{"kind", "linear"}, {"out", 7}}})}}}},
            m_images),
        "generator");
    row("no weights",
        written("weightless",
            {{"latent", {{"dimensions", 2}}},
                {"generator",
                    {{"architecture", nullptr}, {"width", nullptr}, {"depth", nullptr},
                        {"layers", Json::array({{{"kind", "activation"}}})}}}},
            m_points),
        "generator", false);
    row("a circle", written("circle", {{"extends", "circle.json"}}, m_points), "circle");
    row("no images", written("missing", {{"data", {{"images", path("bad/nothing.idx").toStdString()}}}}, m_images),
        "nothing.idx");
    row("a folder for images", written("folder", {{"data", {{"images", m_scratch.path().string()}}}}, m_images),
        "folder");
    row("wrong magic", data("magic", idxImages(4, 16, 0x801)), "magic.idx");
    row("no IDX at all", data("prose", "It was a dark and stormy night; the rain fell in torrents."), "prose.idx");
    row("truncated", data("short", idxImages(4, 16).substr(0, 500)), "short.idx", false);
    const QByteArray packed = qCompress(QByteArray::fromStdString(idxImages(4, 16)));
    // A gzip member cut in the middle: head, half of the deflated bytes, no checksum.
    row("truncated gzip",
        data("gzip", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + packed.mid(6, packed.size() / 2).toStdString()),
        "gzip.idx", false);
    row("counts that disagree", data("counts", idxImages(4, 16), bigEndian(0x801) + bigEndian(3) + "\1\2\3"), "counts",
        false);
}

void TestCli::refused()
{
    QFETCH(QString, file);
    QFETCH(QString, words);
    QFETCH(bool, foundByValidate);
    if (foundByValidate) {
        const Run validated = cli({"validate", file});
        QCOMPARE(validated.status, 1);
        TELLS(validated, words);
        QVERIFY(!validated.out.contains(QStringLiteral("good")));
    }
    const Run trained = cli({"train", file, "--steps", "1", "--out", path("refused")});
    QCOMPARE(trained.status, 1);
    TELLS(trained, words);
    QVERIFY2(!fs::exists(m_scratch.path("refused")), "a run folder was made for an experiment that cannot run");
}

void TestCli::refusedSettings()
{
    for (const char* setting :
        {"training.batch_size=0", "training.bach_size=3", "objective.kind=lsgun", "nothing", "=3"}) {
        const Run run = cli({"train", m_points, "--set", setting, "--out", path("refused")});
        QVERIFY2(run.status == 1, setting);
        TELLS(run, QString());
        QVERIFY(!fs::exists(m_scratch.path("refused")));
    }
    const Run measured = cli({"bench", path("none.json"), "--steps", "1"});
    QCOMPARE(measured.status, 1);
    TELLS(measured, QStringLiteral("none.json"));
}

void TestCli::outputFolders()
{
    QCOMPARE(train({"--steps", "2"}, "taken").status, 0);
    m_scratch.write("full/notes.txt", "mine");
    m_scratch.write("file", "mine");
    fs::create_directories(m_scratch.path("empty"));
    const auto before = contents(m_scratch.path());
    const Run again = train({"--steps", "2"}, "taken");
    QCOMPARE(again.status, 1);
    TELLS(again, QStringLiteral("taken"));
    const Run full = train({"--steps", "2"}, "full");
    QCOMPARE(full.status, 1);
    TELLS(full, QStringLiteral("full"));
    const Run file = train({"--steps", "2"}, "file");
    QCOMPARE(file.status, 1);
    TELLS(file, QStringLiteral("file"));
    const Run under = train({"--steps", "2"}, "file/run");
    QCOMPARE(under.status, 1);
    TELLS(under, QStringLiteral("file"));
    QVERIFY(contents(m_scratch.path()) == before);
    QCOMPARE(train({"--steps", "2"}, "empty").status, 0);
    QCOMPARE(train({"--steps", "2"}, "new/and/deep").status, 0);
}

void TestCli::readOnlyFolder()
{
    const fs::path folder = m_scratch.path("locked");
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
    const bool root = ::access(folder.c_str(), W_OK) == 0;
    const Run run = root ? Run() : train({"--steps", "2"}, "locked/run");
    fs::permissions(folder, fs::perms::owner_all);
    if (root)
        QSKIP("whoever runs this may write anywhere");
    QCOMPARE(run.status, 1);
    TELLS(run, QStringLiteral("locked"));
    QVERIFY(fs::is_empty(folder));
}

void TestCli::runFolder()
{
    const Run run =
        train({"--steps", "7", "--set", "sampling.keep_every=3", "--set", "sampling.checkpoint_every=5"}, "run");
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QVERIFY(run.out.contains(QStringLiteral("step 7")) && run.out.contains(path("run/metrics.csv")));
    const fs::path folder = m_scratch.path("run");
    const QStringList metrics = lines(folder / "metrics.csv");
    QVERIFY(metrics.front().startsWith(QStringLiteral("step,epoch,images,seconds,d_loss,g_loss,d_real,d_fake,")));
    QCOMPARE(metrics.size(), 8);
    const QStringList names = metrics.front().split(QLatin1Char(','));
    double seconds = 0;
    for (int i = 1; i < metrics.size(); ++i) {
        const QStringList cells = metrics[i].split(QLatin1Char(','));
        QCOMPARE(cells.size(), names.size());
        QCOMPARE(cells[0].toInt(), i);
        QCOMPARE(cells[2].toInt(), 16 * i);
        QVERIFY(cells[3].toDouble() >= seconds);
        seconds = cells[3].toDouble();
        for (const QString& value : cells) {
            bool number = false;
            value.toDouble(&number);
            QVERIFY2(number, qPrintable(metrics[i]));
        }
    }
    const Result<Json> experiment = readJson(folder / "experiment.json");
    QVERIFY_OK(experiment);
    QCOMPARE(findPath(*experiment, "training.steps")->get<int>(), 7);
    QCOMPARE(findPath(*experiment, "training.threads")->get<int>(), 1);
    QVERIFY(findPath(*experiment, "optimisers.generator.beta1")); // every default is written down
    for (const QString& line : lines(folder / "events.jsonl"))
        QVERIFY_OK(parseJson(line.toStdString(), "events.jsonl"));
    for (const char* name : {"00000003.png", "00000006.png"})
        QVERIFY2(bytes(folder / "samples" / name).startsWith("\x89PNG"), name);
    for (const char* name : {"00000005", "00000007"}) {
        QVERIFY_OK(readJson(folder / "checkpoints" / name / "state.json"));
        const Result<TensorFile> tensors = readSafetensors(folder / "checkpoints" / name / "tensors.safetensors");
        QVERIFY_OK(tensors);
        QVERIFY(tensors->tensors.contains("ema/0.weight")
            && tensors->tensors.contains("optimiser/generator/exp_avg/0.weight"));
    }
    // A run's own file is an experiment.
    QCOMPARE(cli({"validate", path("run/experiment.json")}).status, 0);
}

void TestCli::sameSeedSameNumbers()
{
    const QStringList steps{"--steps", "20"};
    QCOMPARE(train(steps, "seed-a").status, 0);
    QCOMPARE(train(steps, "seed-b").status, 0);
    QCOMPARE(train(steps + QStringList{"--seed", "2"}, "seed-c").status, 0);
    const QStringList rows = withoutSeconds(m_scratch.path("seed-a/metrics.csv"));
    QCOMPARE(rows.size(), 21);
    QCOMPARE(withoutSeconds(m_scratch.path("seed-b/metrics.csv")), rows);
    QVERIFY(withoutSeconds(m_scratch.path("seed-c/metrics.csv")) != rows);
}

void TestCli::goesOn_data()
{
    QTest::addColumn<bool>("pictures");
    QTest::addRow("points") << false;
    QTest::addRow("images") << true;
}

void TestCli::goesOn()
{
    QFETCH(bool, pictures);
    const std::string name = pictures ? "images-" : "points-";
    const QString file = pictures ? m_images : m_points;
    QCOMPARE(cli({"train", file, "--steps", "30", "--out", path(name + "whole")}).status, 0);
    QCOMPARE(cli({"train", file, "--steps", "12", "--out", path(name + "parts")}).status, 0);
    for (const char* steps : {"17", "30"}) {
        const Run run = cli({"train", "--resume", path(name + "parts"), "--steps", steps});
        QVERIFY2(run.status == 0, qPrintable(run.err));
    }
    const fs::path whole = m_scratch.path(name + "whole");
    const fs::path parts = m_scratch.path(name + "parts");
    QCOMPARE(withoutSeconds(parts / "metrics.csv"), withoutSeconds(whole / "metrics.csv"));
    const fs::path tensors = fs::path("checkpoints") / "00000030" / "tensors.safetensors";
    QVERIFY(!bytes(whole / tensors).isEmpty());
    QVERIFY(bytes(parts / tensors) == bytes(whole / tensors));
    // Time too goes on.
    double seconds = 0;
    for (const QString& line : lines(parts / "metrics.csv").mid(1)) {
        QVERIFY(line.section(QLatin1Char(','), 3, 3).toDouble() >= seconds);
        seconds = line.section(QLatin1Char(','), 3, 3).toDouble();
    }
}

void TestCli::settingsOfARunThatGoesOn()
{
    QCOMPARE(train({"--steps", "5"}, "edited").status, 0);
    const fs::path folder = m_scratch.path("edited");
    // What cannot change while it runs is refused, and nothing is touched.
    const auto before = contents(folder);
    for (const char* setting :
        {"training.batch_size=8", "objective.kind=lsgan", "generator.width=9", "latent.dimensions=5"}) {
        const Run run = cli({"train", "--resume", path("edited"), "--steps", "9", "--set", setting});
        QVERIFY2(run.status == 1, setting);
        TELLS(run, QString::fromUtf8(setting).section(QLatin1Char('='), 0, 0).section(QLatin1Char('.'), 0, 0));
    }
    QVERIFY(contents(folder) == before);
    // What can is in force from the next step on and stands in the log.
    const Run run =
        cli({"train", "--resume", path("edited"), "--steps", "9", "--set", "optimisers.generator.learning_rate=0.002"});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    const QStringList metrics = lines(folder / "metrics.csv");
    QCOMPARE(metrics.size(), 10);
    const qsizetype column = metrics.front().split(QLatin1Char(',')).indexOf(QStringLiteral("g_lr"));
    QVERIFY(column > 0);
    QCOMPARE(metrics[5].split(QLatin1Char(','))[column].toDouble(), 0.0002);
    QCOMPARE(metrics[6].split(QLatin1Char(','))[column].toDouble(), 0.002);
    QVERIFY(text(folder / "events.jsonl").contains(QStringLiteral("optimisers.generator.learning_rate")));
    // And stays when the run goes on once more.
    QCOMPARE(cli({"train", "--resume", path("edited"), "--steps", "10"}).status, 0);
    QCOMPARE(lines(folder / "metrics.csv").back().split(QLatin1Char(','))[column].toDouble(), 0.002);
}

void TestCli::nothingToGoOnWith()
{
    QCOMPARE(train({"--steps", "3"}, "ended").status, 0);
    const auto before = contents(m_scratch.path("ended"));
    for (const char* steps : {"3", "2"}) {
        const Run run = cli({"train", "--resume", path("ended"), "--steps", steps});
        QCOMPARE(run.status, 1);
        QVERIFY2(run.err.contains(QStringLiteral("already has 3 steps")), qPrintable(run.err));
    }
    // Only the log may have grown, and the lock names another process.
    for (const auto& [file, content] : before) {
        if (!file.ends_with("events.jsonl") && !file.ends_with("lock"))
            QVERIFY2(bytes(file) == content, file.c_str());
    }
    const Run none = cli({"train", "--resume", path("no-such-run")});
    QCOMPARE(none.status, 1);
    TELLS(none, QStringLiteral("no-such-run"));
    m_scratch.write("no-run/readme.txt", "nothing");
    const Run other = cli({"train", "--resume", path("no-run")});
    QCOMPARE(other.status, 1);
    TELLS(other, QStringLiteral("no-run"));
    // A damaged checkpoint.
    m_scratch.write("ended/checkpoints/00000003/state.json", "{}");
    const Run damaged = cli({"train", "--resume", path("ended"), "--steps", "5"});
    QCOMPARE(damaged.status, 1);
    TELLS(damaged, QStringLiteral("state"));
    QCOMPARE(lines(m_scratch.path("ended/metrics.csv")).size(), 4);
}

void TestCli::interrupted()
{
    for (const int signal : {SIGINT, SIGTERM}) {
        const std::string name = "interrupted-" + std::to_string(signal);
        QProcess process;
        process.setProcessEnvironment(environmentIn(m_scratch));
        process.start(QStringLiteral(SADDLE_CLI), {"train", m_points, "--out", path(name)});
        QVERIFY(process.waitForStarted(patience));
        const fs::path folder = m_scratch.path(name);
        QTRY_VERIFY_WITH_TIMEOUT(lines(folder / "metrics.csv").size() > 1, patience);
        QCOMPARE(::kill(static_cast<pid_t>(process.processId()), signal), 0);
        QVERIFY(process.waitForFinished(patience));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 130);
        // All rows, a checkpoint of the last one, and the log's last word.
        const QStringList metrics = lines(folder / "metrics.csv");
        QVERIFY(metrics.size() > 1);
        for (int i = 1; i < metrics.size(); ++i)
            QCOMPARE(metrics[i].section(QLatin1Char(','), 0, 0).toInt(), i);
        const QString last = QStringLiteral("%1").arg(metrics.size() - 1, 8, 10, QLatin1Char('0'));
        QVERIFY2(fs::exists(folder / "checkpoints" / last.toStdString() / "state.json"), qPrintable(last));
        QVERIFY(lines(folder / "events.jsonl").back().contains(QStringLiteral("finish")));
        // It can go on.
        const Run run = cli({"train", "--resume", path(name), "--steps", QString::number(metrics.size() + 4)});
        QVERIFY2(run.status == 0, qPrintable(run.err));
        QCOMPARE(lines(folder / "metrics.csv").size(), metrics.size() + 5);
    }
}

void TestCli::notFinite()
{
    const Run run =
        train({"--steps", "500", "--set", "objective.kind=lsgan", "--set", "discriminator.depth=24", "--set",
                  "optimisers.discriminator.kind=rmsprop", "--set", "optimisers.discriminator.learning_rate=10"},
            "wild");
    QCOMPARE(run.status, 1);
    QVERIFY2(run.err.contains(QStringLiteral("saddle-cli: ")) && run.err.contains(QStringLiteral("not finite"))
            && run.err.contains(QStringLiteral("step ")),
        qPrintable(run.err));
    const fs::path folder = m_scratch.path("wild");
    QVERIFY(text(folder / "events.jsonl").contains(QStringLiteral("not finite")));
    const QStringList metrics = lines(folder / "metrics.csv");
    for (const QString& line : metrics.mid(1))
        QVERIFY2(!line.contains(QStringLiteral("nan")) && !line.contains(QStringLiteral("inf")), qPrintable(line));
    // Its checkpoint can be opened; the weights are as wild as they were.
    const Run again = cli({"train", "--resume", path("wild")});
    QVERIFY2(again.err.contains(QStringLiteral("not finite")), qPrintable(again.err));
}

void TestCli::bench()
{
    const Run run = cli({"bench", m_points, "--steps", "5", "--warmup", "2", "--json"});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    const Result<Json> json = parseJson(run.out.toStdString(), "bench");
    QVERIFY_OK(json);
    QCOMPARE(json->at("steps").get<int>(), 5);
    for (const char* key : {"median_ms", "min_ms", "max_ms", "images_per_second"})
        QVERIFY2(json->at(key).get<double>() > 0, key);
    QVERIFY(json->at("min_ms").get<double>() <= json->at("median_ms").get<double>());
    QVERIFY(json->at("median_ms").get<double>() <= json->at("max_ms").get<double>());
    QVERIFY(json->at("phase_ms").at("D").get<double>() > 0 && json->at("phase_ms").at("G").get<double>() > 0);
    QCOMPARE(json->at("device").get<std::string>(), std::string("CPU, 1 thread"));
    QCOMPARE(json->at("parameters").size(), std::size_t{2});
    QVERIFY(json->at("processor_ms").get<double>() > 0);
    QVERIFY(!json->contains("profile"));
    QCOMPARE(cli({"bench", m_points, "--steps", "2", "--warmup", "0"}).status, 0);
}

void TestCli::tune()
{
    const Run told = cli({"tune", m_images, "--steps", "2", "--rounds", "3"});
    QVERIFY2(told.status == 0, qPrintable(told.err));
    for (const char* text : {"3 rounds of 2 steps", "contiguous", "channels last", "--set training.memory_format="})
        QVERIFY2(told.out.contains(QLatin1String(text)), qPrintable(told.out));
    // What was found is a setting like any other, and the file trains.
    const Run kept = cli({"tune", m_images, "--steps", "1", "--rounds", "1", "--out", path("tuned.json")});
    QVERIFY2(kept.status == 0, qPrintable(kept.err));
    const Result<Json> document = readJson(m_scratch.path("tuned.json"));
    QVERIFY_OK(document);
    const std::string format = document->at("training").at("memory_format");
    QVERIFY2(kept.out.contains(QString::fromStdString("training.memory_format: " + format)), qPrintable(kept.out));
    QCOMPARE(cli({"bench", path("tuned.json"), "--steps", "1", "--warmup", "0"}).status, 0);
    // Points have no order.
    const Run points = cli({"tune", m_points});
    QCOMPARE(points.status, 1);
    QVERIFY2(points.err.contains(QStringLiteral("nothing to tune")), qPrintable(points.err));
    // Nowhere to write it.
    const Run refused = cli({"tune", m_images, "--steps", "1", "--rounds", "1", "--out", path("none/tuned.json")});
    QCOMPARE(refused.status, 1);
    QVERIFY2(refused.err.contains(QStringLiteral("tuned.json")), qPrintable(refused.err));
}

void TestCli::benchTellsWhereTheTimeGoes()
{
    const Run run = cli({"bench", m_points, "--steps", "3", "--warmup", "1", "--profile", "--json"});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    const Result<Json> json = parseJson(run.out.toStdString(), "bench");
    QVERIFY_OK(json);
    const Json& profile = json->at("profile");
    double within = 0;
    double calls = 0;
    for (const Json& row : profile.at("operators")) {
        within += row.at("ms").get<double>();
        calls += row.at("name") == "_fused_adam_" ? row.at("calls").get<double>() : 0;
    }
    QCOMPARE(calls, 2.0); // one update of each network
    const double step = profile.at("step_ms");
    QVERIFY(within > 0 && within <= step);
    QVERIFY(std::abs(within + profile.at("outside_ms").get<double>() - step) < 1e-6 * step);
    QVERIFY(profile.at("share_of_peak").get<double>() > 0 && profile.at("share_of_peak").get<double>() < 1);
    const Run shown = cli({"bench", m_points, "--steps", "3", "--profile"});
    // Which are the longest, and so listed, is a matter of the machine.
    const QStringList lines = shown.out.split(QLatin1Char('\n'));
    const auto head = std::find_if(
        lines.begin(), lines.end(), [](const QString& line) { return line.startsWith(QStringLiteral("operator ")); });
    QVERIFY2(head != lines.end() && lines.end() - head > 10, qPrintable(shown.out));
}

QTEST_GUILESS_MAIN(TestCli)
#include "cli.moc"
