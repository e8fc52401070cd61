// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/checkpoint_room.h"

#include "ui/widgets/theme.h"

#include <QLocale>
#include <QPainter>

#include <algorithm>

namespace saddle {

namespace {

constexpr int barHeight = 2;

/// In thousands, as the setting counts.
QString sizeText(double bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), bytes < 1e9 ? 0 : 1, QLocale::DataSizeSIFormat);
}

} // namespace

CheckpointRoom::CheckpointRoom(QWidget* parent)
    : QLabel(parent)
{
    setObjectName(QStringLiteral("checkpointRoom"));
    setContentsMargins(0, 0, 0, barHeight);
    hide();
}

void CheckpointRoom::show(const CheckpointUse& use, double gigabytes)
{
    setVisible(use.count > 0);
    const auto bytes = static_cast<double>(use.bytes);
    const double room = gigabytes * 1e9;
    const double share = room > 0 ? bytes / room : 0;
    const Level level = share > 1 ? Level::Over : share >= nearlyFull ? Level::Near : Level::Room;
    const QString text = room > 0 ? tr("Checkpoints: %1 of %2").arg(sizeText(bytes), sizeText(room))
                                  : tr("Checkpoints: %1").arg(sizeText(bytes));
    if (text == this->text() && level == m_level && share == m_share)
        return;
    m_level = level;
    m_share = share;
    const QString count = use.count == 1 ? tr("One checkpoint on disk.") : tr("%1 checkpoints on disk.").arg(use.count);
    const QString rest = room <= 0 ? tr("They may take any room: “Room for checkpoints”, under Sampling, sets a limit.")
        : level == Level::Over
        ? tr("Those that always stay (the last two, the best, those pinned or saved by hand) take more than the room "
             "for checkpoints. Unpin some in the tab Runs, or raise “Room for checkpoints” under Sampling.")
        : level == Level::Near
        ? tr("Their room is nearly used up: with each new one an older one goes, unless it is pinned or was saved by "
             "hand. "
             "“Room for checkpoints”, under Sampling, gives them more.")
        : tr("Above the room for checkpoints (“Room for checkpoints”, under Sampling) older ones are thinned.");
    setText(text);
    setToolTip(count + QLatin1Char(' ') + rest);
    update();
}

void CheckpointRoom::paintEvent(QPaintEvent* event)
{
    QLabel::paintEvent(event);
    if (m_share <= 0)
        return;
    QPainter painter(this);
    const QColor ground = theme::mixed(palette().color(QPalette::Window), palette().color(QPalette::WindowText), 0.15);
    const QColor full = m_level == Level::Over ? theme::errorColour()
        : m_level == Level::Near               ? theme::warningColour()
                                               : palette().color(QPalette::Highlight);
    const QRect bar(0, height() - barHeight, width(), barHeight);
    painter.fillRect(bar, ground);
    painter.fillRect(QRect(bar.topLeft(), QSize(static_cast<int>(std::min(m_share, 1.0) * width()), barHeight)), full);
}

} // namespace saddle
