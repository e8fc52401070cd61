// SPDX-License-Identifier: GPL-3.0-or-later
// What a device does beside training is of the step it was asked at, however late it does it. The device here is one
// that puts work off until it is waited for, on the CPU.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "tests/support/session_reader.h"
#include "tests/support/small_runs.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#endif

#include <atomic>

using namespace saddle;
using namespace saddle::test;

namespace {

class LateStream : public SideStream {
    class LateWork : public SideWork {
    public:
        LateWork(LateStream& stream, std::function<void()> work)
            : m_stream(stream)
            , m_work(std::move(work))
        {
        }
        bool isDone() override
        {
            if (m_work && m_stream.asks++ < m_stream.patience)
                return false;
            wait();
            return true;
        }
        void wait() override
        {
            if (m_stream.fails)
                throw std::runtime_error("the device fell over\nat great length");
            if (m_work)
                std::exchange(m_work, nullptr)();
        }

    private:
        LateStream& m_stream;
        std::function<void()> m_work;
    };

public:
    std::shared_ptr<SideWork> ask(std::function<void()> work) override
    {
        ++works;
        return std::make_shared<LateWork>(*this, std::move(work));
    }

    int patience = 0; ///< how often it is asked in vain in all
    std::atomic<int> asks = 0;
    int works = 0;
    std::atomic<bool> fails = false;
};

struct Twins {
    explicit Twins(const Json& document)
        : plain(makeOpenTrainer(document))
        , beside(makeOpenTrainer(document, torch::kFloat, nullptr, nullptr, late))
    {
    }
    void train(std::int64_t steps)
    {
        trainSteps(*plain, steps);
        trainSteps(*beside, steps);
    }

    std::shared_ptr<LateStream> late = std::make_shared<LateStream>();
    std::unique_ptr<OpenTrainer> plain;
    std::unique_ptr<OpenTrainer> beside;
};

/// Streams and events of a device that does nothing but note what is asked of it; LibTorch knows the type, and has no
/// such device.
constexpr auto noted = c10::DeviceType::MAIA;
QStringList notes;
int currentStream = 0;
bool eventsAreDone = false;

class NotedDevice : public c10::impl::DeviceGuardImplInterface {
public:
    NotedDevice() = default;
    explicit NotedDevice(c10::DeviceType /*type*/) { }
    c10::DeviceType type() const override { return noted; }
    c10::Device exchangeDevice(c10::Device device) const override { return device; }
    c10::Device getDevice() const override { return {noted, 0}; }
    void setDevice(c10::Device /*device*/) const override { }
    void uncheckedSetDevice(c10::Device /*device*/) const noexcept override { }
    c10::DeviceIndex deviceCount() const noexcept override { return 1; }
    c10::Stream getStream(c10::Device device) const override
    {
        return c10::Stream(c10::Stream::UNSAFE, device, currentStream);
    }
    c10::Stream getStreamFromGlobalPool(c10::Device device, bool /*high*/) const override
    {
        return c10::Stream(c10::Stream::UNSAFE, device, 7);
    }
    c10::Stream exchangeStream(c10::Stream stream) const override
    {
        const c10::Stream before = getStream(stream.device());
        currentStream = static_cast<int>(stream.id());
        return before;
    }
    void record(
        void** event, const c10::Stream& stream, c10::DeviceIndex /*index*/, c10::EventFlag /*flag*/) const override
    {
        static std::intptr_t last = 0;
        *event = reinterpret_cast<void*>(++last); // NOLINT: a name, not a place
        notes << QStringLiteral("%1 tells").arg(stream.id());
    }
    void block(void* /*event*/, const c10::Stream& stream) const override
    {
        notes << QStringLiteral("%1 waits").arg(stream.id());
    }
    bool queryEvent(void* /*event*/) const override { return eventsAreDone; }
    void synchronizeEvent(void* /*event*/) const override { notes << QStringLiteral("the host waits"); }
};

C10_REGISTER_GUARD_IMPL(MAIA, NotedDevice)

bool same(const Samples& one, const Samples& other)
{
    return one.step == other.step && one.ema == other.ema && one.count == other.count && one.height == other.height
        && one.width == other.width && one.channels == other.channels && one.columns == other.columns
        && one.pixels == other.pixels;
}

} // namespace

