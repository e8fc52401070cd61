// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/torch_file.h"

#include "core/io/zip.h"
#include "tests/core/base/crafted.h"
#include "tests/support/foreign.h"
#include "tests/support/says.h"
#include "tests/support/zipped.h"

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace saddle;
using namespace saddle::test;

namespace {

std::string bytesOf(const std::string& name)
{
    std::ifstream file(foreignFile(name), std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

/// The pickle of {"a.weight": a float tensor of the sizes, strides and offset given, in a storage of 6 numbers}.
std::string pickleOf(const std::string& sizes, const std::string& strides, const std::string& offset = "0",
    const std::string& type = "torch\nFloatStorage")
{
    return "}S'a.weight'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nc" + type + "\nS'0'\nS'cuda:0'\nI6\ntQI"
        + offset + "\n(" + sizes + "t(" + strides + "tI00\nNtRs.";
}

std::string fileOf(const std::string& pickle, std::size_t storageBytes = 24)
{
    return zipped({{"archive/data.pkl", pickle}, {"archive/data/0", std::string(storageBytes, '\1')}});
}

/// Every tensor of the only network agrees with a safetensors file, element types included.
void compareWith(const StateDict& state, const TensorMap& expected)
{
    QCOMPARE(state.size(), expected.size());
    for (const StateTensor& entry : state) {
        const auto found = expected.find(entry.name);
        QVERIFY2(found != expected.end(), entry.name.c_str());
        QCOMPARE(entry.tensor.dtype, found->second.dtype);
        QCOMPARE(entry.tensor.shape, found->second.shape);
        QVERIFY2(entry.tensor.data == found->second.data, entry.name.c_str());
    }
}

const TorchItem* child(const TorchItem& item, const std::string& name)
{
    for (const TorchItem& each : item.items) {
        if (each.name == name)
            return &each;
    }
    return nullptr;
}

} // namespace

class TestTorchFile : public QObject {
    Q_OBJECT

private slots:
    void kinds();
    void valuesOfEveryType_data();
    void valuesOfEveryType();
    void formatsAgree();
    void orderOfTheFile();
    void severalNetworks();
    void averagedWeights();
    void networksByPrefix();
    void picture();
    void wrongFiles_data();
    void wrongFiles();
    void viewsAreChecked_data();
    void viewsAreChecked();
    void viewsAreFollowed();
    void bigEndianIsRefused();
    void archivesThatLie();
    void cutAnywhere();

private:
    Scratch m_scratch;
};

void TestTorchFile::kinds()
{
    const auto kindOf = [](const std::string& name) { return *torchFileKind(foreignFile(name)); };
    QCOMPARE(kindOf("mlp.pt"), TorchFileKind::Zip);
    QCOMPARE(kindOf("dcgan64_wrapped.ckpt"), TorchFileKind::Zip);
    QCOMPARE(kindOf("dcgan28_old.pt"), TorchFileKind::Old);
    QCOMPARE(kindOf("mlp_script.pt"), TorchFileKind::Script);
    QCOMPARE(kindOf("dcgan28_script.pt"), TorchFileKind::Script);
    QCOMPARE(kindOf("wrong_text.pt"), TorchFileKind::None);
    QCOMPARE(kindOf("mlp.onnx"), TorchFileKind::None);
    QCOMPARE(kindOf("mlp.safetensors"), TorchFileKind::None);
    SAYS(torchFileKind(foreignFile("wrong_truncated.pt")), "wrong_truncated.pt", "cut short", "again");
    SAYS(torchFileKind(m_scratch.path("none.pt")), "none.pt", "no such file");
    SAYS(torchFileKind(m_scratch.path()), "not a regular file");
}

void TestTorchFile::valuesOfEveryType_data()
{
    QTest::addColumn<QString>("file");
    for (const char* name : {"tensors.pt", "tensors_old.pt", "tensors_protocol4.pt"})
        QTest::newRow(name) << name;
}

void TestTorchFile::valuesOfEveryType()
{
    QFETCH(const QString, file);
    const Result<TorchFile> read = TorchFile::read(foreignFile(file.toStdString()));
    QVERIFY_OK(read);
    // No name has a layer's before it, so that each dictionary of tensors may be a network.
    QCOMPARE(read->networks().size(), std::size_t{2});
    QCOMPARE(read->networks()[0].tensors.size(), std::size_t{1});
    QCOMPARE(read->networks()[0].tensors[0].name, std::string("parameter"));
    QCOMPARE(read->networks()[1].place, std::string("tensors"));
    const Result<StateDict> state = read->load(1);
    QVERIFY_OK(state);
    const Result<TensorFile> expected = readSafetensors(foreignFile("tensors.safetensors"));
    QVERIFY_OK(expected);
    compareWith(*state, expected->tensors);
}

void TestTorchFile::formatsAgree()
{
    const Result<TorchFile> fresh = TorchFile::read(foreignFile("dcgan28.pt"));
    const Result<TorchFile> old = TorchFile::read(foreignFile("dcgan28_old.pt"));
    QVERIFY_OK(fresh);
    QVERIFY_OK(old);
    const Result<StateDict> a = fresh->load(0);
    const Result<StateDict> b = old->load(0);
    QVERIFY_OK(a);
    QVERIFY_OK(b);
    QCOMPARE(a->size(), std::size_t{13});
    for (std::size_t i = 0; i < a->size(); ++i) {
        QCOMPARE(a->at(i).name, b->at(i).name);
        QVERIFY(a->at(i).tensor == b->at(i).tensor);
    }
    // From memory as from disk.
    const std::string bytes = bytesOf("dcgan28.pt");
    const Result<TorchFile> decoded = TorchFile::decode(bytes, "memory");
    QVERIFY_OK(decoded);
    QVERIFY(decoded->load(0)->at(3).tensor == a->at(3).tensor);
}

void TestTorchFile::orderOfTheFile()
{
    const Result<TorchFile> read = TorchFile::read(foreignFile("conditional.pt"));
    QVERIFY_OK(read);
    std::vector<std::string> names;
    for (const TorchTensor& tensor : read->networks()[0].tensors)
        names.push_back(tensor.name);
    const std::vector<std::string> expected{"fc.weight", "fc.bias", "bn0.weight", "bn0.bias", "bn0.running_mean",
        "bn0.running_var", "bn0.num_batches_tracked", "deconv1.weight", "deconv1.bias", "bn1.weight", "bn1.bias",
        "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked", "deconv2.weight", "deconv2.bias"};
    QCOMPARE(names, expected);
    QCOMPARE(read->networks()[0].place, std::string());
    QCOMPARE(read->networks()[0].tensors[0].shape, (std::vector<std::int64_t>{392, 22}));
}

void TestTorchFile::severalNetworks()
{
    const Result<TorchFile> read = TorchFile::read(foreignFile("dcgan64_wrapped.ckpt"));
    QVERIFY_OK(read);
    QCOMPARE(read->networks().size(), std::size_t{2}); // the optimiser's tensors are none
    QCOMPARE(read->networks()[0].place, std::string("generator"));
    QCOMPARE(read->networks()[1].place, std::string("discriminator"));
    QCOMPARE(read->networks()[0].tensors[0].name, std::string("main.0.weight")); // no "module."
    const Result<TorchFile> alone = TorchFile::read(foreignFile("dcgan64.pt"));
    QVERIFY_OK(alone);
    const Result<StateDict> a = read->load(0);
    const Result<StateDict> b = alone->load(0);
    QVERIFY_OK(a);
    for (std::size_t i = 0; i < b->size(); ++i)
        QVERIFY(a->at(i).name == b->at(i).name && a->at(i).tensor == b->at(i).tensor);
}

void TestTorchFile::averagedWeights()
{
    const Result<TorchFile> read = TorchFile::read(foreignFile("upsample_ema.pt"));
    QVERIFY_OK(read);
    QCOMPARE(read->networks().size(), std::size_t{3});
    const char* places[] = {"g", "g_ema", "d"};
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(read->networks()[i].place, std::string(places[i]));
        QCOMPARE(read->networks()[i].averaged, i == 1);
    }
}

void TestTorchFile::networksByPrefix()
{
    const Result<TorchFile> read = TorchFile::read(foreignFile("dcgan28_flat.ckpt"));
    QVERIFY_OK(read);
    QCOMPARE(read->networks().size(), std::size_t{2});
    QCOMPARE(read->networks()[0].place, std::string("state_dict / netG"));
    QCOMPARE(read->networks()[1].place, std::string("state_dict / netD"));
    QCOMPARE(read->networks()[0].tensors[0].name, std::string("main.0.weight"));
    QCOMPARE(read->networks()[1].tensors[0].name, std::string("features.0.weight"));
}

void TestTorchFile::picture()
{
    const Result<TorchFile> read = TorchFile::read(foreignFile("tensors.pt"));
    QVERIFY_OK(read);
    const TorchItem& root = read->contents();
    QCOMPARE(root.what, std::string("8 entries"));
    QCOMPARE(child(root, "tensors")->what, std::string("14 entries"));
    QCOMPARE(child(*child(root, "tensors"), "part")->what, std::string("tensor 2 × 3, F32"));
    QCOMPARE(child(*child(root, "tensors"), "int64")->what, std::string("tensor of one number, I64"));
    QCOMPARE(child(root, "parameter")->what, std::string("tensor 2, F32"));
    QCOMPARE(child(root, "size")->what, std::string("2 entries"));
    QCOMPARE(child(root, "dtype")->what, std::string("torch.float32"));
    QCOMPARE(child(root, "none")->what, std::string("nothing"));
    QCOMPARE(child(*child(root, "list"), "2")->what, std::string("“three”"));
    QCOMPARE(child(root, "7")->what, std::string("“a number as a key”"));
}

void TestTorchFile::wrongFiles_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("says");
    QTest::addColumn<QString>("remedy");
    QTest::newRow("text") << "wrong_text.pt"
                          << "not a file of PyTorch’s"
                          << "torch.save";
    QTest::newRow("truncated") << "wrong_truncated.pt"
                               << "cut short"
                               << "download";
    QTest::newRow("module") << "wrong_module.pt"
                            << "pickled model of class __main__.TupleOut"
                            << "state_dict()";
    QTest::newRow("command") << "wrong_system.pt"
                             << "generator: this is what calling posix.system gives, which is not run"
                             << "state_dict()";
    QTest::newRow("script") << "mlp_script.pt"
                            << "TorchScript"
                            << "as TorchScript";
    QTest::newRow("onnx") << "mlp.onnx"
                          << "not a file of PyTorch’s"
                          << "torch.save";
}

