// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_proposal.h"

#include "tests/support/fake_catalog.h"
#include "tests/support/foreign.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <algorithm>
#include <cstring>

using namespace saddle;
using namespace saddle::test;

namespace {

const Registry<LayerInfo>& layers()
{
    return fakeCatalog().layers;
}

StateDict stateOf(const std::string& file, std::size_t network = 0)
{
    const Result<TorchFile> read = TorchFile::read(foreignFile(file));
    const Result<StateDict> state = read ? read->load(network) : Result<StateDict>(read.error());
    return state ? *state : StateDict();
}

/// Tensors that have names and shapes, and zeros for numbers.
StateDict shaped(const std::vector<std::pair<std::string, Shape>>& tensors, DType dtype = DType::F32)
{
    StateDict state;
    for (const auto& [name, shape] : tensors) {
        const auto bytes = static_cast<std::size_t>(elementCount(shape)) * dtypeSize(dtype);
        state.push_back({name, {dtype, shape, std::vector<std::byte>(bytes)}});
    }
    return state;
}

void addNorm(std::vector<std::pair<std::string, Shape>>& tensors, const std::string& path, std::int64_t channels)
{
    for (const char* name : {".weight", ".bias", ".running_mean", ".running_var"})
        tensors.push_back({path + name, {channels}});
    tensors.push_back({path + ".num_batches_tracked", {}});
}

/// What tells layers apart: kind, id, sizes, norm and activation, one line a layer.
QStringList linesOf(const NetworkDescription& network)
{
    QStringList lines;
    for (const LayerDescription& layer : network.layers) {
        std::string line = layer.kind + (layer.id.empty() ? "" : " " + layer.id);
        for (const std::string& input : layer.inputs)
            line += " <" + input;
        const Json& o = layer.options;
        for (const char* key : {"out", "shape", "kernel", "stride", "padding", "output_padding", "groups", "factor"}) {
            if (o.contains(key) && o[key] != 0 && !(std::string_view(key) == "groups" && o[key] == 1))
                line += std::string(" ") + key + "=" + o[key].dump();
        }
        if (o.contains("bias") && o["bias"] == false)
            line += " no bias";
        if (o.value("spectral_norm", false))
            line += " spectral";
        if (o.value("norm", "none") != "none")
            line += " norm" + std::string(o.value("order", "") == "activation_first" ? " last" : "");
        if (o.value("activation", "none") != "none")
            line += " " + o["activation"].get<std::string>();
        lines.push_back(QString::fromStdString(line));
    }
    return lines;
}

const ForeignQuestion* question(const ForeignProposal& proposal, const std::string& key)
{
    const auto found = std::find_if(proposal.questions.begin(), proposal.questions.end(),
        [&key](const ForeignQuestion& each) { return each.key == key; });
    return found == proposal.questions.end() ? nullptr : &*found;
}

bool offers(const ForeignQuestion* asked, const std::string& value)
{
    return asked && std::any_of(asked->choices.begin(), asked->choices.end(), [&value](const ChoiceItem& choice) {
        return choice.value == value;
    });
}

float firstNumber(const HostTensor& tensor)
{
    float value = 0;
    std::memcpy(&value, tensor.data.data(), sizeof value);
    return value;
}

#define PROPOSES(proposal, ...)                                                                                        \
    do {                                                                                                               \
        QVERIFY_OK(proposal);                                                                                          \
        QVERIFY_OK(checkProposal((proposal)->model, layers()));                                                        \
        const QStringList expected_{__VA_ARGS__};                                                                      \
        QCOMPARE(linesOf((proposal)->model.network), expected_);                                                       \
    } while (false)

} // namespace

class TestInferLayers : public QObject {
    Q_OBJECT

private slots:
    void mlp();
    void dcgan28();
    void dcgan64();
    void wrappedAndFlat();
    void upsampling();
    void conditional();
    void everyTensorIsTaken();
    void embeddingBesideTheLatent();
    void embeddingTimesTheLatent();
    void sizesThatAreAskedFor();
    void unpaddedConvolutions();
    void spectralNormBothWays();
    void groupsAndPixelShuffle();
    void activationBeforeNorm();
    void normsWithoutScale();
    void halfPrecision();
    void pointsOfThePlane();
    void imageMustBeAsked();
    void oddNames();
    void noGenerators_data();
    void noGenerators();
    void layersThatDoNotFollow();
    void unknownTensorsAreNamed();
    void answersAreChecked_data();
    void answersAreChecked();
    void editsAreChecked();
};

