// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/generator_export.h"

#include "ui/bridge/lab.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>

namespace saddle {

namespace {

const std::string exportKey = "export";

} // namespace

GeneratorExportDialog::GeneratorExportDialog(const QString& stem, bool choice, SaveDialog saveFile, QWidget* parent)
    : QDialog(parent)
    , m_stem(stem)
    , m_saveFile(std::move(saveFile))
    , m_format(new QComboBox)
    , m_weights(new QComboBox)
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export the generator"));
    m_format->setObjectName(QStringLiteral("exportFormat"));
    const std::pair<ExportFormat, QString> formats[]{
        {ExportFormat::Safetensors, tr("Safetensors, with its layers: opens here again")},
        {ExportFormat::TorchScript, tr("TorchScript, for PyTorch")},
        {ExportFormat::Onnx, tr("ONNX, for onnxruntime and others")}};
    for (const auto& [format, name] : formats)
        m_format->addItem(name, static_cast<int>(format));
    m_weights->setObjectName(QStringLiteral("exportWeights"));
    m_weights->addItem(tr("Those in view"), -1);
    if (choice) {
        m_weights->addItem(tr("Averaged"), static_cast<int>(Weights::Averaged));
        m_weights->addItem(tr("Plain"), static_cast<int>(Weights::Plain));
    }
    m_weights->setEnabled(choice);
    auto* form = new QFormLayout(this);
    form->addRow(tr("&As"), m_format);
    form->addRow(tr("&Weights"), m_weights);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Save)->setText(tr("&Save…"));
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

std::optional<GeneratorExportRequest> GeneratorExportDialog::ask()
{
    if (exec() != QDialog::Accepted)
        return std::nullopt;
    GeneratorExportRequest request;
    request.format = static_cast<ExportFormat>(m_format->currentData().toInt());
    if (const int weights = m_weights->currentData().toInt(); weights >= 0)
        request.weights = static_cast<Weights>(weights);
    const QString ending = QString::fromLatin1(exportEnding(request.format));
    request.file = m_saveFile(this, tr("Export the generator"), m_stem + ending, tr("Generators (*%1)").arg(ending));
    if (request.file.isEmpty())
        return std::nullopt;
    if (QFileInfo(request.file).suffix().isEmpty())
        request.file += ending;
    return request;
}

GeneratorExport::GeneratorExport(Lab* lab, QObject* parent)
    : QObject(parent)
    , m_lab(lab)
{
}

QString GeneratorExport::whyNot() const
{
    if (!m_lab->info())
        return tr("No generator is open");
    if (!m_lab->model())
        return tr("The layers of a TorchScript generator are not known");
    return m_lab->tools().exportModel ? QString() : tr("This build exports no generators");
}

void GeneratorExport::write(const GeneratorExportRequest& request)
{
    if (!whyNot().isEmpty())
        return;
    m_busy = true;
    Q_EMIT busyChanged();
    const auto job = [this, request, model = m_lab->model(), source = m_lab->weightsSource(),
                         write = m_lab->tools().exportModel](const std::stop_token& stop) {
        const auto wanted = [&stop] { return !stop.stop_requested(); };
        const auto work = [&]() -> Status {
            if (!request.weights || !source)
                return write(request.file.toStdString(), *model, request.format, wanted);
            const Result<GeneratorModel> chosen = (*source)(*request.weights);
            return chosen ? write(request.file.toStdString(), *chosen, request.format, wanted) : Status(chosen.error());
        };
        Status status;
        try {
            status = work();
        } catch (const std::exception& thrown) { // nothing thrown may leave the thread
            status = Error{std::string("the generator cannot be exported: ") + thrown.what(),
                request.file.toStdString(), "try another format"};
        }
        const QString why = status ? QString() : QString::fromStdString(status.error().sentence());
        const auto tell = [this, why, file = request.file, cancelled = stop.stop_requested()] {
            m_busy = false;
            Q_EMIT busyChanged();
            if (why.isEmpty())
                Q_EMIT saved(file); // also where it was cancelled too late
            else if (!cancelled)
                Q_EMIT failed(why);
        };
        QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
    };
    m_work.post(exportKey, job);
}

void GeneratorExport::cancel()
{
    if (m_work.cancel(exportKey)) { // it had not begun
        m_busy = false;
        Q_EMIT busyChanged();
    }
}

} // namespace saddle
