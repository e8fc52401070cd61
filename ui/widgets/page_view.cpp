// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/page_view.h"

#include <QLabel>
#include <QResizeEvent>
#include <QScrollBar>

#include <algorithm>

namespace saddle {

PageView::PageView(QWidget* parent)
    : QScrollArea(parent)
    , m_label(new QLabel)
{
    setWidget(m_label);
    setFrameShape(QFrame::NoFrame);
    setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    // The page gives way to the bar, so that the bar never comes and goes as the page is fitted.
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

void PageView::setPage(Image page)
{
    m_page = std::move(page);
    m_pixels = QImage(m_page.pixels.data(), m_page.width, m_page.height, m_page.width * m_page.channels,
        m_page.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
    fit();
    verticalScrollBar()->setValue(0);
}

void PageView::resizeEvent(QResizeEvent* event)
{
    QScrollArea::resizeEvent(event);
    fit();
}

void PageView::fit()
{
    if (m_page.empty())
        return;
    const double ratio = devicePixelRatioF();
    const int width = std::min(m_page.width, static_cast<int>(viewport()->width() * ratio));
    if (width < 1)
        return;
    QPixmap scaled = QPixmap::fromImage(m_pixels.scaledToWidth(width, Qt::SmoothTransformation));
    scaled.setDevicePixelRatio(ratio);
    m_label->setPixmap(scaled);
    m_label->resize(m_label->sizeHint());
}

} // namespace saddle
