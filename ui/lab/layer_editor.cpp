// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/layer_editor.h"

#include "ui/models/layer_list_model.h"
#include "ui/panels/layer_table.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/parameter_form.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

constexpr int gap = 6;

} // namespace

LayerEditor::LayerEditor(const Registry<LayerInfo>& layers, QWidget* parent)
    : QWidget(parent)
    , m_layers(layers)
    , m_model(new LayerListModel(this))
    , m_addMenu(new QMenu(this))
    , m_add(flatButton("importAdd", tr("Puts a layer below the one that is selected"), tr("Add layer")))
    , m_remove(flatButton("importRemove", tr("Takes the layer away (Delete)"), tr("Remove")))
    , m_up(flatButton("importUp", tr("One place up (Alt+Up)"), tr("Up")))
    , m_down(flatButton("importDown", tr("One place down (Alt+Down)"), tr("Down")))
    , m_table(new QTableView)
    , m_formTitle(new QLabel)
{
    makeTools();
    makeTable();
    auto* tools = new QHBoxLayout;
    tools->setSpacing(gap);
    for (QToolButton* tool : {m_add, m_remove, m_up, m_down})
        tools->addWidget(tool);
    tools->addStretch(1);
    auto* split = new QSplitter(Qt::Vertical);
    split->addWidget(m_table);
    split->addWidget(makeForm());
    split->setChildrenCollapsible(false);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    split->setSizes({380, 260});
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(gap);
    column->addLayout(tools);
    column->addWidget(split, 1);
    showForm();
}

void LayerEditor::makeTools()
{
    m_add->setMenu(m_addMenu);
    m_add->setPopupMode(QToolButton::InstantPopup);
    m_addMenu->setToolTipsVisible(true);
    for (const LayerInfo& info : m_layers.items()) {
        const QString kind = QString::fromStdString(info.kind);
        m_addMenu->addAction(QString::fromStdString(info.label), this, [this, kind] { addLayer(kind); })
            ->setToolTip(QString::fromStdString(info.help));
    }
    m_remove->setShortcut(QKeySequence(Qt::Key_Delete));
    m_up->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Up));
    m_down->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Down));
    connect(m_remove, &QToolButton::clicked, this, &LayerEditor::removeLayer);
    connect(m_up, &QToolButton::clicked, this, [this] { moveLayer(-1); });
    connect(m_down, &QToolButton::clicked, this, [this] { moveLayer(1); });
}

void LayerEditor::makeTable()
{
    m_table->setObjectName(QStringLiteral("importLayers"));
    m_table->setAccessibleName(tr("Layers"));
    showLayers(m_table, m_model, QStringLiteral("generator"));
    fitLayerColumns(m_table);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        showForm();
        updateTools();
    });
}

QWidget* LayerEditor::makeForm()
{
    auto* options = new QWidget;
    auto* rows = new QVBoxLayout(options);
    rows->setContentsMargins(0, gap, gap, 0);
    QFont bold = font();
    bold.setBold(true);
    m_formTitle->setFont(bold);
    ParameterSource source;
    source.values = [this] { return &m_values; };
    source.baseline = [this](const QString& key) {
        const auto found = m_valuesBefore.find(key.toStdString());
        return found == m_valuesBefore.end() ? Json() : *found;
    };
    source.set = [this](const QString& key, const Json& value) { return setLayerOption(currentLayer(), key, value); };
    source.timeless = true;
    m_form = new ParameterForm({}, QStringLiteral("import.layer"), source, options);
    rows->addWidget(m_formTitle);
    rows->addWidget(m_form);
    rows->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(options);
    scroll->viewport()->setAutoFillBackground(false);
    options->setAutoFillBackground(false);
    return scroll;
}

const NetworkPicture& LayerEditor::picture() const
{
    return m_model->picture();
}

bool LayerEditor::isLayer(int layer) const
{
    return layer >= 0 && layer < m_model->layerCount();
}

int LayerEditor::currentLayer() const
{
    return m_model->layerOf(m_table->currentIndex());
}

void LayerEditor::setCurrentLayer(int layer)
{
    m_model->reveal(layer);
    m_table->setCurrentIndex(m_model->indexOfLayer(std::clamp(layer, -1, m_model->layerCount())));
}

void LayerEditor::setPicture(NetworkPicture picture)
{
    const int selected = std::max(0, currentLayer());
    m_model->setPicture(std::move(picture));
    if (!m_table->currentIndex().isValid() && m_model->layerCount() > 0)
        setCurrentLayer(std::min(selected, m_model->layerCount() - 1));
    showForm();
    updateTools();
}

void LayerEditor::propose(const NetworkDescription& network, int select)
{
    Q_EMIT edited(network);
    m_selected = LayerListModel::noLayer;
    setCurrentLayer(select);
    showForm();
}

void LayerEditor::addLayer(const QString& kind)
{
    const LayerInfo* info = m_layers.find(kind.toStdString());
    if (!info)
        return;
    const NetworkDescription& network = picture().network;
    const int at = std::clamp(currentLayer() + 1, 0, m_model->layerCount());
    const auto place = static_cast<std::size_t>(at);
    propose(withLayer(network, place, newLayer(*info, network, place)), at);
}

void LayerEditor::removeLayer()
{
    const int at = currentLayer();
    if (isLayer(at) && m_model->layerCount() > 1)
        propose(withoutLayer(picture().network, static_cast<std::size_t>(at)), std::min(at, m_model->layerCount() - 2));
}

void LayerEditor::moveLayer(int by)
{
    const int from = currentLayer();
    const int to = from + by;
    if (isLayer(from) && isLayer(to))
        propose(withLayerMoved(picture().network, static_cast<std::size_t>(from), static_cast<std::size_t>(to)), to);
}

Status LayerEditor::setLayerOption(int layer, const QString& key, const Json& value)
{
    if (!isLayer(layer))
        return {};
    const Json changed =
        networkToJson(withLayerValue(picture().network, static_cast<std::size_t>(layer), key.toStdString(), value));
    const Result<NetworkDescription> checked = networkFromJson(m_layers, changed, "generator.layers");
    if (!checked)
        return checked.error();
    Q_EMIT edited(*checked);
    return {};
}

void LayerEditor::showForm()
{
    const int current = currentLayer();
    const LayerInfo* info =
        isLayer(current) ? m_layers.find(picture().network.layers[static_cast<std::size_t>(current)].kind) : nullptr;
    m_form->setVisible(info != nullptr);
    m_formTitle->setText(info ? tr("Layer %1: %2").arg(current).arg(QString::fromStdString(info->label))
                              : tr("Select a layer to see what it is made of."));
    if (!info) {
        m_selected = LayerListModel::noLayer;
        return;
    }
    m_values = layerFormValues(picture().network.layers[static_cast<std::size_t>(current)]);
    const bool another = m_selected != current;
    if (another) {
        m_selected = current;
        m_valuesBefore = m_values;
    }
    m_form->setParameters(layerFormParameters(*info));
    // A row that serves one layer after the other must not blame the next for what the last refused.
    for (ParameterRow* row : m_form->rows()) {
        if (another)
            row->clearError();
    }
}

void LayerEditor::updateTools()
{
    const int current = currentLayer();
    const bool layer = isLayer(current);
    m_add->setEnabled(m_model->layerCount() > 0);
    m_remove->setEnabled(layer && m_model->layerCount() > 1);
    m_up->setEnabled(layer && current > 0);
    m_down->setEnabled(layer && current + 1 < m_model->layerCount());
}

} // namespace saddle
