// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diagnosis.h"
#include "tests/support/training_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace saddle::test {

/// A preset in training with a diagnosis beside it, fed as a session feeds it: rows in batches, samples now and then.
class WatchedTraining {
public:
    WatchedTraining(const std::string& preset, std::map<std::string, Json> settings)
    {
        settings.insert({{"training.threads", 1}, {"training.device", "cpu"}});
        m_document = *loadExperiment(preset, builtinCatalog());
        for (const auto& [path, value] : settings) {
            Result<Json> changed = changeSetting(m_document, builtinCatalog(), path, value);
            if (!changed)
                throw std::runtime_error(changed.error().sentence());
            m_document = *std::move(changed);
        }
        Result<std::unique_ptr<Engine>> made = makeTrainer(m_document, [](double, const std::string&) { return true; });
        if (!made)
            throw std::runtime_error(made.error().sentence());
        m_engine = *std::move(made);
        m_diagnosis.begin(m_engine->info(), builtinCatalog().objectives.find(m_document["objective"]["kind"]));
        if (const Result<Samples> real = m_engine->realSamples())
            m_diagnosis.setReal(*real);
    }

    /// An edit while training.
    void set(const std::string& path, const Json& value)
    {
        if (const Status applied = m_engine->apply(path, value); !applied)
            throw std::runtime_error(applied.error().sentence());
        setPath(m_document, path, value);
    }

    void train(std::int64_t steps, std::int64_t sampleEvery = 25)
    {
        for (std::int64_t done = 0; done < steps;) {
            const Engine::Advance advanced = m_engine->advance();
            if (advanced.fault) {
                m_diagnosis.observe(*advanced.fault);
                take();
                return;
            }
            if (!advanced.stepDone)
                continue;
            if (++done % sampleEvery != 0 && done != steps)
                continue;
            std::vector<MetricRow> rows;
            m_engine->takeRows(rows);
            m_diagnosis.observe(rows, m_document);
            if (const Result<Samples> samples = m_engine->sample()) {
                if (const std::optional<DiversityPoint> point = m_diagnosis.observe(*samples))
                    diversity.push_back(*point);
            }
            take();
        }
    }

    std::int64_t step() const { return m_engine->progress().step; }

    /// Names of what was found, each once, in the order it was.
    QString kinds() const
    {
        QStringList names;
        for (const Symptom& symptom : found) {
            const QString name = QString::fromStdString(kindName(symptom.kind));
            if (!names.contains(name))
                names << name;
        }
        return names.join(QLatin1Char(' '));
    }
    QString sentences() const
    {
        QStringList lines;
        for (const Symptom& symptom : found)
            lines << QString::fromStdString(symptom.text);
        return lines.join(QLatin1Char('\n'));
    }

    std::vector<Symptom> found;
    std::vector<DiversityPoint> diversity;

private:
    void take()
    {
        for (Symptom& symptom : m_diagnosis.takeSymptoms())
            found.push_back(std::move(symptom));
    }

    Json m_document;
    std::unique_ptr<Engine> m_engine;
    Diagnosis m_diagnosis;
};

} // namespace saddle::test