void TestInferLayers::mlp()
{
    const auto proposal = proposeGenerator(stateOf("mlp.pt"), "mlp.pt", {{"activation", "leaky_relu"}}, layers());
    PROPOSES(proposal, "linear model_0 out=24 leaky_relu", "linear model_2 out=16 norm leaky_relu",
        "linear model_5 out=784 tanh", "reshape shape=[1,28,28]");
    QCOMPARE(proposal->model.head.latent.dimensions, std::int64_t{16});
    QCOMPARE(proposal->model.head.shape, (Shape{1, 28, 28}));
    QCOMPARE(proposal->model.head.range, (OutputRange{-1, 1}));
    QCOMPARE(proposal->model.network.layers[0].options["slope"], Json(0.2));
    QVERIFY(proposal->unknown.empty());
    QCOMPARE(question(*proposal, "image")->answer, std::string("1x28x28"));
    QCOMPARE(question(*proposal, "activation")->answer, std::string("leaky_relu"));
    QCOMPARE(question(*proposal, "upsampling"), nullptr);
}

void TestInferLayers::dcgan28()
{
    const auto proposal = proposeGenerator(stateOf("dcgan28.pt"), "dcgan28.pt", {}, layers());
    PROPOSES(proposal, "reshape shape=[16,1,1]", "conv_transpose main_0 out=16 kernel=7 stride=1 no bias norm relu",
        "conv_transpose main_3 out=8 kernel=4 stride=2 padding=1 no bias norm relu",
        "conv_transpose main_6 out=1 kernel=4 stride=2 padding=1 no bias tanh");
    QCOMPARE(proposal->model.head.shape, (Shape{1, 28, 28}));
}

void TestInferLayers::dcgan64()
{
    const auto proposal = proposeGenerator(stateOf("dcgan64.pt"), "dcgan64.pt", {}, layers());
    PROPOSES(proposal, "reshape shape=[8,1,1]", "conv_transpose main_0 out=24 kernel=4 stride=1 no bias norm relu",
        "conv_transpose main_3 out=12 kernel=4 stride=2 padding=1 no bias norm relu",
        "conv_transpose main_6 out=8 kernel=4 stride=2 padding=1 no bias norm relu",
        "conv_transpose main_9 out=4 kernel=4 stride=2 padding=1 no bias norm relu",
        "conv_transpose main_12 out=3 kernel=4 stride=2 padding=1 no bias tanh");
    QCOMPARE(proposal->model.head.shape, (Shape{3, 64, 64}));
    QVERIFY(std::any_of(proposal->guesses.begin(), proposal->guesses.end(), [](const std::string& guess) {
        return guess.find("“main.0.weight”: a transposed convolution, stride 1, padding 0, from 1 × 1 to 4 × 4")
            != std::string::npos;
    }));
}

void TestInferLayers::wrappedAndFlat()
{
    const auto alone = proposeGenerator(stateOf("dcgan64.pt"), "FILE", {}, layers());
    const auto wrapped = proposeGenerator(stateOf("dcgan64_wrapped.ckpt"), "FILE", {}, layers());
    QVERIFY_OK(alone);
    QVERIFY_OK(wrapped);
    QCOMPARE(networkToJson(wrapped->model.network), networkToJson(alone->model.network));
    QVERIFY(wrapped->model.tensors == alone->model.tensors);
    const auto flat = proposeGenerator(stateOf("dcgan28_flat.ckpt"), "FILE", {}, layers());
    QVERIFY_OK(flat);
    QCOMPARE(flat->model.network.layers[1].id, std::string("main_0"));
}

void TestInferLayers::upsampling()
{
    const auto proposal =
        proposeGenerator(stateOf("upsample_ema.pt", 1), "FILE", {{"activation", "leaky_relu"}}, layers());
    PROPOSES(proposal, "linear l1_0 out=512", "reshape shape=[8,8,8]", "norm conv_blocks_0 norm", "upsample factor=2",
        "conv conv_blocks_2 out=8 kernel=3 stride=1 padding=1 norm leaky_relu", "upsample factor=2",
        "conv conv_blocks_6 out=4 kernel=3 stride=1 padding=1 norm leaky_relu",
        "conv conv_blocks_9 out=3 kernel=3 stride=1 padding=1 tanh");
    QCOMPARE(proposal->model.head.shape, (Shape{3, 32, 32}));
    QCOMPARE(question(*proposal, "upsampling")->answer, std::string("nearest"));
    QVERIFY(offers(question(*proposal, "norm_epsilon"), "0.8"));
    QVERIFY(offers(question(*proposal, "image"), "3x16x16"));
}

