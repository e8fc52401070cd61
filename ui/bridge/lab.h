// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_thread.h"
#include "core/latent/latent_tools.h"
#include "core/session/engine.h"

#include <QObject>
#include <QPointer>
#include <QString>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace saddle {

/// What a thread of the lab works with; only that thread touches it.
class LabNetworks {
public:
    Generator& generator() { return *m_generator; }
    /// The discriminator of the same checkpoint, opened when it is first asked for; or why there is none.
    Result<Discriminator*> discriminator();

private:
    friend class Lab;
    using DiscriminatorSource = std::function<Result<std::unique_ptr<Discriminator>>()>;
    using Opener = std::function<Result<std::unique_ptr<Generator>>()>;

    std::unique_ptr<Generator> m_generator;
    std::shared_ptr<const GeneratorModel> m_model; ///< of which it was opened
    std::shared_ptr<const Opener> m_opener; ///< or by which
    std::shared_ptr<const DiscriminatorSource> m_source;
    std::optional<Result<std::unique_ptr<Discriminator>>> m_discriminator;
};

/// A generator to explore, on threads of its own and beside training. What is asked runs there; what it gives arrives
/// on the window's thread. Everything that crosses is a value.
class Lab : public QObject {
    Q_OBJECT

public:
    Lab(const Catalog& catalog, LatentTools tools, QObject* parent = nullptr);
    ~Lab() override;

    /// Told whether what was to be opened is, before the signals of it.
    using Settled = std::function<void(const Status&)>;
    /// A run, a checkpoint or a generator's file. What is open stays when this fails. Where it is the same network with
    /// other weights, `refreshed` follows instead of `opened`, and what is known of the latent stays good. Where
    /// somebody is told how it ended, `failed` is not.
    void open(const std::filesystem::path& path, Weights weights, Settled settled = {});
    /// A generator that was read or proposed elsewhere.
    void open(const GeneratorModel& model, Settled settled = {});
    /// Runs the code in a TorchScript file, on each thread by itself. Its layers are not known.
    void openScript(const std::filesystem::path& path, const ScriptHints& hints, Settled settled = {});
    /// The weights that a training run gave, with its folder.
    void follow(std::shared_ptr<const CheckpointData> weights, const std::filesystem::path& run, Weights which);
    void close();

    /// Training goes on: the cores are its own but for a small share.
    void setBeside(bool training);
    bool isBeside() const { return m_beside; }
    /// How long a slider that moves should be still between two values that it tells: what is drawn anew for each costs
    /// training as much as the pictures do, and these come more seldom. 0 while nothing trains.
    std::chrono::milliseconds pace() const;

    /// What is open; null while nothing is.
    std::shared_ptr<const GeneratorInfo> info() const { return m_info; }
    std::shared_ptr<const GeneratorModel> model() const { return m_model; }
    bool isOpening() const { return m_opening > 0; }
    /// What is open with weights of one's choice, from any thread; null where it has but these.
    using WeightsSource = std::function<Result<GeneratorModel>(Weights)>;
    std::shared_ptr<const WeightsSource> weightsSource() const { return m_weightsSource; }
    const LatentTools& tools() const { return m_tools; }
    const Catalog& catalog() const { return m_catalog; }

    /// Asks the open networks. Of several that wait under one key the latest is asked; `done` is called on this thread
    /// unless another generator was opened, something else was asked under the key meanwhile and took its place, or
    /// `context` is gone.
    template <typename Value>
    void ask(const std::string& key, QObject* context, std::function<Result<Value>(LabNetworks&)> work,
        std::function<void(const Result<Value>&)> done)
    {
        m_quick.post(key,
            [this, seat = m_quickSeat, opened = m_opened, guard = QPointer<QObject>(context), work = std::move(work),
                done = std::move(done)](const std::stop_token&) {
                if (seat->m_generator)
                    deliver(opened, guard, done, guarded<Value>([&] { return work(*seat); }));
            });
    }

