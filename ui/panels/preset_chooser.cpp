// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/preset_chooser.h"

#include "ui/models/experiment_document.h"
#include "ui/panels/preset_list.h"
#include "ui/widgets/eliding_combo.h"

#include <QFileInfo>
#include <QKeyEvent>
#include <QLabel>
#include <QVBoxLayout>

namespace saddle {

namespace {

QLabel* wrapped(QWidget* parent, const QString& name)
{
    auto* label = new QLabel(parent);
    label->setObjectName(name);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QSizePolicy free(QSizePolicy::Ignored, QSizePolicy::Minimum);
    free.setHeightForWidth(true);
    label->setSizePolicy(free);
    return label;
}

} // namespace

/// Looks like a combo, but holds no items: a key or the wheel must not throw the experiment away. What is typed on it
/// opens the list and is searched for. Space is left to the window: who has just chosen wants to play.
class PresetBox : public ElidingCombo {
public:
    using ElidingCombo::ElidingCombo;
    std::function<void(const QString& typed)> onOpen;

    void showPopup() override { onOpen({}); }

protected:
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }
    void keyPressEvent(QKeyEvent* event) override
    {
        const bool opens = event->key() == Qt::Key_Down || event->key() == Qt::Key_Up || event->key() == Qt::Key_F4
            || event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
        const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::MetaModifier));
        if (opens)
            onOpen({});
        else if (plain && !event->text().isEmpty() && event->text().front().isLetterOrNumber())
            onOpen(event->text());
        else
            event->ignore();
    }
};

PresetChooser::PresetChooser(ExperimentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_box(new PresetBox(this))
    , m_list(new PresetList(this))
    , m_description(wrapped(this, QStringLiteral("presetDescription")))
    , m_origin(wrapped(this, QStringLiteral("presetSource")))
{
    m_box->setObjectName(QStringLiteral("presetChooser"));
    m_box->setAccessibleName(tr("Preset"));
    m_box->onOpen = [this](const QString& typed) { m_list->open(m_box, m_document->name(), typed); };
    m_origin->setForegroundRole(QPalette::PlaceholderText);
    QFont small = m_origin->font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    m_origin->setFont(small);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_box);
    column->addWidget(m_description);
    column->addWidget(m_origin);

    connect(m_list, &PresetList::chosen, this, &PresetChooser::chosen);
    connect(m_list, &PresetList::queueRequested, this, &PresetChooser::queueRequested);
    m_list->setHint(tr("Enter opens, Ctrl+Enter adds to the queue."));
    connect(m_document, &ExperimentDocument::loaded, this, &PresetChooser::refresh);
    reload();
}

void PresetChooser::reload()
{
    m_list->setEntries(presetEntries());
    refresh();
}

void PresetChooser::refresh()
{
    const Json& json = m_document->json();
    const QString title = headText(json, "title");
    const QString fileName = QFileInfo(m_document->name()).fileName();
    const QString shown = !title.isEmpty() ? title : !fileName.isEmpty() ? fileName : tr("Choose a preset");
    m_box->setPlaceholderText(shown);
    m_box->setAccessibleDescription(shown);
    m_box->setToolTip(m_document->name());
    m_box->update();
    const QString description = headText(json, "description");
    m_description->setText(description);
    m_description->setVisible(!description.isEmpty());
    const QString origin = headText(json, "source");
    m_origin->setText(origin);
    m_origin->setVisible(!origin.isEmpty());
}

} // namespace saddle
