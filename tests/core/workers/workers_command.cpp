// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli train with several workers: the numbers of one worker, one folder, and an end in order whatever happens.
#include "tests/support/cli_process.h"

#include <csignal>
#include <unistd.h>

using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

const char* const pointsText = R"({
    "data": { "source": "gaussians-8", "count": 200 },
    "latent": { "dimensions": 4 },
    "generator": { "layers": [
        { "kind": "linear", "out": 8, "norm": "batch", "activation": "relu" }, { "kind": "linear", "out": 2 }] },
    "discriminator": { "architecture": "mlp", "width": 8, "depth": 1 },
    "training": { "batch_size": 16, "threads": 1, "device": "cpu" }
})";

QString text(const fs::path& path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QStringList lines(const fs::path& path)
{
    return text(path).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
}

/// The processes that this one has started and that still run.
QList<pid_t> childrenOf(qint64 process)
{
    QList<pid_t> children;
    for (const QString& id :
        text(fs::path("/proc") / std::to_string(process) / "task" / std::to_string(process) / "children")
            .split(QLatin1Char(' '), Qt::SkipEmptyParts))
        children << id.toInt();
    return children;
}

bool runs(pid_t process)
{
    return fs::exists(fs::path("/proc") / std::to_string(process));
}

} // namespace

class TestWorkersCommand : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void sameNumbersAsOne();
    void goesOn();
    void refused_data();
    void refused();
    void killedWorker();
    void killedLeader();
    void interrupted();
    void placesOfTheEnvironment();

private:
    Run cli(const QStringList& arguments) const { return runCli(QStringLiteral(SADDLE_CLI), arguments, m_scratch); }
    QString path(const std::string& name) const { return QString::fromStdString(m_scratch.path(name).string()); }
    void start(QProcess& process, const QStringList& arguments) const
    {
        process.setProcessEnvironment(environmentIn(m_scratch));
        process.start(QStringLiteral(SADDLE_CLI), arguments);
    }
    /// Trains with two workers without an end, until rows are written.
    void startEndless(QProcess& process, const std::string& name) const
    {
        start(process, {"train", m_points, "--out", path(name), "--workers", "2", "--steps", "0"});
        QVERIFY(process.waitForStarted(patience));
        QTRY_VERIFY_WITH_TIMEOUT(lines(m_scratch.path(name) / "metrics.csv").size() > 1, patience);
    }

    Scratch m_scratch;
    QString m_points;
};

void TestWorkersCommand::initTestCase()
{
    m_points = QString::fromStdString(m_scratch.write("points.json", pointsText).string());
}

/// Two tables of metrics alike, their columns of seconds aside.
#define SAME_NUMBERS(one, other)                                                                                       \
    do {                                                                                                               \
        const QStringList a_ = one;                                                                                    \
        const QStringList b_ = other;                                                                                  \
        QCOMPARE(a_.size(), b_.size());                                                                                \
        QCOMPARE(a_[0], b_[0]);                                                                                        \
        for (int row_ = 1; row_ < a_.size(); ++row_) {                                                                 \
            const QStringList left_ = a_[row_].split(QLatin1Char(','));                                                \
            const QStringList right_ = b_[row_].split(QLatin1Char(','));                                               \
            for (int cell_ = 0; cell_ < left_.size(); ++cell_) {                                                       \
                if (cell_ == 3)                                                                                        \
                    continue;                                                                                          \
                const double left = left_[cell_].toDouble();                                                           \
                const double right = right_[cell_].toDouble();                                                         \
                QVERIFY2(std::abs(left - right) <= 1e-4 * std::max(1.0, std::abs(left)),                               \
                    qPrintable(a_[row_] + QStringLiteral(" / ") + b_[row_]));                                          \
            }                                                                                                          \
        }                                                                                                              \
    } while (false)

void TestWorkersCommand::sameNumbersAsOne()
{
    DONE(cli({"train", m_points, "--out", path("one"), "--steps", "30"}));
    DONE(cli({"train", m_points, "--out", path("two"), "--steps", "30", "--workers", "2"}));
    SAME_NUMBERS(lines(m_scratch.path("one") / "metrics.csv"), lines(m_scratch.path("two") / "metrics.csv"));
    QCOMPARE(lines(m_scratch.path("two") / "events.jsonl").filter(QStringLiteral("\"start\"")).size(), 1);
}

