// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "ui/plots/plot_types.h"

#include <span>

class QByteArray;

namespace saddle {

/// Writes columns of a store (all when `columns` is empty) with markers as events to a file, whole or not at all.
Status exportCsv(const QString& path, const SeriesStore& store, std::span<const std::size_t> columns,
    std::span<const Marker> markers);

/// Writes bytes to a file, whole or not at all.
Status exportBytes(const QString& path, const QByteArray& bytes);

} // namespace saddle
