// SPDX-License-Identifier: GPL-3.0-or-later
// A live value edited while training is, from the next step on, as if it had been given from the start.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/runs/experiment.h"
#include "core/training/builtin.h"

#include "tests/support/small_runs.h"

#include <set>
#endif

using namespace saddle;
using namespace saddle::test;

namespace {

/// An experiment, and what of it is to be edited: whole sections or single values.
struct Ground {
    std::string name;
    Json document;
    std::vector<std::string> places;

    bool names(const std::string& place) const
    {
        return std::find(places.begin(), places.end(), place) != places.end();
    }
};

const Catalog& catalog()
{
    return builtinCatalog();
}

/// Two networks for points that suit the objective: an auto-encoder as D where it wants one.
Json experimentOf(const ObjectiveInfo& objective)
{
    Json document = with(pointsExperiment(), {{"objective.kind", objective.kind}, {"training.batch_size", 8}});
    if (objective.kind == "vae") {
        document["objective"]["likelihood"] = "gaussian";
        document["encoder"] = document["discriminator"];
        document.erase("discriminator");
    }
    return document;
}

std::vector<Ground> grounds()
{
    std::vector<Ground> all;
    for (const ObjectiveInfo& objective : catalog().objectives.items())
        all.push_back({objective.kind, experimentOf(objective), {"objective"}});
    for (const RegulariserInfo& regulariser : catalog().regularisers.items()) {
        if (std::none_of(regulariser.parameters.begin(), regulariser.parameters.end(),
                [](const Parameter& parameter) { return parameter.applies == Applies::Live; }))
            continue; // it may be for images alone
        const bool code = regulariser.asks == Asks::Code;
        const std::string section = "regularisers." + regulariser.kind;
        all.push_back({regulariser.kind,
            with(experimentOf(*catalog().objectives.find(code ? "ebgan" : "wgan")), {{section + ".enabled", true}}),
            {section}});
    }
    for (const OptimiserInfo& optimiser : catalog().optimisers.items()) {
        all.push_back({optimiser.kind,
            with(pointsExperiment(),
                {{"optimisers.generator.kind", optimiser.kind}, {"optimisers.discriminator.kind", optimiser.kind}}),
            {"optimisers.generator", "optimisers.discriminator"}});
    }
    const Json noise = {{"schedule", "linear"}, {"start", 0.4}, {"end", 0.1}, {"steps", 20}};
    const Json schedules = {{"halve_every", 2}, {"minimum", 0}, {"anneal", "linear"}, {"anneal_steps", 20},
        {"rate_factor", 0.5}, {"penalty_factor", 0.5}, {"beta2_end", 0.9}};
    const Json together = with(pointsExperiment(),
        {{"instance_noise", noise}, {"schedules", schedules}, {"regularisers.r1.enabled", true},
            {"training.label_flipping", 0.1}, {"training.ema_decay", 0.9}});
    all.push_back({"schedules", together, {"instance_noise", "schedules", "training"}});
    all.push_back({"noise by hand", with(together, {{"instance_noise.manual", true}, {"instance_noise.level", 0.2}}),
        {"instance_noise.manual", "instance_noise.level"}});
    return all;
}

/// What ends a run or watches it changes none of its steps.
bool changesNoStep(const std::string& path)
{
    static const std::set<std::string> rules{
        "training.steps", "training.images", "training.minutes", "training.patience", "training.diagnosis"};
    return rules.contains(path);
}

/// A live value of an experiment: its declaration, its place, and a name for both that no other kind has.
struct LiveValue {
    Parameter parameter;
    std::string path;
    std::string name;
    bool visible = false;
};

std::vector<LiveValue> liveValues(const Ground& ground, const Json& document)
{
    std::vector<LiveValue> all;
    for (const Section& section : experimentSections(document, catalog())) {
        const Json& values = *findPath(document, section.path);
        const std::string kind = section.kindKey.empty() ? std::string() : values.at(section.kindKey).dump();
        for (const Parameter& parameter : section.parameters) {
            const std::string path = section.path + "." + parameter.key;
            if (parameter.applies == Applies::Live && !changesNoStep(path)
                && (ground.names(section.path) || ground.names(path)))
                all.push_back({parameter, path, kind + " " + path, parameter.visibleIn(values)});
        }
    }
    return all;
}

std::vector<Json> otherValues(const Parameter& parameter, const Json& now)
{
    std::vector<Json> others;
    switch (parameter.type) {
    case ParameterType::Boolean:
        return {!now.get<bool>()};
    case ParameterType::Choice:
        for (const ChoiceItem& choice : parameter.choices) {
            if (choice.value != now)
                others.emplace_back(choice.value);
        }
        return others;
    case ParameterType::Integer:
        return {std::max<std::int64_t>(1, 2 * now.get<std::int64_t>())};
    case ParameterType::Real: {
        const double value = now.get<double>();
        const double other = value == 0 ? 0.25 : 2 * value <= parameter.max ? 2 * value : value / 2;
        others.emplace_back(other);
        if (value != 0 && parameter.min <= 0) // often means: not at all
            others.emplace_back(0.0);
        return others;
    }
    default:
        throw std::logic_error("no other value is known for " + parameter.key);
    }
}

} // namespace

