// SPDX-License-Identifier: GPL-3.0-or-later
// Generators made elsewhere, in the real Latent tab: each opens and shows the pixels that PyTorch gave; what is none
// gives a sentence and leaves the tab as it was; what is exported opens again with the same bytes.
#include "core/io/safetensors.h"
#include "core/io/torch_file.h"
#include "core/latent/foreign/foreign_proposal.h"
#include "core/latent/generator_file.h"
#include "core/latent/network/open_generator.h"

#include "tests/support/foreign.h"
#include "tests/support/ring_window.h"
#include "ui/lab/generator_export.h"
#include "ui/lab/generator_opener.h"
#include "ui/lab/import_dialog.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/latent_panel.h"
#include "ui/lab/layer_editor.h"
#include "ui/lab/question_form.h"
#include "ui/models/network_edits.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QTabWidget>
#include <QtTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

using namespace saddle;
using namespace saddle::test;

namespace {

std::vector<float> floatsOf(const HostTensor& tensor)
{
    std::vector<float> values(tensor.data.size() / sizeof(float));
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
    return values;
}

/// A window in front of whose Latent tab somebody sits who answers as a test says.
struct LabWindow {
    RingWindow ring;
    bool trusts = true;
    int trustAsked = 0;
    std::optional<ScriptHints> hints;
    int hintsAsked = 0;
    std::optional<GeneratorFacts> facts;
    QString fileToOpen;
    QString fileToSave;
    std::unique_ptr<MainWindow> window;

    QStringList saved; ///< files that the tab told of

    explicit LabWindow(LatentTools tools = latentTools())
    {
        ring.window.reset();
        ring.bench.setLatentTools(std::move(tools));
        WindowDialogs dialogs = ring.dialogs;
        dialogs.openFile = [this](QWidget*, const QString&, const QString&) { return fileToOpen; };
        dialogs.saveFile = [this](QWidget*, const QString&, const QString&, const QString&) { return fileToSave; };
        dialogs.generator.trustCode = [this](QWidget*, const QString&) {
            ++trustAsked;
            return trusts;
        };
        dialogs.generator.askHints = [this](QWidget*, const QString&, const QString&) {
            ++hintsAsked;
            return hints;
        };
        dialogs.generator.askFacts = [this](QWidget*, const GeneratorFacts&) { return facts; };
        window = std::make_unique<MainWindow>(&ring.bench, dialogs);
        window->show();
        window->findChild<QTabWidget*>(QStringLiteral("tabs"))->setCurrentWidget(&panel());
        QObject::connect(
            &panel(), &LatentPanel::saved, window.get(), [this](const QString& file) { saved.append(file); });
    }

