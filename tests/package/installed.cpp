// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "tests/support/cli_process.h"

#include <QFileInfo>
#include <QStandardPaths>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

/// What `cmake --install` puts under a prefix, and how it starts there.
class TestInstalled : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void files();
    void noPathOfTheBuild_data();
    void noPathOfTheBuild();
    void desktopFile();
    void metainfo();
    void icons();
    void versions();
    void helpWithoutLibtorch();
    void libtorchThatIsNone();
    void offline();
    void noDisplay();
    void givenLibtorch();
    void becomesTheProgram();

private:
    QString in(const QString& path) const
    {
        return QString::fromStdString(m_scratch.path("usr").string()) + '/' + path;
    }
    /// Runs an installed program with variables of its own; one that is empty is taken away.
    Run start(const QString& program, const QStringList& arguments, const QMap<QString, QString>& variables) const;

    Scratch m_scratch;
};

void TestInstalled::initTestCase()
{
    DONE(runCli(SADDLE_CMAKE, {"--install", SADDLE_BUILD, "--prefix", in("")}, m_scratch));
}

Run TestInstalled::start(
    const QString& program, const QStringList& arguments, const QMap<QString, QString>& variables) const
{
    QStringList command{"-u", "SADDLE_LIBTORCH", "-u", "LD_LIBRARY_PATH", "-u", "DISPLAY", "-u", "WAYLAND_DISPLAY",
        "-u", "QT_QPA_PLATFORM"};
    for (auto variable = variables.begin(); variable != variables.end(); ++variable)
        command << variable.key() + '=' + variable.value();
    return runCli("env", command << in("bin/" + program) << arguments, m_scratch);
}

void TestInstalled::files()
{
    for (const char* file : {"bin/saddle", "bin/saddle-cli", "lib/saddle/saddle", "lib/saddle/saddle-cli",
             "lib/saddle/choose-libtorch", "share/man/man1/saddle.1.gz", "share/man/man1/saddle-cli.1.gz",
             "share/doc/saddle/copyright", "share/doc/saddle/LICENSE", "share/doc/saddle/README.md",
             "share/doc/saddle/CHANGELOG.md", "share/doc/saddle/docs/latent.md"})
        QVERIFY2(QFileInfo(in(file)).isFile(), file);
    // Programs and documents, and nothing as large as LibTorch.
    std::uintmax_t size = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(m_scratch.path("usr")))
        size += entry.is_regular_file() ? entry.file_size() : 0;
    QVERIFY(size < 200'000'000);
}

void TestInstalled::noPathOfTheBuild_data()
{
    QTest::addColumn<QString>("file");
    for (const char* file : {"bin/saddle", "bin/saddle-cli", "lib/saddle/saddle", "lib/saddle/saddle-cli"})
        QTest::newRow(file) << QString(file);
}

void TestInstalled::noPathOfTheBuild()
{
    QFETCH(QString, file);
    const Run run = runCli("readelf", {"-dW", in(file)}, m_scratch);
    DONE(run);
    QVERIFY(run.out.contains("libstdc++"));
    QVERIFY2(!run.out.contains("RUNPATH") && !run.out.contains("RPATH"), qPrintable(run.out));
    QCOMPARE(run.out.contains("libtorch"), file.startsWith("lib/"));
}

void TestInstalled::desktopFile()
{
    if (QStandardPaths::findExecutable("desktop-file-validate").isEmpty())
        QSKIP("desktop-file-validate is not installed (Debian: desktop-file-utils)");
    const Run run =
        runCli("desktop-file-validate", {in("share/applications/" SADDLE_APPLICATION_ID ".desktop")}, m_scratch);
    DONE(run);
    QCOMPARE(run.out, QString()); // no hints either
}

void TestInstalled::metainfo()
{
    if (QStandardPaths::findExecutable("appstreamcli").isEmpty())
        QSKIP("appstreamcli is not installed (Debian: appstream)");
    const Run run = runCli("appstreamcli",
        {"validate", "--no-net", "--explain", in("share/metainfo/" SADDLE_APPLICATION_ID ".metainfo.xml")}, m_scratch);
    QVERIFY2(run.status == 0, qPrintable(run.out + run.err));
    QVERIFY2(!run.out.contains("W:") && !run.out.contains("E:"), qPrintable(run.out));
}

