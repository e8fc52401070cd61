// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLayout>
#include <QList>

namespace saddle {

/// Puts its items in a row and wraps to further rows when the width is too small, so that a row of controls never
/// dictates how narrow a panel may get. What is left over in a row goes to the items that expand.
class ToolRowLayout : public QLayout {
public:
    explicit ToolRowLayout(QWidget* parent = nullptr);
    ~ToolRowLayout() override;

    void addItem(QLayoutItem* item) override;
    int count() const override { return static_cast<int>(m_items.size()); }
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return Qt::Horizontal; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

private:
    int arrange(const QRect& rect, bool apply) const;

    QList<QLayoutItem*> m_items;
};

/// Widgets that stay beside each other where a row wraps: a name and what it names.
QWidget* together(const QList<QWidget*>& widgets);

} // namespace saddle