    LatentPanel& panel() { return *window->latent(); }
    QString told() { return window->findChild<Banner*>(QStringLiteral("latentBanner"))->text(); }
    bool shows(const QString& words)
    {
        return QTest::qWaitFor([&] { return told().contains(words); }, patience);
    }
    bool opened(const std::string& file)
    {
        return QTest::qWaitFor(
            [&] {
                const auto info = panel().lab()->info();
                if (!info || info->origin.filename() != file || !panel().shown())
                    return false;
                // The picture of the latent that the seed drew, not of the zeros before it.
                const std::vector<float>& drawn = panel().document()->state().drawn;
                return panel().shown()->latents.values == drawn
                    && std::any_of(drawn.begin(), drawn.end(), [](float value) { return value != 0; });
            },
            patience);
    }
    ImportDialog* import(const std::string& file)
    {
        panel().open(QString::fromStdString(foreignFile(file).string()));
        ImportDialog* dialog = panel().opener()->importDialog();
        const bool ready = dialog && QTest::qWaitFor([&] { return dialog->isShowingSamples(); }, patience);
        return ready ? dialog : nullptr;
    }
    /// The dialog that edits the layers of what is open, once it shows samples.
    ImportDialog* layers()
    {
        window->findChild<QPushButton*>(QStringLiteral("latentLayers"))->click();
        ImportDialog* dialog = panel().opener()->importDialog();
        const bool ready = dialog && QTest::qWaitFor([&] { return dialog->isShowingSamples(); }, patience);
        return ready ? dialog : nullptr;
    }
    /// A generator of images that reads a label, in Saddle's own file.
    std::filesystem::path conditional()
    {
        const Result<TorchFile> file = TorchFile::read(foreignFile("conditional.pt"));
        const Result<ForeignProposal> proposal = proposeGenerator(
            *file->load(0), foreignFile("conditional.pt"), {{"classes", "10"}}, builtinCatalog().layers);
        std::filesystem::path made = ring.scratch.path("conditional.safetensors");
        if (const Status written = writeModel(made, proposal->model); !written)
            qWarning("%s", written.error().sentence().c_str());
        return made;
    }
    /// Answers the dialog of an export. Whether it asked, and whether it offered other weights as it should.
    bool exportAs(const QString& ending, bool choice = false)
    {
        bool asked = false;
        QTimer::singleShot(0, &panel(), [&] {
            auto* dialog = qobject_cast<GeneratorExportDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                return;
            auto* format = dialog->findChild<QComboBox*>(QStringLiteral("exportFormat"));
            for (int i = 0; i < format->count(); ++i) {
                if (ending == QLatin1String(exportEnding(static_cast<ExportFormat>(format->itemData(i).toInt()))))
                    format->setCurrentIndex(i);
            }
            asked = dialog->findChild<QComboBox*>(QStringLiteral("exportWeights"))->isEnabled() == choice;
            dialog->accept();
        });
        window->findChild<QPushButton*>(QStringLiteral("latentExport"))->click();
        return asked;
    }
    bool answer(ImportDialog* dialog, const char* key, const QString& value)
    {
        QComboBox* box = dialog->questions()->box(QLatin1String(key));
        if (!box)
            return false;
        if (const int index = box->findData(value); index >= 0) {
            box->setCurrentIndex(index);
            Q_EMIT box->activated(index);
        } else {
            box->lineEdit()->setText(value);
            QTest::keyClick(box->lineEdit(), Qt::Key_Return);
        }
        return QTest::qWaitFor([&] { return dialog->isShowingSamples(); }, patience);
    }
};

/// Whether the picture of the fixture's first latent in the tab is PyTorch's, to a byte of rounding.
QString differs(LabWindow& lab, const std::string& pixels)
{
    const Result<TensorFile> read = readSafetensors(foreignFile(pixels + ".safetensors"));
    if (!read)
        return QString::fromStdString(read.error().sentence());
    const std::vector<float> input = floatsOf(read->tensors.at("input"));
    const HostTensor& output = read->tensors.at("output");
    const std::vector<float> images = floatsOf(output);
    Latents latents;
    latents.dimensions = lab.panel().lab()->info()->latent.dimensions;
    latents.values.assign(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(latents.dimensions));
    if (read->tensors.contains("label")) {
        const std::vector<float> label = floatsOf(read->tensors.at("label"));
        latents.labels = {
            std::max_element(label.begin(), label.begin() + read->tensors.at("label").shape[1]) - label.begin()};
    }
    lab.panel().document()->setLatents(latents, QStringLiteral("fixture"));
    const bool made = QTest::qWaitFor(
        [&] { return lab.panel().shown() && lab.panel().shown()->latents.values == latents.values; }, patience);
    if (!made)
        return QStringLiteral("no picture of it was made");
    const Samples& samples = lab.panel().shown()->samples;
    const auto channels = static_cast<std::size_t>(output.shape[1]);
    const auto plane = static_cast<std::size_t>(output.shape[2] * output.shape[3]);
    if (samples.pixels.size() != channels * plane)
        return QStringLiteral("it is of another size");
    for (std::size_t i = 0; i < plane; ++i) {
        for (std::size_t c = 0; c < channels; ++c) {
            const double wanted = (images[c * plane + i] + 1) * 127.5;
            if (std::abs(wanted - samples.pixels[i * channels + c]) > 1)
                return QStringLiteral("pixel %1 is %2, not %3")
                    .arg(i)
                    .arg(samples.pixels[i * channels + c])
                    .arg(wanted);
        }
    }
    return {};
}

#define SAME_PIXELS(lab, pixels)                                                                                       \
    do {                                                                                                               \
        const QString why_ = differs(lab, pixels);                                                                     \
        QVERIFY2(why_.isEmpty(), qPrintable(why_));                                                                    \
    } while (false)

} // namespace

