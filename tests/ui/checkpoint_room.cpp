// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says of the room that checkpoints take.
#include "ui/panels/checkpoint_room.h"

#include <QtTest>

using namespace saddle;

class TestCheckpointRoom : public QObject {
    Q_OBJECT

private slots:
    void says();
    void drawsHowMuch();
};

void TestCheckpointRoom::says()
{
    QWidget window;
    CheckpointRoom room(&window);
    window.show();
    QVERIFY(!room.isVisible());
    room.show({0, 0}, 8);
    QVERIFY(!room.isVisible()); // there is nothing to say yet
    room.show({3, 24'000'000}, 8);
    QVERIFY(room.isVisible());
    QCOMPARE(room.text(), QStringLiteral("Checkpoints: 24 MB of 8.0 GB"));
    QCOMPARE(room.level(), CheckpointRoom::Level::Room);
    QVERIFY(room.toolTip().startsWith(QStringLiteral("3 checkpoints")));
    room.show({1, 1'000}, 0);
    QCOMPARE(room.text(), QStringLiteral("Checkpoints: 1 kB"));
    QVERIFY(room.toolTip().contains(QStringLiteral("sets a limit")));
    room.show({300, 7'500'000'000}, 8);
    QCOMPARE(room.level(), CheckpointRoom::Level::Near);
    QVERIFY(room.toolTip().contains(QStringLiteral("an older one goes")));
    room.show({300, 9'500'000'000}, 8);
    QCOMPARE(room.level(), CheckpointRoom::Level::Over);
    QVERIFY(room.toolTip().contains(QStringLiteral("Unpin some")));
    room.show({0, 0}, 8); // of the next run
    QVERIFY(!room.isVisible());
}

void TestCheckpointRoom::drawsHowMuch()
{
    CheckpointRoom room;
    room.show({3, 4'000'000'000}, 8);
    room.resize(200, 24);
    const QImage half = room.grab().toImage();
    QVERIFY(half.pixel(10, 23) != half.pixel(190, 23));
    room.show({3, 9'000'000'000}, 8);
    const QImage full = room.grab().toImage();
    QCOMPARE(full.pixel(10, 23), full.pixel(190, 23));
    QVERIFY(full.pixel(10, 23) != half.pixel(10, 23)); // the colour warns
    room.show({3, 4'000'000'000}, 0);
    const QImage none = room.grab().toImage();
    QCOMPARE(none.pixel(10, 23), none.pixel(190, 23));
}

QTEST_MAIN(TestCheckpointRoom)
#include "checkpoint_room.moc"