void TestTorchFile::wrongFiles()
{
    QFETCH(const QString, file);
    QFETCH(const QString, says);
    QFETCH(const QString, remedy);
    const std::string name = file.toStdString();
    SAYS(TorchFile::read(foreignFile(name)), name, says.toStdString(), remedy.toStdString());
    SAYS(TorchFile::decode(bytesOf(name), name), name, says.toStdString(), remedy.toStdString());
    QVERIFY(!std::filesystem::exists("/tmp/saddle-ran-a-command"));
}

void TestTorchFile::viewsAreChecked_data()
{
    QTest::addColumn<QString>("sizes");
    QTest::addColumn<QString>("strides");
    QTest::addColumn<QString>("offset");
    QTest::addColumn<QString>("says");
    QTest::newRow("whole") << "I2\nI3\n"
                           << "I3\nI1\n"
                           << "0"
                           << "";
    QTest::newRow("transposed") << "I3\nI2\n"
                                << "I1\nI3\n"
                                << "0"
                                << "";
    QTest::newRow("expanded") << "I4\nI3\n"
                              << "I0\nI1\n"
                              << "3"
                              << "";
    QTest::newRow("beyond") << "I2\nI3\n"
                            << "I3\nI1\n"
                            << "1"
                            << "reaches to number 6 of a storage that has 6";
    QTest::newRow("strides beyond") << "I2\nI2\n"
                                    << "I5\nI1\n"
                                    << "0"
                                    << "reaches to number 6";
    QTest::newRow("negative offset") << "I2\n"
                                     << "I1\n"
                                     << "-1"
                                     << "sizes make no sense";
    QTest::newRow("negative size") << "I-2\n"
                                   << "I1\n"
                                   << "0"
                                   << "sizes make no sense";
    QTest::newRow("negative stride") << "I2\n"
                                     << "I-1\n"
                                     << "3"
                                     << "strides make no sense";
    QTest::newRow("wrapping") << "I3\n"
                              << "I9223372036854775807\n"
                              << "0"
                              << "strides make no sense";
    QTest::newRow("overlap") << "I3\nI3\n"
                             << "I1\nI1\n"
                             << "0"
                             << "over one another";
    QTest::newRow("unlike") << "I2\nI3\n"
                            << "I1\n"
                            << "0"
                            << "sizes make no sense";
    QTest::newRow("huge") << "I1000000\nI1000000\n"
                          << "I0\nI0\n"
                          << "0"
                          << "far larger than the file";
    QTest::newRow("overflow") << "I9000000000\nI9000000000\n"
                              << "I0\nI0\n"
                              << "0"
                              << "sizes make no sense";
}