class TestBesideTraining : public QObject {
    Q_OBJECT

private slots:
    void samplesAreOfTheStepTheyWereBegunAt_data();
    void samplesAreOfTheStepTheyWereBegunAt();
    void newerSamplesAreNotFollowedByOlderOnes();
    void pointsAreMadeAtOnce();
    void snapshotsAreOfTheStepTheyWereTakenAt();
    void failuresAreSaid();
    void aSessionShowsAndKeepsTheSame();
    void aDevicesStreamIsAskedInOrder();

private:
    Scratch m_scratch;
};

void TestBesideTraining::samplesAreOfTheStepTheyWereBegunAt_data()
{
    QTest::addColumn<double>("average");
    QTest::addColumn<QString>("format");
    QTest::newRow("trained weights") << 0.0 << "contiguous";
    QTest::newRow("averaged weights, channels last") << 0.9 << "channels_last";
}

void TestBesideTraining::samplesAreOfTheStepTheyWereBegunAt()
{
    QFETCH(double, average);
    QFETCH(QString, format);
    Twins twins(with(imagesExperiment(m_scratch),
        {{"training.ema_decay", average}, {"training.memory_format", format.toStdString()}}));
    QVERIFY(!twins.plain->beginSamples()); // a CPU has nothing beside
    twins.train(2);
    const Samples now = *twins.plain->sample();
    twins.late->patience = 2;
    QVERIFY(twins.beside->beginSamples());
    twins.train(2);
    QVERIFY(!twins.beside->takeBegunSamples());
    QVERIFY(twins.beside->beginSamples()); // still those
    QCOMPARE(twins.late->works, 1);
    QVERIFY(!twins.beside->takeBegunSamples());
    const std::optional<Result<Samples>> begun = twins.beside->takeBegunSamples();
    QVERIFY(begun && *begun);
    QVERIFY(same(**begun, now));
    QVERIFY(!same(*twins.plain->sample(), now)); // it did learn meanwhile
    QVERIFY(!twins.beside->takeBegunSamples());
    // The next ones are as new, and training has not felt it.
    QVERIFY(twins.beside->beginSamples());
    const std::optional<Result<Samples>> next = twins.beside->takeBegunSamples();
    QVERIFY(next && *next);
    QVERIFY(same(**next, *twins.plain->sample()));
    QCOMPARE(differing(tensorsOf(*twins.plain), tensorsOf(*twins.beside)), std::vector<std::string>{});
}

void TestBesideTraining::newerSamplesAreNotFollowedByOlderOnes()
{
    Twins twins(imagesExperiment(m_scratch));
    QVERIFY(twins.beside->beginSamples());
    twins.train(1);
    QVERIFY(twins.beside->sample());
    QVERIFY(!twins.beside->takeBegunSamples());
    QVERIFY(twins.beside->beginSamples());
    QCOMPARE(twins.late->works, 2);
    QVERIFY(twins.beside->takeBegunSamples());
}

void TestBesideTraining::pointsAreMadeAtOnce()
{
    Twins twins(pointsExperiment());
    QVERIFY(!twins.beside->beginSamples());
    QCOMPARE(twins.late->works, 0);
}

void TestBesideTraining::snapshotsAreOfTheStepTheyWereTakenAt()
{
    Twins twins(with(imagesExperiment(m_scratch),
        {{"training.ema_decay", 0.9}, {"training.memory_format", "channels_last"},
            {"discriminator.spectral_norm", true}}));
    twins.train(2);
    const Result<CheckpointData> expected = twins.plain->save();
    QVERIFY(expected);
    const Result<Snapshot> snapshot = twins.beside->snapshot();
    QVERIFY(snapshot);
    QCOMPARE(twins.late->works, 1);
    twins.train(2);
    const TensorMap tensors = snapshot->tensors();
    QCOMPARE(differing(tensors, expected->tensors), std::vector<std::string>{});
    QVERIFY(!differing(tensors, tensorsOf(*twins.plain)).empty());
    QVERIFY(snapshot->state == expected->state);
    QVERIFY_OK(twins.plain->restore({snapshot->state, tensors}));
}

