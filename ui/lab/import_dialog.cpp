// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/import_dialog.h"

#include "core/latent/generator_file.h"
#include "ui/lab/layer_editor.h"
#include "ui/lab/question_form.h"
#include "ui/models/named_layers.h"
#include "ui/models/network_edits.h"
#include "ui/plots/plane_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"

#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QSignalBlocker>

#include <algorithm>

namespace saddle {

namespace {

constexpr std::int64_t sampleCount = 16;
constexpr int sampleColumns = 4;
constexpr std::uint64_t sampleSeed = 1;

QString asList(const std::vector<std::string>& lines)
{
    QStringList rows;
    for (const std::string& line : lines)
        rows.append(QStringLiteral("• ") + QString::fromStdString(line));
    return rows.join(QLatin1Char('\n'));
}

/// The first network of a file that may be a generator, averaged ones before others; or why the first is none.
Result<std::size_t> firstGenerator(
    const TorchFile& file, const std::filesystem::path& where, const Registry<LayerInfo>& layers)
{
    std::vector<std::size_t> order(file.networks().size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return file.networks()[i].averaged; });
    std::optional<Error> why;
    for (const std::size_t i : order) {
        const Result<StateDict> state = file.load(i);
        const Result<ForeignProposal> proposal =
            state ? proposeGenerator(*state, where, {}, layers) : Result<ForeignProposal>(state.error());
        if (proposal)
            return i;
        if (!why)
            why = proposal.error();
    }
    return *why;
}

} // namespace

struct ImportDialog::Proposed {
    std::shared_ptr<const TorchFile> file;
    std::size_t network = 0;
    std::shared_ptr<const StateDict> state;
    ForeignAnswers answers;
    std::shared_ptr<const ForeignProposal> proposal;
    GeneratorModel model;
};

template <typename Value>
void ImportDialog::post(
    const char* key, std::function<Result<Value>()> work, std::function<void(const Result<Value>&)> done)
{
    m_work.post(key, [this, work = std::move(work), done = std::move(done)](const std::stop_token&) {
        auto result = std::make_shared<Result<Value>>(Error{"this could not be done", m_file.string(), "try another"});
        try {
            *result = work();
        } catch (const std::exception& thrown) { // nothing thrown may leave the thread
            *result = Error{std::string("this could not be done: ") + thrown.what(), m_file.string(),
                "close what takes memory, or try a smaller file"};
        }
        QMetaObject::invokeMethod(
            this, [result, done] { done(*result); }, Qt::QueuedConnection);
    });
}

ImportDialog::~ImportDialog() = default;

void ImportDialog::read()
{
    post<Proposed>(
        "read",
        [this]() -> Result<Proposed> {
            Result<TorchFile> file = TorchFile::read(m_file);
            if (!file)
                return file.error();
            Proposed found;
            found.file = std::make_shared<const TorchFile>(*std::move(file));
            const Result<std::size_t> network = firstGenerator(*found.file, m_file, m_catalog.layers);
            if (!network)
                return network.error();
            found.network = *network;
            return found;
        },
        [this](const Result<Proposed>& found) {
            if (!found) {
                Q_EMIT refused(QString::fromStdString(found.error().sentence()));
                close();
                return;
            }
            m_read = found->file;
            m_network = found->network;
            fillNetworks();
            propose(m_network, {});
            show();
        });
}

void ImportDialog::fillNetworks()
{
    const QSignalBlocker quiet(m_networks);
    for (const TorchNetwork& network : m_read->networks()) {
        std::int64_t numbers = 0;
        for (const TorchTensor& tensor : network.tensors)
            numbers += elementCount(tensor.shape);
        const QString place = network.place.empty() ? tr("the file itself") : QString::fromStdString(network.place);
        m_networks->addItem(network.averaged ? tr("%1 – averaged, %L2 numbers").arg(place).arg(numbers)
                                             : tr("%1 – %L2 numbers").arg(place).arg(numbers));
    }
    m_networks->setCurrentIndex(static_cast<int>(m_network));
    m_networks->fitList();
    const bool several = m_networks->count() > 1;
    m_networks->setVisible(several);
    m_networkName->setVisible(several);
}