void TestTorchFile::viewsAreChecked()
{
    QFETCH(const QString, sizes);
    QFETCH(const QString, strides);
    QFETCH(const QString, offset);
    QFETCH(const QString, says);
    const std::string bytes = fileOf(pickleOf(sizes.toStdString(), strides.toStdString(), offset.toStdString()));
    largestAllocation = 0;
    const Result<TorchFile> read = TorchFile::decode(bytes, "FILE");
    QVERIFY(largestAllocation < modestAllocation);
    if (says.isEmpty()) {
        QVERIFY_OK(read);
        QVERIFY_OK(read->load(0));
    } else {
        SAYS(read, "FILE: tensor “a.weight”", says.toStdString());
    }
}

void TestTorchFile::viewsAreFollowed()
{
    std::string storage;
    for (const float value : {0.F, 1.F, 2.F, 3.F, 4.F, 5.F})
        storage.append(reinterpret_cast<const char*>(&value), sizeof value);
    const std::string bytes =
        zipped({{"a/data.pkl", pickleOf("I2\nI2\n", "I1\nI3\n", "1")}, {"a/data/0", storage}}, true);
    const Result<TorchFile> read = TorchFile::decode(bytes, "FILE");
    QVERIFY_OK(read);
    const Result<StateDict> state = read->load(0);
    QVERIFY_OK(state);
    float values[4];
    QCOMPARE(state->at(0).tensor.data.size(), sizeof values);
    std::memcpy(values, state->at(0).tensor.data.data(), sizeof values);
    QCOMPARE((std::vector<float>(values, values + 4)), (std::vector<float>{1, 4, 2, 5}));

    SAYS(TorchFile::decode(fileOf(pickleOf("I6\n", "I1\n"), 23), "FILE"), "“a.weight”", "cut short", "download");
    SAYS(
        TorchFile::decode(zipped({{"a/data.pkl", pickleOf("I6\n", "I1\n")}}), "FILE"), "“a.weight”", "not in the file");
    SAYS(TorchFile::decode(fileOf(pickleOf("I3\n", "I1\n", "0", "torch\nComplexFloatStorage"), 48), "FILE"),
        "“a.weight”", "torch.ComplexFloatStorage", ".float()");
}