void TestWorkersCommand::goesOn()
{
    DONE(cli({"train", m_points, "--out", path("halves"), "--steps", "12", "--workers", "2"}));
    DONE(cli({"train", "--resume", path("halves"), "--steps", "20", "--workers", "4"}));
    DONE(cli({"train", "--resume", path("halves"), "--steps", "30"}));
    DONE(cli({"train", m_points, "--out", path("whole"), "--steps", "30"}));
    SAME_NUMBERS(lines(m_scratch.path("whole") / "metrics.csv"), lines(m_scratch.path("halves") / "metrics.csv"));
}

void TestWorkersCommand::refused_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QString>("words");

    QTest::newRow("batch") << QStringList{"--workers", "3"} << "cannot be shared equally among 3 workers";
    QTest::newRow("none") << QStringList{"--workers", "0"} << "--workers";
    QTest::newRow("data that is not there") << QStringList{"--workers", "2", "--set", "data.source=idx", "--set",
        "data.images=/no/such/file"} << "/no/such/file";
}

void TestWorkersCommand::refused()
{
    QFETCH(QStringList, more);
    QFETCH(QString, words);

    const Run run = cli(QStringList{"train", m_points, "--out", path("refused")} + more);
    QVERIFY(run.status == 1 || run.status == 2);
    QVERIFY2(run.err.contains(words), qPrintable(run.err));
    QVERIFY(!fs::exists(m_scratch.path("refused")));
}

void TestWorkersCommand::killedWorker()
{
    QProcess process;
    startEndless(process, "killed");
    const QList<pid_t> workers = childrenOf(process.processId());
    QCOMPARE(workers.size(), 1);
    QCOMPARE(::kill(workers.front(), SIGKILL), 0);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 1);
    const QString said = QString::fromUtf8(process.readAllStandardError());
    QVERIFY2(said.contains(QStringLiteral("another worker has ended")), qPrintable(said));
    // Nothing is lost: the last step has a checkpoint, from which one worker goes on.
    const fs::path folder = m_scratch.path("killed");
    const qsizetype steps = lines(folder / "metrics.csv").size() - 1;
    DONE(cli({"train", "--resume", path("killed"), "--steps", QString::number(steps + 3)}));
    QCOMPARE(lines(folder / "metrics.csv").size(), steps + 4);
}

void TestWorkersCommand::killedLeader()
{
    QProcess process;
    startEndless(process, "headless");
    const QList<pid_t> workers = childrenOf(process.processId());
    QCOMPARE(workers.size(), 1);
    process.kill();
    QVERIFY(process.waitForFinished(patience));
    QTRY_VERIFY_WITH_TIMEOUT(!runs(workers.front()), patience);
}

void TestWorkersCommand::interrupted()
{
    QProcess process;
    startEndless(process, "interrupted");
    const QList<pid_t> workers = childrenOf(process.processId());
    QCOMPARE(workers.size(), 1);
    // As a terminal does it: both get the signal.
    QCOMPARE(::kill(workers.front(), SIGINT), 0);
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(!runs(workers.front()));
    QVERIFY(lines(m_scratch.path("interrupted") / "events.jsonl").back().contains(QStringLiteral("finish")));
}

/// As torchrun starts them.
void TestWorkersCommand::placesOfTheEnvironment()
{
    QProcess leader;
    QProcess follower;
    // A port that was free a moment ago.
    const QString port = QString::number(20000 + ::getpid() % 20000);
    for (const auto& [process, rank] : {std::pair{&follower, "1"}, std::pair{&leader, "0"}}) {
        QProcessEnvironment environment = environmentIn(m_scratch);
        environment.insert("RANK", rank);
        environment.insert("LOCAL_RANK", rank);
        environment.insert("WORLD_SIZE", "2");
        environment.insert("LOCAL_WORLD_SIZE", "2");
        environment.insert("MASTER_ADDR", "127.0.0.1");
        environment.insert("MASTER_PORT", port);
        process->setProcessEnvironment(environment);
        process->start(
            QStringLiteral(SADDLE_CLI), {"train", m_points, "--out", path("by-environment"), "--steps", "30"});
    }
    QVERIFY(leader.waitForFinished(patience) && follower.waitForFinished(patience));
    QVERIFY2(leader.exitCode() == 0, leader.readAllStandardError().constData());
    QVERIFY2(follower.exitCode() == 0, follower.readAllStandardError().constData());
    DONE(cli({"train", m_points, "--out", path("again"), "--steps", "30"}));
    SAME_NUMBERS(
        lines(m_scratch.path("again") / "metrics.csv"), lines(m_scratch.path("by-environment") / "metrics.csv"));
}

QTEST_GUILESS_MAIN(TestWorkersCommand)
#include "workers_command.moc"
