// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/cli_process.h"

#include <QDir>
#include <QStandardPaths>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

/// The package for Debian, looked into. packaging/try-deb.sh installs it as well.
class TestDebianPackage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void nothingIsDoneAtItsRemoval();
    void dependencies();
    void contents();

private:
    /// A program's output, "" after a failure.
    QString outputOf(const QString& program, const QStringList& arguments) const
    {
        const Run run = runCli(program, arguments, m_scratch);
        return run.status == 0 ? run.out : QString();
    }

    Scratch m_scratch;
    QString m_deb;
};

void TestDebianPackage::initTestCase()
{
    for (const char* program : {"dpkg-deb", "dpkg-shlibdeps", "file"}) {
        if (QStandardPaths::findExecutable(program).isEmpty())
            QSKIP("the tools of Debian are not installed (dpkg-dev, file)");
    }
    const QString folder = QString::fromStdString(m_scratch.path("package").string());
    DONE(runCli(SADDLE_CPACK, {"-G", "DEB", "--config", SADDLE_BUILD "/CPackConfig.cmake", "-B", folder}, m_scratch));
    const QStringList made = QDir(folder).entryList({"*.deb"});
    QCOMPARE(made,
        QStringList{"saddle_" SADDLE_VERSION "_" + outputOf("dpkg", {"--print-architecture"}).trimmed() + ".deb"});
    m_deb = folder + '/' + made.front();
}

void TestDebianPackage::nothingIsDoneAtItsRemoval()
{
    const fs::path control = m_scratch.path("control");
    DONE(runCli("dpkg-deb", {"-e", m_deb, QString::fromStdString(control.string())}, m_scratch));
    QStringList files = QDir(QString::fromStdString(control.string())).entryList(QDir::Files, QDir::Name);
    // No script: whatever lies in somebody's home stays.
    QCOMPARE(files, (QStringList{"control", "md5sums"}));
}

void TestDebianPackage::dependencies()
{
    const QString depends = outputOf("dpkg-deb", {"-f", m_deb, "Depends"});
    for (const char* package : {"libc6", "libqt6widgets6", "libqt6svg6", "libcurl4", "libzip4", "ca-certificates"})
        QVERIFY2(depends.contains(package), qPrintable(depends));
    for (const char* package : {"torch", "cuda", "-dev", "python"})
        QVERIFY2(!depends.contains(package), qPrintable(depends));
}

void TestDebianPackage::contents()
{
    const QString listing = outputOf("dpkg-deb", {"-c", m_deb});
    for (const char* file : {"./usr/bin/saddle\n", "./usr/bin/saddle-cli\n", "./usr/lib/saddle/saddle\n",
             "./usr/share/applications/" SADDLE_APPLICATION_ID ".desktop\n",
             "./usr/share/metainfo/" SADDLE_APPLICATION_ID ".metainfo.xml\n",
             "./usr/share/icons/hicolor/scalable/apps/" SADDLE_APPLICATION_ID ".svg\n",
             "./usr/share/man/man1/saddle.1.gz\n", "./usr/share/doc/saddle/copyright\n"})
        QVERIFY2(listing.contains(file), file);
    // Nothing outside /usr, nothing that others may write, and all of it root's.
    for (const QString& line : listing.split('\n', Qt::SkipEmptyParts)) {
        QVERIFY2(line.contains(" root/root "), qPrintable(line));
        QVERIFY2(line.contains(" ./usr") || line.endsWith(" ./"), qPrintable(line));
        QVERIFY2(line.startsWith("drwxr-xr-x") || line.startsWith("-rwxr-xr-x") || line.startsWith("-rw-r--r--"),
            qPrintable(line));
    }
    QVERIFY(QFileInfo(m_deb).size() < 50'000'000);
}

QTEST_GUILESS_MAIN(TestDebianPackage)
#include "debian_package.moc"