void TestInferLayers::conditional()
{
    const auto proposal = proposeGenerator(stateOf("conditional.pt"), "FILE", {{"classes", "10"}}, layers());
    PROPOSES(proposal, "concat <input <label", "linear fc out=392 norm relu", "reshape shape=[8,7,7]",
        "conv_transpose deconv1 out=8 kernel=4 stride=2 padding=1 norm relu",
        "conv_transpose deconv2 out=1 kernel=4 stride=2 padding=1 tanh");
    QCOMPARE(proposal->model.head.latent.dimensions, std::int64_t{12});
    QCOMPARE(proposal->model.head.classes.size(), std::size_t{10});
    QCOMPARE(proposal->model.head.shape, (Shape{1, 28, 28}));
    QCOMPARE(question(*proposal, "label_order")->answer, std::string("latent_first"));
    // Not told of classes, all 22 numbers are the latent's, and it is asked.
    const auto without = proposeGenerator(stateOf("conditional.pt"), "FILE", {}, layers());
    QVERIFY_OK(without);
    QCOMPARE(without->model.head.latent.dimensions, std::int64_t{22});
    QVERIFY(question(*without, "classes")->words.find("22 numbers") != std::string::npos);
    const auto turned = proposeGenerator(
        stateOf("conditional.pt"), "FILE", {{"classes", "10"}, {"label_order", "label_first"}}, layers());
    QVERIFY_OK(turned);
    QCOMPARE(linesOf(turned->model.network).front(), QStringLiteral("concat <label <input"));
}

void TestInferLayers::everyTensorIsTaken()
{
    for (const char* file : {"mlp.pt", "dcgan28.pt", "dcgan64.pt", "upsample.pt", "conditional.pt"}) {
        const StateDict state = stateOf(file);
        const auto proposal = proposeGenerator(state, file, {}, layers());
        QVERIFY_OK(proposal);
        QCOMPARE(proposal->model.tensors.size(), state.size());
        for (const StateTensor& tensor : state) {
            // Under another name, the very same numbers.
            QVERIFY(std::any_of(proposal->model.tensors.begin(), proposal->model.tensors.end(),
                [&tensor](const auto& entry) { return entry.second == tensor.tensor; }));
        }
    }
    const StateDict state = stateOf("dcgan28.pt");
    const auto proposal = proposeGenerator(state, "FILE", {}, layers());
    const auto original = [&state](const std::string& name) {
        return std::find_if(state.begin(), state.end(), [&name](const StateTensor& t) {
            return t.name == name;
        })->tensor;
    };
    QVERIFY(proposal->model.tensors.at("main_3.weight") == original("main.3.weight"));
    QVERIFY(proposal->model.tensors.at("main_3.norm.running_var") == original("main.4.running_var"));
    QVERIFY(proposal->model.tensors.at("main_3.norm.num_batches_tracked") == original("main.4.num_batches_tracked"));
}

void TestInferLayers::embeddingBesideTheLatent()
{
    StateDict state = shaped({{"label_emb.weight", {10, 3}}, {"model.0.weight", {32, 11}}, {"model.0.bias", {32}},
        {"model.2.weight", {784, 32}}, {"model.2.bias", {784}}});
    // Entry (class 4, number 1) of the table.
    const float mark = 7;
    std::memcpy(state[0].tensor.data.data() + (4 * 3 + 1) * sizeof mark, &mark, sizeof mark);
    const auto proposal = proposeGenerator(state, "FILE", {}, layers());
    PROPOSES(proposal, "linear label_emb <label out=3 no bias", "concat <label_emb <input",
        "linear model_0 out=32 relu", "linear model_2 out=784 tanh", "reshape shape=[1,28,28]");
    QCOMPARE(proposal->model.head.latent.dimensions, std::int64_t{8});
    QCOMPARE(proposal->model.head.classes.size(), std::size_t{10});
    const HostTensor& weight = proposal->model.tensors.at("label_emb.weight");
    QCOMPARE(weight.shape, (Shape{3, 10}));
    float found = 0;
    std::memcpy(&found, weight.data.data() + (1 * 10 + 4) * sizeof found, sizeof found);
    QCOMPARE(found, mark);
}