class TestLabFiles : public QObject {
    Q_OBJECT

private slots:
    void onnx_data();
    void onnx();
    void script_data() { onnx_data(); }
    void script();
    void codeIsNotRunUnasked();
    void hintsAreAskedOnce();
    void factsAreChanged();
    void stateDict_data();
    void stateDict();
    void whichNetwork();
    void editsOfLayers();
    void savedAsGenerator();
    void wrongFiles_data();
    void wrongFiles();
    void dropped();
    void layersAreEdited_data();
    void layersAreEdited();
    void whoseLayersAreNotEdited();
    void exported_data();
    void exported();
    void exportOfTheRun();
    void exportIsCancelled();
    void screenshots();
};

void TestLabFiles::onnx_data()
{
    QTest::addColumn<int>("dimensions");
    QTest::newRow("mlp") << 16;
    QTest::newRow("dcgan28") << 16;
    QTest::newRow("dcgan64") << 8;
    QTest::newRow("upsample") << 16;
    QTest::newRow("conditional") << 12;
}

void TestLabFiles::onnx()
{
    QFETCH(int, dimensions);
    const std::string name = QTest::currentDataTag();
    if (!latentTools().readOnnx)
        QSKIP("this build reads no ONNX");
    LabWindow lab;
    lab.fileToOpen = QString::fromStdString(foreignFile(name + ".onnx").string());
    lab.window->findChild<QAction*>(QStringLiteral("openGenerator"))->trigger();
    QVERIFY2(lab.opened(name + ".onnx"), qPrintable(lab.told()));
    QCOMPARE(lab.panel().document()->dimensions(), std::int64_t{dimensions});
    QVERIFY(lab.told().contains(QStringLiteral("normal ones are taken")));
    SAME_PIXELS(lab, name);
}

void TestLabFiles::script()
{
    QFETCH(int, dimensions);
    const std::string name = QTest::currentDataTag();
    LabWindow lab;
    if (name == "conditional")
        lab.hints = ScriptHints{12, 10};
    lab.panel().open(QString::fromStdString(foreignFile(name + "_script.pt").string()));
    QVERIFY2(lab.opened(name + "_script.pt"), qPrintable(lab.told()));
    QCOMPARE(lab.trustAsked, 1);
    QCOMPARE(lab.panel().document()->dimensions(), std::int64_t{dimensions});
    SAME_PIXELS(lab, name);
    // On the second thread it is opened again.
    std::optional<Result<Samples>> atLength;
    Latents latents = lab.panel().shown()->latents;
    lab.panel().lab()->askAtLength<Samples>(
        "test", &lab.panel(),
        [latents](LabNetworks& networks, const PaintMonitor&) { return networks.generator().make(latents); }, {},
        [&atLength](const Result<Samples>& samples) { atLength = samples; });
    QTRY_VERIFY_WITH_TIMEOUT(atLength, patience);
    QVERIFY(atLength->ok());
    QCOMPARE((*atLength)->pixels, lab.panel().shown()->samples.pixels);
    QVERIFY(!lab.window->findChild<QPushButton*>(QStringLiteral("latentExport"))->isEnabled());
}

void TestLabFiles::codeIsNotRunUnasked()
{
    LabWindow lab;
    lab.trusts = false;
    lab.panel().open(QString::fromStdString(foreignFile("mlp_script.pt").string()));
    QCOMPARE(lab.trustAsked, 1);
    QVERIFY(!lab.panel().lab()->isOpening());
}

void TestLabFiles::hintsAreAskedOnce()
{
    LabWindow lab;
    lab.hints = ScriptHints{12, 11}; // which is wrong
    lab.panel().open(QString::fromStdString(foreignFile("conditional_script.pt").string()));
    QVERIFY(lab.shows(QStringLiteral("no latent")));
    QCOMPARE(lab.hintsAsked, 1);
    lab.hints.reset();
    lab.panel().open(QString::fromStdString(foreignFile("conditional_script.pt").string()));
    QTRY_COMPARE_WITH_TIMEOUT(lab.hintsAsked, 2, patience);
    QVERIFY(lab.shows(QStringLiteral("how many")));
}

void TestLabFiles::factsAreChanged()
{
    LabWindow lab;
    lab.facts = GeneratorFacts{LatentDistribution::Uniform, {0, 1}};
    for (const char* file : {"mlp_script.pt", "mlp.onnx"}) {
        lab.panel().open(QString::fromStdString(foreignFile(file).string()));
        QVERIFY2(lab.opened(file), qPrintable(lab.told()));
        QVERIFY(lab.told().contains(QStringLiteral("normal ones are taken")));
        Q_EMIT lab.window->findChild<Banner*>(QStringLiteral("latentBanner"))->actionTriggered();
        QTRY_COMPARE_WITH_TIMEOUT(
            lab.panel().lab()->info()->latent.distribution, LatentDistribution::Uniform, patience);
        QCOMPARE(lab.panel().lab()->info()->range, (OutputRange{0, 1}));
        QCOMPARE(lab.panel().document()->reach(), 1.0);
        QVERIFY(!lab.told().contains(QStringLiteral("normal ones are taken")));
    }
}

