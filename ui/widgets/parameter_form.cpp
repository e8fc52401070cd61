// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parameter_form.h"

#include <QFileDialog>
#include <QPointer>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

QString browseByDialog(QWidget* parent, const Parameter& parameter, const QString& current)
{
    const QString title = ParameterForm::tr("Choose: %1").arg(QString::fromStdString(parameter.label));
    // A path's key says whether files or a folder are meant.
    if (parameter.key.find("folder") != std::string::npos)
        return QFileDialog::getExistingDirectory(parent, title, current);
    return QFileDialog::getOpenFileName(parent, title, current);
}

} // namespace

ParameterForm::ParameterForm(
    std::vector<Parameter> parameters, const QString& prefix, ParameterSource source, QWidget* parent)
    : QWidget(parent)
    , m_prefix(prefix)
    , m_source(std::move(source))
    , m_browse(browseByDialog)
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(5);
    setParameters(std::move(parameters));
}

void ParameterForm::setParameters(std::vector<Parameter> parameters)
{
    std::vector<ParameterRow*> old = std::move(m_rows);
    m_rows.clear();
    for (const Parameter& parameter : parameters) {
        const auto kept = std::find_if(old.begin(), old.end(), [&](ParameterRow* row) {
            return row && row->parameter().key == parameter.key && row->setParameter(parameter);
        });
        ParameterRow* row = kept != old.end() ? *kept : makeRow(parameter);
        if (kept != old.end())
            *kept = nullptr;
        const int at = static_cast<int>(m_rows.size());
        if (m_layout->indexOf(row) != at)
            m_layout->insertWidget(at, row);
        m_rows.push_back(row);
    }
    for (ParameterRow* row : old) {
        if (!row)
            continue;
        // Losing the focus must not enter what was typed for a setting that is gone.
        row->blockSignals(true);
        m_layout->removeWidget(row);
        row->hide();
        row->setParent(nullptr);
        row->deleteLater();
    }
    refresh();
}

ParameterRow* ParameterForm::makeRow(const Parameter& parameter)
{
    const QString key = QString::fromStdString(parameter.key);
    const QString path = m_prefix.isEmpty() ? key : m_prefix + QLatin1Char('.') + key;
    const auto browse = [this](QWidget* parent, const Parameter& asked, const QString& current) {
        return m_browse(parent, asked, current);
    };
    auto* row = new ParameterRow(parameter, path, browse, this);
    if (m_source.timeless)
        row->hideBadge();
    connect(row, &ParameterRow::entered, this, [this, row, key](const Json& value) {
        // The document's change may bring other rows, and this one may be gone then.
        const QPointer<ParameterRow> guarded(row);
        const Status taken = m_source.set(key, value);
        if (!guarded)
            return;
        if (!taken) {
            guarded->refuse(taken.error());
            return;
        }
        guarded->accept();
        refresh();
        Q_EMIT edited(key);
    });
    connect(row, &ParameterRow::resetRequested, this, [this, row, key] {
        const QPointer<ParameterRow> guarded(row);
        if (m_source.reset) {
            m_source.reset(key);
        } else if (const Status taken = m_source.set(key, m_source.baseline(key)); !taken) {
            if (guarded)
                guarded->refuse(taken.error());
            return;
        }
        refresh();
        Q_EMIT edited(key);
    });
    return row;
}

void ParameterForm::refresh()
{
    const Json* values = m_source.values();
    if (!values)
        return;
    for (ParameterRow* row : m_rows) {
        const std::string& key = row->parameter().key;
        const Json* value = findPath(*values, key);
        row->setValue(value ? *value : row->parameter().defaultValue, m_source.baseline(QString::fromStdString(key)));
        row->setWaiting(m_source.waits && m_source.waits(row->parameter()));
    }
    refreshVisibility();
}

void ParameterForm::refreshVisibility()
{
    const Json* values = m_source.values();
    for (ParameterRow* row : m_rows) {
        const bool wanted = (!values || row->parameter().visibleIn(*values)) && row->matches(m_words, m_context);
        row->setVisible(wanted);
    }
}

int ParameterForm::setFilter(const QStringList& words, const QString& context)
{
    m_words = words;
    m_context = context;
    refreshVisibility();
    return visibleRows();
}

int ParameterForm::visibleRows() const
{
    return static_cast<int>(
        std::count_if(m_rows.begin(), m_rows.end(), [](const ParameterRow* row) { return !row->isHidden(); }));
}

int ParameterForm::changedRows() const
{
    return static_cast<int>(
        std::count_if(m_rows.begin(), m_rows.end(), [](const ParameterRow* row) { return row->isChanged(); }));
}

ParameterRow* ParameterForm::row(const QString& key) const
{
    const auto found = std::find_if(m_rows.begin(), m_rows.end(),
        [&key](const ParameterRow* row) { return row->parameter().key == key.toStdString(); });
    return found == m_rows.end() ? nullptr : *found;
}

void ParameterForm::setBrowse(BrowseForPath browse)
{
    m_browse = std::move(browse);
}

} // namespace saddle