void TestInferLayers::embeddingTimesTheLatent()
{
    const StateDict state =
        shaped({{"label_emb.weight", {10, 100}}, {"l1.0.weight", {784, 100}}, {"l1.0.bias", {784}}});
    SAYS(proposeGenerator(state, "FILE", {}, layers()), "FILE", "“label_emb.weight”", "multiplied", "ONNX");
}

void TestInferLayers::sizesThatAreAskedFor()
{
    // Kernels of 4, 3, 4, 4: 28 and 32 pixels are both to be had, by the second layer.
    const auto shapes = [](std::int64_t channels) {
        std::vector<std::pair<std::string, Shape>> tensors;
        const std::int64_t widths[] = {100, 64, 32, 16, channels};
        for (std::size_t i = 0; i < 4; ++i) {
            const std::int64_t k = i == 1 ? 3 : 4;
            tensors.push_back({"main." + std::to_string(3 * i) + ".weight", {widths[i], widths[i + 1], k, k}});
            if (i < 3)
                addNorm(tensors, "main." + std::to_string(3 * i + 1), widths[i + 1]);
        }
        return shaped(tensors);
    };
    const auto grey = proposeGenerator(shapes(1), "FILE", {}, layers());
    QVERIFY_OK(grey);
    QCOMPARE(grey->model.head.shape, (Shape{1, 28, 28}));
    QVERIFY(linesOf(grey->model.network)[2].contains("kernel=3 stride=2 padding=1 no bias"));
    QVERIFY(offers(question(*grey, "image"), "1x32x32"));
    const auto colour = proposeGenerator(shapes(3), "FILE", {}, layers());
    QVERIFY_OK(colour);
    QCOMPARE(colour->model.head.shape, (Shape{3, 32, 32}));
    QVERIFY(linesOf(colour->model.network)[2].contains("kernel=3 stride=2 padding=1 output_padding=1"));
    const auto asked = proposeGenerator(shapes(3), "FILE", {{"image", "3x28x28"}}, layers());
    QVERIFY_OK(asked);
    QVERIFY_OK(checkProposal(asked->model, layers()));
    QCOMPARE(asked->model.head.shape, (Shape{3, 28, 28}));
    SAYS(proposeGenerator(shapes(3), "FILE", {{"image", "3x1000x1000"}}, layers()), "FILE", "3 × 1000 × 1000",
        "another size");
}

void TestInferLayers::unpaddedConvolutions()
{
    // Kernels of 3, 4, 3, 4 without padding: 1, 3, 6, 13, 28 pixels.
    std::vector<std::pair<std::string, Shape>> tensors;
    const std::int64_t widths[] = {64, 32, 16, 8, 1};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string block = "gen." + std::to_string(i) + ".";
        const std::int64_t k = i % 2 == 0 ? 3 : 4;
        tensors.push_back({block + "0.weight", {widths[i], widths[i + 1], k, k}});
        tensors.push_back({block + "0.bias", {widths[i + 1]}});
        if (i < 3)
            addNorm(tensors, block + "1", widths[i + 1]);
    }
    const auto proposal = proposeGenerator(shaped(tensors), "FILE", {}, layers());
    PROPOSES(proposal, "reshape shape=[64,1,1]", "conv_transpose gen_0_0 out=32 kernel=3 stride=1 norm relu",
        "conv_transpose gen_1_0 out=16 kernel=4 stride=1 norm relu",
        "conv_transpose gen_2_0 out=8 kernel=3 stride=2 norm relu",
        "conv_transpose gen_3_0 out=1 kernel=4 stride=2 tanh");
}

