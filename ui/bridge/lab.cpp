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

Status Lab::seatModel(Seat& seat, const std::shared_ptr<const GeneratorModel>& model) const
{
    if (!model)
        return Error{"the layers of this generator are not known", "", "open one whose layers are"};
    if (seat.generator && seat.model == model)
        return {};
    Result<std::unique_ptr<Generator>> generator = m_tools.openModel(*model);
    if (!generator)
        return generator.error();
    seat.generator = *std::move(generator);
    seat.model = model;
    return {};
}

void Lab::openBy(std::function<Result<Opened>(Seat&)> opener)
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
    if (opened->sameNetwork) {
        Q_EMIT refreshed();
        return;
    }
    ++m_opened;
    Q_EMIT this->opened();
}

Result<Lab::Opened> Lab::seatNew(Seat& seat, Result<GeneratorModel> model) const
{
    if (!model)
        return model.error();
    const auto shared = std::make_shared<const GeneratorModel>(*std::move(model));
    const bool same = seat.model && sameNetwork(*seat.model, *shared);
    if (const Status seated = seatModel(seat, shared); !seated)
        return seated.error();
    return Opened{std::make_shared<const GeneratorInfo>(seat.generator->info()), shared, same};
}

void Lab::open(const std::filesystem::path& path, Weights weights)
{
    openBy([this, path, weights](Seat& seat) { return seatNew(seat, readModel(path, m_catalog, weights)); });
}

void Lab::open(const GeneratorModel& model)
{
    openBy([this, model](Seat& seat) { return seatNew(seat, model); });
}

void Lab::follow(std::shared_ptr<const CheckpointData> weights, const std::filesystem::path& run, Weights which)
{
    openBy([this, weights = std::move(weights), run, which](
               Seat& seat) { return seatNew(seat, modelOf(*weights, run, m_catalog, which)); });
}

void Lab::close()
{
    m_info.reset();
    m_model.reset();
    ++m_opened;
    m_quick.post("close", [seat = m_quickSeat](const std::stop_token&) { *seat = {}; });
    m_long.post("close", [seat = m_longSeat](const std::stop_token&) { *seat = {}; });
    Q_EMIT opened();
}

void Lab::setBeside(bool training)
{
    m_quick.setShare(training ? shareBesideTraining : 1);
    const auto limit = [set = m_tools.setThreads, training](const std::stop_token&) {
        if (set)
            set(training ? 1 : 0);
    };
    m_quick.post("threads", limit);
    m_long.post("threads", limit);
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
