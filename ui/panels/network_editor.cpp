// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network_editor.h"

#include "ui/models/experiment_document.h"

#include <QKeyEvent>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QTableView>
#include <QUndoStack>

#include <algorithm>

namespace saddle {

bool NetworkEditor::isLayer(int layer) const
{
    return layer >= 0 && layer < m_model->layerCount();
}

int NetworkEditor::placeBelow() const
{
    const LayerRow& row = m_model->rowAt(m_table->currentIndex());
    // Below the head of an open block begins the block, below a folded one what follows it.
    const bool open = row.kind == LayerRow::Kind::Block && !row.folded;
    const int above = row.kind != LayerRow::Kind::Block ? row.layer : open ? row.layer - 1 : row.last();
    return std::clamp(above + 1, 0, m_model->layerCount());
}

void NetworkEditor::setFolded(bool folded)
{
    // The layers that go take the selection with them.
    const int layer = m_model->rowAt(m_table->currentIndex()).layer;
    m_model->setAllFolded(folded);
    m_table->setCurrentIndex(m_model->indexOfLayer(layer));
    fitSplit();
}

/// As in a tree: Right opens a block, Left closes it or goes from a layer to the head of its block.
bool NetworkEditor::foldByKey(int key)
{
    const QModelIndex current = m_table->currentIndex();
    const LayerRow& row = m_model->rowAt(current);
    if (row.kind == LayerRow::Kind::Block) {
        m_model->setFolded(current, key == Qt::Key_Left);
        fitSplit();
    } else if (key == Qt::Key_Left && row.inBlock) {
        QModelIndex head = current;
        while (m_model->rowAt(head).kind != LayerRow::Kind::Block)
            head = head.siblingAtRow(head.row() - 1);
        m_table->setCurrentIndex(head);
    }
    return true;
}

QString NetworkEditor::layerName(int layer) const
{
    const QString title = fromUtf8(m_model->picture().titles[static_cast<std::size_t>(layer)]);
    return tr("layer %1, %2").arg(layer).arg(title.section(QStringLiteral(" + "), 0, 0));
}

int NetworkEditor::currentLayer() const
{
    return m_model->layerOf(m_table->currentIndex());
}

void NetworkEditor::setCurrentLayer(int layer)
{
    m_model->reveal(layer);
    showLayer(layer);
}

/// Selects the row of a layer, which may be the head of a folded block.
void NetworkEditor::showLayer(int layer)
{
    m_table->setCurrentIndex(m_model->indexOfLayer(std::clamp(layer, -1, m_model->layerCount())));
    m_table->scrollTo(m_table->currentIndex());
}

void NetworkEditor::focusLayers()
{
    m_table->setFocus(Qt::OtherFocusReason);
}

NetworkPicture NetworkEditor::pictureOf(const Json& document) const
{
    const Catalog& catalog = m_document->catalog();
    const std::string role = m_role.toStdString();
    const Json* section = findPath(document, role);
    if (!section)
        return pictureWithoutShapes(catalog.layers, {}, Error{"the experiment has no such network", role, ""});
    const Result<DataHeader> header = m_document->dataHeader();
    if (!header) {
        Result<NetworkDescription> network = Error{};
        if (section->contains("layers"))
            network = networkFromJson(catalog.layers, (*section)["layers"], role);
        return pictureWithoutShapes(catalog.layers, network ? *network : NetworkDescription(), header.error());
    }
    const NetworkFit fit = networkFit(document, catalog, role, *header);
    const Result<NetworkDescription> network = expandNetwork(*section, catalog, fit, role);
    if (network)
        return inspectPicture(catalog.layers, *network, fit);
    NetworkPicture picture = pictureWithoutShapes(catalog.layers, {}, network.error());
    picture.fit = fit;
    return picture;
}

void NetworkEditor::refresh()
{
    if (m_working)
        return;
    const Json section = m_document->value(m_role);
    if (!section.is_object())
        return; // the objective no longer has this role; whoever made this editor takes it away
    if (section != m_section) {
        m_draft.reset();
        m_refusal.clear();
    }
    m_section = section;

    const LayerRow current = m_model->rowAt(m_table->currentIndex());
    const bool selected = m_table->currentIndex().isValid();
    NetworkPicture picture = pictureOf(m_document->json());
    m_editable = !picture.fit.input.empty() && !picture.network.layers.empty();
    if (m_draft && !picture.fit.input.empty()) {
        picture = inspectPicture(m_document->catalog().layers, *m_draft, picture.fit);
        m_editable = true;
    }
    const int scrolled = m_table->verticalScrollBar()->value();
    {
        // A reset model loses the selection; nothing is to be shown of that.
        const QScopedValueRollback<bool> working(m_working, true);
        m_model->setPicture(std::move(picture));
        if (!m_table->currentIndex().isValid()) {
            // A head keeps the selection while it is still there; else its first layer has it.
            const QModelIndex place =
                m_model->indexOfLayer(std::min(selected ? current.layer : 0, m_model->layerCount() - 1));
            const QModelIndex above = place.siblingAtRow(std::max(0, place.row() - 1));
            const bool head = current.kind == LayerRow::Kind::Block && m_model->rowAt(above).holds(current.layer);
            m_table->setCurrentIndex(head ? above : place);
        }
    }
    m_table->verticalScrollBar()->setValue(scrolled);
    showHead();
    showForm();
    showBanner();
    updateActions();
    fitSplit();
}

Status NetworkEditor::refuse(const Error& error)
{
    m_refusal = fromUtf8(error.sentence());
    showHead();
    showBanner();
    return error;
}

Status NetworkEditor::commit(const NetworkDescription& network, const QString& label, Merge merge)
{
    const QScopedValueRollback<bool> working(m_working, true);
    const QString path = m_role + QStringLiteral(".layers");
    const Json layers = networkToJson(network);
    // Asked before, so that a refusal leaves no empty step of undo.
    if (Result<Json> next = changeSetting(m_document->json(), m_document->catalog(), path.toStdString(), layers); !next)
        return next.error();
    // Steps inside a macro are never merged: two layers deleted within a second are two edits.
    const bool alone = merge == Merge::Never || !m_section.contains("layers");
    if (alone)
        m_document->undoStack()->beginMacro(label);
    Status done = m_document->set(path, layers);
    if (alone)
        m_document->undoStack()->endMacro();
    m_section = m_document->value(m_role);
    return done;
}

Status NetworkEditor::propose(const NetworkDescription& candidate, int select, const QString& label, Merge merge)
{
    if (!m_editable)
        return {};
    const Catalog& catalog = m_document->catalog();
    const Json layers = networkToJson(candidate);
    const Result<NetworkDescription> checked =
        networkFromJson(catalog.layers, layers, m_role.toStdString() + ".layers");
    if (!checked)
        return refuse(checked.error());

    m_refusal.clear();
    const NetworkPicture before = pictureOf(m_document->json());
    if (inspectPicture(catalog.layers, *checked, before.fit).builds()) {
        // A draft that came back to what the experiment has is no edit.
        if (layers != networkToJson(before.network)) {
            if (Status done = commit(*checked, label, m_draft ? Merge::Never : merge); !done)
                return refuse(done.error());
        }
        m_draft.reset();
    } else {
        m_draft = *checked;
    }
    refresh();
    m_selected = select; // it is still the same layer, with the same values to go back to, wherever it is now
    showLayer(select);
    return {};
}

void NetworkEditor::addLayer(const QString& kind)
{
    const LayerInfo* info = m_document->catalog().layers.find(kind.toStdString());
    if (!info)
        return;
    const NetworkDescription& network = m_model->picture().network;
    // Below the selection; below the input that is the first place, below the output the last.
    const int at = placeBelow();
    const std::size_t place = static_cast<std::size_t>(at);
    LayerDescription layer = newLayer(*info, network, place);
    // Below the head of an open block is inside of it, though nothing of it stands above.
    if (const LayerRow& row = m_model->rowAt(m_table->currentIndex()); row.kind == LayerRow::Kind::Block && !row.folded)
        layer.block = network.layers[static_cast<std::size_t>(row.layer)].block;
    m_selected = LayerListModel::noLayer;
    [[maybe_unused]] const Status done =
        propose(withLayer(network, place, std::move(layer)), at, tr("new layer: %1").arg(fromUtf8(info->label)));
    m_selected = LayerListModel::noLayer;
    showForm();
}

void NetworkEditor::duplicateLayer()
{
    const int at = currentLayer();
    if (!isLayer(at))
        return;
    [[maybe_unused]] const Status done =
        propose(withLayerTwice(m_model->picture().network, static_cast<std::size_t>(at)), at + 1,
            tr("copy of %1").arg(layerName(at)));
}

void NetworkEditor::removeLayer()
{
    const int at = currentLayer();
    if (!isLayer(at) || m_model->layerCount() < 2)
        return;
    const QString label = tr("removal of %1").arg(layerName(at));
    [[maybe_unused]] const Status done = propose(withoutLayer(m_model->picture().network, static_cast<std::size_t>(at)),
        std::min(at, m_model->layerCount() - 2), label);
    m_selected = LayerListModel::noLayer;
    showForm();
}

void NetworkEditor::moveLayer(int by)
{
    // A folded block is passed as the one row it is.
    const QModelIndex current = m_table->currentIndex();
    const LayerRow& next = m_model->rowAt(current.siblingAtRow(current.row() + by));
    const int passed = by > 0 ? next.last() : next.layer;
    moveLayerTo(currentLayer(), next.folded ? passed : currentLayer() + by);
}

void NetworkEditor::moveLayerTo(int from, int to)
{
    if (!isLayer(from) || !isLayer(to) || from == to)
        return;
    [[maybe_unused]] const Status done = propose(
        withLayerMoved(m_model->picture().network, static_cast<std::size_t>(from), static_cast<std::size_t>(to)), to,
        tr("move of %1").arg(layerName(from)));
}

Status NetworkEditor::setLayerOption(int layer, const QString& key, const Json& value)
{
    if (!isLayer(layer))
        return {};
    const std::size_t at = static_cast<std::size_t>(layer);
    const NetworkDescription candidate = withLayerValue(m_model->picture().network, at, key.toStdString(), value);
    const QString label = tr("change of %1").arg(layerName(layer));
    if (key != QLatin1String("id") && key != QLatin1String("inputs")) {
        const LayerInfo* info = m_document->catalog().layers.find(candidate.layers[at].kind);
        const Result<Json> options = resolveParameters(info->parameters, candidate.layers[at].options, {});
        if (!options) // told under the row it was entered in
            return options.error();
    }
    return propose(candidate, layer, label, Merge::WithTheLast);
}

void NetworkEditor::undoDraft()
{
    m_draft.reset();
    m_refusal.clear();
    m_selected = LayerListModel::noLayer;
    refresh();
}

void NetworkEditor::applyDraft()
{
    if (m_draft) [[maybe_unused]]
        const Status done =
            propose(*m_draft, m_model->rowAt(m_table->currentIndex()).layer, tr("change of the %1").arg(m_role));
}

void NetworkEditor::setNumber(const QString& path, int value)
{
    m_refusal.clear();
    const Result<Json> next =
        changeSetting(m_document->json(), m_document->catalog(), path.toStdString(), static_cast<std::int64_t>(value));
    if (!next) {
        [[maybe_unused]] const Status refused = refuse(next.error());
        return;
    }
    // A network that does not fit as it is may be on its way to fit.
    const NetworkPicture after = pictureOf(*next);
    if (!after.builds() && pictureOf(m_document->json()).builds()) {
        [[maybe_unused]] const Status refused = refuse(*after.error);
        return;
    }
    if (const Status done = m_document->set(path, static_cast<std::int64_t>(value)); !done) [[maybe_unused]]
        const Status refused = refuse(done.error());
    else
        refresh();
}

void NetworkEditor::setArchitecture(const QString& kind)
{
    const Status done = m_document->set(m_role + QStringLiteral(".architecture"), kind.toStdString());
    if (!done) [[maybe_unused]]
        const Status refused = refuse(done.error());
}

bool NetworkEditor::event(QEvent* event)
{
    // The window's undo is of the document; while there is a draft, that is what undo means here.
    if (event->type() == QEvent::ShortcutOverride && m_draft
        && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Undo)) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void NetworkEditor::keyPressEvent(QKeyEvent* event)
{
    if (m_draft && event->matches(QKeySequence::Undo))
        undoDraft();
    else
        QWidget::keyPressEvent(event);
}

} // namespace saddle