void TestInferLayers::spectralNormBothWays()
{
    const StateDict older = shaped({{"0.weight_orig", {8, 4}}, {"0.weight_u", {8}}, {"0.weight_v", {4}},
        {"0.bias", {8}}, {"2.weight_orig", {64, 8}}, {"2.weight_u", {64}}, {"2.weight_v", {8}}, {"2.bias", {64}}});
    const auto first = proposeGenerator(older, "FILE", {}, layers());
    PROPOSES(
        first, "linear layer_0 out=8 spectral relu", "linear layer_2 out=64 spectral tanh", "reshape shape=[1,8,8]");
    QVERIFY(first->model.tensors.contains("layer_0.weight_v"));
    const StateDict newer = shaped({{"0.bias", {8}}, {"0.parametrizations.weight.original", {8, 4}},
        {"0.parametrizations.weight.0._u", {8}}, {"0.parametrizations.weight.0._v", {4}}, {"2.weight", {64, 8}}});
    const auto second = proposeGenerator(newer, "FILE", {}, layers());
    PROPOSES(
        second, "linear layer_0 out=8 spectral relu", "linear layer_2 out=64 no bias tanh", "reshape shape=[1,8,8]");
}

void TestInferLayers::groupsAndPixelShuffle()
{
    const StateDict state = shaped({{"fc.weight", {16 * 64, 10}}, {"a.weight", {32, 16, 3, 3}}, {"a.bias", {32}},
        {"b.weight", {12, 8, 3, 3}}, {"b.bias", {12}}, {"c.weight", {3, 3, 3, 3}}, {"c.bias", {3}}});
    const auto proposal = proposeGenerator(state, "FILE", {{"image", "3x32x32"}}, layers());
    QVERIFY_OK(proposal);
    QVERIFY_OK(checkProposal(proposal->model, layers()));
    const QStringList lines = linesOf(proposal->model.network);
    QCOMPARE(lines.filter("pixel_shuffle factor=2").size(), 2);
    const StateDict depthwise = shaped({{"fc.weight", {16 * 64, 10}}, {"z.weight", {16, 16, 1, 1}}, {"z.bias", {16}},
        {"a.weight", {16, 1, 3, 3}}, {"a.bias", {16}}, {"b.weight", {3, 16, 1, 1}}, {"b.bias", {3}}});
    const auto grouped = proposeGenerator(depthwise, "FILE", {{"image", "3x8x8"}}, layers());
    QVERIFY_OK(grouped);
    QVERIFY_OK(checkProposal(grouped->model, layers()));
    QCOMPARE(linesOf(grouped->model.network).filter("groups=16").size(), 1);
}

void TestInferLayers::activationBeforeNorm()
{
    std::vector<std::pair<std::string, Shape>> tensors{{"m.0.weight", {32, 8}}};
    addNorm(tensors, "m.2", 32);
    tensors.push_back({"m.3.weight", {64, 32}});
    const auto proposal = proposeGenerator(shaped(tensors), "FILE", {}, layers());
    PROPOSES(proposal, "linear m_0 out=32 no bias norm last relu", "linear m_3 out=64 no bias tanh",
        "reshape shape=[1,8,8]");
}

void TestInferLayers::normsWithoutScale()
{
    StateDict state = shaped(
        {{"m.0.weight", {32, 8}}, {"m.1.running_mean", {32}}, {"m.1.running_var", {32}}, {"m.3.weight", {64, 32}}});
    const auto proposal = proposeGenerator(state, "FILE", {}, layers());
    PROPOSES(
        proposal, "linear m_0 out=32 no bias norm relu", "linear m_3 out=64 no bias tanh", "reshape shape=[1,8,8]");
    QCOMPARE(firstNumber(proposal->model.tensors.at("m_0.norm.weight")), 1.F);
    QCOMPARE(firstNumber(proposal->model.tensors.at("m_0.norm.bias")), 0.F);
    QCOMPARE(proposal->model.tensors.at("m_0.norm.num_batches_tracked").dtype, DType::I64);
}

void TestInferLayers::halfPrecision()
{
    const std::pair<DType, std::vector<std::uint16_t>> cases[] = {
        {DType::F16, {0x3c00, 0xc100, 0x0001, 0x7bff}}, {DType::BF16, {0x3f80, 0xc020, 0x0001, 0x7f7f}}};
    const std::vector<float> expected[] = {{1.F, -2.5F, 0x1p-24F, 65504.F}, {1.F, -2.5F, 0x1p-133F, 0x1.fep127F}};
    for (std::size_t which = 0; which < 2; ++which) {
        StateDict state =
            shaped({{"m.0.weight", {4, 2}}, {"m.0.bias", {4}}, {"m.2.weight", {16, 4}}}, cases[which].first);
        std::memcpy(state[1].tensor.data.data(), cases[which].second.data(), 8);
        const auto proposal = proposeGenerator(state, "FILE", {}, layers());
        QVERIFY_OK(proposal);
        const HostTensor& bias = proposal->model.tensors.at("m_0.bias");
        QCOMPARE(bias.dtype, DType::F32);
        std::vector<float> values(4);
        QCOMPARE(bias.data.size(), std::size_t{16});
        std::memcpy(values.data(), bias.data.data(), 16);
        QCOMPARE(values, expected[which]);
    }
}

