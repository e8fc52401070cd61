// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/csv_export.h"

#include <QCoreApplication>
#include <QSaveFile>

namespace saddle {
namespace {

Status writeWhole(const QString& path, const std::function<bool(QSaveFile&)>& write)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && write(file) && file.commit())
        return {};
    return Error{
        QCoreApplication::translate("saddle::Plots", "cannot be written: %1").arg(file.errorString()).toStdString(),
        path.toStdString(),
        QCoreApplication::translate("saddle::Plots", "choose a folder you may write to, with room on its disk")
            .toStdString()};
}

} // namespace

Status exportCsv(const QString& path, const SeriesStore& store, std::span<const std::size_t> columns,
    std::span<const Marker> markers)
{
    std::vector<CsvEvent> events;
    events.reserve(markers.size());
    for (const Marker& marker : markers)
        events.push_back({marker.step, marker.text.toStdString()});
    return writeWhole(path, [&](QSaveFile& file) {
        const auto sink = [&file](std::string_view text) {
            const auto size = static_cast<qint64>(text.size());
            return file.write(text.data(), size) == size;
        };
        return store.writeCsv(sink, columns, std::move(events));
    });
}

Status exportBytes(const QString& path, const QByteArray& bytes)
{
    return writeWhole(path, [&](QSaveFile& file) { return file.write(bytes) == bytes.size(); });
}

} // namespace saddle
