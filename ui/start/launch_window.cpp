// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/launch_window.h"

#include "core/libtorch/launch.h"
#include "ui/start/fetch_dialog.h"
#include "ui/widgets/glyphs.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QMessageBox>
#include <QSettings>

#include <cstdio>
#include <vector>

namespace saddle {

namespace {

constexpr const char* program = "saddle";

/// Without a display Qt ends the process.
bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY")
        || qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

/// The application while there is something to show before the program itself begins. It ends before that, and with it
/// its connection to the desktop.
class Application {
public:
    /// Takes a copy of the arguments, which a null pointer ends: Qt takes its own out of them, and the program wants
    /// them all.
    explicit Application(std::vector<char*> arguments)
        : m_arguments(std::move(arguments))
        , m_count(static_cast<int>(m_arguments.size()) - 1)
        , m_application(m_count, m_arguments.data())
    {
        QApplication::setApplicationName(QStringLiteral("saddle"));
        QApplication::setOrganizationName(QStringLiteral("saddle"));
        QApplication::setApplicationDisplayName(QStringLiteral("Saddle"));
        QApplication::setDesktopFileName(QStringLiteral(SADDLE_APPLICATION_ID));
        QApplication::setWindowIcon(applicationIcon());
        theme::apply(theme::choiceNamed(QSettings().value(QStringLiteral("theme")).toString()));
    }

private:
    std::vector<char*> m_arguments;
    int m_count;
    QApplication m_application;
};

} // namespace

int launchWindow(int argc, char** argv)
{
    const std::vector<char*> arguments(argv, argv + argc + 1);
    const auto complain = [&arguments](const std::string& sentence) {
        std::fprintf(stderr, "%s: %s\n", program, sentence.c_str());
        if (!hasDisplay())
            return;
        const Application application(arguments);
        QMessageBox::critical(nullptr, QStringLiteral("Saddle"), QString::fromStdString(sentence));
    };
    const auto fetch = [&](const FetchRequest& request) -> Result<Ended> {
        if (!hasDisplay()) {
            const Error none{"there is no display to open a window on", {}, "use saddle-cli"};
            complain(none.sentence());
            return none;
        }
        const Application application(arguments);
        FetchDialog dialog(request);
        return dialog.exec() == QDialog::Accepted ? Ended::Done : Ended::Cancelled;
    };
    return launch({program, fetch, complain}, argc, argv);
}

} // namespace saddle
