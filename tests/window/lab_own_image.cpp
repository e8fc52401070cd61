// SPDX-License-Identifier: GPL-3.0-or-later
// A picture of one's own in the latent lab: read, fitted, its latent found, and steered.
#include "core/io/fit_image.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/fake_generator.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"
#include "ui/bridge/lab.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/own_image_pane.h"
#include "ui/lab/picture_file.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/image_view.h"

#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QImageWriter>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSpinBox>
#include <QUndoStack>

using namespace saddle;
using test::FakeGenerator;

namespace {

constexpr int patience = 20000;

/// Shades that rise from the upper left corner.
QImage slope(int width, int height)
{
    QImage picture(width, height, QImage::Format_RGB32);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x)
            picture.setPixel(x, y, qRgb(60 + 8 * x, 60 + 8 * x, 60 + 8 * x));
    }
    return picture;
}

struct Fixture {
    test::Scratch scratch;
    test::GeneratorProbe probe;
    Lab lab{test::fakeCatalog(), FakeGenerator::tools(probe)};
    LatentDocument document;
    QString chosen;
    std::unique_ptr<OwnImagePane> pane = std::make_unique<OwnImagePane>(
        &lab, &document, [this](QWidget*, const QString&, const QString&) { return chosen; });

    Fixture()
    {
        QObject::connect(&lab, &Lab::opened, &document, [this] {
            if (lab.info())
                document.reset(*lab.info());
        });
        pane->resize(340, 600);
        pane->show();
    }
    ~Fixture() { probe.hold(false); }
    bool open(const GeneratorModel& model)
    {
        lab.open(model);
        return QTest::qWaitFor([this] { return lab.info() != nullptr; }, patience);
    }
    bool open() { return open(FakeGenerator::model({}, 2)); }
    QString save(const QImage& picture, const char* name)
    {
        const QString path = QString::fromStdString(scratch.path(name).string());
        return picture.save(path) ? path : QString();
    }
    template <typename T>
    T* part(const char* name)
    {
        return pane->findChild<T*>(QLatin1String(name));
    }
    void click(const char* name) { QTest::mouseClick(part<QPushButton>(name), Qt::LeftButton); }
    const Image& yours() { return part<ImageView>("ownImageYours")->image(); }
    const Image& found() { return part<ImageView>("ownImageFound")->image(); }
    QString banner() { return part<Banner>("ownImageBanner")->text(); }
    bool searched()
    {
        return QTest::qWaitFor([this] { return part<QPushButton>("ownImageFind")->isEnabled(); }, patience);
    }
};

} // namespace

class LabOwnImageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void foundAndSteered()
    {
        Fixture f;
        QVERIFY(f.open());
        QVERIFY(!f.part<QPushButton>("ownImageFind")->isEnabled());
        f.chosen = f.save(slope(12, 8), "slope.png");
        f.click("ownImageOpen");
        const Result<Image> fitted = fitImage(toImage(slope(12, 8)), {1, 4, 4});
        QVERIFY_OK(fitted);
        QVERIFY(f.yours() == *fitted);
        QVERIFY(!f.part<QPushButton>("ownImageSteer")->isEnabled());
        f.part<QSpinBox>("ownImageSteps")->setValue(7);
        f.click("ownImageFind");
        QVERIFY(f.searched());
        QCOMPARE(f.probe.inversion.steps, std::int64_t{7});
        QVERIFY(f.probe.inversion.target == *fitted);
        QVERIFY(!f.probe.inversion.label);
        // What it is compared by is said: this generator came without a discriminator.
        QVERIFY(f.part<QLabel>("ownImageNote")->text().contains(QStringLiteral("Pixels alone")));
        for (std::size_t i = 0; i < 3; ++i)
            QCOMPARE(f.found().pixels[i], fitted->pixels[i]);

        const std::vector<float> before = f.document.state().values;
        f.click("ownImageSteer");
        QVERIFY(FakeGenerator::pictureOf(f.document.latents()).pixels == f.found().pixels);
        f.document.undoStack()->undo();
        QCOMPARE(f.document.state().values, before);
    }

    void cancelKeepsTheBest()
    {
        Fixture f;
        QVERIFY(f.open());
        f.pane->open(f.save(slope(8, 8), "slope.png"));
        f.probe.hold(true);
        f.click("ownImageFind");
        // The best so far is in view while the search goes on.
        QTRY_VERIFY(f.probe.isWaiting());
        QTRY_VERIFY(!f.found().empty());
        QCOMPARE(f.found().pixels.front(), std::uint8_t{128});
        QVERIFY(f.part<QLabel>("ownImageCaption")->text().contains(QStringLiteral("50")));
        QVERIFY(!f.part<QSpinBox>("ownImageSteps")->isEnabled());
        f.click("ownImageCancel");
        f.probe.hold(false);
        QVERIFY(f.searched());
        QVERIFY(f.part<QLabel>("ownImageNote")->text().contains(QStringLiteral("Cancelled")));
        QVERIFY(f.part<QPushButton>("ownImageSteer")->isEnabled());
        // Another picture meanwhile: what is found for the first is not shown beside it.
        f.probe.hold(true);
        f.click("ownImageFind");
        QTRY_VERIFY(f.probe.isWaiting());
        f.pane->open(f.save(slope(10, 10), "other.png"));
        f.probe.hold(false);
        QVERIFY(f.searched());
        f.click("ownImageFind");
        QVERIFY(f.searched());
        QCOMPARE(f.probe.searched(), 3);
        QCOMPARE(f.found().pixels.front(), f.yours().pixels.front());
    }

    void droppedAndPasted()
    {
        Fixture f;
        QVERIFY(f.open());
        QMimeData dropped;
        dropped.setUrls({QUrl::fromLocalFile(f.save(slope(4, 4), "four.png"))});
        QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(f.pane.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(f.pane.get(), &drop);
        QVERIFY(!f.yours().empty());
        QCOMPARE(f.yours().pixels[3], std::uint8_t{84});
        // What is transparent lies over white.
        QImage clear(4, 4, QImage::Format_ARGB32);
        clear.fill(Qt::transparent);
        QApplication::clipboard()->setImage(clear);
        f.part<QSpinBox>("ownImageSteps")->setFocus();
        f.click("ownImagePaste");
        QCOMPARE(f.yours().pixels.front(), std::uint8_t{255});
        QApplication::clipboard()->setText(QStringLiteral("words"));
        f.click("ownImagePaste");
        QVERIFY(f.banner().contains(QStringLiteral("no picture")));
        QCOMPARE(f.yours().pixels.front(), std::uint8_t{255}); // as it was
    }

    void readAsTheyWereHeld()
    {
        const test::Scratch scratch;
        const auto path = QString::fromStdString(scratch.path("turned.jpg").string());
        QImageWriter writer(path, "jpg");
        writer.setTransformation(QImageIOHandler::TransformationRotate90);
        writer.setQuality(100);
        QVERIFY(writer.write(slope(16, 8)));
        const Result<Image> turned = readPicture(path);
        QVERIFY_OK(turned);
        QCOMPARE(turned->width, 8);
        QCOMPARE(turned->height, 16);
        QVERIFY(turned->pixels.back() > turned->pixels.front() + 80); // dark was left and is above
        QCOMPARE(turned->channels, 1); // nothing in it has a colour
    }

    void refused()
    {
        Fixture f;
        QVERIFY(f.open());
        f.pane->open(QString::fromStdString(f.scratch.write("words.png", "no picture at all").string()));
        QVERIFY2(f.banner().contains(QStringLiteral("words.png")), qPrintable(f.banner()));
        QVERIFY(f.yours().empty());
        SAYS(readPicture(QStringLiteral("/nowhere/at/all.png")), "all.png", "no file");
        SAYS(readPicture(QString::fromStdString(f.scratch.path().string())), "folder");
        // A header that claims more than is read.
        std::string huge = "P5\n30000 30000\n255\n";
        SAYS(readPicture(QString::fromStdString(f.scratch.write("huge.pgm", huge).string())), "64 million");
        // Points of the plane are no pictures.
        GeneratorModel points = FakeGenerator::model({}, 2);
        points.head.shape = {2};
        f.lab.close();
        QTRY_VERIFY(!f.lab.info());
        QVERIFY(f.open(points));
        f.pane->open(f.save(slope(4, 4), "four.png"));
        QVERIFY(f.yours().empty() && !f.part<QPushButton>("ownImageFind")->isEnabled());
    }
};

QTEST_MAIN(LabOwnImageTest)
#include "lab_own_image.moc"
