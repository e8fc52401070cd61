// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "ui/main_window.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>
#include <QTimer>

#include <cstdio>
#include <string_view>

int main(int argc, char** argv)
{
    // Asked for without a screen as well, where there can be no application.
    if (argc == 2 && (std::string_view(argv[1]) == "--version" || std::string_view(argv[1]) == "-v")) {
        std::printf("saddle %s, LibTorch %s\n", SADDLE_VERSION, saddle::libtorchVersion().c_str());
        return 0;
    }

    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("saddle"));
    QApplication::setOrganizationName(QStringLiteral("saddle"));
    QApplication::setApplicationDisplayName(QStringLiteral("Saddle"));
    QApplication::setApplicationVersion(QStringLiteral(SADDLE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral(SADDLE_APPLICATION_ID));

    QCommandLineParser parser;
    parser.setApplicationDescription(QApplication::translate("main", "A workbench for interactive GAN experiments"));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("experiment"),
        QApplication::translate("main", "Preset, experiment file or run folder; the last one if none is given"));
    const QCommandLineOption theme(
        QStringLiteral("theme"), QApplication::translate("main", "system, light or dark"), QStringLiteral("theme"));
    const QCommandLineOption play(QStringLiteral("play"), QApplication::translate("main", "Start training at once"));
    parser.addOptions({theme, play});
    parser.process(application);

    const QSettings settings;
    const QString themeName =
        parser.isSet(theme) ? parser.value(theme) : settings.value(QStringLiteral("theme")).toString();
    saddle::theme::apply(saddle::theme::choiceNamed(themeName));

    saddle::Workbench workbench(saddle::builtinCatalog(), saddle::makeTrainer);
    workbench.setLatentTools(saddle::latentTools());
    if (const QString runs = settings.value(QStringLiteral("runsFolder")).toString(); !runs.isEmpty())
        workbench.setRunsFolder(runs.toStdString());
    workbench.setQueueFile(saddle::userQueueFile());
    saddle::MainWindow window(&workbench);
    const QStringList arguments = parser.positionalArguments();
    if (arguments.isEmpty())
        window.openLast();
    else
        window.open(arguments.constFirst());
    window.show();
    if (parser.isSet(play))
        QTimer::singleShot(0, &workbench, [&workbench] { workbench.playWhenReady(); });
    return QApplication::exec();
}
