// SPDX-License-Identifier: GPL-3.0-or-later
// What the editor shows of a network.
#include "ui/panels/network_editor.h"

#include "ui/models/experiment_document.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/parameter_form.h"

#include <QAction>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTableView>
#include <QToolButton>

#include <algorithm>

namespace saddle {

QString NetworkEditor::capitalised(QString text)
{
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

void NetworkEditor::showHead()
{
    const NetworkPicture& picture = m_model->picture();
    const bool own = m_section.contains("layers");
    const ArchitectureInfo* info =
        m_document->catalog().architectures.find(m_section.value("architecture", std::string()));
    m_architecture->setText(m_draft ? tr("Draft, not in the experiment yet")
            : own || !info          ? tr("Own layers")
                                    : fromUtf8(info->label));
    m_architecture->setToolTip(m_draft || own || !info ? QString() : fromUtf8(info->help));
    m_back->setVisible(own);

    const int count = m_model->layerCount();
    QString totals = count == 1 ? tr("1 layer") : tr("%1 layers").arg(count);
    if (picture.builds())
        totals += tr(" · %1 parameters · %2 per sample").arg(groupedText(picture.parameters), flopText(picture.flops));
    m_totals->setText(totals);

    if (m_latent) {
        const Json latent = m_document->value(QStringLiteral("latent.dimensions"));
        const QSignalBlocker blocked(m_latent);
        m_latent->setValue(latent.is_number() ? latent.get<int>() : 0);
    }
    const QString widthPath = m_role + QStringLiteral(".width");
    const Result<Parameter> width = findParameter(m_document->json(), m_document->catalog(), widthPath.toStdString());
    m_width->setVisible(width.ok());
    m_widthLabel->setVisible(width.ok());
    if (width) {
        const QSignalBlocker blocked(m_width);
        m_width->setRange(static_cast<int>(std::max(width->min, 1.0)), static_cast<int>(std::min(width->max, 1e6)));
        m_width->setValue(m_document->value(widthPath).get<int>());
        m_widthLabel->setText(fromUtf8(width->label));
        m_width->setAccessibleName(fromUtf8(width->label));
        m_width->setToolTip(fromUtf8(width->help));
    }
}

void NetworkEditor::selectionMoved()
{
    if (m_working)
        return;
    showForm();
    updateActions();
}

/// What is said of a row that is no layer.
void NetworkEditor::showNoForm()
{
    const LayerRow& row = m_model->rowAt(m_table->currentIndex());
    m_selected = LayerListModel::noLayer;
    m_form->hide();
    if (row.kind == LayerRow::Kind::Block) {
        m_formTitle->setText(tr("Block: %1").arg(m_model->blockName(row)));
        m_formHelp->setText(
            tr("Layers %1 to %2. Each is edited by itself: %3.")
                .arg(row.layer)
                .arg(row.last())
                .arg(row.folded ? tr("a click on the block, or →, shows them") : tr("select one below")));
        return;
    }
    const bool input = row.kind == LayerRow::Kind::Input;
    m_formTitle->setText(input ? tr("Input") : tr("Output"));
    m_formHelp->setText(input ? tr("What the network is given; the layers below make the output of it.")
                              : tr("What the experiment wants of this network: the last layer must give this shape."));
}

void NetworkEditor::showForm()
{
    const int current = currentLayer();
    const NetworkPicture& picture = m_model->picture();
    if (!isLayer(current)) {
        showNoForm();
        return;
    }
    const LayerDescription& layer = picture.network.layers[static_cast<std::size_t>(current)];
    const LayerInfo* info = m_document->catalog().layers.find(layer.kind);
    if (!info)
        return;
    m_values = layerFormValues(layer);
    const bool another = m_selected != current;
    if (another) {
        m_selected = current;
        m_valuesBefore = m_values;
    }
    m_formTitle->setText(tr("Layer %1: %2").arg(current).arg(fromUtf8(info->label)));
    m_formHelp->setText(fromUtf8(info->help));
    m_form->setParameters(layerFormParameters(*info));
    // A row that serves one layer after the other must not blame the next for what the last refused.
    for (ParameterRow* row : m_form->rows()) {
        if (another)
            row->clearError();
    }
    m_form->show();
    m_form->setEnabled(m_editable);
}

void NetworkEditor::showBanner()
{
    const NetworkPicture& picture = m_model->picture();
    const QString action = !m_draft ? QString() : picture.builds() ? tr("Apply the draft") : tr("Undo the draft");
    if (!m_refusal.isEmpty())
        m_banner->show(Banner::Kind::Error, capitalised(m_refusal), action);
    else if (!picture.builds())
        m_banner->show(m_draft ? Banner::Kind::Warning : Banner::Kind::Error,
            capitalised(fromUtf8(picture.error->sentence())), action);
    else if (m_draft)
        m_banner->show(Banner::Kind::Information, tr("The draft builds now."), action);
    else
        m_banner->clear();
}

void NetworkEditor::updateActions()
{
    const int current = currentLayer();
    const bool layer = m_editable && isLayer(current);
    m_add->setEnabled(m_editable);
    m_duplicate->setEnabled(layer);
    m_remove->setEnabled(layer && m_model->layerCount() > 1);
    m_up->setEnabled(layer && current > 0);
    m_down->setEnabled(layer && current + 1 < m_model->layerCount());
    m_undoDraft->setVisible(m_draft.has_value());
    for (QAction* fold : {m_foldAll, m_unfoldAll})
        fold->setVisible(m_model->hasBlocks());
}

} // namespace saddle
