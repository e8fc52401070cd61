// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/point_pad.h"
#include "ui/widgets/points_editor.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace saddle;

namespace {

/// A pad that takes what it is told, as a document would have it.
struct Pad : PointPad {
    Pad()
    {
        resize(212, 212); // a square of 200 pixels: a hundredth of the reach each
        connect(this, &PointPad::edited, this, [this](const std::vector<QPointF>& points) { setPoints(points); });
        show();
        static_cast<void>(QTest::qWaitForWindowExposed(this));
    }
    QPoint at(double x, double y) const { return placeOf({x, y}).toPoint(); }
    void click(Qt::MouseButton button, double x, double y) { QTest::mouseClick(this, button, {}, at(x, y)); }
};

bool near(const QPointF& a, const QPointF& b, double tolerance)
{
    return std::abs(a.x() - b.x()) <= tolerance && std::abs(a.y() - b.y()) <= tolerance;
}

} // namespace

class PointPadTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void clicksAddAndRightClicksRemove()
    {
        Pad pad;
        QSignalSpy edits(&pad, &PointPad::edited);
        pad.click(Qt::LeftButton, 0.5, -0.25);
        pad.click(Qt::LeftButton, -0.5, 0.75);
        QCOMPARE(edits.count(), 2);
        QCOMPARE(pad.points().size(), std::size_t{2});
        QVERIFY(near(pad.points()[0], {0.5, -0.25}, 0.005));
        QVERIFY(near(pad.points()[1], {-0.5, 0.75}, 0.005));
        pad.click(Qt::RightButton, 0.9, 0.9); // nothing is there
        QCOMPARE(edits.count(), 2);
        pad.click(Qt::RightButton, 0.53, -0.25); // three pixels beside it
        QCOMPARE(pad.points().size(), std::size_t{1});
        QVERIFY(near(pad.points()[0], {-0.5, 0.75}, 0.005));
    }

    void aDragDrawsOneRowOfPoints()
    {
        Pad pad;
        QSignalSpy edits(&pad, &PointPad::edited);
        QTest::mousePress(&pad, Qt::LeftButton, {}, pad.at(-0.6, 0));
        QTest::mouseMove(&pad, pad.at(0, 0)); // one leap of 60 pixels
        QCOMPARE(edits.count(), 0);
        QTest::mouseRelease(&pad, Qt::LeftButton, {}, pad.at(0, 0));
        QCOMPARE(edits.count(), 1); // one step of undo
        QCOMPARE(pad.points().size(), std::size_t{11});
        for (std::size_t i = 0; i < pad.points().size(); ++i)
            QVERIFY(near(pad.points()[i], {-0.6 + 0.06 * static_cast<double>(i), 0}, 0.006));
    }

    void staysWithinItsReach()
    {
        Pad pad;
        pad.setReach(2);
        QTest::mousePress(&pad, Qt::LeftButton, {}, QPoint(pad.width() / 2, pad.height() / 2));
        QTest::mouseMove(&pad, QPoint(pad.width() + 500, pad.height() / 2));
        QTest::mouseRelease(&pad, Qt::LeftButton, {}, QPoint(pad.width() + 500, pad.height() / 2));
        for (const QPointF& point : pad.points())
            QVERIFY(std::abs(point.x()) <= 2 && std::abs(point.y()) <= 0.011);
        QCOMPARE(pad.points().back().x(), 2.0);
    }

    void takesNoMoreThanItMay()
    {
        Pad pad;
        pad.setMost(3);
        QTest::mousePress(&pad, Qt::LeftButton, {}, pad.at(-1, 0));
        QTest::mouseMove(&pad, pad.at(1, 0));
        QTest::mouseRelease(&pad, Qt::LeftButton, {}, pad.at(1, 0));
        QCOMPARE(pad.points().size(), std::size_t{3});
        QSignalSpy edits(&pad, &PointPad::edited);
        pad.click(Qt::LeftButton, 0, 0.5);
        QTest::keyClick(&pad, Qt::Key_Return);
        QCOMPARE(edits.count(), 0);
    }

    void worksByKeys()
    {
        Pad pad;
        pad.setFocus();
        for (int i = 0; i < 5; ++i)
            QTest::keyClick(&pad, Qt::Key_Right); // a fiftieth of the reach each
        QTest::keyClick(&pad, Qt::Key_Down, Qt::ShiftModifier); // a fifth
        QTest::keyClick(&pad, Qt::Key_Return);
        QCOMPARE(pad.points().size(), std::size_t{1});
        QVERIFY(near(pad.points()[0], {0.1, -0.2}, 1e-9));
        for (int i = 0; i < 20; ++i)
            QTest::keyClick(&pad, Qt::Key_Left, Qt::ShiftModifier);
        QTest::keyClick(&pad, Qt::Key_Delete); // nothing is there
        QCOMPARE(pad.points().size(), std::size_t{1});
        QTest::keyClick(&pad, Qt::Key_Return);
        QCOMPARE(pad.points()[1].x(), -1.0);
        QTest::keyClick(&pad, Qt::Key_Delete);
        QCOMPARE(pad.points().size(), std::size_t{1});
    }

    void theEditorShowsWhatIsInForce()
    {
        QWidget parent;
        Parameter parameter;
        parameter.min = -3;
        parameter.max = 3;
        PointsEditor editor(parameter, &parent);
        auto* pad = qobject_cast<PointPad*>(editor.control());
        auto* clear = parent.findChild<QPushButton*>(QStringLiteral("clearPoints"));
        QVERIFY(pad && clear && !clear->isEnabled());
        const auto reaches = [pad](double reach) {
            return near(pad->pointAt(pad->placeOf({2 * reach, -2 * reach})), {reach, -reach}, 1e-9);
        };
        QVERIFY(reaches(2));
        editor.setValue(Json::parse("[[1, 2], [0.5, -3]]"));
        QVERIFY(reaches(3)); // the range ends before ±5
        QCOMPARE(pad->points(), (std::vector<QPointF>{{1, 2}, {0.5, -3}}));

        Json entered;
        connect(&editor, &ParameterEditor::entered, this, [&entered](const Json& value) { entered = value; });
        Q_EMIT pad->edited({{1, 2}});
        QCOMPARE(entered, Json::parse("[[1.0, 2.0]]"));
        QCOMPARE(pad->points().size(), std::size_t{2}); // nothing changes until it is in force
        clear->click();
        QCOMPARE(entered, Json::array());
        editor.setValue(entered);
        QVERIFY(pad->points().empty() && !clear->isEnabled());
        editor.setValue(Json::parse(R"([[1], "two", null, [3, 4], [1, "x"]])")); // no crash over what is no point
        QCOMPARE(pad->points(), (std::vector<QPointF>{{3, 4}}));
        parameter.max = 100;
        editor.setParameter(parameter);
        QVERIFY(reaches(5));
        editor.setValue(Json::parse("[[0, 99]]"));
        QVERIFY(reaches(100));
        editor.setValue(Json::array());
        QVERIFY(reaches(2));
    }
};

QTEST_MAIN(PointPadTest)
#include "point_pad.moc"
