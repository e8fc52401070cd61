// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/patience.h"
#include "tests/support/scratch.h"

#include <QProcess>

namespace saddle::test {

/// What a command came to.
struct Run {
    int status = -1;
    QString out;
    QString err;
};

/// The presets and runs of whoever runs the tests stay out of it: a home of the test's own.
inline QProcessEnvironment environmentIn(const Scratch& scratch)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"})
        environment.insert(QString::fromUtf8(name), QString::fromStdString(scratch.path("home").string()));
    return environment;
}

/// Runs a command in a test's folder to its end.
inline Run runCli(const QString& program, const QStringList& arguments, const Scratch& scratch)
{
    QProcess process;
    process.setProcessEnvironment(environmentIn(scratch));
    process.setWorkingDirectory(QString::fromStdString(scratch.path().string()));
    process.start(program, arguments);
    if (!process.waitForFinished(patience) || process.exitStatus() != QProcess::NormalExit)
        return {-1, {}, QStringLiteral("it crashed or hung: ") + process.errorString()};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
        QString::fromUtf8(process.readAllStandardError())};
}

} // namespace saddle::test

/// Fails the test with what a command said, unless it did what it was told.
#define DONE(run)                                                                                                      \
    do {                                                                                                               \
        const saddle::test::Run run_ = (run);                                                                          \
        QVERIFY2(run_.status == 0, qPrintable(run_.err));                                                              \
    } while (false)
