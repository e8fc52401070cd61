// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/preset_chooser.h"

#include "core/runs/presets.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/eliding_combo.h"

#include <QEvent>
#include <QFileInfo>
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

QString headText(const Json& document, const char* key)
{
    const Json* text = findPath(document, key);
    return text && text->is_string() ? fromUtf8(text->get<std::string>()) : QString();
}

} // namespace

PresetChooser::PresetChooser(ExperimentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_presets(new ElidingCombo(this))
    , m_description(wrapped(this, QStringLiteral("presetDescription")))
    , m_origin(wrapped(this, QStringLiteral("presetSource")))
{
    m_presets->setObjectName(QStringLiteral("presetChooser"));
    m_presets->setAccessibleName(tr("Preset"));
    m_presets->installEventFilter(this);
    m_origin->setForegroundRole(QPalette::PlaceholderText);
    QFont small = m_origin->font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    m_origin->setFont(small);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_presets);
    column->addWidget(m_description);
    column->addWidget(m_origin);

    connect(m_presets, &QComboBox::activated, this, [this](int index) {
        const QString name = m_presets->itemData(index).toString();
        refresh(); // it shows what is loaded, also when the choice comes to nothing
        Q_EMIT chosen(name);
    });
    connect(m_document, &ExperimentDocument::loaded, this, &PresetChooser::refresh);
    reload();
}

bool PresetChooser::eventFilter(QObject* watched, QEvent* event)
{
    // Scrolling over the chooser must not throw the experiment away.
    if (watched == m_presets && event->type() == QEvent::Wheel) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void PresetChooser::reload()
{
    m_presets->clear();
    for (const PresetFile& preset : presetFiles()) {
        const Result<Json> document = parseJson(preset.text, preset.name);
        const QString name = fromUtf8(preset.name);
        const QString title = document ? headText(*document, "title") : QString();
        m_presets->addItem(title.isEmpty() ? name : title, name);
        const int index = m_presets->count() - 1;
        if (document)
            m_presets->setItemData(index, headText(*document, "description"), Qt::ToolTipRole);
    }
    m_presets->fitList();
    refresh();
}

void PresetChooser::refresh()
{
    const Json& json = m_document->json();
    const QString title = headText(json, "title");
    const QString fileName = QFileInfo(m_document->name()).fileName();
    m_presets->setPlaceholderText(!title.isEmpty() ? title : !fileName.isEmpty() ? fileName : tr("Choose a preset"));
    m_presets->setCurrentIndex(m_presets->findData(m_document->name()));
    m_presets->setToolTip(m_presets->currentIndex() < 0 ? m_document->name() : QString());
    const QString description = headText(json, "description");
    m_description->setText(description);
    m_description->setVisible(!description.isEmpty());
    const QString origin = headText(json, "source");
    m_origin->setText(origin);
    m_origin->setVisible(!origin.isEmpty());
}

} // namespace saddle
