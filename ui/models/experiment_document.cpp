// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/experiment_document.h"

#include "core/base/files.h"
#include "core/runs/presets.h"

#include <QUndoCommand>
#include <QUndoStack>

#include <chrono>

namespace saddle {

/// One edit, as the documents before and after it: a change of kind changes more than one key.
class SettingCommand : public QUndoCommand {
public:
    SettingCommand(ExperimentDocument* document, QString path, const QString& label, Json after)
        : QUndoCommand(ExperimentDocument::tr("change of %1").arg(label))
        , m_document(document)
        , m_path(std::move(path))
        , m_before(document->json())
        , m_after(std::move(after))
        , m_made(Clock::now())
    {
    }

    void undo() override { m_document->put(m_before, m_path); }
    void redo() override { m_document->put(m_after, m_path); }
    int id() const override { return 1; }

    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const SettingCommand*>(other);
        constexpr auto together = std::chrono::seconds(1); // a drag is one edit, two clicks a while apart are two
        if (next->m_path != m_path || next->m_made - m_made > together)
            return false;
        m_after = next->m_after;
        m_made = next->m_made;
        return true;
    }

private:
    using Clock = std::chrono::steady_clock; // the time of day may be set back
    ExperimentDocument* m_document;
    QString m_path;
    Json m_before;
    Json m_after;
    Clock::time_point m_made;
};

ExperimentDocument::ExperimentDocument(const Catalog& catalog, QObject* parent)
    : QObject(parent)
    , m_catalog(catalog)
    , m_undo(new QUndoStack(this))
{
    m_undo->setUndoLimit(500);
    if (Result<Json> empty = resolveDocument(Json::object(), m_catalog))
        m_json = m_loaded = *std::move(empty);
}

Status ExperimentDocument::load(const QString& presetOrFile)
{
    Result<Json> document = loadExperiment(presetOrFile.toStdString(), m_catalog);
    if (!document)
        return document.error();
    adopt(*std::move(document), presetOrFile);
    return {};
}

void ExperimentDocument::adopt(Json document, const QString& name)
{
    Json base = document;
    adoptEdited(std::move(document), std::move(base), name);
}

void ExperimentDocument::adoptEdited(Json document, Json base, const QString& name)
{
    m_json = std::move(document);
    m_loaded = std::move(base);
    m_name = name;
    m_undo->clear();
    Q_EMIT loaded();
}

Status ExperimentDocument::saveAs(const QString& file)
{
    return writeFileWhole(file.toStdString(), prettyJson(m_json));
}

Json ExperimentDocument::value(const QString& path) const
{
    const Json* found = findPath(m_json, path.toStdString());
    return found ? *found : Json();
}

Json ExperimentDocument::baseline(const QString& path) const
{
    if (const Json* found = findPath(m_loaded, path.toStdString()))
        return *found;
    Result<Parameter> parameter = findParameter(m_json, m_catalog, path.toStdString());
    return parameter ? parameter->defaultValue : Json();
}

Status ExperimentDocument::set(const QString& path, const Json& value)
{
    Result<Json> next = changeSetting(m_json, m_catalog, path.toStdString(), value);
    if (!next)
        return next.error();
    if (*next == m_json)
        return {};
    Result<Parameter> parameter = findParameter(*next, m_catalog, path.toStdString());
    const QString label = parameter ? fromUtf8(parameter->label) : path;
    m_undo->push(new SettingCommand(this, path, label, *std::move(next)));
    return {};
}

void ExperimentDocument::reset(const QString& path)
{
    // A baseline was valid once; it may not be in another section's company, and then nothing changes.
    [[maybe_unused]] const Status done = set(path, baseline(path));
}

void ExperimentDocument::put(Json document, const QString& path)
{
    const auto keysOf = [](const Json& json) {
        std::vector<std::string> keys;
        const Json flat = json.flatten(); // items() only looks at it
        for (const auto& [key, value] : flat.items())
            keys.push_back(key);
        return keys;
    };
    const bool structure = keysOf(document) != keysOf(m_json);
    m_json = std::move(document);
    Q_EMIT changed(path, structure);
}

Result<DataHeader> ExperimentDocument::dataHeader() const
{
    const SourceInfo* source = m_catalog.sources.find(m_json["data"].value("source", std::string()));
    if (!source)
        return Error{"no data source is chosen", "data.source", "choose one"};
    return source->header(m_json["data"]);
}

QString ExperimentDocument::commandLine() const
{
    QString line = QStringLiteral("saddle-cli train %1").arg(m_name);
    const Json before = m_loaded.flatten();
    const Json after = m_json.flatten();
    for (const auto& [pointer, value] : after.items()) {
        const auto old = before.find(pointer);
        if (old != before.end() && *old == value)
            continue;
        QString path = QString::fromStdString(pointer).mid(1).replace(QLatin1Char('/'), QLatin1Char('.'));
        // Layers are one setting.
        const qsizetype layers = path.indexOf(QStringLiteral(".layers."));
        if (layers >= 0)
            path.truncate(layers + 7);
        QString text = QString::fromStdString(this->value(path).dump());
        if (this->value(path).is_string())
            text = QString::fromStdString(this->value(path).get<std::string>());
        QString setting = QStringLiteral("%1=%2").arg(path, text);
        if (setting.contains(QLatin1Char(' ')) || setting.contains(QLatin1Char('"'))
            || setting.contains(QLatin1Char('[')))
            setting =
                QLatin1Char('\'') + setting.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
        const QString option = QStringLiteral(" --set ") + setting;
        if (!line.contains(option))
            line += option;
    }
    return line + QStringLiteral(" --out RUN");
}

QString headText(const Json& document, const char* key)
{
    const Json* text = findPath(document, key);
    return text && text->is_string() ? fromUtf8(text->get<std::string>()) : QString();
}

QString valueText(const Json& value)
{
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (value.is_number_float())
        return QString::number(value.get<double>(), 'g', 10);
    return QString::fromStdString(value.dump());
}

} // namespace saddle
