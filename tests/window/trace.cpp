// SPDX-License-Identifier: GPL-3.0-or-later
// A step traced from the window's menu: where it goes, what the window says, and why it cannot be when it cannot.
#include "core/io/safetensors.h"
#include "tests/support/ring_window.h"
#include "ui/models/run_series.h"
#include "ui/widgets/banner.h"

#include <QAction>
#include <QMenu>
#include <QSettings>
#include <QStandardPaths>

#include <algorithm>

using namespace saddle;

namespace fs = std::filesystem;

namespace {

struct Fixture : test::RingWindow {
    QAction* action() { return window->findChild<QAction*>(QStringLiteral("traceStep")); }
    Banner* banner() { return window->findChild<Banner*>(QStringLiteral("trainBanner")); }
    std::vector<fs::path> files(const fs::path& folder)
    {
        std::vector<fs::path> found;
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file())
                found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        return found;
    }
    bool traced(std::size_t count)
    {
        return QTest::qWaitFor(
            [this, count] {
                const auto isTrace = [](const RunEvent& event) { return event.kind == "trace"; };
                const auto& events = bench.events();
                return std::count_if(events.begin(), events.end(), isTrace) == static_cast<std::ptrdiff_t>(count);
            },
            test::patience);
    }
};

} // namespace

class TraceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("trace"));
        QSettings().clear();
    }

    void fromRest()
    {
        Fixture f;
        QVERIFY(!f.action()->isEnabled()); // loading
        QCOMPARE(f.action()->toolTip(), QString::fromUtf8(whyNot(SessionState::Loading, SessionAction::Trace)));
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(f.action()->isEnabled());
        QVERIFY2(f.action()->toolTip().contains(QStringLiteral("write")), qPrintable(f.action()->toolTip()));
        auto* menu = qobject_cast<QMenu*>(f.action()->associatedObjects().constFirst());
        QVERIFY(menu && menu->toolTipsVisible());

        // Who thinks better of it has trained nothing.
        f.action()->trigger();
        QCOMPARE(f.foldersAsked, 1);

        // An empty folder is taken as it is.
        fs::create_directories(f.scratch.path("mine"));
        f.chosenFolder = QString::fromStdString(f.scratch.path("mine").string());
        f.action()->trigger();
        QVERIFY(f.traced(1));
        QVERIFY(f.reached(SessionState::Paused));
        QCOMPARE(f.bridge().now().progress.step, std::int64_t{1});
        QTRY_COMPARE(f.bench.series().rowCount(), std::size_t{1});
        QCOMPARE(f.files(f.scratch.path("mine")),
            (std::vector<fs::path>{
                f.scratch.path("mine/experiment.json"), f.scratch.path("mine/step-000001.safetensors")}));
        const Result<TensorFile> file = readSafetensors(f.scratch.path("mine/step-000001.safetensors"));
        QVERIFY_OK(file);
        QCOMPARE(file->metadata.at("step"), std::string("1"));
        QVERIFY(file->tensors.count("metric/d_loss") == 1);

        // The window says where it went, and keeps a mark at the step.
        QVERIFY(!f.banner()->isHidden());
        QVERIFY2(f.banner()->text().contains(f.chosenFolder) && f.banner()->text().contains(QStringLiteral("Step 1 ")),
            qPrintable(f.banner()->text()));
        const std::optional<Marker> marker = markerOf(f.bench.events().back());
        QVERIFY(marker.has_value());
        QCOMPARE(marker->step, 1.0);
        QVERIFY2(marker->text.contains(f.chosenFolder), qPrintable(marker->text));

        // Now that it is not empty, the next goes into a folder of its own inside.
        f.action()->trigger();
        QVERIFY(f.traced(2));
        const std::vector<fs::path> all = f.files(f.scratch.path("mine"));
        QCOMPARE(all.size(), std::size_t{4});
        const auto second = std::find_if(
            all.begin(), all.end(), [](const fs::path& path) { return path.filename() == "step-000002.safetensors"; });
        QVERIFY(second != all.end());
        QVERIFY(second->parent_path().filename().string().rfind("ring-gan-trace-", 0) == 0);
        QTRY_VERIFY(f.banner()->text().contains(QString::fromStdString(second->parent_path().string())));
    }

    void whileTrainingRuns()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.bench.togglePlay();
        QVERIFY(f.trained(3));
        QVERIFY(f.action()->isEnabled());
        f.chosenFolder = QString::fromStdString(f.scratch.path("running").string());
        f.action()->trigger();
        QVERIFY(f.traced(1));
        QVERIFY(f.bench.isRunning());
        const std::int64_t step = f.bridge().now().progress.step;
        QVERIFY(f.trained(step + 3));
        QVERIFY(!f.banner()->isHidden());
    }

    void whatCannotBeWrittenIsSaid()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        f.chosenFolder = QString::fromStdString(f.scratch.write("letter.txt", "dear all").string());
        f.action()->trigger();
        QVERIFY(QTest::qWaitFor([&f] { return !f.banner()->isHidden(); }, test::patience));
        QVERIFY2(f.banner()->text().contains(f.chosenFolder), qPrintable(f.banner()->text()));
        QVERIFY(!f.bridge().now().fault);
    }
};

QTEST_MAIN(TraceTest)
#include "trace.moc"
