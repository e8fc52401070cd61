// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/models/network.h"

#include <QWidget>

#include <optional>

class QLabel;
class QMenu;
class QTableView;
class QToolButton;

namespace saddle {

class LayerListModel;
class ParameterForm;
struct NetworkPicture;

/// A list of layers to be edited, apart from any experiment: rows as in the networks' editor, and a form of the layer
/// that is selected. It only shows and asks: an edit is told, and whoever owns the network checks it and shows the
/// outcome.
class LayerEditor : public QWidget {
    Q_OBJECT

public:
    explicit LayerEditor(const Registry<LayerInfo>& layers, QWidget* parent = nullptr);

    /// The network as it is, with the layer at fault marked.
    void setPicture(NetworkPicture picture);
    const NetworkPicture& picture() const;

    int currentLayer() const;
    void setCurrentLayer(int layer);
    void addLayer(const QString& kind);
    void removeLayer();
    /// By so many places, down where positive.
    void moveLayer(int by);
    /// An option of the layer's kind, or "id", or "inputs" as text. Refuses what the kind does not permit.
    Status setLayerOption(int layer, const QString& key, const Json& value);

Q_SIGNALS:
    void edited(const saddle::NetworkDescription& network);

private:
    bool isLayer(int layer) const;
    void makeTools();
    void makeTable();
    QWidget* makeForm();
    void showForm();
    void updateTools();
    void propose(const NetworkDescription& network, int select);

    const Registry<LayerInfo>& m_layers;
    LayerListModel* m_model;
    QMenu* m_addMenu;
    QToolButton* m_add;
    QToolButton* m_remove;
    QToolButton* m_up;
    QToolButton* m_down;
    QTableView* m_table;
    QLabel* m_formTitle;
    ParameterForm* m_form = nullptr;
    Json m_values = Json::object();
    Json m_valuesBefore = Json::object(); ///< when it was selected: where the form's rows go back to
    int m_selected = -2;
};

} // namespace saddle
