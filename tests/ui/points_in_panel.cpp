// SPDX-License-Identifier: GPL-3.0-or-later
// Points drawn in the experiment panel are edits of the experiment like any other: taken, undone, done again.
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "ui/panels/experiment_panel.h"
#include "ui/widgets/point_pad.h"

#include <QPushButton>
#include <QUndoStack>

using namespace saddle;

namespace {

const QString path = QStringLiteral("data.points");

/// A panel on three points drawn by hand.
struct Bench {
    Bench()
        : document(test::fakeCatalog())
        , panel(&document)
    {
        Result<Json> json = resolveDocument({{"data", {{"source", "points"}}}}, test::fakeCatalog());
        if (!json)
            qFatal("%s", json.error().sentence().c_str());
        document.adopt(*std::move(json), QStringLiteral("test"));
        panel.resize(340, 1400);
        panel.show();
        panel.showSetting(QStringLiteral("data"));
        static_cast<void>(QTest::qWaitForWindowExposed(&panel));
    }
    /// Looked for each time: a form that was built anew has another.
    PointPad* pad() { return panel.findChild<PointPad*>(); }

    ExperimentDocument document;
    ExperimentPanel panel;
};

std::vector<QPointF> pointsOf(const Json& json)
{
    std::vector<QPointF> points;
    for (const Json& point : json)
        points.emplace_back(point[0].get<double>(), point[1].get<double>());
    return points;
}

} // namespace

class PointsInPanelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aPointIsDrawnUndoneAndDoneAgain()
    {
        Bench b;
        QVERIFY(b.pad());
        const Json before = b.document.json();
        QCOMPARE(b.pad()->points(), pointsOf(b.document.value(path)));
        QCOMPARE(b.pad()->points().size(), std::size_t{3});

        const QPoint place = b.pad()->placeOf({0, 0}).toPoint();
        QTest::mouseClick(b.pad(), Qt::LeftButton, {}, place);
        const Json after = b.document.json();
        QCOMPARE(b.document.value(path).size(), std::size_t{4});
        const QPointF drawn = pointsOf(b.document.value(path)).back();
        const QPointF pixel = b.pad()->pointAt(place + QPointF(1, 1)) - b.pad()->pointAt(place);
        QVERIFY(std::abs(drawn.x()) <= std::abs(pixel.x()) && std::abs(drawn.y()) <= std::abs(pixel.y()));
        QVERIFY(b.document.isChanged(path));
        QCOMPARE(b.pad()->points(), pointsOf(b.document.value(path)));

        b.document.undoStack()->undo();
        QCOMPARE(b.document.json(), before);
        QCOMPARE(b.pad()->points().size(), std::size_t{3});
        QVERIFY(!b.document.isChanged(path));
        b.document.undoStack()->redo();
        QCOMPARE(b.document.json(), after);
        QCOMPARE(b.pad()->points(), pointsOf(after["data"]["points"]));
    }

    void whatWasClearedComesBack()
    {
        Bench b;
        const Json before = b.document.json();
        auto* clear = b.panel.findChild<QPushButton*>(QStringLiteral("clearPoints"));
        QVERIFY(clear && clear->isEnabled());
        clear->click();
        QCOMPARE(b.document.value(path), Json::array());
        QVERIFY(b.pad()->points().empty());
        QVERIFY(!clear->isEnabled());
        b.document.undoStack()->undo();
        QCOMPARE(b.document.json(), before);
        QCOMPARE(b.pad()->points().size(), std::size_t{3});
        QVERIFY(clear->isEnabled());
    }
};

QTEST_MAIN(PointsInPanelTest)
#include "points_in_panel.moc"
