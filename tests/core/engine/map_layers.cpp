// SPDX-License-Identifier: GPL-3.0-or-later
// What convolutions and the layers that resize maps compute, against plain formulas.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/networks.h"

#include <ATen/Parallel.h>
#endif

using namespace saddle;
using namespace saddle::test;

class TestMapLayers : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { at::set_num_threads(1); } // these tensors are tiny
    void convolutionsAreTorchs();
    void groupsSeeOnlyThemselves();
    void poolsDo();
    void downsampleIsTheFilter();
    void bilinearIsTheFilter();
    void shuffleAndLabelMapsDo();
    void basisDoes();
};

void TestMapLayers::convolutionsAreTorchs()
{
    const torch::NoGradGuard guard;
    for (const std::int64_t out : {1, 3, 4, 5}) {
        for (const std::int64_t in : {1, 3}) {
            for (const auto format : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
                for (const char* kind : {"conv", "conv_transpose"}) {
                    const bool up = kind == std::string("conv_transpose");
                    Json layer = {{"kind", kind}, {"out", out}, {"kernel", 5}, {"stride", 3}, {"padding", 1}};
                    if (up)
                        layer["output_padding"] = 2;
                    const Result<NetworkDescription> description =
                        networkFromJson(kinds(), Json::array({layer}), "layers");
                    QVERIFY_OK(description);
                    const Result<NetworkReport> report = inspectNetwork(kinds(), *description, {in, 6, 7}, "network");
                    QVERIFY_OK(report);
                    BuiltNetwork network(kinds(), *description, *report);
                    network.initialise(Initialisation::Default, RandomStreams(1, torch::kCPU), kind);
                    network.to(torch::kCPU, torch::kDouble, format);
                    const torch::Tensor& weight = network.parameters().tensors[0];
                    const torch::Tensor& bias = network.parameters().tensors[1];
                    const torch::Tensor x = batchOf(3, {in, 6, 7}).to(torch::kDouble);
                    const torch::Tensor expected = up
                        ? at::conv_transpose2d(x, weight.contiguous(), bias, {3, 3}, {1, 1}, {2, 2})
                        : at::conv2d(x, weight.contiguous(), bias, {3, 3}, {1, 1});
                    for (const torch::Tensor& input :
                        {x, x.contiguous(format), x.transpose(2, 3).contiguous().transpose(2, 3)})
                        QVERIFY2(
                            at::allclose(network.forward(input, ForwardMode::Train), expected, 1e-12, 1e-12), kind);
                }
            }
        }
    }
}

void TestMapLayers::groupsSeeOnlyThemselves()
{
    const torch::NoGradGuard guard;
    const std::unique_ptr<Layer> layer =
        layerOf("conv", {{"out", 6}, {"kernel", 3}, {"stride", 1}, {"groups", 2}}, {{4, 5, 5}});
    QCOMPARE(layer->parameters()[0].tensor.sizes().vec(), (std::vector<std::int64_t>{6, 2, 3, 3}));
    QCOMPARE(layer->rules()[0].fanIn, std::int64_t{2 * 3 * 3});
    const torch::Tensor weight = layer->parameters()[0].tensor.copy_(batchOf(6, {2, 3, 3}));
    const torch::Tensor x = batchOf(2, {4, 5, 5});
    const torch::Tensor y = layer->forward({x}, ForwardMode::Train);
    for (std::int64_t group = 0; group < 2; ++group) {
        const torch::Tensor alone =
            at::conv2d(x.narrow(1, 2 * group, 2), weight.narrow(0, 3 * group, 3), {}, {1, 1}, {1, 1});
        QVERIFY(at::allclose(y.narrow(1, 3 * group, 3), alone, 1e-5, 1e-6));
    }
}

void TestMapLayers::poolsDo()
{
    const torch::Tensor x = at::arange(16, torch::kFloat).reshape({1, 1, 4, 4});
    const auto pooled = [&](const Json& options) {
        return layerOf("max_pool", options, {{1, 4, 4}})->forward({x}, ForwardMode::Train).flatten();
    };
    QVERIFY(at::equal(pooled(Json::object()), torch::tensor({5.0f, 7.0f, 13.0f, 15.0f})));
    QVERIFY(at::equal(pooled({{"size", 3}, {"stride", 1}}), torch::tensor({10.0f, 11.0f, 14.0f, 15.0f})));
    QVERIFY(at::equal(pooled({{"size", 3}, {"stride", 3}, {"padding", 1}}), torch::tensor({5.0f, 7.0f, 13.0f, 15.0f})));
}