class TestLiveSettings : public QObject {
    Q_OBJECT

private slots:
    void editedIsAsGiven_data();
    void editedIsAsGiven();
};

/// Every live value of every kind, to another value and back from it.
void TestLiveSettings::editedIsAsGiven_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("path");
    std::set<std::string> declared;
    std::set<std::string> edited;
    for (const Ground& ground : grounds()) {
        const Result<Experiment> experiment = buildExperiment(ground.document, catalog());
        if (!experiment)
            qFatal("%s", experiment.error().sentence().c_str());
        const Json& document = experiment->document;
        for (const LiveValue& live : liveValues(ground, document)) {
            declared.insert(live.name);
            if (!live.visible)
                continue;
            edited.insert(live.name);
            for (const Json& value : otherValues(live.parameter, *findPath(document, live.path))) {
                if (live.path == "training.ema_decay" && value == 0.0)
                    continue; // whether there is an average is tested with the trainer
                const Result<Json> changed = changeSetting(document, catalog(), live.path, value);
                if (!changed)
                    qFatal("%s", changed.error().sentence().c_str());
                const QString one = QString::fromStdString(document.dump());
                const QString other = QString::fromStdString(changed->dump());
                const QString place = QString::fromStdString(live.path);
                const std::string name = ground.name + ": " + live.path + " " + value.dump();
                QTest::addRow("%s", name.c_str()) << one << other << place;
                QTest::addRow("%s, back", name.c_str()) << other << one << place;
            }
        }
    }
    // A value shown only beside others would pass unseen.
    for (const std::string& name : declared)
        QVERIFY2(edited.contains(name), name.c_str());
}

void TestLiveSettings::editedIsAsGiven()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    QFETCH(QString, path);
    const Json document = Json::parse(before.toStdString());
    const Json wanted = Json::parse(after.toStdString());
    const auto edited = makeOpenTrainer(document, torch::kDouble);
    trainSteps(*edited, 5);
    const Result<CheckpointData> middle = edited->save();
    QVERIFY_OK(middle);
    const auto plain = makeOpenTrainer(document, torch::kDouble);
    QVERIFY_OK(plain->restore(*middle));
    const auto given = makeOpenTrainer(wanted, torch::kDouble);
    QVERIFY_OK(given->restore(*middle));

    QVERIFY_OK(edited->apply(path.toStdString(), *findPath(wanted, path.toStdString())));
    const QStringList row = exactly(trainSteps(*edited, 1));
    QCOMPARE(row, exactly(trainSteps(*given, 1)));
    QVERIFY_SAME_TENSORS(tensorsOf(*edited), tensorsOf(*given));
    const QStringList unedited = exactly(trainSteps(*plain, 1));
    QVERIFY(row != unedited || !differing(tensorsOf(*edited), tensorsOf(*plain)).empty());
}

QTEST_GUILESS_MAIN(TestLiveSettings)
#include "live_settings.moc"