void TestInstalled::icons()
{
    for (const int size : {16, 24, 32, 48, 64, 128, 256}) {
        const QString file = in(QString("share/icons/hicolor/%1x%1/apps/" SADDLE_APPLICATION_ID ".png").arg(size));
        const Result<std::string> png = readFile(file.toStdString(), 1 << 20);
        QVERIFY_OK(png);
        // Width and height are the two big-endian numbers from byte 16 on.
        QCOMPARE(png->substr(0, 4), std::string("\x89PNG"));
        for (const std::size_t at : {18U, 22U})
            QCOMPARE(static_cast<unsigned char>((*png)[at]) * 256 + static_cast<unsigned char>((*png)[at + 1]), size);
    }
    QFile svg(in("share/icons/hicolor/scalable/apps/" SADDLE_APPLICATION_ID ".svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    QVERIFY(svg.readAll().contains("<svg"));
}

void TestInstalled::versions()
{
    for (const QString program : {"saddle", "saddle-cli"}) {
        const Run run = start(program, {"--version"}, {});
        DONE(run);
        QCOMPARE(run.out, program + " " SADDLE_VERSION ", LibTorch 2.11.0\n");
        // The program itself says the same.
        const Run itself = runCli(QString(SADDLE_BUILD "/app/") + program, {"--version"}, m_scratch);
        DONE(itself);
        QCOMPARE(itself.out, run.out);
    }
}

void TestInstalled::helpWithoutLibtorch()
{
    const Run run = start("saddle-cli", {"--help"}, {});
    DONE(run);
    QVERIFY(run.out.contains("SADDLE_LIBTORCH=FOLDER"));
    QVERIFY(run.out.contains("home/saddle/libtorch/2.11.0-"));
}

void TestInstalled::libtorchThatIsNone()
{
    const Run run = start("saddle-cli", {"list", "presets"}, {{"SADDLE_LIBTORCH", "/nowhere"}});
    QCOMPARE(run.status, 1);
    QVERIFY2(run.err.contains("/nowhere: there is no LibTorch here"), qPrintable(run.err));
}

void TestInstalled::offline()
{
    const Run run = start("saddle-cli", {"list", "presets"}, {{"PIP_INDEX_URL", "http://127.0.0.1:1/simple"}});
    QCOMPARE(run.status, 1);
    for (const char* text : {"127.0.0.1", "cannot be fetched", "SADDLE_LIBTORCH=FOLDER"})
        QVERIFY2(run.err.contains(text), qPrintable(run.err));
}

void TestInstalled::noDisplay()
{
    const Run run = start("saddle", {}, {{"PIP_INDEX_URL", "http://127.0.0.1:1/simple"}});
    QCOMPARE(run.status, 1);
    QCOMPARE(run.err, QString("saddle: there is no display to open a window on. Use saddle-cli.\n"));
}

void TestInstalled::givenLibtorch()
{
    const Run run = start("saddle-cli", {"list", "presets"}, {{"SADDLE_LIBTORCH", SADDLE_LIBTORCH}});
    DONE(run);
    QVERIFY(run.out.contains("ring-gan"));
}

void TestInstalled::becomesTheProgram()
{
    // In place of the program a script that says what it got.
    const Scratch scratch;
    for (const char* folder : {"bin", "lib/saddle", "given/lib"})
        fs::create_directories(scratch.path(folder));
    fs::copy_file(m_scratch.path("usr/bin/saddle-cli"), scratch.path("bin/saddle-cli"));
    for (const char* library : {"given/lib/libtorch_cpu.so", "given/lib/libc10.so"})
        scratch.write(library, "");
    const fs::path script =
        scratch.write("lib/saddle/saddle-cli", "#!/bin/sh\nprintf '%s\\n' \"$LD_LIBRARY_PATH\" \"$@\"\nexit 7\n");
    fs::permissions(script, fs::perms::owner_all);
    const QString given = QString::fromStdString(scratch.path("given").string());
    const Run run = runCli("env",
        {"SADDLE_LIBTORCH=" + given, "LD_LIBRARY_PATH=/before",
            QString::fromStdString(scratch.path("bin/saddle-cli").string()), "one", "two words", "--version"},
        scratch);
    QCOMPARE(run.status, 7);
    QCOMPARE(run.out, given + "/lib:/before\none\ntwo words\n--version\n");
}

QTEST_GUILESS_MAIN(TestInstalled)
#include "installed.moc"
