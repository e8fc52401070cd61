// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layer_list_model.h"

#include "core/runs/experiment.h"
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "ui/widgets/number_text.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QtTest>

namespace saddle {
namespace {

const Registry<LayerInfo>& layers()
{
    return test::fakeCatalog().layers;
}

NetworkFit drawing()
{
    return {"generator", {100}, {1, 28, 28}};
}

NetworkDescription dcgan(const NetworkFit& fit)
{
    const Json section = {{"architecture", "dcgan"}, {"width", 64}};
    Result<NetworkDescription> network = expandNetwork(section, test::fakeCatalog(), fit, fit.role);
    return network ? *network : NetworkDescription();
}

NetworkDescription networkOf(const Json& json)
{
    Result<NetworkDescription> network = networkFromJson(layers(), json, "test");
    if (!network)
        qFatal("%s", network.error().sentence().c_str());
    return *network;
}

QString at(const LayerListModel& model, int layer, int column)
{
    return model.indexOfLayer(layer, column).data().toString();
}

} // namespace

class LayerListModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isAModelThroughEveryChange()
    {
        LayerListModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 2);
        const NetworkDescription network = dcgan(drawing());
        model.setPicture(inspectPicture(layers(), network, drawing()));
        QCOMPARE(model.rowCount(), 7);
        model.setPicture(inspectPicture(layers(), withoutLayer(network, 2), drawing()));
        QCOMPARE(model.rowCount(), 6);
        model.setPicture(inspectPicture(layers(), withLayerTwice(network, 4), drawing()));
        QCOMPARE(model.rowCount(), 8);
        model.setPicture(inspectPicture(layers(), withLayerMoved(network, 0, 3), drawing()));
        model.setPicture({});
        QCOMPARE(model.rowCount(), 2);
    }

    void saysWhatTheInspectionSays()
    {
        const NetworkFit fit = drawing();
        const NetworkDescription network = dcgan(fit);
        const Result<NetworkReport> report = inspectNetwork(layers(), network, fit.input, "generator");
        QVERIFY_OK(report);
        LayerListModel model;
        model.setPicture(inspectPicture(layers(), network, fit));
        QVERIFY(model.picture().builds());
        QCOMPARE(model.picture().parameters, report->parameters);
        QCOMPARE(model.picture().flops, report->flops);

        double shares = 0;
        for (int i = 0; i < model.layerCount(); ++i) {
            const LayerReport& row = report->layers[static_cast<std::size_t>(i)];
            QCOMPARE(at(model, i, LayerListModel::NumberColumn), QString::number(i));
            QCOMPARE(at(model, i, LayerListModel::LayerColumn), QString::fromStdString(row.title));
            QCOMPARE(at(model, i, LayerListModel::OutputColumn), QString::fromStdString(shapeText(row.shape.output)));
            const QString count = row.shape.parameters ? groupedText(row.shape.parameters) : QStringLiteral("–");
            QCOMPARE(at(model, i, LayerListModel::ParametersColumn), count);
            shares += model.indexOfLayer(i).data(LayerListModel::ShareRole).toDouble();
        }
        QVERIFY(std::abs(shares - 1) < 1e-9);
        QCOMPARE(at(model, -1, LayerListModel::OutputColumn), QStringLiteral("100"));
        QCOMPARE(at(model, 5, LayerListModel::OutputColumn), QStringLiteral("1 × 28 × 28"));
        QCOMPARE(at(model, 5, LayerListModel::ParametersColumn), groupedText(report->parameters));
    }

    void widensWithTheElements()
    {
        LayerListModel model;
        model.setPicture(inspectPicture(layers(), dcgan(drawing()), drawing()));
        const auto width = [&](int layer) {
            return model.indexOfLayer(layer).data(LayerListModel::WidthRole).toDouble();
        };
        QVERIFY(width(-1) < width(5)); // 100 numbers, 784
        QVERIFY(width(5) < width(1)); // 128 × 7 × 7
        QCOMPARE(width(3), 1.0); // 64 × 14 × 14, the most
        QCOMPARE(model.indexOfLayer(1).data(LayerListModel::WidthBeforeRole).toDouble(), width(0));
    }

    void marksTheLayerAtFaultAndNoOther()
    {
        const NetworkFit fit{"discriminator", {1, 28, 28}, {1}};
        NetworkDescription network = dcgan(fit);
        network.layers[1].options["kernel"] = 30;
        LayerListModel model;
        model.setPicture(inspectPicture(layers(), network, fit));
        QCOMPARE(model.picture().errorLayer, 1);
        for (int i = -1; i <= model.layerCount(); ++i)
            QCOMPARE(model.indexOfLayer(i).data(LayerListModel::ErrorRole).toBool(), i == 1);
        const QString tip = model.indexOfLayer(1).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains(QStringLiteral("layer 1, conv 30×30")), qPrintable(tip));
        QVERIFY2(tip.contains(QStringLiteral("14×14")), qPrintable(tip));
        QCOMPARE(at(model, 0, LayerListModel::OutputColumn), QStringLiteral("64 × 14 × 14"));
        for (int i = 1; i < model.layerCount(); ++i) {
            QVERIFY(at(model, i, LayerListModel::OutputColumn).isEmpty());
            QVERIFY(at(model, i, LayerListModel::ParametersColumn).isEmpty());
        }
    }

    void findsTheFaultWhereverItIs()
    {
        for (int bad = 0; bad < 9; ++bad) {
            Json json = Json::array();
            for (int i = 0; i < 9; ++i)
                json.push_back(i == bad ? Json{{"kind", "conv"}} : Json{{"kind", "linear"}, {"out", 10}});
            const NetworkPicture picture = inspectPicture(layers(), networkOf(json), {"discriminator", {4}, {10}});
            QCOMPARE(picture.errorLayer, bad);
            QCOMPARE(picture.shapes.size(), static_cast<std::size_t>(bad));
        }
    }

    void marksAnOutputThatDoesNotFit()
    {
        const Json json = Json::array({{{"kind", "linear"}, {"out", 5}}});
        LayerListModel model;
        model.setPicture(inspectPicture(layers(), networkOf(json), {"discriminator", {4}, {1}}));
        QCOMPARE(model.picture().errorLayer, 1);
        QVERIFY(model.indexOfLayer(1).data(LayerListModel::ErrorRole).toBool());
        QCOMPARE(at(model, 0, LayerListModel::OutputColumn), QStringLiteral("5"));
    }

    void editsKeepWhatLayersTake()
    {
        const Json json = Json::array({{{"kind", "linear"}, {"out", 4}}, {{"kind", "linear"}, {"out", 4}},
            {{"kind", "linear"}, {"id", "skip"}, {"out", 4}}, {{"kind", "add"}, {"inputs", {"skip", "1"}}}});
        const NetworkDescription network = networkOf(json);
        using Names = std::vector<std::string>;
        const auto taken = [](const NetworkDescription& edited) { return edited.layers.back().inputs; };
        QCOMPARE(taken(withLayer(network, 0, network.layers[0])), (Names{"skip", "2"}));
        QCOMPARE(taken(withoutLayer(network, 0)), (Names{"skip", "0"}));
        QCOMPARE(taken(withoutLayer(network, 1)), (Names{"skip", "0"}));
        QCOMPARE(taken(withoutLayer(network, 2)), (Names{"1", "1"}));
        QCOMPARE(taken(withLayerMoved(network, 0, 2)), (Names{"skip", "0"}));
        QCOMPARE(taken(withLayerCalled(network, 2, "side")), (Names{"side", "1"}));
        QCOMPARE(taken(withLayerCalled(network, 2, "")), (Names{"2", "1"}));
        QVERIFY(withLayerTwice(network, 2).layers[3].id.empty());
        QCOMPARE(taken(withLayerTwice(network, 2)), (Names{"3", "1"})); // it comes between
        QCOMPARE(taken(withLayer(network, 2, network.layers[0])), (Names{"skip", "1"}));
        // The next layer took what is gone without naming it: it names whom it takes now.
        const NetworkDescription skipping = networkOf(Json::array({{{"kind", "linear"}, {"out", 4}},
            {{"kind", "linear"}, {"out", 4}}, {{"kind", "linear"}, {"out", 4}, {"inputs", {"0"}}},
            {{"kind", "linear"}, {"out", 4}}, {{"kind", "add"}, {"inputs", {"1", "3"}}}}));
        QCOMPARE(withoutLayer(skipping, 2).layers[2].inputs, (Names{"0"}));
        QCOMPARE(taken(withoutLayer(skipping, 2)), (Names{"1", "2"}));
        QCOMPARE(withoutLayer(skipping, 0).layers[1].inputs, (Names{"input"}));
        // Of a layer that took several it is the one before, whichever place that has; nothing is left untaken by it.
        QVERIFY(withoutLayer(withLayer(skipping, 5, skipping.layers[0]), 4).layers[4].inputs.empty());
        QCOMPARE(inputsFromText(" input,3 ,  skip"), (Names{"input", "3", "skip"}));
        QCOMPARE(inputsText({"input", "3"}), std::string("input, 3"));
    }

    void newLayersTakeWhatTheirKindIsFor()
    {
        using Names = std::vector<std::string>;
        LayerInfo labelled = *layers().find("add");
        labelled.takesLabel = true;
        const NetworkDescription network = networkOf(
            Json::array({{{"kind", "linear"}, {"out", 4}}, {{"kind", "linear"}, {"id", "second"}, {"out", 4}}}));
        QCOMPARE(newLayer(*layers().find("linear"), network, 1).inputs, Names());
        QCOMPARE(newLayer(*layers().find("add"), network, 2).inputs, (Names{"0", "second"}));
        QCOMPARE(newLayer(labelled, network, 2).inputs, (Names{"second", "label"}));
        QCOMPARE(newLayer(labelled, network, 0).inputs, (Names{"input", "label"}));
    }

    void aDropIsAWish_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("to");
        QTest::newRow("down") << 0 << 4 << 2; // before layer 3, which then is after it
        QTest::newRow("up") << 3 << 1 << 0;
        QTest::newRow("to the end") << 1 << 6 << 4;
        QTest::newRow("past the end") << 1 << -1 << 4;
        QTest::newRow("above the input") << 2 << 0 << 0;
        QTest::newRow("where it is") << 2 << 3 << -1;
        QTest::newRow("below itself") << 2 << 4 << -1;
    }
    void aDropIsAWish()
    {
        QFETCH(int, from);
        QFETCH(int, row);
        QFETCH(int, to);
        LayerListModel model;
        model.setPicture(inspectPicture(layers(), dcgan(drawing()), drawing()));
        QSignalSpy wishes(&model, &LayerListModel::moveRequested);
        const std::unique_ptr<QMimeData> data(model.mimeData({model.indexOfLayer(from)}));
        QVERIFY(data);
        QVERIFY(!model.dropMimeData(data.get(), Qt::MoveAction, row, 0, {}));
        QCOMPARE(wishes.size(), to < 0 ? 0 : 1);
        if (to >= 0)
            QCOMPARE(wishes.first(), (QVariantList{from, to}));
        QVERIFY(!model.mimeData({model.indexOfLayer(-1)}));
        QCOMPARE(model.rowCount(), 7);
    }

    void numbersReadWell()
    {
        QCOMPARE(groupedText(1255168), QStringLiteral("1,255,168"));
        QCOMPARE(flopText(24'300'000), QStringLiteral("24.3 MFLOP"));
        QCOMPARE(flopText(1'210'000'000), QStringLiteral("1.21 GFLOP"));
        QCOMPARE(flopText(0), QStringLiteral("0 MFLOP"));
    }
};

} // namespace saddle

QTEST_MAIN(saddle::LayerListModelTest)
#include "layer_list_model.moc"
