// SPDX-License-Identifier: GPL-3.0-or-later
// Directions in the latent lab: found, gone along, named, kept beside the run, and the same when weights change.
#include "tests/support/fake_catalog.h"
#include "tests/support/fake_generator.h"
#include "tests/support/scratch.h"
#include "ui/bridge/lab.h"
#include "ui/lab/direction_row.h"
#include "ui/lab/direction_set.h"
#include "ui/lab/directions_pane.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/latent_picture.h"
#include "ui/lab/slider_row.h"
#include "ui/widgets/banner.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QUndoStack>

using namespace saddle;
using test::FakeGenerator;

namespace {

constexpr int patience = 20000;

struct Fixture {
    test::Scratch scratch;
    test::GeneratorProbe probe;
    Lab lab{test::fakeCatalog(), FakeGenerator::tools(probe)};
    LatentDocument document;
    std::unique_ptr<DirectionsPane> pane = std::make_unique<DirectionsPane>(&lab, &document);

    Fixture()
    {
        QObject::connect(&lab, &Lab::opened, &document, [this] {
            if (lab.info())
                document.reset(*lab.info());
        });
        pane->resize(320, 700);
        pane->show();
    }
    ~Fixture() { probe.hold(false); }
    bool open(std::int64_t step)
    {
        lab.open(FakeGenerator::model(scratch.path(), step));
        return QTest::qWaitFor([this, step] { return lab.info() && lab.info()->step == step; }, patience);
    }
    template <typename T>
    T* part(const char* name)
    {
        return pane->findChild<T*>(QLatin1String(name));
    }
    void click(const char* name) { QTest::mouseClick(part<QPushButton>(name), Qt::LeftButton); }
    const std::vector<Direction>& all() { return pane->directions()->all(); }
    bool settled()
    {
        return QTest::qWaitFor([this] { return !pane->directions()->isFinding(); }, patience);
    }
    DirectionRow* row(int number)
    {
        return part<DirectionRow>(qPrintable(QStringLiteral("directionRow%1").arg(number)));
    }
    QSlider* slider(int number) { return row(number)->slider()->slider(); }
    std::vector<std::string> names()
    {
        std::vector<std::string> list;
        for (const Direction& direction : all())
            list.push_back(direction.name);
        return list;
    }
    void rename(int number, const QString& name)
    {
        slider(number)->setFocus();
        QTest::keyClick(slider(number), Qt::Key_F2);
        auto* edit = row(number)->findChild<QLineEdit*>(QStringLiteral("directionEdit"));
        edit->setText(name);
        QTest::keyClick(edit, Qt::Key_Return);
    }
};

using Names = std::vector<std::string>;

} // namespace

class LabDirectionsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void foundAndGoneAlong()
    {
        Fixture f;
        QVERIFY(!f.part<QPushButton>("directionsPrincipal")->isEnabled());
        QVERIFY(f.open(2));
        QTRY_COMPARE(f.part<QComboBox>("directionsLayer")->count(), 3);
        QCOMPARE(f.part<QSpinBox>("directionsCount")->maximum(), 3);
        f.part<QComboBox>("directionsLayer")->setCurrentIndex(2);
        f.part<QSpinBox>("directionsCount")->setValue(2);
        f.click("directionsPrincipal");
        QVERIFY(f.settled());
        QCOMPARE(f.probe.principal.layer, std::string("1"));
        QCOMPARE(f.names(), (Names{"PCA 1", "PCA 2"}));
        QVERIFY(f.row(0)->isVisible() && f.row(1)->isVisible() && !f.row(2));
        QCOMPARE(f.row(0)->findChild<QLabel*>(QStringLiteral("directionShare"))->text(), QStringLiteral("50 %"));
        QCOMPARE(f.slider(0)->accessibleName(), QStringLiteral("PCA 1"));

        // By keyboard: a hundredth of the reach of three spreads a press; undone together.
        QTest::keyClick(f.slider(0), Qt::Key_Right);
        QTest::keyClick(f.slider(0), Qt::Key_Right);
        QVERIFY(std::abs(f.document.value(0) - 0.06F) < 1e-6F);
        QCOMPARE(f.document.value(1), 0.0F);
        f.document.undoStack()->undo();
        QCOMPARE(f.document.value(0), 0.0F);
        QCOMPARE(f.slider(0)->value(), 0);
        // All back at once; other numbers stay.
        f.document.setValue(1, 0.5F);
        f.slider(0)->setValue(500);
        QVERIFY(std::abs(f.document.value(0) - 1.5F) < 1e-6F);
        f.click("directionsReset");
        QVERIFY(std::abs(f.document.value(0)) < 1e-6F);
        QCOMPARE(f.document.value(1), 0.5F);
        QVERIFY(!f.part<QPushButton>("directionsReset")->isEnabled());
        // Factors come beside them, and locked numbers stay.
        f.click("directionsFactors");
        QVERIFY(f.settled());
        QCOMPARE(f.names(), (Names{"PCA 1", "PCA 2", "Factor 1", "Factor 2"}));
        f.document.setLocked(0, true);
        f.slider(2)->setValue(1000);
        QVERIFY(std::abs(f.document.value(0)) < 1e-6F);
    }

    void namedAndKept()
    {
        Fixture f;
        QVERIFY(f.open(2));
        f.click("directionsPrincipal");
        QVERIFY(f.settled());
        f.slider(0)->setValue(1000);
        f.rename(0, QStringLiteral("  Smile "));
        QCOMPARE(f.all().front().name, std::string("Smile"));
        QCOMPARE(f.document.offset(0), 3.0);
        QCOMPARE(f.slider(0)->accessibleName(), QStringLiteral("Smile"));
        // Neither nothing nor what another is called; Esc leaves it.
        f.rename(1, QStringLiteral("Smile"));
        QVERIFY(f.part<Banner>("directionsBanner")->text().contains(QStringLiteral("Smile")));
        f.rename(1, {});
        QCOMPARE(f.all()[1].name, std::string("PCA 2"));
        f.row(1)->editName();
        auto* edit = f.row(1)->findChild<QLineEdit*>(QStringLiteral("directionEdit"));
        edit->setText(QStringLiteral("Other"));
        QTest::keyClick(edit, Qt::Key_Escape);
        QCOMPARE(f.all()[1].name, std::string("PCA 2"));

        const std::filesystem::path file = f.scratch.path("directions.json");
        const auto kept = loadDirections(file, 3);
        QVERIFY_OK(kept);
        QCOMPARE(kept->size(), std::size_t{3});
        QVERIFY(kept->front().renamed && kept->front().name == "Smile");
        // Another day.
        f.lab.close();
        QTRY_VERIFY(f.all().empty());
        QVERIFY(f.open(2));
        QTRY_COMPARE(f.names(), (Names{"Smile", "PCA 2", "PCA 3"}));
        QCOMPARE(f.document.offset(0), 0.0);
        QCOMPARE(f.pane->directions()->age(), DirectionSet::Age::Saved);
        // Deleted by keyboard, and taken back.
        f.slider(1)->setFocus();
        QTest::keyClick(f.slider(1), Qt::Key_Delete);
        QCOMPARE(f.names(), (Names{"Smile", "PCA 3"}));
        QCOMPARE(loadDirections(file, 3)->size(), std::size_t{2});
        QTest::mouseClick(f.part<Banner>("directionsBanner")->findChild<QPushButton*>(QStringLiteral("bannerAction")),
            Qt::LeftButton);
        QCOMPARE(f.names(), (Names{"Smile", "PCA 2", "PCA 3"}));
        QCOMPARE(loadDirections(file, 3)->size(), std::size_t{3});
    }

    void theSameWhenWeightsChange()
    {
        Fixture f;
        QVERIFY(f.open(2));
        f.click("directionsPrincipal");
        QVERIFY(f.settled());
        f.slider(0)->setValue(1000);
        f.rename(0, QStringLiteral("Smile"));
        f.pane->directions()->remove(1);
        // At an odd step they come in another order and turned round.
        QVERIFY(f.open(3));
        QTRY_COMPARE(f.probe.searched(), 2);
        QVERIFY(f.settled());
        QCOMPARE(f.names(), (Names{"Smile", "PCA 3"}));
        QCOMPARE(f.all()[0].values, (std::vector<double>{1, 0, 0}));
        QCOMPARE(f.all()[1].values, (std::vector<double>{0, 0, 1}));
        QCOMPARE(f.document.offset(0), 3.0);
        QCOMPARE(f.slider(0)->value(), 1000);
        QCOMPARE(f.document.value(0), 3.0F);
        // Not by itself while training, but when asked.
        f.lab.setBeside(true);
        QVERIFY(f.open(4));
        QTRY_COMPARE(f.pane->directions()->age(), DirectionSet::Age::Stale);
        QVERIFY(f.part<QLabel>("directionsAge")->text().contains(QLatin1Char('3')));
        QCOMPARE(f.probe.searched(), 2);
        f.click("directionsUpdate");
        QVERIFY(f.settled());
        QCOMPARE(f.probe.searched(), 3);
        QCOMPARE(f.pane->directions()->age(), DirectionSet::Age::Fresh);
        QVERIFY(f.part<QLabel>("directionsAge")->isHidden());
        // Nor before training ends.
        QVERIFY(f.open(5));
        QTRY_COMPARE(f.pane->directions()->age(), DirectionSet::Age::Stale);
        f.lab.setBeside(false);
        QTRY_COMPARE(f.pane->directions()->age(), DirectionSet::Age::Fresh);
        QCOMPARE(f.names(), (Names{"Smile", "PCA 3"}));
    }

    void theseMinusThose()
    {
        Fixture f;
        QVERIFY(f.open(2));
        QVERIFY(!f.part<QPushButton>("theseAdd")->isEnabled());
        const auto put = [&f](std::vector<float> values, const char* tray) {
            LatentPicture picture{{3, std::move(values), {}}, {}};
            picture.samples = FakeGenerator::pictureOf(picture.latents);
            f.pane->setPicture(std::make_shared<const LatentPicture>(picture));
            f.click(tray);
        };
        put({1, 3, 0}, "theseAdd");
        put({1, 5, 0}, "theseAdd");
        put({9, 9, 9}, "theseAdd");
        QVERIFY(!f.part<QPushButton>("groupMake")->isEnabled());
        put({1, 0, 3}, "thoseAdd");
        auto* list = f.part<QListWidget>("theseList");
        QVERIFY(!list->item(0)->icon().isNull());
        list->setCurrentRow(2);
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Delete);
        QCOMPARE(list->count(), 2);
        f.part<QLineEdit>("groupName")->setText(QStringLiteral("Hat"));
        f.click("groupMake");
        QCOMPARE(f.names(), (Names{"Hat"}));
        const std::vector<double>& values = f.all().front().values;
        QVERIFY(std::abs(values[1] - 0.8) < 1e-12 && std::abs(values[2] + 0.6) < 1e-12 && values[0] == 0);
        QVERIFY(f.row(0)->findChild<QLabel*>(QStringLiteral("directionShare"))->text().isEmpty());
        // A name that is taken is refused; without one there is the next that is free.
        f.part<QLineEdit>("groupName")->setText(QStringLiteral("Hat"));
        f.click("groupMake");
        QVERIFY(f.part<Banner>("directionsBanner")->text().contains(QStringLiteral("Hat")));
        f.click("groupMake");
        QCOMPARE(f.names(), (Names{"Hat", "Groups 1"}));
        // They stay as they are when others are found.
        f.click("directionsFactors");
        QVERIFY(f.settled());
        QCOMPARE(f.names(), (Names{"Factor 1", "Factor 2", "Factor 3", "Hat", "Groups 1"}));
    }

    void cancelledAndRefused()
    {
        Fixture f;
        QVERIFY(f.open(2));
        f.probe.hold(true);
        f.click("directionsPrincipal");
        QTRY_VERIFY(f.probe.isWaiting());
        QTRY_VERIFY(f.part<QPushButton>("directionsCancel")->isVisible());
        f.click("directionsCancel");
        f.probe.hold(false);
        QVERIFY(f.settled());
        QVERIFY(f.all().empty() && f.part<Banner>("directionsBanner")->isHidden());
        // A file that makes no sense is told of, and left alone.
        const std::filesystem::path file = f.scratch.write("directions.json", "{\"directions\": 5}");
        f.lab.close();
        QTRY_VERIFY(!f.lab.info());
        QVERIFY(f.open(2));
        QTRY_VERIFY(f.part<Banner>("directionsBanner")->text().contains(QStringLiteral("directions.json")));
        f.click("directionsFactors");
        QVERIFY(f.settled());
        QVERIFY(f.part<Banner>("directionsBanner")->text().contains(QStringLiteral("not saved")));
        QVERIFY(!loadDirections(file, 3).ok());
    }

    void offsetsOutliveTheirNeighbours()
    {
        Fixture f;
        QVERIFY(f.open(2));
        f.click("directionsPrincipal");
        QVERIFY(f.settled());
        f.slider(2)->setValue(1000);
        f.pane->directions()->remove(0);
        QCOMPARE(f.document.offset(1), 3.0);
        QCOMPARE(f.document.offset(0), 0.0);
        f.document.undoStack()->undo();
        QCOMPARE(f.document.offset(1), 0.0);
        QCOMPARE(f.document.value(2), 0.0F);
    }
};

QTEST_MAIN(LabDirectionsTest)
#include "lab_directions.moc"
