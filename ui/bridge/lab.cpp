// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/lab.h"

namespace saddle {

namespace {

/// Of the time; training should lose 5 % of its pace at most, and what a job takes of one core it takes of all, since
/// they wait for each other.
constexpr double shareBesideTraining = 0.03;
constexpr std::chrono::milliseconds paceBesideTraining{100};
const std::string openingKey = "open";

/// Whether the same latents mean something to both: another checkpoint of a run, or the run a little later.
bool sameNetwork(const GeneratorModel& one, const GeneratorModel& other)
{
    const GeneratorHead& a = one.head;
    const GeneratorHead& b = other.head;
    return a.latent.dimensions == b.latent.dimensions && a.latent.distribution == b.latent.distribution
        && a.shape == b.shape && a.range == b.range && a.classes == b.classes
        && networkToJson(one.network) == networkToJson(other.network);
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
    seat.m_opener.reset();
    seat.m_source = source;
    seat.m_discriminator.reset();
    return {};
}

Status Lab::seatOpener(LabNetworks& seat, const std::shared_ptr<const Opener>& opener)
{
    if (seat.m_generator && seat.m_opener == opener)
        return {};
    Result<std::unique_ptr<Generator>> generator = (*opener)();
    if (!generator)
        return generator.error();
    seat = {};
    seat.m_generator = *std::move(generator);
    seat.m_opener = opener;
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

void Lab::openBy(std::function<Result<Opened>(LabNetworks&)> opener, Settled settled)
{
    ++m_opening;
    // Each under a key of its own: none is passed over, so that they can be counted.
    static quint64 number = 0;
    m_quick.post(openingKey + std::to_string(++number),
        [this, seat = m_quickSeat, opener = std::move(opener), settled = std::move(settled)](const std::stop_token&) {
            auto result = std::make_shared<const Result<Opened>>(guarded<Opened>([&] { return opener(*seat); }));
            QMetaObject::invokeMethod(
                this, [this, result, settled] { take(*result, settled); }, Qt::QueuedConnection);
        });
}

void Lab::take(const Result<Opened>& opened, const Settled& settled)
{
    --m_opening;
    if (settled)
        settled(opened ? Status() : Status(opened.error()));
    if (!opened) {
        if (!settled)
            Q_EMIT failed(QString::fromStdString(opened.error().sentence()));
        return;
    }
    m_info = opened->info;
    m_model = opened->model;
    m_source = opened->source;
    m_opener = opened->opener;
    m_weightsSource = opened->weights;
    if (opened->sameNetwork) {
        Q_EMIT refreshed();
        return;
    }
    ++m_opened;
    Q_EMIT this->opened();
}

void Lab::open(const std::filesystem::path& path, Weights weights, Settled settled)
{
    const auto opener = [this, path, weights](LabNetworks& seat) {
        Result<Opened> opened = seatNew(seat, readModel(path, m_catalog, weights, m_tools.readOnnx),
            [this, path] { return readDiscriminator(path, m_catalog); });
        // Of a run the checkpoint that was opened, though a newer one may come.
        std::error_code error;
        if (opened && std::filesystem::is_directory(path, error)) {
            opened->weights =
                std::make_shared<const WeightsSource>([&catalog = m_catalog, origin = opened->info->origin](
                                                          Weights which) { return readModel(origin, catalog, which); });
        }
        return opened;
    };
    openBy(opener, std::move(settled));
}

void Lab::open(const GeneratorModel& model, Settled settled)
{
    openBy([this, model](LabNetworks& seat) { return seatNew(seat, model, {}); }, std::move(settled));
}

void Lab::openScript(const std::filesystem::path& path, const ScriptHints& hints, Settled settled)
{
    const auto opener = [path, hints, open = m_tools.openScript](LabNetworks& seat) -> Result<Opened> {
        if (!open)
            return Error{"this build opens no TorchScript", path.string(), "export the generator as ONNX"};
        const auto again = std::make_shared<const Opener>([path, hints, open] { return open(path, hints); });
        if (const Status seated = seatOpener(seat, again); !seated)
            return seated.error();
        return Opened{std::make_shared<const GeneratorInfo>(seat.m_generator->info()), nullptr, nullptr, false, again};
    };
    openBy(opener, std::move(settled));
}

void Lab::follow(std::shared_ptr<const CheckpointData> weights, const std::filesystem::path& run, Weights which)
{
    openBy([this, weights = std::move(weights), run, which](LabNetworks& seat) {
        Result<Opened> opened = seatNew(seat, modelOf(*weights, run, m_catalog, which),
            [this, weights, run] { return discriminatorOf(*weights, run, m_catalog); });
        if (opened) {
            opened->weights =
                std::make_shared<const WeightsSource>([&catalog = m_catalog, weights, run](Weights chosen) {
                    return modelOf(*weights, run, catalog, chosen);
                });
        }
        return opened;
    });
}

void Lab::close()
{
    m_info.reset();
    m_model.reset();
    m_source.reset();
    m_opener.reset();
    m_weightsSource.reset();
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

std::chrono::milliseconds Lab::pace() const
{
    return m_beside ? paceBesideTraining : std::chrono::milliseconds::zero();
}

void Lab::cancel(const std::string& key)
{
    m_quick.cancel(key);
    if (const JobThread::Job dropped = m_long.cancel(key)) {
        std::stop_source stopped;
        stopped.request_stop();
        dropped(stopped.get_token()); // only tells that it was cancelled
    }
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
