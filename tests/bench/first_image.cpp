// SPDX-License-Identifier: GPL-3.0-or-later
// How long a person waits for the first picture of training: from the start of this process, which does what the window
// started with --play does, to the moment the samples of a trained generator are painted.
//     saddle_first_image [PRESET] [--max-seconds S]
// It tells the stretches between: the start of the program, the window, the session, the first step.
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "ui/main_window.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QEvent>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>
#include <fstream>
#include <sstream>

#include <time.h>
#include <unistd.h>

using namespace saddle;

namespace {

/// Seconds since this process was started, the linking of its libraries included.
double sinceStart()
{
    std::ifstream file("/proc/self/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 22 && fields >> field; ++i) { } // the 22nd: when it was started, in ticks since boot
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec)
        - std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Waits for the samples of a trained generator, then for a view of pictures to be painted.
class Watcher : public QObject {
public:
    explicit Watcher(Bridge& bridge)
    {
        connect(&bridge, &Bridge::stateChanged, this, [this, &bridge] {
            if (bridge.state() == SessionState::Ready)
                tell("the session is ready");
            if (bridge.state() == SessionState::Failed)
                QApplication::exit(2);
        });
        connect(&bridge, &Bridge::progressChanged, this, [this, &bridge] {
            if (bridge.now().progress.step > 0 && !std::exchange(m_stepped, true))
                tell("the first step is made");
        });
        connect(&bridge, &Bridge::samplesChanged, this, [this](const std::shared_ptr<const Samples>& samples) {
            m_arrived = m_arrived || (samples && samples->step > 0);
        });
        qApp->installEventFilter(this);
    }

    bool eventFilter(QObject* object, QEvent* event) override
    {
        if (m_arrived && event->type() == QEvent::Paint && qobject_cast<ImageView*>(object) && seconds == 0) {
            seconds = sinceStart();
            tell("its samples are painted");
            QTimer::singleShot(0, qApp, [] { QApplication::exit(0); });
        }
        return QObject::eventFilter(object, event);
    }

    static void tell(const char* what)
    {
        std::printf("%6.2f s  %s\n", sinceStart(), what);
        std::fflush(stdout);
    }

    double seconds = 0;

private:
    bool m_stepped = false;
    bool m_arrived = false;
};

} // namespace

int main(int argc, char** argv)
{
    Watcher::tell("the program is loaded");
    QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    QApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("preset"), QStringLiteral("Preset (fashion-dcgan)"));
    const QCommandLineOption most(
        QStringLiteral("max-seconds"), QStringLiteral("Fail above this"), QStringLiteral("S"));
    parser.addHelpOption();
    parser.addOption(most);
    parser.process(application);
    theme::apply(theme::Choice::Light);

    Workbench bench(builtinCatalog(), makeTrainer);
    bench.setLatentTools(latentTools());
    bench.setRunsFolder(home.filePath(QStringLiteral("runs")).toStdString());
    MainWindow window(&bench);
    window.open(parser.positionalArguments().value(0, QStringLiteral("fashion-dcgan")));
    window.show();
    Watcher::tell("the window is shown");
    Watcher watcher(*bench.bridge());
    QTimer::singleShot(0, &bench, [&bench] { bench.playWhenReady(); });
    if (const int status = QApplication::exec(); status != 0) {
        std::fprintf(stderr, "the experiment could not be opened\n");
        return status;
    }
    return parser.isSet(most) && watcher.seconds > parser.value(most).toDouble() ? 1 : 0;
}
