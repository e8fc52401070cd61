// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/lab.h"

namespace saddle {

namespace {

/// Of the time; training should lose 5 % of its pace at most, and what a job takes of one core it takes of all, since
/// they wait for each other.
constexpr double shareBesideTraining = 0.04;
const std::string openingKey = "open";

/// Whether the same latents mean something to both: another checkpoint of a run, or the run a little later.
bool sameNetwork(const GeneratorModel& one, const GeneratorModel& other)
{
    const GeneratorHead& a = one.head;
    const GeneratorHead& b = other.head;
    return a.latent.dimensions == b.latent.dimensions && a.latent.distribution == b.latent.distribution
        && a.shape == b.shape && a.classes == b.classes && networkToJson(one.network) == networkToJson(other.network);
}

} // namespace

Lab::Lab(const Catalog& catalog, LatentTools tools, QObject* parent)
    : QObject(parent)
    , m_catalog(catalog)
    , m_tools(std::move(tools))
{
}

Lab::~Lab() = default;

Result<Discriminator*> LabNetworks::discriminator()
{
    if (!m_discriminator)
        m_discriminator = m_source && *m_source ? (*m_source)() : Error{"there is no discriminator", "", ""};
    if (!*m_discriminator)
        return m_discriminator->error();
    return (**m_discriminator).get();
}

Status Lab::seatModel(LabNetworks& seat, const std::shared_ptr<const GeneratorModel>& model,
    const std::shared_ptr<const DiscriminatorSource>& source) const
{
    if (!model)
        return Error{"the layers of this generator are not known", "", "open one whose layers are"};
    if (seat.m_generator && seat.m_model == model)
        return {};
    // The same layers take on other weights where they stand: nothing is built.
    const bool adopted = seat.m_model && sameNetwork(*seat.m_model, *model)
        && seat.m_model->head.averaged == model->head.averaged && seat.m_model->head.origin == model->head.origin
        && seat.m_generator->adopt(model->tensors, model->head.step);
    if (!adopted) {
        Result<std::unique_ptr<Generator>> generator = m_tools.openModel(*model);
        if (!generator)
            return generator.error();
        seat.m_generator = *std::move(generator);
    }
    seat.m_model = model;
    seat.m_source = source;
    seat.m_discriminator.reset();
    return {};
}

Result<Lab::Opened> Lab::seatNew(
    LabNetworks& seat, Result<GeneratorModel> model, std::function<Result<DiscriminatorModel>()> discriminator) const
{
    if (!model)
        return model.error();
    const auto shared = std::make_shared<const GeneratorModel>(*std::move(model));
    const auto source = std::make_shared<const DiscriminatorSource>(
        [open = m_tools.openDiscriminator,
            discriminator = std::move(discriminator)]() -> Result<std::unique_ptr<Discriminator>> {
            if (!discriminator || !open)
                return Error{"this generator came without a discriminator", "", "open a run or a checkpoint"};
            const Result<DiscriminatorModel> read = discriminator();
            if (!read)
                return read.error();
            return open(*read);
        });
    const bool same = seat.m_model && sameNetwork(*seat.m_model, *shared);
    if (const Status seated = seatModel(seat, shared, source); !seated)
        return seated.error();
    return Opened{std::make_shared<const GeneratorInfo>(seat.m_generator->info()), shared, source, same};
}

void Lab::openBy(std::function<Result<Opened>(LabNetworks&)> opener)
{
    ++m_opening;
    // Each under a key of its own: none is passed over, so that they can be counted.
    static quint64 number = 0;
    m_quick.post(openingKey + std::to_string(++number),
        [this, seat = m_quickSeat, opener = std::move(opener)](const std::stop_token&) {
            auto result = std::make_shared<const Result<Opened>>(guarded<Opened>([&] { return opener(*seat); }));
            QMetaObject::invokeMethod(
                this, [this, result] { take(*result); }, Qt::QueuedConnection);
        });
}

void Lab::take(const Result<Opened>& opened)
{
    --m_opening;
    if (!opened) {
        Q_EMIT failed(QString::fromStdString(opened.error().sentence()));
        return;
    }
    m_info = opened->info;
    m_model = opened->model;
    m_source = opened->source;
    if (opened->sameNetwork) {
        Q_EMIT refreshed();
        return;
    }
    ++m_opened;
    Q_EMIT this->opened();
}

void Lab::open(const std::filesystem::path& path, Weights weights)
{
    openBy([this, path, weights](LabNetworks& seat) {
        return seatNew(
            seat, readModel(path, m_catalog, weights), [this, path] { return readDiscriminator(path, m_catalog); });
    });
}

void Lab::open(const GeneratorModel& model)
{
    openBy([this, model](LabNetworks& seat) { return seatNew(seat, model, {}); });
}

void Lab::follow(std::shared_ptr<const CheckpointData> weights, const std::filesystem::path& run, Weights which)
{
    openBy([this, weights = std::move(weights), run, which](LabNetworks& seat) {
        return seatNew(seat, modelOf(*weights, run, m_catalog, which),
            [this, weights, run] { return discriminatorOf(*weights, run, m_catalog); });
    });
}

void Lab::close()
{
    m_info.reset();
    m_model.reset();
    m_source.reset();
    ++m_opened;
    m_quick.post("close", [seat = m_quickSeat](const std::stop_token&) { *seat = {}; });
    m_long.post("close", [seat = m_longSeat](const std::stop_token&) { *seat = {}; });
    Q_EMIT opened();
}

void Lab::setBeside(bool training)
{
    if (m_beside == training)
        return;
    m_beside = training;
    m_quick.setShare(training ? shareBesideTraining : 1);
    const auto limit = [set = m_tools.setThreads, training](const std::stop_token&) {
        if (set)
            set(training ? 1 : 0);
    };
    m_quick.post("threads", limit);
    m_long.post("threads", limit);
    Q_EMIT besideChanged();
}

void Lab::cancel(const std::string& key)
{
    m_quick.cancel(key);
    m_long.cancel(key);
}

PaintMonitor Lab::monitorFor(
    const std::stop_token& stop, quint64 opened, const QPointer<QObject>& context, const Told& progress)
{
    return [this, stop, opened, context, progress](std::int64_t done, std::int64_t total) {
        const auto tell = [this, opened, context, progress, done, total] {
            if (opened == m_opened && context && progress)
                progress(done, total);
        };
        QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
        return !stop.stop_requested();
    };
}

} // namespace saddle