void TestLabFiles::stateDict_data()
{
    QTest::addColumn<QString>("pixels");
    QTest::addColumn<QStringList>("answers");
    QTest::newRow("mlp.pt") << "mlp" << QStringList{"activation=leaky_relu"};
    QTest::newRow("dcgan28.pt") << "dcgan28" << QStringList{};
    QTest::newRow("dcgan28_old.pt") << "dcgan28" << QStringList{};
    QTest::newRow("dcgan28_flat.ckpt") << "dcgan28" << QStringList{};
    QTest::newRow("dcgan64_wrapped.ckpt") << "dcgan64" << QStringList{};
    QTest::newRow("upsample_ema.pt") << "upsample" << QStringList{"activation=leaky_relu"};
    QTest::newRow("conditional.pt") << "conditional" << QStringList{"classes=10"};
}

void TestLabFiles::stateDict()
{
    QFETCH(const QString, pixels);
    QFETCH(const QStringList, answers);
    const std::string file = QTest::currentDataTag();
    LabWindow lab;
    ImportDialog* dialog = lab.import(file);
    QVERIFY2(dialog, qPrintable(lab.told()));
    QVERIFY(dialog->isVisible());
    for (const QString& said : answers)
        QVERIFY(lab.answer(dialog, said.section('=', 0, 0).toLatin1().constData(), said.section('=', 1)));
    QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("importOpen")), Qt::LeftButton);
    QVERIFY2(lab.opened(file), qPrintable(lab.told()));
    SAME_PIXELS(lab, pixels.toStdString());
}

void TestLabFiles::whichNetwork()
{
    LabWindow lab;
    ImportDialog* dialog = lab.import("upsample_ema.pt");
    QVERIFY2(dialog, qPrintable(lab.told()));
    auto* networks = dialog->findChild<ElidingCombo*>(QStringLiteral("importNetwork"));
    QVERIFY(networks->isVisible());
    QCOMPARE(networks->count(), 3);
    QVERIFY(networks->currentText().contains(QStringLiteral("averaged")));
    const Image averaged = dialog->samples()->image();
    networks->setCurrentIndex(0);
    Q_EMIT networks->activated(0);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isShowingSamples() && !(dialog->samples()->image() == averaged), patience);
    // One that makes no images leaves what was chosen.
    dialog->close();
    dialog = lab.import("dcgan28_flat.ckpt");
    QVERIFY2(dialog, qPrintable(lab.told()));
    networks = dialog->findChild<ElidingCombo*>(QStringLiteral("importNetwork"));
    QCOMPARE(networks->count(), 2);
    const int chosen = networks->currentIndex();
    Q_EMIT networks->activated(1 - chosen);
    auto* banner = dialog->findChild<Banner*>(QStringLiteral("importBanner"));
    QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(QStringLiteral("generator")), patience);
    QCOMPARE(networks->currentIndex(), chosen);
}

