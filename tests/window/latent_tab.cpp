// SPDX-License-Identifier: GPL-3.0-or-later
// The Latent tab of the real window with the real engine: pictures are those of the generator by itself.
#include "core/latent/latent_text.h"
#include "core/latent/latents_csv.h"
#include "tests/support/checkpoint_window.h"
#include "tests/support/cli_process.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/latent_sliders.h"
#include "ui/lab/map_pad.h"
#include "ui/lab/path_strip.h"
#include "ui/lab/slider_row.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMap>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>
#include <QUndoStack>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

/// Where the data of an experiment lies while its window is made.
Scratch& data()
{
    static Scratch scratch;
    return scratch;
}

struct Fixture : CheckpointWindow {
    explicit Fixture(const std::vector<std::pair<std::string, Json>>& changes = {}, bool labels = false)
        : CheckpointWindow(with(labels ? labelledExperiment(data()) : imagesExperiment(data()), changes))
    {
    }

    LatentDocument* document() { return lab()->document(); }
    QSlider* slider(int row) { return lab()->findChild<SliderRow*>(QStringLiteral("sliderRow%1").arg(row))->slider(); }

    bool open()
    {
        lab()->open(QString::fromStdString(checkpoint.string()));
        return QTest::qWaitFor([this] { return shows(document()->latents()); }, patience);
    }
    /// Whether the picture in view is what the generator makes of these latents, to the last bit.
    bool shows(const Latents& latents)
    {
        if (!lab()->shown() || latents.dimensions < 1 || lab()->shown()->latents.values != latents.values
            || lab()->shown()->latents.labels != latents.labels)
            return false;
        const Samples made = good(direct->make(latents));
        return lab()->shown()->samples.pixels == made.pixels
            && child<ImageView>("latentView")->image().pixels == made.pixels;
    }
    bool comesToShow()
    {
        return QTest::qWaitFor([this] { return shows(document()->latents()); }, patience);
    }
};

} // namespace

class LatentTabTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("saddle-test"));
        QCoreApplication::setApplicationName(QStringLiteral("latent"));
        QSettings().clear();
    }

    void aCheckpointIsOpenedAndItsSeedDrawn()
    {
        Fixture f;
        QVERIFY(f.open());
        LatentRequest request;
        request.seed = f.direct->info().seed;
        request.count = 1;
        QCOMPARE(f.document()->latents().values, good(f.direct->draw(request)).values);
        QVERIFY(!f.document()->undoStack()->canUndo());
        // The lab has the window to itself, and gives it back.
        QVERIFY(f.child<QDockWidget>("experimentDock")->isHidden());
        f.child<QTabWidget>("tabs")->setCurrentIndex(0);
        QVERIFY(!f.child<QDockWidget>("experimentDock")->isHidden());
    }

    void slidersMoveByMouseAndKeys()
    {
        Fixture f;
        QVERIFY(f.open());
        const float before = f.document()->value(2);
        const auto picture = f.lab()->shown()->samples.pixels;
        QSlider* slider = f.slider(2);
        QTest::mouseClick(slider, Qt::LeftButton, {}, QPoint(slider->width() - 2, slider->height() / 2));
        QVERIFY(f.document()->value(2) != before);
        QVERIFY(f.comesToShow());
        QVERIFY(f.lab()->shown()->samples.pixels != picture);
        f.slider(0)->setFocus();
        const float first = f.document()->value(0);
        QTest::keyClick(f.slider(0), Qt::Key_Right);
        QVERIFY(f.document()->value(0) > first);
        QTest::keyClick(f.slider(0), Qt::Key_End);
        QCOMPARE(f.document()->value(0), 4.0F);
        QVERIFY(f.comesToShow());
    }

    void aDragIsUndoneAtOnceAndRedone()
    {
        Fixture f;
        QVERIFY(f.open());
        const std::vector<float> before = f.document()->state().values;
        for (int i = 0; i < 20; ++i)
            f.slider(1)->setValue(i * 13);
        f.document()->endGesture();
        const std::vector<float> after = f.document()->state().values;
        QCOMPARE(f.document()->undoStack()->count(), 1);
        f.slider(1)->setValue(-400);
        QCOMPARE(f.document()->undoStack()->count(), 2);
        QTest::keyClick(f.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(f.document()->state().values, after);
        QTest::keyClick(f.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(f.document()->state().values, before);
        QVERIFY(f.comesToShow());
        f.child<QToolButton>("latentRedo")->click();
        QCOMPARE(f.document()->state().values, after);
        QVERIFY(f.comesToShow());
    }

    void lockedNumbersStay()
    {
        Fixture f;
        QVERIFY(f.open());
        f.slider(3)->setValue(500);
        f.lab()
            ->findChild<SliderRow*>(QStringLiteral("sliderRow3"))
            ->findChild<QToolButton*>(QStringLiteral("lock"))
            ->click();
        const std::vector<float> before = f.document()->state().values;
        f.child<QToolButton>("latentSeedForward")->click();
        QTRY_COMPARE(f.document()->state().seed, f.direct->info().seed + 1);
        for (std::size_t i = 0; i < before.size(); ++i)
            QCOMPARE(f.document()->state().values[i] == before[i], i == 3);
        QVERIFY(f.comesToShow());
        // Back to the seed before, and to what it drew.
        f.child<QToolButton>("latentSeedBack")->click();
        QTRY_COMPARE(f.document()->state().values, before);
        f.child<QToolButton>("latentReset")->click();
        QCOMPARE(f.document()->value(3), before[3]);
    }

    void truncationDrawsNearerToTheMiddle()
    {
        Fixture f;
        QVERIFY(f.open());
        f.child<QDoubleSpinBox>("latentTruncation")->setValue(0.2);
        LatentRequest request;
        request.seed = f.direct->info().seed;
        request.count = 1;
        request.truncation = 0.2;
        const std::vector<float> expected = good(f.direct->draw(request)).values;
        QTRY_COMPARE(f.document()->state().values, expected);
        QVERIFY(f.comesToShow());
    }

    void latentsAreCopiedAndPasted()
    {
        Fixture f;
        QVERIFY(f.open());
        const Latents before = f.document()->latents();
        f.child<QPushButton>("latentCopy")->click();
        QCOMPARE(QApplication::clipboard()->text().toStdString(), latentText(before));
        f.child<QSpinBox>("latentSeed")->setValue(77);
        QTRY_VERIFY(f.document()->latents().values != before.values);
        f.child<QPushButton>("latentPaste")->click();
        QCOMPARE(f.document()->latents().values, before.values);
        QVERIFY(f.comesToShow());
        QApplication::clipboard()->setText(QStringLiteral("0.5, many, 3"));
        f.child<QPushButton>("latentPaste")->click();
        QVERIFY(f.child<Banner>("latentBanner")->text().contains(QStringLiteral("many")));
        QCOMPARE(f.document()->latents().values, before.values);
    }

    void aHundredSlidersAreFoundByPagesAndWords()
    {
        Fixture f({{"latent.dimensions", 100}});
        QVERIFY(f.open());
        auto* sliders = f.lab()->findChild<LatentSliders*>();
        QCOMPARE(sliders->found().size(), std::size_t(100));
        f.child<QToolButton>("sliderPageForward")->click();
        QCOMPARE(sliders->page(), 1);
        f.slider(4)->setValue(1000);
        QCOMPARE(f.document()->value(24), 4.0F);
        auto* search = f.child<QLineEdit>("sliderSearch");
        search->setText(QStringLiteral("7, z20-22"));
        QCOMPARE(sliders->found(), (std::vector<int>{7, 20, 21, 22}));
        search->setText(QStringLiteral("changed"));
        QCOMPARE(sliders->found(), std::vector<int>{24});
        f.slider(0)->setValue(0);
        QCOMPARE(f.document()->value(24), 0.0F);
        search->setText(QStringLiteral("nothing"));
        QVERIFY(sliders->found().empty());
        search->clear();
        QCOMPARE(sliders->found().size(), std::size_t(100));
    }

    void classesAreChosen()
    {
        Fixture f({}, true);
        QVERIFY(f.open());
        const auto picture = f.lab()->shown()->samples.pixels;
        auto* label = f.child<QComboBox>("latentLabel");
        QCOMPARE(label->count(), 3);
        label->setCurrentIndex(2);
        QCOMPARE(f.document()->latents().labels, std::vector<std::int64_t>{2});
        QVERIFY(f.comesToShow());
        QVERIFY(f.lab()->shown()->samples.pixels != picture);
        f.document()->undoStack()->undo();
        QCOMPARE(label->currentIndex(), 0);
    }

    void theMapIsWalked()
    {
        Fixture f;
        QVERIFY(f.open());
        auto* pad = f.child<MapPad>("mapPad");
        QTRY_COMPARE_WITH_TIMEOUT(pad->pictureCount(), MapPad::side * MapPad::side, patience);
        const std::vector<float> before = f.document()->state().values;
        QTest::mousePress(pad, Qt::LeftButton, {}, QPoint(pad->width() / 2 + 20, pad->height() / 2));
        QTest::mouseMove(pad, QPoint(pad->width() / 2 + 60, pad->height() / 2 - 30));
        QTest::mouseRelease(pad, Qt::LeftButton, {}, QPoint(pad->width() / 2 + 60, pad->height() / 2 - 30));
        QVERIFY(f.document()->state().values != before);
        QVERIFY(pad->place() != QPointF());
        QVERIFY(f.comesToShow());
        // One gesture, one undo; and the way back is on the same plane.
        QCOMPARE(f.document()->undoStack()->count(), 1);
        f.document()->undoStack()->undo();
        QCOMPARE(f.document()->state().values, before);
        pad->setFocus();
        QTest::keyClick(pad, Qt::Key_Up);
        QVERIFY(f.document()->state().values != before);
        QTest::keyClick(pad, Qt::Key_Home);
        QCOMPARE(f.document()->state().values, before);
    }

    void keyFramesArePlayedAndEdited()
    {
        Fixture f;
        QVERIFY(f.open());
        auto* strip = f.lab()->findChild<PathStrip*>();
        std::vector<std::vector<float>> keys;
        for (int seed = 11; seed <= 13; ++seed) {
            f.child<QSpinBox>("latentSeed")->setValue(seed);
            QTRY_COMPARE(f.document()->state().seed, static_cast<std::uint64_t>(seed));
            f.child<QPushButton>("pathAdd")->click();
            keys.push_back(f.document()->state().values);
        }
        QCOMPARE(strip->path().keys.size(), std::size_t(3));
        for (std::size_t i = 0; i < 3; ++i)
            QCOMPARE(strip->path().keys[i].latent, keys[i]);
        f.child<QSpinBox>("pathPerSegment")->setValue(4);
        // Scrubbing previews a frame and leaves the latent alone.
        f.child<QSlider>("pathScrub")->setValue(6);
        QVERIFY(QTest::qWaitFor([&] { return f.shows(strip->path().frame(6)); }, patience));
        QCOMPARE(f.document()->state().values, keys.back());
        // Played to its end it stops there, at the last key frame.
        f.child<QDoubleSpinBox>("pathRate")->setValue(100);
        f.child<QSlider>("pathScrub")->setValue(1);
        f.child<QToolButton>("pathPlay")->click();
        QVERIFY(strip->isPlaying());
        QTRY_VERIFY_WITH_TIMEOUT(!strip->isPlaying(), patience);
        QCOMPARE(strip->frame(), std::int64_t(8));
        // A key frame is taken by a click, and moved, removed and brought back.
        auto* list = f.child<QListWidget>("pathKeys");
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
        QCOMPARE(f.document()->state().values, keys[0]);
        QVERIFY(f.comesToShow());
        list->setCurrentRow(1);
        QTest::keyClick(list, Qt::Key_Delete);
        QCOMPARE(strip->path().keys.size(), std::size_t(2));
        QCOMPARE(strip->path().keys[1].latent, keys[2]);
        f.document()->undoStack()->undo();
        QCOMPARE(strip->path().keys[1].latent, keys[1]);
    }

    void pathsAreSavedAndOpened()
    {
        Fixture f;
        QVERIFY(f.open());
        auto* strip = f.lab()->findChild<PathStrip*>();
        f.child<QPushButton>("pathAdd")->click();
        const LatentPath before = strip->path();
        f.saveTo = QString::fromStdString(f.scratch.path("walk.json").string());
        strip->savePath();
        f.document()->undoStack()->undo();
        QVERIFY(strip->path().keys.empty());
        f.fileToOpen = f.saveTo;
        strip->openPath();
        QVERIFY(strip->path() == before);
        f.fileToOpen = QString::fromStdString(f.scratch.write("wrong.json", "{}").string());
        strip->openPath();
        QVERIFY(f.child<Banner>("latentBanner")->text().contains(QStringLiteral("wrong.json")));
        QVERIFY(strip->path() == before);
    }

    void thePictureIsSavedWithItsLatent()
    {
        Fixture f;
        QVERIFY(f.open());
        f.slider(0)->setValue(321);
        QVERIFY(f.comesToShow());
        f.saveTo = QString::fromStdString(f.scratch.path("mine.png").string());
        f.child<QPushButton>("latentSave")->click();
        const Latents read = good(readLatents(f.scratch.path("mine.csv"), f.document()->dimensions()));
        QCOMPARE(read.values, f.document()->latents().values);
        QCOMPARE(good(readPng(f.scratch.path("mine.png"))).pixels, good(f.direct->make(read)).pixels);
    }

    void theCommandLineWritesTheSameBytes()
    {
        Fixture f;
        QVERIFY(f.open());
        const auto bytesOf = [&f](const std::string& name) {
            QFile file(QString::fromStdString(f.scratch.path(name).string()));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const auto save = [&f](const char* name) {
            f.saveTo = QString::fromStdString(f.scratch.path(name).string());
            f.child<QPushButton>("latentSave")->click();
        };
        const auto sample = [&f](const QStringList& more) {
            return runCli(QStringLiteral(SADDLE_CLI),
                QStringList{QStringLiteral("sample"), QString::fromStdString(f.checkpoint.string())} + more, f.scratch);
        };
        f.child<QDoubleSpinBox>("latentTruncation")->setValue(0.5);
        f.child<QSpinBox>("latentSeed")->setValue(7);
        QTRY_COMPARE_WITH_TIMEOUT(f.document()->state().seed, std::uint64_t(7), patience);
        QVERIFY(f.comesToShow());
        save("seed.png");
        DONE(sample(
            {QStringLiteral("--seed"), QStringLiteral("7"), QStringLiteral("--truncation"), QStringLiteral("0.5"),
                QStringLiteral("--count"), QStringLiteral("1"), QStringLiteral("--out"), QStringLiteral("cli.png")}));
        QVERIFY(!bytesOf("seed.png").isEmpty());
        QCOMPARE(bytesOf("seed.png"), bytesOf("cli.png"));
        // What no seed draws, from the latent that was saved beside it.
        f.slider(1)->setValue(-123);
        QVERIFY(f.comesToShow());
        save("mine.png");
        QVERIFY(bytesOf("mine.png") != bytesOf("seed.png"));
        DONE(sample({QStringLiteral("--latents"), QStringLiteral("mine.csv"), QStringLiteral("--out"),
            QStringLiteral("again")}));
        QCOMPARE(bytesOf("mine.png"), bytesOf("again/00000.png"));
    }

    void noLetterIsTakenTwice()
    {
        Fixture f({}, true);
        QVERIFY(f.open());
        auto* steering = f.child<QTabWidget>("latentSteering");
        auto* centre = f.child<QTabWidget>("latentCentre");
        auto* tools = f.child<QTabWidget>("latentTools");
        for (int i = 0; i < steering->count() * centre->count() * tools->count(); ++i) {
            steering->setCurrentIndex(i % steering->count());
            centre->setCurrentIndex(i / steering->count() % centre->count());
            tools->setCurrentIndex(i / steering->count() / centre->count());
            QMap<QString, QString> owners; // of Alt and a letter
            const auto add = [&owners](const QString& text) {
                const QString key = QKeySequence::mnemonic(text).toString();
                if (key.isEmpty())
                    return;
                QVERIFY2(!owners.contains(key),
                    qPrintable(QStringLiteral("%1: %2 and %3").arg(key, owners.value(key), text)));
                owners.insert(key, text);
            };
            for (const QAction* menu : f.window->menuBar()->actions())
                add(menu->text());
            for (const QWidget* widget : f.window->findChildren<QWidget*>()) {
                if (!widget->isVisible())
                    continue;
                if (const auto* label = qobject_cast<const QLabel*>(widget); label && label->buddy())
                    add(label->text());
                else if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
                    add(button->text());
                else if (const auto* tabs = qobject_cast<const QTabBar*>(widget)) {
                    for (int tab = 0; tab < tabs->count(); ++tab)
                        add(tabs->tabText(tab));
                }
            }
            QVERIFY(owners.size() > 8);
        }
    }

    void theRunOnTheBenchIsFollowed()
    {
        Fixture f;
        const fs::path experiment =
            f.scratch.write("experiment.json", with(imagesExperiment(f.scratch), {{"training.steps", 40}}).dump());
        QVERIFY(f.window->open(QString::fromStdString(experiment.string())));
        QTRY_VERIFY_WITH_TIMEOUT(f.lab()->lab()->info() && f.lab()->shown(), patience);
        QCOMPARE(f.lab()->lab()->info()->step, std::int64_t(0));
        f.slider(1)->setValue(250);
        const std::vector<float> shaped = f.document()->state().values;
        f.bench.togglePlay();
        QTRY_COMPARE_WITH_TIMEOUT(f.bench.bridge()->state(), SessionState::Finished, patience);
        // The last weights are shown, of the latent that was shaped; and they are those of the last checkpoint.
        QTRY_COMPARE_WITH_TIMEOUT(f.lab()->lab()->info()->step, std::int64_t(40), patience);
        QCOMPARE(f.document()->state().values, shaped);
        f.direct = good(openGenerator(f.bench.bridge()->now().runFolder, builtinCatalog()));
        QVERIFY(f.comesToShow());
    }

    void newerWeightsDoNotBringBackAnOlderLatent()
    {
        Fixture f;
        QVERIFY(f.open());
        // A latent is wished for while the same generator comes with other weights: the last wish stays the last.
        for (int i = 1; i <= 20; ++i) {
            f.lab()->lab()->open(f.checkpoint, Weights::Plain);
            f.slider(0)->setValue(40 * i);
            Q_EMIT f.lab()->lab()->refreshed();
            QVERIFY(f.comesToShow());
            QTRY_VERIFY(!f.lab()->lab()->isOpening());
            QVERIFY(f.comesToShow());
        }
    }

    void whatCannotBeOpenedLeavesTheTabAsItWas()
    {
        Fixture f;
        QVERIFY(f.open());
        const std::vector<float> before = f.document()->state().values;
        f.lab()->open(QString::fromStdString(f.scratch.path("nothing").string()));
        QTRY_VERIFY_WITH_TIMEOUT(f.child<Banner>("latentBanner")->isVisible(), patience);
        QVERIFY(f.child<Banner>("latentBanner")->text().contains(QStringLiteral("nothing")));
        QCOMPARE(f.document()->state().values, before);
        QVERIFY(f.shows(f.document()->latents()));
        f.slider(0)->setValue(100);
        QVERIFY(f.comesToShow());
    }
};

QTEST_MAIN(LatentTabTest)
#include "latent_tab.moc"
