// SPDX-License-Identifier: GPL-3.0-or-later
// Takes a picture of the real window after some steps of real training:
//     saddle_screenshots PRESET FILE.png [--size 1280x800] [--theme light|dark] [--steps N] [--tab N] [--keys N]
//     [--back STEP] [--runs FOLDER] [--set key=value]... [--front NAME=N]... [--click NAME]...
// or of runs side by side, in one of the three tabs:
//     saddle_screenshots compare FILE.png [--size ...] [--theme ...] [--tab N] [--wipe] --run FOLDER...
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "ui/lab/latent_panel.h"
#include "ui/lab/latent_picture.h"
#include "ui/main_window.h"
#include "ui/models/run_timeline.h"
#include "ui/panels/compare_panel.h"
#include "ui/panels/samples_panel.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>

int main(int argc, char** argv)
{
    QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("saddle-screenshots"));
    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("preset"), QStringLiteral("Preset"));
    parser.addPositionalArgument(QStringLiteral("file"), QStringLiteral("PNG to write"));
    const QCommandLineOption size(
        QStringLiteral("size"), QStringLiteral("Size"), QStringLiteral("WxH"), QStringLiteral("1280x800"));
    const QCommandLineOption theme(
        QStringLiteral("theme"), QStringLiteral("light or dark"), QStringLiteral("theme"), QStringLiteral("light"));
    const QCommandLineOption steps(
        QStringLiteral("steps"), QStringLiteral("Steps to train first"), QStringLiteral("N"), QStringLiteral("0"));
    const QCommandLineOption tab(
        QStringLiteral("tab"), QStringLiteral("Tab to show"), QStringLiteral("N"), QStringLiteral("0"));
    const QCommandLineOption set(QStringLiteral("set"), QStringLiteral("Setting"), QStringLiteral("key=value"));
    const QCommandLineOption keys(QStringLiteral("keys"), QStringLiteral("Key frames to put into the latent lab"),
        QStringLiteral("N"), QStringLiteral("0"));
    const QCommandLineOption front(
        QStringLiteral("front"), QStringLiteral("Tab to show inside of a tab, by its name"), QStringLiteral("NAME=N"));
    const QCommandLineOption click(
        QStringLiteral("click"), QStringLiteral("Button to click before the picture is taken"), QStringLiteral("NAME"));
    const QCommandLineOption runs(QStringLiteral("runs"), QStringLiteral("Folder of runs to list"),
        QStringLiteral("folder"), home.filePath(QStringLiteral("runs")));
    const QCommandLineOption back(
        QStringLiteral("back"), QStringLiteral("Step to look back at"), QStringLiteral("STEP"), QStringLiteral("-1"));
    const QCommandLineOption run(QStringLiteral("run"), QStringLiteral("Run to compare"), QStringLiteral("FOLDER"));
    const QCommandLineOption wipe(QStringLiteral("wipe"), QStringLiteral("Two grids under a divider"));
    parser.addOptions({size, theme, steps, tab, set, keys, front, click, runs, back, run, wipe});
    parser.process(application);
    if (parser.positionalArguments().size() != 2)
        parser.showHelp(2);

    saddle::theme::apply(saddle::theme::choiceNamed(parser.value(theme)));
    const QStringList sides = parser.value(size).split(QLatin1Char('x'));
    if (parser.isSet(run)) {
        saddle::CompareWindow window(saddle::builtinCatalog(), {}, {});
        window.resize(sides.value(0).toInt(), sides.value(1).toInt());
        window.addRuns(parser.values(run));
        window.findChild<QTabWidget*>(QStringLiteral("compareTabs"))->setCurrentIndex(parser.value(tab).toInt());
        if (parser.isSet(wipe))
            window.findChild<QPushButton*>(QStringLiteral("compareWipe"))->click();
        window.show();
        QTimer::singleShot(1000, &application,
            [&] { QApplication::exit(window.grab().save(parser.positionalArguments().at(1)) ? 0 : 1); });
        return QApplication::exec();
    }

    saddle::Workbench bench(saddle::builtinCatalog(), saddle::makeTrainer);
    bench.setRunsFolder(parser.value(runs).toStdString());
    bench.setLatentTools(saddle::latentTools());
    saddle::MainWindow window(&bench);
    window.resize(sides.value(0).toInt(), sides.value(1).toInt());
    window.open(parser.positionalArguments().constFirst());
    for (const QString& setting : parser.values(set)) {
        const qsizetype equals = setting.indexOf(QLatin1Char('='));
        const saddle::Status done =
            bench.document()->set(setting.left(equals), saddle::valueFromText(setting.mid(equals + 1).toStdString()));
        if (!done)
            std::fprintf(stderr, "%s\n", done.error().sentence().c_str());
    }
    if (!parser.values(set).isEmpty())
        bench.restart();
    window.show();
    window.findChild<QTabWidget*>(QStringLiteral("tabs"))->setCurrentIndex(parser.value(tab).toInt());

    const qint64 wanted = parser.value(steps).toLongLong();
    bool edited = false;
    bool done = false;
    const auto finish = [&] {
        if (done)
            return;
        done = true;
        // A picture of the lab for every key frame, each of another seed.
        int left = parser.value(keys).toInt();
        QTimer drawing;
        if (left > 0) {
            bench.togglePlay();
            QObject::connect(window.latent(), &saddle::LatentPanel::pictureChanged, &drawing,
                [&, last = std::vector<float>()]() mutable {
                    const std::vector<float>& shown = window.latent()->shown()->latents.values;
                    if (left <= 0 || shown == last) // newer weights show the same latents again
                        return;
                    last = shown;
                    window.latent()->findChild<QPushButton*>(QStringLiteral("pathAdd"))->click();
                    if (--left > 0)
                        window.latent()->findChild<QSpinBox*>(QStringLiteral("latentSeed"))->stepUp();
                });
            window.latent()->findChild<QSpinBox*>(QStringLiteral("latentSeed"))->stepUp();
            while (left > 0)
                QApplication::processEvents(QEventLoop::WaitForMoreEvents);
        }
        for (const QString& name : parser.values(front)) {
            if (auto* tabs = window.findChild<QTabWidget*>(name.section(QLatin1Char('='), 0, 0)))
                tabs->setCurrentIndex(name.section(QLatin1Char('='), 1).toInt());
        }
        if (parser.isSet(click) && bench.isRunning())
            bench.togglePlay();
        for (const QString& name : parser.values(click)) {
            if (auto* button = window.findChild<QPushButton*>(name))
                button->click();
        }
        if (const qint64 step = parser.value(back).toLongLong(); step >= 0) {
            window.timeline()->look();
            window.timeline()->goTo(step);
        }
        // The last rows and samples come after the pause.
        QTimer::singleShot(3000, &application, [&] {
            const bool saved = window.grab().save(parser.positionalArguments().at(1));
            bench.close();
            QApplication::exit(saved ? 0 : 1);
        });
    };
    QObject::connect(bench.bridge(), &saddle::Bridge::progressChanged, &application, [&] {
        const saddle::SessionUpdate& now = bench.bridge()->now();
        if (now.state == saddle::SessionState::Failed)
            finish();
        if (now.state == saddle::SessionState::Ready && wanted > 0 && now.progress.step == 0)
            bench.bridge()->post(saddle::command::Play{});
        else if (now.state == saddle::SessionState::Ready || now.state == saddle::SessionState::Watching)
            finish();
        if (!edited && wanted > 0 && now.progress.step >= wanted / 2) {
            edited = true;
            bench.setNoise(0.1);
        }
        if (now.state == saddle::SessionState::Running && now.progress.step >= wanted)
            finish();
    });
    return QApplication::exec();
}