void TestLabFiles::editsOfLayers()
{
    LabWindow lab;
    ImportDialog* dialog = lab.import("dcgan28.pt");
    QVERIFY2(dialog, qPrintable(lab.told()));
    auto* open = dialog->findChild<QPushButton*>(QStringLiteral("importOpen"));
    const Image before = dialog->samples()->image();
    QCOMPARE(before.width, 4 * 28 + 3 * 2);
    // A stride that does not work out is told at its layer, and there is nothing to open.
    QVERIFY(dialog->layers()->setLayerOption(2, QStringLiteral("stride"), 1));
    QVERIFY(!open->isEnabled());
    QCOMPARE(dialog->layers()->picture().errorLayer, 4);
    QVERIFY(dialog->layers()->setLayerOption(2, QStringLiteral("stride"), 2));
    // Nor a width that the tensors have not.
    QVERIFY(dialog->layers()->setLayerOption(2, QStringLiteral("out"), 9));
    QCOMPARE(dialog->layers()->picture().errorLayer, 2);
    QVERIFY(!open->isEnabled());
    QVERIFY(dialog->layers()->setLayerOption(2, QStringLiteral("out"), 8));
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isShowingSamples(), patience);
    QVERIFY(dialog->samples()->image() == before);
    // Another activation is another picture.
    QVERIFY(dialog->layers()->setLayerOption(2, QStringLiteral("activation"), "tanh"));
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isShowingSamples(), patience);
    const Image edited = dialog->samples()->image();
    QVERIFY(!(edited == before));
    // An answer proposes anew, and can be taken back with the edit it undid.
    QVERIFY(lab.answer(dialog, "distribution", QStringLiteral("uniform")));
    QVERIFY(!(dialog->samples()->image() == edited));
    auto* banner = dialog->findChild<Banner*>(QStringLiteral("importBanner"));
    QVERIFY(banner->text().contains(QStringLiteral("edits")));
    Q_EMIT banner->actionTriggered();
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isShowingSamples() && dialog->samples()->image() == edited, patience);
    // No answer at all leaves all as it was.
    QComboBox* image = dialog->questions()->box(QStringLiteral("image"));
    image->lineEdit()->setText(QStringLiteral("huge"));
    QTest::keyClick(image->lineEdit(), Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(QStringLiteral("image")), patience);
    QVERIFY(dialog->isVisible() && open->isEnabled());
    QVERIFY(image->currentText() != QStringLiteral("huge"));
    QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("importAnew")), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->isShowingSamples() && dialog->samples()->image() == before, patience);
}

void TestLabFiles::savedAsGenerator()
{
    LabWindow lab;
    ImportDialog* dialog = lab.import("dcgan28.pt");
    QVERIFY2(dialog, qPrintable(lab.told()));
    lab.fileToSave = QString::fromStdString(lab.ring.scratch.path("mine.safetensors").string());
    QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("importSave")), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(lab.saved.size(), 1, patience);
    dialog->close();
    lab.panel().open(lab.fileToSave);
    QVERIFY2(lab.opened("mine.safetensors"), qPrintable(lab.told()));
    SAME_PIXELS(lab, "dcgan28");
}

void TestLabFiles::wrongFiles_data()
{
    QTest::addColumn<QString>("says");
    QTest::newRow("wrong_text.pt") << "no generator";
    QTest::newRow("wrong_truncated.pt") << "wrong_truncated.pt";
    QTest::newRow("wrong_classifier.pt") << "reads an image";
    QTest::newRow("wrong_classifier.onnx") << "wrong_classifier.onnx";
    QTest::newRow("wrong_classifier_script.pt") << "image";
    QTest::newRow("wrong_tuple.onnx") << "wrong_tuple.onnx";
    QTest::newRow("wrong_tuple_script.pt") << "tuple";
    QTest::newRow("wrong_module.pt") << "wrong_module.pt";
    QTest::newRow("wrong_system.pt") << "wrong_system.pt";
    QTest::newRow("overlap.safetensors") << "overlap.safetensors";
    QTest::newRow("beyond.safetensors") << "beyond.safetensors";
    QTest::newRow("missing.onnx") << "missing.onnx";
}

void TestLabFiles::wrongFiles()
{
    QFETCH(const QString, says);
    const std::string name = QTest::currentDataTag();
    LabWindow lab;
    // Something good is open.
    lab.panel().open(QString::fromStdString(foreignFile("mlp_script.pt").string()));
    QVERIFY2(lab.opened("mlp_script.pt"), qPrintable(lab.told()));
    const auto shown = lab.panel().shown();
    const auto info = lab.panel().lab()->info();
    auto* source = lab.window->findChild<ElidingCombo*>(QStringLiteral("latentSource"));
    const QString named = source->currentText();
    std::filesystem::path file = foreignFile(name);
    if (name.ends_with("safetensors")) {
        const std::string offsets = name == "overlap.safetensors" ? "[4,12]" : "[8,1000]";
        const std::string header =
            R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":)"
            + offsets + "}}";
        std::string bytes(8, '\0');
        bytes[0] = static_cast<char>(header.size());
        file = lab.ring.scratch.write(name, bytes + header + std::string(12, '\0'));
    }
    lab.panel().open(QString::fromStdString(file.string()));
    QVERIFY2(lab.shows(says), qPrintable(lab.told()));
    QCOMPARE(lab.panel().lab()->info(), info);
    QCOMPARE(lab.panel().shown(), shown);
    QCOMPARE(source->currentText(), named);
    QTRY_VERIFY(!lab.panel().opener()->importDialog());
    // And goes on.
    lab.panel().document()->setValue(0, 1.5F);
    QTRY_VERIFY_WITH_TIMEOUT(lab.panel().shown()->latents.values[0] == 1.5F, patience);
}