void TestMapLayers::downsampleIsTheFilter()
{
    const torch::Tensor row = torch::tensor({1.0, 3.0, 3.0, 1.0}, torch::kDouble) / 8;
    const torch::Tensor kernel = at::outer(row, row).view({1, 1, 4, 4}).repeat({3, 1, 1, 1});
    const torch::Tensor x = batchOf(2, {3, 8, 12}).to(torch::kDouble);
    const torch::Tensor y = layerOf("downsample", Json::object(), {{3, 8, 12}})->forward({x}, ForwardMode::Train);
    const torch::Tensor full = at::conv2d(x, kernel, {}, {2, 2}, {1, 1}, {1, 1}, 3);
    QVERIFY(at::allclose(y, full, 1e-12, 1e-14));
}

void TestMapLayers::bilinearIsTheFilter()
{
    const torch::Tensor row = torch::tensor({1.0, 3.0, 3.0, 1.0}, torch::kDouble) / 4;
    const torch::Tensor kernel = at::outer(row, row).view({1, 1, 4, 4}).repeat({3, 1, 1, 1});
    const torch::Tensor x = batchOf(2, {3, 4, 6}).to(torch::kDouble);
    const torch::Tensor y = layerOf("upsample", {{"mode", "bilinear"}}, {{3, 4, 6}})->forward({x}, ForwardMode::Train);
    const torch::Tensor full = at::conv_transpose2d(x, kernel, {}, {2, 2}, {1, 1}, {0, 0}, 3);
    const auto inner = [](const torch::Tensor& t) { return t.narrow(2, 1, 6).narrow(3, 1, 10); };
    QVERIFY(at::allclose(inner(y), inner(full), 1e-12, 1e-14));
}

void TestMapLayers::shuffleAndLabelMapsDo()
{
    const torch::Tensor x = batchOf(2, {12, 2, 3});
    const torch::Tensor y = layerOf("pixel_shuffle", {{"factor", 2}}, {{12, 2, 3}})->forward({x}, ForwardMode::Train);
    for (const std::int64_t c : {0, 2}) {
        for (const std::int64_t i : {0, 1}) {
            for (const std::int64_t j : {0, 1}) {
                // Pixel (2h + i, 2w + j) of channel c is pixel (h, w) of channel 4c + 2i + j.
                const torch::Tensor block = y.select(1, c).slice(1, i, 4, 2).slice(2, j, 6, 2);
                QVERIFY(at::equal(block, x.select(1, 4 * c + 2 * i + j)));
            }
        }
    }
    const torch::Tensor label = at::eye(4).narrow(0, 1, 2);
    const torch::Tensor joined =
        layerOf("label_map", Json::object(), {{12, 2, 3}, {4}})->forward({x, label}, ForwardMode::Evaluate);
    QVERIFY(at::equal(joined.narrow(1, 0, 12), x));
    QVERIFY(at::equal(joined.narrow(1, 12, 4), label.view({2, 4, 1, 1}).expand({2, 4, 2, 3})));
}

void TestMapLayers::basisDoes()
{
    const torch::NoGradGuard guard;
    const std::unique_ptr<Layer> layer = layerOf("basis", {{"out", 3}, {"size", 2}}, {{5}});
    const torch::Tensor weight = layer->parameters()[0].tensor.copy_(batchOf(3, {5}));
    const torch::Tensor basis = layer->parameters()[1].tensor.copy_(batchOf(3, {2, 2}, 1));
    const torch::Tensor x = batchOf(4, {5});
    const torch::Tensor expected = at::einsum("nz,cz,chw->nchw", {x, weight, basis});
    QVERIFY(at::allclose(layer->forward({x}, ForwardMode::Train), expected, 1e-5, 1e-6));
}

QTEST_GUILESS_MAIN(TestMapLayers)
#include "map_layers.moc"
