// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/image_view.h"

#include "tests/support/scratch.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QProcess>
#include <QSignalSpy>
#include <QWheelEvent>
#include <QtTest>

#include <cmath>
#include <memory>

namespace saddle {
namespace {

/// Every pixel differs from its neighbours.
Image pattern(int width, int height, int channels)
{
    Image image{width, height, channels, {}};
    for (int i = 0; i < width * height * channels; ++i)
        image.pixels.push_back(static_cast<std::uint8_t>((i * 37 + i / width * 11) % 251));
    return image;
}

QRgb colourOf(const Image& image, int x, int y)
{
    const auto at = static_cast<std::size_t>((y * image.width + x) * image.channels);
    if (image.channels == 1)
        return qRgb(image.pixels[at], image.pixels[at], image.pixels[at]);
    return qRgb(image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]);
}

void wheel(QWidget& widget, const QPointF& at, int delta, Qt::KeyboardModifiers modifiers)
{
    QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, delta}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&widget, &event);
}

/// A view at an odd place of a window, as large as asked.
struct Stage {
    QWidget window;
    ImageView view;

    explicit Stage(const QSize& size)
        : view(&window)
    {
        window.resize(size + QSize(20, 20));
        view.setGeometry(QRect(QPoint(3, 5), size));
        window.show();
    }

    /// The number of pixels on the screen that are not what the zoom makes of the picture.
    int wrongPixels(int zoom)
    {
        const QImage screen = window.grab().toImage().convertToFormat(QImage::Format_RGB32);
        const double ratio = view.devicePixelRatioF();
        const QRectF place = view.pictureRect();
        const int left = qRound(3 * ratio) + qRound(place.x() * ratio);
        const int top = qRound(5 * ratio) + qRound(place.y() * ratio);
        const Image& image = view.image();
        int wrong = 0;
        for (int y = 0; y < image.height * zoom; ++y) {
            for (int x = 0; x < image.width * zoom; ++x) {
                const QPoint at(left + x, top + y);
                const QRgb expected = colourOf(image, x / zoom, y / zoom) | 0xff000000;
                wrong += screen.valid(at) && screen.pixel(at) == expected ? 0 : 1;
            }
        }
        return wrong;
    }
};

} // namespace

class ImageViewTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void largestWholeZoomThatFits_data()
    {
        QTest::addColumn<int>("channels");
        QTest::newRow("grey") << 1;
        QTest::newRow("RGB") << 3;
    }
    void largestWholeZoomThatFits()
    {
        QFETCH(int, channels);
        Stage stage({203, 151});
        stage.view.setImage(pattern(30, 22, channels));
        const double ratio = stage.view.devicePixelRatioF();
        const int expected = std::min(static_cast<int>(203 * ratio) / 30, static_cast<int>(151 * ratio) / 22);
        QCOMPARE(stage.view.scale(), static_cast<double>(expected));
        QCOMPARE(stage.wrongPixels(expected), 0);
        stage.view.setZoom(2);
        QCOMPARE(stage.wrongPixels(2), 0);
        const QRectF place = stage.view.pictureRect();
        QVERIFY(std::abs(place.center().x() - 203 / 2.0) <= 1);
        QVERIFY(std::abs(place.center().y() - 151 / 2.0) <= 1);
    }

    void exactOnScaledScreens_data()
    {
        QTest::addColumn<QString>("factor");
        for (const char* factor : {"2", "1.5", "1.25"})
            QTest::newRow(factor) << QString::fromLatin1(factor);
    }
    void exactOnScaledScreens()
    {
        QFETCH(QString, factor);
        if (qEnvironmentVariableIsSet("QT_SCALE_FACTOR"))
            QSKIP("this is the scaled run");
        // The scale of a screen is settled when a program starts.
        QProcess again;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_SCALE_FACTOR"), factor);
        environment.insert(QStringLiteral("QT_SCALE_FACTOR_ROUNDING_POLICY"), QStringLiteral("PassThrough"));
        again.setProcessEnvironment(environment);
        again.setProcessChannelMode(QProcess::MergedChannels);
        again.start(QCoreApplication::applicationFilePath(), {QStringLiteral("largestWholeZoomThatFits")});
        QVERIFY(again.waitForFinished(60'000));
        QVERIFY2(again.exitCode() == 0, again.readAll().constData());
    }

    void largerPicturesAreScaledDownSmoothly()
    {
        Stage stage({100, 100});
        Image stripes{400, 200, 1, {}};
        for (int i = 0; i < 400 * 200; ++i)
            stripes.pixels.push_back(i % 2 ? 255 : 0);
        stage.view.setImage(stripes);
        QCOMPARE(stage.view.scale(), 0.25);
        QCOMPARE(stage.view.pictureRect(), QRectF(0, 25, 100, 50));
        QVERIFY(!stage.view.canPan());
        const QImage screen = stage.view.grab().toImage();
        // Neither black nor white: what a pixel of the screen covers is averaged.
        const int grey = qGray(screen.pixel(50, 50));
        QVERIFY2(grey > 100 && grey < 155, qPrintable(QString::number(grey)));
    }

    void zoomsByWheelAndKeys()
    {
        Stage stage({200, 200});
        ImageView& view = stage.view;
        view.setImage(pattern(40, 40, 1));
        QSignalSpy zoomed(&view, &ImageView::zoomChanged);
        QCOMPARE(view.zoom(), 0);
        QCOMPARE(view.scale(), 5.0);

        QTest::keyClick(&view, Qt::Key_Plus);
        QCOMPARE(view.zoom(), 6);
        QTest::keyClick(&view, Qt::Key_Minus);
        QTest::keyClick(&view, Qt::Key_Minus);
        QCOMPARE(view.zoom(), 3);
        QTest::keyClick(&view, Qt::Key_0);
        QCOMPARE(view.zoom(), 0);
        QCOMPARE(zoomed.size(), 4);

        wheel(view, {100, 100}, 120, Qt::ControlModifier);
        QCOMPARE(view.zoom(), 6);
        wheel(view, {100, 100}, 60, Qt::ControlModifier); // half a notch of a fine wheel
        QCOMPARE(view.zoom(), 6);
        wheel(view, {100, 100}, 60, Qt::ControlModifier);
        QCOMPARE(view.zoom(), 8);
        view.setZoom(1000);
        QCOMPARE(view.zoom(), ImageView::maximumZoom);
    }

    void whatIsUnderTheMouseStays()
    {
        Stage stage({200, 200});
        ImageView& view = stage.view;
        view.setImage(pattern(100, 100, 1));
        view.setZoom(4);
        const QPointF at(50, 130);
        const auto under = [&] { return (at - view.pictureRect().topLeft()) / view.scale(); };
        const QPointF before = under();
        wheel(view, at, 120, Qt::ControlModifier);
        QCOMPARE(view.zoom(), 6);
        QVERIFY(QLineF(before, under()).length() <= 0.5);
    }

    void dragsAndStaysInside()
    {
        Stage stage({200, 100});
        ImageView& view = stage.view;
        view.setImage(pattern(100, 100, 1));
        QVERIFY(!view.canPan());
        view.setZoom(4);
        QVERIFY(view.canPan());
        QCOMPARE(view.centre(), QPointF(50, 50));
        QSignalSpy moved(&view, &ImageView::centreChanged);
        QTest::mousePress(&view, Qt::LeftButton, {}, {100, 50});
        QTest::mouseMove(&view, {60, 50});
        QTest::mouseRelease(&view, Qt::LeftButton, {}, {60, 50});
        QCOMPARE(view.centre(), QPointF(60, 50));
        QVERIFY(!moved.isEmpty());
        QCOMPARE(stage.wrongPixels(4) > 0, true); // what is outside the view
        for (int i = 0; i < 50; ++i)
            QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(view.pictureRect().right(), 200.0);
        view.setCentre({-500, -500});
        QCOMPARE(view.pictureRect().topLeft(), QPointF(0, 0));

        // New samples of the same size leave the place; others begin in the middle.
        view.setImage(pattern(100, 100, 3));
        QCOMPARE(view.pictureRect().topLeft(), QPointF(0, 0));
        view.setImage(pattern(90, 90, 3));
        QCOMPARE(view.centre(), QPointF(45, 45));
        QCOMPARE(view.zoom(), 4);
    }

    void savesAndCopies()
    {
        const test::Scratch scratch;
        Stage stage({100, 100});
        ImageView& view = stage.view;
        view.setImage(pattern(13, 9, 3));
        view.setPngText({{"Title", "step 5"}});
        const std::filesystem::path file = scratch.path("grid");
        view.setSaveDialog([&](QWidget*, const QString&, const QString&, const QString&) {
            return QString::fromStdString(file.string());
        });
        const std::unique_ptr<QMenu> menu(view.makeMenu());
        menu->findChild<QAction*>(QStringLiteral("imageSavePng"))->trigger();
        const Result<Image> saved = readPng(file.string() + ".png");
        QVERIFY_OK(saved);
        QVERIFY(*saved == view.image());

        menu->findChild<QAction*>(QStringLiteral("imageCopy"))->trigger();
        const QImage copied = QApplication::clipboard()->image();
        QCOMPARE(copied.size(), QSize(13, 9));
        QCOMPARE(copied.pixel(4, 3), colourOf(view.image(), 4, 3) | 0xff000000);

        view.setSaveDialog([](QWidget*, const QString&, const QString&, const QString&) {
            return QStringLiteral("/nowhere/at/all.png");
        });
        QSignalSpy problem(&view, &ImageView::problem);
        const std::unique_ptr<QMenu> again(view.makeMenu());
        again->findChild<QAction*>(QStringLiteral("imageSavePng"))->trigger();
        QCOMPARE(problem.size(), 1);
        QVERIFY(problem[0][0].toString().contains(QStringLiteral("/nowhere/at")));
    }

    void nothingToShow()
    {
        Stage stage({100, 100});
        stage.view.setNote(QStringLiteral("Nothing"));
        QVERIFY(stage.view.isEmpty());
        const QImage screen = stage.view.grab().toImage();
        QCOMPARE(QColor(screen.pixel(2, 2)), pictureGround(stage.view.palette()));
        const std::unique_ptr<QMenu> menu(stage.view.makeMenu());
        QVERIFY(!menu->findChild<QAction*>(QStringLiteral("imageCopy"))->isEnabled());
        QVERIFY(!stage.view.accessibleName().isEmpty());
        QTest::keyClick(&stage.view, Qt::Key_Plus);
        wheel(stage.view, {5, 5}, 120, Qt::ControlModifier);
        stage.view.setImage(pattern(4, 4, 1));
        stage.view.clear();
        QVERIFY(stage.view.pictureRect().isEmpty());
    }
};

} // namespace saddle

QTEST_MAIN(saddle::ImageViewTest)
#include "image_view.moc"