void TestLabFiles::dropped()
{
    LabWindow lab;
    auto* tabs = lab.window->findChild<QTabWidget*>(QStringLiteral("tabs"));
    tabs->setCurrentIndex(0);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(QString::fromStdString(foreignFile("dcgan64_script.pt").string()))});
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    static_cast<QObject*>(lab.window.get())->event(&drop); // no drag is under way that would bring it there
    QCOMPARE(tabs->currentWidget(), &lab.panel());
    QVERIFY2(lab.opened("dcgan64_script.pt"), qPrintable(lab.told()));
}

void TestLabFiles::layersAreEdited_data()
{
    QTest::addColumn<QString>("pixels");
    QTest::newRow("dcgan28.onnx") << "dcgan28";
    QTest::newRow("conditional.safetensors") << "conditional";
}

void TestLabFiles::layersAreEdited()
{
    QFETCH(const QString, pixels);
    const std::string file = QTest::currentDataTag();
    const bool onnx = file.ends_with(".onnx");
    if (onnx && !latentTools().readOnnx)
        QSKIP("this build reads no ONNX");
    LabWindow lab;
    lab.panel().open(QString::fromStdString((onnx ? foreignFile(file) : lab.conditional()).string()));
    QVERIFY2(lab.opened(file), qPrintable(lab.told()));
    SAME_PIXELS(lab, pixels.toStdString());
    const auto before = lab.panel().shown();
    const auto info = lab.panel().lab()->info();
    auto* button = lab.window->findChild<QPushButton*>(QStringLiteral("latentLayers"));
    QVERIFY2(button->isEnabled(), qPrintable(button->toolTip()));

    // It comes with the layers that there are, and says at once what becomes of an edit.
    ImportDialog* dialog = lab.layers();
    QVERIFY(dialog);
    QVERIFY(dialog->isVisible());
    const std::size_t layers = lab.panel().lab()->model()->network.layers.size();
    QCOMPARE(dialog->layers()->picture().network.layers.size(), layers);
    const Image samples = dialog->samples()->image();
    const auto waits = [&dialog] {
        return QTest::qWaitFor([&dialog] { return dialog->isShowingSamples(); }, patience);
    };
    // One more layer before those with weights, which keep them: what is dropped while training is not dropped here.
    dialog->layers()->setCurrentLayer(0);
    dialog->layers()->addLayer(QStringLiteral("dropout"));
    QVERIFY2(waits(), qPrintable(dialog->findChild<QLabel*>(QStringLiteral("importAbout"))->text()));
    QVERIFY(dialog->samples()->image() == samples);
    const int last = static_cast<int>(layers); // with the new one
    QVERIFY(dialog->layers()->setLayerOption(last, QStringLiteral("activation"), "sigmoid"));
    QVERIFY(waits());
    QVERIFY(!(dialog->samples()->image() == samples));
    // Cancel leaves all as it was.
    dialog->close();
    QTRY_VERIFY(!lab.panel().opener()->importDialog());
    QCOMPARE(lab.panel().lab()->info(), info);
    QCOMPARE(lab.panel().shown(), before);

    dialog = lab.layers();
    QVERIFY(dialog);
    QVERIFY(dialog->layers()->setLayerOption(last - 1, QStringLiteral("activation"), "sigmoid"));
    QVERIFY(waits());
    GeneratorModel edited = dialog->model();
    auto* ok = dialog->findChild<QPushButton*>(QStringLiteral("importOpen"));
    QVERIFY(ok->isEnabled());
    ok->click();
    // The same latent, made by the edited generator.
    const auto another = [&lab](const auto& than) { return lab.panel().shown() && lab.panel().shown() != than; };
    QTRY_VERIFY_WITH_TIMEOUT(lab.panel().lab()->info() != info && another(before), patience);
    QCOMPARE(lab.panel().shown()->latents.values, before->latents.values);
    QCOMPARE(lab.panel().shown()->latents.labels, before->latents.labels);
    QVERIFY(lab.panel().shown()->samples.pixels != before->samples.pixels);
    const auto direct = latentTools().openModel(edited);
    QVERIFY_OK(direct);
    QCOMPARE(lab.panel().shown()->samples.pixels, (*direct)->make(before->latents)->pixels);
    QVERIFY2(lab.told().contains(QStringLiteral("edited")), qPrintable(lab.told()));
    // It is edited on from there, and can be as it was.
    const auto after = lab.panel().shown();
    dialog = lab.layers();
    QVERIFY(dialog);
    QCOMPARE(dialog->layers()->picture().network.layers.back().options["activation"], Json("sigmoid"));
    QVERIFY(dialog->findChild<QPushButton*>(QStringLiteral("importAnew"))->isEnabled());
    dialog->close();
    Q_EMIT lab.window->findChild<Banner*>(QStringLiteral("latentBanner"))->actionTriggered();
    QTRY_VERIFY_WITH_TIMEOUT(another(after) && lab.panel().shown()->samples.pixels == before->samples.pixels, patience);
    QVERIFY(!lab.told().contains(QStringLiteral("edited")));
    SAME_PIXELS(lab, pixels.toStdString());
}

