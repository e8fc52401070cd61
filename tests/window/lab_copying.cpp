// SPDX-License-Identifier: GPL-3.0-or-later
// Is it copying, and what does D say: with real networks of a small run.
#include "core/latent/network/open_discriminator.h"
#include "core/latent/network/open_generator.h"
#include "core/training/builtin.h"
#include "tests/support/idx_images.h"
#include "tests/support/scratch.h"
#include "ui/bridge/lab.h"
#include "ui/lab/copying_pane.h"
#include "ui/lab/latent_picture.h"
#include "ui/lab/opinion_line.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"
#include "ui/workbench.h"

#include <QCheckBox>
#include <QLabel>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>

#include <atomic>
#include <thread>

using namespace saddle;

namespace {

constexpr int patience = 60000;
constexpr int side = 16;

struct Fixture {
    test::Scratch scratch;
    Workbench bench{builtinCatalog(), makeTrainer};
    std::atomic<bool> held = false; ///< the discriminator is not opened as long as this is so
    Lab lab{builtinCatalog(), tools()};
    int loaded = 0;
    CopyingPane pane{&lab, [this]() -> Result<RealData> {
                         if (!lab.info())
                             return Error{"no generator is open", "", "open one"};
                         return RealData{lab.info()->origin.string(), [this](const LoadMonitor& monitor) {
                                             ++loaded;
                                             return loadDataOf(lab.info()->origin, builtinCatalog(), monitor);
                                         }};
                     }};
    OpinionLine opinion{&lab};

    LatentTools tools()
    {
        LatentTools all = latentTools();
        all.openDiscriminator = [this, open = all.openDiscriminator](const DiscriminatorModel& model) {
            while (held)
                std::this_thread::yield();
            return open(model);
        };
        return all;
    }

    /// A run of one step, whose checkpoint is open.
    bool open()
    {
        bench.setRunsFolder(scratch.path("runs"));
        const Json document = {
            {"data", {{"source", "idx"}, {"images", scratch.write("images", test::idxImages(40, side)).string()}}},
            {"latent", {{"dimensions", 4}}}, {"generator", {{"architecture", "dcgan"}, {"width", 4}}},
            {"discriminator", {{"architecture", "dcgan"}, {"width", 4}}},
            {"training", {{"batch_size", 8}, {"threads", 1}, {"device", "cpu"}}}};
        const QString file = QString::fromStdString(scratch.write("small.json", document.dump()).string());
        if (const Status opened = bench.openExperiment(file); !opened)
            qWarning("%s", opened.error().sentence().c_str());
        const auto reached = [this](SessionState state) {
            return QTest::qWaitFor([this, state] { return bench.bridge()->state() == state; }, patience);
        };
        if (!reached(SessionState::Ready))
            return false;
        bench.step();
        if (!QTest::qWaitFor(
                [this] {
                    return bench.bridge()->now().progress.step == 1 && bench.bridge()->state() == SessionState::Paused;
                },
                patience))
            return false;
        bench.saveCheckpoint();
        const std::filesystem::path& run = bench.bridge()->now().runFolder;
        if (!QTest::qWaitFor([&run] { return latestCheckpoint(run).ok(); }, patience))
            return false;
        lab.open(run, Weights::Best);
        return QTest::qWaitFor([this] { return lab.info() != nullptr; }, patience);
    }
    template <typename T>
    T* part(const char* name)
    {
        return pane.findChild<T*>(QLatin1String(name));
    }
    bool search()
    {
        QTest::mouseClick(part<QPushButton>("copyingSearch"), Qt::LeftButton);
        return QTest::qWaitFor([this] { return part<QPushButton>("copyingSearch")->isEnabled(); }, patience);
    }
    /// A real image of the run, or its negative, as if the generator had made it.
    std::shared_ptr<const LatentPicture> real(std::int64_t number, bool negative = false)
    {
        const Result<Dataset> data = loadDataOf(lab.info()->origin, builtinCatalog(), unwatched);
        LatentPicture picture{{4, {0, 0, 0, 0}, {}}, {}};
        picture.samples.count = 1;
        picture.samples.width = picture.samples.height = side;
        picture.samples.channels = 1;
        const std::uint8_t* from = data->pixels.data() + number * side * side;
        picture.samples.pixels.assign(from, from + side * side);
        for (std::uint8_t& value : picture.samples.pixels)
            value = negative ? static_cast<std::uint8_t>(255 - value) : value;
        return std::make_shared<const LatentPicture>(picture);
    }
};

} // namespace

class LabCopyingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void copiesAreFound()
    {
        Fixture f;
        f.pane.resize(340, 640);
        f.pane.show();
        QVERIFY(!f.part<QPushButton>("copyingSearch")->isEnabled());
        QVERIFY(f.open());
        f.pane.setPicture(f.real(17));
        QVERIFY(f.search());
        QCOMPARE(f.part<Banner>("copyingBanner")->text(), QString());
        auto* pixels = f.part<QListWidget>("copyingPixels");
        auto* features = f.part<QListWidget>("copyingFeatures");
        QCOMPARE(pixels->count(), CopyingPane::wanted);
        QCOMPARE(features->count(), CopyingPane::wanted);
        QVERIFY2(
            pixels->item(0)->toolTip().startsWith(QStringLiteral("Image 18 ")), qPrintable(pixels->item(0)->toolTip()));
        QVERIFY(features->item(0)->toolTip().startsWith(QStringLiteral("Image 18 ")));
        QVERIFY(!pixels->item(0)->icon().isNull());
        QVERIFY(f.part<QLabel>("copyingPixelsWords")->text().startsWith(QStringLiteral("Looks copied")));
        QVERIFY(f.part<QLabel>("copyingVerdict")->text().contains(QStringLiteral("× 1")));
        // Another picture, which follows when it stands still; the data is loaded once.
        f.part<QCheckBox>("copyingFollow")->setChecked(true);
        QTRY_VERIFY_WITH_TIMEOUT(f.part<QPushButton>("copyingSearch")->isEnabled(), patience);
        f.pane.setPicture(f.real(3, true));
        QTRY_VERIFY_WITH_TIMEOUT(
            f.part<QLabel>("copyingPixelsWords")->text().startsWith(QStringLiteral("Not copied")), patience);
        QCOMPARE(f.loaded, 1);
        QVERIFY(f.part<ImageView>("copyingView")->image().pixels == f.real(3, true)->samples.pixels);
    }

    void pixelsDoNotWaitForFeatures()
    {
        Fixture f;
        f.pane.show();
        QVERIFY(f.open());
        f.pane.setPicture(f.real(17));
        f.held = true;
        QTest::mouseClick(f.part<QPushButton>("copyingSearch"), Qt::LeftButton);
        auto* pixels = f.part<QListWidget>("copyingPixels");
        QTRY_COMPARE_WITH_TIMEOUT(pixels->count(), CopyingPane::wanted, patience);
        QVERIFY(pixels->item(0)->toolTip().startsWith(QStringLiteral("Image 18 ")));
        QVERIFY(f.part<QLabel>("copyingPixelsWords")->text().startsWith(QStringLiteral("Looks copied")));
        QVERIFY(f.part<ImageView>("copyingView")->image().pixels == f.real(17)->samples.pixels);
        auto* features = f.part<QListWidget>("copyingFeatures");
        QCOMPARE(features->count(), 0);
        QVERIFY(f.part<QLabel>("copyingFeaturesWords")->text().contains(QStringLiteral("searched")));
        QVERIFY(!f.part<QPushButton>("copyingSearch")->isEnabled());
        QVERIFY(f.part<QProgressBar>("copyingProgress")->isVisible());
        f.held = false;
        QTRY_COMPARE_WITH_TIMEOUT(features->count(), CopyingPane::wanted, patience);
        QCOMPARE(pixels->count(), CopyingPane::wanted);
        QVERIFY(f.part<QPushButton>("copyingSearch")->isEnabled());
    }

    void whyNot()
    {
        Fixture f;
        f.pane.show();
        QVERIFY(f.open());
        f.pane.setPicture(f.real(0));
        // The data went.
        QFile::remove(QString::fromStdString(f.scratch.path("images").string()));
        QVERIFY(f.search());
        QVERIFY2(f.part<Banner>("copyingBanner")->text().contains(QStringLiteral("images")),
            qPrintable(f.part<Banner>("copyingBanner")->text()));
        QCOMPARE(f.part<QListWidget>("copyingPixels")->count(), 0);
        LatentPicture points{{4, {0, 0, 0, 0}, {}}, {}};
        points.samples.count = 1;
        points.samples.points = {0, 0};
        f.pane.setPicture(std::make_shared<const LatentPicture>(points));
        QVERIFY(!f.part<QPushButton>("copyingSearch")->isEnabled());
        QVERIFY(f.part<QLabel>("copyingVerdict")->text().contains(QStringLiteral("points")));
    }

    void whatDSays()
    {
        Fixture f;
        f.opinion.show();
        QVERIFY(f.open());
        f.opinion.setPicture(f.real(5));
        QTRY_VERIFY_WITH_TIMEOUT(f.opinion.text().contains(QStringLiteral("likely real")), patience);
        // The same as the discriminator by itself.
        const auto discriminator = openDiscriminator(f.lab.info()->origin, builtinCatalog());
        QVERIFY_OK(discriminator);
        const auto judgement = (*discriminator)->judge(f.real(5)->samples, {});
        QVERIFY_OK(judgement);
        const QString score =
            QLocale().toString(judgement->scores.front(), 'f', std::abs(judgement->scores.front()) < 0.1F ? 4 : 2);
        QVERIFY2(f.opinion.text().contains(score), qPrintable(f.opinion.text() + QLatin1Char(' ') + score));
        QVERIFY(f.opinion.toolTip().contains(QStringLiteral("step 1")));
        // A generator without one says why.
        f.lab.open(*f.lab.model());
        QVERIFY(QTest::qWaitFor([&f] { return !f.lab.isOpening(); }, patience));
        f.opinion.setPicture(f.real(5));
        QTRY_VERIFY_WITH_TIMEOUT(f.opinion.toolTip().contains(QStringLiteral("without a discriminator")), patience);
        QVERIFY(!f.opinion.text().contains(QStringLiteral("likely real")));
    }
};

QTEST_MAIN(LabCopyingTest)
#include "lab_copying.moc"