void TestTorchFile::bigEndianIsRefused()
{
    const std::string bytes =
        zipped({{"a/data.pkl", pickleOf("I6\n", "I1\n")}, {"a/byteorder", "big"}, {"a/data/0", std::string(24, '\1')}});
    SAYS(TorchFile::decode(bytes, "FILE"), "FILE", "big-endian", "save it again");
    std::string old = bytesOf("dcgan28_old.pt");
    const std::size_t at = old.find("little_endian");
    const std::size_t truth = old.find('\x88', at);
    QVERIFY(truth < at + 24);
    old[truth] = '\x89';
    SAYS(TorchFile::decode(old, "FILE"), "FILE", "big-endian");
}

void TestTorchFile::archivesThatLie()
{
    // 128 MiB of zeros pack to 128 KiB.
    const std::string bomb = zipped(
        {{"a/data.pkl", pickleOf("I6\n", "I1\n")}, {"a/data/0", std::string(std::size_t{128} << 20, '\0')}}, true);
    QVERIFY(bomb.size() < std::size_t{1} << 20);
    largestAllocation = 0;
    SAYS(TorchFile::decode(bomb, "FILE"), "FILE", "far more than it could hold");
    QVERIFY(largestAllocation < modestAllocation);

    std::string damaged = fileOf(pickleOf("I6\n", "I1\n"));
    const std::size_t at = damaged.find(std::string(24, '\1'));
    damaged[at] = '\2';
    const Result<TorchFile> read = TorchFile::decode(damaged, "FILE");
    QVERIFY_OK(read);
    SAYS(read->load(0), "FILE: tensor “a.weight”", "damaged", "again");

    SAYS(TorchFile::decode(zipped({{"a/readme.txt", "hello"}}), "FILE"), "not a file of PyTorch’s");
    SAYS(TorchFile::decode(fileOf("}."), "FILE"), "holds no network", "state_dict()");
    std::string tar(512, '\0');
    tar.replace(257, 5, "ustar");
    SAYS(TorchFile::decode(tar, "FILE"), "tar", "PyTorch 0.1");
    SAYS(TorchFile::decode("", "FILE"), "empty");
    SAYS(TorchFile::decode("\x80\x02}.", "FILE"), "a pickle, but none that torch.save wrote");
}

void TestTorchFile::cutAnywhere()
{
    for (const char* name : {"tensors.pt", "tensors_old.pt"}) {
        const std::string whole = bytesOf(name);
        for (std::size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 7) {
            const std::string part = whole.substr(0, size);
            const Result<TorchFile> read = TorchFile::decode(part, "FILE");
            if (read)
                QFAIL(qPrintable(QStringLiteral("%1 bytes of %2").arg(size).arg(name)));
        }
    }
    const std::string old = bytesOf("dcgan28_old.pt");
    SAYS(TorchFile::decode(std::string_view(old).substr(0, old.size() / 2), "FILE"), "FILE: tensor “main.", "cut short",
        "download");
}

QTEST_GUILESS_MAIN(TestTorchFile)
#include "torch_file.moc"