    /// The same for what takes long: on a second thread, so that pictures still follow the sliders. The work asks the
    /// monitor whether to go on, and tells it how far it is. `done` is also called of what was cancelled, waiting or
    /// under way: with an Error that wasCancelled() knows, or with what the work made of it.
    using Told = std::function<void(std::int64_t done, std::int64_t total)>;
    template <typename Value>
    void askAtLength(const std::string& key, QObject* context,
        std::function<Result<Value>(LabNetworks&, const PaintMonitor&)> work, const Told& progress,
        std::function<void(const Result<Value>&)> done)
    {
        m_long.post(key,
            [this, seat = m_longSeat, model = m_model, opener = m_opener, source = m_source, opened = m_opened,
                guard = QPointer<QObject>(context), work = std::move(work), progress,
                done = std::move(done)](const std::stop_token& stop) {
                if (stop.stop_requested()) // while it waited
                    return deliver(opened, guard, done, Result<Value>(cancelled()));
                const PaintMonitor monitor = monitorFor(stop, opened, guard, progress);
                Result<Value> result = guarded<Value>([&]() -> Result<Value> {
                    const Status seated = opener ? seatOpener(*seat, opener) : seatModel(*seat, model, source);
                    if (!seated)
                        return seated.error();
                    return work(*seat, monitor);
                });
                if (!result && stop.stop_requested())
                    result = cancelled();
                deliver(opened, guard, done, std::move(result));
            });
    }
    /// Whether an Error given to `done` says no more than that.
    static bool wasCancelled(const Error& error) { return error.what.empty(); }
    /// Drops what waits under a key, or asks it to end.
    void cancel(const std::string& key);

Q_SIGNALS:
    /// Another generator is open, or none.
    void opened();
    /// The same generator has newer weights.
    void refreshed();
    void failed(const QString& why);
    /// Training began or ended.
    void besideChanged();

private:
    using DiscriminatorSource = LabNetworks::DiscriminatorSource;
    using Opener = LabNetworks::Opener;
    struct Opened {
        std::shared_ptr<const GeneratorInfo> info;
        std::shared_ptr<const GeneratorModel> model; ///< null where the layers are not known
        std::shared_ptr<const DiscriminatorSource> source;
        bool sameNetwork = false;
        std::shared_ptr<const Opener> opener = {}; ///< where the layers are not known
        std::shared_ptr<const WeightsSource> weights = {};
    };

    static Error cancelled() { return {}; }
    template <typename Value>
    static Result<Value> guarded(const std::function<Result<Value>()>& work)
    {
        try {
            return work();
        } catch (const std::exception& thrown) {
            return Error{
                std::string("this could not be done: ") + thrown.what(), "", "try again, or something smaller"};
        } catch (...) { // nothing thrown may leave the thread
            return Error{"this could not be done", "", "try again, or something smaller"};
        }
    }
    template <typename Value>
    void deliver(quint64 opened, const QPointer<QObject>& context,
        const std::function<void(const Result<Value>&)>& done, Result<Value> result)
    {
        auto shared = std::make_shared<const Result<Value>>(std::move(result));
        const auto tell = [this, opened, context, done, shared = std::move(shared)] {
            if (opened == m_opened && context)
                done(*shared);
        };
        QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
    }
    PaintMonitor monitorFor(
        const std::stop_token& stop, quint64 opened, const QPointer<QObject>& context, const Told& progress);
    Status seatModel(LabNetworks& seat, const std::shared_ptr<const GeneratorModel>& model,
        const std::shared_ptr<const DiscriminatorSource>& source) const;
    static Status seatOpener(LabNetworks& seat, const std::shared_ptr<const Opener>& opener);
    Result<Opened> seatNew(LabNetworks& seat, Result<GeneratorModel> model,
        std::function<Result<DiscriminatorModel>()> discriminator) const;
    void openBy(std::function<Result<Opened>(LabNetworks&)> opener, Settled settled = {});
    void take(const Result<Opened>& opened, const Settled& settled);

    const Catalog& m_catalog;
    LatentTools m_tools;
    std::shared_ptr<const GeneratorInfo> m_info;
    std::shared_ptr<const GeneratorModel> m_model;
    std::shared_ptr<const DiscriminatorSource> m_source;
    std::shared_ptr<const Opener> m_opener; ///< of a generator whose layers are not known
    std::shared_ptr<const WeightsSource> m_weightsSource;
    quint64 m_opened = 0; ///< counts generators opened, so that late answers of another are known
    int m_opening = 0;
    bool m_beside = false;
    std::shared_ptr<LabNetworks> m_quickSeat = std::make_shared<LabNetworks>();
    std::shared_ptr<LabNetworks> m_longSeat = std::make_shared<LabNetworks>();
    JobThread m_long;
    JobThread m_quick; ///< last: both join before the rest goes
};

} // namespace saddle
