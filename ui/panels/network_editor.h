// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layer_list_model.h"

#include <QString>
#include <QWidget>

#include <optional>

class QAction;
class QLabel;
class QMenu;
class QModelIndex;
class QPushButton;
class QSpinBox;
class QSplitter;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace saddle {

class Banner;
class ExperimentDocument;
class ParameterForm;

/// One network of the experiment as its list of layers, editable.
///
/// Every edit makes a candidate. One that builds, and whose output fits the experiment, goes into the document as one
/// step of undo; the first such edit turns an architecture's name into the list it stands for. One that does not is
/// kept out of the document, which so always holds the last network that was good: the candidate stays here as a
/// *draft*, the layer at fault is marked, and a banner says what is wrong and offers to undo the draft (so does
/// Ctrl+Z). Edits go on from the draft, and the whole of it becomes one step of undo as soon as it builds. This allows
/// what takes two steps, as a layer that is put in first and given its size then. Only what is no network at all is
/// refused outright: an option out of its range, an id that is not a word, too many layers, a width or latent size that
/// the network cannot have.
///
/// A draft is dropped when this network changes in the document by other means (undo, another architecture, another
/// experiment). When only what it must fit changes (data, latent size) it stays, and once it builds the banner offers
/// to apply it: an edit pushed in the midst of another's undo would cost the redo.
class NetworkEditor : public QWidget {
    Q_OBJECT

public:
    NetworkEditor(ExperimentDocument* document, const QString& role, QWidget* parent = nullptr);

    QString role() const { return m_role; }
    bool hasDraft() const { return m_draft.has_value(); }
    LayerListModel* model() const { return m_model; }

    /// The selected layer; -1 for the input, the number of layers for the output, LayerListModel::noLayer for the head
    /// of a block. A layer that is folded away is unfolded by selecting it.
    int currentLayer() const;
    void setCurrentLayer(int layer);
    void focusLayers();

    // Edits, as the buttons and keys make them. They act on the selected layer.
    void addLayer(const QString& kind);
    void duplicateLayer();
    void removeLayer();
    /// By so many places, down where positive.
    void moveLayer(int by);
    void moveLayerTo(int from, int to);
    /// An option of the layer's kind, or "id", or "inputs" as text ("input, 3"). The error is of an outright refusal.
    Status setLayerOption(int layer, const QString& key, const Json& value);
    void undoDraft();

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    /// Whether an edit may become one step of undo with the one before it, as those of a value being dragged do.
    enum class Merge { Never, WithTheLast };

    void buildHead(QVBoxLayout* column);
    void buildTools(QVBoxLayout* column);
    void buildTable(QVBoxLayout* column);
    QAction* makeTool(const QString& text, const QString& toolTip, const QList<QKeySequence>& keys);
    void fillAddMenu();
    void fillArchitectureMenu(QMenu* menu);
    void restyle();
    void fitColumns();
    /// The table as high as its rows where there is room, the rest to the form; until someone moves the handle. Never
    /// on a selection: rows would move under the mouse that is pressed on them.
    void fitSplit();

    /// Reads the network from the document and shows it, or the draft.
    void refresh();
    void showHead();
    void showForm();
    void showNoForm();
    void showBanner();
    void updateActions();
    void selectionMoved();

    Status refuse(const Error& error);
    NetworkPicture pictureOf(const Json& document) const;
    Status propose(const NetworkDescription& candidate, int select, const QString& label, Merge merge = Merge::Never);
    Status commit(const NetworkDescription& network, const QString& label, Merge merge);
    void applyDraft();
    void setNumber(const QString& path, int value);
    void setArchitecture(const QString& kind);
    bool isLayer(int layer) const;
    /// Where a layer put below the selection goes.
    int placeBelow() const;
    void showLayer(int layer);
    void setFolded(bool folded);
    bool foldByKey(int key);
    /// "Layer 3, conv 4×4": for the names of undo steps.
    QString layerName(int layer) const;
    /// A sentence that stands alone begins so.
    static QString capitalised(QString text);

    ExperimentDocument* m_document;
    QString m_role;
    std::optional<NetworkDescription> m_draft;
    Json m_section; ///< of the document when last shown: another one ends a draft
    QString m_refusal; ///< why the last edit was refused outright
    bool m_editable = false;
    bool m_working = false; ///< an edit is under way: what the document says of it is shown at its end
    bool m_splitByHand = false;
    int m_selected = LayerListModel::noLayer; ///< the layer that m_values are of
    Json m_values = Json::object(); ///< of the selected layer, as the form shows them
    Json m_valuesBefore = Json::object(); ///< when it was selected: where the form's rows go back to

    QLabel* m_title;
    QLabel* m_architecture;
    QLabel* m_totals;
    QLabel* m_latentLabel = nullptr;
    QSpinBox* m_latent = nullptr; ///< the generator's alone
    QLabel* m_widthLabel;
    QSpinBox* m_width;
    QPushButton* m_back;
    QMenu* m_addMenu;
    QToolButton* m_add;
    QAction* m_duplicate;
    QAction* m_remove;
    QAction* m_up;
    QAction* m_down;
    QAction* m_undoDraft;
    QAction* m_foldAll;
    QAction* m_unfoldAll;
    Banner* m_banner;
    QSplitter* m_split;
    QTableView* m_table;
    LayerListModel* m_model;
    QLabel* m_formTitle;
    QLabel* m_formHelp;
    ParameterForm* m_form = nullptr;
};

} // namespace saddle
