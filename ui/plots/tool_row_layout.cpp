// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/tool_row_layout.h"

#include <QHBoxLayout>
#include <QStyle>
#include <QWidget>

#include <algorithm>

namespace saddle {
namespace {

constexpr int gap = 8;
constexpr int rowGap = 4;

} // namespace

ToolRowLayout::ToolRowLayout(QWidget* parent)
    : QLayout(parent)
{
}

ToolRowLayout::~ToolRowLayout()
{
    qDeleteAll(m_items);
}

void ToolRowLayout::addItem(QLayoutItem* item)
{
    m_items.append(item);
}

QLayoutItem* ToolRowLayout::itemAt(int index) const
{
    return m_items.value(index);
}

QLayoutItem* ToolRowLayout::takeAt(int index)
{
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

int ToolRowLayout::heightForWidth(int width) const
{
    return arrange({0, 0, width, 0}, false);
}

QSize ToolRowLayout::sizeHint() const
{
    int width = 0;
    int height = 0;
    for (const QLayoutItem* item : m_items) {
        width += item->sizeHint().width() + gap;
        height = std::max(height, item->sizeHint().height());
    }
    const QMargins margins = contentsMargins();
    return QSize(width - gap, height) + QSize(margins.left() + margins.right(), margins.top() + margins.bottom());
}

QSize ToolRowLayout::minimumSize() const
{
    QSize size;
    for (const QLayoutItem* item : m_items)
        size = size.expandedTo(item->minimumSize());
    const QMargins margins = contentsMargins();
    return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom());
}

void ToolRowLayout::setGeometry(const QRect& rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int ToolRowLayout::arrange(const QRect& rect, bool apply) const
{
    const QRect inner = rect.marginsRemoved(contentsMargins());
    int y = inner.top();
    for (qsizetype first = 0; first < m_items.size();) {
        // A row takes what fits, at least one item.
        qsizetype last = first;
        int used = 0;
        int height = 0;
        int expanding = 0;
        while (last < m_items.size()) {
            const QLayoutItem* item = m_items[last];
            const int width = item->sizeHint().width();
            const int before = used > 0 && width > 0 ? gap : 0; // what is hidden takes no gap either
            if (last > first && used + before + width > inner.width())
                break;
            used += before + width;
            height = std::max(height, item->sizeHint().height());
            expanding += (item->expandingDirections() & Qt::Horizontal) ? 1 : 0;
            ++last;
        }
        int x = inner.left();
        int spare = std::max(0, inner.width() - used);
        for (; first < last; ++first) {
            QLayoutItem* item = m_items[first];
            int width = std::min(item->sizeHint().width(), inner.width());
            if ((item->expandingDirections() & Qt::Horizontal) && expanding > 0) {
                const int share = std::min(spare / expanding, item->maximumSize().width() - width);
                width += std::max(0, share);
                spare -= std::max(0, share);
                --expanding;
            }
            if (apply)
                item->setGeometry(
                    QStyle::visualRect(parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight, rect,
                        QRect(x, y, width, height)));
            x += width > 0 ? width + gap : 0;
        }
        y += height + rowGap;
    }
    return y - rowGap - rect.top() + contentsMargins().bottom();
}

QWidget* together(const QList<QWidget*>& widgets)
{
    auto* group = new QWidget;
    auto* row = new QHBoxLayout(group);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(rowGap);
    for (QWidget* widget : widgets)
        row->addWidget(widget);
    return group;
}

} // namespace saddle
