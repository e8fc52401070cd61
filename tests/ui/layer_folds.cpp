// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of layers as rows that fold: in the model, and in the editor by mouse, by keys and under edits.
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "ui/models/experiment_document.h"
#include "ui/models/layer_list_model.h"
#include "ui/panels/network_editor.h"
#include "ui/panels/networks_panel.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTableView>
#include <QToolButton>
#include <QUndoStack>
#include <QtTest>

namespace saddle {
namespace {

const Registry<LayerInfo>& layers()
{
    return test::fakeCatalog().layers;
}

/// A layer of 16 numbers, then `blocks` blocks of three layers that add up with what came in, then one of a number.
Json residual(int blocks)
{
    Json json = Json::array({{{"kind", "linear"}, {"out", 16}}});
    for (int i = 0; i < blocks; ++i) {
        const std::string block = "residual " + std::to_string(i);
        const std::string before = std::to_string(3 * i);
        json.push_back({{"kind", "linear"}, {"out", 32}, {"activation", "relu"}, {"block", block}});
        json.push_back({{"kind", "linear"}, {"out", 16}, {"block", block}});
        json.push_back({{"kind", "add"}, {"inputs", {before, std::to_string(3 * i + 2)}}, {"block", block}});
    }
    json.push_back({{"kind", "linear"}, {"out", 1}});
    return json;
}

NetworkDescription networkOf(const Json& json)
{
    Result<NetworkDescription> network = networkFromJson(layers(), json, "test");
    if (!network)
        qFatal("%s", network.error().sentence().c_str());
    return *network;
}

NetworkPicture pictureOf(const NetworkDescription& network)
{
    return inspectPicture(layers(), network, {"discriminator", {2}, {1}});
}

/// "input, 0, [residual 0], 4, output": layers by number, heads of blocks in brackets, folded ones closed by a dot.
QString rowsOf(const LayerListModel& model)
{
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row) {
        const QModelIndex index = model.index(row, LayerListModel::LayerColumn);
        const LayerRow& entry = model.rowAt(index);
        if (entry.kind == LayerRow::Kind::Block)
            rows << QStringLiteral("[%1%2").arg(index.data().toString(), entry.folded ? u"]." : u"]");
        else if (entry.kind == LayerRow::Kind::Layer)
            rows << QString::number(entry.layer);
    }
    return rows.join(QLatin1Char(' '));
}

QString at(const LayerListModel& model, int row, int column)
{
    return model.index(row, column).data().toString();
}

/// An editor of a discriminator with so many blocks, for points of the plane.
struct Bench {
    explicit Bench(int blocks)
        : document(test::fakeCatalog())
        , panel(&document)
    {
        const Json json = {{"data", {{"source", "gaussians-8"}}}, {"generator", {{"architecture", "mlp"}}},
            {"discriminator", {{"layers", residual(blocks)}}}};
        Result<Json> resolved = resolveDocument(json, test::fakeCatalog());
        if (!resolved)
            qFatal("%s", resolved.error().sentence().c_str());
        document.adopt(*std::move(resolved), QStringLiteral("test"));
        panel.resize(1200, 800);
        panel.show();
        table()->setFocus();
    }

    NetworkEditor& editor() { return *panel.editor(QStringLiteral("discriminator")); }
    LayerListModel& model() { return *editor().model(); }
    QTableView* table() { return panel.findChild<QTableView*>(QStringLiteral("layerTable_discriminator")); }
    QToolButton* button(const char* name)
    {
        return panel.findChild<QToolButton*>(QLatin1String(name) + QStringLiteral("_discriminator"));
    }
    void click(int row)
    {
        table()->scrollTo(model().index(row, 0));
        QTest::mouseClick(table()->viewport(), Qt::LeftButton, {},
            table()->visualRect(model().index(row, LayerListModel::LayerColumn)).center());
    }
    void press(Qt::Key key) { QTest::keyClick(table(), key); }
    int row() { return table()->currentIndex().row(); }

    ExperimentDocument document;
    NetworksPanel panel;
};

} // namespace

class LayerFoldsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void longNetworksBeginFolded()
    {
        LayerListModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setPicture(pictureOf(networkOf(residual(2)))); // 8 layers
        QCOMPARE(rowsOf(model), QStringLiteral("0 [Residual 0] 1 2 3 [Residual 1] 4 5 6 7"));
        QVERIFY(model.hasBlocks());

        LayerListModel larger;
        QAbstractItemModelTester second(&larger, QAbstractItemModelTester::FailureReportingMode::QtTest);
        larger.setPicture(pictureOf(networkOf(residual(5)))); // 17
        QCOMPARE(rowsOf(larger),
            QStringLiteral("0 [Residual 0]. [Residual 1]. [Residual 2]. [Residual 3]. "
                           "[Residual 4]. 16"));
        larger.setAllFolded(false);
        QCOMPARE(larger.rowCount(), 17 + 5 + 2);
        larger.setAllFolded(true);
        QCOMPARE(larger.rowCount(), 2 + 5 + 2);
    }

    void aFoldedBlockStandsForItsLayers()
    {
        const NetworkPicture picture = pictureOf(networkOf(residual(2)));
        LayerListModel model;
        model.setPicture(picture);
        double openShares = 0;
        for (int row = 0; row < model.rowCount(); ++row)
            openShares += model.index(row, 0).data(LayerListModel::ShareRole).toDouble();
        model.setAllFolded(true);
        QCOMPARE(rowsOf(model), QStringLiteral("0 [Residual 0]. [Residual 1]. 7"));
        QCOMPARE(at(model, 2, LayerListModel::LayerColumn), QStringLiteral("Residual 0"));
        QCOMPARE(model.index(2, 0).data(LayerListModel::TailRole).toString(), QStringLiteral("3 layers"));
        QCOMPARE(at(model, 2, LayerListModel::OutputColumn), QStringLiteral("16"));
        // 16 → 32 → 16 with biases.
        QCOMPARE(at(model, 2, LayerListModel::ParametersColumn), QStringLiteral("1,072"));
        const QString tip = model.index(2, 0).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains(QStringLiteral("layers 1 to 3")) && tip.contains(QStringLiteral("1,072 parameters")),
            qPrintable(tip));
        double shares = 0;
        for (int row = 0; row < model.rowCount(); ++row)
            shares += model.index(row, 0).data(LayerListModel::ShareRole).toDouble();
        QVERIFY(std::abs(shares - 1) < 1e-9 && std::abs(openShares - 1) < 1e-9);
        QVERIFY(model.index(2, LayerListModel::LayerColumn)
                    .data(Qt::AccessibleTextRole)
                    .toString()
                    .contains(QStringLiteral("3 layers, folded")));

        // Every layer has a row, its own or its block's; a head is no layer.
        QCOMPARE(model.indexOfLayer(-1).row(), 0);
        QCOMPARE(model.indexOfLayer(2).row(), 2);
        QCOMPARE(model.indexOfLayer(7).row(), 4);
        QCOMPARE(model.indexOfLayer(8).row(), 5);
        QCOMPARE(model.layerOf(model.index(2, 0)), LayerListModel::noLayer);
        QCOMPARE(model.layerOf(model.index(4, 0)), 7);
        model.reveal(2);
        QCOMPARE(rowsOf(model), QStringLiteral("0 [Residual 0] 1 2 3 [Residual 1]. 7"));
        QCOMPARE(model.indexOfLayer(2).row(), 4);
        // The head of an open block says nothing twice.
        QVERIFY(at(model, 2, LayerListModel::OutputColumn).isEmpty());
        QVERIFY(at(model, 2, LayerListModel::ParametersColumn).isEmpty());
    }

    void foldsOutliveChanges()
    {
        LayerListModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const NetworkDescription network = networkOf(residual(5));
        model.setPicture(pictureOf(network));
        model.reveal(4);
        const QString rows = rowsOf(model);
        model.setPicture(pictureOf(network));
        QCOMPARE(rowsOf(model), rows);
        // One layer more in front: the same blocks, open or not.
        model.setPicture(pictureOf(withLayer(network, 0, network.layers[0])));
        QCOMPARE(rowsOf(model),
            QStringLiteral("0 1 [Residual 0]. [Residual 1] 5 6 7 [Residual 2]. [Residual 3]. "
                           "[Residual 4]. 17"));
        // A layer less is an edit, by which nothing opens.
        model.setPicture(pictureOf(network));
        model.setPicture(pictureOf(withoutLayer(network, 16)));
        QCOMPARE(model.layerCount(), 16);
        QVERIFY(rowsOf(model).startsWith(QStringLiteral("0 [Residual 0]. [Residual 1] 4 5 6 [Residual 2].")));
        // Another network is seen anew, but for what was opened or closed by hand.
        model.setFolded(model.index(3, 0), true);
        model.setPicture(pictureOf(networkOf(residual(3))));
        QCOMPARE(rowsOf(model), QStringLiteral("0 [Residual 0] 1 2 3 [Residual 1]. [Residual 2] 7 8 9 10"));
        // A layer more, above the limit or not, closes nothing.
        NetworkDescription grown = networkOf(residual(3));
        while (grown.layers.size() < 20) {
            grown = withLayer(grown, 0, grown.layers[0]);
            model.setPicture(pictureOf(grown));
        }
        QVERIFY(model.rowAt(model.indexOfLayer(11)).inBlock);
        model.forgetFolds();
        model.setPicture(pictureOf(networkOf(residual(3))));
        QVERIFY(model.rowAt(model.indexOfLayer(4)).inBlock);
    }

    void aFaultIsNotHidden()
    {
        NetworkDescription network = networkOf(residual(5));
        network.layers[5].options["out"] = 15; // the sum behind it is at fault
        LayerListModel model;
        model.setPicture(pictureOf(network));
        QCOMPARE(model.picture().errorLayer, 6);
        QVERIFY(model.indexOfLayer(6).data(LayerListModel::ErrorRole).toBool());
        QCOMPARE(model.layerOf(model.indexOfLayer(6)), 6);
        // Folded by hand, the block itself is marked.
        const QModelIndex head = model.indexOfLayer(4).siblingAtRow(model.indexOfLayer(4).row() - 1);
        QVERIFY(!head.data(LayerListModel::ErrorRole).toBool());
        model.setFolded(head, true);
        QVERIFY(head.data(LayerListModel::ErrorRole).toBool());
        QVERIFY(head.data(Qt::ToolTipRole).toString().contains(QStringLiteral("layer 6")));
    }

    void layersJoinAndLeaveBlocks()
    {
        const NetworkDescription network = networkOf(residual(2));
        const LayerDescription loose = network.layers[0];
        const auto blockOf = [](const NetworkDescription& edited, std::size_t layer) {
            return QString::fromStdString(edited.layers[layer].block);
        };
        QCOMPARE(blockOf(withLayer(network, 2, loose), 2), QStringLiteral("residual 0"));
        QCOMPARE(blockOf(withLayer(network, 1, loose), 1), QString());
        QCOMPARE(blockOf(withLayer(network, 4, loose), 4), QString());
        QCOMPARE(blockOf(withLayerTwice(network, 3), 4), QStringLiteral("residual 0"));
        QCOMPARE(blockOf(withLayerMoved(network, 0, 2), 2), QStringLiteral("residual 0"));
        QCOMPARE(blockOf(withLayerMoved(network, 1, 2), 2), QStringLiteral("residual 0"));
        QCOMPARE(blockOf(withLayerMoved(network, 1, 0), 0), QString());
        QCOMPARE(blockOf(withLayerMoved(network, 3, 4), 4), QStringLiteral("residual 1"));
        QCOMPARE(blockOf(withLayerMoved(network, 2, 7), 7), QString());
    }

    void dropsLandBeforeTheRowTheyAreDroppedOn()
    {
        LayerListModel model;
        model.setPicture(pictureOf(networkOf(residual(2))));
        model.setFolded(model.index(2, 0), true);
        QCOMPARE(rowsOf(model), QStringLiteral("0 [Residual 0]. [Residual 1] 4 5 6 7"));
        QSignalSpy wishes(&model, &LayerListModel::moveRequested);
        const std::unique_ptr<QMimeData> last(model.mimeData({model.indexOfLayer(7)}));
        model.dropMimeData(last.get(), Qt::MoveAction, 2, 0, {}); // before the folded block
        QCOMPARE(wishes.takeFirst(), (QVariantList{7, 1}));
        model.dropMimeData(last.get(), Qt::MoveAction, 3, 0, {}); // behind it
        QCOMPARE(wishes.takeFirst(), (QVariantList{7, 4}));
        const std::unique_ptr<QMimeData> first(model.mimeData({model.indexOfLayer(0)}));
        model.dropMimeData(first.get(), Qt::MoveAction, 3, 0, {});
        QCOMPARE(wishes.takeFirst(), (QVariantList{0, 3}));
        QVERIFY(!model.mimeData({model.index(2, 1)})); // a block is not dragged
    }

    void byMouse()
    {
        Bench bench(5);
        QAbstractItemModelTester tester(&bench.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        bench.click(3);
        QCOMPARE(rowsOf(bench.model()),
            QStringLiteral("0 [Residual 0]. [Residual 1] 4 5 6 [Residual 2]. "
                           "[Residual 3]. [Residual 4]. 16"));
        QCOMPARE(bench.row(), 3);
        QVERIFY(!bench.button("removeLayer")->isEnabled());
        QVERIFY(!bench.button("moveUp")->isEnabled());
        bench.click(5); // a layer: nothing folds
        QCOMPARE(bench.editor().currentLayer(), 5);
        QVERIFY(bench.button("removeLayer")->isEnabled());
        QCOMPARE(bench.model().rowCount(), 12);
        bench.click(3);
        QCOMPARE(bench.model().rowCount(), 9);
        // A double click is one change, not two.
        const QPoint place = bench.table()->visualRect(bench.model().index(2, 1)).center();
        QTest::mouseClick(bench.table()->viewport(), Qt::LeftButton, {}, place);
        QTest::mouseDClick(bench.table()->viewport(), Qt::LeftButton, {}, place);
        QCOMPARE(bench.model().rowCount(), 12);
    }

    void byKeys()
    {
        Bench bench(5);
        bench.table()->setCurrentIndex(bench.model().index(2, LayerListModel::LayerColumn));
        bench.press(Qt::Key_Left); // is folded
        QCOMPARE(bench.model().rowCount(), 9);
        bench.press(Qt::Key_Right);
        QCOMPARE(bench.model().rowCount(), 12);
        bench.press(Qt::Key_Down);
        bench.press(Qt::Key_Down);
        QCOMPARE(bench.editor().currentLayer(), 2);
        bench.press(Qt::Key_Left); // to the head
        QCOMPARE(bench.row(), 2);
        QCOMPARE(bench.model().rowCount(), 12);
        bench.press(Qt::Key_Left);
        QCOMPARE(bench.model().rowCount(), 9);
        QCOMPARE(bench.row(), 2);
    }

    void editsInAnOpenBlock()
    {
        Bench bench(5);
        NetworkEditor& editor = bench.editor();
        QAbstractItemModelTester tester(&bench.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        const Json before = bench.document.json();
        editor.setCurrentLayer(5); // opens its block
        QCOMPARE(editor.currentLayer(), 5);
        QVERIFY_OK(editor.setLayerOption(5, QStringLiteral("activation"), "relu"));
        QCOMPARE(editor.currentLayer(), 5);
        bench.button("duplicateLayer")->click();
        QCOMPARE(editor.currentLayer(), 6);
        QCOMPARE(rowsOf(bench.model()),
            QStringLiteral("0 [Residual 0]. [Residual 1] 4 5 6 7 [Residual 2]. "
                           "[Residual 3]. [Residual 4]. 17"));
        bench.button("removeLayer")->click();
        QCOMPARE(bench.model().layerCount(), 17);
        bench.document.undoStack()->undo();
        QCOMPARE(bench.model().layerCount(), 18);
        bench.document.undoStack()->undo();
        bench.document.undoStack()->undo();
        QCOMPARE(bench.document.json(), before);
        QCOMPARE(rowsOf(bench.model()),
            QStringLiteral("0 [Residual 0]. [Residual 1] 4 5 6 [Residual 2]. "
                           "[Residual 3]. [Residual 4]. 16"));
    }

    void aFoldedBlockIsPassedAsOneRow()
    {
        Bench bench(5);
        NetworkEditor& editor = bench.editor();
        editor.setCurrentLayer(16);
        editor.addLayer(QStringLiteral("norm")); // between the last layer and the output
        QCOMPARE(editor.currentLayer(), 17);
        editor.moveLayer(-1);
        QCOMPARE(editor.currentLayer(), 16);
        editor.moveLayer(-1);
        QCOMPARE(editor.currentLayer(), 13);
        QCOMPARE(rowsOf(bench.model()),
            QStringLiteral("0 [Residual 0]. [Residual 1]. [Residual 2]. [Residual 3]. 13 "
                           "[Residual 4]. 17"));
        editor.moveLayer(1);
        QCOMPARE(editor.currentLayer(), 16);
        // Below the head of an open block is inside of it, below its last layer behind it.
        bench.model().setFolded(bench.model().index(2, LayerListModel::LayerColumn), false);
        bench.table()->setCurrentIndex(bench.model().index(2, LayerListModel::LayerColumn));
        editor.addLayer(QStringLiteral("norm"));
        QCOMPARE(editor.currentLayer(), 1);
        QCOMPARE(rowsOf(bench.model()).left(25), QStringLiteral("0 [Residual 0] 1 2 3 4 [R"));
        bench.document.undoStack()->undo();
        bench.model().setFolded(bench.model().index(2, LayerListModel::LayerColumn), true);
        // Below a folded block is behind all of it.
        bench.table()->setCurrentIndex(bench.model().index(2, LayerListModel::LayerColumn));
        editor.addLayer(QStringLiteral("norm"));
        QCOMPARE(editor.currentLayer(), 4);
        QCOMPARE(rowsOf(bench.model()).left(20), QStringLiteral("0 [Residual 0]. 4 [R"));
    }
};

} // namespace saddle

QTEST_MAIN(saddle::LayerFoldsTest)
#include "layer_folds.moc"