void TestInferLayers::pointsOfThePlane()
{
    const auto proposal =
        proposeGenerator(shaped({{"0.weight", {32, 16}}, {"0.bias", {32}}, {"2.weight", {2, 32}}, {"2.bias", {2}}}),
            "FILE", {{"output", "none"}, {"distribution", "uniform"}, {"range", "-2 to 2"}}, layers());
    PROPOSES(proposal, "linear layer_0 out=32 relu", "linear layer_2 out=2");
    QCOMPARE(proposal->model.head.shape, (Shape{2}));
    QCOMPARE(proposal->model.head.range, (OutputRange{-2, 2}));
    QCOMPARE(proposal->model.head.latent.distribution, LatentDistribution::Uniform);
}

void TestInferLayers::imageMustBeAsked()
{
    const StateDict state = shaped({{"a.weight", {32, 8}}, {"b.weight", {600, 32}}});
    const auto asked = proposeGenerator(state, "FILE", {}, layers());
    QVERIFY_OK(asked);
    QVERIFY(!asked->complete());
    QVERIFY(question(*asked, "image")->answer.empty());
    const auto told = proposeGenerator(state, "FILE", {{"image", "1x20x30"}}, layers());
    PROPOSES(told, "linear a out=32 no bias relu", "linear b out=600 no bias tanh", "reshape shape=[1,20,30]");
    // A map that is not square before the convolutions.
    const StateDict wide = shaped({{"fc.weight", {16 * 4 * 8, 8}}, {"up.weight", {16, 3, 4, 4}}, {"up.bias", {3}}});
    const auto proposal = proposeGenerator(wide, "FILE", {{"image", "3x8x16"}}, layers());
    PROPOSES(proposal, "linear fc out=512 no bias relu", "reshape shape=[16,4,8]",
        "conv_transpose up out=3 kernel=4 stride=2 padding=1 tanh");
}

void TestInferLayers::oddNames()
{
    const StateDict state = shaped({{"input.weight", {8, 4}}, {"a b/c\"\n.weight", {8, 8}}, {"a_b_c__.weight", {8, 8}},
        {"label.weight", {64, 8}}});
    const auto proposal = proposeGenerator(state, "FILE", {}, layers());
    PROPOSES(proposal, "linear layer_input out=8 no bias relu", "linear a_b_c__ out=8 no bias relu",
        "linear a_b_c___2 out=8 no bias relu", "linear layer_label out=64 no bias tanh", "reshape shape=[1,8,8]");
}

void TestInferLayers::noGenerators_data()
{
    QTest::addColumn<QString>("says");
    QTest::newRow("classifier") << "its first layer reads an image of 1 channel, and its last gives 10 numbers";
    QTest::newRow("discriminator") << "it makes 1 number of 784";
    QTest::newRow("encoder") << "it makes 20 numbers of 784";
    QTest::newRow("convolutions") << "its first layer reads an image of 3 channels";
    QTest::newRow("norms only") << "no linear layer and no convolution";
}

void TestInferLayers::noGenerators()
{
    QFETCH(const QString, says);
    const std::string which = QTest::currentDataTag();
    StateDict state = which == "classifier" ? stateOf("wrong_classifier.pt")
        : which == "discriminator"          ? shaped({{"0.weight", {128, 784}}, {"2.weight", {1, 128}}})
        : which == "encoder"                ? shaped({{"0.weight", {128, 784}}, {"2.weight", {20, 128}}})
        : which == "convolutions"           ? shaped(
                        {{"main.0.weight", {64, 3, 4, 4}}, {"main.2.weight", {128, 64, 4, 4}}, {"main.4.weight", {1, 128, 4, 4}}})
                                  : shaped({{"bn.running_mean", {4}}, {"bn.running_var", {4}}});
    SAYS(proposeGenerator(state, "FILE", {}, layers()), "FILE", says.toStdString(), "generator’s weights");
}