void ImportDialog::chooseNetwork(int index)
{
    if (static_cast<std::size_t>(index) == m_network)
        return;
    m_before.reset();
    propose(static_cast<std::size_t>(index), {});
}

void ImportDialog::propose(std::size_t network, const ForeignAnswers& answers)
{
    m_proposing = true;
    updateButtons();
    const std::shared_ptr<const StateDict> known = network == m_network ? m_state : nullptr;
    post<Proposed>(
        "propose",
        [this, file = m_read, network, known, answers]() -> Result<Proposed> {
            Proposed made;
            made.file = file;
            made.network = network;
            made.answers = answers;
            made.state = known;
            if (!made.state) {
                Result<StateDict> state = file->load(network);
                if (!state)
                    return state.error();
                made.state = std::make_shared<const StateDict>(*std::move(state));
            }
            Result<ForeignProposal> proposal = proposeGenerator(*made.state, m_file, answers, m_catalog.layers);
            if (!proposal)
                return proposal.error();
            made.proposal = std::make_shared<const ForeignProposal>(*std::move(proposal));
            made.model = made.proposal->model;
            return made;
        },
        [this](const Result<Proposed>& made) {
            m_proposing = false;
            if (made)
                return take(*made);
            updateButtons();
            // What was there before stays, and is shown again.
            m_restore.reset();
            m_banner->show(Banner::Kind::Error, QString::fromStdString(made.error().sentence()));
            const QSignalBlocker quiet(m_networks);
            m_networks->setCurrentIndex(static_cast<int>(m_network));
            if (m_proposal)
                m_questions->setQuestions(m_proposal->questions);
        });
}

void ImportDialog::take(const Proposed& proposed)
{
    m_network = proposed.network;
    m_state = proposed.state;
    m_answers = proposed.answers;
    m_proposal = proposed.proposal;
    m_model = proposed.model;
    m_edited = false;
    if (m_restore) {
        m_model.network = *m_restore;
        m_restore.reset();
        m_edited = true;
    }
    m_banner->clear();
    if (m_before) {
        m_banner->show(Banner::Kind::Information, tr("The layers were proposed anew; your edits of them are gone."),
            tr("Take the answer back"));
    }
    m_questions->setQuestions(m_proposal->questions);
    m_guesses->setText(asList(m_proposal->guesses));
    m_unknown->setText(asList(m_proposal->unknown));
    m_unknown->setVisible(!m_proposal->unknown.empty());
    m_unknownTitle->setVisible(!m_proposal->unknown.empty());
    check();
}

void ImportDialog::answer(const QString& key, const QString& value)
{
    ForeignAnswers answers = m_answers;
    answers[key.toStdString()] = value.toStdString();
    m_before.reset();
    if (m_edited)
        m_before.emplace(m_answers, m_model.network);
    propose(m_network, answers);
}

void ImportDialog::takeBack()
{
    if (!m_before)
        return;
    m_restore = m_before->second;
    const ForeignAnswers answers = m_before->first;
    m_before.reset();
    propose(m_network, answers);
}

void ImportDialog::edit(const NetworkDescription& network)
{
    m_model.network = network;
    m_edited = networkToJson(network) != networkToJson(m_proposal->model.network);
    check();
}

