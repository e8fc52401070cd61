// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/preset_list.h"

#include "core/runs/presets.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/save_file.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemDelegate>
#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPainter>
#include <QScreen>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

enum Role { NameRole = Qt::UserRole, DescriptionRole, FamilyRole };

constexpr int padding = 8;
constexpr int leastWidth = 480;
constexpr int mostHeight = 520;

bool isHeading(const QModelIndex& index)
{
    return !index.data(NameRole).isValid();
}

QFont boldened(QFont font)
{
    font.setBold(true);
    return font;
}

/// A heading, or a title with what it is below.
class PresetDelegate : public QAbstractItemDelegate {
public:
    using QAbstractItemDelegate::QAbstractItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const int line = option.fontMetrics.height();
        return {leastWidth / 2, isHeading(index) ? line + 10 : 2 * line + 10};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QPalette& colours = option.palette;
        const bool selected = option.state & QStyle::State_Selected && !isHeading(index);
        const QColor ground = colours.color(selected ? QPalette::Highlight : QPalette::Base);
        const QColor ink = colours.color(
            QPalette::Active, selected ? QPalette::HighlightedText : QPalette::Text); // headings are not disabled
        const QRect box = option.rect.adjusted(padding, 0, -padding, 0);
        const auto line = [&](const QRect& where, const QFont& font, const QColor& colour, const QString& text) {
            painter->setFont(font);
            painter->setPen(colour);
            painter->drawText(where, Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine,
                QFontMetrics(font).elidedText(text, Qt::ElideRight, where.width()));
        };
        painter->save();
        painter->fillRect(option.rect, ground);
        const QString title = index.data(Qt::DisplayRole).toString();
        const int height = option.fontMetrics.height();
        if (isHeading(index)) {
            line(box.adjusted(0, 6, 0, 0), boldened(option.font), theme::mixed(ground, ink, 0.72), title);
        } else {
            const QRect first(box.left() + padding, box.top() + 5, box.width() - padding, height);
            line(first, option.font, ink, title);
            line(first.translated(0, height), option.font, theme::mixed(ground, ink, selected ? 0.9 : 0.68),
                index.data(DescriptionRole).toString());
        }
        painter->restore();
    }
};

/// What a preset's name begins with says what it is about: "celeba-dcgan".
QString familyOf(const QString& name)
{
    static const std::pair<const char*, const char*> known[]{{"celeba", "CelebA"}, {"cifar10", "CIFAR-10"},
        {"fashion", "Fashion-MNIST"}, {"mnist", "MNIST"}, {"ring", "Ring of Gaussians"}, {"grid", "Grid of Gaussians"},
        {"patches", "Image patches"}};
    const QString word = name.section(QLatin1Char('-'), 0, 0);
    for (const auto& [key, title] : known) {
        if (word == QLatin1String(key))
            return QString::fromLatin1(title);
    }
    return word.left(1).toUpper() + word.mid(1);
}

} // namespace

std::vector<PresetEntry> presetEntries()
{
    std::vector<PresetEntry> entries;
    for (const PresetFile& preset : presetFiles()) {
        const Result<Json> document = parseJson(preset.text, preset.name);
        PresetEntry entry;
        entry.name = fromUtf8(preset.name);
        entry.title = document ? headText(*document, "title") : QString();
        if (entry.title.isEmpty())
            entry.title = entry.name;
        entry.description = document ? headText(*document, "description") : fromUtf8(document.error().sentence());
        entry.family = preset.path.empty() ? familyOf(entry.name) : PresetList::tr("My own");
        entries.push_back(std::move(entry));
    }
    return entries;
}

