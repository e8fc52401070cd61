// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

#include <QImage>
#include <QScrollArea>

class QLabel;

namespace saddle {

/// A tall picture to be read from its top: as wide as there is room, but never larger than itself, and scrolled.
class PageView : public QScrollArea {
    Q_OBJECT

public:
    explicit PageView(QWidget* parent = nullptr);

    void setPage(Image page);
    const Image& page() const { return m_page; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();

    Image m_page;
    QImage m_pixels; ///< looks into m_page, copies nothing
    QLabel* m_label;
};

} // namespace saddle