void TestBesideTraining::failuresAreSaid()
{
    Twins twins(imagesExperiment(m_scratch));
    QVERIFY(twins.beside->beginSamples());
    const Result<Snapshot> snapshot = twins.beside->snapshot();
    QVERIFY(snapshot);
    twins.late->fails = true;
    const std::optional<Result<Samples>> begun = twins.beside->takeBegunSamples();
    QVERIFY(begun && !*begun);
    QCOMPARE(begun->error().what, std::string("samples could not be made: the device fell over"));
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, snapshot->tensors());
    QVERIFY(!twins.beside->save());
    twins.late->fails = false;
    QVERIFY(twins.beside->beginSamples());
    QVERIFY(*twins.beside->takeBegunSamples());
    QVERIFY_OK(twins.beside->save());
}

void TestBesideTraining::aSessionShowsAndKeepsTheSame()
{
    const auto late = std::make_shared<LateStream>();
    late->patience = 5;
    std::vector<std::int64_t> shown;
    const auto train = [&, this](const std::string& name, const std::shared_ptr<SideStream>& side) {
        SessionPlan plan;
        const Result<Json> document =
            resolveDocument(with(imagesExperiment(m_scratch),
                                {{"training.steps", 240}, {"sampling.checkpoint_every", 80}, {"sampling.keep_every", 0},
                                    {"sampling.refresh_seconds", 0.05}}),
                builtinCatalog());
        plan.document = *document;
        plan.catalog = &builtinCatalog();
        plan.runFolder = m_scratch.path(name);
        plan.factory = [side](const Json& wanted, const LoadMonitor&) -> Result<std::unique_ptr<Engine>> {
            return std::unique_ptr<Engine>(makeOpenTrainer(wanted, torch::kFloat, nullptr, nullptr, side));
        };
        Session session(std::move(plan), {});
        Reader reader(session);
        QVERIFY(QTest::qWaitFor([&] { return reader.is(SessionState::Ready); }, longWait));
        QVERIFY(session.takeSamples());
        session.post(command::Play{});
        shown.clear();
        QVERIFY(QTest::qWaitFor(
            [&] {
                if (const std::shared_ptr<const Samples> samples = session.takeSamples())
                    shown.push_back(samples->step);
                return reader.is(SessionState::Finished);
            },
            longWait));
        QVERIFY(std::is_sorted(shown.begin(), shown.end()));
        QVERIFY(reader.eventsOf("warning").empty());
    };
    train("plain", nullptr);
    train("beside", late);
    QVERIFY(late->works >= 5); // the checkpoints, and samples in between
    QVERIFY(late->asks >= 5);
    QVERIFY(shown.size() >= 2 && shown.front() < 240); // not those of its end alone
    for (const char* step : {"00000080", "00000160", "00000240"}) {
        const Result<CheckpointData> one = readCheckpoint(m_scratch.path("plain") / "checkpoints" / step);
        const Result<CheckpointData> other = readCheckpoint(m_scratch.path("beside") / "checkpoints" / step);
        QVERIFY_OK(one);
        QVERIFY_OK(other);
        QCOMPARE(differing(one->tensors, other->tensors), std::vector<std::string>{});
    }
}

void TestBesideTraining::aDevicesStreamIsAskedInOrder()
{
    QVERIFY(!makeSideStream(torch::kCPU));
    const std::shared_ptr<SideStream> side = makeSideStream({noted, 0});
    QVERIFY(side);
    currentStream = 3;
    const std::shared_ptr<SideWork> work = side->ask([] { notes << QStringLiteral("%1 works").arg(currentStream); });
    QCOMPARE(notes.join(QStringLiteral(", ")), QStringLiteral("3 tells, 7 waits, 7 works, 7 tells"));
    QCOMPARE(currentStream, 3);
    QVERIFY(!work->isDone());
    eventsAreDone = true;
    QVERIFY(work->isDone());
    notes.clear();
    work->wait();
    QCOMPARE(notes, QStringList{QStringLiteral("the host waits")});
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, side->ask([] { throw std::runtime_error("no memory"); }));
    QCOMPARE(currentStream, 3);
}

QTEST_GUILESS_MAIN(TestBesideTraining)
#include "beside_training.moc"