void TestInferLayers::layersThatDoNotFollow()
{
    SAYS(proposeGenerator(shaped({{"a.weight", {32, 8}}, {"b.weight", {64, 16}}}), "FILE", {}, layers()), "FILE",
        "“b.weight” takes 16, but “a.weight” before it gives 32", "ONNX");
    std::vector<std::pair<std::string, Shape>> tensors{{"a.weight", {8, 16, 4, 4}}};
    addNorm(tensors, "bn", 24);
    SAYS(proposeGenerator(shaped(tensors), "FILE", {}, layers()), "“bn.weight” takes 24", "gives 16");
}

void TestInferLayers::unknownTensorsAreNamed()
{
    StateDict state = stateOf("mlp.pt");
    const StateDict more = shaped({{"act.weight", {1}}, {"ln.weight", {4}}, {"ln.bias", {4}}, {"const", {1, 4, 4, 4}},
        {"c3d.weight", {4, 4, 3, 3, 3}}, {"long.weight", {4, 4, 3, 1}}});
    state.insert(state.end(), more.begin(), more.end());
    const auto proposal = proposeGenerator(state, "FILE", {}, layers());
    QVERIFY_OK(proposal);
    QCOMPARE(proposal->unknown.size(), std::size_t{6});
    const auto names = [&proposal](const std::string& text) {
        return std::any_of(proposal->unknown.begin(), proposal->unknown.end(),
            [&text](const std::string& line) { return line.find(text) != std::string::npos; });
    };
    QVERIFY(names("act.weight: a scale alone"));
    QVERIFY(names("ln.weight: it may be an instance, group or layer norm"));
    QVERIFY(names("const: no layer of Saddle’s has a tensor “const”"));
    QVERIFY(names("c3d.weight: it has 5 sizes"));
    QVERIFY(names("long.weight: its kernel is not square"));
}

void TestInferLayers::answersAreChecked_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    QTest::newRow("key") << "imgae"
                         << "1"
                         << "nothing is asked under “imgae”";
    QTest::newRow("image") << "image"
                           << "28"
                           << "no answer to “image”";
    QTest::newRow("image text") << "image"
                                << "1x28x"
                                << "such as 3x64x64";
    QTest::newRow("channels") << "image"
                              << "3x28x28"
                              << "a last layer that gives 1 channel";
    QTest::newRow("classes") << "classes"
                             << "ten"
                             << "no answer to “classes”";
    QTest::newRow("all classes") << "classes"
                                 << "22"
                                 << "no latent is left";
    QTest::newRow("activation") << "activation"
                                << "swish"
                                << "Choose one of relu";
    QTest::newRow("range") << "range"
                           << "1 to 0"
                           << "";
    QTest::newRow("epsilon") << "norm_epsilon"
                             << "2"
                             << "between 0 and 1";
}

void TestInferLayers::answersAreChecked()
{
    QFETCH(const QString, key);
    QFETCH(const QString, value);
    QFETCH(const QString, says);
    ForeignAnswers answers{{key.toStdString(), value.toStdString()}};
    if (key == "range")
        answers["output"] = "none";
    SAYS(proposeGenerator(stateOf("conditional.pt"), "FILE", answers, layers()), "FILE", says.toStdString());
}

void TestInferLayers::editsAreChecked()
{
    const auto proposal = proposeGenerator(stateOf("dcgan28.pt"), "FILE", {}, layers());
    QVERIFY_OK(proposal);
    GeneratorModel model = proposal->model;
    model.network.layers[2].options["stride"] = 1;
    SAYS(checkProposal(model, layers()), "images of 1 × 28 × 28", "strides");
    model = proposal->model;
    model.network.layers[2].options["out"] = 9;
    SAYS(checkProposal(model, layers()), "layer 2, conv", "“main_3.weight”", "16 × 9 × 4 × 4", "16 × 8 × 4 × 4");
    model = proposal->model;
    model.network.layers[3].id = "last";
    SAYS(checkProposal(model, layers()), "layer 3", "no tensor “last.weight”", "id");
    model = proposal->model;
    model.tensors.erase("main_0.norm.running_mean");
    SAYS(checkProposal(model, layers()), "layer 1", "“main_0.norm.running_mean”");
}

QTEST_GUILESS_MAIN(TestInferLayers)
#include "infer_layers.moc"
