// SPDX-License-Identifier: GPL-3.0-or-later
// Painting large images from the window: when it can be done, what it shows, and that nothing waits for it.
#include "ui/panels/paint_window.h"
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "tests/support/idx_images.h"
#include "tests/support/scratch.h"
#include "ui/main_window.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace saddle;

namespace {

constexpr int patience = 60000;

/// What a fake generator is to do, and what it was asked. Shared with the painting thread.
struct Probe {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false; ///< each part waits until this is false
    bool waiting = false;
    std::string error;
    bool throws = false;
    std::filesystem::path opened;
    CanvasRequest request;
    std::thread::id thread;

    void hold(bool on)
    {
        const std::lock_guard lock(mutex);
        held = on;
        changed.notify_all();
    }
    bool isWaiting()
    {
        const std::lock_guard lock(mutex);
        return waiting;
    }
};

/// Paints every pixel in the shade of the seed, in four parts.
class FakeGenerator : public Generator {
public:
    explicit FakeGenerator(Probe& probe)
        : m_probe(probe)
    {
        m_info.step = 7;
    }

    const GeneratorInfo& info() const override { return m_info; }
    Result<Latents> draw(const LatentRequest&) const override { return Error{}; }
    Result<Samples> make(const Latents&) override { return Error{}; }
    Result<Image> paint(const CanvasRequest& request, const PaintMonitor& monitor) override
    {
        {
            const std::lock_guard lock(m_probe.mutex);
            m_probe.request = request;
            m_probe.thread = std::this_thread::get_id();
        }
        if (m_probe.throws)
            throw std::runtime_error("the device is gone");
        if (!m_probe.error.empty())
            return Error{m_probe.error, "here", "do otherwise"};
        for (int part = 1; part <= 4; ++part) {
            {
                std::unique_lock lock(m_probe.mutex);
                m_probe.waiting = m_probe.held;
                m_probe.changed.wait_for(lock, std::chrono::seconds(30), [this] { return !m_probe.held; });
                m_probe.waiting = false;
            }
            if (!monitor(part, 4))
                return Error{"painting was cancelled", "", ""};
        }
        const auto size = static_cast<std::size_t>(request.width * request.height);
        return Image{static_cast<int>(request.width), static_cast<int>(request.height), 1,
            std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(request.seed))};
    }

private:
    Probe& m_probe;
    GeneratorInfo m_info;
};

struct Fixture {
    test::Scratch scratch;
    Probe probe;
    QString saveTo;
    Workbench bench{builtinCatalog(), makeTrainer};
    std::unique_ptr<MainWindow> window;

    explicit Fixture(bool fake = true, const char* architecture = "upsample", bool labels = false)
    {
        bench.setRunsFolder(scratch.path("runs"));
        LatentTools tools;
        tools.openFile = [this, fake](const std::filesystem::path& path) -> Result<std::unique_ptr<Generator>> {
            if (!fake)
                return openGenerator(path, builtinCatalog());
            const std::lock_guard lock(probe.mutex);
            probe.opened = path;
            return std::unique_ptr<Generator>(std::make_unique<FakeGenerator>(probe));
        };
        bench.setLatentTools(std::move(tools));
        WindowDialogs dialogs = systemDialogs();
        dialogs.saveFile = [this](QWidget*, const QString&, const QString&, const QString&) { return saveTo; };
        dialogs.confirmClose = [](QWidget*) { return true; };
        window = std::make_unique<MainWindow>(&bench, dialogs);
        Json data = {{"source", "idx"}, {"images", scratch.write("images", test::idxImages(40, 16)).string()}};
        if (labels) {
            std::string bytes = test::bigEndian32(0x801) + test::bigEndian32(40);
            for (int i = 0; i < 40; ++i)
                bytes += static_cast<char>(i % 3);
            data["labels"] = scratch.write("labels", bytes).string();
        }
        const Json document = {{"data", data}, {"latent", {{"dimensions", 4}}},
            {"generator", {{"architecture", architecture}, {"width", 2}}},
            {"discriminator", {{"architecture", "dcgan"}, {"width", 4}}},
            {"training",
                {{"batch_size", 8}, {"threads", 1}, {"device", "cpu"}, {"conditional", labels}, {"ema_decay", 0.5}}}};
        window->open(QString::fromStdString(scratch.write("small.json", document.dump()).string()));
        window->show();
    }

