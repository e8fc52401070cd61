// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/group_trays.h"

#include "ui/lab/latent_document.h"
#include "ui/lab/latent_picture.h"
#include "ui/lab/thumbnail.h"
#include "ui/widgets/collapsible_section.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QShortcut>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int thumbnailSide = 40;
constexpr int trayHeight = thumbnailSide + 16;

} // namespace

GroupTrays::GroupTrays(LatentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_section(new CollapsibleSection(tr("These minus those")))
    , m_name(new QLineEdit)
    , m_make(new QPushButton(tr("Ma&ke direction")))
{
    setObjectName(QStringLiteral("latentGroups"));
    m_section->header()->setObjectName(QStringLiteral("groupsHeader"));
    m_name->setObjectName(QStringLiteral("groupName"));
    m_name->setAccessibleName(tr("Name of the direction"));
    m_make->setObjectName(QStringLiteral("groupMake"));
    auto* inside = new QVBoxLayout;
    inside->setContentsMargins(margin, gap, margin, gap);
    inside->setSpacing(gap);
    inside->addLayout(makeTray(m_these, QStringLiteral("these"), tr("Add to these"),
        tr("Adds the picture in view to those that have what the direction should bring")));
    inside->addLayout(makeTray(
        m_those, QStringLiteral("those"), tr("Add to those"), tr("Adds the picture in view to those that lack it")));
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(m_name, 1);
    row->addWidget(m_make);
    inside->addLayout(row);
    m_section->body()->addLayout(inside);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_section);
    m_section->setExpanded(true);
    connect(m_make, &QPushButton::clicked, this, &GroupTrays::make);
    connect(m_name, &QLineEdit::returnPressed, m_make, &QPushButton::click);
    connect(document, &LatentDocument::wasReset, this, &GroupTrays::clear);
    showState();
}

QLayout* GroupTrays::makeTray(Tray& tray, const QString& name, const QString& add, const QString& tip)
{
    tray.list = new QListWidget;
    tray.list->setObjectName(name + QStringLiteral("List"));
    tray.list->setAccessibleName(name == QLatin1String("these") ? tr("These") : tr("Those"));
    tray.list->setViewMode(QListView::IconMode);
    tray.list->setFlow(QListView::LeftToRight);
    tray.list->setWrapping(false);
    tray.list->setMovement(QListView::Static);
    tray.list->setIconSize({thumbnailSide, thumbnailSide});
    tray.list->setSpacing(2);
    tray.list->setFixedHeight(trayHeight);
    tray.list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    tray.list->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    tray.list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // the keys and the wheel move it
    tray.add = new QPushButton(add);
    tray.add->setObjectName(name + QStringLiteral("Add"));
    tray.add->setToolTip(tip);
    tray.remove = new QPushButton(tr("Remove"));
    tray.remove->setObjectName(name + QStringLiteral("Remove"));
    tray.remove->setToolTip(tr("Takes the chosen pictures out (Del)"));
    tray.remove->setAccessibleName(name == QLatin1String("these") ? tr("Remove from these") : tr("Remove from those"));
    auto* buttons = new QVBoxLayout;
    buttons->setSpacing(2);
    buttons->addWidget(tray.add);
    buttons->addWidget(tray.remove);
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(tray.list, 1);
    row->addLayout(buttons);
    auto* key = new QShortcut(QKeySequence(Qt::Key_Delete), tray.list);
    key->setContext(Qt::WidgetShortcut);
    Tray* const of = &tray;
    connect(key, &QShortcut::activated, this, [this, of] { removeChosen(*of); });
    connect(tray.add, &QPushButton::clicked, this, [this, of] { this->add(*of); });
    connect(tray.remove, &QPushButton::clicked, this, [this, of] { removeChosen(*of); });
    connect(tray.list, &QListWidget::itemSelectionChanged, this, &GroupTrays::showState);
    return row;
}

void GroupTrays::setPicture(const std::shared_ptr<const LatentPicture>& picture)
{
    m_picture = picture;
    showState();
}

void GroupTrays::setSuggestedName(const QString& name)
{
    m_name->setPlaceholderText(name);
}

void GroupTrays::add(Tray& tray)
{
    if (!m_picture)
        return;
    auto* item = new QListWidgetItem(tray.list);
    const Samples& samples = m_picture->samples;
    if (samples.isPoints() && samples.points.size() >= 2) {
        item->setText(tr("%L1\n%L2")
                          .arg(static_cast<double>(samples.points[0]), 0, 'f', 2)
                          .arg(static_cast<double>(samples.points[1]), 0, 'f', 2));
    } else {
        const QImage picture = thumbnail(samples);
        const bool larger = picture.width() > thumbnailSide || picture.height() > thumbnailSide;
        item->setIcon(QPixmap::fromImage(picture.scaled(thumbnailSide, thumbnailSide, Qt::KeepAspectRatio,
            larger ? Qt::SmoothTransformation : Qt::FastTransformation)));
    }
    item->setData(Qt::AccessibleTextRole, tr("Picture %1").arg(tray.list->count()));
    tray.rows.push_back(m_picture->latents.values);
    tray.list->scrollToItem(item);
    showState();
}

void GroupTrays::removeChosen(Tray& tray)
{
    for (int i = tray.list->count() - 1; i >= 0; --i) {
        if (!tray.list->item(i)->isSelected())
            continue;
        delete tray.list->takeItem(i);
        tray.rows.erase(tray.rows.begin() + i);
    }
    showState();
}

void GroupTrays::clear()
{
    for (Tray* tray : {&m_these, &m_those}) {
        tray->list->clear();
        tray->rows.clear();
    }
    m_picture.reset();
    showState();
}

Latents GroupTrays::latentsOf(const Tray& tray) const
{
    Latents latents;
    latents.dimensions = m_document->dimensions();
    for (const std::vector<float>& row : tray.rows)
        latents.values.insert(latents.values.end(), row.begin(), row.end());
    return latents;
}

void GroupTrays::make()
{
    const QString name = m_name->text().trimmed();
    m_name->clear();
    Q_EMIT makeRequested(name, latentsOf(m_these), latentsOf(m_those));
}

void GroupTrays::showState()
{
    for (Tray* tray : {&m_these, &m_those}) {
        tray->add->setEnabled(m_picture != nullptr);
        tray->remove->setEnabled(!tray->list->selectedItems().isEmpty());
    }
    const bool both = !m_these.rows.empty() && !m_those.rows.empty();
    m_make->setEnabled(both);
    m_make->setToolTip(both ? tr("From the mean of those to the mean of these, as a slider")
                            : tr("Add at least one picture to each group first"));
    m_section->setSummary(m_these.rows.empty() && m_those.rows.empty()
            ? QString()
            : tr("%1 − %2").arg(m_these.rows.size()).arg(m_those.rows.size()));
}

} // namespace saddle
