// SPDX-License-Identifier: GPL-3.0-or-later
// The command line and the window train the same: for one seed both write the same metrics.csv, to the byte, but for
// the seconds.
#include "core/base/files.h"
#include "core/commands/commands.h"
#include "tests/support/ring_window.h"

#include <QSettings>
#include <QStandardPaths>

using namespace saddle;

namespace fs = std::filesystem;

namespace {

constexpr int steps = 20;

/// An IDX file of 64 pictures of 28 × 28, all different.
std::string stripes()
{
    std::string bytes{'\0', '\0', '\x08', '\x03', '\0', '\0', '\0', 64, '\0', '\0', '\0', 28, '\0', '\0', '\0', 28};
    for (int image = 0; image < 64; ++image) {
        for (int pixel = 0; pixel < 28 * 28; ++pixel)
            bytes += static_cast<char>((pixel * (image % 7 + 1) + image) % 28 * 9);
    }
    return bytes;
}

/// The lines of a table without its column of seconds.
std::vector<std::string> withoutSeconds(const fs::path& file)
{
    const Result<std::string> text = readFile(file, std::size_t{1} << 20);
    std::vector<std::string> lines;
    if (!text)
        return lines;
    for (const QString& line : QString::fromStdString(*text).split(u'\n')) {
        QStringList cells = line.split(u',');
        if (cells.size() > 3)
            cells.removeAt(3);
        lines.push_back(cells.join(u',').toStdString());
    }
    return lines;
}

} // namespace

class SameLosses : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("same-losses"));
        QSettings().clear();
    }

    void fromTheCommandLineAndInTheWindow_data()
    {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<QStringList>("more");
        const QStringList images{QStringLiteral("data.source=idx"), QStringLiteral("data.images=STRIPES"),
            QStringLiteral("generator.width=4"), QStringLiteral("discriminator.width=4")};
        QTest::newRow("points") << QStringLiteral("ring-gan")
                                << QStringList{QStringLiteral("data.count=500"), QStringLiteral("generator.width=8"),
                                       QStringLiteral("discriminator.width=8")};
        QTest::newRow("images") << QStringLiteral("fashion-dcgan") << images;
        // A critic of many steps, whose penalty draws as well.
        QTest::newRow("images, critic") << QStringLiteral("mnist-wgan-gp") << images;
    }

    void fromTheCommandLineAndInTheWindow()
    {
        QFETCH(const QString, preset);
        QFETCH(QStringList, more);
        const test::Scratch scratch;
        const QString file = QString::fromStdString(scratch.write("stripes-idx3-ubyte", stripes()).string());
        QStringList settings = more.replaceInStrings(QStringLiteral("STRIPES"), file);
        settings << QStringLiteral("training.batch_size=8") << QStringLiteral("training.seed=7")
                 << QStringLiteral("training.threads=1") << QStringLiteral("training.device=cpu")
                 << QStringLiteral("training.steps=%1").arg(steps) << QStringLiteral("sampling.keep_every=5")
                 << QStringLiteral("sampling.refresh_seconds=0.05");

        // The command line, from its first word.
        const std::string run = scratch.path("command").string();
        std::vector<std::string> words{"saddle-cli", "train", preset.toStdString(), "--out", run};
        for (const QString& setting : settings)
            words.insert(words.end(), {"--set", setting.toStdString()});
        std::vector<const char*> arguments;
        for (const std::string& word : words)
            arguments.push_back(word.c_str());
        QCOMPARE(runCommandLine(static_cast<int>(arguments.size()), arguments.data()), static_cast<int>(Success));
        const std::vector<std::string> expected = withoutSeconds(scratch.path("command/metrics.csv"));
        QCOMPARE(expected.size(), std::size_t{steps + 2}); // the names before and nothing after the last end of line

        // The window, which draws samples and takes a pause besides.
        Workbench bench(builtinCatalog(), makeTrainer);
        bench.setRunsFolder(scratch.path("runs"));
        MainWindow window(&bench);
        QVERIFY(window.open(preset));
        for (const QString& setting : settings) {
            const qsizetype equals = setting.indexOf(u'=');
            QVERIFY_OK(
                bench.document()->set(setting.left(equals), valueFromText(setting.mid(equals + 1).toStdString())));
        }
        bench.restart();
        window.show();
        const auto is = [&bench](SessionState state) { return bench.bridge()->state() == state; };
        QTRY_VERIFY_WITH_TIMEOUT(is(SessionState::Ready), test::patience);
        bench.step();
        QTRY_VERIFY_WITH_TIMEOUT(is(SessionState::Paused), test::patience);
        bench.togglePlay();
        QTRY_VERIFY_WITH_TIMEOUT(is(SessionState::Finished), test::patience);
        const std::vector<std::string> found = withoutSeconds(bench.bridge()->now().runFolder / "metrics.csv");
        QCOMPARE(found.size(), expected.size());
        for (std::size_t line = 0; line < expected.size(); ++line)
            QCOMPARE(found[line], expected[line]);

        // It can fail: another seed gives other losses.
        QVERIFY_OK(bench.document()->set(QStringLiteral("training.seed"), 8));
        bench.restart();
        QTRY_VERIFY_WITH_TIMEOUT(is(SessionState::Ready), test::patience);
        bench.togglePlay();
        QTRY_VERIFY_WITH_TIMEOUT(is(SessionState::Finished), test::patience);
        const std::vector<std::string> other = withoutSeconds(bench.bridge()->now().runFolder / "metrics.csv");
        QCOMPARE(other.size(), expected.size());
        QVERIFY(other[2] != expected[2]);
    }
};

QTEST_MAIN(SameLosses)
#include "same_losses.moc"