    Bridge& bridge() { return *bench.bridge(); }
    bool reached(SessionState state)
    {
        return QTest::qWaitFor([this, state] { return bridge().state() == state; }, patience);
    }
    bool step()
    {
        const std::int64_t before = bridge().now().progress.step;
        bench.step();
        return QTest::qWaitFor(
            [this, before] {
                return bridge().now().progress.step > before && bridge().state() == SessionState::Paused;
            },
            patience);
    }
    QAction* action() { return window->findChild<QAction*>(QStringLiteral("paintCanvas")); }
    template <typename T>
    T* part(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    /// One step is done and the window of painting open.
    bool open()
    {
        if (!reached(SessionState::Ready) || !step() || !action()->isEnabled())
            return false;
        action()->trigger();
        return part<PaintWindow>("paintWindow")->isVisible();
    }
    void click(const char* name) { QTest::mouseClick(part<QPushButton>(name), Qt::LeftButton); }
    bool painted()
    {
        return QTest::qWaitFor(
            [this] {
                return !part<ImageView>("paintView")->isEmpty() && part<QPushButton>("paintButton")->isEnabled();
            },
            patience);
    }
};

} // namespace

class PaintWindowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("paint-window"));
        QSettings().clear();
    }

    void theActionSaysWhyNot()
    {
        Fixture f;
        QVERIFY(f.reached(SessionState::Ready));
        QVERIFY(!f.action()->isEnabled());
        QCOMPARE(f.action()->toolTip(), QString::fromUtf8(whyNot(SessionState::Ready, SessionAction::Checkpoint)));
        QVERIFY(f.step());
        QVERIFY(f.action()->isEnabled());
        // A generator of one size never will, and says why.
        Fixture bound(true, "dcgan");
        QVERIFY(bound.reached(SessionState::Ready));
        QVERIFY(!bound.action()->isEnabled());
        QVERIFY2(
            bound.action()->toolTip().contains(QStringLiteral("upsampling")), qPrintable(bound.action()->toolTip()));
        QVERIFY(bound.step());
        QVERIFY(!bound.action()->isEnabled());
        // Nor does a bench without generators.
        Fixture without;
        without.bench.setLatentTools({});
        QVERIFY(without.reached(SessionState::Ready));
        QVERIFY(without.step());
        QVERIFY(!without.action()->isEnabled() && !without.action()->toolTip().isEmpty());
    }

    void paintsWhatTheGeneratorSays()
    {
        Fixture f(false);
        QVERIFY(f.open());
        f.part<QSpinBox>("paintWidth")->setValue(96);
        f.part<QSpinBox>("paintHeight")->setValue(48);
        f.part<QSpinBox>("paintSeed")->setValue(12);
        f.click("paintButton");
        QVERIFY(f.painted());
        const auto generator = openGenerator(f.bridge().now().runFolder, builtinCatalog());
        QVERIFY_OK(generator);
        QCOMPARE((*generator)->info().step, std::int64_t{1});
        const CanvasRequest request{.width = 96, .height = 48, .seed = 12};
        const Result<Image> expected = (*generator)->paint(request, {});
        QVERIFY_OK(expected);
        QVERIFY(f.part<ImageView>("paintView")->image() == *expected);
        const QString caption = f.part<QLabel>("paintCaption")->text();
        for (const char* words : {"Step 1", "96 × 48", "seed 12", "averaged"})
            QVERIFY2(caption.contains(QString::fromUtf8(words)), qPrintable(caption));

        // Saved and copied: the bytes that the command line would write.
        f.saveTo = QString::fromStdString(f.scratch.path("canvas.png").string());
        f.click("paintSave");
        const std::string bytes = *encodePng(*expected, pictureText((*generator)->info(), request));
        QFile file(f.saveTo);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll() == QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())));
        f.click("paintCopy");
        QCOMPARE(QApplication::clipboard()->image().size(), QSize(96, 48));
        f.saveTo = QStringLiteral("/nowhere/at/all.png");
        f.click("paintSave");
        QVERIFY(f.part<Banner>("paintBanner")->text().contains(QStringLiteral("nowhere")));
    }

    void sizesGoInSteps()
    {
        Fixture f;
        QVERIFY(f.open());
        auto* width = f.part<QSpinBox>("paintWidth");
        QCOMPARE(width->value(), 1024);
        QCOMPARE(width->singleStep(), 16);
        QCOMPARE(width->minimum(), 16);
        width->setFocus();
        width->selectAll();
        QTest::keyClicks(width, QStringLiteral("100"));
        QTest::keyClick(width, Qt::Key_Return); // and paints
        QVERIFY(f.painted());
        QCOMPARE(width->value(), 96);
        QCOMPARE(f.probe.request.width, std::int64_t{96});
        width->stepUp();
        QCOMPARE(width->value(), 112);
    }

    void onAThreadOfItsOwn()
    {
        Fixture f;
        QVERIFY(f.open());
        f.probe.hold(true);
        f.part<QSpinBox>("paintSeed")->setValue(77);
        f.click("paintButton");
        QTRY_VERIFY_WITH_TIMEOUT(f.probe.isWaiting(), patience);
        // The window lives on: it trains another step meanwhile, and says how far painting is.
        QVERIFY(!f.part<QPushButton>("paintButton")->isEnabled());
        QVERIFY(f.part<QProgressBar>("paintProgress")->isVisible());
        QVERIFY(f.step());
        f.probe.hold(false);
        QVERIFY(f.painted());
        QVERIFY(!f.part<QProgressBar>("paintProgress")->isVisible());
        QCOMPARE(f.part<ImageView>("paintView")->image().pixels.front(), std::uint8_t{77});
        QVERIFY(f.probe.thread != std::this_thread::get_id());
        QCOMPARE(f.probe.opened.filename().string(), std::string("00000001"));
    }

    void checkpointsAreNotSavedTwice()
    {
        Fixture f;
        QVERIFY(f.open());
        const auto saved = [&f] {
            return std::count_if(f.bench.events().begin(), f.bench.events().end(),
                [](const RunEvent& event) { return event.kind == "checkpoint"; });
        };
        f.click("paintButton");
        QVERIFY(f.painted());
        QCOMPARE(saved(), 1);
        f.click("paintButton");
        QVERIFY(f.painted());
        QCOMPARE(saved(), 1);
        // An edit may change which weights are shown; a step changes them.
        QVERIFY_OK(f.bench.document()->set(QStringLiteral("sampling.ema"), false));
        QTRY_COMPARE(f.bench.events().back().kind, std::string("edit"));
        f.click("paintButton");
        QVERIFY(f.painted());
        QCOMPARE(saved(), 2);
        QVERIFY(f.step());
        f.click("paintButton");
        QTRY_COMPARE_WITH_TIMEOUT(f.probe.opened.filename().string(), std::string("00000002"), patience);
        QVERIFY(f.painted());
        QCOMPARE(saved(), 3);
        // While it runs.
        f.bench.togglePlay();
        QVERIFY(f.reached(SessionState::Running));
        f.click("paintButton");
        QVERIFY(f.painted());
        QVERIFY(saved() >= 4);
        QCOMPARE(f.bridge().state(), SessionState::Running);
        f.bench.togglePlay();
        QVERIFY(f.reached(SessionState::Paused));
        QVERIFY(f.step());
        f.bench.stop();
        QVERIFY(f.reached(SessionState::Finished));
        const auto before = saved();
        f.click("paintButton");
        QVERIFY(f.painted());
        QCOMPARE(saved(), before);
    }

    void cancelled()
    {
        Fixture f;
        QVERIFY(f.open());
        f.probe.hold(true);
        f.click("paintButton");
        QTRY_VERIFY_WITH_TIMEOUT(f.probe.isWaiting(), patience);
        f.click("paintCancel");
        f.probe.hold(false);
        QTRY_VERIFY_WITH_TIMEOUT(f.part<QPushButton>("paintButton")->isEnabled(), patience);
        QVERIFY(f.part<ImageView>("paintView")->isEmpty());
        QVERIFY(f.part<Banner>("paintBanner")->isHidden());
        QVERIFY(!f.part<QPushButton>("paintSave")->isEnabled());
        f.click("paintButton");
        QVERIFY(f.painted());
    }

    void failuresAreSaid()
    {
        Fixture f;
        QVERIFY(f.open());
        f.probe.error = "there is not enough memory";
        f.click("paintButton");
        auto* banner = f.part<Banner>("paintBanner");
        QTRY_VERIFY_WITH_TIMEOUT(!banner->isHidden(), patience);
        QVERIFY(banner->text().contains(QStringLiteral("not enough memory")));
        QVERIFY(f.part<QPushButton>("paintButton")->isEnabled());
        f.probe.throws = true;
        f.click("paintButton");
        QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(QStringLiteral("device is gone")), patience);
        f.probe.throws = false;
        f.probe.error.clear();
        f.click("paintButton");
        QVERIFY(f.painted());
        QVERIFY(banner->isHidden());
    }

    void labelsAreChosen()
    {
        Fixture f(true, "upsample", true);
        QVERIFY(f.open());
        auto* label = f.part<QComboBox>("paintLabel");
        QVERIFY(label->isVisible());
        QCOMPARE(label->count(), 3);
        label->setCurrentIndex(2);
        f.click("paintButton");
        QVERIFY(f.painted());
        QCOMPARE(f.probe.request.label, std::int64_t{2});
        Fixture plain;
        QVERIFY(plain.open());
        QVERIFY(!plain.part<QComboBox>("paintLabel")->isVisible());
    }

    void anotherExperimentOnTheBench()
    {
        Fixture f;
        QVERIFY(f.open());
        f.click("paintButton");
        QVERIFY(f.painted());
        f.window->open(QStringLiteral("ring-gan"));
        QVERIFY(f.reached(SessionState::Ready));
        QTRY_VERIFY(!f.part<QPushButton>("paintButton")->isEnabled());
        QVERIFY(f.part<QPushButton>("paintButton")->toolTip().contains(QStringLiteral("no images")));
        QVERIFY(!f.part<ImageView>("paintView")->isEmpty()); // what was painted stays in view
        QVERIFY(f.part<QPushButton>("paintSave")->isEnabled());
    }

    void closingWhilePainting()
    {
        auto f = std::make_unique<Fixture>();
        QVERIFY(f->open());
        f->probe.hold(true);
        f->click("paintButton");
        QTRY_VERIFY_WITH_TIMEOUT(f->probe.isWaiting(), patience);
        // Esc closes this window, not the program, and ends the painting.
        QTest::keyClick(f->part<PaintWindow>("paintWindow"), Qt::Key_Escape);
        QVERIFY(!f->part<PaintWindow>("paintWindow")->isVisible() && f->window->isVisible());
        f->probe.hold(false);
        QTRY_VERIFY_WITH_TIMEOUT(f->part<QPushButton>("paintButton")->isEnabled(), patience);
        f->action()->trigger();
        f->click("paintButton");
        QVERIFY(f->window->close());
        f->window.reset(); // waits for the thread
    }
};

QTEST_MAIN(PaintWindowTest)
#include "paint_window.moc"
