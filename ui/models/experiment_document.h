// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/experiment.h"

#include <QObject>
#include <QString>

#include <optional>

class QUndoStack;

namespace saddle {

/// The experiment being edited: a resolved document with undo. Everything that shows or changes a setting goes through
/// here; a value that is refused changes nothing.
class ExperimentDocument : public QObject {
    Q_OBJECT

public:
    explicit ExperimentDocument(const Catalog& catalog, QObject* parent = nullptr);

    const Catalog& catalog() const { return m_catalog; }
    const Json& json() const { return m_json; }
    /// As it was loaded, before all edits.
    const Json& loadedJson() const { return m_loaded; }
    QUndoStack* undoStack() const { return m_undo; }

    /// A preset by name or a file. The undo history begins anew.
    Status load(const QString& presetOrFile);
    /// A resolved document from elsewhere (a run).
    void adopt(Json document, const QString& name);
    /// The same of one that was edited since it was as `base`.
    void adoptEdited(Json document, Json base, const QString& name);
    Status saveAs(const QString& file);

    /// Name of the preset or file it came from.
    QString name() const { return m_name; }

    std::vector<Section> sections() const { return experimentSections(m_json, m_catalog); }
    Json value(const QString& path) const;
    /// The value it was loaded with, or the default where the loaded document has no such setting.
    Json baseline(const QString& path) const;
    bool isChanged(const QString& path) const { return value(path) != baseline(path); }
    bool isModified() const { return m_json != m_loaded; }

    /// Changes one setting, checked, as one step of undo; changes of one setting in a row are one step.
    Status set(const QString& path, const Json& value);
    /// Back to the baseline.
    void reset(const QString& path);

    /// The shape of the data, when its header can be read.
    Result<DataHeader> dataHeader() const;
    /// The command that trains this very experiment from a shell. `file` is where it was saved, if it was.
    QString commandLine() const;

Q_SIGNALS:
    /// One setting changed, by edit, undo or redo. When a kind changed, other settings of its section came and went:
    /// then `structure` is true and forms are built anew.
    void changed(const QString& path, bool structure);
    /// Another experiment was loaded.
    void loaded();

private:
    friend class SettingCommand;
    void put(Json document, const QString& path);

    const Catalog& m_catalog;
    Json m_json;
    Json m_loaded;
    QString m_name;
    QUndoStack* m_undo;
};

/// What a document says of itself: "title", "description", "source"; empty where it says nothing.
QString headText(const Json& document, const char* key);
/// Text of a value as a person reads it.
QString valueText(const Json& value);

inline QString fromUtf8(const std::string& text)
{
    return QString::fromStdString(text);
}

} // namespace saddle