void ImportDialog::check()
{
    ++m_asked;
    m_showing = false;
    const GeneratorHead& head = m_model.head;
    NetworkFit fit{"generator", {head.latent.dimensions}, head.shape, static_cast<int>(head.classes.size())};
    NetworkPicture picture = m_proposal->complete()
        ? inspectPicture(m_catalog.layers, m_model.network, fit)
        : pictureWithoutShapes(m_catalog.layers, {},
            Error{tr("The layers are proposed once the question on the left has an answer.").toStdString(), "", ""});
    if (picture.builds()) {
        if (const Result<NetworkReport> fits = checkProposal(m_model, m_catalog.layers); !fits) {
            picture.error = fits.error();
            picture.errorLayer = layerWithoutTensors(m_model, m_catalog.layers);
        }
    }
    m_fits = picture.builds();
    const QString why = m_fits ? QString() : QString::fromStdString(picture.error->sentence());
    m_layers->setPicture(std::move(picture));
    m_about->setText(m_fits ? tr("Drawing…") : why);
    if (m_fits) {
        requestSamples();
    } else {
        m_samples->clear();
        m_samples->setNote(tr("No samples while the layers do not fit"));
    }
    updateButtons();
}

void ImportDialog::requestSamples()
{
    if (!m_tools.openModel)
        return;
    // The tensors are shared with the proposal: only the layers were edited.
    post<Samples>(
        "samples",
        [open = m_tools.openModel, proposal = m_proposal, network = m_model.network]() -> Result<Samples> {
            GeneratorModel model = proposal->model;
            model.network = network;
            const Result<std::unique_ptr<Generator>> generator = open(model);
            if (!generator)
                return generator.error();
            LatentRequest request;
            request.seed = sampleSeed;
            request.count = sampleCount;
            const Result<Latents> latents = (*generator)->draw(request);
            return latents ? (*generator)->make(*latents) : latents.error();
        },
        [this, asked = m_asked](const Result<Samples>& samples) {
            if (asked != m_asked)
                return;
            if (samples)
                return showSamples(*samples);
            m_fits = false;
            m_samples->clear();
            m_about->setText(QString::fromStdString(samples.error().sentence()));
            updateButtons();
        });
}

void ImportDialog::showSamples(const Samples& samples)
{
    m_samples->setVisible(!samples.isPoints());
    m_points->setVisible(samples.isPoints());
    if (samples.isPoints()) {
        m_points->setSamples(samples);
    } else {
        m_samples->setImage(tile(samples.pixels, static_cast<int>(samples.count), samples.height, samples.width,
            samples.channels, sampleColumns));
    }
    const QString words = tr("Samples of seed %1.").arg(sampleSeed);
    m_about->setText(m_of == Of::Generator
            ? words
            : words + QLatin1Char(' ') + tr("Do they look as they should? If not, answer otherwise or edit a layer."));
    m_showing = true;
}

void ImportDialog::save()
{
    const QString ending = QString::fromLatin1(exportEnding(ExportFormat::Safetensors));
    QString file = m_saveFile(this, tr("Save as a generator"),
        QString::fromStdString(m_file.stem().string()) + QStringLiteral("-generator") + ending,
        tr("Generators (*.safetensors)"));
    if (file.isEmpty())
        return;
    if (!file.endsWith(ending))
        file += ending;
    m_save->setEnabled(false);
    post<bool>(
        "save",
        [file, proposal = m_proposal, network = m_model.network]() -> Result<bool> {
            GeneratorModel model = proposal->model;
            model.network = network;
            const Status written = writeModel(file.toStdString(), withOwnTensors(std::move(model)));
            return written ? Result<bool>(true) : Result<bool>(written.error());
        },
        [this, file](const Result<bool>& written) {
            updateButtons();
            if (!written)
                m_banner->show(Banner::Kind::Error, QString::fromStdString(written.error().sentence()));
            else
                m_banner->show(Banner::Kind::Information, tr("Saved %1").arg(file));
            if (written)
                Q_EMIT saved(file);
        });
}

void ImportDialog::updateButtons()
{
    m_open->setEnabled(m_fits && !m_proposing);
    m_save->setEnabled(m_fits && !m_proposing);
    m_anew->setEnabled(m_edited && !m_proposing);
}

} // namespace saddle
