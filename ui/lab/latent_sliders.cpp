// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/latent_sliders.h"

#include "ui/bridge/lab.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/slider_row.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/glyphs.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollArea>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

constexpr int margin = 8;

/// Whether a word of the search names a number: "12", "z12", "5-9", "1*".
bool names(const QString& word, int dimension)
{
    static const QRegularExpression range(QStringLiteral("^z?(\\d+)-z?(\\d+)$"));
    if (const QRegularExpressionMatch match = range.match(word); match.hasMatch())
        return dimension >= match.captured(1).toInt() && dimension <= match.captured(2).toInt();
    const QString number = QString::number(dimension);
    const QString wanted = word.startsWith(QLatin1Char('z')) ? word.mid(1) : word;
    if (wanted.endsWith(QLatin1Char('*')))
        return number.startsWith(wanted.chopped(1));
    return number == wanted;
}

} // namespace

LatentSliders::LatentSliders(Lab* lab, LatentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_search(new QLineEdit)
    , m_back(flatButton("sliderPageBack", tr("The sliders before these")))
    , m_place(new QLabel)
    , m_forward(flatButton("sliderPageForward", tr("The sliders after these")))
    , m_area(new QScrollArea)
    , m_none(new QLabel(tr("No number is found by these words.")))
{
    setObjectName(QStringLiteral("latentSliders"));
    m_search->setObjectName(QStringLiteral("sliderSearch"));
    m_search->setPlaceholderText(tr("Find: 12, 5-9, locked"));
    m_search->setToolTip(tr("Numbers and ranges of them (12, 5-9, 1*), “locked” or “changed”"));
    m_search->setClearButtonEnabled(true);
    m_place->setObjectName(QStringLiteral("sliderPlace"));
    m_place->setAlignment(Qt::AlignCenter);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(margin, margin, margin, 0);
    head->addWidget(m_search, 1);
    head->addWidget(m_back);
    head->addWidget(m_place);
    head->addWidget(m_forward);

    auto* rows = new QWidget;
    auto* column = new QVBoxLayout(rows);
    column->setContentsMargins(margin, margin / 2, margin, margin / 2);
    column->setSpacing(0);
    for (int i = 0; i < pageSize; ++i) {
        auto* row = new SliderRow;
        row->setObjectName(QStringLiteral("sliderRow%1").arg(i));
        const auto dimension = [this, i] { return dimensionAt(i); };
        connect(lab, &Lab::besideChanged, row, [lab, row] { row->setPace(lab->pace()); });
        connect(row, &SliderRow::valueChanged, this,
            [this, dimension](double value) { m_document->setValue(dimension(), static_cast<float>(value)); });
        connect(row, &SliderRow::released, m_document, &LatentDocument::endGesture);
        connect(row, &SliderRow::lockChanged, this,
            [this, dimension](bool locked) { m_document->setLocked(dimension(), locked); });
        connect(row, &SliderRow::resetRequested, this, [this, dimension] { m_document->resetValue(dimension()); });
        column->addWidget(row);
        m_rows.push_back(row);
    }
    column->addWidget(m_none);
    column->addStretch(1);
    m_none->setWordWrap(true);
    m_none->setForegroundRole(QPalette::PlaceholderText);
    m_area->setWidget(rows);
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->setFocusPolicy(Qt::NoFocus);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(head);
    all->addWidget(m_area, 1);

    connect(m_search, &QLineEdit::textChanged, this, [this] {
        tellMoves();
        search();
    });
    connect(m_back, &QToolButton::clicked, this, [this] { setPage(m_page - 1); });
    connect(m_forward, &QToolButton::clicked, this, [this] { setPage(m_page + 1); });
    connect(m_document, &LatentDocument::wasReset, this, &LatentSliders::search);
    connect(m_document, &LatentDocument::changed, this, &LatentSliders::showValues);
    updateIcons();
    search();
}

int LatentSliders::dimensionAt(int row) const
{
    const int place = m_page * pageSize + row;
    return m_found[static_cast<std::size_t>(place)];
}

int LatentSliders::pageCount() const
{
    return std::max(1, (static_cast<int>(m_found.size()) + pageSize - 1) / pageSize);
}

void LatentSliders::search()
{
    const QStringList words =
        m_search->text().toLower().split(QRegularExpression(QStringLiteral("[,\\s]+")), Qt::SkipEmptyParts);
    m_found.clear();
    for (int i = 0; i < static_cast<int>(m_document->dimensions()); ++i) {
        const bool found = words.isEmpty() || std::any_of(words.begin(), words.end(), [this, i](const QString& word) {
            if (word == tr("locked"))
                return m_document->isLocked(i);
            if (word == tr("changed"))
                return m_document->isChanged(i);
            return names(word, i);
        });
        if (found)
            m_found.push_back(i);
    }
    m_page = std::min(m_page, pageCount() - 1);
    showPage();
}

/// Before rows stand for other numbers.
void LatentSliders::tellMoves()
{
    for (SliderRow* row : m_rows)
        row->tellMove();
}

void LatentSliders::setPage(int page)
{
    tellMoves();
    m_page = std::clamp(page, 0, pageCount() - 1);
    showPage();
}

void LatentSliders::showPage()
{
    const int first = m_page * pageSize;
    const int count = std::min(pageSize, static_cast<int>(m_found.size()) - first);
    const double reach = m_document->reach();
    const int nameWidth =
        fontMetrics().horizontalAdvance(QStringLiteral("z%1").arg(std::max<std::int64_t>(m_document->dimensions(), 10)))
        + 8;
    for (int i = 0; i < pageSize; ++i) {
        SliderRow* row = m_rows[static_cast<std::size_t>(i)];
        row->setVisible(i < count);
        if (i >= count)
            continue;
        row->setReach(reach);
        row->setName(QStringLiteral("z%1").arg(dimensionAt(i)), {});
        row->setNameWidth(nameWidth);
    }
    m_none->setVisible(m_found.empty() && m_document->dimensions() > 0);
    m_back->setEnabled(m_page > 0);
    m_forward->setEnabled(m_page + 1 < pageCount());
    m_place->setText(count > 0 ? tr("%1–%2 of %3").arg(first + 1).arg(first + count).arg(m_found.size()) : tr("none"));
    m_area->ensureVisible(0, 0);
    showValues();
}

void LatentSliders::showValues()
{
    const int first = m_page * pageSize;
    for (int i = 0; i < pageSize && first + i < static_cast<int>(m_found.size()); ++i) {
        const int dimension = dimensionAt(i);
        if (dimension >= m_document->dimensions())
            return; // another generator: the search follows
        m_rows[static_cast<std::size_t>(i)]->show(static_cast<double>(m_document->value(dimension)),
            m_document->isLocked(dimension), m_document->isChanged(dimension));
    }
}

void LatentSliders::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateIcons();
}

void LatentSliders::updateIcons()
{
    m_back->setIcon(glyphIcon(Glyph::Back, palette()));
    m_forward->setIcon(glyphIcon(Glyph::Forward, palette()));
}

} // namespace saddle
