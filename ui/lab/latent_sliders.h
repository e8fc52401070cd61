// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

class QLabel;
class QLineEdit;
class QScrollArea;
class QToolButton;

namespace saddle {

class LatentDocument;
class Lab;
class SliderRow;

/// A slider for every number of the latent, a page at a time: a thousand cost no more than twenty. The search finds
/// numbers (12, 5-9, 1*), and those that are locked or changed.
class LatentSliders : public QWidget {
    Q_OBJECT

public:
    static constexpr int pageSize = 20;

    LatentSliders(Lab* lab, LatentDocument* document, QWidget* parent = nullptr);

    /// The numbers that the search finds, in order.
    const std::vector<int>& found() const { return m_found; }
    int page() const { return m_page; }

public Q_SLOTS:
    void setPage(int page);

private:
    void tellMoves();
    void search();
    void showPage();
    void showValues();
    /// The number on a row of the page.
    int dimensionAt(int row) const;
    int pageCount() const;
    void updateIcons();
    void changeEvent(QEvent* event) override;

    LatentDocument* m_document;
    QLineEdit* m_search;
    QToolButton* m_back;
    QLabel* m_place;
    QToolButton* m_forward;
    QScrollArea* m_area;
    QLabel* m_none;
    std::vector<SliderRow*> m_rows;
    std::vector<int> m_found;
    int m_page = 0;
};

} // namespace saddle