void TestLabFiles::whoseLayersAreNotEdited()
{
    LabWindow lab;
    auto* button = lab.window->findChild<QPushButton*>(QStringLiteral("latentLayers"));
    QVERIFY(!button->isEnabled());
    QVERIFY(lab.ring.reached(SessionState::Ready));
    QTRY_VERIFY_WITH_TIMEOUT(lab.panel().shown(), patience);
    QVERIFY(!button->isEnabled());
    QVERIFY2(button->toolTip().contains(QStringLiteral("Networks")), qPrintable(button->toolTip()));
    lab.panel().open(QString::fromStdString(foreignFile("mlp_script.pt").string()));
    QVERIFY2(lab.opened("mlp_script.pt"), qPrintable(lab.told()));
    QVERIFY(!button->isEnabled());
    QVERIFY2(button->toolTip().contains(QStringLiteral("TorchScript")), qPrintable(button->toolTip()));
}

void TestLabFiles::exported_data()
{
    QTest::addColumn<QString>("ending");
    QTest::newRow("safetensors") << ".safetensors";
    QTest::newRow("torchscript") << ".pt";
    QTest::newRow("onnx") << ".onnx";
}

void TestLabFiles::exported()
{
    QFETCH(const QString, ending);
    if (ending == QStringLiteral(".onnx") && !latentTools().readOnnx)
        QSKIP("this build knows no ONNX");
    LabWindow lab;
    // A generator of images, with a label.
    lab.panel().open(QString::fromStdString(lab.conditional().string()));
    QVERIFY2(lab.opened("conditional.safetensors"), qPrintable(lab.told()));
    Latents latents = lab.panel().shown()->latents;
    latents.labels = {3};
    lab.panel().document()->setLatents(latents, QStringLiteral("with a class"));
    QTRY_COMPARE_WITH_TIMEOUT(lab.panel().shown()->latents.labels, latents.labels, patience);
    const std::vector<std::uint8_t> pixels = lab.panel().shown()->samples.pixels;
    QVERIFY(!pixels.empty());
    lab.fileToSave = QString::fromStdString(lab.ring.scratch.path("out").string());
    QVERIFY(lab.exportAs(ending));
    QTRY_COMPARE_WITH_TIMEOUT(lab.saved, QStringList{lab.fileToSave + ending}, patience);
    QVERIFY(!lab.window->findChild<QProgressBar*>(QStringLiteral("latentExportProgress"))->isVisible());
    lab.hints = ScriptHints{latents.dimensions, 10};
    lab.panel().open(lab.fileToSave + ending);
    QVERIFY2(lab.opened("out" + ending.toStdString()), qPrintable(lab.told()));
    lab.panel().document()->setLatents(latents, QStringLiteral("the same"));
    QTRY_VERIFY_WITH_TIMEOUT(
        lab.panel().shown()->latents.values == latents.values && lab.panel().shown()->latents.labels == latents.labels,
        patience);
    QCOMPARE(lab.panel().shown()->samples.pixels, pixels);
}

