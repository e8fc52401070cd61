// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/csv_export.h"

#include "ui/widgets/save_file.h"

#include <QSaveFile>

namespace saddle {

CsvExport::CsvExport(QObject* parent)
    : QObject(parent)
{
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &CsvExport::writeNext);
}

CsvExport::~CsvExport() = default;

void CsvExport::start(
    const QString& path, const SeriesStore& store, std::vector<std::size_t> columns, const std::vector<Marker>& markers)
{
    if (isRunning())
        return;
    std::vector<CsvEvent> events;
    events.reserve(markers.size());
    for (const Marker& marker : markers)
        events.push_back({marker.step, marker.text.toStdString()});
    m_writer = std::make_unique<CsvWriter>(store, std::move(columns), std::move(events));
    m_file = std::make_unique<QSaveFile>(path);
    if (!m_file->open(QIODevice::WriteOnly)) {
        Q_EMIT failed(QString::fromStdString(saveError(*m_file).sentence()));
        return finish();
    }
    m_timer.start();
    writeNext();
}

void CsvExport::cancel()
{
    if (isRunning())
        finish();
}

void CsvExport::writeNext()
{
    if (m_writer->isVoid()) {
        Q_EMIT failed(tr("The table was not saved: the run it is of was replaced."));
        return finish();
    }
    const std::string text = m_writer->next(rowsAtOnce);
    const auto size = static_cast<qint64>(text.size());
    const bool written = m_file->write(text.data(), size) == size;
    if (written && !m_writer->isDone()) {
        Q_EMIT progress(static_cast<int>(m_writer->rowsWritten()), static_cast<int>(m_writer->rowCount()));
        return;
    }
    if (written && m_file->commit())
        Q_EMIT saved(m_file->fileName());
    else
        Q_EMIT failed(QString::fromStdString(saveError(*m_file).sentence()));
    finish();
}

void CsvExport::finish()
{
    m_timer.stop();
    m_writer.reset();
    m_file.reset(); // what was not committed is gone
    Q_EMIT finished();
}

} // namespace saddle
