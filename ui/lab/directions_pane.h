// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/directions.h"

#include <QWidget>

#include <memory>
#include <vector>

class QLabel;
class QPushButton;
class QScrollArea;
class QSpinBox;
class QToolButton;
class QVBoxLayout;

namespace saddle {

class Banner;
class DirectionRow;
class DirectionSet;
class ElidingCombo;
class GroupTrays;
class Lab;
class LatentDocument;
class NoteLabel;
class ProgressRow;
struct LatentPicture;

/// Directions of the generator as sliders: found by its activations or its first weight, or made of two groups of
/// pictures.
class DirectionsPane : public QWidget {
    Q_OBJECT

public:
    DirectionsPane(Lab* lab, LatentDocument* document, QWidget* parent = nullptr);

    DirectionSet* directions() const { return m_set; }
    /// What is in view: what goes into a group.
    void setPicture(const std::shared_ptr<const LatentPicture>& picture);

private:
    QLayout* makeHead();
    QLayout* makeFoot();
    QWidget* makeList();
    DirectionRow* makeRow();
    void connectAll();

    void find(DirectionKind kind);
    void fillLayers();
    void showDirections();
    void showOffsets();
    void showState();
    void setCurrent(int row);
    void rename(int row, const QString& name);
    void remove();
    void say(const QString& why);
    void popUp(DirectionRow* row, const QPoint& place);

    LatentDocument* m_document;
    Lab* m_lab;
    DirectionSet* m_set;
    QPushButton* m_principal;
    QPushButton* m_factors;
    QSpinBox* m_count;
    ElidingCombo* m_layer;
    ProgressRow* m_progress;
    Banner* m_banner;
    NoteLabel* m_age;
    QScrollArea* m_area;
    QVBoxLayout* m_column;
    QLabel* m_none;
    std::vector<DirectionRow*> m_rows; ///< made once, shown as needed
    QPushButton* m_rename;
    QPushButton* m_delete;
    QPushButton* m_reset;
    QPushButton* m_update;
    GroupTrays* m_groups;
    int m_current = -1;
};

} // namespace saddle