void TestLabFiles::exportOfTheRun()
{
    LabWindow lab;
    QVERIFY(lab.ring.reached(SessionState::Ready));
    QTRY_VERIFY_WITH_TIMEOUT(lab.panel().shown(), patience);
    const Latents latents = lab.panel().shown()->latents;
    const std::vector<float> points = lab.panel().shown()->samples.points;
    QVERIFY(!points.empty());
    lab.fileToSave = QString::fromStdString(lab.ring.scratch.path("out").string());
    QVERIFY(lab.exportAs(QStringLiteral(".safetensors"), true));
    QTRY_COMPARE_WITH_TIMEOUT(lab.saved.size(), 1, patience);
    lab.panel().open(lab.saved.first());
    QVERIFY2(lab.opened("out.safetensors"), qPrintable(lab.told()));
    lab.panel().document()->setLatents(latents, QStringLiteral("the same"));
    QTRY_VERIFY_WITH_TIMEOUT(lab.panel().shown()->latents.values == latents.values, patience);
    QCOMPARE(lab.panel().shown()->samples.points, points);
}

void TestLabFiles::exportIsCancelled()
{
    std::atomic<bool> writing = false;
    LatentTools tools = latentTools();
    // As slow as a generator of a gigabyte.
    tools.exportModel = [&writing, write = tools.exportModel](const std::filesystem::path& path,
                            const GeneratorModel& model, ExportFormat format, const std::function<bool()>& wanted) {
        writing = true;
        while (wanted())
            std::this_thread::yield();
        return write(path, model, format, wanted);
    };
    LabWindow lab(std::move(tools));
    lab.panel().open(QString::fromStdString(lab.conditional().string()));
    QVERIFY2(lab.opened("conditional.safetensors"), qPrintable(lab.told()));
    const std::filesystem::path there = lab.ring.scratch.write("out.onnx", "was here before");
    lab.fileToSave = QString::fromStdString(there.string());
    QVERIFY(lab.exportAs(QStringLiteral(".onnx")));
    QTRY_VERIFY_WITH_TIMEOUT(writing, patience);
    auto* button = lab.window->findChild<QPushButton*>(QStringLiteral("latentExport"));
    auto* bar = lab.window->findChild<QProgressBar*>(QStringLiteral("latentExportProgress"));
    QVERIFY(bar->isVisible() && !button->isEnabled());
    // The tab lives on.
    lab.panel().document()->setValue(0, 1.5F);
    QTRY_VERIFY_WITH_TIMEOUT(lab.panel().shown()->latents.values[0] == 1.5F, patience);
    const QString told = lab.told();
    lab.window->findChild<QPushButton*>(QStringLiteral("latentExportCancel"))->click();
    QTRY_VERIFY_WITH_TIMEOUT(button->isEnabled(), patience);
    QVERIFY(!bar->isVisible());
    QCOMPARE(lab.told(), told);
    QVERIFY(lab.saved.empty());
    QFile file(lab.fileToSave);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("was here before"));
}

void TestLabFiles::screenshots()
{
    const QString folder = qEnvironmentVariable("SADDLE_IMPORT_PICTURES");
    if (folder.isEmpty())
        QSKIP("set SADDLE_IMPORT_PICTURES to a folder to have pictures of the import taken");
    for (const theme::Choice choice : {theme::Choice::Light, theme::Choice::Dark}) {
        theme::apply(choice);
        LabWindow lab;
        lab.window->resize(1280, 800);
        ImportDialog* dialog = lab.import("upsample_ema.pt");
        QVERIFY(dialog);
        dialog->resize(1280, 800);
        QVERIFY(lab.answer(dialog, "activation", QStringLiteral("leaky_relu")));
        QTest::qWait(200);
        dialog->grab().save(folder + QStringLiteral("/import-%1.png").arg(theme::nameOf(choice)));
        QVERIFY(dialog->layers()->setLayerOption(4, QStringLiteral("out"), 9));
        QTest::qWait(200);
        dialog->grab().save(folder + QStringLiteral("/import-wrong-%1.png").arg(theme::nameOf(choice)));
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("importAnew")), Qt::LeftButton);
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("importOpen")), Qt::LeftButton);
        QVERIFY(lab.opened("upsample_ema.pt"));
        lab.panel().open(QString::fromStdString(foreignFile("dcgan64_script.pt").string()));
        QVERIFY(lab.opened("dcgan64_script.pt"));
        lab.window->grab().save(folder + QStringLiteral("/tab-%1.png").arg(theme::nameOf(choice)));
    }
}

QTEST_MAIN(TestLabFiles)
#include "lab_files.moc"