PresetList::PresetList(QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , m_filter(new QLineEdit(this))
    , m_list(new QListWidget(this))
    , m_nothing(new QLabel(tr("No preset has these words."), this))
    , m_hint(new ElidedLabel(this))
{
    setObjectName(QStringLiteral("presetPopup"));
    setFrameShape(QFrame::StyledPanel);
    m_filter->setObjectName(QStringLiteral("presetFilter"));
    m_filter->setPlaceholderText(tr("Find a preset"));
    m_filter->setAccessibleName(tr("Find a preset"));
    m_filter->setClearButtonEnabled(true);
    m_list->setObjectName(QStringLiteral("presetList"));
    m_list->setAccessibleName(tr("Presets"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus); // the keys are the filter's, which passes them on
    m_list->setItemDelegate(new PresetDelegate(m_list));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setMouseTracking(true);
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setForegroundRole(QPalette::PlaceholderText);
    m_nothing->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(6);
    column->addWidget(m_filter);
    column->addWidget(m_nothing);
    column->addWidget(m_list, 1);
    m_hint->setObjectName(QStringLiteral("presetHint"));
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    m_hint->hide();
    column->addWidget(m_hint);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_list, &QListWidget::customContextMenuRequested, this, &PresetList::popUp);
    m_filter->installEventFilter(this);
    connect(m_filter, &QLineEdit::textChanged, this, &PresetList::applyFilter);
    connect(m_list, &QListWidget::itemClicked, this, &PresetList::take);
    connect(m_list, &QListWidget::itemEntered, this, [this](QListWidgetItem* item) {
        if (!isHeading(m_list->indexFromItem(item)))
            m_list->setCurrentItem(item);
    });
}

void PresetList::setHint(const QString& hint)
{
    m_hint->setText(hint);
    m_hint->setVisible(!hint.isEmpty());
}

void PresetList::setEntries(const std::vector<PresetEntry>& entries)
{
    m_list->clear();
    QStringList families;
    for (const PresetEntry& entry : entries) {
        if (!families.contains(entry.family))
            families << entry.family;
    }
    for (const QString& family : families) {
        auto* heading = new QListWidgetItem(family, m_list);
        heading->setFlags(Qt::NoItemFlags);
        heading->setData(FamilyRole, family);
        for (const PresetEntry& entry : entries) {
            if (entry.family != family)
                continue;
            auto* item = new QListWidgetItem(entry.title, m_list);
            item->setData(NameRole, entry.name);
            item->setData(DescriptionRole, entry.description);
            item->setData(FamilyRole, family);
            item->setData(Qt::AccessibleDescriptionRole, entry.description);
            item->setToolTip(entry.description);
        }
    }
    applyFilter();
}

void PresetList::open(const QWidget* below, const QString& current, const QString& typed)
{
    m_filter->setText(typed);
    applyFilter();
    for (int row = 0; row < m_list->count() && typed.isEmpty(); ++row) {
        if (m_list->item(row)->data(NameRole).toString() == current && !current.isEmpty())
            m_list->setCurrentRow(row);
    }
    const QRect screen = below->screen()->availableGeometry();
    int height = m_filter->sizeHint().height() + (m_hint->isHidden() ? 0 : m_hint->sizeHint().height() + 6) + 24;
    for (int row = 0; row < m_list->count(); ++row)
        height += m_list->sizeHintForRow(row);
    QPoint place = below->mapToGlobal(QPoint(0, below->height()));
    const int room = screen.bottom() - place.y();
    resize(std::max(leastWidth, below->width()), std::min({height, mostHeight, std::max(room, 200)}));
    place.setX(std::clamp(place.x(), screen.left(), std::max(screen.left(), screen.right() - width())));
    place.setY(std::min(place.y(), screen.bottom() - this->height()));
    move(place);
    show();
    m_filter->setFocus(Qt::PopupFocusReason);
    m_list->scrollToItem(m_list->currentItem(), QAbstractItemView::PositionAtCenter);
}

void PresetList::applyFilter()
{
    const QStringList words = m_filter->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    QListWidgetItem* heading = nullptr;
    QListWidgetItem* first = nullptr;
    for (int row = 0; row < m_list->count(); ++row) {
        QListWidgetItem* item = m_list->item(row);
        if (isHeading(m_list->indexFromItem(item))) {
            heading = item;
            heading->setHidden(true); // until one of its presets is found
            continue;
        }
        QString all;
        for (const int role : {int{Qt::DisplayRole}, int{NameRole}, int{DescriptionRole}, int{FamilyRole}})
            all += item->data(role).toString() + QLatin1Char(' ');
        const bool found = std::all_of(words.begin(), words.end(),
            [&all](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
        item->setHidden(!found);
        if (!found)
            continue;
        heading->setHidden(false);
        if (!first)
            first = item;
    }
    m_nothing->setVisible(!first);
    if (!m_list->currentItem() || m_list->currentItem()->isHidden() || !words.isEmpty())
        m_list->setCurrentItem(first);
}

/// To the next preset that is shown, so many times.
void PresetList::step(int rows)
{
    const int by = rows > 0 ? 1 : -1;
    int at = m_list->currentRow();
    for (int row = at + by; row >= 0 && row < m_list->count() && rows != 0; row += by) {
        if (m_list->item(row)->isHidden() || isHeading(m_list->indexFromItem(m_list->item(row))))
            continue;
        at = row;
        rows -= by;
    }
    m_list->setCurrentRow(at);
}

/// The name of the preset that is chosen and shown; empty where there is none.
QString PresetList::current() const
{
    const QListWidgetItem* item = m_list->currentItem();
    return item && !item->isHidden() ? item->data(NameRole).toString() : QString();
}

void PresetList::take()
{
    const QString name = current();
    if (name.isEmpty())
        return;
    if (!m_staysOpen)
        close();
    Q_EMIT chosen(name);
}

void PresetList::takeToQueue()
{
    if (const QString name = current(); !name.isEmpty())
        Q_EMIT queueRequested(name);
}

void PresetList::popUp(const QPoint& place)
{
    QListWidgetItem* item = m_list->itemAt(place);
    if (!item || isHeading(m_list->indexFromItem(item)) || m_staysOpen)
        return;
    m_list->setCurrentItem(item);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("presetMenu"));
    menu->addAction(tr("&Open"), this, &PresetList::take);
    menu->addAction(tr("Add to the &queue\tCtrl+Enter"), this, &PresetList::takeToQueue)
        ->setObjectName(QStringLiteral("presetQueue"));
    popUpMenu(menu, m_list->viewport()->mapToGlobal(place));
}

bool PresetList::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_filter || event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    constexpr int page = 6;
    const auto* key = static_cast<QKeyEvent*>(event);
    switch (key->key()) {
    case Qt::Key_Down:
        step(1);
        return true;
    case Qt::Key_Up:
        step(-1);
        return true;
    case Qt::Key_PageDown:
        step(page);
        return true;
    case Qt::Key_PageUp:
        step(-page);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (key->modifiers() & Qt::ControlModifier)
            takeToQueue();
        else
            take();
        return true;
    default:
        return false;
    }
}

} // namespace saddle
